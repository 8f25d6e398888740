"""GET /api/app/users/{user_id}/points, /points/balance, /invites."""

from datetime import timedelta

import pytest

from accounts.enums import PointKind
from accounts.models import PointAccount
from accounts.services import points
from blindbox.common.ledger import Posting
from tests.factories.accounts import NOW, make_invite

pytestmark = pytest.mark.django_db
POINTS, BALANCE, INVITES = (f"/api/app/users/me/{name}" for name in ("points", "points/balance", "invites"))


def post(member, *deltas, kind=PointKind.GENERAL):
    for number, delta in enumerate(deltas):
        posting = Posting(delta=delta, reason="grant", ref=f"{kind}-{number}")
        points.post(member_id=member.pk, postings=[posting], now=NOW + timedelta(minutes=number), kind=kind)


def test_the_log_is_newest_first_with_running_balances(app_client, member):
    post(member, 100, -30)
    answer = app_client(member).get(POINTS).json()
    assert answer["next_cursor"] is None
    assert [(entry["delta"], entry["balance_after"]) for entry in answer["list"]] == [(-30, 70), (100, 100)]
    first = answer["list"][1]
    assert first == {
        "id": first["id"],
        "delta": 100,
        "balance_after": 100,
        "reason": "grant",
        "reason_label": "后台发放",
        "ref": "general-0",
        "occurred_at": "2026-11-22T12:00:00+08:00",
    }


def test_the_log_is_read_by_cursor(app_client, member, django_assert_num_queries):
    post(member, *[1] * 5)
    client = app_client(member)
    with django_assert_num_queries(2):  # authentication, entries
        page = client.get(POINTS, {"limit": 2}).json()
    seen = [entry["balance_after"] for entry in page["list"]]
    while page["next_cursor"]:
        page = client.get(POINTS, {"limit": 2, "cursor": page["next_cursor"]}).json()
        seen += [entry["balance_after"] for entry in page["list"]]
    assert seen == [5, 4, 3, 2, 1]


def test_each_kind_has_its_own_log(app_client, member):
    post(member, 5)
    post(member, 8, kind=PointKind.MALL)
    client = app_client(member)
    assert [entry["delta"] for entry in client.get(POINTS).json()["list"]] == [5]
    assert [entry["delta"] for entry in client.get(POINTS, {"kind": "mall"}).json()["list"]] == [8]


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": -1}, {"cursor": 2**63}, {"kind": "gold"}]
)
def test_a_wrong_query_is_named(app_client, member, query):
    answer = app_client(member).get(POINTS, query)
    assert (answer.status_code, answer.json()["code"]) == (400, "common.invalid")
    assert answer.json()["details"][0]["field"] in query


def test_the_balance_names_each_kind(app_client, make_member):
    member = make_member(points_balance=70, mall_balance=8)
    PointAccount.objects.filter(member=member, kind=PointKind.GENERAL).update(debt=3)
    assert app_client(member).get(BALANCE).json() == {
        "balance": 70,
        "mall_balance": 8,
        "pending": 0,
        "expiring_soon": 0,
        "debt": 3,
    }


def test_the_invites_are_those_whom_the_member_brought(app_client, make_member, django_assert_num_queries):
    member, other = make_member(), make_member()
    invitees = [make_member(nickname=f"新人{n}", now=NOW + timedelta(hours=1)) for n in range(3)]
    for invitee in invitees:
        make_invite(inviter=member, invitee=invitee, rewarded_points=100, rewarded_at=NOW)
    client = app_client(member)
    with django_assert_num_queries(3):  # authentication, count, invites with their invitees
        answer = client.get(INVITES, {"page_size": 2}).json()
    assert (answer["total"], answer["page"], answer["page_size"]) == (3, 1, 2)
    assert answer["list"][0] == {
        "invitee": {"id": invitees[2].pk, "nickname": "新人2", "avatar_url": ""},
        "rewarded_points": 100,
        "reward_coupon": None,
        "created_at": "2026-11-22T12:00:00+08:00",
    }
    assert [row["invitee"]["id"] for row in answer["list"]] == [invitees[2].pk, invitees[1].pk]
    assert app_client(other).get(INVITES).json()["list"] == []
    assert app_client(invitees[0]).get(INVITES).json()["total"] == 0


@pytest.mark.parametrize("query", [{"page": 0}, {"page_size": 0}, {"page_size": 10**9}, {"page": "x"}])
def test_a_wrong_page_is_named(app_client, member, query):
    answer = app_client(member).get(INVITES, query)
    assert (answer.status_code, answer.json()["code"]) == (400, "common.invalid")
