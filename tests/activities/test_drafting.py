"""Issues and rewards while they are drafts; every edit after opening is refused and changes nothing."""

from datetime import timedelta

import pytest

from activities.errors import ActivityNotFound, IssueNotFound, IssueNumberTaken, RewardNotFound, TermsFrozen
from activities.models import Issue, IssueCounter, Reward
from activities.services import closing, drafting
from blindbox.common.errors import Invalid
from blindbox.system.audit import SYSTEM, Actor
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW, box_rewards, make_activity, make_draft, make_product, open_box

pytestmark = pytest.mark.django_db
YUN = Actor(id=7, name="云", ip="10.0.0.7")


@pytest.fixture
def activity(db):
    return make_activity()


@pytest.fixture
def draft(activity):
    return make_draft(activity, box_rewards(make_product(), total=3))


def create(activity, **values):
    return drafting.create_issue(activity_id=activity.pk, values=values, actor=YUN, now=NOW)


def change(issue, **values):
    return drafting.change_issue(activity_id=issue.activity_id, issue_id=issue.pk, values=values, actor=YUN, now=NOW)


def add(issue, *rewards):
    return drafting.add_rewards(issue_id=issue.pk, rewards=rewards, actor=YUN, now=NOW)


def change_reward(reward, **values):
    return drafting.change_reward(issue_id=reward.issue_id, reward_id=reward.pk, values=values, actor=YUN, now=NOW)


def last_log():
    return OperationLog.objects.order_by("-pk").first()


def test_a_new_issue_is_a_draft_with_the_next_number(activity):
    first, second = create(activity), create(activity)
    assert (first.number, second.number, create(activity, number=9).number, create(activity).number) == (1, 2, 9, 10)
    counter = IssueCounter.objects.get(pk=first.pk)
    assert (counter.status, counter.total, counter.sold, counter.reserved, counter.endgame) == ("draft", None, 0, 0, 0)
    assert (last_log().action, last_log().after["number"]) == ("创建期次", 10)


def test_numbers_of_activities_are_independent(activity):
    create(activity, number=3)
    assert create(make_activity(name="森林")).number == 1


def test_a_number_in_use_is_refused(activity):
    create(activity, number=3)
    other = create(activity)
    with pytest.raises(IssueNumberTaken):
        create(activity, number=3)
    with pytest.raises(IssueNumberTaken):
        change(other, number=3)
    assert list(Issue.objects.order_by("number").values_list("number", flat=True)) == [3, 4]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("ends_at", {"starts_at": NOW, "ends_at": NOW}),
        ("config", {"config": 7}),
        ("config", {"config": {"speed": 1}}),
    ],
)
def test_what_fits_no_issue_is_refused(activity, draft, field, values):
    for attempt in (lambda: create(activity, **values), lambda: change(draft, **values)):
        with pytest.raises(Invalid) as refusal:
            attempt()
        assert refusal.value.fields[0]["field"] == field
    assert (Issue.objects.count(), Issue.objects.get().config) == (1, {})


def test_a_draft_changes_with_before_and_after(draft):
    ends_at = NOW + timedelta(days=3)
    change(draft, number=7, ends_at=ends_at, config={"largest_order": 5})
    log = last_log()
    assert (log.before["number"], log.after["number"], log.after["config"]) == (1, 7, {"largest_order": 5})
    draft.refresh_from_db()
    assert (draft.number, draft.ends_at, draft.starts_at) == (7, ends_at, None)


def test_a_draft_is_deleted_with_its_rewards(draft):
    drafting.delete_issue(activity_id=draft.activity_id, issue_id=draft.pk, actor=YUN, now=NOW)
    assert (Issue.objects.count(), IssueCounter.objects.count(), Reward.objects.count()) == (0, 0, 0)
    assert (last_log().action, last_log().before["number"]) == ("删除期次", 1)


