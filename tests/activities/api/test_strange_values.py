"""What JSON may hold where nothing of the kind is expected: a reason, never a failure of ours."""

import pytest

from activities.api.admin.serializers import RewardRequest
from activities.enums import RewardKind
from activities.gameplay import registry
from activities.models import Reward
from tests.factories.activities import make_activity, make_draft

pytestmark = pytest.mark.django_db
POINTS = {"level": "D", "name": "积分", "kind": "points", "points": 1, "quantity": 1}
STRANGE = [[], {}, [[]], [{}], {"a": []}, None, "", 0, -1, 1.5, True]
ENTRIES = [
    *("allow_wallet", "amount_from", "auto_next", "box_lock", "bundle_prices", "buy_out", "cards", "count_within"),
    *("daily", "different_gain", "empty_weight", "gain", "guarantee", "hand", "largest_order", "levels", "lucky_gain"),
    *("needs_pass", "on_sold_out", "pick_number", "probability", "segments", "session_times_limit", "times_limit"),
    "variant",
]


@pytest.fixture
def rewards():
    draft = make_draft(make_activity(), [])
    return f"/api/admin/activities/{draft.activity_id}/issues/{draft.pk}/rewards"


@pytest.mark.parametrize("value", STRANGE, ids=str)
def test_no_value_breaks_a_reward(shop, rewards, value):
    for kind in RewardKind.values:
        for name in RewardRequest().fields:
            answer = shop.post(rewards, {**POINTS, "kind": kind, name: value})
            assert answer.status_code in (201, 400), (name, answer.json())


def test_no_lines_of_a_bundle_are_no_bundle(shop, rewards):
    answer = shop.post(rewards, {**POINTS, "bundle": []})
    assert (answer.status_code, answer.json()["bundle"]) == (201, None)
    refused = shop.post(rewards, {"level": "D", "name": "袋", "kind": "bundle", "quantity": 1, "bundle": []})
    assert (refused.status_code, [each["field"] for each in refused.json()["details"]]) == (400, ["bundle"])


def test_a_reward_that_fits_none_is_named_by_its_place(shop, rewards):
    wrong = {**POINTS, "kind": "product", "points": None, "product_id": 10**9}
    assert [each["field"] for each in shop.post(rewards, [POINTS, wrong]).json()["details"]] == ["1.product_id"]
    assert [each["field"] for each in shop.post(rewards, wrong).json()["details"]] == ["product_id"]
    assert Reward.objects.count() == 0


@pytest.mark.parametrize("gameplay", sorted(kind for kind, _ in registry.choices()))
def test_no_value_breaks_a_configuration(shop, gameplay):
    category = make_activity().category_id
    body = {"name": "海洋", "category_id": category, "gameplay": gameplay, "starts_at": "2026-01-01T00:00:00+08:00"}
    for name in ENTRIES:
        for value in STRANGE:
            answer = shop.post("/api/admin/activities", {**body, "config": {name: value}})
            assert answer.status_code in (201, 400), (name, value, answer.json())


GIVES = {"product_id": 1, "points": 5, "coupon_id": 1, "amount_fen": 100, "bundle": [{"product_id": 1, "quantity": 1}]}
MINE = {"product": "product_id", "points": "points", "coupon": "coupon_id", "wallet": "amount_fen", "bundle": "bundle"}


@pytest.mark.parametrize("kind", RewardKind.values)
def test_what_another_kind_gives_is_named_and_nothing_is_made(shop, rewards, kind):
    own = {MINE[kind]: GIVES[MINE[kind]]} if kind in MINE else {}
    strange = {name: value for name, value in GIVES.items() if name not in own}
    for name, value in strange.items():
        answer = shop.post(rewards, {"level": "D", "name": "奖", "kind": kind, "quantity": 1, **own, name: value})
        assert (answer.status_code, answer.json()["code"]) == (400, "common.invalid")
        [named] = answer.json()["details"]
        assert (named["field"], named["message"].partition("不能填")[0]) == (name, f"{RewardKind(kind).label}奖品")
    alone = shop.post(rewards, {"level": "D", "name": "奖", "kind": kind, "quantity": 1, **strange})
    assert [each["field"] for each in alone.json()["details"]] == [*map(MINE.get, own and [kind]), *strange]
    assert not Reward.objects.exists()


@pytest.mark.parametrize("many", [False, True])
def test_a_misspelt_field_of_a_reward_is_named_and_nothing_is_made(shop, rewards, many):
    misspelt = {**POINTS, "point": 7}
    for body in (misspelt, {**{name: value for name, value in POINTS.items() if name != "points"}, "point": 7}):
        answer = shop.post(rewards, [POINTS, body] if many else body)
        named = [(each["field"], each["code"]) for each in answer.json()["details"]]
        assert (answer.status_code, named) == (400, [("1.point" if many else "point", "unknown")])
    assert not Reward.objects.exists()
    made = shop.post(rewards, {**POINTS, "reason": "新奖品"}).json()
    for send in (shop.put, shop.patch):
        refused = send(f"{rewards}/{made['id']}", misspelt)
        assert (refused.status_code, [each["field"] for each in refused.json()["details"]]) == (400, ["point"])
    assert Reward.objects.get().points == POINTS["points"]
