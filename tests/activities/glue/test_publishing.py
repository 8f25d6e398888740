"""What a session may be opened with: an empty prize only where the attempt is free or costs points."""

from datetime import timedelta

import pytest

from activities.enums import IssueStatus
from activities.errors import IssueCannotOpen
from activities.models import Issue, IssueCounter, RewardDrop, RewardStock
from activities.services import opening, succession
from activities.services.glue import planning
from blindbox.common.errors import Invalid
from blindbox.system.audit import SYSTEM
from tests.factories.activities import NOW
from tests.factories.glue import DAY, HOUR, SURE, draw, make_session, make_tool, open_session, points

pytestmark = pytest.mark.django_db
HALF = [points("A", 1, odds_ppm=500_000)]
LIMITED = [points("A", 1, odds_ppm=1_000_000, quantity=5)]
FALLBACK = points("Z", 1, is_fallback=True)
CASH, POINTS = {"price_fen": 6_000}, {"price_points": 600}
ONLY = "「空奖 未中奖」未中奖只能用于免费或积分抽奖，本活动有现金价格"


def opened(rewards, **activity):
    """Open a session; return its levels as they are published, or why it stays a draft."""
    issue = make_session(make_tool(**activity), rewards)
    try:
        opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    except IssueCannotOpen as refused:
        assert IssueCounter.objects.get(pk=issue.pk).status == IssueStatus.DRAFT
        assert (issue.rewards.count(), Issue.objects.get(pk=issue.pk).terms) == (len(rewards), "")
        return refused.details["problems"]
    return list(issue.rewards.order_by("sort", "pk").values_list("level", flat=True))


@pytest.mark.parametrize("price", [{}, POINTS])
@pytest.mark.parametrize("rewards", [HALF, LIMITED])
def test_free_or_for_points_a_draw_may_yield_nothing(rewards, price):
    assert opened(rewards, **price) == ["A", "空奖"]


@pytest.mark.parametrize("typed", [[], [{"level": "N", "name": "谢谢参与", "kind": "none"}]])
def test_a_copy_has_what_was_typed_and_not_the_empty_prize_that_opening_added(typed):
    issue = make_session(make_tool(), [*HALF, *typed])
    opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW + timedelta(minutes=1))
    later = NOW + timedelta(days=30)
    copy = succession.copy_issue(Issue.objects.get(pk=issue.pk), actor=SYSTEM, now=NOW, starts_at=later)
    assert list(copy.rewards.values_list("level", flat=True)) == ["A", *(each["level"] for each in typed)]
    opening.open_issue(issue_id=copy.pk, actor=SYSTEM, now=NOW)
    assert copy.rewards.count() == issue.rewards.count() == 2


def test_a_draft_is_copied_with_an_empty_prize_that_is_named_as_opening_would_and_its_plan():
    issue = make_session(make_tool(), [*HALF, {"level": "空奖", "name": "未中奖", "kind": "none", "quantity": 5}])
    empty = issue.rewards.get(kind="none")
    drops = [{"reward_id": empty.pk, "release_at": NOW + timedelta(hours=1), "quantity": 2}]
    planning.add(issue_id=issue.pk, drops=drops, actor=SYSTEM, now=NOW)
    copy = succession.copy_issue(Issue.objects.get(pk=issue.pk), actor=SYSTEM, now=NOW)
    assert list(copy.rewards.values_list("level", flat=True)) == ["A", "空奖"]
    assert [(each.reward.level, each.quantity) for each in planning.plan_of(copy.pk)] == [("空奖", 2)]


@pytest.mark.parametrize("price", [CASH, {**CASH, **POINTS}])
@pytest.mark.parametrize("rewards", [HALF, LIMITED, [*HALF, FALLBACK]])
def test_for_cash_no_draw_yields_nothing(rewards, price):
    assert opened(rewards, **price) == ONLY


@pytest.mark.parametrize("rewards", [SURE, [*LIMITED, FALLBACK]])
def test_for_cash_every_draw_yields_something(rewards):
    assert opened(rewards, **CASH) == [reward["level"] for reward in rewards]


