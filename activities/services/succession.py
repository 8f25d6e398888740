"""The issue after this one: a copy as a draft, and opened by itself where the operator wishes so."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from activities.enums import ActivityStatus, IssueStatus, RewardKind
from activities.gameplay.base import InvalidConfig
from activities.models import Issue, Reward
from activities.services import configuring, drafting, opening, terms
from activities.services.glue import planning
from activities.services.play_config import config_of
from blindbox.common.errors import DomainError
from blindbox.common.retry import in_transaction
from blindbox.system import audit

REASON = "上一期售罄，自动开放"


@in_transaction
def copy_issue(issue: Issue, *, actor: audit.Actor, now: datetime, starts_at: datetime | None = None) -> Issue:
    """
    Make the next draft of an activity with the rewards of this one and its plan of releases. With a start of its own
    the copy lasts as long as this one does, and the plan moves with it.

    :raises Invalid: if a session would be on at the same time as another
    """
    later = timedelta() if starts_at is None else starts_at - terms.window_of(issue)[0]
    values: dict[str, Any] = {"config": issue.config}
    if starts_at is not None:
        values |= {"starts_at": starts_at, "ends_at": None if issue.ends_at is None else issue.ends_at + later}
    made = drafting.create_issue(activity_id=issue.activity_id, values=values, actor=actor, now=now)
    twins = _copy_rewards(issue, made.pk, actor=actor, now=now)
    drops = [
        {"reward_id": twins[drop.reward_id], "release_at": drop.release_at + later, "quantity": drop.quantity}
        for drop in planning.plan_of(issue.pk)
    ]
    planning.add(issue_id=made.pk, drops=drops, actor=actor, now=now)
    return made


def _copy_rewards(issue: Issue, made_id: int, *, actor: audit.Actor, now: datetime) -> dict[int, int]:
    """Return the id of each reward's twin by its own."""
    rewards = _typed(issue)
    copied = [name for name in drafting.REWARD_FIELDS if name != "substitute_id"]
    copies = [{name: getattr(reward, name) for name in copied} for reward in rewards]
    added = drafting.add_rewards(issue_id=made_id, rewards=copies, actor=actor, now=now)
    twins = {reward.pk: twin.pk for reward, twin in zip(rewards, added, strict=True)}
    for reward in rewards:
        if reward.substitute_id is not None:
            values = {"substitute_id": twins[reward.substitute_id]}
            drafting.change_reward(issue_id=made_id, reward_id=twins[reward.pk], values=values, actor=actor, now=now)
    return twins


def _typed(issue: Issue) -> list[Reward]:
    """Return the rewards without the empty ones that opening added, as it opened: opening the copy adds them again."""
    rewards = issue.rewards.order_by("sort", "pk")
    return [each for each in rewards if each.kind != RewardKind.NONE or each.created_at != issue.opened_at]


@in_transaction
def open_next(*, issue_id: int, now: datetime) -> Issue | None:
    """
    After an issue that sold out open the next draft of its activity, or a copy of it, if that is configured; once.

    What stands in the way is written into the operation log and leaves the draft to an operator, whom the home page
    reminds: it must not keep the sold-out issue from closing.
    """
    issue = Issue.objects.select_related("activity", "counter").get(pk=issue_id)
    configuring.take_activity(issue.activity_id)
    if not _wishes_a_next(issue) or _later(issue).exclude(counter__status=IssueStatus.DRAFT).exists():
        return None
    drafts = _later(issue).filter(counter__status=IssueStatus.DRAFT)
    draft = drafts.order_by("number").first() or copy_issue(issue, actor=audit.SYSTEM, now=now)
    try:
        return opening.open_issue(issue_id=draft.pk, actor=audit.SYSTEM, now=now, reason=REASON)
    except DomainError as refusal:
        change = audit.Change("自动开放失败", opening.ISSUE, draft.pk, str(draft), reason=str(refusal)[:200])
        audit.record(change, actor=audit.SYSTEM, now=now)
        return None


def _later(issue: Issue) -> "QuerySet[Issue]":
    return Issue.objects.filter(activity_id=issue.activity_id, number__gt=issue.number)


def _wishes_a_next(issue: Issue) -> bool:
    if issue.activity.status != ActivityStatus.ACTIVE:
        return False
    try:
        return bool(config_of(issue).own.get("auto_next"))
    except InvalidConfig:
        return False


def without_a_next() -> Q:
    """Return the issues that sold out and should have had another after them by now, but have none."""
    later = Issue.objects.filter(activity=OuterRef("activity"), number__gt=OuterRef("number"))
    opened = later.exclude(counter__status=IssueStatus.DRAFT)
    own = Q(config__auto_next=True) | Q(activity__config__auto_next=True) & ~Q(config__has_key="auto_next")
    return own & Q(~Exists(opened), counter__sold=F("counter__total"), activity__status=ActivityStatus.ACTIVE)
