from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from activities.admin import prices
from activities.admin.activity_form import CONFIG_INPUTS, ActivityForm
from activities.admin.cards import cards_of, nothing_on_sale
from activities.admin.play_inputs import INPUTS
from activities.enums import ActivityStatus, IssueStatus
from activities.gameplay import registry
from activities.models import Activity
from activities.services import configuring
from blindbox.common.adminkit import (
    NOTHING,
    AutocompleteSelectFilter,
    ChoiceFilter,
    TimeRangeFilter,
    Tone,
    chip,
    chip_column,
    copyable,
    display,
    thumbnail,
    word_filter,
)
from blindbox.system.admin.audited import actor_of
from blindbox.system.admin.serviced import ServicedAdmin

ISSUES_SHOWN = 10
CONFIG_FIELDS = {*CONFIG_INPUTS, *(name for inputs in INPUTS for name in inputs.form.base_fields), "gameplay"}
status = chip_column("status", "状态", {ActivityStatus.ACTIVE: "success"})


@admin.register(Activity)
class ActivityAdmin(ServicedAdmin):
    intro = (
        "一个活动是一款盲盒，按“期”销售。顺序：建活动 → 新增一期 → 填奖品 → 开放。"
        "一期开放后，它的价格、奖品和概率就固定下来，不能再改。"
    )
    form = ActivityForm
    list_display = [
        "cover",
        "name",
        "play",
        "category",
        "price",
        status,
        "issues_open",
        "starts_at",
    ]
    list_display_links = ["cover", "name"]
    list_filter = [
        ("status", ChoiceFilter),
        word_filter("玩法", "gameplay", registry.choices),
        ("category", AutocompleteSelectFilter),
        word_filter("期次", "on_sale", lambda: [("no", "上架但没有进行中的期次")], lambda _: nothing_on_sale()),
        ("starts_at", TimeRangeFilter),
    ]
    list_select_related = ["category"]
    search_fields = ["name", "id__exact"]
    search_help_text = "活动名称或编号"
    ordering = ["-pk"]
    autocomplete_fields = ["category"]
    fieldsets = [
        (None, {"fields": ["name", ("category", "gameplay"), ("price_fen", "price_points"), "starts_at", "ends_at"]}),
        *(inputs.fieldset for inputs in INPUTS),
        ("购买", {"fields": [("largest_order", "bundle_prices")]}),
        ("展示", {"fields": [("cover_url", "tags"), "description", "rules", ("status", "is_boss")]}),
    ]
    readonly_fields = ["serial"]
    service_fields = [
        "name", "category", "gameplay", "is_boss", "tags", "status", "price_fen", "price_points", "cover_url",
        "description", "rules", "starts_at", "ends_at",
    ]  # fmt: skip
    price_fields = ["price_fen", "price_points", "bundle_prices", "buy_out_discount"]
    reasoned_fields = [*price_fields, "status"]
    change_form_outer_after_template = "backoffice/activity_issues.html"

    class Media:
        js = ["backoffice/plays.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Activity]:
        on_sale = Count("issues", filter=Q(issues__counter__status=IssueStatus.OPEN))
        rows: QuerySet[Activity] = super().get_queryset(request)
        return rows.annotate(open_count=on_sale, issue_count=Count("issues"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not configuring.opened_issues(obj.pk).exists())

    @display("")
    def cover(self, activity: Activity) -> SafeString:
        return thumbnail(activity.cover_url)

    @display("活动编号")
    def serial(self, activity: Activity) -> SafeString | str:
        """What the client of the tool asks by."""
        return copyable(activity.serial_no) if activity.pk else "保存之后显示；调用方用它查询活动和抽奖"

    @display("玩法", ordering="gameplay")
    def play(self, activity: Activity) -> str:
        return registry.label(activity.gameplay)

    @display("单抽", ordering="price_fen")
    def price(self, activity: Activity) -> str:
        """Each way to pay, as members see it."""
        price = prices.single(fen=activity.price_fen, points=activity.price_points)
        return price or ("免费" if registry.get(activity.gameplay).may_be_free else NOTHING)

    @display("期次")
    def issues_open(self, activity: Any) -> SafeString:
        if not activity.issue_count:
            return chip("还没有期次", "warning")
        tone: Tone = "success" if activity.open_count else "default"
        return format_html("{} 共 {} 期", chip(f"{activity.open_count} 期进行中", tone), activity.issue_count)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = dict(extra_context or {})
        activity = self.get_object(request, object_id) if object_id else None
        if activity is not None:
            context["cards"] = cards_of(activity, most=ISSUES_SHOWN)
            context["add_issue_url"] = f"{reverse('admin:activities_issue_add')}?activity={activity.pk}"
            context["may_change_issues"] = request.user.has_perm("activities.change_issue")
        return super().changeform_view(request, object_id, form_url, context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"starts_at": timezone.now()}

    def values_of(self, form: ActivityForm, *, only_changed: bool) -> dict[str, Any]:
        values = super().values_of(form, only_changed=only_changed)
        if not only_changed or CONFIG_FIELDS & set(form.changed_data):
            values["config"] = form.config()
        return values

    def create(self, request: HttpRequest, values: dict[str, Any], form: Any) -> Activity:
        return configuring.create_activity(values=values, actor=actor_of(request), now=timezone.now())

    def change(self, request: HttpRequest, obj: Activity, values: dict[str, Any], form: Any) -> None:
        configuring.change_activity(activity_id=obj.pk, values=values, actor=actor_of(request), now=timezone.now())

    def prices_apply(self, obj: Activity) -> str:
        going_on = obj.issues.filter(counter__status=IssueStatus.OPEN).count()
        kept = f"进行中的 {going_on} 期仍按各自开放时固定的价格卖到结束；" if going_on else ""
        return f"{kept}从下一次开放的一期起按新价"

    def remove(self, request: HttpRequest, obj: Activity) -> None:
        configuring.delete_activity(activity_id=obj.pk, actor=actor_of(request), now=timezone.now())

    def response_add(self, request: HttpRequest, obj: Activity, post_url_continue: str | None = None) -> HttpResponse:
        """Stay on the new activity: its issues come next."""
        if "_addanother" in request.POST or "_popup" in request.POST:
            return cast(HttpResponse, super().response_add(request, obj, post_url_continue))
        self.message_user(request, "活动已创建。下一步：新增一期，填写奖品", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:activities_activity_change", args=[obj.pk]))
