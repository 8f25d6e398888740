"""What a prize looks like in the back office."""

from django.templatetags.static import static
from django.utils.safestring import SafeString

from activities.enums import RewardKind
from activities.models import Reward
from blindbox.common.adminkit import thumbnail

USUAL = {RewardKind.POINTS: "backoffice/points.svg"}  # of a kind for which nobody uploads a picture


def picture_of(reward: Reward) -> SafeString:
    """Return a prize's own picture, else its kind's."""
    usual = USUAL.get(RewardKind(reward.kind)) if reward.kind else None
    return thumbnail(reward.image_url or (static(usual) if usual else ""))