def test_an_empty_prize_that_is_typed_is_refused_for_cash_too():
    empty = {"level": "N", "name": "谢谢参与", "kind": "none"}
    assert opened([*SURE, empty], **CASH) == "「N 谢谢参与」未中奖只能用于免费或积分抽奖，本活动有现金价格"
    assert opened([*SURE, empty], name="免费") == ["A", "N"]


@pytest.mark.parametrize(
    ("gameplay", "config", "rewards"),
    [
        ("amount_range", {}, SURE),
        ("nth_draw", {"needs_pass": True}, [points("A", 1, node=1, odds_ppm=1_000_000)]),
    ],
)
def test_what_is_drawn_for_an_amount_or_a_pass_takes_no_cash(gameplay, config, rewards):
    said = opened(rewards, gameplay=gameplay, config=config, **CASH)
    assert "按数额、凭证或预选的抽奖只能免费或用积分，请去掉现金价格" in said
    assert opened(rewards, gameplay=gameplay, config=config, name="积分", **POINTS) == ["A"]


@pytest.mark.parametrize(("starts_in", "ends_in", "meets"), [(-2, 0, True), (47, 60, True), (48, 60, False)])
def test_sessions_of_one_activity_are_never_on_at_once(starts_in, ends_in, meets):
    activity = make_tool()
    open_session(activity, SURE)  # from an hour ago for another 48
    window = {"starts_at": NOW + starts_in * HOUR, "ends_at": NOW + ends_in * HOUR}
    if meets:
        with pytest.raises(Invalid) as refused:
            make_session(activity, SURE, **window)
        assert [each["message"] for each in refused.value.fields] == ["场次时间与第 1 期重叠"]
        assert Issue.objects.count() == 1
    else:
        open_session(activity, SURE, **window)
        assert IssueCounter.objects.filter(status=IssueStatus.OPEN).count() == 2


def test_a_draft_that_came_to_overlap_does_not_open():
    activity = make_tool()
    drafts = [make_session(activity, SURE, starts_at=NOW + n * DAY, ends_at=NOW + (n + 1) * DAY) for n in range(2)]
    Issue.objects.filter(pk=drafts[1].pk).update(starts_at=NOW)
    opening.open_issue(issue_id=drafts[0].pk, actor=SYSTEM, now=NOW)
    with pytest.raises(IssueCannotOpen) as refused:
        opening.open_issue(issue_id=drafts[1].pk, actor=SYSTEM, now=NOW)
    assert refused.value.details["problems"] == "场次时间与第 1 期重叠"


@pytest.mark.parametrize(
    ("drops", "said"),
    [
        ([("A", NOW + HOUR, 6)], "「A 5 积分」计划投放 6 件，超过数量 5"),
        ([("A", NOW + HOUR, 3), ("A", NOW + 2 * HOUR, 3)], "「A 5 积分」计划投放 6 件，超过数量 5"),
        ([("A", NOW + 2 * DAY, 1)], "「A 5 积分」有投放时间不早于场次结束"),
        ([("B", NOW + HOUR, 1)], "「B 5 积分」不限量，不需要投放计划"),
    ],
)
def test_a_plan_that_does_not_fit_its_session(drops, said):
    prizes = [points("A", odds_ppm=500_000, quantity=5), points("B", odds_ppm=500_000)]
    with pytest.raises(IssueCannotOpen) as refused:
        open_session(make_tool(), prizes, drops=drops)
    assert refused.value.details["problems"] == said
    assert RewardStock.objects.count() == 0


def test_a_prize_with_a_plan_comes_by_it_and_any_other_is_there_from_the_start(member):
    prizes = [points("A", odds_ppm=400_000, quantity=5), points("B", odds_ppm=600_000, quantity=7)]
    activity = make_tool()
    open_session(activity, prizes, drops=[("A", NOW + HOUR, 2)])
    stock = RewardStock.objects.order_by("pk").values_list("total", "released")
    assert list(stock) == [(5, 0), (7, 7)]
    assert RewardDrop.objects.get().status == "wait"
    draw(member, activity)
    assert list(stock) == [(5, 0), (7, 7)]
