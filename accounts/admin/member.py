from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin.member_dialogs import ConsentForm, GrantForm
from accounts.enums import MemberStatus, PointKind
from accounts.models import SEES_ALL, Invite, Member, PointAccount
from accounts.selectors.search import matching
from accounts.services import bans, grants, protection
from blindbox.common.adminkit import (
    ChoiceFilter,
    ReadOnlyAdmin,
    ReasonForm,
    TimeRangeFilter,
    avatar,
    chip_column,
    dialog_action,
    display,
    holds,
    personal,
)
from blindbox.system.admin.audited import WithHistory, actor_of
from blindbox.system.admin.wording import logged_as

logged_as("Member", {"balance": "通用积分", "delta": "变动"})
status = chip_column("status", "状态", {MemberStatus.ACTIVE: "success", MemberStatus.DISABLED: "danger"})


def _of_account(column: str, kind: PointKind) -> Coalesce:
    account = PointAccount.objects.filter(member=OuterRef("pk"), kind=kind)
    return Coalesce(Subquery(account.values(column)[:1]), 0, output_field=IntegerField())


def _invites() -> Coalesce:
    """A subquery and no join: Django leaves it out where it only counts members."""
    mine = Invite.objects.filter(inviter=OuterRef("pk")).order_by().values("inviter")
    return Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0, output_field=IntegerField())


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin, WithHistory):
    intro = "小程序的用户。点开一位用户查看档案，并可发放积分、禁用或恢复账号。"
    list_display = ["who", "number", status, "balance", "invited", "masked_phone", "created_at"]
    list_filter = [("status", ChoiceFilter), ("created_at", TimeRangeFilter)]
    search_fields = ["nickname"]  # shows the search box; `matching` searches
    search_help_text = "昵称、手机号或末四位、openid、邀请码或编号"
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("nickname", "number", status), ("balance", "mall_balance", "debt")]}),
        (
            "身份",
            {
                "fields": [
                    ("told_phone", "birth_date", "guardian_consent"),
                    ("told_openid", "told_unionid", "invite_code"),
                ]
            },
        ),
        ("时间", {"fields": [("created_at", "invited", "inviter")]}),
    ]
    readonly_fields = [
        "number", status, "balance", "mall_balance", "debt", "invited", "told_phone", "told_openid", "told_unionid",
        "inviter",
    ]  # fmt: skip
    actions_detail = ["grant_points", "record_consent", "disable", "enable"]
    has_grant_points_permission = holds("accounts.grant_points")
    has_record_consent_permission = holds("accounts.record_consent")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        members: QuerySet[Member] = super().get_queryset(request)
        return members.annotate(
            balance=_of_account("balance", PointKind.GENERAL),
            mall_balance=_of_account("balance", PointKind.MALL),
            debt=_of_account("debt", PointKind.GENERAL),
            invited=_invites(),
            may_tell=Value(request.user.has_perm(SEES_ALL)),  # for what a page shows of a row
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        words = search_term.strip()
        return (matching(queryset, words) if words else queryset), False

    @display("用户", ordering="nickname")
    def who(self, member: Member) -> SafeString:
        return format_html("{} {}", avatar(member.avatar_url, member.nickname), member.nickname)

    @display("编号", ordering="pk")
    def number(self, member: Member) -> int:
        return member.pk

    @display("通用积分", ordering="balance")
    def balance(self, member: Any) -> int:
        return int(member.balance)

    @display("商城积分")
    def mall_balance(self, member: Any) -> int:
        return int(member.mall_balance)

    @display("欠积分")
    def debt(self, member: Any) -> int:
        return int(member.debt)

    @display("邀请人数", ordering="invited")
    def invited(self, member: Any) -> int:
        return int(member.invited)

    @display("手机号")
    def masked_phone(self, member: Member) -> str:
        return member.masked_phone or "—"

    @display("手机号")
    def told_phone(self, member: Any) -> str:
        return personal(member.phone, whole=member.may_tell)

    @display("微信 openid")
    def told_openid(self, member: Any) -> str:
        return personal(member.openid, whole=member.may_tell)

    @display("unionid")
    def told_unionid(self, member: Any) -> str:
        return personal(member.unionid, whole=member.may_tell)

    @display("邀请人")
    def inviter(self, member: Member) -> str:
        invite = getattr(member, "invite", None)
        return str(invite.inviter) if invite else "—"

    def has_disable_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_change(request, object_id, now=MemberStatus.ACTIVE)

    def has_enable_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_change(request, object_id, now=MemberStatus.DISABLED)

    def _may_change(self, request: HttpRequest, object_id: Any, *, now: MemberStatus) -> bool:
        allowed = request.user.has_perm("accounts.disable_member")
        return allowed and Member.objects.filter(pk=object_id, status=now).exists()

    @dialog_action("发放积分", form=GrantForm, submit="发放", permissions=["grant_points"], icon="toll")
    def grant_points(self, request: HttpRequest, form: GrantForm, object_id: int) -> str:
        actor, asked = actor_of(request), form.cleaned_data
        entry = grants.grant(
            member_id=object_id,
            delta=asked["delta"],
            reason=asked["reason"],
            ref=grants.ref_of(actor_id=actor.id or 0, key=asked["key"]),
            actor=actor,
            now=timezone.now(),
        )
        return f"已入账 {entry.delta:+d} 积分，余额 {entry.balance_after}"

    @dialog_action(
        "监护人同意",
        description="8 至 17 周岁的用户须有监护人同意才能购买。请写明怎样核实的，例如通话时间和凭据编号。",
        form=ConsentForm,
        submit="记录",
        permissions=["record_consent"],
        icon="family_restroom",
    )
    def record_consent(self, request: HttpRequest, form: ConsentForm, object_id: int) -> str:
        given, reason = form.cleaned_data["given"], form.cleaned_data["reason"]
        now, actor = timezone.now(), actor_of(request)
        protection.record_consent(member_id=object_id, given=given, reason=reason, actor=actor, now=now)
        return "已记录监护人同意" if given else "已撤销监护人同意"

    @dialog_action(
        "禁用",
        description="禁用后，用户立即退出登录，不能再登录、抽奖或付款；已有的积分和奖品保留。",
        submit="确认禁用",
        permissions=["disable"],
        icon="block",
    )
    def disable(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        self._set(request, form, object_id, MemberStatus.DISABLED)
        return "已禁用，用户的登录已全部失效"

    @dialog_action(
        "恢复",
        description="恢复后，用户可以重新登录。",
        submit="确认恢复",
        permissions=["enable"],
        icon="check_circle",
    )
    def enable(self, request: HttpRequest, form: ReasonForm, object_id: int) -> str:
        self._set(request, form, object_id, MemberStatus.ACTIVE)
        return "已恢复，用户可以重新登录"

    def _set(self, request: HttpRequest, form: ReasonForm, member_id: int, wanted: MemberStatus) -> None:
        reason, actor = form.cleaned_data["reason"], actor_of(request)
        bans.set_status(member_id=member_id, status=wanted, reason=reason, actor=actor, now=timezone.now())
