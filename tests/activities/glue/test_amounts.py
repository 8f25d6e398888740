"""What a draw by amount is for: a member's own order or spend, once, while it is paid for."""

import pytest

from accounts.models import PointEntry
from activities.errors import AmountOutOfRange, AmountRefusal, AmountUnusable, AmountUsed
from activities.models import SessionDraw
from activities.services import refunding
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from orders.enums import OrderStatus, PayWith
from tests.factories.accounts import make_member
from tests.factories.activities import NOW
from tests.factories.glue import CHECKS, deliver, draw, make_tool, open_session, paid_order, points
from tests.factories.odds import open_issue_of
from tests.factories.orders import buy, make_order

pytestmark = pytest.mark.django_db
CLOSED = [points("A", 5, node=10_000, odds_ppm=1_000_000), points("B", 7, node=50_000, odds_ppm=1_000_000)]
NO_WECHAT = [check for check in CHECKS if check != "X2"]  # refunds of cash wait for it
OPEN = [*CLOSED, points("C", 9, odds_ppm=1_000_000)]


@pytest.fixture
def tool(db):
    activity = make_tool("amount_range")
    open_session(activity, OPEN)
    return activity


@pytest.fixture
def by_points(db):
    activity = make_tool("amount_range", name="按积分", config={"amount_from": "points"})
    open_session(activity, OPEN)
    return activity


def worth(member, fen, **columns):
    """Return the source of an order that brought so much cash, as its row says."""
    settled = {"status": OrderStatus.COMPLETED, "goods_fen": fen, "payable_fen": fen}
    return f"order:{make_order(member, source='mall', **{**settled, **columns}).order_no}"


def spent(member, n, activity_name="积分活动"):
    """Return the source of a spend of so many points on an order, and the order."""
    issue = open_issue_of([("C", 1_000_000)], price_points=n, name=activity_name)
    order = buy(member, issue, pay_with=PayWith.POINTS)
    return f"points:{PointEntry.objects.get(ref=order.order_no, reason='order').pk}", order


def refused(error, member, activity, rows, ref, reason=None):
    before = rows()
    with pytest.raises(error) as refusal:
        draw(member, activity, amount_ref=ref)
    assert rows() == before
    if reason:
        assert refusal.value.details["reason"] == reason
        assert str(refusal.value).endswith(f"：{AmountRefusal(reason).label}")


@pytest.mark.parametrize(
    ("fen", "won"),
    [(1, 5), (10_000, 5), (10_001, 7), (50_000, 7), (50_001, 9), (10**9, 9)],
)
def test_a_bound_belongs_to_its_own_range_and_the_last_range_is_open(member, tool, fen, won):
    answer = draw(member, tool, amount_ref=worth(member, fen))
    assert answer.prize is not None and answer.prize.points == won
    assert SessionDraw.objects.values_list("amount", flat=True).get() == fen


@pytest.mark.parametrize(("fen", "won"), [(50_000, 7), (50_001, None)])
def test_above_a_closed_last_range_nobody_draws(member, rows, fen, won):
    activity = make_tool("amount_range")
    open_session(activity, CLOSED)
    ref = worth(member, fen)
    if won is None:
        refused(AmountOutOfRange, member, activity, rows, ref, "too_large")
    else:
        answer = draw(member, activity, amount_ref=ref)
        assert answer.prize is not None and answer.prize.points == won


def test_what_was_refunded_of_an_order_does_not_count(member, tool, rows):
    part = worth(member, 60_000, refunded_fen=9_999)
    assert draw(member, tool, amount_ref=part).prize.points == 9
    part = worth(member, 60_000, refunded_fen=10_000)
    assert draw(member, tool, amount_ref=part).prize.points == 7
    refused(AmountOutOfRange, member, tool, rows, worth(member, 60_000, refunded_fen=60_000), "too_small")


def test_an_order_that_cost_no_cash_is_no_amount_of_cash(member, tool, rows):
    _, order = spent(member, 100)
    refused(AmountOutOfRange, member, tool, rows, f"order:{order.order_no}", "too_small")


@pytest.mark.parametrize(
    ("status", "reason"),
    [("pending", "not_paid"), ("closed", "closed"), ("refunding", "refunded"), ("refunded", "refunded")],
)
def test_an_order_that_is_not_paid_for_is_refused_and_told_why(member, tool, rows, status, reason):
    paid_at = NOW if status in OrderStatus.settled() else None
    refused(AmountUnusable, member, tool, rows, worth(member, 6_000, status=status, paid_at=paid_at), reason)


