"""D10 is silent on a good season and names each planted violation."""

from datetime import timedelta

import pytest

from accounts.models import PointEntry
from activities.boss import hits, paying, settlement
from activities.boss.hits import Blow
from activities.enums import HitSource, RewardKind
from activities.models import BossAward, BossClawback, BossHit, BossPlayer, BossSeason, PrizeDelivery
from blindbox.common.invariants import violations
from tests.factories.activities import NOW
from tests.factories.boss import PRIZES, make_season
from tests.factories.issuers import serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def members(rich):
    return rich(), rich()


@pytest.fixture
def season(members):
    """A Boss of 100 hp that two members felled with 60, 30 and 20; settled and paid, one award by an issuer."""
    prizes = [*PRIZES[:3], {"award": "last_hit", "kind": "wallet", "amount_fen": 500}]
    with serving(RewardKind.WALLET):
        season = make_season(prizes=prizes)
        for number, (member, damage) in enumerate([(members[0], 60), (members[1], 30), (members[1], 20)]):
            hits.strike(season, Blow(member.pk, HitSource.DRAW, number, damage, NOW), now=NOW)
        settlement.settle_due(now=NOW + timedelta(days=1))
        paying.pay_due(now=NOW + timedelta(days=1))
        yield season


def found():
    return [each.what for each in violations(["D10"])]


def test_a_good_season_breaks_nothing(season):
    assert found() == []


def test_damage_that_nobody_dealt(season):
    BossSeason.objects.update(damage=111)
    assert found() == [f"赛季 {season.pk}：伤害 111，命中合计 110，排行合计 110；命中 3 次，记录 3 条"]


def test_a_hit_that_is_missing(season, members):
    BossHit.objects.filter(seq=2).delete()
    assert found() == [
        f"赛季 {season.pk}：伤害 110，命中合计 80，排行合计 110；命中 3 次，记录 2 条",
        f"赛季 {season.pk} 用户 {members[1].pk}：排行伤害 50，命中合计 20",
        f"赛季 {season.pk} 第 3 次命中：此前伤害记为 90，应为 60",
    ]


def test_damage_moved_from_one_player_to_another(season, members):
    BossPlayer.objects.filter(member=members[0]).update(damage=50)
    BossPlayer.objects.filter(member=members[1]).update(damage=60)
    assert found() == [
        f"赛季 {season.pk} 用户 {members[0].pk}：排行伤害 50，命中合计 60",
        f"赛季 {season.pk} 用户 {members[1].pk}：排行伤害 60，命中合计 50",
    ]


def test_another_hit_called_the_last(season):
    BossSeason.objects.update(last_hit_seq=2)
    assert found() == [f"赛季 {season.pk}：最后一击记为第 2 次命中，应为第 3 次"]


def test_a_boss_that_fell_and_is_said_to_stand(season):
    BossSeason.objects.update(last_hit_seq=None, defeated_at=None)
    assert found() == [f"赛季 {season.pk}：最后一击记为第 0 次命中，应为第 3 次"]


def test_a_boss_that_stands_and_is_said_to_have_fallen(season):
    BossSeason.objects.update(hp=111)
    assert found() == [f"赛季 {season.pk}：最后一击记为第 3 次命中，应为第 0 次"]


def test_a_day_over_the_cap(season, members):
    BossSeason.objects.update(daily_cap=59)
    assert found() == [f"赛季 {season.pk} 用户 {members[0].pk}：2026-11-22 伤害 60，超过每日上限 59"]


def test_a_tie_that_goes_by_the_wrong_moment(season, members):
    BossPlayer.objects.filter(member=members[1]).update(reached_at=NOW + timedelta(minutes=1))
    assert found() == [
        f"赛季 {season.pk} 用户 {members[1].pk}：达成时间记为 2026-11-22T04:01:00+00:00，应为 2026-11-22T04:00:00+00:00"
    ]


def test_points_asked_back_before_they_arrived(season, members):
    award = BossAward.objects.get(award="rank", rank=1)
    PointEntry.objects.filter(ref=f"boss:{award.pk}").delete()
    BossAward.objects.filter(pk=award.pk).update(paid_at=None)
    assert found() == []
    note = {"note": "", "created_at": NOW}
    claw = BossClawback.objects.create(
        season=season, member=award.member, batch_id=1, damage=60, wanted=0, taken=0, **note
    )
    assert found() == [
        f"Boss 积分收回 {claw.pk}：赛季 {season.pk} 用户 {award.member_id} 的积分奖励还没有发放",
    ]


def test_awards_of_a_season_that_is_not_settled(season):
    BossSeason.objects.update(settled_at=None)
    assert len(found()) == BossAward.objects.count() == 5
    assert found()[0].endswith(f"：赛季 {season.pk} 还没有结算")


def test_an_award_that_was_not_posted(season):
    award = BossAward.objects.get(award="rank", rank=1)
    entry = PointEntry.objects.get(ref=f"boss:{award.pk}")
    PointEntry.objects.filter(pk=entry.pk).update(delta=999)
    assert found() == [f"Boss 发奖 {award.pk}：积分没有入账或数额不符（入账 999）"]
    PointEntry.objects.filter(pk=entry.pk).update(ref="boss:0", delta=1000)
    assert found() == [
        f"Boss 发奖 {award.pk}：积分没有入账或数额不符（入账 None）",
        f"积分流水 {entry.pk}：没有对应的 Boss 发奖",
    ]


def test_an_award_that_was_not_sent_and_one_that_nobody_won(season):
    award, row = BossAward.objects.get(award="last_hit"), PrizeDelivery.objects.get()
    PrizeDelivery.objects.update(source_id=0)
    assert found() == [f"Boss 发奖 {award.pk}：没有发放记录", f"发放记录 {row.pk}：没有对应的 Boss 发奖"]
