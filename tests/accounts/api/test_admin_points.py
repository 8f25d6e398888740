"""GET /api/admin/users/{user_id}/points, /points/balance and POST …/points/add."""

import pytest

from accounts.enums import PointKind
from accounts.models import PointAccount, PointEntry
from blindbox.common.invariants import violations
from blindbox.system import audit, configs
from blindbox.system.models import IdempotencyKey, OperationLog
from tests.factories.accounts import NOW

BY_STAFF = OperationLog.objects.filter(operator_id__isnull=False)
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(admin_client_for, operator):
    return admin_client_for(operator)


def add(client, member, body, key="key-1", **headers):
    headers = {"HTTP_IDEMPOTENCY_KEY": key, **headers} if key is not None else headers
    return client.post(f"/api/admin/users/{member.pk}/points/add", body, **headers)


def balance(member):
    return PointAccount.objects.get(member=member, kind=PointKind.GENERAL).balance


def refused(answer):
    return answer.status_code, answer.json()["code"]


def unchanged(member, at=0):
    return balance(member) == at and not BY_STAFF.exists() and not IdempotencyKey.objects.exists()


def test_a_grant_is_an_entry_with_its_reason_and_an_operation(client, member, operator):
    answer = add(client, member, {"delta": 100, "reason": "活动补偿"})
    entry = PointEntry.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": entry.pk,
        "seq": 1,
        "kind": "general",
        "kind_label": "通用积分",
        "delta": 100,
        "balance_after": 100,
        "reason": "grant",
        "reason_label": "后台发放",
        "note": "活动补偿",
        "ref": entry.ref,
        "occurred_at": answer.json()["occurred_at"],
    }
    assert balance(member) == 100
    log = BY_STAFF.get()
    assert (log.operator_id, log.action, log.object_id, log.reason) == (
        operator.pk,
        "发放积分",
        str(member.pk),
        "活动补偿",
    )
    assert (log.before, log.after) == ({"balance": 0}, {"balance": 100, "delta": 100})


def test_points_are_taken_back_down_to_zero_and_no_further(client, make_member):
    member = make_member(points_balance=50)
    assert add(client, member, {"delta": -50, "reason": "误发"}).json()["balance_after"] == 0
    answer = add(client, member, {"delta": -1, "reason": "误发"}, key="key-2")
    assert refused(answer) == (409, "points.insufficient")
    assert answer.json()["message"] == "积分不足"
    assert balance(member) == 0
    assert BY_STAFF.get().action == "扣回积分"
    assert IdempotencyKey.objects.count() == 1
    assert violations(["M1", "M3", "M4", "M6"]) == []


