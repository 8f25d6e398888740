"""What an operator's browser sends to pages of the back office, and how to read what comes back."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

from django.contrib import admin
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, Issue
from orders.enums import PayWith
from orders.payments import callbacks
from tests.factories.accounts import make_invite, make_member
from tests.factories.activities import open_box
from tests.factories.orders import buy, make_notice

PAGES = sorted(admin.site._registry.items(), key=lambda item: item[0]._meta.label)


def admin_url(model: Any, page: str, *args: Any) -> str:
    """Return the address of a model's page: admin_url(Order, "changelist")."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def a_days_trade() -> None:
    """Make a few rows of everything that a sale leaves behind."""
    now = timezone.now()
    issue = open_box(total=50, now=now - timedelta(minutes=5), name=f"活动{Issue.objects.count()}")
    payer, friend = make_member(points_balance=5000, now=now), make_member(now=now)
    make_invite(inviter=payer, invitee=friend)
    buy(payer, issue, count=3, pay_with=PayWith.POINTS, now=now)
    callbacks.record(make_notice(buy(friend, issue, now=now)), gateway="wechat_v3", now=now)


def press(client: Client, model: str, button: str, object_id: int, **answers: Any) -> Any:
    """Send a button's modal: press(office, "accounts.member", "disable", 7, reason="刷单")."""
    app, name = model.split(".")
    url = reverse(f"admin:{app}_{name}_{button}", args=[object_id])
    return client.post(url, {"_form_submitted": "True", **answers}, headers={"HX-Request": "true"})


def save(client: Client, url: str, sent: dict[str, Any]) -> Any:
    """Open a page and send its form with these inputs and the page's own note of what it showed."""
    shown = inputs_of(client.get(url)).get("_shown", "")
    return client.post(url, {"_shown": shown, **sent})


def open_by_dialog(client: Client, issue_id: int, **answers: Any) -> Any:
    """Look at the modal that opens an issue, and confirm what it shows."""
    shown = inputs_of(client.get(admin_url(Issue, "open_issue", issue_id)))
    return press(client, "activities.issue", "open_issue", issue_id, draft=shown["draft"], **answers)


def inputs_of(page: Any) -> dict[str, Any]:
    """Return what a browser would send of a page's form if nothing was typed."""
    form = _Inputs()
    form.feed(page.content.decode())
    return form.sent


class _Inputs(HTMLParser):
    """Reads inputs, text areas and what is selected, of the forms that are sent by POST."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, Any] = {}
        self._posted, self._name, self._many = False, "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name, value, kind = has.get("name") or "", has.get("value") or "", has.get("type")
        if tag == "form":
            self._posted = has.get("method") == "post"
        elif not self._posted or "disabled" in has:
            return
        elif tag == "input" and name and kind not in ("submit", "button"):
            self._keep(name, value, many="checked" in has, told=kind not in ("checkbox", "radio") or "checked" in has)
        elif tag in ("textarea", "select"):
            self._name, self._many = name, "multiple" in has
        elif tag == "option":
            self._keep(self._name, value, many=self._many, told="selected" in has)

    def handle_data(self, data: str) -> None:
        if self._name and self.lasttag == "textarea":
            self.sent[self._name] = self.sent.get(self._name, "") + data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self._name = ""

    def _keep(self, name: str, value: str, *, many: bool, told: bool) -> None:
        if told and name:
            self.sent[name] = [*self.sent.get(name, []), value] if many else value


def said(response: Any) -> list[str]:
    """Return the messages that the next page will show."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def rows(prefix: str, *rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """Return the fields of an inline table as a browser names them."""
    sent = {f"{prefix}-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}
    totals = {"TOTAL_FORMS": len(rows), "INITIAL_FORMS": initial, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
    return {**sent, **{f"{prefix}-{name}": value for name, value in totals.items()}}


def typed_activity(category_id: int, **changes: str) -> dict[str, Any]:
    """Return what a browser sends for a new activity without any price, its gameplay and inputs to be said."""
    return {
        "name": "森林", "category": category_id, "price_fen": "", "price_points": "", "starts_at_0": "2026-01-01",
        "starts_at_1": "00:00", "ends_at_0": "", "ends_at_1": "", "status": "active", "largest_order": "10",
        "bundle_prices": "", "tags": "", "cover_url": "", "description": "", "rules": "", **changes,
    }  # fmt: skip


def added_activity(client: Client, category_id: int, **typed: str) -> tuple[dict[str, Any] | None, str]:
    """Add an activity; return its configuration, or None and the page where it was refused."""
    page = client.post("/admin/activities/activity/add/", typed_activity(category_id, **typed))
    made = Activity.objects.filter(name="森林").first()
    return (made.config if made else None), page.content.decode()