def test_a_spend_of_points_counts_in_points(member, by_points):
    ref, _ = spent(member, 700)
    assert draw(member, by_points, amount_ref=ref).prize.points == 5
    assert SessionDraw.objects.values_list("amount_ref", "amount").get() == (ref, 700)


def test_what_is_somebody_elses_or_nothing_is_refused(member, tool, by_points, rows):
    other = make_member(points_balance=1_000)
    theirs, order = spent(other, 100)
    grant = PointEntry.objects.get(account__member=member, reason="grant")
    won = PointEntry.objects.filter(account__member=other, delta__gt=0).order_by("-pk").first()
    strange = [worth(other, 6_000), theirs, f"points:{grant.pk}", f"points:{won.pk}", f"points:{order.order_no}"]
    strange += ["order:", "points:", "points:-1", "points:１", f"points:{'9' * 19}", "6000", "fen:6000", "order:x"]
    for ref in strange:
        for activity in (tool, by_points):
            kind = activity.config.get("amount_from", "order")
            reason = "not_found" if ref.startswith(f"{kind}:") else "wrong_kind"
            refused(AmountUnusable, member, activity, rows, ref, reason)


def test_a_source_is_used_once_in_an_activity_however_it_is_written(member, tool, by_points, rows):
    ref = worth(member, 6_000)
    spend, _ = spent(member, 100)
    for activity, source in ((tool, ref), (by_points, spend)):
        draw(member, activity, amount_ref=source)
        refused(AmountUsed, member, activity, rows, source)
    refused(AmountUsed, member, by_points, rows, spend.replace(":", ":00"))
    other = make_tool("amount_range", name="另一个活动")
    open_session(other, OPEN)
    draw(member, other, amount_ref=ref)
    assert SessionDraw.objects.filter(amount_ref=ref).count() == 2


def test_a_second_session_of_the_activity_does_not_take_it_again(member, rows):
    activity = make_tool("amount_range")
    for place in range(2):
        from_, to = NOW.replace(hour=4 + place), NOW.replace(hour=5 + place)
        open_session(activity, OPEN, starts_at=from_, ends_at=to)
    ref = worth(member, 6_000)
    draw(member, activity, amount_ref=ref)
    before = rows()
    with pytest.raises(AmountUsed):
        draw(member, activity, amount_ref=ref, now=NOW.replace(hour=5))
    assert rows() == before


# the order behind it is refunded


def refund(order):
    refunding.refund_order(order_id=order.pk, reason="错买", actor=SYSTEM, now=NOW)


def held(member):
    return member.point_accounts.get(kind="general").balance


def test_an_order_that_is_refunded_before_the_delivery_voids_the_award(member, tool):
    order = paid_order(member)
    before = held(member)
    draw(member, tool, amount_ref=f"order:{order.order_no}")
    refund(order)
    deliver()
    record = SessionDraw.objects.get()
    assert (record.outcome, record.voided_at, record.delivered_at) == (1, NOW, None)
    assert held(member) == before - 1  # the point that the refunded order itself had won
    assert violations(NO_WECHAT) == []
    deliver()
    assert SessionDraw.objects.get().outcome == 1


def test_a_spend_whose_order_is_refunded_voids_it_too(member, by_points):
    ref, order = spent(member, 100)
    deliver()
    draw(member, by_points, amount_ref=ref)
    refund(order)
    deliver()
    assert SessionDraw.objects.values_list("outcome", "voided_at").get() == (1, NOW)
    assert held(member) == 1_000
    assert violations(CHECKS) == []


def test_what_was_delivered_before_the_refund_stays(member, tool):
    order = paid_order(member)
    draw(member, tool, amount_ref=f"order:{order.order_no}")
    deliver()
    refund(order)
    deliver()
    assert SessionDraw.objects.values_list("outcome", "voided_at").get() == (3, None)
    assert held(member) == 1_000 + 5
    assert violations(NO_WECHAT) == []


def test_a_refunded_order_serves_no_draw_and_its_use_is_not_given_back(member, tool, rows):
    order = paid_order(member)
    ref = f"order:{order.order_no}"
    draw(member, tool, amount_ref=ref)
    refund(order)
    refused(AmountUnusable, member, tool, rows, ref, "refunded")
    unused = paid_order(member, fen=7_000)
    refund(unused)
    refused(AmountUnusable, member, tool, rows, f"order:{unused.order_no}")
