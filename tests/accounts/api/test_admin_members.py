"""GET /api/admin/users, GET and PATCH /api/admin/users/{user_id}, GET …/invites."""

from datetime import timedelta

import pytest

from accounts.models import Member, MemberSession
from accounts.services import sessions
from blindbox.system.models import OperationLog
from tests.factories.accounts import NOW, make_invite

pytestmark = pytest.mark.django_db
URL = "/api/admin/users"


@pytest.fixture
def client(admin_client_for, operator):
    return admin_client_for(operator)


def found(client, **query):
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["list"]]


def test_the_list_is_newest_first_in_pages(client, make_member, django_assert_num_queries):
    members = [make_member() for _ in range(3)]
    with django_assert_num_queries(3):  # the operator, count, rows
        answer = client.get(URL, {"page_size": 2}).json()
    assert [row["id"] for row in answer["list"]] == [members[2].pk, members[1].pk]
    assert (answer["total"], answer["page"], answer["page_size"]) == (3, 1, 2)
    assert found(client, page=2, page_size=2) == [members[0].pk]
    assert answer["list"][0]["openid"] == members[2].openid
    assert (answer["list"][0]["status"], answer["list"][0]["status_label"]) == ("active", "正常")


def test_a_search_finds_by_nickname_phone_openid_code_and_id(client, make_member):
    wanted = make_member(nickname="小红帽", phone="13812345678", openid="oWanted", invite_code="CODE23456789")
    make_member(nickname="大灰狼", phone="13900000000", openid="oOther")
    for words in ("红帽", " 小红帽 ", "5678", "13812345678", "oWanted", "CODE23456789", str(wanted.pk)):
        assert found(client, search=words) == [wanted.pk], words
    for words in ("678", "1381", "没有", "%", "_", "' OR 1=1 --", str(2**63), "9" * 60):
        assert wanted.pk not in found(client, search=words), words


def test_filters_narrow_and_order(client, make_member):
    early = make_member(now=NOW - timedelta(days=2))
    late = make_member(now=NOW, status="disabled")
    assert found(client, status="disabled") == [late.pk]
    assert found(client, created_after=NOW.isoformat()) == [late.pk]
    assert found(client, created_before=NOW.isoformat()) == [early.pk]
    assert found(client, ordering="created_at") == [early.pk, late.pk]
    assert found(client, ordering="id") == [early.pk, late.pk]
    assert found(client, ordering="-created_at") == [late.pk, early.pk]


@pytest.mark.parametrize(
    "query",
    [
        {"status": "banned"},
        {"ordering": "password"},
        {"ordering": "openid"},
        {"created_after": "yesterday"},
        {"created_after": "2026-11-22T12:00:00"},
        {"created_after": "0001-01-01T00:00:00+08:00"},
        {"created_before": "9999-12-31T23:59:59-12:00"},
        {"page": 0},
        {"page_size": 101},
        {"search": "a" * 101},
        {"search": "a\x00"},
        {"search": "\x00"},
    ],
)
def test_a_wrong_filter_is_named(client, query):
    answer = client.get(URL, query)
    assert (answer.status_code, answer.json()["code"]) == (400, "common.invalid")
    wrong = answer.json()["details"][0]
    assert wrong["field"] in query
    assert isinstance(wrong["code"], str)


def test_a_null_character_is_refused_in_plain_words(client):
    wrong = client.get(URL, {"search": "\x00"}).json()["details"]
    assert wrong == [{"field": "search", "code": "null_characters_not_allowed", "message": "不能含有空字符。"}]


@pytest.mark.parametrize(
    ("more", "openid", "phone", "unionid"),
    [
        ([], "wx-***********er01", "138****5678", "uni******ling"),
        (["accounts.view_phone"], "wx-a-longer-ider01", "13812345678", "union-of-ling"),
    ],
)
def test_personal_data_is_masked_but_for_those_who_may_see_it(
    make_operator, admin_client_for, make_member, more, openid, phone, unionid
):
    member = make_member(openid="wx-a-longer-ider01", phone="13812345678", unionid="union-of-ling")
    client = admin_client_for(make_operator(permissions=["accounts.view_member", "accounts.disable_member", *more]))
    assert client.get(URL).json()["list"][0]["openid"] == openid
    read, changed = client.get(f"{URL}/{member.pk}"), client.patch(f"{URL}/{member.pk}", {"status": "active"})
    for shown in (read.json(), changed.json()):
        assert (shown["user"]["openid"], shown["phone"], shown["unionid"]) == (openid, phone, unionid)


@pytest.mark.parametrize("digits", ["13812345678", "5678"])
def test_a_phone_number_is_found_whole_or_by_what_is_shown_of_its_end(client, make_member, digits):
    member = make_member(phone="13812345678", nickname="小明")
    make_member(phone="13900001111", nickname="别人")
    assert found(client, search=digits) == [member.pk]


