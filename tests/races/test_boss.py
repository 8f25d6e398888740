"""The last hit, the day's cap and the settlement over real connections; each race with a control without its guard."""

import threading
from functools import partial

import pytest
from django.db import transaction
from django.db.models import F

from accounts.models import PointEntry
from accounts.selectors.points import spendable
from activities.boss import hits, paying, selectors, settlement
from activities.boss.hits import Blow
from activities.boss.settlement import GRACE
from activities.enums import BatchStatus, HitSource
from activities.models import BossAward, BossClawback, BossHit, BossPlayer, BossSeason, DrawBatch
from activities.services import refunding
from blindbox.common.invariants import violations
from blindbox.common.retry import in_transaction
from blindbox.system.audit import SYSTEM
from tests.factories.accounts import make_member
from tests.factories.activities import NOW
from tests.factories.boss import DAY, issue_of, make_season
from tests.factories.draws import buy, hold, pay, settle
from tests.factories.orders import deliver
from tests.races.conftest import PATIENCE_SECONDS, Meeting, run_together

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def blow(member, number, damage=1):
    return Blow(member.pk, HitSource.DRAW, number, damage, NOW)


def errors(results):
    return [result for result in results if isinstance(result, Exception)]


def drawn_at_once(season, count):
    """Return the batches of as many members, each one draw, none of which has hit yet."""
    issue = issue_of(season)
    for _ in range(count):
        buy(make_member(points_balance=1000), issue, 1, now=NOW)
    return list(DrawBatch.objects.values_list("pk", flat=True))


def deliver_one(batch_id):
    """Do what a worker does with one event."""
    in_transaction(hits.of_batch)(batch_id=batch_id, now=NOW)


def test_of_32_hits_at_once_exactly_one_is_the_last():
    season = make_season(hp=16)
    results = run_together(*[partial(deliver_one, batch_id) for batch_id in drawn_at_once(season, 32)])
    assert errors(results) == []
    season.refresh_from_db()
    assert (season.damage, season.hits, season.last_hit_seq, season.defeated_at) == (32, 32, 16, NOW)
    chain = list(BossHit.objects.order_by("seq").values_list("seq", "damage_before", "damage"))
    assert chain == [(n + 1, n, 1) for n in range(32)]
    assert sorted(BossPlayer.objects.values_list("damage", flat=True)) == [1] * 32
    assert violations(["D10"]) == []


def test_control_hits_that_look_first_are_all_the_last():
    season = make_season(hp=1)
    meeting = Meeting(8)

    def strike_blindly():
        with transaction.atomic():
            rows = BossSeason.objects.filter(pk=season.pk)
            before, hp = meeting.look(rows.values_list("damage", "hp").get)
            rows.update(damage=before + 1)
        return before < hp <= before + 1

    assert run_together(*[strike_blindly] * 8) == [True] * 8
    assert BossSeason.objects.get().damage == 1


def test_eight_draws_of_one_member_at_once_keep_the_days_cap():
    season, member = make_season(daily_cap=20), make_member()
    results = run_together(*[partial(hits.strike, season, blow(member, n, 5), now=NOW) for n in range(8)])
    assert errors(results) == []
    player = BossPlayer.objects.get()
    assert (player.damage, player.hits, BossHit.objects.count()) == (20, 4, 4)
    assert violations(["D10"]) == []


def test_control_without_counting_hits_the_cap_is_passed(monkeypatch):
    season, member = make_season(daily_cap=20), make_member()
    hits.strike(season, blow(member, 100, 5), now=NOW)
    meeting = Meeting(8)

    def take_blindly(season, blow):
        dealt = meeting.look(selectors.dealt_on, season.pk, blow.member_id, blow.day)
        damage = min(blow.damage, season.daily_cap - dealt)
        rows = BossPlayer.objects.filter(season=season, member_id=blow.member_id)
        rows.update(damage=F("damage") + damage, hits=F("hits") + 1)
        return damage

    monkeypatch.setattr(hits, "_take_allowance", take_blindly)
    run_together(*[partial(hits.strike, season, blow(member, n, 5), now=NOW) for n in range(8)])
    assert BossPlayer.objects.get().damage == 45
    assert [each.id for each in violations(["D10"])] == ["D10"]


