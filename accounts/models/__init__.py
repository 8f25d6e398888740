"""Who a member is, and what only they own."""

from accounts.models.invite import Invite
from accounts.models.member import SEES_ALL, Member, MemberSession
from accounts.models.operator import Operator
from accounts.models.point import PointAccount, PointDebt, PointEntry
from accounts.models.protection import MemberProtection

__all__ = [
    "SEES_ALL",
    "Invite",
    "Member",
    "MemberProtection",
    "MemberSession",
    "Operator",
    "PointAccount",
    "PointDebt",
    "PointEntry",
]
