"""Which kinds of prizes a row of an issue's rewards can be, and which of them a typed row is."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from activities.admin.bundle_field import name_of, worth_of
from activities.admin.session_inputs import TOOL
from activities.enums import RewardKind
from activities.models import Activity, Reward
from activities.services import worth
from activities.services.prizes import credits, issuers

NOTHING = "nothing"  # the one kind that has no content of its own: a box to tick
BUNDLE = "bundle"  # shown where the play's own columns have it
COLUMNS: dict[str, RewardKind] = {
    "product": RewardKind.PRODUCT,
    "points": RewardKind.POINTS,
    BUNDLE: RewardKind.BUNDLE,
    "amount_fen": RewardKind.WALLET,
    "coupon_id": RewardKind.COUPON,
    NOTHING: RewardKind.NONE,
}


def columns_for(activity: Activity | None) -> list[str]:
    """
    Return the columns beside product and points: what somebody hands out, and nothing where no cash is paid. The tool
    adds its empty prizes by itself.
    """
    issued = [name for name in ("amount_fen", "coupon_id") if issuers.is_registered(COLUMNS[name])]
    may_be_empty = activity is not None and activity.price_fen is None and activity.gameplay not in TOOL
    return [*issued, NOTHING] if may_be_empty else issued


def typed_kind(values: Mapping[str, Any]) -> RewardKind | None:
    """Return the kind of a row, None if it names none or several."""
    said = [kind for name, kind in COLUMNS.items() if values.get(name)]
    return said[0] if len(said) == 1 else None


def refusal(shown: Mapping[str, Any]) -> str:
    """Return what to tell whoever typed none or several."""
    if set(COLUMNS) & set(shown) == {"product", "points"}:
        return "每行选一个商品，或者填积分数，二选一"
    words = [kind.label for name, kind in COLUMNS.items() if name in shown]
    return f"每行只能是其中一样：{'、'.join(words)}"


def defaults(kind: RewardKind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is taken over where a row leaves it empty."""
    product = values.get("product")
    if product is not None:
        value = product.price_fen or product.cost_fen
        return {"name": product.name, "reference_value_fen": value, "cost_fen": product.cost_fen}
    if values.get(BUNDLE):
        value, cost = worth_of(values[BUNDLE])
        return {"name": name_of(values[BUNDLE]), "reference_value_fen": value, "cost_fen": cost}
    face = worth.face_fen(points=values.get("points"), amount_fen=values.get("amount_fen"))
    name = credits.named(values["points"]) if kind == RewardKind.POINTS else str(kind.label)
    return {"name": name, "reference_value_fen": face, "cost_fen": face}


def taken_over(row: Reward, kind: RewardKind, values: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what a typed row takes over from its prize: what it leaves empty, and where the stored row had another prize,
    what it only has from that one.
    """
    former = _former(row, kind, values)
    unsaid = {name: (None, "", *former.get(name, ())) for name in ("name", "reference_value_fen", "cost_fen")}
    return {name: value for name, value in defaults(kind, values).items() if values.get(name) in unsaid[name]}


def _former(row: Reward, kind: RewardKind, values: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return what the prize that a stored row no longer holds gave it; no worth at all counts as never stated."""
    held = {name: getattr(row, name) for name in COLUMNS if name != NOTHING}
    same = row.kind == kind and all((values.get(name) or None) == (was or None) for name, was in held.items())
    if row.pk is None or same:
        return {}
    with suppress(KeyError):  # a product of a bundle is gone: nobody can say what it gave
        given = defaults(RewardKind(row.kind), held)
        return {name: (value,) if name == "name" else (value, 0) for name, value in given.items()}
    return {}
