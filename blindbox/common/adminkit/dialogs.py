"""Buttons that ask in a modal first. Unfold loads the modal by htmx, so the answer names the next page in a header."""

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import action as unfold_action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from blindbox.common.adminkit.refusals import refusal_of
from blindbox.common.errors import DomainError
from blindbox.common.retry import TryAgain

DIALOG = "unfold/helpers/dialog.html"
PRIMARY = ActionVariant.PRIMARY
A = TypeVar("A", bound=Callable[..., Any])


class DialogForm(BaseDialogForm):
    """The form of a modal; refusals stand above its fields."""

    def render_before_template(self) -> str:
        errors = render_to_string("adminkit/dialog_errors.html", {"errors": self.non_field_errors()})
        return format_html("{}{}", errors, super().render_before_template())


class ReasonForm(DialogForm):
    """Asks why; the answer goes into the operation log."""

    reason = forms.CharField(
        label="原因",
        max_length=200,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="会写入操作日志，供日后查对",
    )


def dialog_action(
    title: str, *, description: str = "", form: type[DialogForm] = ReasonForm, submit: str = "确定", **options: Any
) -> Callable[[A], A]:
    """
    Make a button whose command `(self, request, form, object_id)` runs after the modal was sent.

    The command returns the sentence that the operator reads next, or that and where. A refusal stays in the modal.
    """
    dialog = {"title": title, "description": description, "form_class": form, "form_submit_text": submit}

    def decorate(command: A) -> A:
        def run(self: Any, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
            try:
                done = command(self, request, form, int(object_id))
            except (DomainError, OperationalError, TryAgain, ObjectDoesNotExist) as error:
                form.add_error(None, refusal_of(error))
                return render(request, DIALOG, {"dialog": dialog, "form": form, "form_submit_text": submit})
            said, url = done if isinstance(done, tuple) else (done, _page_of(request, self.model, object_id))
            messages.success(request, said)
            return redirect_by_htmx(url)

        run.__name__ = command.__name__  # Unfold finds a button's permissions by this name
        return cast(A, unfold_action(description=title, dialog=dialog, **options)(run))

    return decorate


def redirect_by_htmx(url: str) -> HttpResponse:
    """Leave the modal for another page; a plain redirect would be loaded into the modal."""
    return HttpResponse(headers={"HX-Redirect": url})


def _page_of(request: HttpRequest, model: Any, object_id: str) -> str:
    """Return the page that the modal lies over, else the object's own."""
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    if shown.path.startswith(reverse("admin:index")):
        return shown.path + (f"?{shown.query}" if shown.query else "")
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[object_id])
