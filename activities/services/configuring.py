"""Setting activities up, before anything is frozen. Every change is logged with what was before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F, ProtectedError, QuerySet

from activities.enums import IssueStatus
from activities.errors import ActivityHasSales, ActivityNotFound, ActivityWasOpened, CategoryInUse
from activities.gameplay import registry
from activities.gameplay.base import InvalidConfig
from activities.models import Activity, ActivityCategory, BossSeason, IssueCounter, LevelPass, Reward
from activities.services import offering, play_config
from blindbox.common.errors import Invalid, NotFound
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates
from blindbox.system import audit

ACTIVITY, CATEGORY = "Activity", "ActivityCategory"


def check_activity(values: Mapping[str, Any]) -> None:
    """:raises Invalid: naming the field whose value no activity can have"""
    try:
        registry.get(values["gameplay"])
    except InvalidConfig as error:
        raise Invalid.field("gameplay", str(error)) from error
    try:
        play_config.read(values["gameplay"], values["config"])
    except InvalidConfig as error:
        raise Invalid.field("config", str(error)) from error
    if values["ends_at"] is not None and values["ends_at"] <= values["starts_at"]:
        raise Invalid.field("ends_at", "结束时间必须晚于开始时间")
    if not ActivityCategory.objects.filter(pk=values["category_id"]).exists():
        raise Invalid.field("category_id", "活动分类不存在")


FIELDS = [
    "name",
    "category_id",
    "gameplay",
    "is_boss",
    "tags",
    "status",
    "price_fen",
    "price_points",
    "cover_url",
    "description",
    "rules",
    "starts_at",
    "ends_at",
    "config",
]


@in_transaction
def create_activity(*, values: Mapping[str, Any], actor: audit.Actor, now: datetime) -> Activity:
    """:raises Invalid: if a value fits no activity, or its gameplay is not offered"""
    check_activity(values)
    _refuse_not_offered(values["gameplay"])
    activity = Activity.objects.create(**values, created_at=now, updated_at=now)
    after = audit.snapshot(activity, FIELDS)
    audit.record(audit.Change("创建活动", ACTIVITY, activity.pk, activity.name, after=after), actor=actor, now=now)
    return activity


@in_transaction
def change_activity(*, activity_id: int, values: Mapping[str, Any], actor: audit.Actor, now: datetime) -> Activity:
    """
    Change what is given. Opened issues keep the terms they were opened with. An activity that is archived leaves the
    lists and opens no issue any more; one that is open goes on to its end for whoever has its address.

    :raises ActivityNotFound: if there is none
    :raises Invalid: if the result fits no activity, or the gameplay of one with opened issues would change
    """
    activity = take_activity(activity_id)
    before = audit.snapshot(activity, FIELDS)
    wanted = {**{name: getattr(activity, name) for name in FIELDS}, **values}
    check_activity(wanted)
    _refuse_unsafe(activity, wanted)
    for name, value in values.items():
        setattr(activity, name, value)
    activity.updated_at = now
    activity.save(update_fields=[*values, "updated_at"])
    change = audit.Change("修改活动", ACTIVITY, activity_id, activity.name, before, audit.snapshot(activity, FIELDS))
    audit.record(change, actor=actor, now=now)
    return activity


def _refuse_not_offered(gameplay: str) -> None:
    problem = offering.refusal(gameplay)
    if problem:
        raise Invalid.field("gameplay", problem)


def take_activity(activity_id: int) -> Activity:
    """
    Take an activity's row, so that opening one of its issues and changing or deleting it cannot pass each other.

    :raises ActivityNotFound: if there is none
    """
    row = Activity.objects.filter(pk=activity_id)
    if not row.update(status=F("status")):
        raise ActivityNotFound
    return row.get()


def opened_issues(activity_id: int) -> "QuerySet[IssueCounter]":
    """Return the counters of issues that were opened: while there is one, the activity and its gameplay stay."""
    return IssueCounter.objects.filter(issue__activity_id=activity_id).exclude(status=IssueStatus.DRAFT)


def _refuse_unsafe(activity: Activity, wanted: Mapping[str, Any]) -> None:
    opened = opened_issues(activity.pk)
    if wanted["gameplay"] != activity.gameplay:
        _refuse_not_offered(wanted["gameplay"])
        if opened.exists():
            raise Invalid.field("gameplay", "已有开放过的期次，玩法不可更改")
    unsettled = BossSeason.objects.filter(activity=activity, settled_at__isnull=True)
    if activity.is_boss and not wanted["is_boss"] and unsettled.exists():
        raise Invalid.field("is_boss", "还有未结算的 Boss 赛季，不能取消 Boss 挑战")


@in_transaction
def delete_activity(*, activity_id: int, actor: audit.Actor, now: datetime) -> None:
    """
    Delete an activity of which nothing was ever opened, with its drafts.

    :raises ActivityNotFound: if there is none
    :raises ActivityHasSales: if something of it was sold
    :raises ActivityWasOpened: if an issue was opened: its commitment is public for ever
    """
    activity = take_activity(activity_id)
    issues = activity.issues.all()
    drafts = IssueCounter.objects.filter(issue__activity=activity, status=IssueStatus.DRAFT)
    if drafts.update(status=IssueStatus.DRAFT) != issues.count():
        raise (
            ActivityHasSales
            if IssueCounter.objects.filter(issue__in=issues, sold__gt=0).exists()
            else ActivityWasOpened
        )
    before = audit.snapshot(activity, FIELDS)
    Reward.objects.filter(issue__activity=activity).update(substitute=None)  # they go one after the other
    issues.delete()
    LevelPass.objects.filter(activity=activity).delete()  # unused: nothing was drawn
    activity.delete()
    audit.record(audit.Change("删除活动", ACTIVITY, activity_id, activity.name, before), actor=actor, now=now)


@in_transaction
def save_category(
    *, category_id: int | None, values: Mapping[str, Any], actor: audit.Actor, now: datetime
) -> ActivityCategory:
    """
    Create or change a category.

    :raises NotFound: if there is none of that id
    :raises Invalid: if the name is taken
    """
    category = ActivityCategory(created_at=now) if category_id is None else _category(category_id)
    before = {} if category_id is None else audit.snapshot(category, ["name", "sort", "is_visible"])
    if "name" in values and _others(category).filter(name=values["name"]).exists():
        raise Invalid.field("name", "分类名称已存在", "unique")
    for name, value in {**values, "updated_at": now}.items():
        setattr(category, name, value)
    with refusing_duplicates(TryAgain):  # somebody took the name meanwhile: from the start, it is found taken
        category.save()
    after = audit.snapshot(category, ["name", "sort", "is_visible"])
    change = audit.Change("保存活动分类", CATEGORY, category.pk, category.name, before, after)
    audit.record(change, actor=actor, now=now)
    return category


def _others(category: ActivityCategory) -> "QuerySet[ActivityCategory]":
    return ActivityCategory.objects.exclude(pk=category.pk) if category.pk else ActivityCategory.objects.all()


def _category(category_id: int) -> ActivityCategory:
    category = ActivityCategory.objects.filter(pk=category_id).first()
    if category is None:
        raise NotFound
    return category


@in_transaction
def delete_category(*, category_id: int, actor: audit.Actor, now: datetime) -> None:
    """
    Delete an empty category.

    :raises NotFound: if there is none
    :raises CategoryInUse: if an activity is in it
    """
    category = _category(category_id)
    try:
        category.delete()
    except ProtectedError as error:
        raise CategoryInUse from error
    audit.record(audit.Change("删除活动分类", CATEGORY, category_id, category.name), actor=actor, now=now)
