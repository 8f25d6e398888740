"""What cells show: chips, money, pictures, links."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action as unfold_action
from unfold.decorators import display as unfold_display

from blindbox.common.money import yuan
from blindbox.common.text import masked

F = TypeVar("F", bound=Callable[..., Any])
Tone = Literal["success", "info", "warning", "danger", "primary", "default"]
Column = Callable[[Any], Any]
NOTHING = "—"
PICTURE = '<img class="{0}" src="{1}" width="{2}" height="{2}" loading="lazy" referrerpolicy="no-referrer" alt="">'


def display(description: str, **options: Any) -> Callable[[F], F]:
    """Name a column; options are Unfold's (label, header, boolean, ordering, image)."""
    return cast(Callable[[F], F], unfold_display(description=description, **options))


def action(description: str, **options: Any) -> Callable[[F], F]:
    """Make a button or a bulk action; options are Unfold's (permissions, icon, variant, url_path)."""
    return cast(Callable[[F], F], unfold_action(description=description, **options))


def chip(text: str, tone: Tone = "default") -> SafeString:
    """Return a status as a coloured label."""
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": tone, "size": "md"})


def chip_column(field: str, description: str, tones: Mapping[str, Tone]) -> Column:
    """Return a column that shows a choice's Chinese label as a chip."""

    @display(description, ordering=field)
    def column(obj: Any) -> SafeString:
        label = str(getattr(obj, f"get_{field}_display")())
        return chip(label, tones.get(getattr(obj, field), "default")) if label else SafeString(NOTHING)

    return _named(column, f"{field}_chip")


def yuan_column(field: str, description: str) -> Column:
    """Return a column that shows fen as yuan."""

    @display(description, ordering=field)
    def column(obj: Any) -> str:
        fen = getattr(obj, field)
        return NOTHING if fen is None else yuan(fen)

    return _named(column, f"{field}_yuan")


def points_column(field: str, description: str) -> Column:
    """Return a column that shows a signed number of points."""

    @display(description, ordering=field)
    def column(obj: Any) -> SafeString:
        return signed(getattr(obj, field))

    return _named(column, f"{field}_points")


def signed(delta: int) -> SafeString:
    """Return a change of a balance, its direction coloured."""
    return format_html('<span class="bb-{}">{}</span>', "minus" if delta < 0 else "plus", f"{delta:+d}")


def links_column(field: str, description: str) -> Column:
    """Return a column that shows a foreign key as a link to its page."""

    @display(description, ordering=field)
    def column(obj: Any) -> SafeString | str:
        target = getattr(obj, field)
        return NOTHING if target is None else link(str(target), target._meta.label_lower, target.pk)

    return _named(column, f"{field}_link")


def _named(column: Column, name: str) -> Column:
    column.__name__ = name
    return column


def list_url(model: str, query: str = "") -> str:
    """Return the address of a model's list; `model` is `app.model` in lower case."""
    return reverse(f"admin:{model.replace('.', '_')}_changelist") + query


def link(text: str, model: str, pk: int) -> SafeString:
    """Return a link to the page of one row."""
    url = reverse(f"admin:{model.replace('.', '_')}_change", args=[pk])
    return format_html('<a class="bb-link" href="{}">{}</a>', url, text)


def thumbnail(url: str, *, size: int = 36) -> SafeString:
    """Return a picture, or a grey square where there is none."""
    if not url:
        return format_html('<span class="bb-thumb" style="width:{0}px;height:{0}px"></span>', size)
    return format_html(PICTURE, "bb-thumb", url, size)


def avatar(url: str, name: str, *, size: int = 28) -> SafeString:
    """Return a member's picture, or an initial: members write the address, so only known hosts get to see operators."""
    if is_own_picture(url) or _is_of_known_host(url):
        return format_html(PICTURE, "bb-thumb bb-round", url, size)
    initial = next((letter for letter in name if not letter.isspace()), "？").upper()
    return format_html('<span class="bb-thumb bb-round bb-initial" style="--size:{}px">{}</span>', size, initial)


def is_own_picture(url: str) -> bool:
    """Tell whether an address lies on this server."""
    return url.startswith("/") and not url.startswith(("//", "/\\"))


def _is_of_known_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and parts.netloc in settings.AVATAR_HOSTS


def coded(text: str, code: str) -> SafeString:
    """Return what people call something, with the code that technicians search for small beside it."""
    if text.endswith(code):
        return format_html("{}", text)
    return format_html('{} <span class="bb-code">{}</span>', text, code)


def copyable(text: str) -> SafeString:
    """Return a code that people pass on, with a button that copies it."""
    button = '<button type="button" class="bb-link" data-copy="{0}">复制</button>'
    return format_html("<code>{0}</code> " + button, text)


def json_block(value: Any) -> SafeString | str:
    """Return JSON as people can read it."""
    if not value:
        return NOTHING
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    return format_html('<pre class="bb-json">{}</pre>', text)


def personal(code: str | None, *, whole: bool) -> str:
    """Return a phone number or WeChat's name of a person, masked for those who may not see the whole."""
    return (code if whole else masked(code or "")) or NOTHING


def local_time(moment: datetime | None) -> str:
    """Return a moment on the operators' clock."""
    return NOTHING if moment is None else timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")
