from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString

from blindbox.common.adminkit import ReadOnlyAdmin, TimeRangeFilter, display, link, row_id, word_filter
from blindbox.system.admin.changes import entry_changes, model_of
from blindbox.system.models import OperationLog


def _values(column: str) -> list[tuple[str, str]]:
    values = OperationLog.objects.order_by(column).values_list(column, flat=True).distinct()
    return [(value, value) for value in values[:100]]


def _pages_of(entries: Iterable[OperationLog]) -> set[tuple[str, str]]:
    """Return the objects of these entries that have a page of their own, with one query a type."""
    ids: dict[str, set[str]] = {}
    for entry in entries:
        ids.setdefault(entry.object_type, set()).add(entry.object_id)
    found: set[tuple[str, str]] = set()
    for object_type, texts in ids.items():
        model = model_of(object_type)
        if model in admin.site._registry:
            keys = [key for text in texts if (key := row_id(model, text)) is not None]
            found |= {
                (object_type, str(pk)) for pk in model._base_manager.filter(pk__in=keys).values_list("pk", flat=True)
            }
    return found


@admin.register(OperationLog)
class OperationLogAdmin(ReadOnlyAdmin):
    intro = "后台的每一次修改都记在这里：谁、何时、从哪里、改了什么、为什么。只增不改。"
    list_display = ["created_at", "operator_name", "ip", "action", "target", "reason"]
    list_filter = [
        ("created_at", TimeRangeFilter),
        word_filter("操作员", "operator_name", lambda: _values("operator_name")),
        word_filter("操作", "action", lambda: _values("action")),
    ]
    search_fields = ["operator_name", "action", "object_label", "object_id", "reason", "request_id"]
    ordering = ["-pk"]
    fields = [
        ("created_at", "operator_name", "ip"),
        ("action", "kind", "object_id"),
        ("target", "reason", "request_id"),
        "changes",
    ]
    readonly_fields = ["changes", "kind", "target"]

    def rows_of_page(self, rows: Iterable[Any]) -> list[Any]:
        entries = list(rows)
        there = _pages_of(entries)
        for entry in entries:
            entry.has_page = (entry.object_type, entry.object_id) in there
        return entries

    @display("对象", ordering="object_label")
    def target(self, entry: Any) -> SafeString | str:
        """What was changed, with a link where its page is; a row may be gone since."""
        has_page = entry.has_page if hasattr(entry, "has_page") else bool(_pages_of([entry]))
        model = model_of(entry.object_type) if has_page else None
        text = entry.object_label or entry.object_id
        return link(text, model._meta.label_lower, entry.object_id) if model else text

    @display("对象类型")
    def kind(self, entry: OperationLog) -> str:
        model = model_of(entry.object_type)
        return str(model._meta.verbose_name) if model else entry.object_type

    @display("改动")
    def changes(self, entry: OperationLog) -> SafeString:
        return entry_changes(entry)
