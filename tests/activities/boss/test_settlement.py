"""A season is settled once, when no draw from before its end is on its way; then each award is paid once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import PointEntry
from accounts.services import points
from activities import tasks
from activities.boss import hits, paying, settlement
from activities.boss.hits import Blow
from activities.boss.settlement import GRACE, DrawsUnderWay
from activities.enums import HitSource, RewardKind
from activities.models import BossAward, BossHit, BossSeason, PrizeDelivery
from activities.services import refunding
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OutboxMessage
from tests.factories.activities import NOW, open_odds
from tests.factories.boss import DAY, PRIZES, issue_of, make_season
from tests.factories.draws import CHECKS, buy
from tests.factories.issuers import serving
from tests.factories.orders import deliver

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
END = NOW + 7 * DAY
ALL = [*CHECKS, "D10", "M1", "M4", "M6"]


def strike(season, member, damage, *, at=NOW):
    number = BossHit.objects.count() + 1000
    hits.strike(season, Blow(member.pk, HitSource.DRAW, number, damage, at), now=at)


def run(now):
    settlement.settle_due(now=now)
    paying.pay_due(now=now)


def awards():
    return sorted(BossAward.objects.values_list("member_id", "award", "rank", "points"))


def won(member):
    entries = PointEntry.objects.filter(account__member=member, reason="boss_prize")
    return sorted(entries.values_list("delta", flat=True))


@pytest.fixture
def fallen(season, rich):
    """A season whose Boss fell by the second of three members."""
    first, second, third = (rich() for _ in range(3))
    strike(season, first, 50)
    strike(season, third, 10, at=NOW + MINUTE)
    strike(season, second, 45, at=NOW + 2 * MINUTE)
    return first, second, third


def test_a_defeat_pays_ranks_everybody_and_the_last_hit(season, fallen):
    first, second, third = fallen
    run(NOW + 2 * MINUTE + GRACE)
    assert awards() == [
        (first.pk, "defeat", 1, 50),
        (first.pk, "rank", 1, 1000),
        (second.pk, "defeat", 2, 50),
        (second.pk, "last_hit", 2, 500),
        (second.pk, "rank", 2, 300),
        (third.pk, "defeat", 3, 50),
        (third.pk, "rank", 3, 300),
    ]
    assert [won(member) for member in fallen] == [[50, 1000], [50, 300, 500], [50, 300]]
    entry = PointEntry.objects.filter(reason="boss_prize", delta=500).get()
    assert entry.note == "利维坦 最后一击"
    assert violations(ALL) == []


def test_not_defeated_only_ranks_are_paid(season, rich):
    members = [rich() for _ in range(5)]
    for place, member in enumerate(members):
        strike(season, member, 10 - place)
    run(END + GRACE)
    assert awards() == [
        (members[0].pk, "rank", 1, 1000),
        (members[1].pk, "rank", 2, 300),
        (members[2].pk, "rank", 3, 300),
    ]
    assert violations(ALL) == []


def test_nobody_came(season):
    run(END + GRACE)
    season.refresh_from_db()
    assert (season.settled_at, BossAward.objects.count()) == (END + GRACE, 0)


@pytest.mark.parametrize("early", [timedelta(0), GRACE - timedelta(microseconds=1)])
def test_it_is_not_settled_before_its_end_and_a_grace(season, fallen, early):
    run(NOW + 2 * MINUTE + early)
    season.refresh_from_db()
    assert (season.settled_at, BossAward.objects.count()) == (None, 0)


def test_once_settled_it_stays_so(season, fallen, rich):
    for later in range(3):
        run(NOW + 2 * MINUTE + GRACE + later * DAY)
    season.refresh_from_db()
    assert season.settled_at == NOW + 2 * MINUTE + GRACE
    assert (BossAward.objects.count(), PointEntry.objects.filter(reason="boss_prize").count()) == (7, 7)
    assert settlement.settle(season_id=season.pk, now=END + DAY) is False
    assert paying.pay(award_id=BossAward.objects.first().pk, now=END) is False
    with pytest.raises(hits.SeasonOver):
        strike(season, rich(), 5)


def test_a_season_that_still_runs_is_not_settled_by_hand(season, rich):
    strike(season, rich(), 5)
    assert settlement.settle(season_id=season.pk, now=NOW + DAY) is False


# -- waiting for the outbox


def test_it_waits_for_a_draw_from_before_its_end(season, issue, rich):
    member, late = rich(), rich()
    strike(season, member, 5)
    buy(late, issue, 10, now=END - timedelta(microseconds=1))
    with pytest.raises(DrawsUnderWay):
        settlement.settle(season_id=season.pk, now=END + GRACE)
    run(END + GRACE)
    season.refresh_from_db()
    assert (season.settled_at, BossAward.objects.count()) == (None, 0)
    deliver(now=END + GRACE)
    run(END + GRACE)
    assert awards() == [(member.pk, "rank", 2, 300), (late.pk, "rank", 1, 1000)]
    assert violations(["D10"]) == []


def test_it_waits_for_one_that_was_given_up_until_a_person_mends_it(season, issue, rich):
    buy(rich(), issue, 10, now=NOW)
    OutboxMessage.objects.update(due_at=None, dead_at=NOW)
    run(END + GRACE)
    season.refresh_from_db()
    assert season.settled_at is None


def test_it_does_not_wait_for_draws_from_after_its_end(season, issue, rich):
    buy(rich(), issue, 10, now=END + timedelta(microseconds=1))
    run(END + GRACE)
    season.refresh_from_db()
    assert season.settled_at == END + GRACE


def test_it_does_not_wait_for_draws_of_other_activities(season, rich):
    buy(rich(), open_odds(name="森林"), 10, now=NOW)
    buy(rich(), issue_of(make_season(name="另一个")), 10, now=NOW)
    OutboxMessage.objects.filter(subscriber=settlement.HIT).update(due_at=None, dead_at=NOW)
    assert OutboxMessage.objects.dead().count() == 2
    assert settlement.settle(season_id=season.pk, now=END + GRACE) is True


def test_it_waits_for_a_refund_from_before_its_end(season, issue, rich):
    order_id = buy(rich(), issue, 10, now=NOW)
    deliver(now=NOW)
    refunding.refund_order(order_id=order_id, reason="破损", actor=SYSTEM, now=END)
    with pytest.raises(DrawsUnderWay):
        settlement.settle(season_id=season.pk, now=END + GRACE)
    deliver(now=END + GRACE)
    run(END + GRACE)
    assert awards() == []


def test_it_does_not_wait_for_other_subscribers(season, issue, rich):
    buy(rich(), issue, 10, now=NOW)
    deliver()
    message = OutboxMessage.objects.get(subscriber="activities.boss_hit")
    message.pk, message.subscriber, message.delivered_at, message.due_at = None, "guilds.contribute", None, NOW
    message.save()
    run(END + GRACE)
    season.refresh_from_db()
    assert season.settled_at == END + GRACE


def test_one_season_that_fails_keeps_no_other_waiting(season, fallen, monkeypatch):
    other = make_season(issue_of(season).activity, starts_at=END, ends_at=END + DAY, name="下一个")
    real = settlement.settle
    monkeypatch.setattr(
        settlement,
        "settle",
        lambda *, season_id, now: 1 / 0 if season_id == season.pk else real(season_id=season_id, now=now),
    )
    run(END + 2 * DAY)
    assert BossSeason.objects.filter(settled_at__isnull=False).get() == other


def test_the_task_settles_and_pays(rich):
    season = make_season(now=NOW - 30 * DAY, starts_at=NOW - 30 * DAY, ends_at=NOW - 29 * DAY)
    member = rich()
    strike(season, member, 5, at=NOW - 30 * DAY)
    tasks.settle_boss_seasons()
    assert won(member) == [1000]


# -- other prizes, and the tables


def test_coupons_and_credit_go_through_their_issuer(rich):
    prizes = [
        {"award": "rank", "rank_from": 1, "rank_to": 2, "kind": "coupon", "coupon_id": 7, "title": "九折券"},
        {"award": "defeat", "kind": "wallet", "amount_fen": 500},
    ]
    with serving(RewardKind.COUPON, RewardKind.WALLET) as issuer:
        season = make_season(prizes=prizes, hp=10)
        strike(season, rich(), 10)
        run(NOW + GRACE)
        deliver(now=NOW + GRACE)
        assert sorted(issuer.asked) == sorted(f"boss:{pk}:0" for pk in BossAward.objects.values_list("pk", flat=True))
        assert sorted(PrizeDelivery.objects.values_list("title", "status")) == [
            ("九折券", "delivered"),
            ("钱包金额", "delivered"),
        ]
        assert violations(ALL) == []


def test_awards_that_cannot_be_paid_make_way_for_those_that_can(season, fallen, monkeypatch):
    first = fallen[0]
    real = points.post_here
    broken = lambda *, member_id, **rest: 1 / 0 if member_id == first.pk else real(member_id=member_id, **rest)  # noqa: E731
    settlement.settle_due(now=NOW + 2 * MINUTE + GRACE)
    assert list(BossAward.objects.order_by("pk").values_list("member_id", flat=True)[:2]) == [first.pk] * 2
    monkeypatch.setattr(points, "post_here", broken)
    assert [paying.pay_due(now=NOW + DAY + each * MINUTE, limit=2) for each in range(4)] == [0, 2, 2, 1]
    left = BossAward.objects.filter(paid_at__isnull=True).order_by("failed_at")
    assert list(left.values_list("member_id", "failed_at")) == [
        (first.pk, NOW + DAY),
        (first.pk, NOW + DAY + 3 * MINUTE),
    ]


def test_an_award_that_cannot_be_paid_waits_and_the_others_are_paid(season, fallen, monkeypatch):
    first = fallen[0]
    real = points.post_here
    broken = lambda *, member_id, **rest: 1 / 0 if member_id == first.pk else real(member_id=member_id, **rest)  # noqa: E731
    monkeypatch.setattr(points, "post_here", broken)
    run(NOW + 2 * MINUTE + GRACE)
    assert set(BossAward.objects.filter(paid_at__isnull=True).values_list("member_id", flat=True)) == {first.pk}
    monkeypatch.undo()
    run(NOW + DAY)
    assert won(first) == [50, 1000]


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (BossSeason, {"ends_at": NOW}),
        (BossSeason, {"hp": 0}),
        (BossSeason, {"daily_cap": 0}),
        (BossSeason, {"last_hit_seq": None}),
        (BossAward, {"points": 0}),
        (BossAward, {"points": None}),
        (BossAward, {"kind": "coupon"}),
        (BossAward, {"kind": "product"}),
        (BossHit, {"damage": 0}),
        (BossHit, {"source": "refund"}),
        (BossHit, {"source_id": 1000}),
    ],
)
def test_the_tables_refuse_what_cannot_be(season, fallen, model, columns):
    run(NOW + 2 * MINUTE + GRACE)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**columns)


@pytest.mark.parametrize(
    "columns", [{"rank_from": None}, {"rank_to": 0}, {"rank_from": 5}, {"award": "defeat"}, {"amount_fen": 5}]
)
def test_a_prize_is_of_one_kind_and_one_place(season, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        season.prizes.filter(award="rank", rank_from=2).update(**columns)
    assert len(PRIZES) == season.prizes.count()
