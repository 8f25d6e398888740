"""Issues and rewards while they are drafts; each change first takes the draft's row, so that opening cannot race it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import RestrictedError

from activities.enums import IssueStatus, Position
from activities.errors import ActivityNotFound, IssueNotFound, IssueNumberTaken, RewardNotFound, TermsFrozen
from activities.gameplay.base import InvalidConfig
from activities.models import Activity, Issue, IssueCounter, Reward
from activities.services import play_config, reward_rules
from activities.services.glue import overlaps
from blindbox.common.errors import Invalid, entry
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates, refusing_references
from blindbox.system import audit

ISSUE, REWARD = "Issue", "Reward"
ISSUE_FIELDS = ["number", "starts_at", "ends_at", "config"]
REWARD_FIELDS = [
    "level",
    "name",
    "kind",
    "product_id",
    "points",
    "coupon_id",
    "amount_fen",
    "bundle",
    "quantity",
    "odds_ppm",
    "position",
    "position_n",
    "node",
    "weight",
    "substitute_id",
    "is_fallback",
    "image_url",
    "reference_value_fen",
    "cost_fen",
    "sort",
]


def take_draft(issue_id: int) -> None:
    """
    Take an issue's row while it is a draft.

    :raises IssueNotFound: if there is none
    :raises TermsFrozen: if it was opened
    """
    if IssueCounter.objects.filter(pk=issue_id, status=IssueStatus.DRAFT).update(status=IssueStatus.DRAFT):
        return
    if not Issue.objects.filter(pk=issue_id).exists():
        raise IssueNotFound
    raise TermsFrozen


def issue_of(*, activity_id: int, issue_id: int) -> Issue:
    """:raises IssueNotFound: if the activity has no such issue"""
    issue = Issue.objects.select_related("counter", "activity").filter(pk=issue_id, activity_id=activity_id).first()
    if issue is None:
        raise IssueNotFound
    return issue


def _draft_of(activity_id: int, issue_id: int) -> Issue:
    """Take an activity's draft and return it as it is then."""
    issue_of(activity_id=activity_id, issue_id=issue_id)  # another activity's is not found, whatever its state
    take_draft(issue_id)
    return issue_of(activity_id=activity_id, issue_id=issue_id)


@in_transaction
def create_issue(*, activity_id: int, values: Mapping[str, Any], actor: audit.Actor, now: datetime) -> Issue:
    """
    Add a draft; without a number it takes the next one.

    :raises ActivityNotFound: if there is no such activity
    :raises IssueNumberTaken: if the number is in use
    :raises Invalid: if window or configuration fit no issue
    """
    activity = Activity.objects.filter(pk=activity_id).first()
    if activity is None:
        raise ActivityNotFound
    _check_issue(activity, values)
    _check_time(Issue(**values, activity=activity))
    wanted = values.get("number")
    number, taken = (_next_number(activity_id), TryAgain) if wanted is None else (wanted, IssueNumberTaken)
    with refusing_duplicates(taken), refusing_references(ActivityNotFound):
        facts = {**values, "number": number, "activity": activity, "created_at": now, "updated_at": now}
        issue = Issue.objects.create(**facts)
    issue.counter = IssueCounter.objects.create(issue=issue)
    audit.record(
        audit.Change("创建期次", ISSUE, issue.pk, str(issue), after=audit.snapshot(issue, ISSUE_FIELDS)),
        actor=actor,
        now=now,
    )
    return issue


def _next_number(activity_id: int) -> int:
    last = Issue.objects.filter(activity_id=activity_id).order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _check_issue(activity: Activity, values: Mapping[str, Any]) -> None:
    starts_at, ends_at = values.get("starts_at"), values.get("ends_at")
    if starts_at and ends_at and ends_at <= starts_at:
        raise Invalid.field("ends_at", "结束时间必须晚于开始时间")
    config = values.get("config", {})
    if not isinstance(config, dict):
        raise Invalid.field("config", "配置必须是 JSON 对象")
    try:
        play_config.of_issue(activity.gameplay, activity.config, config)
    except InvalidConfig as error:
        raise Invalid.field("config", str(error)) from error


def _check_time(issue: Issue) -> None:
    met = overlaps.on_saving(issue)
    if met:
        raise Invalid.field("starts_at", "；".join(met))


