"""What orders shows on the home page."""

from collections.abc import Sequence
from datetime import date, datetime

from blindbox.common.adminkit import Figure, Todo, curves, figures, list_url, todos
from blindbox.common.adminkit.home import Day, Series, last_days, sum_by_day
from blindbox.common.money import yuan
from orders.admin import callback
from orders.admin.refund import running
from orders.enums import PaymentStatus, RefundReason, RefundStatus
from orders.models import Order, PaymentCallback, Refund

NOTICES = "orders.paymentcallback"


@figures.add("今日流水", permission="orders.view_payment", order=20)
def takings(*, now: datetime) -> Figure:
    days = last_days(now, 2)
    yesterday, today = _cash(days).values()
    back = sum_by_day(Order.objects.all(), "refunded_fen", "paid_at", days[-1:])[days[-1].date]
    note = f"其中已退 {yuan(back)}，" if back else ""
    return Figure(value=yuan(today), note=f"{note}昨日 {yuan(yesterday)}", url=list_url("orders.order"))


def _cash(days: Sequence[Day]) -> dict[date, int]:
    return sum_by_day(Order.objects.all(), "paid_fen", "paid_at", days)


@figures.add("今日支付人数", permission="orders.view_order", order=30)
def payers(*, now: datetime) -> Figure:
    yesterday, today = (_payers(day) for day in last_days(now, 2))
    return Figure(value=str(today), note=f"昨日 {yesterday}，含积分支付", url=list_url("orders.order"))


def _payers(day: Day) -> int:
    return Order.objects.filter(paid_at__gte=day.start, paid_at__lt=day.end).values("member").distinct().count()


@curves.add("流水", permission="orders.view_payment", order=20, note="元，微信实付，含后来退款的")
def takings_by_day(*, now: datetime) -> Series:
    return {day: fen // 100 for day, fen in _cash(last_days(now, 7)).items()}


@todos.add("异常支付", permission="orders.view_payment", order=10, note="重复支付，系统正在退回")
def surplus_payments(*, now: datetime) -> Todo:
    going_back = Refund.objects.filter(status__in=RefundStatus.unfinished(), reason=RefundReason.SURPLUS)
    return Todo(going_back.count(), list_url("orders.payment", f"?status__exact={PaymentStatus.SURPLUS}"))


@todos.add("支付通知对不上", permission="orders.view_paymentcallback", order=5, note="与我方记录不符，没有入账")
def stuck_notices(*, now: datetime) -> Todo:
    return Todo(PaymentCallback.objects.filter(callback.mismatched()).count(), list_url(NOTICES, "?handled=stuck"))


@todos.add(
    "支付通知未处理", permission="orders.view_paymentcallback", order=6, note="收到已超过 5 分钟，请通知技术人员"
)
def late_notices(*, now: datetime) -> Todo:
    return Todo(PaymentCallback.objects.filter(callback.late(now=now)).count(), list_url(NOTICES, "?handled=late"))


@todos.add("退款失败", permission="orders.view_refund", order=15, note="要人工看原因再重试")
def failed_refunds(*, now: datetime) -> Todo:
    failed = Refund.objects.filter(status=RefundStatus.FAILED)
    return Todo(failed.count(), list_url("orders.refund", f"?status__exact={RefundStatus.FAILED}"))


@todos.add("退款处理中", permission="orders.view_refund", order=20, note="等待微信确认")
def running_refunds(*, now: datetime) -> Todo:
    return Todo(Refund.objects.filter(running()).count(), list_url("orders.refund", "?running=yes"))
