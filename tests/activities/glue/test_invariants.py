"""D9 and D13 are silent on good rows of the tool, and name each kind of planted violation."""

from datetime import timedelta

import pytest

from activities.models import DrawLog, Issue, Reward, RewardDrop, RewardStock, SessionDraw, SessionTally
from activities.services import terms
from blindbox.common.invariants import violations
from tests.factories.accounts import make_member
from tests.factories.activities import NOW
from tests.factories.glue import CHECKS, HOUR, deliver, draw, make_tool, open_session, points

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def tool(db):
    return make_tool(config={"times_limit": 5})


@pytest.fixture
def issue(tool, member):
    """One unit now, one in an hour, one later: three draws won, not won, won."""
    plan = [("A", NOW, 1), ("A", NOW + HOUR, 1), ("A", NOW + 2 * HOUR, 1)]
    made = open_session(tool, [points("A", odds_ppm=1_000_000, quantity=3)], drops=plan, config={"times_limit": 4})
    for moment in (NOW, NOW, NOW + HOUR):
        draw(member, tool, now=moment)
    return made


def found(check):
    return [each.what for each in violations([check])]


def record(number):
    return SessionDraw.objects.get(activity_no=number)


def test_good_draws_break_nothing(issue):
    deliver(now=NOW + HOUR)
    assert violations(CHECKS) == []


# D9


def test_a_win_before_its_unit_was_released(issue):
    log = DrawLog.objects.order_by("-pk").first()
    reward = Reward.objects.get(level="A")
    assert log.reward == reward
    DrawLog.objects.filter(pk=log.pk).update(drawn_at=NOW + HOUR - timedelta(seconds=60))
    assert found("D9") == []  # it may have waited that long for one that came later and released
    DrawLog.objects.filter(pk=log.pk).update(drawn_at=NOW + HOUR - timedelta(seconds=61))
    assert found("D9") == [f"抽奖 {log.pk}：奖品 {reward.pk} 当时只投放了 1 件，已是第 2 件"]


def test_a_stock_that_says_more_than_the_plan_released(issue):
    reward = Reward.objects.get(level="A")
    RewardStock.objects.update(released=3)
    assert found("D9") == [f"奖品 {reward.pk}：记已投放 3，计划已投放 2"]


def test_a_release_that_nobody_counted(issue):
    reward = Reward.objects.get(level="A")
    RewardDrop.objects.filter(status="done").update(status="wait", version=None, released_at=None, scope=None)
    assert f"奖品 {reward.pk}：记已投放 2，计划已投放 0" in found("D9")


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.filter(status="wait").update(quantity=2),
        lambda rows: rows.filter(status="wait").update(release_at=NOW + 3 * HOUR),
        lambda rows: rows.filter(status="wait").delete(),
        lambda rows: rows.create(issue=Issue.objects.get(), reward=Reward.objects.get(level="A"), **SIXTH_HOUR),
    ],
)
def test_a_plan_that_is_not_the_published_one(issue, change):
    change(RewardDrop.objects)
    assert found("D9") == [f"期次 {issue.pk}：投放计划与条款不一致"]


SIXTH_HOUR = {"release_at": NOW + 6 * HOUR, "quantity": 1}


def test_a_plan_where_none_was_published(tool, member):
    issue = open_session(tool, [points("A", odds_ppm=1_000_000, quantity=3)])
    RewardDrop.objects.create(issue=issue, reward=Reward.objects.get(level="A"), **SIXTH_HOUR)
    assert f"期次 {issue.pk}：投放计划与条款不一致" in found("D9")


# D13


def test_a_win_that_is_recorded_as_none(issue):
    row = record(1)
    SessionDraw.objects.filter(pk=row.pk).update(outcome=-1)
    assert found("D13") == [f"发奖记录 {row.pk}：中了奖，记为未中奖"]


@pytest.mark.parametrize(("outcome", "label"), [(1, "待发奖"), (2, "发奖失败")])
def test_no_win_that_is_recorded_as_one(issue, outcome, label):
    row = record(2)
    SessionDraw.objects.filter(pk=row.pk).update(outcome=outcome)
    assert found("D13") == [f"发奖记录 {row.pk}：没有中奖，记为{label}"]


def test_a_draw_without_a_log_has_won_nothing(issue):
    row = record(1)
    DrawLog.objects.filter(batch_id=row.batch_id).delete()
    assert found("D13") == [f"发奖记录 {row.pk}：没有中奖，记为待发奖"]


@pytest.mark.parametrize("kind", ["activity", "session"])
def test_a_count_that_is_not_the_number_of_draws(issue, member, kind):
    row = SessionTally.objects.get(subject__startswith=kind)
    SessionTally.objects.filter(pk=row.pk).update(used=2)
    assert found("D13") == [f"用户 {member.pk} {row.subject}：记 2 次，抽奖 3 次"]
    row.delete()
    assert found("D13") == [f"用户 {member.pk} {row.subject}：记 0 次，抽奖 3 次"]


def test_a_count_of_somebody_who_never_drew(issue):
    other, row = make_member(), SessionTally.objects.get(subject__startswith="activity")
    SessionTally.objects.create(subject=row.subject, member=other, used=1)
    assert found("D13") == [f"用户 {other.pk} {row.subject}：记 1 次，抽奖 0 次"]


@pytest.mark.parametrize("number", [1, 4])
def test_numbers_in_the_activity_that_repeat_or_leave_one_out(issue, tool, member, number):
    SessionDraw.objects.filter(activity_no=2).update(activity_no=number)
    expected = [f"用户 {member.pk} activity_id {tool.pk}：抽奖序号不是 1 到 3"]
    assert found("D13") == expected


def test_numbers_in_the_session_that_repeat(issue, member):
    scope_id = record(1).scope_id
    SessionDraw.objects.filter(session_no=3).update(session_no=1)
    assert found("D13") == [f"用户 {member.pk} scope_id {scope_id}：抽奖序号不是 1 到 3"]


@pytest.mark.parametrize(("column", "number", "limit"), [("activity_no", 6, 5), ("session_no", 5, 4)])
def test_a_draw_beyond_what_its_session_promised(issue, column, number, limit):
    SessionDraw.objects.filter(activity_no=3).update(**{column: number})
    assert f"期次 {issue.pk}：有用户抽了 {number} 次，限 {limit} 次" in found("D13")


def test_the_limits_are_those_of_the_frozen_terms(issue, tool):
    type(tool).objects.filter(pk=tool.pk).update(config={"times_limit": 1})
    terms.of_issue.cache_clear()
    assert found("D13") == []