def refunded_while_it_hits(monkeypatch):
    """Refund a batch between the moment its damage is known and its hit; return what the player is left with."""
    season = make_season(rule="per_yuan", hp=1000)
    member, meeting, damage_of = make_member(), Meeting(2, patience_seconds=1), hits._damage
    order_id = hold(member, issue_of(season), 1, now=NOW)
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    batch_id = DrawBatch.objects.get(order_id=order_id).pk

    known = threading.Event()

    def slowly(*asked):
        damage = damage_of(*asked)
        known.set()
        meeting.wait()
        return damage

    def refund():
        known.wait(PATIENCE_SECONDS)
        refunding.refund_order(order_id=order_id, reason="错发", actor=SYSTEM, now=NOW)
        in_transaction(hits.take_back)(batch_id=batch_id, now=NOW)
        meeting.wait()

    monkeypatch.setattr(hits, "_damage", slowly)
    assert errors(run_together(partial(deliver_one, batch_id), refund)) == []
    return BossPlayer.objects.get().damage


def test_a_refund_that_meets_the_hit_takes_it_back(monkeypatch):
    assert refunded_while_it_hits(monkeypatch) == 0
    assert list(BossHit.objects.order_by("seq").values_list("damage", flat=True)) == [60, -60]
    assert violations(["D10"]) == []


def test_control_money_that_is_looked_at_first_hits_although_it_went_back(monkeypatch):
    monkeypatch.setattr(hits, "_stays_paid", lambda batch: batch.status != BatchStatus.REFUNDED)
    assert refunded_while_it_hits(monkeypatch) == 60


def test_eight_workers_settle_once_and_pay_once():
    season = make_season(hp=3)
    for number in range(3):
        hits.strike(season, blow(make_member(), number), now=NOW)
    settle = partial(settlement.settle, season_id=season.pk, now=NOW + GRACE)
    assert sorted(run_together(*[settle] * 8)) == [False] * 7 + [True]
    assert BossAward.objects.count() == 7
    paid = run_together(*[partial(paying.pay_due, now=NOW + GRACE)] * 8)
    assert (sum(paid), violations(["D10", "M1", "M4", "M6"])) == (7, [])


def refunded_while_it_is_paid(*payers):
    """Settle a season that owes its one player 1000 points, undo their draw as they are paid; return what they keep."""
    season, member = make_season(rule="per_yuan", hp=1000), make_member()
    order_id = hold(member, issue_of(season), 1, now=NOW)
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    batch_id = DrawBatch.objects.get(order_id=order_id).pk
    deliver(now=NOW)
    settlement.settle(season_id=season.pk, now=NOW + 7 * DAY + GRACE)
    before = spendable(member.pk)
    undo = partial(in_transaction(hits.take_back), batch_id=batch_id, now=NOW + 8 * DAY)
    assert errors(run_together(undo, *payers)) == []
    paying.pay_due(now=NOW + 9 * DAY)
    return spendable(member.pk) - before


def test_a_claw_back_that_meets_the_paying_takes_all_of_it_back():
    assert refunded_while_it_is_paid(*[partial(paying.pay_due, now=NOW + 8 * DAY)] * 3) == 0
    assert PointEntry.objects.filter(reason="boss_prize").values_list("delta", flat=True).get() == 1000
    assert BossClawback.objects.values_list("wanted", "taken").get() == (1000, 1000)
    assert violations(["D10", "M1", "M4"]) == []


def test_control_a_claw_back_that_does_not_pay_first_leaves_the_award(monkeypatch):
    monkeypatch.setattr(paying, "pay_points_of", lambda **_: None)
    assert refunded_while_it_is_paid() == 950  # what the draw itself had won went instead


def test_hits_that_meet_the_settlement_count_before_it_or_not_at_all():
    season = make_season(hp=1000)
    hits.strike(season, blow(make_member(), 0), now=NOW)
    settle = partial(settlement.settle, season_id=season.pk, now=NOW + 7 * DAY + GRACE)
    strikes = [partial(hits.strike, season, blow(make_member(), n), now=NOW) for n in range(1, 9)]
    results = run_together(settle, *strikes)
    assert results[0] is True
    late = sum(isinstance(result, hits.SeasonOver) for result in results[1:])
    assert (len(errors(results)), BossHit.objects.count()) == (late, 9 - late)
    assert BossAward.objects.count() == min(9 - late, 3)
    assert violations(["D10"]) == []
