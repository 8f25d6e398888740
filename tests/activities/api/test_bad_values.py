"""Numbers at the edges, wrong types, wrong texts: 400 in the error format, and nothing changed (S-02, S-06, S-07)."""

import pytest

from activities.models import Issue, Reward
from catalog.models import Product
from tests.factories.activities import box_rewards, make_activity, make_draft, make_product, open_box

pytestmark = pytest.mark.django_db
KEY = {"HTTP_IDEMPOTENCY_KEY": "k1"}
NO_NUMBERS = [1.0, 1.5, "1", "", True, False, [], {}, "NaN", "1e3", "１"]
TOO_LOW, TOO_HIGH = [0, -1, -(2**63)], [2**63, 2**64, 10**30]
NO_TEXT = [1, 1.5, True, [], {}, "\x00", "a\x01b"]


def assert_bad(answer, field):
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "common.invalid"), body
    assert set(body) == {"code", "message", "details", "request_id"}
    assert all(isinstance(each["code"], str) and each["code"] for each in body["details"]), body
    named = [each["field"] for each in body["details"]]
    assert any(field in name.split(".") for name in named), named
    assert any("一" <= letter <= "鿿" for each in body["details"] for letter in each["message"]), body


@pytest.fixture
def box():
    return open_box(total=20)


@pytest.fixture
def wish(app, box):
    url = f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws"

    def ask(tail="", **values):
        body = {"count": 1, "pay_with": "points", "client_nonce": "n", **values}
        return app.post(url + tail, body, **KEY)

    return ask


def test_a_count_is_one_to_the_largest_order(wish, state):
    before = state()
    for count in [*NO_NUMBERS, *TOO_LOW, *TOO_HIGH, None, 101, 11]:
        for tail in ("", "/preview"):
            assert_bad(wish(tail, count=count), "count")
    assert state() == before


@pytest.mark.parametrize("name", ["wallet_id", "coupon_id", "points", "item_card_id"])
def test_ids_and_amounts_of_a_wish_are_positive_integers(wish, state, name):
    before = state()
    for value in [*NO_NUMBERS, *TOO_LOW, *TOO_HIGH]:
        assert_bad(wish(**{name: value}), name)
    assert state() == before


def test_a_nonce_is_visible_ascii(wish, state):
    before = state()
    for nonce in [*NO_TEXT, "", " ", "a b", "中", "x" * 65, "a\n", "\x7f", None]:
        assert_bad(wish(client_nonce=nonce), "client_nonce")
    assert state() == before


@pytest.mark.parametrize(
    "values",
    [
        {"ticket_nos": [1]},
        {"ticket_nos": [0]},
        {"ticket_nos": "1"},
        {"buy_out": "true"},
        {"buy_out": 1},
        {"choice": "a"},
        {"pass": "a"},
        {"item_card_id": 1},
        {"points": 1},
        {"coupon_id": 1},
        {"pay_with": "alipay"},
        {"pay_with": None},
        {"pay_with": 1},
        {"quote_token": 1},
        {"terms_hash": 1},
    ],
)
def test_what_this_issue_does_not_offer_is_refused_not_ignored(wish, state, values):
    before = state()
    assert_bad(wish(**values), next(iter(values)))
    assert state() == before


MISSPELT = [{"ticket_no": [1]}, {"quote_tokens": "x"}, {"foo": 1}, {"pass_": "a"}, {"": None}]


@pytest.mark.parametrize("values", MISSPELT)
@pytest.mark.parametrize("tail", ["", "/preview"])
def test_a_misspelt_field_buys_nothing(wish, state, tail, values):
    before = state()
    answer = wish(tail, **values)
    told = [{"field": next(iter(values)), "code": "unknown", "message": "没有这个字段"}]
    assert (answer.status_code, answer.json()["code"], answer.json()["details"]) == (400, "common.invalid", told)
    assert state() == before


