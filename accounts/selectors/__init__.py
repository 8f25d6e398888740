"""What may be read about members: cards and names for other apps, lists for this one's routes."""

from accounts.models import SEES_ALL
from accounts.selectors.members import (
    MemberCard,
    Standing,
    fair_ref_of,
    is_minor,
    member_names,
    member_or_404,
    openid_of,
    require_active,
    standing_of,
)

__all__ = [
    "SEES_ALL",
    "MemberCard",
    "Standing",
    "fair_ref_of",
    "is_minor",
    "member_names",
    "member_or_404",
    "openid_of",
    "require_active",
    "standing_of",
]
