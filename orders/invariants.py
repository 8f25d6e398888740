"""P1-P5, I2, I4, X1-X3, X5, X6 of docs/guarantees.md: what orders, their money and what was granted must be."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.selectors.members import ADULT_YEARS, YOUNGEST, age_on
from accounts.selectors.protection import consents
from blindbox.common.business_day import business_day
from blindbox.common.invariants import Pace, Scope, also, everything, invariant
from blindbox.common.reading import pages
from blindbox.system import audit, digests, idempotency
from blindbox.system.selectors import untold
from blindbox.system.services.housekeeping import events_kept_since
from orders.enums import (
    InventoryStatus,
    OrderStatus,
    PaymentStatus,
    PayWith,
    RefundReason,
    RefundStatus,
    StaffRefund,
)
from orders.events import OrderClosed, OrderPaid, PaymentNotified, RefundRequested
from orders.models import ClosedRefundNumber, InventoryItem, Order, OrderItem, Payment, PaymentCallback, Refund

MOST_LINES = 100
MOST_REFUNDS = 50
LONGEST_WAIT = timedelta(minutes=5)

digests.register(ClosedRefundNumber, "refund_id out_refund_no provider_id", moment="replaced_at")


@idempotency.register
def _order_numbers(refs: set[str]) -> set[str]:
    return set(Order.objects.filter(order_no__in=refs).values_list("order_no", flat=True))


def _of_order(rows: Any, expression: Any) -> Coalesce:
    """Return a number about rows of the outer order, 0 where there are none."""
    grouped = rows.filter(order=OuterRef("pk")).order_by().values("order").annotate(n=expression).values("n")
    return Coalesce(Subquery(grouped), 0, output_field=BigIntegerField())


def _of_payment(rows: Any, expression: Any) -> Coalesce:
    grouped = rows.filter(payment=OuterRef("pk")).order_by().values("payment").annotate(n=expression).values("n")
    return Coalesce(Subquery(grouped), 0, output_field=BigIntegerField())


def _settling() -> Any:
    """Return the payments that paid for their orders: not the surplus ones, even once they went back."""
    surplus = Refund.objects.filter(payment=OuterRef("pk"), reason=RefundReason.SURPLUS)
    return Payment.objects.filter(~Exists(surplus), status__in=[PaymentStatus.SUCCESS, PaymentStatus.REFUNDED])


@invariant(id="P1", title="已支付的订单恰有一笔足额的成功支付", pace=Pace.LATEST)
def paid_by_exactly_one_payment(rows: Scope = everything) -> Iterable[str]:
    orders: Any = rows(Order.objects.all()).annotate(
        n=_of_order(_settling(), Count("pk")), cash=_of_order(_settling(), Sum("amount_fen"))
    )
    unpaid = Q(status__in=OrderStatus.unsettled(), n=0, paid_fen=0)
    free = Q(status__in=OrderStatus.settled(), payable_fen=0, n=0, paid_fen=0)
    exact = Q(
        status__in=OrderStatus.settled(), payable_fen__gt=0, n=1, cash=F("payable_fen"), paid_fen=F("payable_fen")
    )
    for order in orders.exclude(unpaid | free | exact)[:MOST_LINES]:
        yield (
            f"订单 {order.order_no}（{order.get_status_display()}）：应付 {order.payable_fen} 分，"
            f"记实付 {order.paid_fen} 分，{order.n} 笔成功支付共 {order.cash} 分"
        )


@invariant(id="P2", title="订单金额与明细相符", pace=Pace.LATEST)
def amounts_add_up(rows: Scope = everything) -> Iterable[str]:
    lines = OrderItem.objects.all()
    orders: Any = rows(Order.objects.all()).annotate(
        lines=_of_order(lines, Count("pk")),
        fen=_of_order(lines, Sum("amount_fen")),
        points=_of_order(lines, Sum(F("unit_points") * F("quantity"))),
        due=F("goods_fen") - F("discount_fen") - F("points_fen") - F("wallet_fen") + F("freight_fen"),
    )
    right = Q(lines__gt=0, goods_fen=F("fen"), payable_fen=F("due"), payable_fen__gte=0)
    points = ~Q(pay_with=PayWith.POINTS) | Q(points_used=F("points"))
    for order in orders.exclude(right & points)[:MOST_LINES]:
        yield (
            f"订单 {order.order_no}：商品 {order.goods_fen} 分、应付 {order.payable_fen} 分、积分 {order.points_used}，"
            f"明细 {order.lines} 行共 {order.fen} 分、{order.points} 积分，应为 {order.due} 分"
        )


@invariant(id="P3", title="收到的钱要么有已支付的订单，要么在退", pace=Pace.LATEST)
def no_orphan_money(rows: Scope = everything) -> Iterable[str]:
    running = Refund.objects.exclude(status=RefundStatus.REJECTED)
    no_refund = ~Exists(running.filter(payment=OuterRef("pk")))
    orphans = rows(Payment.objects.all()).filter(
        no_refund,
        Q(status=PaymentStatus.SUCCESS, order__status__in=OrderStatus.unsettled()) | Q(status=PaymentStatus.SURPLUS),
    )
    for payment in orphans[:MOST_LINES]:
        yield f"支付单 {payment.out_trade_no}：{payment.get_status_display()}，订单未支付也没有退款"
    stuck = rows(Order.objects.all()).filter(
        ~Exists(running.filter(order=OuterRef("pk"))), status__in=[OrderStatus.REFUNDING, OrderStatus.REFUNDED]
    )
    for order in stuck[:MOST_LINES]:
        yield f"订单 {order.order_no}：{order.get_status_display()}，但没有退款单"
    late = timezone.now() - LONGEST_WAIT
    waiting = rows(PaymentCallback.objects.all()).filter(processed_at__isnull=True, received_at__lt=late)
    for notice in waiting[:MOST_LINES]:
        yield f"支付通知 {notice.notice_id}（{notice.out_trade_no}）：收到超过 5 分钟仍未处理"


@invariant(id="P4", title="一笔微信交易只对应一张支付单")
def one_transaction_one_payment() -> Iterable[str]:
    for column in ("transaction_id", "out_trade_no"):
        known = Payment.objects.filter(**{f"{column}__isnull": False}).values("gateway", column).order_by()
        for row in known.annotate(n=Count("pk")).filter(n__gt=1)[:MOST_LINES]:
            yield f"{row['gateway']} {row[column]} 对应 {row['n']} 张支付单"


@invariant(id="P5", title="退款不超过支付，每单不超过 50 次，记账相符", pace=Pace.LATEST)
def refunds_within_payments(rows: Scope = everything) -> Iterable[str]:
    reserved = Refund.objects.exclude(status=RefundStatus.REJECTED)
    payments: Any = rows(Payment.objects.all()).annotate(
        n=_of_payment(reserved, Count("pk")), back=_of_payment(reserved, Sum("amount_fen"))
    )
    wrong = payments.exclude(n__lte=MOST_REFUNDS, back=F("refunding_fen"), refunding_fen__lte=F("amount_fen"))
    for payment in wrong[:MOST_LINES]:
        yield (
            f"支付单 {payment.out_trade_no}：支付 {payment.amount_fen} 分，记退款 {payment.refunding_fen} 分，"
            f"{payment.n} 笔退款共 {payment.back} 分"
        )
    arrived = Refund.objects.filter(status=RefundStatus.SUCCEEDED).exclude(reason=RefundReason.SURPLUS)
    orders: Any = rows(Order.objects.all()).annotate(back=_of_order(arrived, Sum("amount_fen")))
    for order in orders.exclude(back=F("refunded_fen"))[:MOST_LINES]:
        yield f"订单 {order.order_no}：记已退 {order.refunded_fen} 分，到账退款共 {order.back} 分"


@invariant(id="I2", title="每件持仓只处于一种状态")
def one_state_an_item() -> Iterable[str]:
    here = Q(status__in=InventoryStatus.here(), reason="")
    gone = Q(status=InventoryStatus.GONE) & ~Q(reason="")
    for item in InventoryItem.objects.exclude(here | gone)[:MOST_LINES]:
        yield f"持仓 {item.pk}（{item.title}）：状态 {item.status}，离库原因 {item.reason or '无'}"


@invariant(id="I4", title="每种商品发出的数量等于各状态之和")
def granted_equals_sum_of_states() -> Iterable[str]:
    known = {f"n_{word}": Count("pk", filter=Q(status=word)) for word in InventoryStatus.values}
    by_product: Any = InventoryItem.objects.order_by().values("product_id").annotate(n=Count("pk"), **known)
    sums = F("n_held") + F("n_reserved") + F("n_gone")
    for row in by_product.exclude(n=sums)[:MOST_LINES]:
        parts = row["n_held"] + row["n_reserved"] + row["n_gone"]
        yield f"商品 {row['product_id']}：发出 {row['n']} 件，持有、占用、离库共 {parts} 件"


@invariant(id="X3", title="每个通知只存一次，处理过的都已生效", pace=Pace.LATEST)
def notices_apply_once(rows: Scope = everything) -> Iterable[str]:
    repeated = (
        rows(PaymentCallback.objects.all())
        .order_by()
        .values("gateway", "notice_id")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    for row in repeated[:MOST_LINES]:
        yield f"通知 {row['gateway']} {row['notice_id']} 存了 {row['n']} 次"
    applied = rows(PaymentCallback.objects.all()).filter(processed_at__isnull=False, state="success")
    paid = Payment.objects.filter(out_trade_no=OuterRef("out_trade_no"), transaction_id=OuterRef("transaction_id"))
    back = Refund.objects.filter(out_refund_no=OuterRef("out_refund_no"), status=RefundStatus.SUCCEEDED)
    without_effect = Q(~Exists(paid), kind="payment") | Q(~Exists(back), kind="refund")
    for notice in applied.filter(without_effect)[:MOST_LINES]:
        yield f"通知 {notice.notice_id}（{notice.out_trade_no}）：已处理但没有入账"


@also(id="X2", pace=Pace.LATEST)
def changes_of_orders_are_told(rows: Scope = everything) -> Iterable[str]:
    since = events_kept_since(timezone.now())
    received = rows(Order.objects.all()).filter(status__in=OrderStatus.settled(), pay_with=PayWith.WEIXIN)
    for pk, _ in untold(OrderPaid, received, key="order:{}", moment="paid_at", since=since):
        yield f"订单 {pk}：已支付，没有发出事件"
    closed = rows(Order.objects.all()).filter(status=OrderStatus.CLOSED)
    for pk, _ in untold(OrderClosed, closed, key="order:{}", moment="closed_at", since=since):
        yield f"订单 {pk}：已关闭，没有发出事件"
    asked = rows(Refund.objects.all()).filter(payment__isnull=False)
    for pk, _ in untold(RefundRequested, asked, key="refund:{}", moment="created_at", since=since):
        yield f"退款单 {pk}：已申请，没有发出事件"
    stored = rows(PaymentCallback.objects.all())
    for pk, _ in untold(PaymentNotified, stored, key="callback:{}", moment="received_at", since=since):
        yield f"支付通知 {pk}：已收到，没有发出事件"


@also(id="X5")
def staff_refunds_are_logged() -> Iterable[str]:
    refunds = Refund.objects.filter(reason=RefundReason.STAFF)
    refunded, logged = set(refunds.values_list("order_id", flat=True)), audit.logged_ids("Order", *StaffRefund.values)
    for pk in sorted(refunded - logged):
        yield f"订单 {pk}：客服退了款，没有操作日志"
    for pk in sorted(logged - refunded):
        yield f"订单 {pk}：操作日志记有退款，没有退款单"


@invariant(id="X6", title="没有 8 岁以下用户的订单，未成年人先有监护人同意，限额用量与购买相符")
def buyers_are_of_age() -> Iterable[str]:
    """What was known when the order was placed counts; an order that was given up or refunded is put right."""
    kept = Order.objects.exclude(status__in=[OrderStatus.CLOSED, OrderStatus.REFUNDING, OrderStatus.REFUNDED])
    known = Q(member__birth_date_at__isnull=True) | Q(member__birth_date_at__lte=F("created_at"))
    first = Order.objects.order_by("pk").values_list("created_at", flat=True).first()
    if first is None:
        return
    maybe_young = kept.filter(known, member__birth_date__gt=date(first.year - ADULT_YEARS - 1, 1, 1))
    for page in pages(maybe_young, "order_no", "created_at", "member_id", "member__birth_date"):
        agreed = consents({row[3] for row in page})
        for _, number, at, member_id, born in page:
            age = age_on(business_day(at), born=born)
            if age < YOUNGEST:
                yield f"订单 {number}：用户 {member_id} 下单时 {age} 岁"
            elif age < ADULT_YEARS and not agreed.at(member_id, at):
                yield f"订单 {number}：用户 {member_id} 下单时 {age} 岁，没有监护人同意"
