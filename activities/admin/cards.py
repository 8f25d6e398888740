"""What the pages say about an issue: where it stands, what a draw is worth and costs, what opening it lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from activities.enums import ActivityStatus, IssueStatus
from activities.gameplay import guarantee, registry
from activities.gameplay.base import InvalidConfig
from activities.models import Activity, Issue
from activities.services import odds, opening, terms
from activities.services.odds import Offer
from activities.services.opening import OpeningPreview
from activities.services.play_config import config_of
from blindbox.common.adminkit import Tone, chip
from blindbox.common.money import yuan

NEARLY_GONE_PERCENT = 10
NEVER_PAUSE = {"deck", "s3"}  # a box sells what is in it; the tool draws what is there, or nothing
TONES: dict[str, Tone] = {
    IssueStatus.DRAFT: "default",
    IssueStatus.OPEN: "success",
    IssueStatus.CLOSING: "warning",
    IssueStatus.CLOSED: "info",
}


def status_chip(issue: Issue) -> SafeString:
    """Return where an issue stands; one that is open before its start is not under way yet."""
    now = timezone.now()
    return chip(issue.status_label(now=now), "default" if issue.waits(now=now) else TONES[issue.counter.status])


@dataclass(frozen=True)
class IssueCard:
    """An issue as the activity's page and its own page show it."""

    issue: Issue
    offers: list[Offer]
    preview: OpeningPreview

    @property
    def is_draft(self) -> bool:
        return self.issue.counter.status == IssueStatus.DRAFT

    @property
    def is_open(self) -> bool:
        return self.issue.counter.status == IssueStatus.OPEN

    @property
    def is_paused(self) -> bool:
        """A limited prize that nothing replaces is gone: no draw is sold that could win it."""
        return self.is_open and self.issue.counter.cap_left == 0

    @property
    def placed_offers(self) -> list[tuple[Offer, str]]:
        """What is offered, each with the words for the table that it is won from, where a play has several."""
        play, config = registry.get(self.issue.activity.gameplay), _config(self.issue)
        return [(offer, play.node_words(offer.reward.node, config) if config else "") for offer in self.offers]

    @property
    def has_odds(self) -> bool:
        """Tell whether the odds could be computed, whatever else a draft still lacks."""
        return any(offer.odds_ppm for offer in self.offers)

    @property
    def guarantee(self) -> str:
        """What is guaranteed, in words; empty where nothing is."""
        rule = guarantee.of(_config(self.issue))
        return f"每 {rule.within} 抽之内必得 {'、'.join(rule.levels)} 赏" if rule else ""

    @property
    def pausing(self) -> list[str]:
        """The limited prizes that nothing replaces: the sale pauses before one of them could be missing."""
        bounding = [offer.reward for offer in self.offers if offer.reward.substitute_id is None]
        if registry.get(self.issue.activity.gameplay).allocator in NEVER_PAUSE:
            return []
        return [f"{reward.level} {reward.name}" for reward in bounding if reward.quantity is not None]

    @property
    def status(self) -> str:
        said = status_chip(self.issue)
        return format_html("{} {}", said, chip("已暂停", "warning")) if self.is_paused else said

    @property
    def sold_percent(self) -> int:
        counter = self.issue.counter
        return 100 * counter.sold // counter.total if counter.total else 0

    @property
    def price(self) -> str:
        return "—" if self.preview.price_fen is None else yuan(self.preview.price_fen)

    @property
    def least_price(self) -> str:
        """The least that a draw brings, where that is not its price; empty otherwise."""
        least = self.preview.least_price_fen
        return "" if least is None or least == self.preview.price_fen else yuan(least)

    @property
    def value(self) -> str:
        return yuan(self.preview.expected_value_fen)

    @property
    def cost(self) -> str:
        return yuan(self.preview.expected_cost_fen)

    @property
    def margin(self) -> str:
        """What the cheapest draw leaves."""
        price = self.preview.least_price_fen
        if not price:
            return "—"
        left = price - self.preview.expected_cost_fen
        return f"{yuan(left)}（{100 * left / price:.1f}%）"

    @property
    def loses(self) -> bool:
        price = self.preview.least_price_fen
        return price is not None and price < self.preview.expected_cost_fen


def _config(issue: Issue) -> Mapping[str, Any]:
    if issue.terms:
        return terms.promised_by(issue).config
    try:
        return config_of(issue).own
    except InvalidConfig:  # told among the problems
        return {}


def paused() -> Q:
    """Return the issues on sale whose limited prizes bear no further draw."""
    return Q(counter__status=IssueStatus.OPEN, counter__cap_left=0)


def nothing_on_sale() -> Q:
    """Return the activities that are listed and of which no issue is on sale."""
    on_sale = Issue.objects.filter(activity=OuterRef("pk"), counter__status=IssueStatus.OPEN)
    return Q(~Exists(on_sale), status=ActivityStatus.ACTIVE)


def nearly_gone() -> Q:
    """Return the issues that are on sale and of which a tenth or less is left."""
    few_left = Q(counter__sold__gte=F("counter__total") * (100 - NEARLY_GONE_PERCENT) / 100)
    return Q(counter__status=IssueStatus.OPEN) & few_left


def card_of(issue: Issue) -> IssueCard:
    """Return the card of one issue."""
    preview = opening.preview(issue_id=issue.pk, now=timezone.now())
    offers = odds.offers(issue)
    return IssueCard(issue, offers if issue.terms else _as_published(offers, preview.odds_ppm), preview)


def _as_published(offers: Sequence[Offer], odds_ppm: Mapping[int, int]) -> list[Offer]:
    """Return what a draft offers with the odds that opening would publish."""
    known = {offer.reward.pk: odds_ppm.get(offer.reward.pk, offer.odds_ppm) for offer in offers}
    return [replace(offer, odds_ppm=known[offer.reward.pk]) for offer in offers]


def cards_of(activity: Activity, *, most: int) -> list[IssueCard]:
    """Return the cards of an activity's newest issues."""
    issues = activity.issues.select_related("counter", "activity").order_by("-number")
    return [card_of(issue) for issue in issues[:most]]
