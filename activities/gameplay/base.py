"""
The contract of a gameplay (玩法): a pure rule, given everything it may use, that says what a batch yields.

Adding one is a file here with a subclass under `@register` and a table-driven test; no other file changes. Pure means
no Django, no clock, no random source: the same context gives the same outcome to us and to whoever verifies it.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from blindbox.common.fairness import PPM, Stream

_KEY = re.compile(r" ?[A-Za-z_.]+（([^）]*)）")


class InvalidConfig(Exception):
    """
    A configuration that the gameplay cannot play. The text is Chinese and names an entry by its key, with the word that
    the back office has for it in brackets: whoever sends JSON knows the one, an operator the other.
    """

    @property
    def in_words(self) -> str:
        """The text without keys: hand（开局张数）必须是… → 开局张数必须是…"""
        return _KEY.sub(r"\1", str(self))


@dataclass(frozen=True)
class Prize:
    """A reward as the frozen terms state it."""

    id: int
    level: str
    name: str
    kind: str
    position: str
    quantity: int | None
    odds_ppm: int | None
    points: int | None = None
    product_id: int | None = None
    coupon_id: int | None = None
    amount_fen: int | None = None
    bundle: Sequence[tuple[int, int]] = ()  # product id and how many
    position_n: int | None = None
    node: int | None = None
    weight: int | None = None
    substitute_id: int | None = None
    is_fallback: bool = False
    image_url: str = ""
    reference_value_fen: int = 0


@dataclass(frozen=True)
class Release:
    """Units of a limited prize that come into an issue at a moment."""

    reward_id: int
    at: datetime
    quantity: int


@dataclass(frozen=True)
class Terms:
    """What an issue promised when it opened, read back from the published text."""

    issue_id: int
    activity_id: int
    title: str
    gameplay: str
    algorithm: str
    price_fen: int | None
    price_points: int | None
    bundle_prices: Mapping[int, int]
    total: int | None
    endgame: int
    hold_seconds: int
    largest_order: int
    starts_at: datetime
    ends_at: datetime | None
    prizes: Sequence[Prize]
    config: Mapping[str, Any] = field(default_factory=dict)  # the play's own entries, as `parse_config` returned them
    releases: Sequence[Release] = ()  # a limited prize that none names is there from the start
    stops_at_loss: bool = False  # the sale stops by itself where a loss budget ends that was approved beforehand
    terms_hash: str = ""
    prize_by_id: Mapping[int, Prize] = field(default_factory=dict)

    @property
    def allocator(self) -> str:
        """The kernel's part that serves this algorithm: `deck/1` is served by `deck`."""
        return self.algorithm.partition("/")[0]

    @property
    def picks_numbers(self) -> bool:
        """Whether members pick their ticket numbers, so that a ticket's number is not that of its sale."""
        return bool(self.config.get("pick_number"))

    @property
    def buy_out(self) -> Mapping[str, int]:
        """What was declared of buying all that is left: its discount, and from when on."""
        declared = self.config.get("buy_out")
        return declared if isinstance(declared, Mapping) else {}

    def price_of(self, count: int) -> int:
        """Return the cash price of that many draws: a bundle's where one is offered, else count × price."""
        return self.bundle_prices.get(count, count * (self.price_fen or 0))


@dataclass(frozen=True)
class DrawContext:
    """
    What a draw may depend on. A deck play gets sale positions, tickets and the committed deck; a weighted play one roll
    a draw; a play by session one stream a session; a play on released stock what was left before each draw.
    """

    terms: Terms
    count: int
    positions: Sequence[int] = ()
    tickets: Sequence[int] = ()  # the numbers that were picked, in that order; empty where positions are dealt
    deck: Sequence[int] = field(default=(), repr=False)  # what is not drawn yet is secret, so it is never printed
    bonus_at: Mapping[int, Sequence[int]] = field(default_factory=dict, repr=False)
    rolls: Sequence[int] = ()
    streams: Sequence[Stream] = field(default=(), repr=False)
    choice: str = ""
    misses: int = 0  # draws since the last that met the guarantee
    facts: Mapping[str, Any] = field(default_factory=dict)  # what only one allocator knows: node, stock, version


class Result(NamedTuple):  # a batch makes many of these: a frozen dataclass takes several times as long to make
    """One line of an outcome. A bonus names the line that brought it; `detail` is what the play itself records."""

    reward_id: int
    sale_no: int | None = None
    ticket_no: int | None = None
    roll: int | None = None
    bonus_of: int | None = None
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Problem:
    """Why a set of rewards cannot be opened, in Chinese."""

    text: str


