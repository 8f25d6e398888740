"""Prizes that nobody could hand out wait on a list until an operator sends them again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities.enums import RewardKind
from activities.models import PrizeDelivery
from activities.services.prizes import deliveries
from activities.services.prizes.deliveries import Origin
from activities.services.prizes.issuers import Gift
from blindbox.system import outbox
from blindbox.system.models import OperationLog
from tests.factories.issuers import serving
from tests.factories.orders import deliver
from tests.factories.pages import press, said

DELIVERY = "activities.prizedelivery"


@pytest.fixture
def issuer():
    with serving(RewardKind.WALLET) as found:
        yield found


@pytest.fixture
def given_up(issuer, member):
    now = timezone.now() - timedelta(days=1)
    gifts = [(Origin("draw", 1, 0), Gift(RewardKind.WALLET, "5 元红包", amount_fen=500))]
    deliveries.send(member_id=member.pk, gifts=gifts, now=now)
    issuer.failing = ValueError("no such purse")
    for hour in range(outbox.MOST_FAILURES):
        deliver(now=now + timedelta(hours=hour))
    issuer.failing = None
    return PrizeDelivery.objects.get()


def test_the_home_page_counts_it_and_the_list_shows_why(office, given_up):
    [todo] = [each for each in office.get("/admin/").context["todos"] if each.title == "奖品发放失败"]
    assert todo.value.count == 1
    page = office.get(todo.value.url)
    assert [each.pk for each in page.context["cl"].result_list] == [given_up.pk]
    text = office.get(f"/admin/activities/prizedelivery/{given_up.pk}/change/").content.decode()
    assert [word in text for word in ("5 元红包", "5.00", "ValueError: no such purse", "抽奖批次 1 第 1 件")] == [
        True
    ] * 4


def test_the_button_sends_it_again_once(office, given_up):
    assert said(press(office, DELIVERY, "retry", given_up.pk, reason="已修好")) == ["已放回队列，几秒内会再次发放"]
    assert "正在自动发放" in press(office, DELIVERY, "retry", given_up.pk, reason="再来").content.decode()
    deliver(now=timezone.now())
    given_up.refresh_from_db()
    assert (given_up.status, OperationLog.objects.filter(action="重新发放奖品").count()) == ("delivered", 1)
    assert press(office, DELIVERY, "retry", given_up.pk, reason="x").status_code == 403


def test_who_may_only_look_has_no_button(office_of, make_operator, given_up):
    looking = office_of(make_operator(permissions=["activities.view_prizedelivery"]))
    assert press(looking, DELIVERY, "retry", given_up.pk, reason="x").status_code == 403
    assert OperationLog.objects.filter(action="重新发放奖品").count() == 0
