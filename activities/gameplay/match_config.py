"""What an operator sets up of a 对对碰: its cards, and how many of them come for what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activities.gameplay.base import InvalidConfig
from activities.gameplay.card_session import Rules
from activities.gameplay.values import whole

SCORE, GOODS = "score", "goods"
VARIANTS = {SCORE: "按对数得奖", GOODS: "翻牌即得"}
MOST_TYPES, MOST_CARDS, MOST_GAIN, LARGEST_TYPE = 40, 120, 20, 9999
FEWEST_CARDS = 2
LONGEST_NAME, LONGEST_URL = 20, 500
_CARD = {"type", "name", "count"}
_IMAGE_URL = re.compile(r"(https?://|/)[\x21-\x7e]*")


@dataclass(frozen=True)
class Card:
    """A type of cards: all of them are equal, and two of them are a pair."""

    type: int
    name: str
    count: int


@dataclass(frozen=True)
class Setup:
    """A configuration as it was published."""

    variant: str
    cards: Sequence[Card]
    hand: int
    gain: int
    lucky_gain: int
    different_gain: int

    @property
    def counts(self) -> tuple[tuple[int, int], ...]:
        """How many cards there are of each type, in the order in which they are laid out before they are shuffled."""
        return tuple((card.type, card.count) for card in self.cards)

    @property
    def lucky_types(self) -> list[int]:
        """The types that a purchase may choose, the most numerous first; none where a choice brings nothing."""
        if not self.lucky_gain:
            return []
        return [card.type for card in sorted(self.cards, key=lambda card: (-card.count, card.type))]

    def rules(self, lucky: int | None = None) -> Rules:
        return Rules(self.hand, self.gain, lucky, self.lucky_gain if lucky is not None else 0, self.different_gain)


def read(config: Mapping[str, Any]) -> Setup:
    """Return what `parse` returned as values."""
    cards = [Card(each["type"], each["name"], each["count"]) for each in config["cards"]]
    extras = config.get("lucky_gain", 0), config.get("different_gain", 0)
    return Setup(config["variant"], cards, config["hand"], config["gain"], *extras)


def parse(raw: Mapping[str, Any]) -> dict[str, Any]:
    """:raises InvalidConfig: naming in Chinese what is wrong"""
    variant = raw.get("variant", SCORE)
    if not isinstance(variant, str) or variant not in VARIANTS:
        raise InvalidConfig(f"variant（玩法变体）必须是 {SCORE}（{VARIANTS[SCORE]}）或 {GOODS}（{VARIANTS[GOODS]}）")
    _refuse_unknown(raw, variant)
    cards = _cards(raw.get("cards"))
    most = sum(card["count"] for card in cards)
    made: dict[str, Any] = {
        "variant": variant,
        "cards": cards,
        "hand": whole(raw.get("hand"), "hand（开局张数）", least=1, most=most),
        "gain": whole(raw.get("gain", 1), "gain（每对补牌）", least=1, most=MOST_GAIN),
    }
    return made | _extras(raw, made["hand"]) if variant == GOODS else made


def _refuse_unknown(raw: Mapping[str, Any], variant: str) -> None:
    known = {"variant", "cards", "hand", "gain"} | ({"lucky_gain", "different_gain"} if variant == GOODS else set())
    if set(raw) - known:
        raise InvalidConfig(f"「{VARIANTS[variant]}」没有配置项：{'、'.join(sorted(set(raw) - known))}")


def _extras(raw: Mapping[str, Any], hand: int) -> dict[str, int]:
    extras = {
        "lucky_gain": whole(raw.get("lucky_gain", 0), "lucky_gain（幸运牌加牌）", least=0, most=MOST_GAIN),
        "different_gain": whole(raw.get("different_gain", 0), "different_gain（全不同加牌）", least=0, most=MOST_GAIN),
    }
    if extras["different_gain"] and hand < 2:
        raise InvalidConfig("开局只有一张牌时总是全不同，different_gain（全不同加牌）要填 0")
    return extras


def _cards(raw: Any) -> list[dict[str, Any]]:
    if not isinstance(raw, list) or not 1 <= len(raw) <= MOST_TYPES:
        raise InvalidConfig(f"cards（牌组）要有 1 到 {MOST_TYPES} 种牌")
    cards = [_card(each) for each in raw]
    for name, word in (("type", "牌号"), ("name", "名称")):
        if len({card[name] for card in cards}) != len(cards):
            raise InvalidConfig(f"cards（牌组）里有重复的{word}")
    total = sum(card["count"] for card in cards)
    if not FEWEST_CARDS <= total <= MOST_CARDS:
        raise InvalidConfig(f"cards（牌组）一共 {total} 张，应为 {FEWEST_CARDS} 到 {MOST_CARDS} 张")
    return cards


def _card(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict) or not set(raw) - {"image_url"} == _CARD:
        raise InvalidConfig("cards（牌组）的每一种必须有 type、name、count，可以有 image_url")
    name, image_url = raw["name"], raw.get("image_url", "")
    if not isinstance(name, str) or not 1 <= len(name.strip()) == len(name) <= LONGEST_NAME:
        raise InvalidConfig(f"牌的 name（名称）必须是 1 到 {LONGEST_NAME} 个字，首尾没有空格")
    card = {
        "type": whole(raw["type"], f"「{name}」的 type（牌号）", least=0, most=LARGEST_TYPE),
        "name": name,
        "count": whole(raw["count"], f"「{name}」的 count（张数）", least=1, most=MOST_CARDS),
    }
    return card | {"image_url": _image(name, image_url)} if image_url else card


def _image(name: str, url: Any) -> str:
    if not isinstance(url, str) or len(url) > LONGEST_URL or not _IMAGE_URL.fullmatch(url):
        raise InvalidConfig(f"「{name}」的 image_url（图片）必须是 http(s):// 开头的地址或本站路径")
    return url
