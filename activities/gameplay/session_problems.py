"""Why the prizes of a session cannot be published, whatever its type."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from activities.gameplay.base import Prize, Problem
from activities.gameplay.session_table import NOTHING, STATIC
from blindbox.common.fairness import PPM

LARGEST_SUM = 2**31 - 1  # what a roll's column holds everywhere


Words = Callable[[int | None, Mapping[str, Any]], str]


def problems_of(prizes: Sequence[Prize], config: Mapping[str, Any], words: Words) -> list[Problem]:
    """Return what is wrong with the prizes one by one, then with those of each node."""
    static = config["probability"] == STATIC
    found = [text for prize in prizes for text in _of_prize(prize, static=static)]
    for node in dict.fromkeys(prize.node for prize in prizes):
        mine = [prize for prize in prizes if prize.node == node]
        where = words(node, config)
        found += _of_node(mine, where and f"{where}：", config, static=static)
    return [Problem(text) for text in found]


def _of_prize(prize: Prize, *, static: bool) -> Iterator[str]:
    name = f"「{prize.level} {prize.name}」"
    if prize.position != "ticket":
        yield f"{name}只能是普通位置"
    if prize.substitute_id is not None:
        yield f"{name}不设替换奖品：没有投放时由兜底奖代替"
    if prize.kind == NOTHING:
        if (prize.quantity, prize.odds_ppm, prize.weight, prize.is_fallback) != (None, None, None, False):
            yield f"{name}是空奖：不填数量、概率和权重，也不作兜底"
    elif static:
        yield from _of_static(prize, name)
    else:
        yield from _of_dynamic(prize, name)


def _of_static(prize: Prize, name: str) -> Iterator[str]:
    if not prize.odds_ppm and not prize.is_fallback:
        yield f"{name}要填大于 0 的概率"
    if prize.weight is not None:
        yield f"{name}按固定概率抽取，不填权重"


def _of_dynamic(prize: Prize, name: str) -> Iterator[str]:
    if prize.odds_ppm is not None:
        yield f"{name}按动态概率抽取，不填概率"
    if prize.weight is not None and prize.quantity is None:
        yield f"{name}的机会是剩余数量乘权重，要填数量"
    if prize.weight is None and not prize.is_fallback:
        yield f"{name}要填权重"


def _of_node(prizes: Sequence[Prize], where: str, config: Mapping[str, Any], *, static: bool) -> Iterator[str]:
    if all(prize.kind == NOTHING for prize in prizes):
        yield f"{where}至少要有一种奖品"
    if sum(prize.kind == NOTHING for prize in prizes) > 1:
        yield f"{where}空奖只能有一个"
    if sum(prize.is_fallback for prize in prizes) > 1:
        yield f"{where}兜底奖只能有一个"
    odds = sum(prize.odds_ppm or 0 for prize in prizes)
    if static and odds > PPM:
        yield f"{where}概率合计 {odds / 10_000:.4f}%，不能超过 100%"
    largest = sum((prize.quantity or 0) * (prize.weight or 0) for prize in prizes) + config["empty_weight"]
    if not static and largest > LARGEST_SUM:
        yield f"{where}数量乘权重的合计 {largest} 过大，请按比例缩小权重"
