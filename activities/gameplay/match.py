"""对对碰: each draw is a session with a deck of its own; its pairs decide the prize, or its cards are the prizes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from activities.gameplay import match_config, match_story
from activities.gameplay.base import DrawContext, Gameplay, Prize, Problem, Result, Terms, register
from activities.gameplay.card_session import play
from activities.gameplay.match_config import GOODS, SCORE, Setup
from activities.gameplay.match_goods import CardsAreGoods
from activities.gameplay.match_score import ByPairs
from activities.gameplay.match_variants import Variant
from blindbox.common.fairness import shuffled_cards
from blindbox.common.money import PPM, split

_VARIANTS: Mapping[str, Variant] = {SCORE: ByPairs(), GOODS: CardsAreGoods()}


@register
class Match(Gameplay):
    """Played wholly by the rules: a member watches, and chooses at most a lucky type beforehand (docs/fairness.md)."""

    kind, label = "match", "对对碰"
    algorithm = "pairs/1"
    reward_columns: ClassVar[Sequence[str]] = ("node", "quantity", "substitute")
    odds_follow = True

    def parse_config(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        return match_config.parse(raw)

    def problems(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> list[Problem]:
        setup = match_config.read(config)
        return _variant(setup).problems(prizes, setup)

    def publish(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> tuple[Sequence[Prize], Mapping[str, Any]]:
        setup = match_config.read(config)
        if not prizes or self.problems(prizes, config):
            return prizes, config
        odds = _variant(setup).odds(prizes, setup)
        shares = zip(prizes, split(PPM, odds.weights), strict=True)
        return [replace(prize, odds_ppm=ppm) for prize, ppm in shares], {**config, "odds_by": odds.method}

    def labels(self, config: Mapping[str, Any]) -> Mapping[str, str]:
        return {"node": _variant(match_config.read(config)).node_label}

    def choices(self, config: Mapping[str, Any]) -> Sequence[str]:
        return [str(kind) for kind in match_config.read(config).lucky_types]

    def options(self, config: Mapping[str, Any]) -> frozenset[str]:
        return frozenset({"choice"}) if self.choices(config) else frozenset()

    def most_units(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> Mapping[int, int]:
        setup = match_config.read(config)
        return _variant(setup).most_units(prizes, setup)

    def overall_ppm(self, prizes: Sequence[Prize], config: Mapping[str, Any]) -> Mapping[int, int]:
        setup = match_config.read(config)
        return _variant(setup).overall_ppm(prizes, setup)

    def draw(self, context: DrawContext) -> list[Result]:
        setup = match_config.read(context.terms.config)
        rules = setup.rules(int(context.choice) if context.choice else None)
        sessions = [play(shuffled_cards(setup.counts, stream), rules) for stream in context.streams]
        return _variant(setup).settle(context, sessions)

    def replay(self, detail: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        return detail if detail and "events" in detail else None

    def story(self, promised: Terms, detail: Mapping[str, Any] | None) -> Sequence[str]:
        played = self.replay(detail)
        return match_story.of(match_config.read(promised.config), played) if played else ()


def _variant(setup: Setup) -> Variant:
    return _VARIANTS[setup.variant]