def test_a_repeat_answers_the_first_answer(client, member):
    body = {"delta": 100, "reason": "补偿"}
    first, second = add(client, member, body), add(client, member, body)
    assert (second.status_code, second.json()) == (201, first.json())
    assert second["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first
    assert (balance(member), PointEntry.objects.count(), BY_STAFF.count()) == (100, 1, 1)


def test_a_key_is_for_one_body_and_one_member(client, member, make_member):
    other = make_member()
    add(client, member, {"delta": 100, "reason": "补偿"})
    assert refused(add(client, member, {"delta": 101, "reason": "补偿"})) == (422, "common.idempotency_mismatch")
    assert refused(add(client, other, {"delta": 100, "reason": "补偿"})) == (422, "common.idempotency_mismatch")
    assert (balance(member), balance(other)) == (100, 0)


def test_two_operators_may_use_the_same_key(client, member, make_operator, admin_client_for):
    colleague = admin_client_for(make_operator(username="b", superuser=True))
    for each in (client, colleague):
        assert add(each, member, {"delta": 10, "reason": "补偿"}).status_code == 201
    assert balance(member) == 20


def test_a_forgotten_key_does_not_post_again(client, member):
    add(client, member, {"delta": 100, "reason": "补偿"})
    IdempotencyKey.objects.all().delete()
    assert refused(add(client, member, {"delta": 100, "reason": "补偿"})) == (409, "ledger.already_posted")
    assert (balance(member), BY_STAFF.count()) == (100, 1)


@pytest.mark.parametrize("key", [None, "", "a b", "键", "k" * 65])
def test_a_grant_needs_a_key(client, member, key):
    answer = add(client, member, {"delta": 1, "reason": "补偿"}, key=key)
    assert refused(answer) == (400, "common.idempotency_key_required")
    assert unchanged(member)


@pytest.mark.parametrize(
    "delta",
    [0, 1.0, 0.5, -0.1, True, False, "1", "", None, [], {}, 10**9 + 1, -(10**9) - 1, 2**63, -(2**63), 10**30],
)
def test_a_wrong_delta_is_refused(client, make_member, delta):
    member = make_member(points_balance=5)
    answer = add(client, member, {"delta": delta, "reason": "补偿"})
    assert refused(answer) == (400, "common.invalid")
    assert answer.json()["details"][0]["field"] == "delta"
    assert unchanged(member, at=5)


def test_a_field_that_a_grant_does_not_have_is_refused(client, make_member):
    member = make_member(points_balance=5)
    answer = add(client, member, {"delta": 1, "reason": "补偿", "kind": "mall"})
    assert refused(answer) == (400, "common.invalid")
    assert answer.json()["details"] == [{"field": "kind", "code": "unknown", "message": "没有这个字段"}]
    assert unchanged(member, at=5)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e309", "1e2", "0x10", "01"])
def test_a_number_that_is_no_integer_is_refused(client, member, number):
    answer = client.post(
        f"/api/admin/users/{member.pk}/points/add",
        data=f'{{"delta": {number}, "reason": "x"}}',
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="k",
    )
    assert answer.status_code == 400
    assert unchanged(member)


@pytest.mark.parametrize("reason", [None, "", "  ", 1, "a" * 201, "a\x00", "a\nb"])
def test_a_grant_needs_a_reason(client, member, reason):
    answer = add(client, member, {"delta": 1, "reason": reason})
    assert refused(answer) == (400, "common.invalid")
    assert answer.json()["details"][0]["field"] == "reason"
    assert unchanged(member)


def test_the_largest_grant_fits(client, member):
    assert add(client, member, {"delta": 100_000, "reason": "😀"}).json()["note"] == "😀"
    assert balance(member) == 100_000


def test_nobody_gives_more_at_once_than_the_shop_allows(client, member):
    answer = add(client, member, {"delta": 100_001, "reason": "补偿"})
    assert refused(answer) == (409, "points.grant_too_large")
    assert answer.json()["details"] == {"most": 100_000}
    assert answer.json()["message"] == "一次最多发放 100000 积分"
    assert unchanged(member)


def test_the_shop_says_how_much_and_a_grant_in_time_is_still_answered(client, member):
    body = {"delta": 500, "reason": "补偿"}
    assert add(client, member, body).status_code == 201
    configs.change(key="points.most_per_grant", value=499, actor=audit.SYSTEM, now=NOW)
    assert add(client, member, body)["Idempotent-Replay"] == "true"
    assert refused(add(client, member, body, key="key-2")) == (409, "points.grant_too_large")
    assert add(client, member, {"delta": -500, "reason": "误发"}, key="key-3").status_code == 201
    assert balance(member) == 0


def test_an_operator_sees_log_and_balance(client, make_member):
    member = make_member(points_balance=70, mall_balance=8)
    url = f"/api/admin/users/{member.pk}/points"
    assert [row["delta"] for row in client.get(url).json()["list"]] == [70]
    assert [row["kind"] for row in client.get(url, {"kind": "mall"}).json()["list"]] == ["mall"]
    assert client.get(f"{url}/balance").json()["mall_balance"] == 8
