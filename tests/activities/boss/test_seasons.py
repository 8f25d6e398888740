"""Setting a season up: what fits, and that it is frozen once it has started."""

from datetime import timedelta

import pytest

from activities.boss import hits, seasons, selectors
from activities.boss.hits import Blow
from activities.enums import HitSource, RewardKind
from activities.errors import ActivityNotFound, BossSeasonFrozen, BossSeasonNotFound, BossSeasonOverlaps
from activities.models import Activity, BossPrize, BossSeason
from activities.services import configuring
from blindbox.common.errors import Invalid
from blindbox.system.audit import Actor
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW, make_activity
from tests.factories.boss import DAY, PRIZES, make_season
from tests.factories.issuers import serving

pytestmark = pytest.mark.django_db
YUN = Actor(id=7, name="云", ip="10.0.0.7")
RANK = {"award": "rank", "kind": "points", "points": 5}


@pytest.fixture
def activity(db):
    return make_activity(is_boss=True)


@pytest.fixture
def coming(activity):
    return make_season(activity, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)


def change(season, *, now=NOW, **values):
    return seasons.change(season_id=season.pk, values=values, actor=YUN, now=now)


def delete(season, *, now=NOW):
    seasons.delete(season_id=season.pk, actor=YUN, now=now)


def last_log():
    return OperationLog.objects.order_by("-pk").first()


def test_a_season_is_announced_with_its_prizes(activity):
    season = make_season(activity)
    assert (season.hp, season.damage, season.rule, season.daily_cap) == (100, 0, "per_draw", 60)
    assert list(season.prizes.order_by("pk").values_list("award", "rank_from", "rank_to", "points", "title")) == [
        ("rank", 1, 1, 1000, "1000 积分"),
        ("rank", 2, 3, 300, "300 积分"),
        ("defeat", None, None, 50, "50 积分"),
        ("last_hit", None, None, 500, "500 积分"),
    ]
    log = last_log()
    assert (log.action, log.after["hp"], len(log.after["prizes"])) == ("创建 Boss 赛季", 100, 4)


@pytest.mark.parametrize(
    ("field", "values", "message"),
    [
        ("starts_at", {"starts_at": NOW - timedelta(seconds=1)}, "开始时间不能早于现在"),
        ("ends_at", {"ends_at": NOW}, "结束时间必须晚于开始时间"),
        ("prizes", {"prizes": [{**RANK, "rank_from": 1, "rank_to": 3}, {**RANK, "rank_from": 3, "rank_to": 4}]},
         "排名奖的名次不能重叠"),
        ("prizes", {"prizes": [PRIZES[2], PRIZES[2]]}, "击败奖和最后一击各最多一行"),
        ("prizes", {"prizes": [{**RANK, "rank_from": n, "rank_to": n} for n in range(1, 52)]}, "最多 50 行奖励"),
        ("prizes.0", {"prizes": [RANK]}, "排名奖要填名次：从 1 起，不超过 10000，“到”不小于“从”"),
        ("prizes.0", {"prizes": [{**RANK, "rank_from": 2, "rank_to": 1}]},
         "排名奖要填名次：从 1 起，不超过 10000，“到”不小于“从”"),
        ("prizes.0", {"prizes": [{**PRIZES[2], "rank_from": 1, "rank_to": 1}]}, "只有排名奖填名次"),
        ("prizes.0", {"prizes": [{**PRIZES[2], "kind": "product"}]}, "Boss 奖励只能是积分、优惠券或钱包金额"),
        ("prizes.0", {"prizes": [{**PRIZES[2], "amount_fen": 1}]}, "积分奖励只填对应的一项内容"),
        ("prizes.0", {"prizes": [{**PRIZES[2], "points": None}]}, "积分奖励只填对应的一项内容"),
        ("prizes.1", {"prizes": [PRIZES[0], {"award": "defeat", "kind": "coupon", "coupon_id": 7}]},
         "优惠券功能还没有接入"),
    ],
)  # fmt: skip
def test_what_fits_no_season_is_refused_in_chinese(activity, field, values, message):
    with pytest.raises(Invalid) as refusal:
        make_season(activity, **values)
    assert [(each["field"], each["message"]) for each in refusal.value.fields] == [(field, message)]
    assert (BossSeason.objects.count(), BossPrize.objects.count()) == (0, 0)


def test_prizes_of_an_issuer_need_one_that_knows_them(activity):
    prizes = [{"award": "defeat", "kind": "coupon", "coupon_id": 8}]
    with serving(RewardKind.COUPON) as issuer:
        with pytest.raises(Invalid) as refusal:
            make_season(activity, prizes=prizes)
        assert refusal.value.fields[0]["message"] == "优惠券不存在"
        issuer.known_coupons = (8,)
        assert make_season(activity, prizes=prizes).prizes.get().title == "优惠券"


