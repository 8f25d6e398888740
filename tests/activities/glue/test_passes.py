"""One-time passes of level games: of this member, this activity and this level, and used up by the draw."""

import pytest

from activities.errors import PassDoesNotFit
from activities.models import DrawBatch, LevelPass
from activities.services.glue import passes
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OperationLog
from tests.factories.accounts import make_member
from tests.factories.activities import NOW
from tests.factories.glue import CHECKS, LEVELS, deliver, draw, make_tool, open_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def game(db):
    activity = make_tool("nth_draw", config={"needs_pass": True})
    open_session(activity, LEVELS)
    return activity


def given(member, activity, node):
    made = passes.issue(activity_id=activity.pk, member_id=member.pk, node=node, actor=SYSTEM, now=NOW)
    return passes.shown(made.pk)


def refused(member, activity, rows, passed):
    before = rows()
    with pytest.raises(PassDoesNotFit) as refusal:
        draw(member, activity, passed=passed)
    assert rows() == before
    return refusal.value.details["level"]


def test_each_level_takes_its_own_pass_and_the_batch_keeps_it(member, game):
    for level, won in [(1, 5), (2, 7)]:
        assert draw(member, game, passed=given(member, game, level)).prize.points == won
    batches = list(DrawBatch.objects.order_by("pk").values_list("pk", flat=True))
    assert list(LevelPass.objects.order_by("node").values_list("batch_id", flat=True)) == batches
    deliver()
    assert violations(CHECKS) == []


def test_a_pass_is_used_once(member, game, rows):
    passed = given(member, game, 1)
    draw(member, game, passed=passed)
    assert refused(member, game, rows, passed) == 2


def test_a_used_pass_serves_no_later_draw_of_the_same_level(member, rows):
    """Levels are counted anew in each activity; a pass is of one activity and one draw."""
    one, other = (make_tool("nth_draw", name=name, config={"needs_pass": True}) for name in ("甲", "乙"))
    for activity in (one, other):
        open_session(activity, LEVELS)
    passed = given(member, one, 1)
    draw(member, one, passed=passed)
    assert refused(member, other, rows, passed) == 1


def test_the_pass_of_another_level_is_refused(member, game, rows):
    passed = given(member, game, 2)
    assert refused(member, game, rows, passed) == 1
    assert LevelPass.objects.get().batch_id is None


def test_somebody_elses_pass_is_refused_and_still_theirs(member, game, rows):
    other = make_member()
    passed = given(other, game, 1)
    assert refused(member, game, rows, passed) == 1
    draw(other, game, passed=passed)


def test_what_nobody_signed_is_no_pass(member, game, rows):
    real = given(member, game, 1)
    number, _, signature = real.partition(":")
    for passed in ("", number, f"{number}:", f"{int(number) + 1}:{signature}", f"{real}x", "1", "🎫"):
        assert refused(member, game, rows, passed) == 1


def test_the_game_gives_a_pass_over_http_once_for_a_key(member, game, admin_client_for, operator, rows):
    client, url = admin_client_for(operator), f"/api/admin/activities/{game.pk}/passes"
    first, again = (client.post(url, {"uid": member.pk, "node": 1}, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert list(first.json()) == ["pass"]
    assert LevelPass.objects.values_list("member_id", "node", "batch_id").get() == (member.pk, 1, None)
    assert OperationLog.objects.filter(action="发放通关凭证").count() == 1
    draw(member, game, passed=first.json()["pass"])
    before = rows()
    for key, body in [("k2", {"uid": 10**12, "node": 1}), ("k3", {"uid": member.pk, "node": 0})]:
        assert client.post(url, body, HTTP_IDEMPOTENCY_KEY=key).status_code in (400, 404)
    assert rows() == before
