"""Orders on their way, and rows as they would be, for what no service makes."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import Member
from activities.models import Issue
from activities.services import purchases
from activities.services.purchases import Purchase, Wish
from blindbox.integrations.wechat.pay.gateway import Notice
from blindbox.system import outbox
from blindbox.system.idempotency import Claim
from catalog.models import Product
from orders.enums import CloseReason, OrderStatus, PaymentStatus, PayWith, RefundFailure, RefundReason, RefundStatus
from orders.models import InventoryItem, Order, OrderItem, Payment, Refund
from orders.services import lifecycle
from orders.services.numbers import order_number

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PRICE_FEN = 6000


def claim_of(member: Member, key: str | None = None) -> Claim:
    return Claim(realm="member", actor_id=member.pk, key=key or secrets.token_hex(8), fingerprint="f" * 64)


def purchase(
    member: Member,
    issue: Issue,
    *,
    count: int = 1,
    pay_with: PayWith = PayWith.WEIXIN,
    key: str | None = None,
    now: datetime = NOW,
) -> Purchase:
    """Order draws; by WeChat they wait to be paid, and WeChat has not heard of them yet."""
    wish = Wish(issue.pk, count, pay_with, client_nonce="nonce")
    return purchases.buy(
        member_id=member.pk, activity_id=issue.activity_id, wish=wish, claim=claim_of(member, key), now=now
    )


def buy(member: Member, issue: Issue, **how: Any) -> Order:
    """Do what `purchase` does and return the order."""
    return Order.objects.get(pk=purchase(member, issue, **how).order_id)


def payment_of(order: Order) -> Payment:
    return Payment.objects.get(order=order)


def mark_paid(order: Order, *, transaction_id: str | None = None, now: datetime = NOW) -> None:
    """Settle an order's payment as a verified notice does."""
    number = transaction_id or f"4200{secrets.randbelow(10**16):016}"
    lifecycle.mark_paid(payment_id=payment_of(order).pk, transaction_id=number, paid_at=now, now=now)


def deliver(*, now: datetime = NOW) -> int:
    """Deliver what is due at a moment, including what that publishes."""
    return outbox.deliver_due(clock=lambda: now, limit=1000)


def make_notice(order: Order, *, now: datetime = NOW, **facts: Any) -> Notice:
    """Return the verified notice that an order's payment succeeded."""
    payment = Payment.objects.select_related("order__member").get(order=order)
    made = {
        "kind": "payment",
        "id": f"EV-{secrets.token_hex(8)}",
        "state": "success",
        "out_trade_no": payment.out_trade_no,
        "transaction_id": f"4200{payment.pk:010}",
        "amount_fen": payment.amount_fen,
        "currency": "CNY",
        "mchid": "1900000109",
        "appid": "wx1234567890abcdef",
        "openid": payment.order.member.openid,
        "at": now,
        "payload": {"out_trade_no": payment.out_trade_no},
    }
    return Notice(**{**made, **facts})


def refund_notice(refund: Refund, *, now: datetime = NOW, **facts: Any) -> Notice:
    """Return the verified notice that a refund arrived."""
    assert refund.payment is not None
    made = {
        "kind": "refund",
        "id": f"EV-{secrets.token_hex(8)}",
        "state": "success",
        "out_trade_no": refund.payment.out_trade_no,
        "out_refund_no": refund.out_refund_no,
        "refund_id": f"5030{refund.pk:010}",
        "transaction_id": refund.payment.transaction_id,
        "amount_fen": refund.amount_fen,
        "mchid": "1900000109",
        "at": now,
        "payload": {"refund_id": f"5030{refund.pk:010}"},
    }
    return Notice(**{**made, **facts})


def make_order(member: Member, *, now: datetime = NOW, **columns: Any) -> Order:
    """Return an order of one line, pending unless told otherwise; its row only, no payment and no draws."""
    status = OrderStatus(columns.get("status", OrderStatus.PENDING))
    made = {
        "order_no": order_number(now=now),
        "source": "draw",
        "status": status,
        "pay_with": PayWith.WEIXIN,
        "goods_fen": PRICE_FEN,
        "payable_fen": PRICE_FEN,
        "expires_at": now + timedelta(minutes=3),
        "created_at": now,
        "updated_at": now,
    }
    if status in OrderStatus.settled():
        made |= {"paid_at": now, "paid_fen": columns.get("payable_fen", PRICE_FEN)}
    if status == OrderStatus.COMPLETED:
        made |= {"completed_at": now}
    if status == OrderStatus.CLOSED:
        made |= {"closed_at": now, "close_reason": CloseReason.EXPIRED}
    order = Order.objects.create(member=member, **{**made, **columns})
    OrderItem.objects.create(
        order=order, line=0, title="海洋系列", quantity=1, unit_price_fen=PRICE_FEN, amount_fen=order.goods_fen
    )
    return order


def make_payment(order: Order, *, now: datetime = NOW, **columns: Any) -> Payment:
    made = {
        "gateway": "wechat_v3",
        "out_trade_no": order_number(now=now),
        "amount_fen": PRICE_FEN,
        "expires_at": now + timedelta(minutes=3),
        "created_at": now,
        "updated_at": now,
    }
    return Payment.objects.create(order=order, **{**made, **columns})


def make_second_payment(order: Order, *, now: datetime = NOW, **columns: Any) -> Payment:
    """Return another payment of an order, closed at WeChat as far as we know."""
    return make_payment(order, now=now, **{"status": PaymentStatus.CLOSED, "closed_at": now, **columns})


def make_refund(paid: Payment, *, now: datetime = NOW, **columns: Any) -> Refund:
    made = {
        "order": paid.order,
        "payment": paid,
        "out_refund_no": f"R{order_number(now=now)}",
        "amount_fen": paid.amount_fen,
        "reason": RefundReason.STAFF,
        "failure_kind": RefundFailure.REFUSED if columns.get("status") == RefundStatus.FAILED else "",
        "created_at": now,
        "updated_at": now,
    }
    return Refund.objects.create(**{**made, **columns})


def make_item(member: Member, product: Product, *, part: int = 0, now: datetime = NOW, **columns: Any) -> InventoryItem:
    made = {
        "source": "draw",
        "source_id": 1,
        "source_part": part,
        "title": product.name,
        "created_at": now,
        "updated_at": now,
    }
    return InventoryItem.objects.create(member=member, product=product, **{**made, **columns})
