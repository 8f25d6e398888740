"""Every change that an operator makes through a form is in the operation log, in the form's own transaction."""

import json
from collections.abc import Iterable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone

from blindbox.common.adminkit import ModelAdmin
from blindbox.common.client import client_ip
from blindbox.system import audit
from blindbox.system.admin.changes import entry_changes
from blindbox.system.models import OperationLog

SECRET_FIELDS = {"password"}
WHY = "change_reason"  # the input of every form that a service owns


def actor_of(request: HttpRequest) -> audit.Actor:
    """Return the operator of a request."""
    operator = cast(AbstractBaseUser, request.user)
    why = request.POST.get(WHY, "").strip()
    return audit.Actor(id=operator.pk, name=operator.get_username(), ip=client_ip(request), why=why)


def snapshot(obj: Model) -> dict[str, Any]:
    """Return a row's columns as JSON has them, without secrets."""
    values = {f.attname: f.value_from_object(obj) for f in obj._meta.concrete_fields if f.name not in SECRET_FIELDS}
    values |= {f.name: sorted(map(_name, f.value_from_object(obj))) for f in obj._meta.many_to_many}
    plain: dict[str, Any] = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return plain


def _name(related: Any) -> str:
    return str(getattr(related, "codename", related))


def changed(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the two sides of what differs, the stamp of the change itself left out."""
    names = [name for name in after if before.get(name) != after[name] and name != "updated_at"]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def _says_why(request: HttpRequest) -> bool:
    """Tell whether a confirmed deletion has a reason; where it has none the operator reads that one is needed."""
    if request.POST.get(WHY, "").strip():
        return True
    messages.error(request, "请写明删除原因")
    return False


class WithHistory(ModelAdmin):
    """
    A page whose history is what the operation log says about the row.

    Nothing is deleted without a reason, one by one or from the list: what asks for confirmation asks for it too.
    """

    object_history_template = "adminkit/history.html"

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        if request.method == "POST" and not _says_why(request):
            request.POST = QueryDict()  # Django asks again where nothing was sent
        return super().delete_view(request, object_id, extra_context)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        confirmed = "delete_selected" in request.POST.getlist("action") and "post" in request.POST
        if confirmed and not _says_why(request):
            sent = request.POST.copy()
            del sent["post"]
            request.POST = sent  # type: ignore[assignment]
        return super().response_action(request, queryset)

    def history_of(self, object_id: str) -> Q:
        """Return which entries of the log the row's history has; what hangs on a row may have a part in it."""
        return Q(object_type=self.opts.object_name, object_id=object_id)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the row's entries, newest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        entries = OperationLog.objects.filter(self.history_of(object_id))
        context = {
            **self.admin_site.each_context(request),
            "title": f"{self.opts.verbose_name} {object_id} 的操作记录",
            "opts": self.opts,
            "object_id": object_id,
            "entries": [(e, entry_changes(e)) for e in entries.order_by("-pk")[:100]],
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)


class AuditedAdmin(WithHistory):
    """
    Writes the operation log instead of Django's own, for rows that no service owns.

    Django calls the `log_*` methods inside the transaction of the form, after saving and before deleting.
    """

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = type(obj)._base_manager.filter(pk=obj.pk).first() if change else None
        form.before = snapshot(before) if before else {}
        request.audited_form = form  # type: ignore[attr-defined]  # handed on to the log
        if change and hasattr(obj, "updated_at"):
            obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self.record(request, f"新建{obj._meta.verbose_name}", obj, after=snapshot(obj))

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        form = getattr(request, "audited_form", None)
        obj.refresh_from_db()
        before, after = changed(form.before if form else {}, snapshot(obj))
        self.record(request, f"修改{obj._meta.verbose_name}", obj, before=before, after=after)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> None:
        for obj in queryset:
            self.record(request, f"删除{obj._meta.verbose_name}", obj, before=snapshot(obj))

    def record(self, request: HttpRequest, action: str, obj: Model, **sides: Any) -> None:
        """Append one line about a row."""
        change = audit.Change(action, obj._meta.object_name or "", obj.pk, str(obj), **sides)
        audit.record(change, actor=actor_of(request), now=timezone.now())
