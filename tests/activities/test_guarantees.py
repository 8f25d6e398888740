"""保底 through the services: counted in the draw's transaction, rolled back by a refund, verified and watched (D6)."""

import random
from datetime import timedelta

import pytest

from activities.gameplay import guarantee
from activities.gameplay.base import DrawContext
from activities.gameplay.guarantee import Drawn
from activities.gameplay.registry import get
from activities.models import DrawBatch, DrawLog, DrawPlayer, Reward
from activities.services import commitments, days, refunding, verifying
from blindbox.common import fairness
from blindbox.common.invariants import violations
from blindbox.system.audit import Actor
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW
from tests.factories.draws import CHECKS, buy, hold, pay, settle
from tests.factories.odds import open_issue_of, terms_of

YUN = Actor(id=7, name="云", ip="10.0.0.7")
RARE = [("A", 1), ("C", 999_999)]  # nothing but the guarantee ever yields an A here
WITHIN_4 = {"guarantee": {"levels": ["A"], "within": 4}}
DAY = timedelta(days=1)


@pytest.fixture
def issue(db):
    return open_issue_of(RARE, config=WITHIN_4)


def levels(issue, member=None):
    logs = DrawLog.objects.filter(issue=issue, **({"member": member} if member else {}))
    return "".join(logs.order_by("batch__first_seq", "idx").values_list("reward__level", flat=True))


def misses(issue, member):
    return DrawPlayer.objects.values_list("misses", flat=True).get(issue=issue, member=member)


def refund(order_id):
    refunding.refund_order(order_id=order_id, reason="包装破损", actor=YUN, now=NOW)


def test_every_fourth_draw_of_a_member_is_guaranteed(member, make_member, issue):
    other = make_member(points_balance=10_000)
    for count in (1, 2, 1, 5):
        buy(member, issue, count, now=NOW)
        buy(other, issue, 1, now=NOW)
    assert (levels(issue, member), levels(issue, other)) == ("CCCACCCAC", "CCCA")
    assert (misses(issue, member), misses(issue, other)) == (1, 0)
    assert violations(CHECKS) == []


def test_ten_at_once_cross_it_several_times(member, issue):
    buy(member, issue, 10, now=NOW)
    assert levels(issue) == "CCCACCCACC"
    details = [log.detail for log in DrawLog.objects.order_by("idx")]
    assert [each["guarantee_before"] for each in details] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert ["guarantee_roll" in each for each in details] == [False, False, False, True] * 2 + [False] * 2
    assert misses(issue, member) == 2
    assert violations(CHECKS) == []


def test_the_replacing_roll_is_that_of_the_days_secret(member, issue):
    buy(member, issue, 4, now=NOW)
    log, batch = DrawLog.objects.get(idx=3), DrawBatch.objects.get()
    secret = commitments.secret_of("day:2026-11-22")
    inputs = ("2026-11-22", issue.pk, batch.player, 3, batch.client_nonce)
    assert log.roll == fairness.weighted_roll(secret, "roll", *inputs)
    assert log.detail["guarantee_roll"] == fairness.weighted_roll(secret, "guarantee", *inputs, below=1)


def test_a_guarantee_does_not_cross_issues(member, issue):
    buy(member, issue, 3, now=NOW)
    other = open_issue_of(RARE, config=WITHIN_4, name="森林")
    buy(member, other, 3, now=NOW)
    assert (levels(other), misses(other, member)) == ("CCC", 3)


def test_what_is_held_counts_only_when_it_is_drawn(member, issue):
    order_id = hold(member, issue, 2, now=NOW)
    buy(member, issue, 3, now=NOW)
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    assert levels(issue) == "CCCAC"
    assert violations(CHECKS) == []


def test_paid_late_on_the_day_before_it_counts_in_the_order_of_settlement(member, issue):
    days.turn(now=NOW)
    order_id = hold(member, issue, 2, now=NOW)
    buy(member, issue, 2, now=NOW + DAY)
    pay(order_id, paid_at=NOW + timedelta(minutes=1), now=NOW + DAY)
    settle(order_id, now=NOW + DAY)
    assert levels(issue) == "CCCA"
    assert list(DrawBatch.objects.order_by("first_seq").values_list("day", "first_seq")) == [
        ((NOW + DAY).date(), 0), (NOW.date(), 2),
    ]  # fmt: skip
    assert violations(CHECKS) == []


