"""A Boss season in the back office: typed while it waits, only watched once it runs."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from activities.boss import hits, paying, settlement
from activities.boss.hits import Blow
from activities.boss.settlement import GRACE
from activities.enums import HitSource, RewardKind
from activities.models import BossAward, BossHit, BossPlayer, BossPrize, BossSeason
from blindbox.system.models import OperationLog
from tests.factories.activities import make_activity
from tests.factories.boss import DAY, make_season
from tests.factories.issuers import serving
from tests.factories.pages import rows, save

pytestmark = pytest.mark.django_db
URL = "/admin/activities/bossseason/"
BLANK = {"award": "rank", "rank_from": "", "rank_to": "", "points": "", "title": ""}


@pytest.fixture
def activity(db):
    return make_activity(is_boss=True, now=timezone.now())


def typed(activity, *prizes, initial=0, **changes):
    return {
        "activity": activity.pk, "name": "利维坦", "hp": 100, "rule": "per_draw", "factor": 2, "daily_cap": 60,
        "starts_at_0": "2099-01-01", "starts_at_1": "00:00", "ends_at_0": "2099-01-02", "ends_at_1": "00:00",
        **rows("prizes", *prizes, initial=initial), **changes,
    }  # fmt: skip


def prize(**typed):
    return {**BLANK, **typed}


@pytest.fixture
def running(activity):
    return make_season(activity, now=timezone.now() - timedelta(hours=1))


def strike(season, member, damage):
    number = BossHit.objects.count() + 1000
    blow = Blow(member.pk, HitSource.DRAW, number, damage, season.starts_at)
    hits.strike(season, blow, now=season.starts_at)


def test_a_season_is_typed_with_its_prizes(office, activity):
    prizes = prize(rank_from=1, rank_to=3, points=500), prize(award="last_hit", points=50, title="大礼")
    answer = office.post(f"{URL}add/", typed(activity, *prizes, BLANK))
    assert answer.status_code == 302, answer.context["errors"]
    season = BossSeason.objects.get()
    assert (season.hp, season.factor, season.starts_at.year) == (100, 2, 2098)
    assert list(BossPrize.objects.order_by("pk").values_list("award", "rank_to", "points", "title", "kind")) == [
        ("rank", 3, 500, "500 积分", "points"),
        ("last_hit", None, 50, "大礼", "points"),
    ]
    assert OperationLog.objects.filter(object_type="BossSeason").count() == 2


def test_its_prizes_are_changed_and_taken_away(office, activity):
    season = make_season(activity, starts_at=timezone.now() + DAY, ends_at=timezone.now() + 2 * DAY)
    kept = season.prizes.get(rank_from=1)
    others = season.prizes.exclude(pk=kept.pk).order_by("pk")
    lines = [
        {"id": kept.pk, **prize(rank_from=1, rank_to=2, points=700, title="头奖")},
        *({"id": each.pk, **prize(award=each.award, rank_from=each.rank_from or "", rank_to=each.rank_to or "",
                                  points=each.points), "DELETE": "on"} for each in others),
    ]  # fmt: skip
    answer = save(office, f"{URL}{season.pk}/change/", typed(activity, *lines, initial=4, hp=900))
    assert answer.status_code == 302, answer.context["errors"]
    assert BossSeason.objects.get().hp == 900
    assert list(BossPrize.objects.values_list("rank_to", "points", "title")) == [(2, 700, "头奖")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (prize(rank_from=1, rank_to=1), "每行只给一样：积分"),
        (prize(award="defeat", rank_from=1, rank_to=1, points=5), "其他奖项不填"),
        (prize(points=5), "排名奖要填名次"),
        (prize(rank_from=3, rank_to=2, points=5), "排名奖要填名次"),
    ],
)
def test_a_prize_that_makes_no_sense_comes_back_with_why(office, activity, line, said):
    answer = office.post(f"{URL}add/", typed(activity, line))
    assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert BossSeason.objects.count() == 0


def test_a_refusal_of_the_service_stands_above_the_form(office, activity):
    answer = office.post(f"{URL}add/", typed(activity, starts_at_0="2020-01-01"))
    assert "开始时间不能早于现在" in answer.content.decode()
    assert BossSeason.objects.count() == 0


def test_only_flagged_activities_are_offered(office, activity):
    other = make_activity(name="森林")
    page = office.get(f"{URL}add/").content.decode()
    assert (f'value="{activity.pk}"' in page, f'value="{other.pk}"' in page) == (True, False)


def test_credit_is_offered_once_somebody_hands_it_out(office, activity):
    assert "prizes-0-amount_fen" not in office.get(f"{URL}add/").content.decode()
    with serving(RewardKind.WALLET):
        line = prize(award="defeat", amount_fen="5.00")
        assert office.post(f"{URL}add/", typed(activity, line)).status_code == 302
    assert BossPrize.objects.values_list("kind", "amount_fen").get() == ("wallet", 500)


def test_once_it_runs_nothing_is_typed(office, activity, running):
    page = office.get(f"{URL}{running.pk}/change/").content.decode()
    assert ('name="hp"' in page, 'name="prizes-0-points"' in page, "1000 积分" in page) == (False, False, True)
    save(office, f"{URL}{running.pk}/change/", typed(activity, hp=1))
    office.post(f"{URL}{running.pk}/delete/", {"post": "yes"})
    assert BossSeason.objects.get().hp == 100


def shown(office, season):
    return {title: panel.rows for title, panel in office.get(f"{URL}{season.pk}/change/").context["panels"]}


def test_the_page_shows_who_leads_and_what_would_be_paid(office, make_member, running):
    first, second = make_member(nickname="小红"), make_member(nickname="小明")
    strike(running, first, 30)
    strike(running, second, 20)
    panels = shown(office, running)
    assert [(row[0], row[2], row[3]) for row in panels["排行"]] == [(1, 30, 1), (2, 20, 1)]
    assert [(row[0], row[3], row[4]) for row in panels["奖励"]] == [
        (1, "排名奖", "1000 积分"),
        (2, "排名奖", "300 积分"),
    ]
    assert "按现在的排行预计" in panels["奖励"][0][5]
    assert [(row[0], row[4], row[5]) for row in panels["最近命中"]] == [(2, 30, "+20"), (1, 0, "+30")]
    assert panels["结算后的退款"] == []


def test_after_the_settlement_it_shows_what_was_paid(office, make_member, running):
    member = make_member(nickname="小红")
    strike(running, member, 60)
    strike(running, make_member(), 60)
    settlement.settle_due(now=running.starts_at + GRACE)
    panels = shown(office, running)
    assert [row[3] for row in panels["奖励"]] == ["排名奖", "击败奖", "排名奖", "击败奖", "最后一击"]
    assert all("待发放" in row[5] for row in panels["奖励"])
    paying.pay_due(now=running.starts_at + GRACE)
    assert all("已发放" in row[5] for row in shown(office, running)["奖励"])
    listed = office.get("/admin/activities/bossaward/", {"unpaid": "no"}).context["cl"].result_list
    assert len(listed) == BossAward.objects.count() == 5


def test_what_is_overdue_is_a_task(office, activity, make_member):
    long_ago = timezone.now() - 30 * DAY
    season = make_season(activity, now=long_ago)
    strike(season, make_member(), 5)
    todos = {each.title: each.value.count for each in office.get("/admin/").context["todos"]}
    assert todos["Boss 赛季迟迟没有结算"] == 1
    settlement.settle_due(now=long_ago + 8 * DAY)
    cache.clear()
    todos = {each.title: each.value.count for each in office.get("/admin/").context["todos"]}
    assert ("Boss 赛季迟迟没有结算" in todos, todos["Boss 奖励没有发出"]) == (False, 1)


def test_the_ranking_numbers_its_places_whoever_is_looked_for_and_has_one_order(office, make_member, activity, running):
    members = [make_member(nickname=name) for name in ("小红", "小明", "小刚")]
    for member, damage in zip(members, (20, 30, 20), strict=True):
        strike(running, member, damage)
    BossPlayer.objects.create(season=running, member=make_member(), damage=0, reached_at=running.starts_at)
    page = office.get("/admin/activities/bossplayer/")
    assert [player.rank for player in page.context["cl"].result_list] == [1, 2, 3, None]
    assert "sortpriority" not in page.content.decode()
    found = office.get("/admin/activities/bossplayer/", {"q": "小刚"}).context["cl"].result_list
    assert [player.rank for player in found] == [3]