def test_unknown_ids_are_not_found(activity, draft):
    other = make_activity(name="森林")
    with pytest.raises(ActivityNotFound):
        drafting.create_issue(activity_id=10**6, values={}, actor=YUN, now=NOW)
    for attempt in (drafting.delete_issue, lambda **named: drafting.change_issue(values={}, **named)):
        with pytest.raises(IssueNotFound):
            attempt(activity_id=other.pk, issue_id=draft.pk, actor=YUN, now=NOW)
    with pytest.raises(IssueNotFound):
        drafting.add_rewards(issue_id=10**6, rewards=[], actor=YUN, now=NOW)
    with pytest.raises(RewardNotFound):
        drafting.delete_reward(issue_id=draft.pk, reward_id=10**6, actor=YUN, now=NOW)


def test_rewards_are_added_all_or_none(draft):
    product = make_product()
    good = {"level": "D", "name": "贴纸", "kind": "product", "product_id": product.pk, "quantity": 1}
    with pytest.raises(Invalid):
        add(draft, good, {**good, "product_id": None})
    assert Reward.objects.count() == 3
    assert [reward.name for reward in add(draft, good, {**good, "name": "徽章 🎖"})] == ["贴纸", "徽章 🎖"]
    assert (last_log().action, last_log().after["name"]) == ("创建奖品", "徽章 🎖")


@pytest.mark.parametrize(
    ("field", "values", "message"),
    [
        ("points", {"kind": "points", "points": None, "product_id": None}, "积分奖品要填积分数，不填商品"),
        ("product_id", {"kind": "points", "points": 5}, "积分奖品不能填商品"),
        ("product_id", {"product_id": None}, "商品奖品要选商品，不填其他内容"),
        ("points", {"points": 5}, "商品奖品不能填积分数"),
        ("product_id", {"product_id": 10**6}, "商品不存在"),
    ],
)
def test_a_reward_is_of_its_kind(draft, field, values, message):
    reward = Reward.objects.first()
    with pytest.raises(Invalid) as refusal:
        change_reward(reward, **values)
    assert refusal.value.fields == [{"field": field, "code": "invalid", "message": message}]
    unchanged = Reward.objects.get(pk=reward.pk)
    assert (unchanged.kind, unchanged.product_id, unchanged.points) == ("product", reward.product_id, None)


def test_a_reward_changes_and_goes(draft):
    reward = Reward.objects.first()
    change_reward(reward, kind="points", points=5, product_id=None)
    assert (last_log().before["kind"], last_log().after["kind"], last_log().after["points"]) == ("product", "points", 5)
    drafting.delete_reward(issue_id=draft.pk, reward_id=reward.pk, actor=YUN, now=NOW)
    assert (Reward.objects.filter(pk=reward.pk).exists(), last_log().action) == (False, "删除奖品")


def edits(issue, reward):
    """Every edit of an issue and its rewards."""
    mine = {"activity_id": issue.activity_id, "issue_id": issue.pk, "actor": YUN, "now": NOW}
    own = {"issue_id": issue.pk, "actor": YUN, "now": NOW}
    return {
        "change issue": lambda: drafting.change_issue(values={"number": 9}, **mine),
        "delete issue": lambda: drafting.delete_issue(**mine),
        "add rewards": lambda: drafting.add_rewards(rewards=[{"level": "D"}], **own),
        "change reward": lambda: drafting.change_reward(reward_id=reward.pk, values={"quantity": 9}, **own),
        "delete reward": lambda: drafting.delete_reward(reward_id=reward.pk, **own),
    }


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("edit", ["change issue", "delete issue", "add rewards", "change reward", "delete reward"])
def test_after_opening_terms_are_frozen(edit, closed):
    issue = open_box(total=3)
    if closed:
        closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    rows = lambda: (list(Issue.objects.values()), list(Reward.objects.order_by("pk").values()))  # noqa: E731
    before, logs = rows(), OperationLog.objects.count()
    with pytest.raises(TermsFrozen):
        edits(issue, Reward.objects.first())[edit]()
    assert (rows(), OperationLog.objects.count()) == (before, logs)
