"""Who hands out prizes that other parts of the shop keep, such as coupons: a registered contract, one issuer a kind."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activities.enums import RewardKind
from blindbox.common.errors import Conflict


class IssuerMissing(Conflict):
    """A prize was promised and its issuer has left: a person must bring it back, then send the prize again."""

    code, message = "prize.issuer_missing", "「{kind}」暂时无法发放"


@dataclass(frozen=True)
class Gift:
    """What is handed out: a coupon by its id, or an amount into the purse."""

    kind: RewardKind
    title: str
    coupon_id: int | None = None
    amount_fen: int | None = None


@dataclass(frozen=True)
class Receipt:
    """For whom, and the reference under which it happens once."""

    member_id: int
    ref: str


class PrizeIssuer(ABC):
    """What an app does to hand out prizes of one kind. All of it runs inside the caller's transaction."""

    @abstractmethod
    def problem(self, gift: Gift) -> str | None:
        """Return in Chinese why this cannot be promised, such as a coupon that does not exist; None if it can."""

    @abstractmethod
    def issue(self, gift: Gift, receipt: Receipt, *, now: datetime) -> None:
        """
        Give it, once for this reference; a repeat changes nothing.

        :raises Unavailable: if it can be given later
        :raises Conflict: if not
        """

    @abstractmethod
    def take_back(self, gift: Gift, receipt: Receipt, *, now: datetime) -> None:
        """:raises Conflict: if it was used or spent"""

    @abstractmethod
    def issued(self, refs: Sequence[str]) -> set[str]:
        """Return which of these references were given, taken back since or not; for those who compare the books."""


_issuers: dict[str, PrizeIssuer] = {}


def register(kind: RewardKind, issuer: PrizeIssuer) -> None:
    """Name who hands out prizes of a kind."""
    _issuers[kind] = issuer


def is_registered(kind: str) -> bool:
    return kind in _issuers


def of(kind: str) -> PrizeIssuer:
    """:raises IssuerMissing: if nobody registered for this kind"""
    if kind not in _issuers:
        raise IssuerMissing(kind=RewardKind(kind).label)
    return _issuers[kind]


def problem_of(gift: Gift) -> str | None:
    """Return in Chinese why a gift cannot be promised, None if it can."""
    if not is_registered(gift.kind):
        return f"{gift.kind.label}功能还没有接入"
    return of(gift.kind).problem(gift)
