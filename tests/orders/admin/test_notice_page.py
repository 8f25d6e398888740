"""Notices of payments: what does not fit or does not get on waits on the home page until somebody looks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from blindbox.common.invariants import violations
from blindbox.system.models import OperationLog, OutboxMessage
from orders.models import Order, PaymentCallback
from orders.payments import callbacks
from tests.factories.activities import open_box
from tests.factories.orders import buy, make_notice
from tests.factories.pages import press, said

NOTICES = "/admin/orders/paymentcallback/"


@pytest.fixture
def notify(make_member, deliver_events):
    """Store the notice of a new order's payment as it came a while ago, and let it be processed or not."""

    def send(*, minutes: int = 0, processed: bool = True, **facts: object) -> PaymentCallback:
        now = timezone.now()
        order: Order = buy(make_member(now=now), open_box(now=now - timedelta(days=1)), now=now)
        callbacks.record(make_notice(order, **facts), gateway="wechat_v3", now=now - timedelta(minutes=minutes))
        if processed:
            deliver_events()
        return PaymentCallback.objects.latest("pk")

    return send


def _todos(office) -> dict[str, int]:
    return {part.title: part.value.count for part in office.get("/admin/").context["todos"] if "通知" in part.title}


def _listed(office, word: str) -> list[int]:
    return [row.pk for row in office.get(f"{NOTICES}?handled={word}").context["cl"].result_list]


def test_what_was_processed_or_has_just_come_waits_for_nobody(office, notify):
    notify(minutes=60)
    fresh = notify(minutes=4, processed=False)
    assert _todos(office) == {}
    assert (_listed(office, "waiting"), _listed(office, "late"), _listed(office, "stuck")) == ([fresh.pk], [], [])


def test_a_notice_that_nobody_processed_for_five_minutes_is_a_todo(office, notify):
    waiting = notify(minutes=5, processed=False)
    assert _todos(office) == {"支付通知未处理": 1}
    assert _listed(office, "late") == [waiting.pk]


def test_a_notice_that_does_not_fit_is_a_todo_of_its_own_and_says_why(office, notify):
    wrong = notify(minutes=9, amount_fen=6001)
    assert _todos(office) == {"支付通知对不上": 1}
    assert (_listed(office, "stuck"), _listed(office, "late")) == ([wrong.pk], [])
    assert "对不上" in office.get(NOTICES).content.decode()
    page = office.get(f"{NOTICES}{wrong.pk}/change/").content.decode()
    assert "支付通知与支付单不符：金额应为 ¥60.00，实为 ¥60.01" in page
    assert "PaymentMismatch" not in page


def test_who_may_not_see_notices_is_not_told_of_them(office_of, make_operator, notify):
    notify(minutes=9, amount_fen=6001)
    assert _todos(office_of(make_operator(permissions=["orders.view_order"]))) == {}


def test_a_notice_that_was_dealt_with_waits_for_nobody_and_says_so(office, notify):
    wrong = notify(minutes=9, amount_fen=6001)
    assert said(press(office, "orders.paymentcallback", "set_aside", wrong.pk, reason="已在平台退款")) == [
        "已记为处理完毕"
    ]
    log = OperationLog.objects.get(action="人工处理事件")
    assert (log.reason, OutboxMessage.objects.dead().count()) == ("已在平台退款", 0)
    assert _todos(office) == {}
    assert (_listed(office, "stuck"), _listed(office, "late")) == ([], [])
    page = office.get(f"{NOTICES}{wrong.pk}/change/").content.decode()
    assert "已人工处理" in page
    assert "处理完毕" not in page
    assert "金额应为 ¥60.00，实为 ¥60.01" in page
    assert violations(["X2"]) == []
    press(office, "orders.paymentcallback", "set_aside", wrong.pk, reason="再来")
    assert OperationLog.objects.filter(action="人工处理事件").count() == 1


def test_who_may_only_look_cannot_deal_with_a_notice(office_of, make_operator, notify):
    wrong = notify(minutes=9, amount_fen=6001)
    looker = office_of(make_operator(permissions=["orders.view_paymentcallback"]))
    assert press(looker, "orders.paymentcallback", "set_aside", wrong.pk, reason="看看").status_code == 403
    assert OutboxMessage.objects.dead().count() == 1


def test_only_a_notice_that_does_not_fit_offers_to_be_dealt_with(office, notify):
    fine, wrong = notify(), notify(amount_fen=6001)
    pages = [office.get(f"{NOTICES}{each.pk}/change/").content.decode() for each in (fine, wrong)]
    assert ["处理完毕" in page for page in pages] == [False, True]


@pytest.mark.parametrize(("more", "whole"), [([], False), (["accounts.view_phone"], True)])
def test_who_paid_is_whole_only_for_those_who_may_see_it(office_of, make_operator, notify, more, whole):
    paid = {"payer": {"openid": "wx-somebody-else-0001"}}
    wrong = notify(openid="wx-somebody-else-0001", payload=paid)
    client = office_of(make_operator(permissions=["orders.view_paymentcallback", *more]))
    page = client.get(f"{NOTICES}{wrong.pk}/change/").content.decode()
    assert page.count("wx-somebody-else-0001") == (2 if whole else 0)
    assert page.count("wx-**************0001") == (1 if whole else 3)  # why it does not fit names nobody whole
    payer = Order.objects.get().member.openid
    assert (payer in page, OutboxMessage.objects.filter(last_error__contains=payer).exists()) == (False, False)