def test_only_a_flagged_activity_has_a_boss():
    with pytest.raises(Invalid) as refusal:
        make_season(make_activity())
    assert refusal.value.fields[0]["message"] == "活动没有勾选“Boss 挑战”"
    with pytest.raises(ActivityNotFound):
        seasons.create(values={"activity_id": 10**6}, actor=YUN, now=NOW)


def test_by_money_needs_a_price_in_money():
    with pytest.raises(Invalid) as refusal:
        make_season(make_activity(is_boss=True, price_fen=None), rule="per_yuan")
    assert refusal.value.fields[0]["field"] == "rule"


@pytest.mark.parametrize(("starts", "ends", "meets"), [(0, 1, False), (0, 2, True), (1, 2, True), (2, 3, False)])
def test_seasons_of_an_activity_do_not_overlap(activity, coming, starts, ends, meets):
    window = {"starts_at": NOW + starts * DAY, "ends_at": NOW + ends * DAY}
    if not meets:
        make_season(activity, **window)
        return
    with pytest.raises(BossSeasonOverlaps, match="与本活动的赛季「利维坦」时间重叠"):
        make_season(activity, **window)
    make_season(make_activity(name="森林", is_boss=True), **window)


def test_after_an_early_fall_the_next_boss_may_come(activity, make_member):
    season = make_season(activity, hp=1)
    blow = Blow(make_member().pk, HitSource.DRAW, 1, 1, NOW)
    hits.strike(season, blow, now=NOW)
    with pytest.raises(BossSeasonOverlaps):
        make_season(activity, name="克拉肯")
    soon = NOW + timedelta(seconds=1)
    following = make_season(activity, name="克拉肯", starts_at=soon)
    assert [selectors.season_at(activity.pk, at) for at in (NOW, soon)] == [season, following]
    assert selectors.shown_season(activity.pk, now=soon) == following


def test_until_it_starts_all_of_it_may_change(coming):
    changed = change(coming, hp=500, prizes=[PRIZES[2]], ends_at=NOW + 3 * DAY)
    assert (changed.hp, changed.ends_at, [each.award for each in changed.prizes.all()]) == (
        500, NOW + 3 * DAY, ["defeat"]
    )  # fmt: skip
    log = last_log()
    assert (log.action, log.before["hp"], log.after["hp"], len(log.before["prizes"])) == ("修改 Boss 赛季", 100, 500, 4)
    assert change(coming, name="克拉肯").prizes.count() == 1


def test_once_started_it_is_frozen(coming):
    for attempt in (lambda: change(coming, hp=1, now=NOW + DAY), lambda: delete(coming, now=NOW + DAY)):
        with pytest.raises(BossSeasonFrozen, match="赛季已经开始"):
            attempt()
    assert (BossSeason.objects.get().hp, BossPrize.objects.count(), last_log().action) == (100, 4, "创建 Boss 赛季")


def test_a_refused_change_changes_nothing(coming):
    with pytest.raises(Invalid):
        change(coming, hp=500, prizes=[RANK])
    assert (BossSeason.objects.get().hp, BossPrize.objects.count()) == (100, 4)


def test_called_off_before_it_starts(coming):
    delete(coming)
    assert (BossSeason.objects.count(), BossPrize.objects.count(), last_log().before["name"]) == (0, 0, "利维坦")
    with pytest.raises(BossSeasonNotFound):
        delete(coming)


def test_the_flag_stays_while_a_season_is_not_settled(activity, coming):
    def unflag():
        values = {"is_boss": False}
        configuring.change_activity(activity_id=activity.pk, values=values, actor=YUN, now=NOW)

    with pytest.raises(Invalid) as refusal:
        unflag()
    assert refusal.value.fields[0]["message"] == "还有未结算的 Boss 赛季，不能取消 Boss 挑战"
    delete(coming)
    unflag()
    assert Activity.objects.get().is_boss is False


def test_an_activity_without_sales_takes_its_season_along(activity, coming):
    configuring.delete_activity(activity_id=activity.pk, actor=YUN, now=NOW)
    assert BossSeason.objects.count() == 0


def test_members_see_the_one_that_runs_else_the_next_else_the_last(activity, coming):
    later = make_season(activity, starts_at=NOW + 4 * DAY, ends_at=NOW + 5 * DAY, name="克拉肯")

    def seen(days):
        return selectors.shown_season(activity.pk, now=NOW + days * DAY)

    assert [seen(days) for days in (0, 1, 3, 4, 9)] == [coming, coming, later, later, later]
    with pytest.raises(BossSeasonNotFound):
        selectors.shown_season(make_activity(name="无").pk, now=NOW)
