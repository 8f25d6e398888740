"""Dialogs of sessions of the generic tool: spreading a prize evenly, copying a session to another time."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from activities.admin.drop_inline import has_plan
from activities.models import Issue, Reward
from activities.services import terms
from activities.services.glue import planning
from activities.services.glue.planning import LEAD, MOST_SLOTS, Spread
from blindbox.common.adminkit import DialogForm, MomentField, NumberInput, Select

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOST_MINUTES, MOST_LEAD = 7 * 24 * 60, 24 * 60
MOST_UNITS = 100_000


class SpreadForm(DialogForm):
    """Shares a quantity over equal slots; units come in a little before each begins."""

    reward = forms.ChoiceField(
        label="奖品", widget=Select(), help_text="只列出填了数量的奖品；它原来的投放计划会被取代"
    )
    quantity = forms.IntegerField(
        label="一共投放",
        required=False,
        min_value=1,
        max_value=MOST_UNITS,
        widget=NumberInput(),
        help_text="留空：奖品的全部数量。除不尽时，多出来的给最早的几次。",
    )
    slots = forms.IntegerField(
        label="分成几次", min_value=1, max_value=MOST_SLOTS, widget=NumberInput(), help_text="比件数多时，一件一次"
    )
    first_slot_at = MomentField(label="第一个时段开始", help_text="投放时间早于开放的，开放后马上投放，等于没有分批")
    every = forms.IntegerField(
        label="每隔多少分钟一次", min_value=1, max_value=MOST_MINUTES, initial=60, widget=NumberInput()
    )
    lead = forms.IntegerField(
        label="提前几分钟放入", min_value=0, max_value=MOST_LEAD, initial=LEAD // MINUTE, widget=NumberInput()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limited = Reward.objects.filter(issue_id=self.object_id, quantity__isnull=False)
        self._rewards = {str(each.pk): each for each in limited.order_by("sort", "pk")}
        listed = [(pk, f"{each.level} {each.name}（共 {each.quantity}）") for pk, each in self._rewards.items()]
        self.fields["reward"].choices = listed
        self.fields["first_slot_at"].initial = _first_slot(self.object_id, timezone.now())

    def spread(self) -> Spread:
        """Return what was typed, as the planning takes it."""
        typed = self.cleaned_data
        reward = self._rewards[typed["reward"]]
        return Spread(
            reward_id=reward.pk,
            quantity=typed["quantity"] or reward.quantity or 0,
            first_slot_at=typed["first_slot_at"],
            slots=typed["slots"],
            every=typed["every"] * MINUTE,
            lead=typed["lead"] * MINUTE,
        )


def spread_words(how: Spread, *, now: datetime) -> str:
    """Return what a spread came to, with what an operator may not have meant: fewer releases, or releases at once."""
    rows = planning.rows_of(how)
    past = [row["quantity"] for row in rows if row["release_at"] <= now]
    said = f"已排好 {len(rows)} 次投放，共 {how.quantity} 件"
    if len(rows) < how.slots:
        said += f"；{how.quantity} 件不够分成 {how.slots} 次，只排了前 {len(rows)} 次"
    return said + (f"；注意：其中 {len(past)} 次的时间已过，开放后马上投放这 {sum(past)} 件" if past else "")


class CopyForm(DialogForm):
    """A session also asks when its copy starts: two cannot be on at once, and the plan of releases moves with it."""

    starts_at = MomentField(label="新一期开始时间", help_text="结束时间和投放计划按同样的间隔顺延")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_plan(_issue(self.object_id)):
            starts_at, ends_at = _window_of(self.object_id)
            self.fields["starts_at"].initial = ends_at or (starts_at and starts_at + DAY)
        else:
            del self.fields["starts_at"]


def _issue(issue_id: Any) -> Issue | None:
    """Return the issue of a button; a colleague may have deleted it meanwhile."""
    return Issue.objects.select_related("activity").filter(pk=issue_id).first()


def _first_slot(issue_id: Any, now: datetime) -> datetime | None:
    """Return when a session begins; of one that is on already the next whole hour, as what is past comes at once."""
    starts_at = _window_of(issue_id)[0]
    if starts_at is None or starts_at > now:
        return starts_at
    return now.replace(minute=0, second=0, microsecond=0) + HOUR


def _window_of(issue_id: Any) -> tuple[datetime | None, datetime | None]:
    issue = _issue(issue_id)
    return terms.window_of(issue) if issue else (None, None)
