from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from activities.admin import report, simulation
from activities.admin.cards import card_of, nearly_gone, paused, status_chip
from activities.admin.drop_inline import DropInline, has_plan, save_drops
from activities.admin.issue_dialogs import ApproveLossForm, CloseForm, OpenForm, issue_or_404
from activities.admin.issue_form import SESSION_INPUTS, IssueForm, SessionForm, form_of
from activities.admin.issue_history import entries_of
from activities.admin.loss_card import loss_card_of
from activities.admin.reward_columns import rules_of, shown_to_script
from activities.admin.reward_inline import RewardInline, gameplay_of_new
from activities.admin.saving_rewards import save_rewards
from activities.admin.session_card import session_card_of
from activities.admin.session_dialogs import CopyForm, SpreadForm, spread_words
from activities.admin.session_inputs import TOOL
from activities.enums import IssueStatus
from activities.gameplay import registry
from activities.models import Activity, Issue, Reward, RewardDrop
from activities.services import approving, closing, drafting, opening, succession
from activities.services.glue import planning
from blindbox.common.adminkit import (
    PRIMARY,
    dialog_action,
    display,
    holds,
    links_column,
    list_url,
    word_filter,
)
from blindbox.common.money import yuan
from blindbox.system.admin.audited import actor_of
from blindbox.system.admin.serviced import ServicedAdmin
from catalog import selectors as catalog

SAVING = {Reward: save_rewards, RewardDrop: save_drops}
SESSION_FIELDS = [("own_times_limit", "own_daily"), ("own_daily_from", "own_daily_to")]