# --- refunds ------------------------------------------------------------------------------------------------------


def test_a_refunded_miss_no_longer_counts(member, issue):
    first = buy(member, issue, 2, now=NOW)
    buy(member, issue, 1, now=NOW)
    refund(first)
    assert misses(issue, member) == 1
    buy(member, issue, 3, now=NOW)
    assert levels(issue) == "CCCCCA"  # two of the first three are gone: the fourth that counts is the sixth
    assert violations(CHECKS) == []


def test_a_refunded_hit_no_longer_counts_either_and_is_made_good_at_once(member, issue):
    buy(member, issue, 3, now=NOW)
    hit = buy(member, issue, 1, now=NOW)
    buy(member, issue, 2, now=NOW)
    assert (levels(issue), misses(issue, member)) == ("CCCACC", 2)
    refund(hit)
    assert misses(issue, member) == 5
    buy(member, issue, 1, now=NOW)
    assert levels(issue) == "CCCACCA"
    assert violations(CHECKS) == []


def test_the_refund_is_logged_with_the_counter_and_the_proof_keeps_what_it_said(member, issue):
    buy(member, issue, 3, now=NOW)
    hit = buy(member, issue, 2, now=NOW)
    refund(hit)
    log = OperationLog.objects.order_by("-pk").first()
    assert (log.action, log.before["guarantee_misses"], log.after["guarantee_misses"]) == ("退款", 1, 3)
    batch = DrawBatch.objects.get(order_id=hit)
    assert (batch.refund_seq, DrawPlayer.objects.get().next_seq) == (5, 5)
    assert [each.detail["guarantee_before"] for each in batch.draws.order_by("idx")] == [3, 0]
    assert list(verifying.discrepancies()) == []


def test_a_refund_where_nothing_is_guaranteed_logs_no_counter(member, odds):
    refund(buy(member, odds, 2, now=NOW))
    log = OperationLog.objects.order_by("-pk").first()
    assert (log.action, {"guarantee_misses"} & {*log.before, *log.after}) == ("退款", set())
    assert DrawBatch.objects.get().refund_seq is None


# --- what is watched ----------------------------------------------------------------------------------------------


def alter(rows, **values):
    assert rows.update(**values) == 1


def found(check):
    return [each.what for each in violations([check])]


def test_d6_a_counter_that_was_turned_back(member, issue):
    buy(member, issue, 3, now=NOW)
    alter(DrawPlayer.objects, misses=1)
    assert found("D6") == [f"期次 {issue.pk} 用户 {member.pk}：保底计数 1，应为 3"]


def test_d6_a_guarantee_that_was_due_and_not_given(member, issue):
    buy(member, issue, 4, now=NOW)
    alter(DrawLog.objects.filter(idx=3), reward=Reward.objects.get(level="C"))
    assert found("D6") == [
        f"期次 {issue.pk} 用户 {member.pk}：保底计数 0，应为 4",
        f"期次 {issue.pk} 用户 {member.pk}：第 3 号抽取已到保底，却没有给出保底赏",
    ]


def test_d6_a_counter_turned_back_before_a_draw_is_seen_in_the_draw(member, issue):
    buy(member, issue, 3, now=NOW)
    alter(DrawPlayer.objects, misses=0)
    buy(member, issue, 1, now=NOW)
    assert "却没有给出保底赏" in found("D6")[1]
    assert any("玩法记录" in line for line in found("D4"))


@pytest.mark.parametrize(
    "change",
    [
        {"guarantee_before": 2},
        {"guarantee_after": 1},
        {"guarantee_roll": 1},
        {"substituted_for": 1},
    ],
)
def test_one_altered_record_is_found(member, issue, change):
    buy(member, issue, 4, now=NOW)
    log = DrawLog.objects.get(idx=3)
    alter(DrawLog.objects.filter(pk=log.pk), detail={**log.detail, **change})
    lines = found("D4")
    assert len(lines) == 1
    assert lines[0].startswith(f"抽奖 {log.pk}：玩法记录为")


