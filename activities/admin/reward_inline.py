"""The rows of an issue's rewards while it is a draft."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.safestring import SafeString

from activities.admin import reward_kinds
from activities.admin.bundle_field import BundleField
from activities.admin.pictures import picture_of
from activities.admin.reward_columns import adapt, columns_of, rules_of
from activities.enums import Position, RewardKind
from activities.models import Activity, Issue, Reward
from blindbox.common.adminkit import NumberInput, PercentField, Select, TabularInline, display, holds, row_id

BLANK_ROWS = 3
TAKEN_OVER = {"name", "reference_value_fen", "cost_fen", "sort"}  # may stay empty: there is something to take over


class RewardForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A row. What it names says which kind it is; what is left empty comes from the product."""

    nothing = forms.BooleanField(label="未中奖", required=False, widget=forms.CheckboxInput())
    bundle = BundleField(label="组合内容")

    class Meta:
        model = Reward
        fields = ["level", "name", "product", "points", "amount_fen", "coupon_id", "bundle", "quantity", "odds_ppm",
                  "position", "position_n", "node", "weight", "substitute", "is_fallback", "reference_value_fen",
                  "cost_fen", "sort"]  # fmt: skip
        help_texts = {"quantity": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TAKEN_OVER & set(self.fields):
            self.fields[name].required = False
        if "quantity" in self.fields and {"odds_ppm", "node", "weight"} & set(self.fields):
            self.fields["quantity"].required = False
            self.fields["quantity"].widget.attrs["placeholder"] = "不限"
        self.initial.setdefault(reward_kinds.NOTHING, self.instance.pk is not None and self._is_nothing())
        if self.instance.pk is None:
            self.initial.update(dict.fromkeys(["reference_value_fen", "cost_fen", "sort"]))

    def _is_nothing(self) -> bool:
        return bool(self.instance.kind == RewardKind.NONE)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        kind = reward_kinds.typed_kind(values)
        if kind is None:
            return self._of_a_kind_that_is_not_shown(values)
        values |= reward_kinds.taken_over(self.instance, kind, values)
        self.instance.kind = values["kind"] = kind
        return values

    def _of_a_kind_that_is_not_shown(self, values: dict[str, Any]) -> dict[str, Any]:
        """A row whose prize was set up over the API keeps it; any other must name one."""
        shown = {reward_kinds.COLUMNS[name] for name in set(reward_kinds.COLUMNS) & set(self.fields)}
        if self.errors:
            return values
        if self.instance.pk and self.instance.kind not in shown:
            left = {name: getattr(self.instance, name) for name in TAKEN_OVER if values.get(name) in (None, "")}
            return {**values, **left}
        raise forms.ValidationError(reward_kinds.refusal(self.fields))


class SubstituteField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """Another reward of the same issue; a row that is not saved yet cannot be chosen."""

    def __init__(self, **kwargs: Any) -> None:
        own = {"label": "售罄后替换为", "required": False, "empty_label": "—", "widget": Select()}
        super().__init__(**{**kwargs, **own})

    def label_from_instance(self, reward: Any) -> str:
        return f"{reward.level} {reward.name}"


class RewardInline(TabularInline):
    """Rewards with their share of the draws, live while typing (rewards.js)."""

    model = Reward
    form = RewardForm
    autocomplete_fields = ["product"]
    readonly_fields = ["picture", "share"]
    ordering = ["sort", "pk"]
    ordering_field = "sort"
    hide_ordering_field = True
    verbose_name = verbose_name_plural = "奖品"
    template_after = "backoffice/rewards_footer.html"

    # who may change an issue may change what it offers
    has_view_permission = has_add_permission = holds("activities.change_issue")
    has_change_permission = has_delete_permission = holds("activities.change_issue")

    class Media:
        js = ["backoffice/rewards.js"]

    def get_fields(self, request: HttpRequest, obj: Issue | None = None) -> list[str]:
        return columns_of(obj.activity if obj else activity_of_new(request), obj)

    def get_formset(self, request: HttpRequest, obj: Issue | None = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        for name in {reward_kinds.NOTHING, reward_kinds.BUNDLE} - set(self.get_fields(request, obj)):
            formset.form.base_fields.pop(name, None)
        rules = rules_of(obj.activity if obj else activity_of_new(request), obj)
        if rules is not None:
            adapt(formset.form.base_fields, rules)
        return formset

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "odds_ppm":
            return PercentField(label="概率", required=True)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "substitute" and field is not None:
            field.widget = getattr(field.widget, "widget", field.widget)
        if db_field.name == "product" and field is not None:
            field.widget = field.widget.widget  # without the buttons to add or edit products: the row is full
        if db_field.name == "position" and field is not None:
            field.widget = Select(choices=Position.choices)
        if db_field.name == "quantity" and field is not None:
            field.required, field.help_text, field.widget = True, "", NumberInput(attrs={"min": 1})
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "substitute":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)
        issue_id = (request.resolver_match.kwargs if request.resolver_match else {}).get("object_id")
        mine = Reward.objects.filter(issue_id=issue_id).order_by("sort", "pk") if issue_id else Reward.objects.none()
        return SubstituteField(queryset=mine)

    def get_extra(self, request: HttpRequest, obj: Issue | None = None, **kwargs: Any) -> int:
        return 0 if obj and obj.rewards.exists() else BLANK_ROWS

    @display("")
    def picture(self, reward: Reward) -> SafeString:
        return picture_of(reward)

    @display("占比")
    def share(self, reward: Reward) -> str:
        return "—"


def activity_of_new(request: HttpRequest) -> Activity | None:
    """Return the activity for which an issue is being added."""
    return Activity.objects.filter(pk=row_id(Activity, request.GET.get("activity", ""))).first()


def gameplay_of_new(request: HttpRequest) -> str | None:
    """Return the gameplay of the activity for which an issue is being added."""
    activity = activity_of_new(request)
    return activity.gameplay if activity else None
