"""Facts about members."""

from dataclasses import dataclass
from typing import ClassVar

from blindbox.common.events import Event


@dataclass(frozen=True, kw_only=True)
class MemberInvited(Event):
    """A member came by another's code. `points` is what was promised then, whatever the setting says later."""

    topic: ClassVar[str] = "accounts.member_invited"
    label: ClassVar[str] = "邀请了新用户"
    about: ClassVar[str] = "邀请"
    invite_id: int
    points: int
