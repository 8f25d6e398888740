from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from blindbox.common.adminkit import ReadOnlyAdmin, refusal_of
from blindbox.common.errors import DomainError
from blindbox.system import configs
from blindbox.system.admin.audited import actor_of
from blindbox.system.admin.setting_form import SettingForm
from blindbox.system.models import Config


def _grouped(forms: list[SettingForm]) -> list[tuple[str, list[SettingForm]]]:
    """Return forms under the headings of their groups, in the groups' order."""
    places = {group: place for place, group in enumerate(configs.Group)}
    in_order = sorted(forms, key=lambda form: places[form.setting.group])
    return [(str(group), list(those)) for group, those in groupby(in_order, key=lambda form: form.setting.group)]


@admin.register(Config)
class ConfigAdmin(ReadOnlyAdmin):
    """Which settings exist is code, so the list is a page of every setting instead of the rows that differ."""

    command_permissions = {"change_config": "修改"}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        values = configs.stored_values()
        forms = [SettingForm(each, values[each.key]) for each in configs.all_settings()]
        if request.method == "POST":
            return self._change(request, forms)
        return self._page(request, forms)

    def _page(self, request: HttpRequest, forms: list[SettingForm]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "系统配置",
            "opts": self.opts,
            "groups": _grouped(forms),
            "may_change": request.user.has_perm("system.change_config"),
        }
        return TemplateResponse(request, "backoffice/settings.html", context)

    def _change(self, request: HttpRequest, forms: list[SettingForm]) -> HttpResponse:
        if not request.user.has_perm("system.change_config"):
            raise PermissionDenied
        sent = [SettingForm(f.setting, f.initial["value"], request.POST) for f in forms if f.prefix in request.POST]
        for form in sent:
            if not form.is_valid() or not self._store(request, form):
                return self._page(request, [form if form.prefix == each.prefix else each for each in forms])
        return HttpResponseRedirect(request.path)

    def _store(self, request: HttpRequest, form: SettingForm) -> bool:
        """Tell whether the value was stored; if not, the form says why."""
        asked, actor = form.cleaned_data, actor_of(request)
        what = {"key": form.setting.key, "value": asked["value"], "reason": asked["reason"]}
        try:
            configs.change(**what, shown=form.shown(), actor=actor, now=timezone.now())
        except DomainError as error:
            form.add_error("value", refusal_of(error))
            return False
        messages.success(request, f"「{form.setting.label}」已保存")
        return True