@pytest.mark.parametrize("digits", ["45678", "345678", "3812345678", "138", "1381234567", "678", "%678", "_678"])
def test_no_other_part_of_a_phone_number_tells_anything(client, make_member, digits):
    make_member(phone="13812345678", nickname="小明")
    assert found(client, search=digits) == []


def test_the_dossier_gathers_what_belongs_to_a_member(client, make_member):
    inviter = make_member(nickname="邀请人", now=NOW - timedelta(days=1))
    member = make_member(phone="13812345678", points_balance=70, mall_balance=8)
    make_invite(inviter=inviter, invitee=member)
    sessions.open_session(member=member, now=NOW)
    shown = client.get(f"{URL}/{member.pk}").json()
    assert shown["user"]["id"] == member.pk
    assert shown["user"]["openid"] == member.openid
    assert (shown["phone"], shown["unionid"]) == ("13812345678", None)
    assert shown["points"] == {"balance": 70, "mall_balance": 8, "pending": 0, "expiring_soon": 0, "debt": 0}
    assert shown["inviter"] == {"id": inviter.pk, "nickname": "邀请人", "avatar_url": ""}
    assert (shown["invite_count"], shown["session_count"]) == (0, 1)
    assert client.get(f"{URL}/{inviter.pk}").json()["inviter"] is None
    assert client.get(f"{URL}/{inviter.pk}").json()["invite_count"] == 1
    assert member.fair_ref not in str(shown)


def test_the_invites_of_a_member_are_listed(client, make_member):
    inviter, invitee = make_member(), make_member(nickname="新人")
    invite = make_invite(inviter=inviter, invitee=invitee, rewarded_points=100, rewarded_at=NOW)
    answer = client.get(f"{URL}/{inviter.pk}/invites").json()
    assert answer["total"] == 1
    assert answer["list"][0]["id"] == invite.pk
    assert answer["list"][0]["invitee"]["nickname"] == "新人"
    assert answer["list"][0]["rewarded_at"] == "2026-11-22T12:00:00+08:00"


def disable(client, member, **body):
    return client.patch(f"{URL}/{member.pk}", {"status": "disabled", "reason": "刷单", **body})


def test_a_ban_ends_every_token_at_once_and_says_who_and_why(client, app_client, member, operator):
    phone = app_client(member)
    assert phone.get("/api/app/users/me").status_code == 200
    pair = sessions.open_session(member=member, now=NOW)
    answer = disable(client, member)
    assert (answer.status_code, answer.json()["user"]["status_label"]) == (200, "已禁用")
    refused = phone.get("/api/app/users/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "auth.member_disabled")
    refresh = phone.post("/api/app/users/token/refresh", {"refresh_token": pair.refresh_token})
    assert (refresh.status_code, refresh.json()["code"]) == (403, "auth.member_disabled")
    assert not MemberSession.objects.filter(revoked_at__isnull=True).exists()
    log = OperationLog.objects.get()
    assert (log.operator_id, log.operator_name, log.ip) == (operator.pk, "admin", "127.0.0.1")
    assert (log.action, log.object_type, log.object_id) == ("禁用用户", "Member", str(member.pk))
    assert (log.before, log.after, log.reason) == ({"status": "active"}, {"status": "disabled"}, "刷单")


def test_a_ban_may_go_without_a_reason(client, member):
    answer = client.patch(f"{URL}/{member.pk}", {"status": "disabled"})
    assert (answer.status_code, answer.json()["user"]["status"]) == (200, "disabled")
    assert OperationLog.objects.get().reason == ""


def test_an_enabled_member_logs_in_anew(client, app_client, member):
    phone = app_client(member)
    disable(client, member)
    answer = client.patch(f"{URL}/{member.pk}", {"status": "active", "reason": "申诉成功"})
    assert answer.json()["user"]["status"] == "active"
    refused = phone.get("/api/app/users/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "auth.token_invalid")
    member.refresh_from_db()
    assert app_client(member).get("/api/app/users/me").status_code == 200
    assert [log.action for log in OperationLog.objects.order_by("pk")] == ["禁用用户", "启用用户"]


def test_saying_it_twice_changes_nothing(client, member):
    disable(client, member)
    assert disable(client, member).status_code == 200
    assert Member.objects.get().epoch == 1
    assert OperationLog.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "x"},
        {"status": None, "reason": "x"},
        {"status": "disabled", "reason": 1},
        {"status": "disabled", "reason": "a" * 201},
        {"status": "gone", "reason": "x"},
        {"status": True, "reason": "x"},
    ],
)
def test_a_ban_needs_a_status_and_a_reason_is_a_line(client, member, body):
    answer = client.patch(f"{URL}/{member.pk}", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "common.invalid")
    assert Member.objects.get().status == "active"
    assert OperationLog.objects.count() == 0
