"""The base classes of every admin page."""

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import OperationalError, models
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import StackedInline as UnfoldStackedInline
from unfold.admin import TabularInline as UnfoldTabularInline

from blindbox.common.adminkit.addresses import of_rows_only, row_id
from blindbox.common.adminkit.fields import YuanField, possible_moment
from blindbox.common.adminkit.filters import filter_name
from blindbox.common.adminkit.fresh import FreshPage
from blindbox.common.adminkit.lists import ListOfRows
from blindbox.common.adminkit.panels import panels_for
from blindbox.common.adminkit.refusals import refusal_of, refusing
from blindbox.common.errors import DomainError
from blindbox.common.retry import TryAgain

_FEN = "（分）"


class _InputsMixin:
    """Every `*_fen` column is typed and shown in yuan; a moment is one that every database can store."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.BigIntegerField) and db_field.name.endswith("_fen"):
            label = str(db_field.verbose_name).removesuffix(_FEN)
            help_text = kwargs.get("help_text", db_field.help_text)
            return YuanField(label=label, required=not db_field.blank, help_text=help_text)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and isinstance(db_field, models.DateTimeField):
            field.validators = [*field.validators, possible_moment]
        return field


class ModelAdmin(FreshPage, _InputsMixin, UnfoldModelAdmin):
    """A page of the back office. `intro` says in one or two sentences what to do on the list."""

    intro = ""
    list_before_template = "adminkit/intro.html"
    change_form_outer_after_template = "adminkit/panels.html"
    delete_confirmation_template = "adminkit/delete.html"  # Unfold's load the form's scripts without their words
    delete_selected_confirmation_template = "adminkit/delete_selected.html"
    list_fullwidth = True
    list_filter_submit = True
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False  # a search in millions of rows must not count them all beside what it found
    empty_value_display = "—"
    warn_unsaved_form = True

    def get_urls(self) -> list[URLPattern]:
        return [of_rows_only(self.model, pattern) for pattern in super().get_urls()]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """
        Filter by no column that the page has no filter for: asking for what one begins with, over and over, would tell
        what is masked or not shown at all.
        """
        allowed: bool = super().lookup_allowed(lookup, value, request)
        return allowed and lookup.split(LOOKUP_SEP, maxsplit=1)[0] not in self._unfiltered_columns(request)

    def _unfiltered_columns(self, request: HttpRequest) -> set[str]:
        columns = {each.name for each in self.opts.concrete_fields if not (each.is_relation or each.primary_key)}
        return columns - {filter_name(each) for each in self.get_list_filter(request)}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ListOfRows]:
        return ListOfRows

    def rows_of_page(self, rows: Any) -> Any:
        """Return a page's rows, with what one question for all of them can add."""
        return rows

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Fill in nothing that an address says: it has passed no check."""
        return {}

    def response_action(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> HttpResponse | None:
        if any(row_id(self.model, chosen) is None for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise Http404
        return cast(HttpResponse | None, super().response_action(request, queryset))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        panels = []
        if request.method == "GET" and self._is_there(object_id):
            panels = panels_for(request, model=self.model._meta.label_lower, object_id=int(object_id or 0))
        context = {"panels": panels, **(extra_context or {})}
        try:
            return cast(HttpResponse, super().changeform_view(request, object_id, form_url, context))
        except (DomainError, OperationalError, TryAgain) as error:
            # the transaction of the form is undone: show the form again, with what was typed and why it is refused
            request.refusal = refusal_of(error)  # type: ignore[attr-defined]
            return cast(HttpResponse, super().changeform_view(request, object_id, form_url, context))

    def _is_there(self, object_id: str | None) -> bool:
        numbered = object_id is not None and object_id.isdecimal()
        return numbered and self.model._default_manager.filter(pk=object_id).exists()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return refusing(form, refusal) if refusal else form

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return cast(HttpResponse, super().delete_view(request, object_id, extra_context))
        except (DomainError, OperationalError, TryAgain) as error:
            messages.error(request, refusal_of(error))
            return HttpResponseRedirect("../change/")


class TabularInline(_InputsMixin, UnfoldTabularInline):
    """Rows of a child table, as a table."""

    extra = 0
    hide_title = True


class StackedInline(_InputsMixin, UnfoldStackedInline):
    """Rows of a child table, one form each."""

    extra = 0


class _NobodyWrites:
    """No add, no change, no delete, not even for superusers: such rows move by commands only."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(_NobodyWrites, ModelAdmin):
    """
    A list and pages to look at; buttons, where there are any, call services.

    `command_permissions` names what a button asks for beyond the model's own permissions, with its label.
    """

    command_permissions: ClassVar[dict[str, str]] = {}
    warn_unsaved_form = False


class ReadOnlyTabularInline(_NobodyWrites, TabularInline):
    """Rows of a child table to look at."""


def holds(permission: str) -> Any:
    """
    Return a `has_…_permission` method: whether the operator holds `app.codename`.

    Unfold accepts a dotted name on the button itself, but looks it up in the database during system checks.
    """

    def has_permission(self: Any, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(permission)

    return has_permission
