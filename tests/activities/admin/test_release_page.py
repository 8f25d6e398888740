"""Releases that came too late or too few, and what an operator sees of odds while a prize is not there yet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities.admin.cards import card_of
from activities.models import Issue
from activities.services import closing, opening
from activities.services.glue import planning
from blindbox.system.audit import SYSTEM
from tests.factories.glue import DAY, HOUR, make_session, make_tool, open_session, points
from tests.factories.pages import press, said

pytestmark = pytest.mark.django_db
ISSUE = "activities.issue"
TWO = [points("A", quantity=10, odds_ppm=200_000, sort=1), points("B", odds_ppm=800_000, sort=2)]
SPREAD = {"slots": "4", "every": "30", "lead": "0", "quantity": ""}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def draft(now):
    """Ten units of A, on since an hour ago."""
    return make_session(make_tool(now=now), TWO, now=now)


def spread(office, draft, first, **typed):
    reward, at = draft.rewards.get(level="A"), timezone.localtime(first).strftime("%Y-%m-%dT%H:%M")
    return said(
        press(office, ISSUE, "spread_prize", draft.pk, **{**SPREAD, "first_slot_at": at, **typed, "reward": reward.pk})
    )


def odds_of(issue):
    return {offer.reward.level: offer.odds_ppm for offer in card_of(Issue.objects.get(pk=issue.pk)).offers}


def test_the_page_has_the_odds_of_what_is_there(now):
    """Before its first release A cannot be won: its share is that of the empty prize."""
    later = open_session(make_tool(now=now), TWO, drops=[("A", now + HOUR, 10)], now=now)
    there = open_session(make_tool(now=now, name="都在"), TWO, now=now)
    assert list(odds_of(later).values()) == [0, 800_000, 200_000]
    assert list(odds_of(there).values()) == [200_000, 800_000, 0]


def test_past_releases_are_told_where_they_are_planned_and_where_the_session_is_opened(office, draft, now):
    assert spread(office, draft, now - HOUR) == [
        "已排好 4 次投放，共 10 件；注意：其中 3 次的时间已过，开放后马上投放这 8 件"
    ]
    told = office.get(f"/admin/activities/issue/{draft.pk}/open_issue/").content.decode()
    assert "「A 5 积分」有 3 次投放的时间已过：开放后马上投放这 8 件" in told
    assert "时间已过" not in "".join(opening.preview(issue_id=draft.pk).warnings)  # of no moment in particular


def test_more_slots_than_units_are_told(office, draft, now):
    answer = spread(office, draft, now + HOUR, slots="30", every="1")
    assert answer == ["已排好 10 次投放，共 10 件；10 件不够分成 30 次，只排了前 10 次"]
    assert planning.plan_of(draft.pk).count() == 10


@pytest.mark.parametrize(("starts_in", "offered"), [(DAY, DAY), (-HOUR, None)])
def test_the_first_slot_that_is_offered_is_not_past(office, now, starts_in, offered):
    on_since = now - 2 * DAY
    issue = make_session(make_tool(now=on_since), TWO, now=now, starts_at=now + starts_in)
    dialog = office.get(f"/admin/activities/issue/{issue.pk}/spread_prize/").content.decode()
    hour = now.replace(minute=0, second=0, microsecond=0) + HOUR
    first = timezone.localtime(hour if offered is None else now + offered)
    assert f'value="{first:%Y-%m-%dT%H:%M}"' in dialog


def test_of_an_ended_session_nothing_can_be_drawn(office, now):
    issue = open_session(make_tool(now=now), TWO, now=now)
    page = f"/admin/activities/issue/{issue.pk}/change/"
    [supply] = office.get(page).context["session"].supplies
    assert supply.there == 10
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=issue.ends_at + timedelta(minutes=1), reason="到期")
    [supply] = office.get(page).context["session"].supplies
    assert (supply.there, supply.stock.given, supply.stock.total) == (0, 0, 10)
