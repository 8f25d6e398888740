"""Operators and their groups, under the back office's look and in its log."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.http import HttpRequest

from accounts.admin.group_form import GroupForm, permissions_in_words
from accounts.models import Operator
from blindbox.common.adminkit import CheckboxList, YesNoFilter, word_filter
from blindbox.common.adminkit.operators import (
    GroupPage,
    OperatorChangeForm,
    OperatorCreationForm,
    OperatorPage,
    OperatorPasswordForm,
)
from blindbox.system.admin.audited import AuditedAdmin
from blindbox.system.admin.wording import codes_mean

RIGHTS = ["groups", "is_active", "is_staff", "is_superuser"]
admin.site.unregister(Group)
codes_mean("Group", "permissions", permissions_in_words)


def _groups() -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in Group.objects.order_by("name").values_list("pk", "name")]


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _may_do_more(operator: Operator, *, than: Any) -> bool:
    """Tell whether an operator, once active, has a right that the other lacks."""
    theirs = Permission.objects.filter(Q(user=operator) | Q(group__user=operator))
    codes = theirs.values_list("content_type__app_label", "codename")
    return operator.is_superuser or not than.has_perms([f"{app}.{codename}" for app, codename in codes])


@admin.register(Operator)
class OperatorAdmin(AuditedAdmin, OperatorPage):
    """
    Only superusers give and take rights. Who may edit accounts edits none that may do more than themselves: with a
    password of their own choosing they would have its rights.
    """

    granted_verbs = ["view", "add", "change"]
    intro = "后台的登录账号。按岗位加入分组就有相应权限；离职的同事请关掉“有效”，账号和操作记录会保留。"
    form, add_form, change_password_form = OperatorChangeForm, OperatorCreationForm, OperatorPasswordForm
    list_display = ["username", "first_name", "email", "is_active", "is_superuser", "last_login"]
    list_filter = [("is_active", YesNoFilter), ("is_superuser", YesNoFilter), word_filter("分组", "groups", _groups)]
    search_fields = ["username", "first_name", "email"]
    ordering = ["username"]
    filter_horizontal: list[str] = []
    autocomplete_fields = ["linked_members"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("个人信息", {"fields": [("first_name", "email")]}),
        ("关联用户", {"fields": ["linked_members"]}),
        ("权限", {"fields": ["groups", "is_active", "is_staff", "is_superuser"]}),
        ("时间", {"fields": [("last_login", "date_joined")]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    unwatched = ["last_login", "password"]  # each login writes them
    add_fieldsets = [(None, {"fields": ["username", "password1", "password2", "first_name", "groups", "is_staff"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.readonly_fields if _is_superuser(request) else [*self.readonly_fields, *RIGHTS]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (obj is None or _is_superuser(request) or not _may_do_more(obj, than=request.user))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # deactivated they stay in the log by name

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "groups":
            field.widget, field.help_text = (
                CheckboxList(choices=field.choices),
                "按岗位勾选；一个分组都没有时，请技术人员运行命令 setup_roles",
            )
        if db_field.name == "is_staff":
            field.label, field.initial, field.help_text = "可以登录后台", True, ""
        if db_field.name == "is_superuser":
            field.help_text = "不受分组限制，拥有全部权限，请谨慎"
        if db_field.name == "is_active":
            field.help_text = "关掉后不能再登录"
        return field


@admin.register(Group)
class GroupAdmin(AuditedAdmin, GroupPage):
    granted_verbs = ["view"]
    intro = (
        "岗位分组：运营、客服、仓库、财务、只读。超级用户可以调整权限；一个都没有时，请技术人员运行命令 setup_roles。"
    )
    form = GroupForm
    list_display = ["name"]
    search_fields = ["name"]
    ordering = ["name"]
    filter_horizontal: list[str] = []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return None  # the form brings its own
