"""What an operator types about a box: picking numbers, locking it, buying it out, the next issue by itself."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from activities.gameplay import registry
from activities.gameplay.deck import DeckPlay
from activities.gameplay.deck_config import BUY_OUT_ENTRIES, LONGEST_LOCK, MOST_DISCOUNT_PPM, SHORTEST_LOCK
from blindbox.common.adminkit import NumberInput, PercentField, Select, WholePercentInput
from blindbox.common.money import PPM

BOXES = [kind for kind in registry.kinds() if isinstance(registry.get(kind), DeckPlay)]
PICKED = [kind for kind in BOXES if getattr(registry.get(kind), "may_pick", False)]
ALLOWED, FORBIDDEN = "allowed", "forbidden"
KEYS = frozenset({"box_lock", "buy_out", "auto_next"})


class BoxInputs(forms.Form):
    """Every box."""

    box_lock_seconds = forms.IntegerField(
        label="锁箱：每人独占几秒",
        required=False,
        min_value=SHORTEST_LOCK,
        max_value=LONGEST_LOCK,
        widget=NumberInput(),
        help_text="用户可排队独占整箱，先到先得，常用 120。留空：不能锁箱。",
    )
    buy_out_allowed = forms.ChoiceField(
        label="包箱",
        required=False,
        choices=[(ALLOWED, "可以包下剩余全部"), (FORBIDDEN, "不能包箱")],
        widget=Select(),
    )
    buy_out_discount = PercentField(
        label="包箱优惠",
        required=False,
        max_value=Decimal(MOST_DISCOUNT_PPM * 100) / PPM,
        help_text="从剩余抽数 × 单价中减去的比例，没有就留空",
    )
    buy_out_after = forms.IntegerField(
        label="售出多少之后才能包箱",
        required=False,
        min_value=0,
        max_value=BUY_OUT_ENTRIES["after_sold_percent"],
        widget=WholePercentInput(),
        help_text="留空：随时可以",
    )
    auto_next = forms.BooleanField(
        label="售罄后自动开下一期",
        required=False,
        help_text="有下一期的草稿就开放它，没有就复制本期。开不出来会出现在首页的待办里。",
    )


class PickInputs(forms.Form):
    """Boxes whose numbers may be picked."""

    pick_number = forms.BooleanField(
        label="由用户选号", required=False, help_text="勾选后用户自己挑票号；附加奖仍按售出的顺序。"
    )


def initial_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the inputs show of a configuration."""
    declared = config.get("buy_out", True)
    terms = declared if isinstance(declared, Mapping) else {}
    lock = config.get("box_lock")
    return {
        "box_lock_seconds": lock.get("seconds") if isinstance(lock, Mapping) else None,
        "buy_out_allowed": FORBIDDEN if declared is False else ALLOWED,
        "buy_out_discount": terms.get("discount_ppm") or None,
        "buy_out_after": terms.get("after_sold_percent") or None,
        "auto_next": config.get("auto_next", False),
    }


def config_of(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that say something; what is absent has its default."""
    said: dict[str, Any] = {}
    if typed.get("box_lock_seconds"):
        said["box_lock"] = {"seconds": typed["box_lock_seconds"]}
    discount, after = typed.get("buy_out_discount") or 0, typed.get("buy_out_after") or 0
    if typed.get("buy_out_allowed") == FORBIDDEN:
        said["buy_out"] = False
    elif discount or after:
        said["buy_out"] = {"discount_ppm": discount, "after_sold_percent": after}
    if typed.get("auto_next"):
        said["auto_next"] = True
    return said


def initial_of_pick(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether members pick."""
    return {"pick_number": config.get("pick_number", False)}


def config_of_pick(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether members pick, if they do."""
    return {"pick_number": True} if typed.get("pick_number") else {}
