"""What an operator types about a 对对碰: its cards as a table, and how many of them come for what."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from activities.gameplay import match_config
from activities.gameplay.match_config import GOODS, MOST_CARDS, MOST_GAIN, SCORE, VARIANTS
from blindbox.common.adminkit import NumberInput, Select, TextInput

KIND = "match"
BLANK_ROWS = 4
_EMPTY = {"type": "", "name": "", "count": "", "image_url": ""}
Row = Mapping[str, Any]


class CardsTable(forms.Widget):
    """A row a type; the script adds more rows, and without it a few blank ones are there."""

    columns: ClassVar[dict[str, tuple[str, forms.Widget]]] = {
        "type": ("牌号", NumberInput(attrs={"min": 0, "placeholder": "自动"})),
        "name": ("名称", TextInput(attrs={"maxlength": match_config.LONGEST_NAME})),
        "count": ("张数", NumberInput(attrs={"min": 1})),
        "image_url": ("图片地址（可不填）", TextInput(attrs={"maxlength": match_config.LONGEST_URL})),
    }

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        listed = list(value or [])
        rows = [*listed, *[_EMPTY] * (1 if listed else BLANK_ROWS)]
        context = {
            "name": name,
            "titles": [title for title, _ in self.columns.values()],
            "rows": [self._inputs(name, row) for row in rows],
            "empty": self._inputs(name, _EMPTY),
        }
        return mark_safe(render_to_string("backoffice/cards_table.html", context))  # noqa: S308  a template escapes

    def _inputs(self, name: str, row: Row) -> list[SafeString]:
        return [
            widget.render(f"{name}-{column}", row.get(column, ""), {"aria-label": title})
            for column, (title, widget) in self.columns.items()
        ]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        sent = [data.getlist(f"{name}-{column}") for column in self.columns]
        rows = [dict(zip(self.columns, cells, strict=True)) for cells in zip(*sent, strict=False)]
        return [row for row in rows if any(cell.strip() for cell in row.values())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-name" not in data


class CardsField(forms.Field):
    """The cards as the configuration has them; a type without a number gets the next one."""

    widget = CardsTable

    def clean(self, value: Any) -> list[dict[str, Any]]:
        rows = [self._card(place, row) for place, row in enumerate(value or [], start=1)]
        last = max((row["type"] for row in rows if row["type"] is not None), default=0)
        for row in rows:
            if row["type"] is None:
                last += 1
                row["type"] = last
        return rows

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(data) != list(initial or [])
        except forms.ValidationError:
            return True

    def _card(self, place: int, row: Mapping[str, str]) -> dict[str, Any]:
        number = row["type"].strip()
        card = {
            "type": self._whole(place, "牌号", number) if number else None,
            "name": row["name"].strip(),
            "count": self._whole(place, "张数", row["count"].strip()),
        }
        image_url = row["image_url"].strip()
        return card | {"image_url": image_url} if image_url else card

    def _whole(self, place: int, column: str, text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) <= 9):
            raise forms.ValidationError(f"第 {place} 行的{column}要填整数")
        return int(text)


def _number(label: str, help_text: str, **limits: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, widget=NumberInput(), help_text=help_text, **limits)


class MatchInputs(forms.Form):
    """The fields of a 对对碰 on the page of its activity; other gameplay ignores them."""

    match_variant = forms.ChoiceField(
        label="变体",
        choices=list(VARIANTS.items()),
        initial=SCORE,
        required=False,
        widget=Select(),
        help_text="按对数得奖：奖品按最少对数分档。翻牌即得：每种牌就是一种商品，翻到的都归用户。",
    )
    match_cards = CardsField(label="牌组", required=False, help_text="每种一行。同一种的两张牌是一对。")
    match_hand = _number("开局张数", "洗牌之后先发几张", min_value=1, max_value=MOST_CARDS)
    match_gain = _number("每对补牌", "每消去一对再补几张", min_value=1, max_value=MOST_GAIN, initial=1)
    match_lucky_gain = _number(
        "幸运牌加牌", "翻牌即得：用户购买时预选一种，每翻到一张再加几张；0 为不预选", min_value=0, max_value=MOST_GAIN
    )
    match_different_gain = _number(
        "全不同加牌", "翻牌即得：开局没有两张相同时再加几张；0 为没有", min_value=0, max_value=MOST_GAIN
    )


MATCH_ROWS = [
    "match_variant",
    "match_cards",
    ("match_hand", "match_gain"),
    ("match_lucky_gain", "match_different_gain"),
]
_KEYS = {"match_variant": "variant", "match_cards": "cards", "match_hand": "hand", "match_gain": "gain"}
_GOODS_KEYS = {"match_lucky_gain": "lucky_gain", "match_different_gain": "different_gain"}
OWN = {*_KEYS.values(), *_GOODS_KEYS.values()}


def initial_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the inputs show of a configuration."""
    return {field: config[key] for field, key in (_KEYS | _GOODS_KEYS).items() if key in config}


def config_of(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the play's own configuration as typed; what was left empty takes its default, or is found missing."""
    keys = _KEYS | (_GOODS_KEYS if typed.get("match_variant") == GOODS else {})
    return {key: typed[field] for field, key in keys.items() if typed.get(field) not in (None, "")}
