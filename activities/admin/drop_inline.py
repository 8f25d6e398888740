"""The plan by which units come into a session, row by row, while it is a draft."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest

from activities.admin.session_inputs import TOOL
from activities.models import Issue, Reward, RewardDrop
from activities.services.glue import planning
from blindbox.common.adminkit import NumberInput, Select, TabularInline, holds
from blindbox.system.audit import Actor


class LimitedRewardField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A reward of the issue that has a quantity to release."""

    def label_from_instance(self, reward: Any) -> str:
        return f"{reward.level} {reward.name}（共 {reward.quantity}）"


class DropInline(TabularInline):
    """A prize that no row names is there from the start."""

    model = RewardDrop
    fields = ["reward", "release_at", "quantity"]
    ordering = ["release_at", "reward_id", "pk"]
    verbose_name, verbose_name_plural = "投放", "投放计划"

    # who may change an issue may change what it offers, and when
    has_view_permission = has_add_permission = holds("activities.change_issue")
    has_change_permission = has_delete_permission = holds("activities.change_issue")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        issue_id = (request.resolver_match.kwargs if request.resolver_match else {}).get("object_id") or 0
        limited = Reward.objects.filter(issue_id=issue_id, quantity__isnull=False).order_by("sort", "pk")
        return LimitedRewardField(queryset=limited, label="奖品", widget=Select())

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "reward":
            field.widget = getattr(field.widget, "widget", field.widget)  # no buttons to add or edit rewards
        if db_field.name == "quantity":
            field.widget = NumberInput(attrs={"min": 1})
        return field


def has_plan(issue: Issue | None) -> bool:
    """Tell whether units can come into an issue over time: it is a session, and saved with its rewards."""
    return issue is not None and issue.activity.gameplay in TOOL


def save_drops(issue_id: int, formset: Any, *, actor: Actor, now: datetime) -> None:
    """Delete, change and add what the rows say, in the transaction of the page."""
    there = set(RewardDrop.objects.filter(issue_id=issue_id).values_list("pk", flat=True))  # some went with a reward
    for form in formset.deleted_forms:
        if form.instance.pk in there:
            planning.delete(issue_id=issue_id, drop_id=form.instance.pk, actor=actor, now=now)
    for form in formset.forms:
        if form not in formset.deleted_forms and form.has_changed():
            _save(issue_id, form, actor=actor, now=now)


def _save(issue_id: int, form: Any, *, actor: Actor, now: datetime) -> None:
    typed = form.cleaned_data
    values = {"reward_id": typed["reward"].pk, "release_at": typed["release_at"], "quantity": typed["quantity"]}
    if form.instance.pk:
        planning.change(issue_id=issue_id, drop_id=form.instance.pk, values=values, actor=actor, now=now)
    else:
        planning.add(issue_id=issue_id, drops=[values], actor=actor, now=now)
