"""Who could know a result beforehand does not draw: the members who are linked to an operator."""

import pytest

from accounts.selectors.protection import buyer
from activities.errors import InsiderMayNotDraw
from activities.models import DrawBatch, DrawLog, IssueCounter
from orders.enums import PayWith
from orders.models import Order, Payment
from tests.factories.activities import NOW
from tests.factories.draws import hold, pay, settle
from tests.factories.orders import purchase

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(make_operator):
    return make_operator()


@pytest.mark.parametrize("pay_with", [PayWith.POINTS, PayWith.WEIXIN])
@pytest.mark.parametrize("issue", ["box", "odds"])
def test_a_linked_member_is_refused_before_anything_moves(request, member, operator, issue, pay_with):
    operator.linked_members.add(member)
    offered = request.getfixturevalue(issue)
    with pytest.raises(InsiderMayNotDraw, match="平台工作人员及其关联用户不能参与抽奖"):
        purchase(member, offered, pay_with=pay_with)
    assert member.point_accounts.get(kind="general").balance == 1_000_000
    counter = IssueCounter.objects.get(pk=offered.pk)
    assert (counter.sold, counter.reserved) == (0, 0)
    assert [model.objects.count() for model in (Order, Payment, DrawBatch, DrawLog)] == [0, 0, 0, 0]


def test_everybody_else_draws_and_so_does_who_was_unlinked(member, make_member, operator, box):
    operator.linked_members.add(make_member(), member)
    operator.linked_members.remove(member)
    purchase(member, box, pay_with=PayWith.POINTS)
    assert DrawLog.objects.count() == 1


def test_a_link_outlives_the_operators_login(member, operator, box):
    operator.linked_members.add(member)
    operator.is_active = False
    operator.save()
    assert buyer(member.pk).is_insider


def test_what_was_bought_before_the_link_is_answered_and_drawn(member, operator, box):
    first = purchase(member, box, pay_with=PayWith.POINTS, key="k")
    order_id = hold(member, box, 1, now=NOW)
    operator.linked_members.add(member)
    again = purchase(member, box, pay_with=PayWith.POINTS, key="k")
    assert (again.order_id, again.replayed) == (first.order_id, True)
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    assert DrawLog.objects.count() == 2


def test_the_route_says_so_with_its_own_code(app_client, member, operator, box):
    operator.linked_members.add(member)
    url = f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws"
    body = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    answer = app_client(member).post(url, body, HTTP_IDEMPOTENCY_KEY="k")
    assert (answer.status_code, answer.json()["code"]) == (403, "draw.insider")
    assert Order.objects.count() == 0
