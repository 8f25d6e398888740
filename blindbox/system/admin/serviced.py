"""Pages whose rows a service owns: the form asks, the service checks, writes and logs."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from blindbox.common.adminkit import TextInput, in_words
from blindbox.system.admin.audited import WHY, WithHistory
from blindbox.system.audit import LONGEST_REASON


def asking_why(form: Any, *, needed_for: Collection[str]) -> Any:
    """Return the form with one more input, the reason; it must be filled where one of these fields changes."""
    hint = "会写入操作日志，供日后查对" + ("。改价格、库存或状态时必填" if needed_for else "")

    class Asking(form):
        change_reason = forms.CharField(
            label="修改原因", max_length=LONGEST_REASON, required=False, widget=TextInput(), help_text=hint
        )

        def clean(self) -> Any:
            values = super().clean()
            if not self.cleaned_data.get(WHY) and WHY not in self.errors and {*needed_for} & {*self.changed_data}:
                self.add_error(WHY, "改价格、库存或状态要写明原因")
            return values

    return Asking


def _both_sides(form: Any, name: str) -> str:
    field = form.fields[name]
    before, after = (in_words(field, value) for value in (form.initial.get(name), form.cleaned_data[name]))
    return f"{field.label} {before} → {after}"


class ServicedAdmin(WithHistory):
    """
    Subclasses say which service creates, changes and deletes. A refusal comes back above the form.

    `service_fields` are the form's fields that the service takes; a foreign key goes as `…_id`. A form that changes a
    row asks for the reason, which goes into the log; `reasoned_fields` do not change without one. Whoever changes one
    of `price_fields` is told both prices, and from when the new one is asked for.
    """

    service_fields: list[str] = []
    reasoned_fields: Collection[str] = ()
    price_fields: Sequence[str] = ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if self._asks_why(request, obj):
            kwargs["form"] = asking_why(kwargs.get("form", self.form), needed_for=self.reasoned_fields)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = super().get_fieldsets(request, obj)
        return [*shown, (None, {"fields": [WHY]})] if self._asks_why(request, obj) else shown

    def _asks_why(self, request: HttpRequest, obj: Any) -> bool:
        return obj is not None and bool(self.has_change_permission(request, obj))

    def create(self, request: HttpRequest, values: dict[str, Any], form: Any) -> Any:
        """Return the created row."""
        raise NotImplementedError

    def change(self, request: HttpRequest, obj: Any, values: dict[str, Any], form: Any) -> None:
        raise NotImplementedError

    def remove(self, request: HttpRequest, obj: Any) -> None:
        raise NotImplementedError

    def prices_apply(self, obj: Any) -> str:
        """Return from when a changed price is asked for."""
        raise NotImplementedError

    def values_of(self, form: Any, *, only_changed: bool) -> dict[str, Any]:
        """Return what the form says, as the service takes it."""
        sent = form.changed_data if only_changed else form.cleaned_data
        return dict(self._plain(name, form.cleaned_data[name]) for name in self.service_fields if name in sent)

    def _plain(self, name: str, value: Any) -> tuple[str, Any]:
        column = self.opts.get_field(name)
        return (name, value) if not column.is_relation else (f"{name}_id", value.pk if value else None)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = self.values_of(form, only_changed=change)
        if change:
            self.change(request, obj, values, form)
            self._tell_prices(request, obj, form)
        else:
            obj.pk = self.create(request, values, form).pk
            obj._state.adding = False

    def _tell_prices(self, request: HttpRequest, obj: Any, form: Any) -> None:
        told = [_both_sides(form, name) for name in self.price_fields if name in form.changed_data]
        if told:
            self.message_user(request, f"{'；'.join(told)}。{self.prices_apply(obj)}", messages.INFO)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)  # one by one, through the service
        return actions

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """Name only the row: what hangs on it the service either deletes too or refuses for."""
        return [str(obj) for obj in objs], {}, set(), []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has logged it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has logged it."""

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> None:
        """The service will log it."""
