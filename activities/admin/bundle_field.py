"""A bundle as an operator types it: one product a line, with how many of it."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from blindbox.common.adminkit import Textarea
from catalog import selectors as catalog

LINE = re.compile(r"(?P<what>.+?)\s*(?:[×xX*]\s*(?P<quantity>\d{1,4}))?$")
NUMBERED = re.compile(r"#(\d{1,18})$")
Lines = list[dict[str, int]]


class BundleField(forms.CharField):
    """「小夜灯 ×2」, a line each; a number stands for a product whose name others have too."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"rows": 2, "placeholder": "小夜灯 ×1\n毛巾 ×2"}
        super().__init__(widget=Textarea(attrs=attrs), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        cards = catalog.products_by_ids([line["product_id"] for line in value])
        return "\n".join(f"{_named(cards, line['product_id'])} ×{line['quantity']}" for line in value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value: Any) -> Lines | None:
        typed = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        found = [match.groupdict() for match in map(LINE.match, typed) if match]
        ids = _ids([each["what"] for each in found])
        return [{"product_id": ids[each["what"]], "quantity": int(each["quantity"] or 1)} for each in found] or None


def worth_of(bundle: Lines) -> tuple[int, int]:
    """Return what the products of a bundle are worth and cost together."""
    cards = catalog.products_by_ids([line["product_id"] for line in bundle])
    priced = [(cards[line["product_id"]], line["quantity"]) for line in bundle]
    worth = sum((card.price_fen or card.cost_fen) * n for card, n in priced)
    return worth, sum(card.cost_fen * n for card, n in priced)


def name_of(bundle: Lines) -> str:
    """Return a name for a bundle that was given none."""
    cards = catalog.products_by_ids([line["product_id"] for line in bundle])
    parts = [(cards[line["product_id"]].name, line["quantity"]) for line in bundle]
    return "＋".join(name if n == 1 else f"{name}×{n}" for name, n in parts)[:100]


def _named(cards: Mapping[int, Any], product_id: int) -> str:
    return cards[product_id].name if product_id in cards else f"#{product_id}"


def _ids(words: list[str]) -> dict[str, int]:
    named = catalog.ids_by_name([word for word in words if not NUMBERED.match(word)])
    return {word: _id(word, named) for word in words}


def _id(word: str, named: Mapping[str, list[int]]) -> int:
    numbered = NUMBERED.match(word)
    found = [int(numbered[1])] if numbered else named.get(word, [])
    if not found:
        raise forms.ValidationError(f"没有商品「{word}」：请写商品的全名，或编号如 #12")
    if len(found) > 1:
        numbers = "、".join(f"#{pk}" for pk in found)
        raise forms.ValidationError(f"有 {len(found)} 个商品都叫「{word}」，请写编号：{numbers}")
    return found[0]
