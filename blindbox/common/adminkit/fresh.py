"""A page that was opened before somebody's change does not write old values back: its form notes what it showed."""

import hashlib
import json
from collections.abc import Collection
from typing import Any

from django.contrib.admin.utils import unquote
from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Model
from django.forms.models import _get_foreign_key
from django.http import HttpRequest, HttpResponse

from blindbox.common.adminkit.addresses import row_id

NOTE = "_shown"
CHANGED = "这条记录在您打开后已被修改（可能是他人，也可能是您在另一个页面），请重新打开本页再改"
PRINT, COUNTED = "print", "counted"


class FreshPage:
    """
    A save is refused if the row, what it is linked with or its inline rows differ from what the form's note says.

    `counted` names the inputs of numbers that orders move too: they are written only if another number was typed than
    the page showed, and the service compares that one. `unwatched` names columns that the form does not write.
    """

    counted: Collection[str] = ()
    unwatched: Collection[str] = ()
    change_form_before_template = "adminkit/shown.html"

    def take_row(self, object_id: int) -> None:
        """Take the row for the form's transaction; where a service takes another row first, the page does so too."""
        key = self.model._meta.pk.name  # type: ignore[attr-defined]
        self.model._base_manager.filter(pk=object_id).update(**{key: F(key)})  # type: ignore[attr-defined]

    def _changeform_view(
        self, request: HttpRequest, object_id: str | None, form_url: str, extra_context: Any
    ) -> HttpResponse:
        context = {**(extra_context or {}), "shown": self._note(request, object_id)}
        shown: HttpResponse = super()._changeform_view(request, object_id, form_url, context)  # type: ignore[misc]
        return shown

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        counted = getattr(request, COUNTED, None)
        return _beginning_with(form, counted) if counted else form

    def _note(self, request: HttpRequest, object_id: str | None) -> str:
        """Return the note that the form carries: what the row is, or for a form that was sent, the one it came with."""
        if object_id is None or not self.has_change_permission(request):  # type: ignore[attr-defined]
            return ""
        if request.method != "POST":
            return self._noted(request, object_id)
        sent = request.POST.get(NOTE, "")
        if not hasattr(request, "refusal"):  # which is not asked again when the refused form is shown
            self._compare(request, object_id, sent)
        return sent

    def _noted(self, request: HttpRequest, object_id: str) -> str:
        """Read before the page does: a change in between makes the note too old, never the page."""
        row = self._row(request, object_id)
        if row is None:
            return ""
        counted = {name: getattr(row, name) for name in self.counted}
        return signing.dumps({PRINT: self._print(request, row), COUNTED: counted}, salt=_salt(row))

    def _compare(self, request: HttpRequest, object_id: str, sent: str) -> None:
        self.take_row(row_id(self.model, unquote(object_id)))  # type: ignore[attr-defined]
        row = self._row(request, object_id)
        if row is None:
            return
        try:
            noted = signing.loads(sent, salt=_salt(row))
        except signing.BadSignature:
            noted = {}
        if noted.get(PRINT) != self._print(request, row):
            request.refusal = CHANGED  # type: ignore[attr-defined]
        request.counted = noted.get(COUNTED)  # type: ignore[attr-defined]

    def _row(self, request: HttpRequest, object_id: str) -> Any:
        """Return the row that the operator may change, if there is one."""
        row = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        return row if row is not None and self.has_change_permission(request, row) else None  # type: ignore[attr-defined]

    def _print(self, request: HttpRequest, row: Model) -> str:
        linked = {each.name: sorted(_keys(row, each.name)) for each in row._meta.many_to_many}
        tables = [inline.model for inline in self.get_inline_instances(request, row)]  # type: ignore[attr-defined]
        inlines = {table._meta.label: [_columns(each) for each in _rows(table, row)] for table in tables}
        state = [_columns(row, but={*self.counted, *self.unwatched}), linked, inlines]
        text = json.dumps(state, cls=DjangoJSONEncoder, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _salt(row: Model) -> str:
    return f"{row._meta.label_lower}:{row.pk}"


def _keys(row: Model, name: str) -> Any:
    return getattr(row, name).values_list("pk", flat=True)


def _rows(table: type[Model], parent: Model) -> Any:
    key = _get_foreign_key(type(parent), table)
    return table._base_manager.filter(**{key.name: parent}).order_by("pk")


def _columns(row: Model, but: Collection[str] = ()) -> dict[str, Any]:
    return {f.attname: f.value_from_object(row) for f in row._meta.concrete_fields if f.editable and f.name not in but}


def _beginning_with(form: Any, shown: dict[str, Any]) -> Any:
    """Return the form so that what it showed, and not what the row is by now, tells which inputs were retyped."""

    class Shown(form):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.initial.update(shown)

    return Shown