def test_a_misspelt_field_is_told_beside_what_it_should_have_been(app, box, state):
    before = state()
    body = {"cuont": 1, "pay_with": "points", "client_nonce": "n"}
    answer = app.post(f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws", body, **KEY)
    told = {each["field"]: each["code"] for each in answer.json()["details"]}
    assert told == {"cuont": "unknown", "count": "required"}
    assert state() == before


def test_of_many_strange_fields_a_few_are_named(wish, state):
    before = state()
    assert len(wish(**{f"x{number}": 1 for number in range(5000)}).json()["details"]) == 20
    assert state() == before


def test_the_body_of_a_purchase_may_be_previewed_as_it_is(wish, box):
    token = wish("/preview").json()["quote_token"]
    body = {"terms_hash": box.terms_hash, "quote_token": token, "coupon_id": None, "points": None}
    assert wish("/preview", **body).status_code == 200
    assert wish("/preview", client_nonce=None).status_code == 200
    assert wish(**body).status_code == 201


def test_a_pass_is_not_given_for_a_misspelt_field(shop, box, state):
    before = state()
    body = {"uid": 1, "node": 1, "nodes": 2}
    assert_bad(shop.post(f"/api/admin/activities/{box.activity_id}/passes", body, **KEY), "nodes")
    assert state() == before


def test_missing_fields_are_named(app, box, state):
    before = state()
    answer = app.post(f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws", {}, **KEY)
    assert sorted(each["field"] for each in answer.json()["details"]) == ["client_nonce", "count", "pay_with"]
    assert state() == before


BAD_JSON, NO_OBJECT = "common.bad_json", "common.invalid"
BODIES = dict.fromkeys([b"{", b'{"count": NaN}', b'{"count": Infinity}', b"\xff"], BAD_JSON)
BODIES |= dict.fromkeys([b"[]", b"[1]", b"1", b"null", b'"x"'], NO_OBJECT)


@pytest.mark.parametrize(("body", "code"), BODIES.items())
def test_a_body_that_is_no_object_is_refused(app, shop, box, state, body, code):
    before = state()
    own = f"activities/{box.activity_id}/issues/{box.pk}"
    for client, url in ((app, f"/api/app/{own}/draws"), (shop, "/api/admin/activities")):
        answer = client.post(url, data=body, content_type="application/json", **KEY)
        assert (answer.status_code, answer.json()["code"]) == (400, code), answer.json()
    assert state() == before


@pytest.mark.parametrize("key", [None, "", " ", "a b", "x" * 65, "中"])
def test_a_purchase_needs_a_key(app, box, state, key):
    before = state()
    headers = {} if key is None else {"HTTP_IDEMPOTENCY_KEY": key}
    body = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    answer = app.post(f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws", body, **headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "common.idempotency_key_required")
    assert state() == before


ACTIVITY = {
    "price_fen": [*NO_NUMBERS, *TOO_LOW, *TOO_HIGH, 10**10 + 1],
    "price_points": [*NO_NUMBERS, *TOO_LOW, *TOO_HIGH, 10**9 + 1],
    "category_id": [*NO_NUMBERS, *TOO_LOW, *TOO_HIGH, None, 10**9],
    "name": [*NO_TEXT, "", " ", None, "a\nb", "长" * 101],
    "gameplay": ["", "roulette", 1, None],
    "status": ["", "gone", 1, None],
    "is_boss": ["true", 1, 0, None, "是"],
    "starts_at": [
        "",
        None,
        "明天",
        "2026-01-01",
        "2026-01-01T00:00:00",
        1,
        "1999-12-31T00:00:00Z",
        "2200-01-01T00:00:00Z",
    ],
    "ends_at": ["明天", "2026-01-01T00:00:00", "2001-01-01T00:00:00Z"],
    "cover_url": ["javascript:alert(1)", "//evil.example", "ftp://x/y", 1, "/a b"],
    "config": [
        [],
        1,
        "x",
        {"speed": 1},
        {"largest_order": 1.5},
        {"bundle_prices": [{"count": 1}]},
        {"allow_wallet": "是"},
    ],
    "tags": ["x", {}, ["长" * 21], ["a"] * 11, [1], ["a\nb"]],
}


@pytest.mark.parametrize("name", ACTIVITY)
def test_an_activitys_values_are_checked(shop, state, name):
    activity = make_activity()
    body = {
        "name": "海洋", "category_id": activity.category_id, "gameplay": "ichiban", "price_fen": 1,
        "starts_at": "2026-01-01T00:00:00+08:00",
    }  # fmt: skip
    before = state()
    for value in ACTIVITY[name]:
        assert_bad(shop.post("/api/admin/activities", {**body, name: value}), name)
        assert_bad(shop.put(f"/api/admin/activities/{activity.pk}", {**body, name: value}), name)
        assert_bad(shop.patch(f"/api/admin/activities/{activity.pk}", {name: value}), name)
    assert state() == before


REWARD = {
    "quantity": [*NO_NUMBERS, *TOO_LOW, *TOO_HIGH, 100_001],
    "odds_ppm": [*NO_NUMBERS, *TOO_LOW, *TOO_HIGH, 1_000_001],
    "points": [*NO_NUMBERS, *TOO_LOW, *TOO_HIGH, 10**6 + 1],
    "product_id": [*NO_NUMBERS, *TOO_LOW, *TOO_HIGH, None, 10**9],
    "reference_value_fen": [*NO_NUMBERS, -1, *TOO_HIGH, 10**10 + 1],
    "cost_fen": [*NO_NUMBERS, -1, *TOO_HIGH],
    "sort": [*NO_NUMBERS, *TOO_HIGH, 10**6 + 1],
    "kind": ["", "card", 1, None],
    "position": ["", "middle", 1, None],
    "position_n": [*NO_NUMBERS, *TOO_LOW, *TOO_HIGH],
    "level": [*NO_TEXT, "", None, "长" * 17, "a\nb"],
    "name": [*NO_TEXT, "", None, "长" * 101, "a\nb"],
    "image_url": ["javascript:alert(1)", 1],
}


@pytest.mark.parametrize("name", REWARD)
def test_a_rewards_values_are_checked(shop, state, name):
    product = make_product()
    draft = make_draft(make_activity(), box_rewards(product, total=3))
    url = f"/api/admin/activities/{draft.activity_id}/issues/{draft.pk}/rewards"
    body = {"level": "D", "name": "贴纸", "product_id": product.pk, "quantity": 1}
    before = state()
    for value in REWARD[name]:
        assert_bad(shop.post(url, {**body, name: value}), name)
        assert_bad(shop.post(url, [body, {**body, name: value}]), name)
        assert_bad(shop.put(f"{url}/{Reward.objects.first().pk}", {**body, name: value}), name)
    assert state() == before
    assert Product.objects.count() == 1


@pytest.mark.parametrize("body", [[], [1], ["x"], [None], [[{}]]])
def test_a_list_of_rewards_holds_rewards(shop, state, body):
    draft = make_draft(make_activity(), [])
    before = state()
    answer = shop.post(f"/api/admin/activities/{draft.activity_id}/issues/{draft.pk}/rewards", body)
    assert (answer.status_code, state()) == (400, before), answer.json()


def test_a_list_of_rewards_has_an_end(shop, state):
    draft = make_draft(make_activity(), [])
    before, one = state(), {"level": "D", "name": "贴纸", "kind": "points", "points": 1, "quantity": 1}
    answer = shop.post(f"/api/admin/activities/{draft.activity_id}/issues/{draft.pk}/rewards", [one] * 201)
    assert (answer.status_code, state()) == (400, before)


ISSUE = {
    "number": [*NO_NUMBERS, *TOO_LOW, *TOO_HIGH, None],
    "starts_at": ["明天", "2026-01-01T00:00:00", 1],
    "ends_at": ["明天", "2026-01-01T00:00:00", 1],
    "config": [[], 1, "x", {"speed": 1}, {"largest_order": 0}],
}


@pytest.mark.parametrize("name", ISSUE)
def test_an_issues_values_are_checked(shop, state, name):
    draft = make_draft(make_activity(), [])
    url, before = f"/api/admin/activities/{draft.activity_id}/issues", state()
    for value in ISSUE[name]:
        assert_bad(shop.post(url, {name: value}), name)
        assert_bad(shop.put(f"{url}/{draft.pk}", {name: value}), name)
        assert_bad(shop.patch(f"{url}/{draft.pk}", {name: value}), name)
    assert state() == before
    assert Issue.objects.count() == 1


CATEGORY = {
    "name": [*NO_TEXT, "", None, "长" * 41, "a\nb"],
    "sort": [*NO_NUMBERS, *TOO_HIGH],
    "is_visible": ["true", 1, None],
}


@pytest.mark.parametrize("name", CATEGORY)
def test_a_categorys_values_are_checked(shop, state, name):
    category = make_activity().category_id
    before = state()
    for value in CATEGORY[name]:
        assert_bad(shop.post("/api/admin/activity_categories", {"name": "扭蛋", name: value}), name)
        assert_bad(shop.patch(f"/api/admin/activity_categories/{category}", {name: value}), name)
    assert state() == before


@pytest.mark.parametrize("reason", [1, "长" * 201, "a\nb", []])
def test_a_reason_is_a_line(shop, box, state, reason):
    own, before = f"/api/admin/activities/{box.activity_id}/issues/{box.pk}", state()
    assert_bad(shop.post(f"{own}/close", {"reason": reason}), "reason")
    assert state() == before


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "page_size=0", "page_size=101", "page_size=1000000000", "page=1.5", "page=", "page_size=-1"],
)
def test_a_page_has_its_bounds(app, shop, query):
    assert_bad(app.get(f"/api/app/activities?{query}"), query.split("=")[0])
    assert_bad(shop.get(f"/api/admin/activities?{query}"), query.split("=")[0])


@pytest.mark.parametrize(
    "query", ["cursor=0", "cursor=x", "cursor=9223372036854775808", "limit=0", "limit=101", "limit=x"]
)
def test_a_cursor_has_its_bounds(app, box, query):
    for url in (f"activities/{box.activity_id}/issues/{box.pk}/draw_logs", "draw_commitments", "users/me/draw_logs"):
        assert_bad(app.get(f"/api/app/{url}?{query}"), query.split("=")[0])


@pytest.mark.parametrize(
    "query",
    [
        "category_id=x",
        "category_id=0",
        "category_id=1e999",
        "gameplay=roulette",
        "ordering=cost",
        "search=" + "长" * 101,
        *(f"is_boss={word}" for word in ("abc", "2", "yes", "TRUE", "null", "真", "1,0")),
    ],
)
def test_filters_take_what_they_know(app, shop, box, query):
    assert_bad(app.get(f"/api/app/activities?{query}"), query.split("=")[0])
    assert_bad(shop.get(f"/api/admin/activities?{query}"), query.split("=")[0])


def test_half_a_character_is_refused(app, shop, box, state):
    before, own = state(), f"activities/{box.activity_id}/issues/{box.pk}"
    lone = b'{"name": "\\ud800", "count": 1, "pay_with": "points", "client_nonce": "\\udfff"}'
    for client, url in ((app, f"/api/app/{own}/draws"), (shop, "/api/admin/activities")):
        answer = client.post(url, data=lone, content_type="application/json", **KEY)
        assert (answer.status_code, answer.json()["code"]) == (400, "common.bad_json")
    assert state() == before


def test_fields_that_nobody_may_set_are_ignored(shop):
    activity = make_activity()
    sent = {"id": 99, "created_at": "2001-01-01T00:00:00Z", "sold": 5, "name": "森林"}
    assert shop.patch(f"/api/admin/activities/{activity.pk}", sent).json()["id"] == activity.pk
    draft = make_draft(activity, [])
    url = f"/api/admin/activities/{activity.pk}/issues/{draft.pk}"
    sent = {"status": "open", "total": 5, "terms": "x", "commitment": "y", "opened_at": "2026-01-01T00:00:00Z"}
    body = shop.patch(url, sent).json()
    assert (body["status"], body["total"], body["terms"], body["commitment"], body["opened_at"]) == (
        "draft", None, "", None, None,
    )  # fmt: skip
