"""What activities do about facts of orders and their own."""

from datetime import datetime

from activities.boss import hits, settlement
from activities.errors import CannotServe
from activities.events import DrawSettled, DrawsRefunded, IssueExhausted, PrizeDue, PrizesWon
from activities.services import closing, draws, holds, refunding, refusals, succession
from activities.services.glue import delivering
from activities.services.prizes import deliveries
from activities.services.prizes.deliveries import Origin
from blindbox.common.events import subscribe, subscribe_external
from orders import selectors as orders
from orders.enums import OrderSource, RefundReason
from orders.events import OrderClosed, OrderPaid, PaymentClosed
from orders.services import lifecycle
from orders.services import refunding as money


@subscribe(OrderPaid, name=refunding.SETTLER, does="开奖")
def settle_draw(event: OrderPaid, *, now: datetime) -> None:
    """Draw what was paid for; money that came too late to be served goes back by itself."""
    if event.source != OrderSource.DRAW:
        return
    paid_at = orders.order(event.order_id).paid_at
    try:
        draws.settle_order(order_id=event.order_id, paid_at=paid_at or now, now=now)
    except CannotServe:
        holds.release(order_id=event.order_id, now=now)
        money.request_order(order_id=event.order_id, reason=RefundReason.LATE, now=now)


@subscribe(PaymentClosed, name="activities.release_hold", does="释放名额")
def release_hold(event: PaymentClosed, *, now: datetime) -> None:
    """WeChat confirmed that the order cannot be paid any more."""
    if event.source == OrderSource.DRAW:
        holds.release(order_id=event.order_id, now=now)


@subscribe(OrderClosed, name="activities.release_hold_in_time", delay=refusals.GRACE, does="到时释放名额")
def release_hold_in_time(event: OrderClosed, *, now: datetime) -> None:
    """WeChat stayed silent: the hold does not wait for it longer than this, unless the money came after all."""
    if event.source == OrderSource.DRAW and lifecycle.is_closed(order_id=event.order_id):
        holds.release(order_id=event.order_id, now=now)


@subscribe(IssueExhausted, name="activities.close_exhausted", does="关闭售罄的期次")
def close_exhausted(event: IssueExhausted, *, now: datetime) -> None:
    closing.close_if_due(issue_id=event.issue_id, now=now)


@subscribe(IssueExhausted, name="activities.open_next", does="开放下一期")
def open_next(event: IssueExhausted, *, now: datetime) -> None:
    """A delivery of its own, so that whatever is wrong with the next issue keeps this one from nothing."""
    succession.open_next(issue_id=event.issue_id, now=now)


@subscribe_external(PrizeDue, name="activities.hand_out_prize", does="发放奖品")
def hand_out_prize(event: PrizeDue, *, now: datetime) -> None:
    """Give a prize that an issuer hands out; with no transaction open, so that a failure is written down."""
    deliveries.hand_out(Origin(event.source, event.source_id, event.source_part), now=now)


@subscribe(DrawSettled, name=settlement.HIT, can_wait=True, does="攻击 Boss")
def hit_boss(event: DrawSettled, *, now: datetime) -> None:
    hits.of_batch(batch_id=event.batch_id, now=now)


@subscribe(DrawsRefunded, name=settlement.UNDO, does="撤回 Boss 伤害")
def undo_hit(event: DrawsRefunded, *, now: datetime) -> None:
    hits.take_back(batch_id=event.batch_id, now=now)


@subscribe_external(PrizesWon, name="activities.deliver_prizes", does="发奖")
def deliver_prizes(event: PrizesWon, *, now: datetime) -> None:
    """Run in transactions of its own, since a failure is recorded too; delivering twice changes nothing."""
    delivering.attempt(batch_id=event.batch_id, now=now)
