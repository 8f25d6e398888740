"""What the buttons of an issue say before they act."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from activities.admin import prices
from activities.admin.cards import card_of
from activities.admin.drop_inline import has_plan
from activities.admin.frozen import frozen
from activities.errors import IssueNotFound
from activities.gameplay import registry
from activities.gameplay.base import Terms
from activities.models import Issue
from activities.services import closing, ends, loss_watch, opening, terms
from activities.services.glue import planning
from blindbox.common.adminkit import ReasonForm, YuanField
from blindbox.common.money import yuan
from catalog import selectors as catalog


def issue_or_404(issue_id: Any) -> Issue:
    """:raises IssueNotFound: if there is none"""
    issue = Issue.objects.select_related("activity", "counter").filter(pk=issue_id).first()
    if issue is None:
        raise IssueNotFound
    return issue


def _prices(promised: Terms) -> list[str]:
    """Return in words each price that opening freezes; none of a free issue."""
    single = prices.single(fen=promised.price_fen, points=promised.price_points)
    bundles = [f"{count} 抽套餐 {yuan(fen)}" for count, fen in sorted(promised.bundle_prices.items())]
    return [f"单抽 {single}", *bundles] if single else []


class OpenForm(ReasonForm):
    """Shows what opening does; with a problem left there is nothing to confirm."""

    form_before_template = "backoffice/open_preview.html"

    def clean(self) -> dict[str, Any]:
        problems = opening.preview(issue_id=int(self.object_id), now=timezone.now()).problems
        if problems:
            raise forms.ValidationError("还不能开放，请先解决下面列出的问题")
        return {**self.cleaned_data, "draft": self.data.get("draft", "")}

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> dict[str, Any]:
        issue = issue_or_404(object_id)
        draft = opening.draft_print(issue.pk)  # read before all that is shown: what changes in between is refused
        card = card_of(issue)
        promised = None if card.preview.problems else terms.rehearsed(issue)
        preview, cards = card.preview, catalog.products_by_ids(list(card.preview.stock_needed))
        return {
            "issue": issue,
            "draft": draft,
            "preview": preview,
            "prices": [] if promised is None else _prices(promised),
            "frozen": [] if promised is None else frozen(promised),
            "value": yuan(preview.expected_value_fen),
            "cost": yuan(preview.expected_cost_fen),
            "stock": [(cards[pk].name, n, cards[pk].stock - n) for pk, n in preview.stock_needed.items()],
            "by_odds": [(offer, place) for offer, place in card.placed_offers if offer.odds_ppm is not None],
            "releases": planning.plan_of(issue.pk),
            "guarantee": card.guarantee,
            "pausing": card.pausing,
            "is_tool": has_plan(issue),
            "is_box": registry.get(issue.activity.gameplay).allocator == "deck",
            "binds": promised is not None and ends.binds(promised),
            "stops_at_loss": promised is not None and promised.stops_at_loss,
        }


class ApproveLossForm(ReasonForm):
    """Asks how much an issue may lose."""

    budget_fen = YuanField(label="亏损预算")
    field_order = ["budget_fen", "reason"]

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> dict[str, Any]:
        preview = opening.preview(issue_id=int(object_id))
        whole = None if preview.whole_loss_fen is None else yuan(preview.whole_loss_fen)
        delay = int(loss_watch.EVERY.total_seconds())
        return {"loss": yuan(preview.expected_loss_fen), "whole": whole, "delay": delay}

    form_before_template = "backoffice/loss_preview.html"


class CloseForm(ReasonForm):
    """Shows what closing does, and the rule that a sale binds the shop."""

    form_before_template = "backoffice/close_preview.html"

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> dict[str, Any]:
        issue = issue_or_404(object_id)
        refusal = closing.refusal(issue, now=timezone.now())
        return {"issue": issue, "ends_at": terms.of_issue(issue.pk).ends_at, "refusal": refusal}