class Gameplay(ABC):
    """One way to draw."""

    kind: ClassVar[str]
    label: ClassVar[str]
    offered: ClassVar[bool] = True  # False: only once an operator switches it on in the settings
    algorithm: ClassVar[str]
    reward_columns: ClassVar[Sequence[str]] = ("quantity",)  # what an operator fills in beside name, prize and worth
    odds_follow: ClassVar[bool] = False  # the odds follow from the configuration; nobody types them
    may_be_free: ClassVar[bool] = False  # without any price a draw costs nothing

    @property
    def allocator(self) -> str:
        """The kernel's part that serves this play."""
        return self.algorithm.partition("/")[0]

    @abstractmethod
    def problems(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Problem]:
        """Return why these rewards cannot be published under this configuration, empty if they can."""

    @abstractmethod
    def draw(self, context: DrawContext) -> list[Result]:
        """Return the results of a batch, its own lines first, bonuses after them."""

    def worth_problems(self, prizes: Sequence[Prize], *, price_fen: int) -> list[Problem]:
        """Return why these rewards are not worth what a draw costs, where the play promises that each is."""
        return []

    def total(self, prizes: Sequence[Prize]) -> int | None:
        """Return how many draws there are to sell, None without a limit."""
        return None

    def endgame(self, prizes: Sequence[Prize], *, largest_order: int) -> int:
        """Return E: below this remainder one hold at a time (docs/fairness.md)."""
        return 0

    def overall_ppm(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> Mapping[int, int]:
        """Return how often a draw brings each prize on the mean, in ppm: what a margin and a simulation are held to."""
        total = self.total(prizes)
        if total:
            return {prize.id: (prize.quantity or 0) * PPM // total for prize in prizes}
        return {prize.id: prize.odds_ppm or 0 for prize in prizes}

    def progresses(self, config: Mapping[str, Any]) -> bool:
        """Tell whether what a member drew before changes what their next draw may yield: they are on the way to it."""
        return False

    def options(self, config: Mapping[str, Any]) -> frozenset[str]:
        """Return which fields of a purchase only some plays have: ticket_nos, buy_out, choice, pass."""
        return frozenset()

    def prize_index(self, promised: Terms, reward_id: int) -> int | None:
        """Return where the client's wheel or grid shows this reward; None for plays that have neither."""
        return None

    def labels(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        """Return what a column of the rewards is called, where this play means something of its own by it."""
        return {}

    def columns(self, config: Mapping[str, Any]) -> Sequence[str]:
        """Return which of the reward columns this configuration reads."""
        return self.reward_columns

    def in_yuan(self, config: Mapping[str, Any]) -> frozenset[str]:
        """Return which columns of the rewards hold fen without saying so in their name."""
        return frozenset()

    def node_words(self, node: int | None, config: Mapping[str, Any]) -> str:
        """Return in Chinese which of the play's tables a node is; empty where there is one."""
        return ""

    def choices(self, config: Mapping[str, Any]) -> Sequence[str]:
        """Return what a purchase must choose from, the one that brings most first; empty without a choice."""
        return ()

    def publish(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> tuple[Sequence[Prize], Mapping[str, Any]]:
        """Return what the terms state: a play whose odds follow from its rules adds them here."""
        return prizes, config

    def most_units(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> Mapping[int, int]:
        """Return how many units of a limited prize one draw may yield; what is not named, one."""
        return {}

    def replay(self, detail: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """Return what of a result's record a client shows step by step; None where there is nothing to show."""
        return None

    def story(self, promised: Terms, detail: Mapping[str, Any] | None) -> Sequence[str]:
        """Return in Chinese what happened, step by step; empty where there is nothing to tell beside the result."""
        return ()

    def implied(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Prize]:
        """Return the prizes that the rules call for and nobody listed; opening adds them, as every draw has one."""
        return []

    def merged_config(self, activity: Mapping[str, Any], issue: Mapping[str, Any]) -> dict[str, Any]:
        """Return the configuration of an issue: the activity's with the issue's own over it."""
        return {**activity, **issue}

    def parse_config(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return the play's own configuration, validated; it is published with the terms.

        :raises InvalidConfig: naming the entry and why
        """
        if raw:
            raise InvalidConfig(f"本玩法没有配置项：{'、'.join(sorted(raw))}")
        return {}


_plays: dict[str, Gameplay] = {}


def register(play: type[Gameplay]) -> type[Gameplay]:
    """Make a gameplay known under its kind."""
    _plays[play.kind] = play()
    return play


def registered() -> Mapping[str, Gameplay]:
    return _plays
