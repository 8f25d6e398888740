"""Setting activities, issues and rewards up over HTTP: PUT replaces, PATCH changes, opening freezes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.models import Activity, Issue, IssueCounter, Reward
from blindbox.system.models import OperationLog
from catalog.models import Product
from tests.factories.activities import box_rewards, make_activity, make_draft, make_product, open_box
from tests.factories.draws import buy

pytestmark = pytest.mark.django_db
CATEGORIES, ACTIVITIES = "/api/admin/activity_categories", "/api/admin/activities"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def body(shop):
    """A whole activity."""
    category = shop.post(CATEGORIES, {"name": "盲盒"}).json()["id"]
    return {
        "name": "海洋系列 🐳",
        "category_id": category,
        "gameplay": "ichiban",
        "is_boss": True,
        "tags": ["新品", "限定 👨‍👩‍👧"],
        "price_fen": 6000,
        "price_points": 600,
        "cover_url": "https://img.example.com/c.png",
        "description": "第一行\n第二行 🐳",
        "rules": "规则",
        "starts_at": "2026-01-01T00:00:00+08:00",
        "ends_at": "2199-01-01T00:00:00+08:00",
        "config": {"largest_order": 5, "bundle_prices": [{"count": 5, "price_fen": 28_000}]},
    }


def refused(answer):
    assert set(answer.json()) == {"code", "message", "details", "request_id"}
    return answer.status_code, answer.json()["code"]


def test_a_category_is_made_read_changed_and_deleted(shop):
    made = shop.post(CATEGORIES, {"name": "盲盒 🎁", "sort": 3})
    assert (made.status_code, made.json()) == (201, {**made.json(), "name": "盲盒 🎁", "sort": 3, "is_visible": True})
    url = f"{CATEGORIES}/{made.json()['id']}"
    assert shop.patch(url, {"is_visible": False}).json()["sort"] == 3
    assert shop.put(url, {"name": "扭蛋"}).json() == {
        "id": made.json()["id"],
        "name": "扭蛋",
        "sort": 0,
        "is_visible": True,
    }
    assert shop.get(CATEGORIES).json()["total"] == 1
    assert refused(shop.post(CATEGORIES, {"name": "扭蛋"})) == (400, "common.invalid")
    deleted = shop.delete(url)
    assert (deleted.status_code, deleted.json()) == (200, {})


def test_a_category_in_use_stays(shop):
    activity = make_activity()
    url = f"{CATEGORIES}/{activity.category_id}"
    assert refused(shop.delete(url)) == (409, "activity.category_in_use")


def test_an_activity_is_made_and_read_as_it_was_sent(shop, body):
    made = shop.post(ACTIVITIES, body)
    assert made.status_code == 201
    found = made.json()
    assert shop.get(f"{ACTIVITIES}/{found['id']}").json() == found
    sent = {name: body[name] for name in body if name != "category_id"}
    assert {name: found[name] for name in sent} == sent
    assert found["category"] == {"id": body["category_id"], "name": "盲盒"}
    assert (found["status"], found["gameplay_label"], found["current_issue"]) == ("active", "一番赏", None)
    log = OperationLog.objects.get(action="创建活动")
    assert (log.operator_name, log.after["name"]) == ("admin", "海洋系列 🐳")


def test_put_replaces_what_it_does_not_name_and_patch_leaves_it(shop, body):
    url = f"{ACTIVITIES}/{shop.post(ACTIVITIES, body).json()['id']}"
    patched = shop.patch(url, {"name": "森林", "price_points": None}).json()
    assert (patched["name"], patched["price_points"], patched["price_fen"], patched["tags"]) == (
        "森林", None, 6000, body["tags"],
    )  # fmt: skip
    least = {name: body[name] for name in ("name", "category_id", "gameplay", "starts_at")}
    put = shop.put(url, least).json()
    reset = [put[name] for name in ("is_boss", "tags", "price_fen", "price_points", "cover_url", "ends_at", "config")]
    assert reset == [False, [], None, None, "", None, {}]
    missing = shop.put(url, {"name": "只有名称"})
    assert sorted(each["field"] for each in missing.json()["details"]) == ["category_id", "gameplay", "starts_at"]
    assert shop.get(url).json()["name"] == body["name"]
    assert shop.patch(url, {}).json()["name"] == body["name"]


def test_archiving_by_patch(shop, app, body):
    url = f"{ACTIVITIES}/{shop.post(ACTIVITIES, body).json()['id']}"
    assert shop.patch(url, {"status": "archived"}).json()["status"] == "archived"
    assert app.get(url.replace("admin", "app")).status_code == 404
    assert shop.patch(url, {"status": "active"}).json()["status_label"] == "上架"


def test_deleting_an_activity(shop, member, now):
    draft, sold = make_activity(now=now), open_box(now=now, name="森林")
    buy(member, sold, 1, now=now)
    assert shop.delete(f"{ACTIVITIES}/{draft.pk}").json() == {}
    assert refused(shop.delete(f"{ACTIVITIES}/{sold.activity_id}")) == (409, "activity.has_sales")
    assert list(Activity.objects.values_list("pk", flat=True)) == [sold.activity_id]


def test_from_nothing_to_a_sold_draw_and_a_revealed_secret(shop, app, body):
    product = make_product(stock=50)
    activity = shop.post(ACTIVITIES, {**body, "config": {}}).json()["id"]
    issues = f"{ACTIVITIES}/{activity}/issues"
    issue = shop.post(issues, {})
    assert (issue.status_code, issue.json()["status"], issue.json()["number"]) == (201, "draft", 1)
    url = f"{issues}/{issue.json()['id']}"
    rewards = [
        {"level": "A", "name": "手办", "kind": "product", "product_id": product.pk, "quantity": 2, "cost_fen": 5},
        {"level": "B", "name": "积分", "kind": "points", "points": 10, "quantity": 3, "reference_value_fen": 100},
    ]
    made = shop.post(f"{url}/rewards", rewards)
    assert (made.status_code, [each["kind_label"] for each in made.json()]) == (201, ["商品", "积分"])
    one = {"level": "LAST", "name": "特别版", "kind": "points", "points": 99, "quantity": 1, "position": "last"}
    assert shop.post(f"{url}/rewards", one).json()["position_label"] == "最终赏"
    opened = shop.post(f"{url}/open", {"reason": "开售"})
    assert (opened.status_code, opened.json()["status"], opened.json()["total"]) == (200, "open", 5)
    assert (len(opened.json()["commitment"]), opened.json()["revealed_secret"]) == (64, None)
    assert Product.objects.get().stock == 48
    sale = app.post(
        f"/api/app/activities/{activity}/issues/{issue.json()['id']}/draws",
        {"count": 5, "pay_with": "points", "client_nonce": "n"},
        HTTP_IDEMPOTENCY_KEY="k",
    )
    assert (sale.status_code, len(sale.json()["draws"])) == (201, 6)
    closed = shop.post(f"{url}/close")
    assert (closed.status_code, closed.json()["status"], len(closed.json()["revealed_secret"])) == (200, "closed", 64)
    assert Product.objects.get().stock == 48


def test_issues_are_made_read_changed_and_deleted(shop):
    activity = make_activity()
    url = f"{ACTIVITIES}/{activity.pk}/issues"
    window = {"starts_at": "2026-11-01T00:00:00+08:00", "ends_at": "2026-12-01T00:00:00+08:00"}
    made = shop.post(url, {"number": 7, **window, "config": {"largest_order": 3}}).json()
    own = f"{url}/{made['id']}"
    assert (made["number"], made["starts_at"], made["config"]) == (7, window["starts_at"], {"largest_order": 3})
    assert shop.get(own).json() == made
    assert shop.patch(own, {"number": 8}).json()["ends_at"] == window["ends_at"]
    put = shop.put(own, {}).json()
    assert (put["number"], put["starts_at"], put["ends_at"], put["config"]) == (8, None, None, {})
    assert refused(shop.post(url, {"number": 8})) == (409, "activity.issue_number_taken")
    assert [each["number"] for each in shop.get(url).json()["list"]] == [8]
    assert shop.delete(own).json() == {}
    assert shop.get(own).status_code == 404


def test_a_direct_price_is_refused_and_not_ignored(shop):
    activity = make_activity()
    issue = make_draft(activity, [])
    url = f"{ACTIVITIES}/{activity.pk}/issues/{issue.pk}/rewards"
    one = {"level": "A", "name": "积分", "kind": "points", "points": 1, "quantity": 1}
    refused = shop.post(url, {**one, "direct_price_fen": 9900})
    reason = {"field": "direct_price_fen", "code": "invalid", "message": "暂不支持期内直接购买，请留空"}
    assert (refused.status_code, refused.json()["details"]) == (400, [reason])
    assert Reward.objects.count() == 0
    made = shop.post(url, {**one, "direct_price_fen": None})
    assert made.status_code == 201
    assert shop.patch(f"{url}/{made.json()['id']}", {"direct_price_fen": 1}).status_code == 400


def test_rewards_are_listed_changed_and_deleted(shop):
    draft = make_draft(make_activity(), box_rewards(make_product(), total=5))
    url = f"{ACTIVITIES}/{draft.activity_id}/issues/{draft.pk}/rewards"
    listed = shop.get(f"{url}?page_size=2").json()
    assert (listed["total"], [each["level"] for each in listed["list"]]) == (3, ["A", "C"])
    own = f"{url}/{listed['list'][0]['id']}"
    patched = shop.patch(own, {"quantity": 3}).json()
    assert (patched["quantity"], patched["cost_fen"], patched["name"]) == (3, 8000, "手办")
    product = Product.objects.get().pk
    put = shop.put(own, {"level": "S", "name": "新", "product_id": product}).json()
    assert (put["quantity"], put["cost_fen"], put["sort"], put["position"]) == (None, 0, 0, "ticket")
    assert shop.delete(own).json() == {}
    assert Reward.objects.count() == 2


def test_after_opening_every_edit_is_409_and_changes_nothing(shop, state, now):
    issue = open_box(now=now)
    url = f"{ACTIVITIES}/{issue.activity_id}/issues/{issue.pk}"
    reward, product = Reward.objects.earliest("pk"), Product.objects.get().pk
    before = state()
    line = {"level": "D", "name": "贴纸", "product_id": product, "quantity": 1}
    for answer in (
        shop.put(url, {"number": 9}),
        shop.patch(url, {"config": {}}),
        shop.delete(url),
        shop.post(f"{url}/open"),
        shop.post(f"{url}/rewards", line),
        shop.put(f"{url}/rewards/{reward.pk}", line),
        shop.patch(f"{url}/rewards/{reward.pk}", {"quantity": 2}),
        shop.delete(f"{url}/rewards/{reward.pk}"),
    ):
        assert refused(answer) == (409, "activity.terms_frozen")
        assert "条款不可修改" in answer.json()["message"]
    assert state() == before


def test_what_cannot_open_says_why_in_chinese(shop, state):
    draft = make_draft(make_activity(), [])
    before = state()
    answer = shop.post(f"{ACTIVITIES}/{draft.activity_id}/issues/{draft.pk}/open")
    assert refused(answer) == (409, "activity.cannot_open")
    assert answer.json()["message"] == "期次不能开放：还没有奖品；至少要有一种普通位置的奖品"
    assert state() == before


def test_too_little_stock_says_how_much(shop, state):
    draft = make_draft(make_activity(), box_rewards(make_product(stock=20), total=20))
    before = state()
    answer = shop.post(f"{ACTIVITIES}/{draft.activity_id}/issues/{draft.pk}/open", {})
    assert refused(answer) == (409, "stock.insufficient")
    assert answer.json()["details"] == {"product": "手办", "needed": 21, "stock": 20}
    assert state() == before


def test_what_was_sold_does_not_close_early(shop, member, state, now):
    issue = open_box(now=now, ends_at=now + timedelta(hours=1))
    buy(member, issue, 1, now=now)
    before = state()
    answer = shop.post(f"{ACTIVITIES}/{issue.activity_id}/issues/{issue.pk}/close")
    assert refused(answer) == (409, "activity.cannot_close")
    assert answer.json()["message"] == "期次不能关闭：已有售出，须售罄或到达公示的结束时间"
    assert state() == before


def test_lists_cost_the_same_for_one_and_for_many(shop, now):
    issue = open_box(now=now)
    own = f"{ACTIVITIES}/{issue.activity_id}/issues"
    urls = [CATEGORIES, ACTIVITIES, own, f"{own}/{issue.pk}/rewards"]

    def count(url):
        with CaptureQueriesContext(connection) as captured:
            assert shop.get(url).status_code == 200
        return len(captured)

    few = {url: count(url) for url in urls}
    for number in range(5):
        open_box(now=now, name=f"第 {number}")
        make_draft(issue.activity, [], now=now)
    assert {url: count(url) for url in urls} == few
    assert (Issue.objects.count(), IssueCounter.objects.count()) == (11, 11)


def test_every_change_may_say_why(shop, body):
    """The reason goes into the log and nowhere else, from each body that operators send."""
    product = shop.post("/api/admin/products", {"name": "手办", "stock": 9, "reason": "进货"}).json()
    shop.patch(f"/api/admin/products/{product['id']}", {"price_fen": 100, "reason": "促销"})
    made = shop.post(ACTIVITIES, {**body, "reason": "上新"}).json()
    url = f"{ACTIVITIES}/{made['id']}"
    shop.patch(url, {"price_fen": 7000, "reason": " 调价 🐳 "})
    issue = shop.post(f"{url}/issues", {"reason": "第一期"}).json()
    reward = {"level": "A", "name": "手办", "product_id": product["id"], "quantity": 5, "reason": "补奖品"}
    [listed] = [shop.post(f"{url}/issues/{issue['id']}/rewards", reward).json()]
    shop.patch(f"{url}/issues/{issue['id']}/rewards/{listed['id']}", {"quantity": 6, "reason": "加量"})
    shop.delete(f"{url}/issues/{issue['id']}/rewards/{listed['id']}")
    logged = list(OperationLog.objects.exclude(object_type="ActivityCategory").order_by("pk").values_list("reason"))
    said = ["进货", "促销", "上新", "调价 🐳", "第一期", "补奖品", "加量", ""]
    assert [reason for (reason,) in logged] == said
    assert "reason" not in {**product, **made, **issue, **listed}


@pytest.mark.parametrize("reason", ["x" * 201, 5, None, ["x"], "两\n行"])
def test_a_reason_is_one_line_or_nothing_changes(shop, body, state, reason):
    made = shop.post(ACTIVITIES, body).json()
    before = state()
    assert refused(shop.patch(f"{ACTIVITIES}/{made['id']}", {"price_fen": 7000, "reason": reason}))[0] == 400
    assert state() == before
