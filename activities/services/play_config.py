"""What an operator may set beside a play's own options: bundle prices, the largest order, whether a purse may pay."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from activities.gameplay import registry
from activities.gameplay.base import InvalidConfig
from activities.gameplay.values import flag, whole
from activities.models import Issue

LARGEST_ORDER = 10
MOST_DRAWS = 100
MOST_BUNDLES = 10
DEAREST_BUNDLE_FEN = 10**10
SHARED = ("bundle_prices", "largest_order", "allow_wallet")  # entries that every gameplay has


@dataclass(frozen=True)
class PlayConfig:
    """An activity's or issue's configuration, read."""

    bundle_prices: Mapping[int, int]
    largest_order: int
    allow_wallet: bool
    own: Mapping[str, Any]


def read(gameplay: str, raw: Any) -> PlayConfig:
    """:raises InvalidConfig: naming in Chinese what is wrong"""
    if not isinstance(raw, dict):
        raise InvalidConfig("配置必须是 JSON 对象")
    rest = dict(raw)
    return PlayConfig(
        bundle_prices=_bundles(rest.pop("bundle_prices", [])),
        largest_order=whole(
            rest.pop("largest_order", LARGEST_ORDER), "largest_order（每单最多抽数）", least=1, most=MOST_DRAWS
        ),
        allow_wallet=flag(rest.pop("allow_wallet", False), "allow_wallet"),
        own=registry.get(gameplay).parse_config(rest),
    )


def config_of(issue: Issue) -> PlayConfig:
    """Return what holds for an issue: the activity's configuration with the issue's own over it."""
    return of_issue(issue.activity.gameplay, issue.activity.config, issue.config)


def of_issue(gameplay: str, activity: Mapping[str, Any], issue: Mapping[str, Any]) -> PlayConfig:
    """:raises InvalidConfig: naming in Chinese what is wrong with what holds for an issue"""
    return read(gameplay, registry.get(gameplay).merged_config(activity, issue))


def _bundles(raw: Any) -> dict[int, int]:
    if not isinstance(raw, list) or len(raw) > MOST_BUNDLES:
        raise InvalidConfig(f"bundle_prices（多抽优惠价）必须是列表，最多 {MOST_BUNDLES} 项")
    bundles: dict[int, int] = {}
    for entry in raw:
        if not isinstance(entry, dict) or set(entry) != {"count", "price_fen"}:
            raise InvalidConfig("bundle_prices（多抽优惠价）的每一项必须有 count 和 price_fen")
        count = whole(entry["count"], "bundle_prices.count（多抽优惠价的抽数）", least=1, most=MOST_DRAWS)
        bundles[count] = whole(
            entry["price_fen"],
            "bundle_prices.price_fen（多抽优惠价的总价，单位是分）",
            least=1,
            most=DEAREST_BUNDLE_FEN,
        )
    return bundles
