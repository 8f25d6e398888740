"""What the log says of an issue and of its parts, which have no pages of their own."""

from django.db.models import Q

from activities.models import Issue, Reward, RewardDrop
from activities.services.drafting import part_label

PARTS = (Reward, RewardDrop)


def entries_of(issue_id: str) -> Q:
    """Return the entries of the issue, its rewards and its plan; those of a part that is gone know the issue's name."""
    issue = Issue.objects.select_related("activity").filter(pk=issue_id).first()
    own = Q(object_type="Issue", object_id=issue_id)
    if issue is None:
        return own
    for part in PARTS:
        there = [str(pk) for pk in part.objects.filter(issue=issue).values_list("pk", flat=True)]
        named = Q(object_id__in=there) | Q(object_label__startswith=part_label(str(issue), ""))
        own |= Q(object_type=part.__name__) & named
    return own
