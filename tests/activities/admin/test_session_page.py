"""A session on its page: hours and limit of its own, prizes by node, the plan by which they come in."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from activities.models import Issue, Reward, RewardDrop
from activities.services import closing
from activities.services.glue import planning
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OperationLog
from tests.factories.activities import make_activity, make_draft
from tests.factories.glue import draw, make_session, make_tool, open_session, points
from tests.factories.pages import press, rows, said, save

ISSUE = "activities.issue"
SHANGHAI = ZoneInfo("Asia/Shanghai")
WINDOW = {"starts_at_0": "2027-01-01", "starts_at_1": "00:00", "ends_at_0": "2027-01-03", "ends_at_1": "00:00"}
OWN = {"own_times_limit": "", "own_daily": "", "own_daily_from": "", "own_daily_to": ""}
PRIZE = {"level": "A", "name": "", "product": "", "points": "5", "is_fallback": "", "reference_value_fen": "",
         "cost_fen": "", "sort": ""}  # fmt: skip
START = datetime(2027, 1, 1, tzinfo=SHANGHAI)


def add(office, activity, *rewards, **typed):
    sent = {"activity": activity.pk, "number": "", **WINDOW, **OWN, **rows("rewards", *rewards), **typed}
    return office.post(f"/admin/activities/issue/add/?activity={activity.pk}", sent)


def page_of(office, issue):
    return office.get(f"/admin/activities/issue/{issue.pk}/change/").content.decode()


def change(office, issue, *drops, rewards=(), **typed):
    kept = [
        {**PRIZE, "id": each.pk, "issue": issue.pk, "level": each.level, "name": each.name, "points": each.points,
         "quantity": each.quantity or "", "odds_ppm": each.odds_ppm / 10_000, "sort": each.sort,
         "reference_value_fen": "0.00", "cost_fen": "0.00"}
        for each in issue.rewards.order_by("sort", "pk")
    ]  # fmt: skip
    there = sum("id" in drop for drop in drops)
    plan = rows("drops", *({**drop, "issue": issue.pk} for drop in drops), initial=there)
    sent = {"number": issue.number, **WINDOW, **OWN, **rows("rewards", *kept, initial=len(kept)), **plan, **typed}
    return save(office, f"/admin/activities/issue/{issue.pk}/change/", sent)


def drop(reward, hour, quantity, **more):
    return {"reward": reward.pk, "release_at_0": "2027-01-01", "release_at_1": f"{hour:02}:00",
            "quantity": quantity, **more}  # fmt: skip


def plan(issue):
    rows_of = planning.plan_of(issue.pk)
    return [(timezone.localtime(each.release_at).strftime("%d %H:%M"), each.quantity) for each in rows_of]


@pytest.fixture
def draft():
    """Ten units of a prize with 40 %, to be on for two days."""
    activity = make_tool(starts_at=START - timedelta(days=1))
    rewards = [points("A", quantity=10, odds_ppm=400_000, sort=1), points("B", 1, odds_ppm=1, sort=2)]
    return make_session(activity, rewards, starts_at=START, ends_at=START + timedelta(days=2))


# hours and limit of its own


@pytest.mark.parametrize(
    ("typed", "config"),
    [
        ({}, {}),
        ({"own_times_limit": "0"}, {"times_limit": 0}),
        ({"own_times_limit": "2", "own_daily": "whole"}, {"times_limit": 2, "daily": None}),
        (
            {"own_daily": "own", "own_daily_from": "22:00", "own_daily_to": "02:00"},
            {"daily": {"from": "22:00", "to": "02:00"}},
        ),
        ({"own_daily_from": "22:00", "own_daily_to": "02:00"}, {}),
    ],
)
def test_a_session_follows_its_activity_but_for_what_it_says_itself(office, typed, config):
    activity = make_tool(config={"daily": {"from": "10:00", "to": "11:00"}}, starts_at=START - timedelta(days=1))
    add(office, activity, {**PRIZE, "odds_ppm": "100", "quantity": ""}, **typed)
    issue = Issue.objects.get()
    assert issue.config == config
    page = page_of(office, issue)
    assert [f'value="{value}"' in page for value in typed.values() if ":" in value and issue.config] in ([], [True] * 2)


@pytest.mark.parametrize("hours", [{}, {"own_daily_from": "22:00"}, {"own_daily_to": "22:00"}])
def test_hours_of_its_own_are_whole(office, hours):
    answer = add(office, make_tool(), {**PRIZE, "odds_ppm": "100"}, own_daily="own", **hours)
    assert ("开始和结束" in answer.content.decode(), Issue.objects.exists()) == (True, False)


def test_a_box_has_neither_hours_nor_a_plan(office):
    issue = make_draft(make_activity(), [points("A", quantity=3)])
    page = page_of(office, issue)
    assert ("own_daily" in page, "drops-TOTAL_FORMS" in page, "均匀投放" in page) == (False, False, False)


# prizes by node


@pytest.mark.parametrize(
    ("gameplay", "config", "label", "node"),
    [
        ("nth_draw", {}, "第几次", 1),
        ("amount_range", {}, "数额上限（元）", 100),
        ("amount_range", {"amount_from": "points"}, "数额上限（积分）", 1),
    ],
)
def test_a_node_is_called_by_what_it_means_and_typed_in_its_unit(office, gameplay, config, label, node):
    activity = make_tool(gameplay, config=config)
    assert label in office.get(f"/admin/activities/issue/add/?activity={activity.pk}").content.decode()
    add(office, activity, {**PRIZE, "odds_ppm": "100", "node": "1"})
    assert Reward.objects.get().node == node


@pytest.mark.parametrize(
    ("gameplay", "words"), [("nth_draw", ["第 1 次"]), ("amount_range", ["¥100.00 以内", "超过各档上限"])]
)
def test_the_page_says_at_which_node_a_prize_is_won(office, gameplay, words):
    levels = [points("A", odds_ppm=1_000_000, node=1 if gameplay == "nth_draw" else 10_000)]
    more = [points("B", odds_ppm=1_000_000)] if gameplay == "amount_range" else []
    page = page_of(office, open_session(make_tool(gameplay), [*levels, *more]))
    assert [word in page for word in words] == [True] * len(words)


@pytest.mark.parametrize(("probability", "shown", "hidden"), [("static", "概率", "权重"), ("dynamic", "权重", "概率")])
def test_the_table_asks_for_what_the_odds_are_made_of(office, probability, shown, hidden):
    activity = make_tool(config={"probability": probability})
    page = office.get(f"/admin/activities/issue/add/?activity={activity.pk}").content.decode()
    names = {"概率": 'name="rewards-0-odds_ppm"', "权重": 'name="rewards-0-weight"'}
    assert (names[shown] in page, names[hidden] in page) == (True, False)
    value = {"odds_ppm": "40"} if probability == "static" else {"weight": "3"}
    add(office, activity, {**PRIZE, "quantity": "7", **value}, {**PRIZE, "level": "B", "is_fallback": "on"})
    facts = Reward.objects.order_by("sort").values_list("odds_ppm", "weight", "quantity", "is_fallback")
    assert list(facts) == [
        (400_000 if probability == "static" else None, 3 if probability == "dynamic" else None, 7, False),
        (None, None, None, True),
    ]


# the plan


def test_the_log_calls_a_release_by_its_prize_and_shanghais_time(office, draft):
    change(office, draft, drop(draft.rewards.get(level="A"), 8, 3))
    entry = OperationLog.objects.get(action="新增投放计划")
    assert entry.object_label == f"{draft} · A 5 积分 2027-01-01 08:00 × 3"


def test_rows_of_the_plan_are_typed_changed_and_taken_out(office, draft):
    reward = draft.rewards.get(level="A")
    assert change(office, draft, drop(reward, 8, 3), drop(reward, 9, 4)).status_code == 302
    assert plan(draft) == [("01 08:00", 3), ("01 09:00", 4)]
    first, second = planning.plan_of(draft.pk)
    change(office, draft, drop(reward, 8, 5, id=first.pk), drop(reward, 9, 4, id=second.pk, DELETE="on"))
    assert plan(draft) == [("01 08:00", 5)]
    assert OperationLog.objects.filter(object_type="RewardDrop").count() == 4


def test_one_prize_comes_once_at_a_moment(office, draft):
    reward = draft.rewards.get(level="A")
    change(office, draft, drop(reward, 8, 3))
    answer = change(office, draft, drop(reward, 8, 3, id=planning.plan_of(draft.pk).get().pk), drop(reward, 8, 1))
    assert (answer.status_code, plan(draft)) == (200, [("01 08:00", 3)])


def test_a_prize_without_a_quantity_has_no_plan(office, draft):
    answer = change(office, draft, drop(draft.rewards.get(level="B"), 8, 3))
    assert (answer.status_code, plan(draft)) == (200, [])


SPREAD = {"slots": "4", "first_slot_at": "2027-01-01T10:00", "every": "30", "lead": "5", "quantity": ""}


def test_a_quantity_is_spread_evenly_the_remainder_to_the_earliest(office, draft):
    reward = draft.rewards.get(level="A")
    answer = press(office, ISSUE, "spread_prize", draft.pk, reward=reward.pk, **SPREAD)
    assert said(answer) == ["已排好 4 次投放，共 10 件"]
    assert plan(draft) == [("01 09:55", 3), ("01 10:25", 3), ("01 10:55", 2), ("01 11:25", 2)]
    press(office, ISSUE, "spread_prize", draft.pk, reward=reward.pk, **{**SPREAD, "slots": "1", "quantity": "6"})
    assert plan(draft) == [("01 09:55", 6)]


@pytest.mark.parametrize("wrong", [{"slots": "0"}, {"slots": "501"}, {"first_slot_at": "morgen"}, {"every": "0"}])
def test_what_cannot_be_spread_stays_in_the_modal(office, draft, wrong):
    reward = draft.rewards.get(level="A")
    assert press(office, ISSUE, "spread_prize", draft.pk, reward=reward.pk, **{**SPREAD, **wrong}).status_code == 200
    assert plan(draft) == []


def test_a_prize_of_another_issue_is_no_choice(office, draft):
    other = make_session(make_tool(name="别的"), [points("A", quantity=3, odds_ppm=1)]).rewards.get()
    press(office, ISSUE, "spread_prize", draft.pk, reward=other.pk, **SPREAD)
    assert not RewardDrop.objects.exists()


def test_who_may_only_look_spreads_nothing(office_of, make_operator, draft):
    looking = office_of(make_operator(permissions=["activities.view_issue"]))
    reward = draft.rewards.get(level="A")
    assert press(looking, ISSUE, "spread_prize", draft.pk, reward=reward.pk, **SPREAD).status_code == 403
    assert not RewardDrop.objects.exists()


def test_an_open_session_shows_what_is_there_and_when_more_comes(office, member):
    now = timezone.now()
    activity = make_tool(now=now)
    drops = [("A", now - timedelta(minutes=5), 3), ("A", now + timedelta(hours=3), 4)]
    issue = open_session(activity, [points("A", quantity=10, odds_ppm=1_000_000)], drops=drops, now=now)
    draw(member, activity, now=now)
    answer = office.get(f"/admin/activities/issue/{issue.pk}/change/")
    card, page = answer.context["session"], answer.content.decode()
    [supply] = card.supplies
    assert (supply.there, supply.stock.given, supply.unreleased, supply.coming.quantity) == (2, 1, 7, 4)
    assert [each.get_status_display() for each in card.plan] == ["已投放", "待投放"]
    assert card.turn.startswith("正在进行：")
    assert ("drops-TOTAL_FORMS" in page, "下次投放" in page) == (False, True)
    assert press(office, ISSUE, "spread_prize", issue.pk, reward=supply.reward.pk, **SPREAD).status_code == 403
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=issue.ends_at, reason="停")
    assert office.get(f"/admin/activities/issue/{issue.pk}/change/").context["session"].turn == "已经结束"


# the copy


def test_a_copy_starts_when_it_is_told_to_and_its_plan_moves_along(office, draft):
    press(office, ISSUE, "spread_prize", draft.pk, reward=draft.rewards.get(level="A").pk, **SPREAD)
    press(office, ISSUE, "copy_issue", draft.pk, starts_at="2027-01-08T06:00")
    copy = Issue.objects.get(number=2)
    assert (copy.starts_at, copy.ends_at) == (
        datetime(2027, 1, 8, 6, tzinfo=SHANGHAI),
        datetime(2027, 1, 10, 6, tzinfo=SHANGHAI),
    )
    assert plan(copy) == [("08 15:55", 3), ("08 16:25", 3), ("08 16:55", 2), ("08 17:25", 2)]
    assert {each.reward_id for each in planning.plan_of(copy.pk)} == {copy.rewards.get(level="A").pk}
    assert plan(draft)[0] == ("01 09:55", 3)


def test_a_copy_is_not_on_at_the_same_time(office, draft):
    answer = press(office, ISSUE, "copy_issue", draft.pk, starts_at="2027-01-02T00:00")
    assert ("场次时间与第 1 期重叠" in answer.content.decode(), Issue.objects.count()) == (True, 1)
    assert "HX-Redirect" not in answer


def test_only_a_session_is_asked_when_its_copy_starts(office, draft):
    box = make_draft(make_activity(), [points("A", quantity=3)])
    modals = [office.get(f"/admin/activities/issue/{each.pk}/copy_issue/") for each in (draft, box)]
    assert ["新一期开始时间" in each.content.decode() for each in modals] == [True, False]
    assert 'value="2027-01-03T00:00"' in modals[0].content.decode()
