"""GET, PUT, PATCH /api/app/users/{user_id} and POST …/phone."""

from datetime import date

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Member

pytestmark = pytest.mark.django_db
URL = "/api/app/users/me"
FIELDS = ["nickname", "avatar_url", "birth_date", "phone", "level", "epoch", "status", "invite_code", "openid"]


def row(member):
    return Member.objects.values(*FIELDS).get(pk=member.pk)


def test_a_member_sees_themselves(app_client, make_member):
    member = make_member(nickname="小明", phone="13812345678", avatar_url="https://a/b.png")
    shown = app_client(member).get(f"/api/app/users/{member.pk}").json()
    assert shown == {
        "id": member.pk,
        "nickname": "小明",
        "avatar_url": "https://a/b.png",
        "phone_masked": "138****5678",
        "invite_code": member.invite_code,
        "level": 1,
        "birth_date": None,
        "guardian_consent": False,
        "created_at": "2026-11-22T12:00:00+08:00",
    }


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_member_changes_nickname_and_avatar(app_client, member, method):
    body = {"nickname": "  新名字 ", "avatar_url": "https://a/b.png"}
    answer = getattr(app_client(member), method)(URL, body)
    assert answer.status_code == 200
    assert (answer.json()["nickname"], answer.json()["avatar_url"]) == ("新名字", "https://a/b.png")
    assert row(member)["nickname"] == "新名字"


def test_what_is_left_out_stays(app_client, member):
    before = row(member)
    assert app_client(member).patch(URL, {}).status_code == 200
    assert row(member) == before
    assert app_client(member).patch(URL, {"avatar_url": ""}).json()["nickname"] == member.nickname


@pytest.mark.parametrize(
    "nickname", ["😀👨‍👩‍👧‍👦", "𠮷野家", "<img src=x onerror=alert(1)>", "=1+1", "e" + "\u0301" * 39]
)
def test_any_printable_name_survives(app_client, member, nickname):
    assert app_client(member).patch(URL, {"nickname": nickname}).json()["nickname"] == nickname
    assert row(member)["nickname"] == nickname


@pytest.mark.parametrize(
    "field,value",
    [
        ("nickname", ""),
        ("nickname", "   "),
        ("nickname", None),
        ("nickname", 1),
        ("nickname", True),
        ("nickname", ["a"]),
        ("nickname", "a" * 41),
        ("nickname", "a\x00b"),
        ("nickname", "a\nb"),
        ("nickname", "a\u202eb"),
        ("nickname", "e" + "\u0301" * 300),
        ("avatar_url", None),
        ("avatar_url", 1),
        ("avatar_url", "javascript:alert(1)"),
        ("avatar_url", "x"),
        ("avatar_url", "https://a/" + "a" * 500),
        ("birth_date", "2026-02-30"),
        ("birth_date", "x"),
        ("birth_date", 20000101),
        ("birth_date", "1899-12-31"),
        ("birth_date", "2999-01-01"),
    ],
)
def test_a_wrong_value_is_named_and_changes_nothing(app_client, member, field, value):
    before = row(member)
    answer = app_client(member).patch(URL, {"nickname": "别的名字", field: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "common.invalid")
    assert answer.json()["details"][0]["field"] == field
    assert row(member) == before


def test_what_a_member_may_not_write_is_left_alone(app_client, member):
    before = row(member)
    body = {
        "id": 1,
        "openid": "x",
        "status": "disabled",
        "level": 9,
        "epoch": 5,
        "points": 100,
        "balance": 100,
        "phone": "1",
        "invite_code": "MINE",
        "guardian_consent": True,
    }
    assert app_client(member).put(URL, body).status_code == 200
    assert row(member) == before


def test_a_birth_date_is_stated_once(app_client, member):
    client = app_client(member)
    assert client.patch(URL, {"birth_date": "2010-05-01"}).json()["birth_date"] == "2010-05-01"
    assert client.patch(URL, {"birth_date": "2010-05-01"}).status_code == 200
    for other in ("1990-05-01", "2010-05-02"):
        answer = client.patch(URL, {"birth_date": other, "nickname": "大人"})
        assert (answer.status_code, answer.json()["code"]) == (409, "member.birth_date_fixed")
    assert client.patch(URL, {"birth_date": None}).status_code == 200
    assert row(member)["birth_date"] == date(2010, 5, 1)
    assert row(member)["nickname"] == member.nickname


def test_a_phone_comes_from_wechat(wechat, app_client, member):
    answer = app_client(member).post(f"{URL}/phone", {"phone_code": "dev:13900001111"})
    assert (answer.status_code, answer.json()["phone_masked"]) == (200, "139****1111")
    assert row(member)["phone"] == "13900001111"


def test_a_phone_code_that_wechat_does_not_know_changes_nothing(wechat, app_client, member):
    answer = app_client(member).post(f"{URL}/phone", {"phone_code": "nonsense"})
    assert (answer.status_code, answer.json()["code"]) == (400, "common.invalid")
    assert [each["field"] for each in answer.json()["details"]] == ["phone_code"]
    assert row(member)["phone"] is None


def test_a_number_that_is_no_number_is_wechats_fault(wechat, app_client, member):
    answer = app_client(member).post(f"{URL}/phone", {"phone_code": "dev:" + "1" * 30})
    assert answer.status_code == 503
    assert row(member)["phone"] is None


@pytest.mark.parametrize("body", [{}, {"phone_code": ""}, {"phone_code": 1}, {"phone_code": "1" * 200}])
def test_a_phone_without_a_code_is_invalid(wechat, app_client, member, body):
    assert app_client(member).post(f"{URL}/phone", body).status_code == 400
    assert not wechat.log


@pytest.mark.parametrize(
    "phone,shown",
    [("13812345678", "138****5678"), ("", ""), ("1234567", "*******"), ("12345678", "123*5678"), ("1", "*")],
)
def test_a_masked_phone_never_shows_all_digits(phone, shown):
    assert Member(phone=phone).masked_phone == shown


def test_codes_for_a_phone_are_tried_ten_times_an_hour(wechat, app_client, member, make_member):
    url = f"{URL}/phone"
    with time_machine.travel(timezone.now().replace(minute=30, second=0, microsecond=0), tick=False):
        client = app_client(member)  # its token must be of this half hour too
        tried = [client.post(url, {"phone_code": f"nonsense {n}"}).status_code for n in range(11)]
        assert (set(tried[:10]), tried[10]) == ({400}, 429)
        refused = client.post(url, {"phone_code": "dev:13900001111"})
        assert (refused.json()["code"], refused.headers["Retry-After"]) == ("common.throttled", "1800")
        assert app_client(make_member()).post(url, {"phone_code": "dev:13900001111"}).status_code == 200
    assert row(member)["phone"] is None
