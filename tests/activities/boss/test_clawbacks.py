"""A refund after the settlement asks back what is unspent of the points that its draw won, also what paid off debt."""

import pytest

from accounts.models import PointEntry
from accounts.services import points
from activities.boss import hits, paying, settlement
from activities.boss.settlement import GRACE
from activities.models import BossAward, BossClawback, BossHit, BossPlayer
from activities.services import refunding
from blindbox.common.invariants import violations
from blindbox.common.ledger import Posting
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW
from tests.factories.boss import DAY, issue_of, make_season
from tests.factories.draws import CHECKS, buy, hold, pay, settle
from tests.factories.orders import deliver

pytestmark = pytest.mark.django_db
END = NOW + 7 * DAY
ALL = [*CHECKS, "D10", "M1", "M4", "M6"]


def run(now):
    settlement.settle_due(now=now)
    paying.pay_due(now=now)


def awards():
    return sorted(BossAward.objects.values_list("member_id", "award", "rank", "points"))


def won(member):
    entries = PointEntry.objects.filter(account__member=member, reason="boss_prize")
    return sorted(entries.values_list("delta", flat=True))


def test_the_last_hit_of_a_refunded_draw_wins_nothing(rich):
    season = make_season(rule="per_yuan", hp=100, daily_cap=1000)
    issue, first, last = issue_of(season), rich(), rich()
    paid_for(first, issue, 1)
    refund(paid_for(last, issue, 1))
    run(NOW + GRACE)
    assert awards() == [(first.pk, "defeat", 1, 50), (first.pk, "rank", 1, 1000)]
    assert violations(ALL) == []


def paid_for(member, issue, count, *, now=NOW):
    order_id = hold(member, issue, count, now=now)
    pay(order_id, now=now)
    settle(order_id, now=now)
    deliver(now=now)
    return order_id


def refund(order_id, *, now=NOW):
    refunding.refund_order(order_id=order_id, reason="破损", actor=SYSTEM, now=now)
    deliver(now=now)


@pytest.fixture
def paid_season(db):
    return make_season(rule="per_yuan", hp=10_000, daily_cap=1000)


def test_a_refund_after_the_settlement_asks_for_its_share_of_the_points(paid_season, make_member):
    issue, member = issue_of(paid_season), make_member()
    first, second = paid_for(member, issue, 1), paid_for(member, issue, 2)
    run(END + GRACE)
    before = points_of(member)
    refund(first, now=END + DAY)
    claw = BossClawback.objects.get()
    assert (claw.damage, claw.wanted, claw.taken) == (60, 333, 333)
    assert claw.note == "「利维坦」结算后退款 60 伤害：应收回 333 积分，收回 333"
    assert OperationLog.objects.get(action="收回 Boss 奖励").object_id == str(member.pk)
    refund(second, now=END + DAY)
    assert list(BossClawback.objects.order_by("pk").values_list("wanted", "taken")) == [(333, 333), (667, 667)]
    assert (before - points_of(member) >= 1000, BossPlayer.objects.get().damage) == (True, 180)
    paid_season.refresh_from_db()
    assert (paid_season.damage, BossAward.objects.count()) == (180, 1)
    assert violations(ALL) == []


def test_a_refund_before_the_award_is_paid_pays_it_and_takes_it_back(paid_season, make_member):
    member = make_member()
    paid_for(member, issue_of(paid_season), 1)
    settlement.settle_due(now=END + GRACE)
    before = points_of(member)
    refund_without_prizes(None)
    claw = BossClawback.objects.get()
    assert (claw.wanted, claw.taken, points_of(member)) == (1000, 1000, before)
    assert (won(member), paying.pay_due(now=END + 2 * DAY)) == ([1000], 0)
    assert violations(["D10", "M1", "M3", "M4"]) == []


def test_by_draws_a_refund_after_the_settlement_asks_its_points_back_too(season, issue, rich):
    member = rich()
    order_id = buy(member, issue, 3, now=NOW)
    deliver(now=NOW)
    run(END + GRACE)
    before = points_of(member)
    refund_without_prizes(order_id)
    claw = BossClawback.objects.get()
    assert (claw.damage, claw.wanted, claw.taken, before - points_of(member)) == (3, 1000, 1000, 1000)
    season.refresh_from_db()
    assert (season.damage, BossPlayer.objects.get().damage) == (3, 3)
    assert violations(["D10", "M1", "M4"]) == []


def points_of(member):
    return member.point_accounts.get(kind="general").balance


def test_what_is_spent_is_only_noted(paid_season, make_member):
    member = make_member()
    order_id = paid_for(member, issue_of(paid_season), 1)
    run(END + GRACE)
    spend(member, keep=150)
    refund_without_prizes(order_id)
    claw = BossClawback.objects.get()
    assert (claw.wanted, claw.taken, points_of(member)) == (1000, 150, 0)
    assert violations(["D10", "M1", "M3", "M4"]) == []


@pytest.mark.parametrize("first", ["paid", "refunded"])
@pytest.mark.parametrize(
    ("owed", "spent", "left"), [(1000, 0, (0, 1000, 1000)), (400, 0, (0, 400, 1000)), (400, 250, (0, 400, 750))]
)
def test_what_paid_off_a_debt_was_not_spent(paid_season, make_member, first, owed, spent, left):
    """Before the award was paid the balance is none, so nothing of it can be spent."""
    member = make_member()
    order_id = paid_for(member, issue_of(paid_season), 1)
    settlement.settle_due(now=END + GRACE)
    spend(member, keep=0)
    in_debt(member, owed)
    if first == "paid":
        paying.pay_due(now=END + GRACE)
        assert standing(member) == (1000 - owed, 0)
        spend(member, keep=1000 - owed - spent, ref="later")
        expected = left
    else:
        expected = (0, owed, 1000)
    refund_without_prizes(order_id)
    claw = BossClawback.objects.get()
    assert (*standing(member), claw.taken) == expected
    assert claw.wanted == 1000
    assert violations(["D10", "M1", "M3", "M4", "M9"]) == []


def test_each_part_of_a_debt_comes_back_once(paid_season, make_member):
    issue, member = issue_of(paid_season), make_member()
    for count in (1, 2):
        paid_for(member, issue, count)
    settlement.settle_due(now=END + GRACE)
    spend(member, keep=0)
    in_debt(member, 500)
    paying.pay_due(now=END + GRACE)
    spend(member, keep=0, ref="later")
    for hit in BossHit.objects.order_by("pk"):
        hits.take_back(batch_id=hit.source_id, now=END + DAY)
    assert list(BossClawback.objects.order_by("pk").values_list("wanted", "taken")) == [(333, 333), (667, 167)]
    assert standing(member) == (0, 500)
    assert violations(["D10", "M1", "M3", "M4", "M9"]) == []


def in_debt(member, owed):
    points.claw_back(member_id=member.pk, postings=[Posting(-owed, "refund", "earlier")], now=NOW)


def standing(member):
    account = member.point_accounts.get(kind="general")
    return account.balance, account.debt


def spend(member, *, keep, ref="spent"):
    spent = [Posting(delta=keep - points_of(member), reason="order", ref=ref)]
    points.post(member_id=member.pk, postings=spent, now=NOW)


def refund_without_prizes(order_id):
    """Undo the Boss's side alone: the prizes of the draw may be points that are spent as well."""
    hit = BossHit.objects.get()
    for _ in range(2):
        hits.take_back(batch_id=hit.source_id, now=END + DAY)
