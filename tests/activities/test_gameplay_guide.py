"""What docs/gameplay.md tells a newcomer is what the code says, and its example works as it stands there."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from activities.gameplay import base, registry
from activities.gameplay.base import DrawContext, Gameplay, Prize
from activities.gameplay.sessions import SessionPlay, Step
from activities.services import allocators

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "gameplay.md").read_text()
[CODE] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
PROSE = GUIDE.replace(CODE, "")


@pytest.fixture
def tower() -> Iterator[Any]:
    """The guide's example, registered for one test in place of the shop's own."""
    before = dict(base.registered())
    module = ModuleType("tower_of_the_guide")
    exec(compile(CODE, "docs/gameplay.md", "exec"), module.__dict__)
    yield registry.get("tower")
    base._plays.clear()
    base._plays.update(before)


def test_the_example_is_the_file_itself():
    assert (ROOT / "activities/gameplay/tower.py").read_text() == CODE


def prize(level: int, ppm: int, **columns: Any) -> Prize:
    made = {"level": f"L{level}", "name": "积分", "kind": "points", "position": "ticket", "quantity": None}
    return Prize(id=10 + level, node=level, odds_ppm=ppm, **{**made, **columns})


FLOORS = [prize(0, 1_000_000), prize(1, 800_000, is_fallback=True), prize(2, 250_000)]


def test_the_example_is_known_under_its_label_and_waits_for_its_switch(tower):
    assert type(tower).__module__ == "tower_of_the_guide"
    assert ("tower", "爬塔") in registry.choices()
    assert tower.offered is False


@pytest.mark.parametrize(("roll", "won"), [(199_999, 10), (200_000, 11), (799_999, 11), (800_000, 12)])
def test_the_example_looks_a_climb_up(tower, roll, won):
    prizes, config = tower.publish(FLOORS, tower.parse_config({"times_limit": 1}))
    facts = {"steps": [Step(1, 2)], "left": {}, "occurrence": "2026-11-22"}
    promised, stream = SimpleNamespace(prizes=prizes, config=config), SimpleNamespace(below=lambda _: roll)
    [result] = tower.draw(DrawContext(promised, 1, streams=[stream], facts=facts))  # type: ignore[arg-type, list-item]
    assert (result.reward_id, result.detail["node"]) == (won, 2)


def test_the_example_says_what_cannot_be_published(tower):
    config = tower.parse_config({"times_limit": 1})
    assert tower.problems(FLOORS, config) == []
    said = [problem.text for problem in tower.problems([*FLOORS, prize(3, 0)], config)]
    assert said == ["「L3 积分」要填大于 0 的成功率"]


@pytest.mark.parametrize("contract", [Gameplay, SessionPlay])
def test_every_member_of_the_contract_is_explained(contract):
    own = {*vars(contract), *inspect.get_annotations(contract)}
    assert [name for name in own if not name.startswith("_") and not re.search(rf"`{name}\b", PROSE)] == []


def test_every_field_that_a_draw_may_use_is_explained():
    assert [each.name for each in fields(DrawContext) if f"`{each.name}`" not in PROSE] == []


def test_the_allocators_are_those_that_there_are():
    algorithms = {play.algorithm for play in registry.registered().values()}
    assert all(f"`{each}`" in PROSE for each in algorithms)
    served = {each.partition("/")[0] for each in algorithms}
    assert set(re.findall(r"^\| `(\w+)` \| (?:the|one)", PROSE, re.MULTILINE)) >= served
    assert (len(served), [allocators.named(each).kind == each for each in served]) == (4, [True] * 4)