def test_a_refund_that_is_said_to_have_come_earlier_is_found(member, issue):
    first = buy(member, issue, 2, now=NOW)
    buy(member, issue, 2, now=NOW)
    refund(first)
    assert list(verifying.discrepancies()) == []
    alter(DrawBatch.objects.filter(order_id=first), refund_seq=2)
    assert list(verifying.discrepancies()) != []


# --- the property -------------------------------------------------------------------------------------------------


class Shadow:
    """One member's history as a plain list of (hit, refunded), against which the counter is held."""

    def __init__(self):
        self.draws = []

    @property
    def misses(self):
        alive = [hit for hit, refunded in self.draws if not refunded]
        return next((n for n, hit in enumerate(reversed(alive)) if hit), len(alive))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("within", [2, 7, 30])
def test_the_guarantee_holds_over_ten_thousand_draws_with_refunds_in_between(seed, within):
    chance = random.Random(f"{seed} {within}")  # noqa: S311  a fixed seed
    config = {"guarantee": {"levels": ["A", "B"], "within": within}}
    promised = terms_of([("A", 5_000), ("B", 45_000), ("C", 950_000)], config=config)
    rule, play, shadow = guarantee.of(config), get("infinite"), Shadow()
    history: list[Drawn] = []
    stored = drawn = 0
    while drawn < 10_000:
        count = chance.choice([1, 1, 1, 10])
        assert guarantee.misses_at(rule, drawn, history) == stored == shadow.misses
        results = play.draw(context(promised, drawn, count, stored))
        prizes = [promised.prize_by_id[result.reward_id] for result in results]
        for result, prize in zip(results, prizes, strict=True):
            assert result.detail["guarantee_before"] == shadow.misses
            assert rule.meets(prize) or shadow.misses + 1 < within  # what was promised
            shadow.draws.append([rule.meets(prize), False])
            assert result.detail["guarantee_after"] == shadow.misses
        history.append(Drawn(drawn, prizes))
        drawn, stored = drawn + count, results[-1].detail["guarantee_after"]
        if chance.random() < 0.1:
            stored = refunded_one(chance, rule, history, shadow, drawn)
    assert sum(hit for hit, _ in shadow.draws) > 10_000 // within


def context(promised, first, count, misses):
    numbers, inputs = range(first, first + count), ("2026-03-05", 22, "p")
    rolls = [fairness.weighted_roll(bytes(32), "roll", *inputs, seq, "n") for seq in numbers]
    seconds = [fairness.weighted_stream(bytes(32), "guarantee", *inputs, seq, "n") for seq in numbers]
    return DrawContext(promised, count, rolls=rolls, streams=seconds, misses=misses)


def refunded_one(chance, rule, history, shadow, drawn):
    """Refund one of the last batches and return the counter as the refund leaves it."""
    place = chance.randrange(max(0, len(history) - 12), len(history))
    batch = history[place]
    if batch.refund_seq is None:
        history[place] = Drawn(batch.first_seq, batch.prizes, drawn)
        for at in range(batch.first_seq, batch.first_seq + len(batch.prizes)):
            shadow.draws[at][1] = True
    return guarantee.misses_at(rule, drawn, history)


@pytest.mark.django_db
def test_the_services_keep_it_with_refunds_in_between(member):
    chance = random.Random(5)  # noqa: S311  a fixed seed
    issue = open_issue_of([("A", 20_000), ("C", 980_000)], config={"guarantee": {"levels": ["A"], "within": 6}})
    orders: list[int] = []
    for _ in range(60):
        orders.append(buy(member, issue, chance.choice([1, 2, 10]), now=NOW))
        if chance.random() < 0.3:
            refund(orders.pop(chance.randrange(len(orders))))
    alive = DrawLog.objects.filter(refunded=False).order_by("batch__first_seq", "idx")
    since = "".join(alive.values_list("reward__level", flat=True)).rpartition("A")[2]
    assert misses(issue, member) == len(since)
    assert DrawLog.objects.filter(reward__level="A").count() > 20
    assert violations(CHECKS) == []