@in_transaction
def change_issue(
    *, activity_id: int, issue_id: int, values: Mapping[str, Any], actor: audit.Actor, now: datetime
) -> Issue:
    """
    Change a draft.

    :raises IssueNotFound, TermsFrozen, IssueNumberTaken, Invalid: as `create_issue` and `take_draft` do
    """
    issue = _draft_of(activity_id, issue_id)
    before = audit.snapshot(issue, ISSUE_FIELDS)
    for name, value in {**values, "updated_at": now}.items():
        setattr(issue, name, value)
    _check_issue(issue.activity, {name: getattr(issue, name) for name in ISSUE_FIELDS})
    _check_time(issue)
    with refusing_duplicates(IssueNumberTaken):
        issue.save(update_fields=[*values, "updated_at"])
    change = audit.Change("修改期次", ISSUE, issue_id, str(issue), before, audit.snapshot(issue, ISSUE_FIELDS))
    audit.record(change, actor=actor, now=now)
    return issue


@in_transaction
def delete_issue(*, activity_id: int, issue_id: int, actor: audit.Actor, now: datetime) -> None:
    """
    Delete a draft and its rewards.

    :raises IssueNotFound, TermsFrozen: as `take_draft` does
    """
    issue = _draft_of(activity_id, issue_id)
    before, label = audit.snapshot(issue, ISSUE_FIELDS), str(issue)
    issue.rewards.update(substitute=None)  # they stand for each other, and go one after the other
    issue.delete()
    audit.record(audit.Change("删除期次", ISSUE, issue_id, label, before), actor=actor, now=now)


@in_transaction
def add_rewards(
    *, issue_id: int, rewards: Sequence[Mapping[str, Any]], actor: audit.Actor, now: datetime
) -> list[Reward]:
    """
    Add rewards to a draft, all or none.

    :raises IssueNotFound, TermsFrozen: as `take_draft` does
    :raises Invalid: naming the first reward that fits none by its place, and its field
    """
    take_draft(issue_id)
    title = title_of(issue_id)
    return [_add(place, issue_id, title, values, actor, now) for place, values in enumerate(rewards)]


def title_of(issue_id: int) -> str:
    """Return what the log calls an issue; the entries of its rewards and releases begin with it."""
    return str(Issue.objects.select_related("activity").get(pk=issue_id))


def part_label(title: str, part: object) -> str:
    """Return what the log calls a part of an issue."""
    return f"{title} · {part}"


def _add(place: int, issue_id: int, title: str, values: Mapping[str, Any], actor: audit.Actor, now: datetime) -> Reward:
    with entry(place):
        reward_rules.check(issue_id, {**dict.fromkeys(REWARD_FIELDS), "position": Position.TICKET, **values})
    reward = Reward.objects.create(issue_id=issue_id, **values, created_at=now, updated_at=now)
    label = part_label(title, reward)
    change = audit.Change("创建奖品", REWARD, reward.pk, label, after=audit.snapshot(reward, REWARD_FIELDS))
    audit.record(change, actor=actor, now=now)
    return reward


def _reward(issue_id: int, reward_id: int) -> Reward:
    reward = Reward.objects.filter(pk=reward_id, issue_id=issue_id).first()
    if reward is None:
        raise RewardNotFound
    return reward


@in_transaction
def change_reward(
    *, issue_id: int, reward_id: int, values: Mapping[str, Any], actor: audit.Actor, now: datetime
) -> Reward:
    """
    Change a draft's reward.

    :raises IssueNotFound, TermsFrozen, RewardNotFound, Invalid: as above
    """
    take_draft(issue_id)
    reward = _reward(issue_id, reward_id)
    before = audit.snapshot(reward, REWARD_FIELDS)
    reward_rules.check(issue_id, {**before, **values})
    for name, value in {**values, "updated_at": now}.items():
        setattr(reward, name, value)
    reward.save(update_fields=[*values, "updated_at"])
    label = part_label(title_of(issue_id), reward)
    change = audit.Change("修改奖品", REWARD, reward_id, label, before, audit.snapshot(reward, REWARD_FIELDS))
    audit.record(change, actor=actor, now=now)
    return reward


@in_transaction
def delete_reward(*, issue_id: int, reward_id: int, actor: audit.Actor, now: datetime) -> None:
    """
    Delete a draft's reward.

    :raises IssueNotFound, TermsFrozen, RewardNotFound: as above
    :raises Invalid: if it takes the place of another one
    """
    take_draft(issue_id)
    reward = _reward(issue_id, reward_id)
    before, label = audit.snapshot(reward, REWARD_FIELDS), str(reward)
    try:
        reward.delete()
    except RestrictedError as error:
        raise Invalid.field("substitute_id", f"「{label}」是别的奖品售罄后的替换，请先改掉那里") from error
    said = audit.Change("删除奖品", REWARD, reward_id, part_label(title_of(issue_id), label), before)
    audit.record(said, actor=actor, now=now)
