"""The plan by which units come into a session: typed row by row, or spread evenly; frozen when the session opens."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from activities.errors import DropNotFound, DropTaken
from activities.models import Issue, Reward, RewardDrop
from activities.services import terms
from activities.services.drafting import part_label, take_draft, title_of
from blindbox.common.errors import Invalid, entry
from blindbox.common.retry import in_transaction, refusing_duplicates
from blindbox.system import audit

DROP = "RewardDrop"
FIELDS = ["reward_id", "release_at", "quantity"]
LEAD = timedelta(minutes=5)
MOST_SLOTS = 500


@dataclass(frozen=True)
class Spread:
    """Share a quantity over slots of equal length, each released a little before it begins."""

    reward_id: int
    quantity: int
    first_slot_at: datetime
    slots: int
    every: timedelta
    lead: timedelta = LEAD


def shares(quantity: int, slots: int) -> list[int]:
    """Return what each slot gets: as much as fits evenly, the remainder to the earliest."""
    each, more = divmod(quantity, slots)
    return [each + 1 if slot < more else each for slot in range(slots)]


def rows_of(spread: Spread) -> list[dict[str, Any]]:
    """Return the rows of a spread; a slot that gets nothing has none."""
    return [
        {
            "reward_id": spread.reward_id,
            "release_at": spread.first_slot_at + slot * spread.every - spread.lead,
            "quantity": share,
        }
        for slot, share in enumerate(shares(spread.quantity, spread.slots))
        if share
    ]


def problems(issue: Issue) -> list[str]:
    """Return in Chinese what is wrong with the plan of a draft."""
    _, ends_at = terms.window_of(issue)
    drops, found = plan_of(issue.pk), []
    planned = _planned(drops)
    for drop in drops:
        if ends_at is not None and drop.release_at >= ends_at:
            found.append(f"「{drop.reward}」有投放时间不早于场次结束")
    found += [f"「{reward}」不限量，不需要投放计划" for reward in planned if reward.quantity is None]
    return list(dict.fromkeys(found)) + [
        f"「{reward}」计划投放 {n} 件，超过数量 {reward.quantity}"
        for reward, n in planned.items()
        if reward.quantity is not None and n > reward.quantity
    ]


def warnings(issue: Issue, *, now: datetime | None) -> list[str]:
    """Return in Chinese which prizes a plan never brings in whole, and what of it lies behind."""
    return [*_overdue(issue, now), *_never_whole(issue)]


def _overdue(issue: Issue, now: datetime | None) -> list[str]:
    past = [drop for drop in plan_of(issue.pk) if now is not None and drop.release_at <= now]
    times = Counter(drop.reward for drop in past)
    return [
        f"「{reward}」有 {times[reward]} 次投放的时间已过：开放后马上投放这 {n} 件"
        for reward, n in _planned(past).items()
    ]


def _never_whole(issue: Issue) -> list[str]:
    return [
        f"「{reward}」计划投放 {n} 件，少于数量 {reward.quantity}：其余 {reward.quantity - n} 件不会投放，谁也抽不到"
        for reward, n in _planned(plan_of(issue.pk)).items()
        if reward.quantity is not None and n < reward.quantity
    ]


def _planned(drops: Iterable[RewardDrop]) -> Counter[Reward]:
    planned: Counter[Reward] = Counter()
    for drop in drops:
        planned[drop.reward] += drop.quantity
    return planned


def plan_of(issue_id: int) -> "QuerySet[RewardDrop]":
    """Return the plan of a session in the order of its moments."""
    drops = RewardDrop.objects.filter(issue_id=issue_id).select_related("reward")
    return drops.order_by("release_at", "reward_id", "pk")


@in_transaction
def add(*, issue_id: int, drops: Sequence[Mapping[str, Any]], actor: audit.Actor, now: datetime) -> list[RewardDrop]:
    """
    Add rows to the plan of a draft, all or none.

    :raises IssueNotFound, TermsFrozen: as `take_draft` does
    :raises Invalid: naming the first row that does not fit by its place, and its field
    :raises DropTaken: if the plan has units of the prize at that moment
    """
    take_draft(issue_id)
    title = title_of(issue_id)
    return [_add(place, issue_id, title, values, actor, now) for place, values in enumerate(drops)]


def _add(
    place: int, issue_id: int, title: str, values: Mapping[str, Any], actor: audit.Actor, now: datetime
) -> RewardDrop:
    with entry(place):
        _check(issue_id, values)
    with refusing_duplicates(DropTaken):
        drop = RewardDrop.objects.create(issue_id=issue_id, **values)
    label = part_label(title, drop)
    change = audit.Change("新增投放计划", DROP, drop.pk, label, after=audit.snapshot(drop, FIELDS))
    audit.record(change, actor=actor, now=now)
    return drop


def _check(issue_id: int, values: Mapping[str, Any]) -> None:
    if not Reward.objects.filter(pk=values["reward_id"], issue_id=issue_id).exists():
        raise Invalid.field("reward_id", "奖品不在本期")


@in_transaction
def spread(*, issue_id: int, how: Spread, actor: audit.Actor, now: datetime) -> list[RewardDrop]:
    """
    Replace a prize's plan by an even one.

    :raises IssueNotFound, TermsFrozen, Invalid, DropTaken: as `add` does
    """
    take_draft(issue_id)
    RewardDrop.objects.filter(issue_id=issue_id, reward_id=how.reward_id).delete()
    return add(issue_id=issue_id, drops=rows_of(how), actor=actor, now=now)


@in_transaction
def change(*, issue_id: int, drop_id: int, values: Mapping[str, Any], actor: audit.Actor, now: datetime) -> RewardDrop:
    """
    Change a row of a draft's plan.

    :raises IssueNotFound, TermsFrozen, DropNotFound, Invalid, DropTaken: as above
    """
    take_draft(issue_id)
    drop = _drop(issue_id, drop_id)
    before = audit.snapshot(drop, FIELDS)
    _check(issue_id, {**before, **values})
    for name, value in values.items():
        setattr(drop, name, value)
    with refusing_duplicates(DropTaken):
        drop.save(update_fields=list(values))
    label = part_label(title_of(issue_id), drop)
    said = audit.Change("修改投放计划", DROP, drop_id, label, before, audit.snapshot(drop, FIELDS))
    audit.record(said, actor=actor, now=now)
    return drop


@in_transaction
def delete(*, issue_id: int, drop_id: int, actor: audit.Actor, now: datetime) -> None:
    """
    Take a row out of a draft's plan.

    :raises IssueNotFound, TermsFrozen, DropNotFound: as above
    """
    take_draft(issue_id)
    drop = _drop(issue_id, drop_id)
    before, label = audit.snapshot(drop, FIELDS), part_label(title_of(issue_id), drop)
    drop.delete()
    audit.record(audit.Change("删除投放计划", DROP, drop_id, label, before), actor=actor, now=now)


def _drop(issue_id: int, drop_id: int) -> RewardDrop:
    drop = RewardDrop.objects.filter(pk=drop_id, issue_id=issue_id).select_related("reward").first()
    if drop is None:
        raise DropNotFound
    return drop
