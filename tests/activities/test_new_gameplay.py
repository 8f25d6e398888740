"""Adding a gameplay is one module: registered, it is configured, opened, bought and verified with no other change."""

import sys
from types import ModuleType

import pytest

from activities.gameplay import base, registry
from activities.models import DrawLog
from activities.services import opening, verifying
from activities.services.play_config import read
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from tests.factories.activities import NOW, make_activity, make_draft
from tests.factories.draws import CHECKS, buy

SOURCE = '''
"""逢倍赏: a box in which every n-th ticket brings the extra prize."""

from activities.gameplay.base import DrawContext, Gameplay, InvalidConfig, Problem, Result, register


@register
class EveryOther(Gameplay):
    kind, label, algorithm = "every_other", "逢双赏", "deck/1"

    def problems(self, prizes, config):
        return [] if prizes else [Problem("要有奖品")]

    def total(self, prizes):
        return sum(prize.quantity for prize in prizes)

    def parse_config(self, raw):
        if set(raw) - {"speed"}:
            raise InvalidConfig("只有 speed")
        return dict(raw)

    def draw(self, context: DrawContext):
        return [Result(context.deck[p - 1], sale_no=p, ticket_no=p) for p in context.positions]
'''


@pytest.fixture
def gameplay(monkeypatch):
    """The module, as if its file lay in activities/gameplay."""
    monkeypatch.setattr(base, "_plays", dict(base._plays))
    module = ModuleType("activities.gameplay.every_other")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(SOURCE, module.__dict__)  # noqa: S102
    return module


def test_it_is_known_with_its_label(gameplay):
    assert registry.get("every_other").label == registry.label("every_other") == "逢双赏"
    assert ("every_other", "逢双赏") in registry.choices()
    assert read("every_other", {"speed": 3, "largest_order": 5}).own == {"speed": 3}


@pytest.mark.django_db
def test_it_plays(gameplay, member):
    rewards = [{"level": "A", "name": "积分", "kind": "points", "points": 3, "quantity": 4}]
    issue = make_draft(make_activity(gameplay="every_other", config={"speed": 1}), rewards)
    opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    buy(member, issue, 4, now=NOW)
    assert list(DrawLog.objects.values_list("sale_no", flat=True)) == [1, 2, 3, 4]
    assert list(verifying.discrepancies()) == []
    assert violations(CHECKS) == []


def test_it_is_gone_again():
    assert "every_other" not in registry.kinds()
    with pytest.raises(base.InvalidConfig, match="没有玩法 every_other"):
        registry.get("every_other")
    assert registry.label("every_other") == "every_other"