@admin.register(Issue)
class IssueAdmin(ServicedAdmin):
    intro = "所有活动的期次。要新增一期，请到活动页面点“新增一期”。"
    form = IssueForm
    inlines = [RewardInline, DropInline]
    list_display = ["title", links_column("activity", "活动"), "state", "sold", "remaining", "opened_at", "closed_at"]
    list_display_links = ["title"]
    list_filter = [
        word_filter("状态", "counter__status", lambda: IssueStatus.choices),
        word_filter("玩法", "activity__gameplay", registry.choices),
        word_filter("余量", "nearly_gone", lambda: [("yes", "快售罄")], lambda _: nearly_gone()),
        word_filter("暂停", "paused", lambda: [("yes", "限量奖品发完")], lambda _: paused()),
        word_filter(
            "续期", "without_a_next", lambda: [("yes", "没有开出下一期")], lambda _: succession.without_a_next()
        ),
    ]
    list_select_related = ["activity", "counter"]
    search_fields = ["activity__name", "id__exact"]
    search_help_text = "活动名称或期次编号"
    ordering = ["-pk"]
    fields = ["activity", "number", "starts_at", "ends_at"]
    service_fields = ["activity", "number", "starts_at", "ends_at"]
    actions_detail = ["open_issue", "close_issue", "approve_loss", "spread_prize", "copy_issue"]
    has_copy_permission = holds("activities.add_issue")
    change_form_outer_before_template = "backoffice/issue_summary.html"
    show_add_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Issue]:
        issues: QuerySet[Issue] = super().get_queryset(request)
        return issues.select_related("activity", "counter")

    def take_row(self, object_id: int) -> None:
        """Every change of a draft takes its counter first."""
        drafting.take_draft(object_id)

    @display("期次", ordering="number")
    def title(self, issue: Issue) -> str:
        return f"第 {issue.number} 期"

    @display("状态", ordering="counter__status")
    def state(self, issue: Issue) -> SafeString:
        return status_chip(issue)

    @display("已售", ordering="counter__sold")
    def sold(self, issue: Issue) -> str:
        return f"{issue.counter.sold} / {issue.counter.total or '不限'}"

    @display("剩余")
    def remaining(self, issue: Issue) -> str:
        left = issue.counter.remaining
        return "不限" if left is None else str(left)

    def history_of(self, object_id: str) -> Q:
        return entries_of(object_id)

    def get_urls(self) -> list[Any]:
        card, simulated, reported = map(self.admin_site.admin_view, (self.product_card, self.simulation, self.report))
        return [
            path("product-card/<row:product_id>/", card, name="activities_product_card"),
            path("<row:issue_id>/simulation/", simulated, name="activities_issue_simulation"),
            path("<row:issue_id>/report/", reported, name="activities_issue_report"),
            *super().get_urls(),
        ]

    def simulation(self, request: HttpRequest, issue_id: int) -> HttpResponse:
        """Show what the issue would do, to whoever may look at issues."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return simulation.page(self.admin_site, request, issue_id)

    def report(self, request: HttpRequest, issue_id: int) -> HttpResponse:
        """Show what the issue really gave."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return report.page(self.admin_site, request, issue_id)

    def product_card(self, request: HttpRequest, product_id: int) -> HttpResponse:
        """Answer what a reward takes over from a product that was just chosen."""
        cards = catalog.products_by_ids([product_id]) if request.user.has_perm("catalog.view_product") else {}
        if product_id not in cards:
            return JsonResponse({}, status=404)
        card = cards[product_id]
        facts = {"name": card.name, "price_fen": card.price_fen, "cost_fen": card.cost_fen, "image_url": card.image_url}
        return JsonResponse({**facts, "stock": card.stock})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if gameplay_of_new(request) is None:
            messages.info(request, "期次属于活动：请先打开一个活动，再点“新增一期”")
            return HttpResponseRedirect(list_url("activities.activity"))
        return cast(HttpResponse, super().add_view(request, form_url, extra_context))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        issue = self.get_object(request, object_id) if object_id else None
        if object_id and issue is None:  # a colleague deleted the draft meanwhile
            return cast(HttpResponse, self._get_obj_does_not_exist_redirect(request, self.opts, object_id))
        activity = issue.activity if issue else Activity.objects.filter(pk=request.GET["activity"]).first()
        card = card_of(issue) if issue else None
        context = {
            **(extra_context or {}),
            "activity": activity,
            "card": card,
            "session": session_card_of(issue, now=timezone.now()),
            "loss": loss_card_of(issue),
            "may_change_issues": False,
            "show_save_and_add_another": False,
            "gameplay": registry.get(activity.gameplay) if activity else None,
            **shown_to_script(activity, rules_of(activity, issue)),
        }
        return super().changeform_view(request, object_id, form_url, context)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.counter.status == IssueStatus.DRAFT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and (obj is None or obj.counter.status == IssueStatus.DRAFT)

    def get_inline_instances(self, request: HttpRequest, obj: Issue | None = None) -> list[Any]:
        """An opened issue shows its rewards with what is left, in the summary."""
        if obj is not None and not self.has_change_permission(request, obj):
            return []
        inlines: list[Any] = super().get_inline_instances(request, obj)
        return [each for each in inlines if has_plan(obj) or not isinstance(each, DropInline)]

    def get_fields(self, request: HttpRequest, obj: Issue | None = None) -> list[Any]:
        fields = ["number", "starts_at", "ends_at"] if obj else self.fields
        typed = obj is None or self.has_change_permission(request, obj)
        return [*fields, *SESSION_FIELDS] if typed and form_of(_gameplay(request, obj)) is SessionForm else fields

    def get_form(self, request: HttpRequest, obj: Issue | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            kwargs["form"] = ModelForm  # what cannot be typed needs no hint about typing it
        else:
            kwargs["form"] = form_of(_gameplay(request, obj))
        return super().get_form(request, obj, change=change, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"activity": request.GET.get("activity")}

    def values_of(self, form: Any, *, only_changed: bool) -> dict[str, Any]:
        values = super().values_of(form, only_changed=only_changed)
        if isinstance(form, SessionForm) and (not only_changed or set(SESSION_INPUTS) & set(form.changed_data)):
            values["config"] = form.config()
        return values

    def create(self, request: HttpRequest, values: dict[str, Any], form: Any) -> Issue:
        activity_id, actor = values.pop("activity_id"), actor_of(request)
        return drafting.create_issue(activity_id=activity_id, values=values, actor=actor, now=timezone.now())

    def change(self, request: HttpRequest, obj: Issue, values: dict[str, Any], form: Any) -> None:
        if values:
            drafting.change_issue(
                activity_id=obj.activity_id,
                issue_id=obj.pk,
                values=values,
                actor=actor_of(request),
                now=timezone.now(),
            )

    def remove(self, request: HttpRequest, obj: Issue) -> None:
        actor, activity_id = actor_of(request), obj.activity_id
        drafting.delete_issue(activity_id=activity_id, issue_id=obj.pk, actor=actor, now=timezone.now())

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        SAVING[formset.model](form.instance.pk, formset, actor=actor_of(request), now=timezone.now())
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []

    def response_add(self, request: HttpRequest, obj: Issue, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, "已保存。检查无误后点“开放本期”开始销售。")
        return HttpResponseRedirect(reverse("admin:activities_issue_change", args=[obj.pk]))

    def response_change(self, request: HttpRequest, obj: Issue) -> HttpResponse:
        messages.success(request, "已保存")
        return HttpResponseRedirect(request.path)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        messages.success(request, "已删除这一期")
        return HttpResponseRedirect(list_url("activities.activity"))

    def has_open_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, while_it_is=IssueStatus.DRAFT)

    def has_close_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, while_it_is=IssueStatus.OPEN)

    def _may(self, request: HttpRequest, object_id: Any, *, while_it_is: IssueStatus) -> bool:
        issue = Issue.objects.filter(pk=object_id, counter__status=while_it_is)
        return request.user.has_perm("activities.change_issue") and issue.exists()

    @dialog_action(
        "开放本期", form=OpenForm, submit="确认开放", permissions=["open"], icon="rocket_launch", variant=PRIMARY
    )
    def open_issue(self, request: HttpRequest, form: OpenForm, object_id: int) -> str:
        now, actor, agreed = timezone.now(), actor_of(request), form.cleaned_data
        reason, draft = agreed["reason"], agreed["draft"]
        issue = opening.open_issue(issue_id=object_id, actor=actor, now=now, reason=reason, shown=draft)
        return f"第 {issue.number} 期已开放，承诺 {issue.commitment[:12]}… 已写入公开日志"

    def has_approve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """A budget is asked for while a draft would lose money."""
        draft = Issue.objects.filter(pk=object_id, counter__status=IssueStatus.DRAFT)
        may: bool = request.user.has_perm("activities.approve_loss") and draft.exists()
        return may and opening.preview(issue_id=int(object_id)).expected_loss_fen > 0

    @dialog_action("批准亏损预算", form=ApproveLossForm, submit="批准", permissions=["approve"], icon="verified")
    def approve_loss(self, request: HttpRequest, form: ApproveLossForm, object_id: int) -> str:
        budget, reason = form.cleaned_data["budget_fen"], form.cleaned_data["reason"]
        now, actor = timezone.now(), actor_of(request)
        approving.approve_loss(issue_id=object_id, budget_fen=budget, reason=reason, actor=actor, now=now)
        return f"已批准亏损预算 {yuan(budget)}"

    @dialog_action("关闭本期", form=CloseForm, submit="确认关闭", permissions=["close"], icon="stop_circle")
    def close_issue(self, request: HttpRequest, form: CloseForm, object_id: int) -> str:
        reason, actor = form.cleaned_data["reason"], actor_of(request)
        status = closing.close(issue_id=object_id, actor=actor, now=timezone.now(), reason=reason)
        if status == IssueStatus.CLOSED:
            return "已结束：密钥已公开，没抽出的奖品已退回库存"
        return "已停止销售：待支付的订单处理完后会自动结束"

    @dialog_action(
        "复制为新一期",
        description="用这一期的奖品建一个新的草稿，期号自动加一。复制后可以再修改。",
        form=CopyForm,
        submit="复制",
        permissions=["copy"],
        icon="content_copy",
    )
    def copy_issue(self, request: HttpRequest, form: CopyForm, object_id: int) -> tuple[str, str]:
        issue, starts_at = issue_or_404(object_id), form.cleaned_data.get("starts_at")
        made = succession.copy_issue(issue, actor=actor_of(request), now=timezone.now(), starts_at=starts_at)
        return f"已复制为第 {made.number} 期草稿", reverse("admin:activities_issue_change", args=[made.pk])

    def has_spread_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """A draft of a session with a limited prize."""
        limited = Issue.objects.filter(pk=object_id, activity__gameplay__in=TOOL, rewards__quantity__isnull=False)
        return limited.exists() and self.has_open_permission(request, object_id)

    @dialog_action("均匀投放", form=SpreadForm, submit="排好计划", permissions=["spread"], icon="calendar_clock")
    def spread_prize(self, request: HttpRequest, form: SpreadForm, object_id: int) -> str:
        how, now = form.spread(), timezone.now()
        planning.spread(issue_id=object_id, how=how, actor=actor_of(request), now=now)
        return spread_words(how, now=now)


def _gameplay(request: HttpRequest, issue: Issue | None) -> str | None:
    return gameplay_of_new(request) if issue is None else issue.activity.gameplay
