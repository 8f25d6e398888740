"""Placing: key, order, lines and payment row, in the transaction in which the source reserves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.enums import PointReason
from accounts.services import points
from blindbox.common import sql
from blindbox.common.ledger import Posting
from blindbox.common.retry import TryAgain, refusing_duplicates
from blindbox.system import idempotency
from blindbox.system.idempotency import Claim
from orders.checkout.pricing import Line, Quote
from orders.enums import OrderSource, OrderStatus, PaymentStatus, PayWith
from orders.models import Order, OrderItem, Payment
from orders.services.numbers import order_number
from orders.services.query_schedule import first_query

_ORDER = (
    "order_no member source status pay_with goods_fen discount_fen points_used points_fen wallet_fen freight_fen "
    "payable_fen paid_fen refunded_fen expires_at paid_at completed_at close_reason created_at updated_at"
)
_ITEM = "order line title product_id quantity unit_price_fen unit_points amount_fen"
_PAYMENT = (
    "order gateway out_trade_no amount_fen status prepay_id refunding_fen expires_at next_query_at queries "
    "created_at updated_at"
)


@dataclass(frozen=True)
class NewOrder:
    """What to place. `expires_at` is when an order paid by WeChat lapses."""

    member_id: int
    source: OrderSource
    quote: Quote
    pay_with: PayWith
    claim: Claim | None
    expires_at: datetime | None = None


@dataclass(slots=True)
class FreshOrder:
    """What the columns of an order hold that was just placed: a model instance would cost more than its INSERT."""

    order_no: str
    source: OrderSource
    status: OrderStatus
    pay_with: PayWith
    goods_fen: int
    discount_fen: int
    points_used: int
    freight_fen: int
    payable_fen: int
    expires_at: datetime | None
    paid_at: datetime | None
    completed_at: datetime | None
    created_at: datetime
    points_fen: int = 0
    wallet_fen: int = 0
    paid_fen: int = 0
    refunded_fen: int = 0
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Placed:
    """An order that was just placed."""

    id: int
    order_no: str
    new: NewOrder
    status: OrderStatus
    placed_at: datetime

    @property
    def lines(self) -> Sequence[Line]:
        return self.new.quote.lines

    def as_order(self) -> FreshOrder:
        """Return the row as it was written, without reading it back."""
        quote, settled = self.new.quote, self.status == OrderStatus.COMPLETED
        paid_at = self.placed_at if settled else None
        return FreshOrder(
            order_no=self.order_no,
            source=self.new.source,
            status=self.status,
            pay_with=self.new.pay_with,
            goods_fen=quote.goods_fen,
            discount_fen=quote.discount_fen,
            points_used=quote.points,
            freight_fen=quote.freight_fen,
            payable_fen=quote.payable_fen,
            expires_at=self.new.expires_at,
            paid_at=paid_at,
            completed_at=paid_at,
            created_at=self.placed_at,
        )


def place(new: NewOrder, *, now: datetime) -> Placed:
    """
    Place an order inside the caller's transaction; paid by points, or free, it is complete at once.

    :raises KeyTaken: if the key is used: roll back, then read what it led to
    :raises KeyInFlight: if its first use is still running
    :raises PointsInsufficient: if the points do not suffice
    """
    at_once = new.pay_with in (PayWith.POINTS, PayWith.FREE)
    status = OrderStatus.COMPLETED if at_once else OrderStatus.PENDING
    order_no = order_number(now=now)
    if new.claim is not None:
        idempotency.take(new.claim, ref=order_no, now=now)
    order_id = _insert_order(new, order_no, status, now)
    _insert_items(order_id, new.quote)
    if new.pay_with == PayWith.POINTS:
        _debit(new, order_no, now)
    elif not at_once:
        _insert_payment(order_id, order_no, new, now)
    return Placed(id=order_id, order_no=order_no, new=new, status=status, placed_at=now)


def _insert_order(new: NewOrder, order_no: str, status: OrderStatus, now: datetime) -> int:
    quote = new.quote
    paid_at = now if status == OrderStatus.COMPLETED else None
    head = (order_no, new.member_id, new.source, status, new.pay_with)
    amounts = (quote.goods_fen, quote.discount_fen, quote.points, 0, 0, quote.freight_fen, quote.payable_fen, 0, 0)
    with refusing_duplicates(TryAgain):  # the number is random: take another
        return sql.insert_one(Order, _ORDER, (*head, *amounts, new.expires_at, paid_at, paid_at, "", now, now))


def _insert_items(order_id: int, quote: Quote) -> None:
    rows = (
        (order_id, n, e.title, e.product_id, e.quantity, e.unit_price_fen, e.unit_points, e.amount_fen)
        for n, e in enumerate(quote.lines)
    )
    sql.insert(OrderItem, _ITEM, rows)


def _insert_payment(order_id: int, order_no: str, new: NewOrder, now: datetime) -> None:
    amount = new.quote.payable_fen
    state = (PaymentStatus.PREPARED, "", 0, new.expires_at, first_query(now), 0)
    sql.insert(Payment, _PAYMENT, [(order_id, settings.PAYMENT_GATEWAY, order_no, amount, *state, now, now)])


def _debit(new: NewOrder, order_no: str, now: datetime) -> None:
    posting = Posting(delta=-new.quote.points, reason=PointReason.ORDER, ref=order_no)
    points.post_here(member_id=new.member_id, postings=[posting], now=now)
