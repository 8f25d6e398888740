"""The Boss as members see it, the live leaderboard, and seasons as operators set them up."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.boss import hits, paying, settlement
from activities.boss.hits import Blow
from activities.boss.settlement import GRACE
from activities.enums import HitSource
from activities.models import BossHit, BossPrize, BossSeason
from tests.factories.activities import NOW, make_activity, open_box
from tests.factories.boss import DAY, PRIZES, issue_of, make_season

pytestmark = pytest.mark.django_db
NONE = {"my_rank": None, "my_damage": 0, "my_damage_today": 0, "my_awards": []}


@pytest.fixture
def season(db):
    return make_season(now=timezone.now() - timedelta(hours=1))


def strike(season, member, damage, *, at=None):
    moment = at or season.starts_at
    number = BossHit.objects.count() + 1000
    hits.strike(season, Blow(member.pk, HitSource.DRAW, number, damage, moment), now=moment)


def boss_url(season):
    return f"/api/app/activities/{season.activity_id}/issues/{issue_of(season).pk}/boss"


def board_url(season):
    return f"/api/app/activities/{season.activity_id}/boss/leaderboard"


def test_the_boss_says_what_it_takes_and_what_it_gives(anonymous, season):
    body = anonymous.get(boss_url(season)).json()
    assert {name: body[name] for name in ("id", "name", "status", "status_label", "hp", "damage", "hp_left")} == {
        "id": season.pk, "name": "利维坦", "status": "running", "status_label": "进行中", "hp": 100, "damage": 0,
        "hp_left": 100,
    }  # fmt: skip
    assert (body["rule"], body["rule_label"], body["factor"], body["daily_cap"]) == ("per_draw", "按抽数", 1, 60)
    assert body["prizes"][0] == {
        "award": "rank", "award_label": "排名奖", "rank_from": 1, "rank_to": 1, "kind": "points", "kind_label": "积分",
        "title": "1000 积分",
        "points": 1000, "coupon_id": None, "amount_fen": None,
    }  # fmt: skip
    assert [prize["award"] for prize in body["prizes"]] == ["rank", "rank", "defeat", "last_hit"]
    assert {name: body[name] for name in NONE} == NONE
    assert (body["last_hit"], body["defeated_at"], body["settled_at"]) == (None, None, None)


def test_a_member_sees_their_own_place(app, member, make_member, season):
    assert {name: app.get(boss_url(season)).json()[name] for name in NONE} == NONE
    strike(season, make_member(), 9)
    strike(season, member, 5)
    strike(season, member, 2)
    body = app.get(boss_url(season)).json()
    assert (body["damage"], body["hp_left"], body["my_rank"], body["my_damage"]) == (16, 84, 2, 7)
    assert body["my_damage_today"] == 7


def test_after_the_fall_and_the_settlement(app, member, make_member, season):
    strike(season, member, 60)
    strike(season, make_member(nickname="小红"), 50)
    fallen = app.get(boss_url(season)).json()
    assert (fallen["status"], fallen["hp_left"], fallen["damage"]) == ("defeated", 0, 110)
    assert fallen["last_hit"] == {"nickname": "小***", "avatar_url": ""}
    settlement.settle_due(now=season.starts_at + GRACE)
    paying.pay_due(now=season.starts_at + GRACE)
    body = app.get(boss_url(season)).json()
    assert (body["status_label"], body["settled_at"] is not None) == ("已结算", True)
    assert [(each["award"], each["title"], each["points"]) for each in body["my_awards"]] == [
        ("rank", "1000 积分", 1000), ("defeat", "50 积分", 50)
    ]  # fmt: skip
    assert all(each["paid_at"] for each in body["my_awards"])


def test_the_leaderboard_ranks_across_pages(app, member, make_member, season):
    for place in range(4):
        strike(season, make_member(nickname=f"甲{place}"), 20 - place)
    strike(season, member, 18)
    answer = app.get(board_url(season), {"page": 2, "page_size": 2}).json()
    assert (answer["total"], answer["page"], answer["page_size"]) == (5, 2, 2)
    assert [(each["rank"], each["damage"], each["is_me"]) for each in answer["list"]] == [(3, 18, True), (4, 18, False)]
    assert answer["list"][1]["member"] == {"nickname": "甲***", "avatar_url": ""}
    first = app.get(board_url(season)).json()["list"]
    assert [each["rank"] for each in first] == [1, 2, 3, 4, 5]


def test_an_earlier_season_is_asked_by_its_id(anonymous, make_member, season):
    strike(season, make_member(), 3)
    later = make_season(
        issue_of(season).activity, now=season.ends_at, starts_at=season.ends_at, ends_at=season.ends_at + DAY
    )
    assert len(anonymous.get(board_url(season)).json()["list"]) == 1
    assert anonymous.get(board_url(season), {"season_id": later.pk}).json()["list"] == []
    for wrong in (10**9, make_season(make_activity(name="森林", is_boss=True)).pk):
        answer = anonymous.get(board_url(season), {"season_id": wrong})
        assert (answer.status_code, answer.json()["code"]) == (404, "common.not_found")


def test_an_activity_that_never_had_one_says_so(anonymous):
    issue = open_box()
    for tail in (f"issues/{issue.pk}/boss", "boss/leaderboard"):
        answer = anonymous.get(f"/api/app/activities/{issue.activity_id}/{tail}")
        assert (answer.status_code, answer.json()["code"]) == (404, "common.not_found")
        assert answer.json()["message"] == "没有这个 Boss 赛季"


def test_a_page_costs_the_same_for_many_players(app, member, make_member, season):
    def asked():
        with CaptureQueriesContext(connection) as sent:
            app.get(board_url(season))
        return len(sent)

    strike(season, member, 1)
    few = asked()
    for _ in range(9):
        strike(season, make_member(), 1)
    assert asked() == few


# -- operators

ADMIN = "/api/admin/boss_seasons"


@pytest.fixture
def wanted():
    activity = make_activity(is_boss=True, now=timezone.now())
    start = timezone.now() + DAY
    return {
        "activity_id": activity.pk, "name": "克拉肯", "hp": 500, "rule": "per_draw", "factor": 2, "daily_cap": 40,
        "starts_at": start.isoformat(), "ends_at": (start + DAY).isoformat(), "prizes": PRIZES,
    }  # fmt: skip


def test_an_operator_announces_changes_and_calls_off(shop, wanted):
    made = shop.post(ADMIN, wanted)
    assert made.status_code == 201, made.json()
    url = f"{ADMIN}/{made.json()['id']}"
    said = {name: made.json()[name] for name in ("name", "hp", "factor", "daily_cap", "status", "hits", "activity_id")}
    assert said == {
        "name": "克拉肯", "hp": 500, "factor": 2, "daily_cap": 40, "status": "waiting", "hits": 0,
        "activity_id": wanted["activity_id"],
    }  # fmt: skip
    assert shop.get(url).json() == made.json()
    assert shop.patch(url, {"hp": 600}).json()["hp"] == 600
    assert len(shop.put(url, {**wanted, "prizes": PRIZES[:1]}).json()["prizes"]) == 1
    assert [each["id"] for each in shop.get(ADMIN, {"activity_id": wanted["activity_id"]}).json()["list"]] == [
        made.json()["id"]
    ]
    assert shop.get(ADMIN, {"activity_id": 10**9}).json()["total"] == 0
    assert (shop.delete(url).status_code, BossSeason.objects.count(), BossPrize.objects.count()) == (200, 0, 0)


def test_once_started_it_is_frozen(shop):
    season = make_season(now=timezone.now() - timedelta(hours=1))
    for answer in (shop.patch(f"{ADMIN}/{season.pk}", {"hp": 1}), shop.delete(f"{ADMIN}/{season.pk}")):
        assert (answer.status_code, answer.json()["code"]) == (409, "boss.season_frozen")
    assert BossSeason.objects.get().hp == 100


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("activity_id", 10**9), ("name", ""), ("name", "甲" * 41), ("hp", 0), ("hp", 1.5), ("hp", 10**12 + 1),
        ("rule", "per_hour"), ("factor", 0), ("daily_cap", None), ("starts_at", "2026-01-01T00:00:00+08:00"),
        ("ends_at", NOW.isoformat()), ("prizes", {}), ("prizes", [{"award": "rank", "kind": "points", "points": 5}]),
        ("prizes", [{"award": "defeat", "kind": "product"}]), ("prizes", [{"award": "defeat", "points": 0}]),
    ],
)  # fmt: skip
def test_what_fits_no_season_is_named(shop, wanted, field, value):
    answer = shop.post(ADMIN, {**wanted, field: value})
    assert answer.status_code in (400, 404)
    if answer.status_code == 400:
        assert [each["field"].split(".")[0] for each in answer.json()["details"]] == [field]
    assert BossSeason.objects.count() == 0
