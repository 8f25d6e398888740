"""Refunds that WeChat was still working on: asked about until they end, and given to staff when they do not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities.models import DrawBatch, IssueCounter
from blindbox.common.invariants import violations
from blindbox.integrations.wechat.pay.errors import ProviderUnavailable
from blindbox.system.audit import Actor
from blindbox.system.models import OperationLog, OutboxMessage
from orders import handlers
from orders.errors import RefundNotClosed, RefundNotRepeatable
from orders.events import RefundRequested
from orders.models import ClosedRefundNumber, Order, Payment, Refund
from orders.payments import callbacks, refund_progress
from orders.services import query_schedule, refunding
from tests.factories.orders import NOW, deliver, refund_notice
from tests.factories.pages import press, said
from tests.orders.watching import facts, soon

pytestmark = pytest.mark.django_db
REFUND = "orders.refund"
ANNA = Actor(id=7, name="anna")


def the_refund():
    return Refund.objects.get()


def state():
    return Refund.objects.values_list("status", "failure_kind").get()


def ask(**after):
    return refund_progress.query_due_refunds(now=soon(**after))


def test_a_refund_that_no_notice_told_is_asked_about(refunding_order, wechat):
    refund = Refund.objects.get()
    assert refund_progress.query_due_refunds(now=soon(minutes=5)) == 0  # not yet its turn
    assert refund_progress.query_due_refunds(now=soon(minutes=7)) == 1  # still processing
    wechat.ask("POST", f"refunds/{refund.out_refund_no}/succeed")
    assert refund_progress.query_due_refunds(now=soon(minutes=9)) == 1
    assert facts(refunding_order) == ("refunded", 12_000, 12_000)
    assert refund_progress.query_due_refunds(now=soon(minutes=20)) == 0


def test_a_refund_that_wechat_cannot_finish_fails_and_is_repeated_under_the_same_number(refunding_order, wechat):
    number = Refund.objects.get().out_refund_no
    assert wechat.end_refund(number, "fail") == [204]
    deliver(now=soon(minutes=5))
    refund = Refund.objects.get()
    assert (refund.status, refund.failure_kind) == ("failed", "abnormal")
    assert refund.failure == "用户的收款账户无法入账，请在微信商户平台处理这笔退款"
    assert Payment.objects.get().refunding_fen == 12_000  # still set aside
    assert refunding.retry(refund_id=refund.pk, now=soon(minutes=6)) is True
    assert refunding.retry(refund_id=refund.pk, now=soon(minutes=6)) is False
    deliver(now=soon(minutes=6))
    refund.refresh_from_db()
    assert (refund.status, refund.out_refund_no) == ("failed", number)  # WeChat still says so
    assert Refund.objects.count() == 1
    assert facts(refunding_order) == ("refunding", 12_000, 0)


def test_a_refused_refund_fails_and_its_repeat_succeeds(placed, make_member, box, wechat):
    wechat.fail("/v3/refund", status=403, code="NOT_ENOUGH")
    wechat.pay(placed.order_no)
    Order.objects.update(
        status="closed", closed_at=soon(), close_reason="expired"
    )  # as if it had lapsed, and its place gone
    DrawBatch.objects.update(status="released", hold_slot=None)
    IssueCounter.objects.update(reserved=0, sold=20)
    deliver(now=soon())
    refund = Refund.objects.get()
    assert (refund.status, refund.failure_kind) == ("failed", "refused")
    assert refund.failure == "微信支付拒绝了本次请求（NOT_ENOUGH）"
    refunding.retry(refund_id=refund.pk, now=soon(seconds=1))
    deliver(now=soon(seconds=2))
    wechat.end_refund(refund.out_refund_no)
    deliver(now=soon(seconds=3))
    assert facts(placed) == ("refunded", 12_000, 12_000)


def test_a_refund_that_wechat_accepted_and_then_does_not_know_is_given_to_staff(refunding_order, wechat):
    wechat.fail("/v3/refund", status=404, code="RESOURCE_NOT_EXISTS", times=5)
    answers = [ask(hours=hours) for hours in range(1, 8)]
    assert (answers, state()) == ([1, 1, 1, 1, 1, 0, 0], ("failed", "unknown"))
    assert the_refund().failure == "微信受理后又连续 5 次查不到这笔退款"
    refund_progress.retry(refund_id=the_refund().pk, reason="重发", actor=ANNA, now=soon(hours=9))
    deliver(now=soon(hours=9))
    wechat.end_refund(the_refund().out_refund_no)
    deliver(now=soon(hours=9))
    assert (facts(refunding_order), violations()) == (("refunded", 12_000, 12_000), [])


def test_a_refund_that_wechat_never_ends_is_given_to_staff_after_a_month(refunding_order, wechat):
    asked = [ask(days=days) for days in range(1, 50)]
    assert sum(asked) == 36
    assert (state(), the_refund().failure) == (("failed", "silent"), "微信一个月仍没有给出结果")
    assert wechat.end_refund(the_refund().out_refund_no) == [204]  # and then it does
    deliver(now=soon(days=50))
    assert (state(), facts(refunding_order)) == (("succeeded", ""), ("refunded", 12_000, 12_000))


def test_a_question_that_wechat_left_open_does_not_count(refunding_order, wechat):
    wechat.fail("/v3/refund", status=502, times=3)
    assert [ask(hours=hours) for hours in range(1, 5)] == [0, 0, 0, 1]
    assert the_refund().queries == 1


def test_refunds_are_asked_about_ever_more_seldom():
    pauses = [query_schedule.next_refund_query(NOW, queries) - NOW for queries in (0, 1, 2, 3, 4, 5, 6, 35, 99)]
    minutes = [pause // timedelta(minutes=1) for pause in pauses]
    assert minutes == [1, 1, 5, 15, 60, 360, 1440, 1440, 1440]
    assert [query_schedule.is_last_refund_query(queries) for queries in (35, 36)] == [False, True]


# closed by WeChat


@pytest.fixture
def closed(refunding_order, wechat):
    """A refund that WeChat closed without moving money."""
    wechat.end_refund(the_refund().out_refund_no, "fail", closed=True)
    deliver(now=soon(minutes=5))
    assert state() == ("failed", "closed")
    return the_refund()


def start_again(refund, **after):
    refund_progress.start_again(refund_id=refund.pk, reason="微信关闭", actor=ANNA, now=soon(**after))


def at_wechat(wechat):
    """What WeChat has of refunds, oldest first."""
    return [(each["out_refund_no"], each["status"]) for each in reversed(wechat.ask("GET", "refunds")["list"])]


def test_a_closed_refund_goes_on_under_the_next_number(closed, refunding_order, wechat):
    first = closed.out_refund_no
    start_again(closed, minutes=6)
    deliver(now=soon(minutes=6))
    assert state() == ("processing", "")
    assert the_refund().out_refund_no == f"{first}-2"
    assert ClosedRefundNumber.objects.values_list("out_refund_no", "provider_id").get() == (first, closed.refund_id)
    wechat.end_refund(f"{first}-2")
    deliver(now=soon(minutes=7))
    assert at_wechat(wechat)[-2:] == [(first, "CLOSED"), (f"{first}-2", "SUCCESS")]
    assert facts(refunding_order) == ("refunded", 12_000, 12_000)
    assert (Payment.objects.get().refunding_fen, violations()) == (12_000, [])
    logged = OperationLog.objects.get(action="重新发起退款")
    assert (logged.operator_name, logged.object_label, logged.reason) == ("anna", first, "微信关闭")


def test_closed_again_it_goes_on_under_the_third(closed, wechat):
    for _ in range(2):
        start_again(the_refund(), minutes=6)
        deliver(now=soon(minutes=6))
        wechat.end_refund(the_refund().out_refund_no, "fail", closed=True)
        deliver(now=soon(minutes=7))
    first = closed.out_refund_no
    assert list(ClosedRefundNumber.objects.order_by("pk").values_list("out_refund_no", flat=True)) == [
        first,
        f"{first}-2",
    ]
    assert (the_refund().out_refund_no, state()) == (f"{first}-3", ("failed", "closed"))


def test_under_the_old_number_a_closed_refund_is_not_asked_for_again(closed, wechat):
    with pytest.raises(RefundNotRepeatable):
        refund_progress.retry(refund_id=closed.pk, reason="x", actor=ANNA, now=soon(minutes=6))
    assert (state(), OperationLog.objects.filter(action="重试退款").count()) == (("failed", "closed"), 0)


@pytest.mark.parametrize(("ending", "said_of_it"), [("succeed", "已到账"), ("fail", "退款异常")])
def test_what_wechat_has_not_closed_gets_no_second_number(refunding_order, wechat, ending, said_of_it):
    wechat.ask("POST", f"refunds/{the_refund().out_refund_no}/{ending}")
    Refund.objects.update(status="failed", failure_kind="closed")  # as if somebody had mistaken it
    with pytest.raises(RefundNotClosed, match=said_of_it):
        start_again(the_refund())
    assert (the_refund().out_refund_no.count("-"), ClosedRefundNumber.objects.count()) == (0, 0)
    assert state() == (("succeeded", "") if ending == "succeed" else ("failed", "abnormal"))
    assert not OperationLog.objects.filter(action="重新发起退款").exists()


def test_a_silent_wechat_starts_nothing(closed, wechat):
    wechat.fail("/v3/refund", status=502)
    with pytest.raises(ProviderUnavailable):
        start_again(closed)
    assert (the_refund().out_refund_no, state()) == (closed.out_refund_no, ("failed", "closed"))


def test_an_unsigned_word_that_it_is_closed_starts_nothing(refunding_order, wechat):
    Refund.objects.update(status="failed", failure_kind="closed")
    wechat.fail("/v3/refund", patch={"status": "CLOSED"}, unsigned=True)
    with pytest.raises(ProviderUnavailable):
        start_again(the_refund())
    assert ClosedRefundNumber.objects.count() == 0


def test_a_worker_that_still_had_the_old_number_changes_nothing_of_the_new(closed, wechat):
    record = handlers.send_refund(RefundRequested(key="late", refund_id=closed.pk), now=soon())
    assert record is None  # a failed refund is not sent
    refunding.retry(refund_id=closed.pk, now=soon())
    Refund.objects.update(status="requested", failure_kind="")
    record = handlers.send_refund(RefundRequested(key="late", refund_id=closed.pk), now=soon())
    Refund.objects.update(status="failed", failure_kind="closed")
    start_again(closed, minutes=6)
    assert record is not None
    record()
    assert (state(), the_refund().out_refund_no) == (("requested", ""), f"{closed.out_refund_no}-2")


def test_late_words_about_a_closed_number_change_nothing_unless_money_moved(closed, wechat):
    old = refund_notice(closed)
    start_again(closed, minutes=6)
    callbacks.record(refund_notice(closed, state="closed"), gateway="wechat_v3", now=timezone.now())
    deliver(now=soon(minutes=6))
    assert not OutboxMessage.objects.dead().exists()
    callbacks.record(old, gateway="wechat_v3", now=timezone.now())
    deliver(now=soon(minutes=6))
    dead = OutboxMessage.objects.dead().get()
    assert dead.last_error == "PaymentMismatch: 支付通知与支付单不符：已关闭并换号的退款又到账了"
    assert state() == ("processing", "")
    assert Order.objects.get(refunds=closed).refunded_fen == 0


# the buttons


def test_staff_start_a_closed_refund_again_and_see_its_old_number(office, closed, wechat):
    page = f"/admin/orders/refund/{closed.pk}/change/"
    assert [f"/{word}/" in office.get(page).content.decode() for word in ("retry", "start_again")] == [False, True]
    assert press(office, REFUND, "retry", closed.pk, reason="x").status_code == 403
    assert said(press(office, REFUND, "start_again", closed.pk, reason="微信关闭")) == ["已换新单号向微信申请退款"]
    assert press(office, REFUND, "start_again", closed.pk, reason="x").status_code == 403
    shown = office.get(page).content.decode()
    assert f"{closed.out_refund_no}-2" in shown
    assert "已关闭的单号" in shown
    found = office.get("/admin/orders/refund/", {"q": closed.out_refund_no}).context["cl"].result_list
    assert [each.pk for each in found] == [closed.pk]
    order_page = office.get(f"/admin/orders/order/{closed.order_id}/change/").content.decode()
    assert f"微信关闭了退款单 {closed.out_refund_no}，换新单号重新发起" in order_page


def test_a_refusal_stays_in_the_modal(office, closed, wechat):
    wechat.fail("/v3/refund", patch={"status": "PROCESSING"})
    answer = press(office, REFUND, "start_again", closed.pk, reason="x")
    assert "微信侧这笔退款没有关闭（处理中），不能换新单号，否则可能退两次" in answer.content.decode()
    assert the_refund().out_refund_no == closed.out_refund_no


def test_a_refund_needs_the_right_to_be_repeated(office_of, make_operator, closed):
    looking = office_of(make_operator(permissions=["orders.view_refund"]))
    assert press(looking, REFUND, "start_again", closed.pk, reason="x").status_code == 403
    assert state() == ("failed", "closed")
