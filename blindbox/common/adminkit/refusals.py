"""A service's refusal is an answer to the operator, not a server error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.forms import ModelForm
from django.http import HttpRequest

from blindbox.common.errors import DomainError, Invalid
from blindbox.common.retry import is_lock_conflict

BUSY = "数据刚被别人修改，请再试一次"
GONE = "这一条已经不存在，可能刚被别人删除"


def refusal_of(error: Exception) -> str:
    """
    Return a refusal as a sentence, with the fields that it names.

    :raises Exception: the error itself, if it is none that an operator can act on
    """
    if isinstance(error, Invalid) and error.fields:
        return "；".join(each["message"] for each in error.fields)
    if isinstance(error, DomainError):
        return str(error)
    if isinstance(error, ObjectDoesNotExist):
        return GONE
    if is_lock_conflict(error):
        return BUSY
    raise error


@contextmanager
def explaining(request: HttpRequest) -> Iterator[None]:
    """Show a service's refusal as a message on the next page."""
    try:
        yield
    except DomainError as error:
        messages.error(request, refusal_of(error))


def refusing(form: "type[ModelForm[Any]]", refusal: str) -> "type[ModelForm[Any]]":
    """Return a form that says what a service said, and so does not save again."""

    class Refused(form):  # type: ignore[valid-type,misc]
        def clean(self) -> Any:
            cleaned = super().clean()
            self.add_error(None, refusal)
            return cleaned

    return Refused
