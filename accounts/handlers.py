"""What this app does about facts of its own and lower layers."""

from datetime import datetime

from accounts.events import MemberInvited
from accounts.services import invites
from blindbox.common.events import subscribe


@subscribe(MemberInvited, name="accounts.reward_inviter", does="奖励邀请人")
def reward_inviter(event: MemberInvited, *, now: datetime) -> None:
    """Give the inviter the promised points."""
    invites.reward(invite_id=event.invite_id, points=event.points, now=now)
