"""Which commands refund an order of a source: the app that handed the goods over knows how to take them back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from blindbox.common.errors import Conflict
from blindbox.system.audit import Actor


class RefundNotSupported(Conflict):
    code, message = "order.refund_not_supported", "这种来源的订单不能在后台退款"


class RefundOrder(Protocol):
    def __call__(self, *, order_id: int, reason: str, actor: Actor, now: datetime) -> None: ...


class TakenBack(Protocol):
    def __call__(self, order_id: int, /) -> list[str]: ...


class IsStuck(Protocol):
    def __call__(self, *, order_id: int) -> bool: ...


@dataclass(frozen=True)
class StaffRefunds:
    """
    How a source refunds an order that was handed over, and one that is paid and cannot be: when that is so.

    `taken_back` says, a line each, what the first takes from the member.
    """

    whole: RefundOrder
    is_stuck: IsStuck
    stuck: RefundOrder
    taken_back: TakenBack


_sources: dict[str, StaffRefunds] = {}


def register(source: str, commands: StaffRefunds) -> None:
    """Make a source's commands known."""
    _sources[source] = commands


def supports(source: str) -> bool:
    return source in _sources


def is_stuck(*, source: str, order_id: int) -> bool:
    """Tell whether a paid order cannot be handed over, however long one waits."""
    return source in _sources and _sources[source].is_stuck(order_id=order_id)


def commands_of(source: str) -> StaffRefunds:
    """:raises RefundNotSupported: if nobody registered for the source"""
    if source not in _sources:
        raise RefundNotSupported
    return _sources[source]
