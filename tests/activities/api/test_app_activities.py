"""What members and guests read: activities, issues, rewards with live odds, logs with masked names."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.models import Activity, ActivityCategory, Issue, Reward
from activities.services import closing, configuring, opening
from blindbox.system.audit import SYSTEM
from tests.factories.activities import make_activity, make_draft, open_box, open_odds
from tests.factories.draws import buy, open_box_of_all_positions

pytestmark = pytest.mark.django_db
URL = "/api/app/activities"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def box(db, now):
    return open_box(total=20, now=now, tags=["新品", "🐳"], cover_url="/static/c.svg", description="介绍", rules="规则")


@pytest.fixture
def queries() -> Callable[[Callable[[], Any]], int]:
    def count(call):
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    return count


def own(issue):
    return f"{URL}/{issue.activity_id}/issues/{issue.pk}"


def ids(answer):
    return [each["id"] for each in answer.json()["list"]]


def test_an_activity_in_the_list(anonymous, member, box, now):
    buy(member, box, 3, now=now)
    body = anonymous.get(URL).json()
    assert (body["total"], body["page"], body["page_size"]) == (1, 1, 20)
    activity = body["list"][0]
    category = ActivityCategory.objects.get()
    assert activity.pop("starts_at").endswith("+08:00")
    assert activity == {
        "id": box.activity_id,
        "name": "海洋系列",
        "category": {"id": category.pk, "name": "盲盒"},
        "gameplay": "ichiban",
        "gameplay_label": "一番赏",
        "is_boss": False,
        "tags": ["一番赏", "新品", "🐳"],
        "cover_url": "/static/c.svg",
        "price_fen": 6000,
        "price_points": 600,
        "status": "active",
        "status_label": "上架",
        "ends_at": None,
        "current_issue": {"id": box.pk, "number": 1, "total": 20, "remaining": 17},
    }


def test_the_price_is_what_a_draw_costs_now(anonymous, shop, box):
    values = {"price_fen": 100, "price_points": None}
    configuring.change_activity(activity_id=box.activity_id, values=values, actor=SYSTEM, now=timezone.now())
    detail = f"{URL}/{box.activity_id}"
    assert [anonymous.get(URL).json()["list"][0][name] for name in values] == [6000, 600]
    assert [anonymous.get(detail).json()[name] for name in values] == [6000, 600]
    assert anonymous.get(detail).json()["issues"][0]["terms"]["price_fen"] == 6000
    admin = f"/api/admin/activities/{box.activity_id}"
    assert [shop.get(admin).json()[name] for name in values] == [100, None]
    assert [shop.get("/api/admin/activities").json()["list"][0][name] for name in values] == [100, None]


def test_what_is_over_archived_or_hidden_is_not_listed(anonymous, now):
    shown, over, archived, hidden = (make_activity(name=name, now=now) for name in "甲乙丙丁")
    Activity.objects.filter(pk=over.pk).update(ends_at=now)
    Activity.objects.filter(pk=archived.pk).update(status="archived")
    Activity.objects.filter(pk=hidden.pk).update(category=ActivityCategory.objects.create(name="暗", is_visible=False))
    assert ids(anonymous.get(URL)) == [shown.pk]
    assert anonymous.get(f"{URL}/{archived.pk}").status_code == 404
    assert [each["name"] for each in anonymous.get("/api/app/activity_categories").json()["list"]] == ["盲盒"]


def test_filters_search_and_order(anonymous, now):
    sea, wood = make_activity(name="海洋 🐳", now=now), make_activity(name="森林", now=now, price_fen=100, is_boss=True)
    wheel = make_activity(name="转盘", now=now, gameplay="infinite", price_fen=300)
    other = ActivityCategory.objects.create(name="扭蛋")
    Activity.objects.filter(pk=wood.pk).update(category=other)

    def listed(query):
        return ids(anonymous.get(f"{URL}?{query}"))

    assert listed("") == [wheel.pk, wood.pk, sea.pk]
    assert listed(f"category_id={other.pk}") == [wood.pk]
    assert listed("gameplay=infinite") == [wheel.pk]
    assert listed("is_boss=true") == listed("is_boss=1") == [wood.pk]
    assert listed("is_boss=false") == listed("is_boss=0") == [wheel.pk, sea.pk]
    assert listed("is_boss=") == [wheel.pk, wood.pk, sea.pk]
    assert listed("search=海洋") == [sea.pk]
    assert listed("ordering=price_fen") == [wood.pk, wheel.pk, sea.pk]
    assert listed("ordering=-price_fen") == [sea.pk, wheel.pk, wood.pk]
    assert listed("page=2&page_size=2") == [sea.pk]
    assert listed("page=9") == []
    assert anonymous.get(f"{URL}?page_size=2").json()["total"] == 3


def test_the_detail_shows_every_issue_on_sale_with_its_terms(anonymous, box, now):
    second = make_draft(box.activity, [{"level": "A", "name": "积分", "kind": "points", "points": 1, "quantity": 5}])
    opening.open_issue(issue_id=second.pk, actor=SYSTEM, now=now)
    body = anonymous.get(f"{URL}/{box.activity_id}").json()
    assert (body["description"], body["rules"]) == ("介绍", "规则")
    assert body["serial_no"] == Activity.objects.get(pk=box.activity_id).serial_no
    assert [issue["number"] for issue in body["issues"]] == [1, 2]
    first = body["issues"][0]
    assert first["terms"] == {
        "price_fen": 6000,
        "price_points": 600,
        "bundle_prices": [],
        "largest_order": 10,
        "hold_seconds": 180,
        "pick_number": False,
        "box_lock_seconds": None,
        "buy_out": {"discount_ppm": 0, "after_sold_percent": 0},
        "lowest_value_fen": 9900,
        "highest_value_fen": 9900,
        "config": {},
        "terms_hash": first["terms_hash"],
    }
    assert [reward["level"] for reward in first["rewards"]] == ["A", "C", "LAST"]
    assert first["lock"] is None


def test_issues_newest_first_and_the_secret_only_when_closed(anonymous, member, box, now):
    buy(member, box, 2, now=now)
    later = open_box(total=5, now=now, name="森林")
    Issue.objects.filter(pk=later.pk).update(activity_id=box.activity_id, number=2)
    make_draft(box.activity, [], now=now)
    closing.close(issue_id=later.pk, actor=SYSTEM, now=now)
    listed = anonymous.get(f"{URL}/{box.activity_id}/issues").json()
    assert [(each["number"], each["status"], each["status_label"]) for each in listed["list"]] == [
        (2, "closed", "已结束"),
        (1, "open", "进行中"),
    ]
    closed, on_sale = listed["list"]
    assert (len(closed["revealed_secret"]), on_sale["revealed_secret"]) == (64, None)
    found = [on_sale[name] for name in ("total", "sold", "remaining", "commitment", "closed_at")]
    assert found == [20, 2, 18, box.commitment, None]


def test_rewards_show_what_is_left_and_how_likely_it_is(anonymous, app, member, now):
    issue = open_box_of_all_positions()
    body = anonymous.get(f"{own(issue)}/rewards").json()
    assert (body["total"], [each["level"] for each in body["list"]]) == (6, ["A", "B", "C", "LAST", "G", "FIRST"])
    assert body["list"][0] == {
        "id": Reward.objects.get(level="A").pk,
        "level": "A",
        "name": "积分",
        "image_url": "",
        "kind": "points",
        "kind_label": "积分",
        "position": "ticket",
        "position_label": "普通",
        "position_n": None,
        "bundle": None,
        "points": 1,
        "node": None,
        "quantity": 1,
        "remaining": 1,
        "odds_ppm": 90_909,
        "initial_odds_ppm": 90_909,
        "overall_odds_ppm": None,
        "your_odds_ppm": None,
        "reference_value_fen": 0,
    }
    buy(member, issue, 10, now=now)
    left = app.get(f"{own(issue)}/rewards").json()["list"]
    assert sum(each["odds_ppm"] or 0 for each in left) == 1_000_000
    assert [each["your_odds_ppm"] for each in left] == [each["odds_ppm"] for each in left]
    assert [each["initial_odds_ppm"] for each in left] == [90_909, 272_727, 636_364, None, None, None]
    assert sum(each["remaining"] for each in left if each["position"] == "ticket") == 1


def test_weighted_rewards_show_their_odds(anonymous):
    issue = open_odds()
    listed = anonymous.get(f"{own(issue)}/rewards").json()["list"]
    assert [(each["odds_ppm"], each["quantity"], each["remaining"]) for each in listed] == [
        (5_000, None, None),
        (95_000, None, None),
        (900_000, None, None),
    ]


def test_logs_mask_names_and_go_by_cursor(anonymous, make_member, now):
    issue = open_box_of_all_positions()
    whale = make_member(nickname="🐳鲸鱼先生", avatar_url="/a.svg", points_balance=10_000)
    buy(whale, issue, 7, now=now)
    first = anonymous.get(f"{own(issue)}/draw_logs?limit=3").json()
    assert set(first) == {"list", "next_cursor"}
    assert len(first["list"]) == 3
    entry = first["list"][0]
    assert entry["member"] == {"nickname": "🐳***", "avatar_url": "/a.svg"}
    assert set(entry) == {"id", "member", "reward", "ticket_no", "is_bonus", "drawn_at"}
    seen, cursor = ids_of(first), first["next_cursor"]
    while cursor:
        page = anonymous.get(f"{own(issue)}/draw_logs?limit=3&cursor={cursor}").json()
        seen, cursor = seen + ids_of(page), page["next_cursor"]
    assert seen == sorted(set(seen), reverse=True)
    assert "鲸鱼先生" not in anonymous.get(f"{own(issue)}/draw_logs").content.decode()
    levels = {each["reward"]["level"] for each in anonymous.get(f"{own(issue)}/draw_logs?level=C").json()["list"]}
    assert levels <= {"C"}
    assert anonymous.get(f"{own(issue)}/draw_logs?level=无").json()["list"] == []


def ids_of(page):
    return [each["id"] for each in page["list"]]


def test_my_draws_tell_where_they_are_from(app, member, box, now):
    buy(member, box, 2, now=now)
    listed = app.get("/api/app/users/me/draw_logs").json()["list"]
    assert [each["ticket_no"] for each in listed] == [2, 1]
    assert listed[0]["activity_name"] == "海洋系列"
    assert (listed[0]["issue_id"], listed[0]["issue_number"], listed[0]["refunded"]) == (box.pk, 1, False)
    assert app.get(f"/api/app/users/{member.pk}/draw_logs").json()["list"] == listed


def test_lists_cost_the_same_for_one_and_for_many(anonymous, app, member, make_member, queries, now):
    open_box(total=50, now=now)
    first = Activity.objects.get()
    issue = first.issues.get()
    buy(member, issue, 1, now=now)
    urls = [URL, f"{URL}/{first.pk}/issues", f"{own(issue)}/rewards", f"{own(issue)}/draw_logs", f"{own(issue)}/proof"]
    urls += ["/api/app/activity_categories", "/api/app/draw_commitments", "/api/app/users/me/draw_logs"]
    app.get(f"{own(issue)}/proof")  # settings are read once in a while
    few = {url: queries(lambda url=url: app.get(url)) for url in urls}
    for number in range(5):
        open_box(total=20, now=now, name=f"第 {number}")
        buy(make_member(points_balance=6000), issue, 3, now=now)
        make_draft(first, [], now=now)
        ActivityCategory.objects.create(name=f"分类 {number}")
    assert {url: queries(lambda url=url: app.get(url)) for url in urls} == few
    assert max(few.values()) <= 7
