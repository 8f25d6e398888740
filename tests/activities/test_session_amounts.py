"""What a draw by amount may be for: of the kind that the terms name, of the activity's time, not of its own draws."""

from datetime import timedelta

import pytest

from accounts.enums import PointReason
from accounts.models import PointEntry
from activities.errors import AmountUnusable
from activities.gameplay.base import InvalidConfig
from activities.models import Activity, SessionDraw
from activities.services import configuring, play_config, terms
from blindbox.system.audit import SYSTEM
from orders.models import Order
from tests.factories.activities import NOW, make_activity, open_box, open_odds
from tests.factories.draws import buy, hold, pay, settle
from tests.factories.glue import counts, draw, make_tool, open_session, points

pytestmark = pytest.mark.django_db
UP_TO_100 = [points("A", 5, node=10_000, odds_ppm=1_000_000), points("B", 9, odds_ppm=1_000_000)]


@pytest.fixture
def tool():
    """Free draws by cash that was paid."""
    activity = make_tool("amount_range")
    open_session(activity, UP_TO_100)
    return activity


def by_points(**values):
    activity = make_tool("amount_range", config={"amount_from": "points"}, **values)
    open_session(activity, UP_TO_100)
    return activity


def cash(member, *, now=NOW, issue=None):
    """Pay 60 yuan for a draw of something else; return how a draw by amount names it."""
    order_id = hold(member, issue or open_box(total=20), 1, now=now)
    pay(order_id, now=now)
    settle(order_id, now=now)
    return f"order:{Order.objects.get(pk=order_id).order_no}"


def spend(member, *, now=NOW):
    """Spend 600 points on a draw of something else; return how a draw by amount names it."""
    buy(member, open_odds(now=now - timedelta(minutes=1)), 1, now=now)
    entry = PointEntry.objects.filter(reason=PointReason.ORDER).latest("pk")
    return f"points:{entry.pk}"


def refused(member, activity, ref, reason):
    before = counts()
    with pytest.raises(AmountUnusable) as refusal:
        draw(member, activity, amount_ref=ref)
    assert refusal.value.details["reason"] == reason
    assert counts() == before


def test_the_terms_name_the_kind_and_cash_is_the_default(tool):
    promised = [terms.promised_by(activity.issues.get()) for activity in (tool, by_points())]
    assert [each.config["amount_from"] for each in promised] == ["order", "points"]
    with pytest.raises(InvalidConfig, match="amount_from 必须是 order 或 points"):
        play_config.read("amount_range", {"amount_from": "both"})


def test_cash_is_counted_in_fen_and_a_spend_in_points(tool, member):
    draw(member, tool, amount_ref=cash(member))
    draw(member, by_points(name="积分"), amount_ref=spend(member))
    assert list(SessionDraw.objects.order_by("pk").values_list("amount", flat=True)) == [6000, 600]


def test_the_other_kind_is_refused(tool, member):
    refused(member, tool, spend(member), "wrong_kind")
    refused(member, by_points(), cash(member), "wrong_kind")


@pytest.mark.parametrize("source", [cash, spend])
def test_what_was_paid_before_the_activity_is_refused_and_from_its_first_moment_on_it_counts(source, member):
    early = make_tool("amount_range") if source is cash else make_tool("amount_range", config={"amount_from": "points"})
    open_session(early, UP_TO_100)
    ref = source(member, now=NOW - timedelta(minutes=10))
    begin(early, NOW - timedelta(minutes=10) + timedelta(seconds=1))
    refused(member, early, ref, "too_early")
    begin(early, NOW - timedelta(minutes=10))
    assert draw(member, early, amount_ref=ref).prize is not None


def test_what_was_paid_after_the_activity_is_refused(tool, member):
    ref = cash(member)
    Activity.objects.filter(pk=tool.pk).update(ends_at=NOW)
    refused(member, tool, ref, "too_late")


def begin(activity: Activity, moment):
    configuring.change_activity(activity_id=activity.pk, values={"starts_at": moment}, actor=SYSTEM, now=NOW)


def test_what_was_spent_on_the_activity_itself_buys_no_further_draw(member):
    activity = by_points(price_points=10)
    draw(member, activity, amount_ref=spend(member))
    own = PointEntry.objects.filter(reason=PointReason.ORDER).latest("pk")
    assert own.delta == -10
    refused(member, activity, f"points:{own.pk}", "own_draws")


def test_what_was_spent_on_another_activity_of_the_tool_does(member):
    other = make_activity(gameplay="timed", price_fen=None, price_points=7)
    open_session(other)
    draw(member, other)
    own = PointEntry.objects.filter(reason=PointReason.ORDER).latest("pk")
    assert draw(member, by_points(), amount_ref=f"points:{own.pk}").prize is not None
