"""POST /api/app/users/weixin/login, over a real HTTP exchange with the sandbox."""

import re

import pytest
from django.db import connection

from accounts import configs
from accounts.enums import PointKind
from accounts.models import Invite, Member, MemberSession, PointAccount
from blindbox.system import audit
from blindbox.system.configs import change
from blindbox.system.models import OutboxMessage
from tests.factories.accounts import NOW

URL = "/api/app/users/weixin/login"
pytestmark = pytest.mark.django_db


def nothing_was_made():
    return not (Member.objects.exists() or MemberSession.objects.exists() or PointAccount.objects.exists())


def test_a_first_login_registers(log_in):
    answer = log_in("小明")
    member = Member.objects.get()
    assert answer["is_new"] is True
    assert answer["expires_in"] == 900
    assert answer["invite"] == {
        "bound": False,
        "rewarded": False,
        "reason": "no_code",
        "reason_label": "未携带邀请码",
    }
    assert answer["user"] == {
        "id": member.pk,
        "nickname": f"微信用户{member.invite_code[:4]}",
        "avatar_url": "",
        "phone_masked": "",
        "invite_code": member.invite_code,
        "level": 1,
        "birth_date": None,
        "guardian_consent": False,
        "created_at": answer["user"]["created_at"],
    }
    assert re.fullmatch(r"[2-9A-HJKMNP-Z]{12}", member.invite_code)
    assert re.fullmatch(r"[0-9a-f]{32}", member.fair_ref)
    assert sorted(PointAccount.objects.values_list("kind", "balance")) == [("general", 0), ("mall", 0)]
    assert MemberSession.objects.filter(member=member).count() == 1


def test_the_answer_names_nothing_that_only_we_may_know(log_in):
    member_text = str(log_in("小明"))
    member = Member.objects.get()
    for secret in (member.openid, str(member.unionid), member.fair_ref):
        assert secret not in member_text


def test_a_second_login_finds_the_same_member(log_in):
    first, second = log_in("小明"), log_in("小明")
    assert (first["is_new"], second["is_new"]) == (True, False)
    assert first["user"] == second["user"]
    assert Member.objects.count() == 1
    assert MemberSession.objects.count() == 2
    assert first["refresh_token"] != second["refresh_token"]


def test_the_token_opens_the_members_own_routes(log_in, anonymous):
    token = log_in("小明")["access_token"]
    anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert anonymous.get("/api/app/users/me").json()["id"] == Member.objects.get().pk


def test_refresh_tokens_are_stored_as_hashes_only(log_in):
    token = log_in("小明")["refresh_token"]
    session = MemberSession.objects.get()
    assert not {session.family_hash, session.token_hash} & set(token.split("."))


def test_an_expired_token_in_the_header_does_not_stop_a_login(wechat, anonymous):
    anonymous.credentials(HTTP_AUTHORIZATION="Bearer expired")
    assert anonymous.post(URL, {"js_code": "dev:a"}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"js_code": ""},
        {"js_code": None},
        {"js_code": 1},
        {"js_code": True},
        {"js_code": ["dev:a"]},
        {"js_code": "dev:\x00"},
        {"js_code": "dev:" + "a" * 200},
    ],
)
def test_a_body_without_a_code_is_invalid(wechat, anonymous, body):
    answer = anonymous.post(URL, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "common.invalid")
    assert answer.json()["details"][0]["field"] == "js_code"
    assert nothing_was_made()
    assert not wechat.log


@pytest.mark.parametrize("body", ['{"js_code": "dev:\\ud800"}', "{", "[]", '"x"', "", '{"js_code": NaN}'])
def test_a_broken_body_is_refused(wechat, anonymous, body):
    answer = anonymous.post(URL, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert nothing_was_made()


def test_a_code_that_wechat_does_not_know_is_refused(wechat, anonymous):
    answer = anonymous.post(URL, {"js_code": "nonsense"})
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.wechat_code_invalid")
    assert nothing_was_made()


def test_a_silent_wechat_is_unavailable(wechat, anonymous):
    wechat.faults.arm({"path": "/sns/jscode2session", "status": 502})
    answer = anonymous.post(URL, {"js_code": "dev:a"})
    assert answer.status_code == 503
    assert nothing_was_made()


def test_wechat_is_asked_with_no_transaction_open(log_in, monkeypatch):
    from accounts.services import login

    asked = []
    original = login.exchange_code

    def watch(code):
        asked.append(any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks))
        return original(code)

    monkeypatch.setattr(login, "exchange_code", watch)
    log_in("小明")
    assert asked == [False]


def test_a_disabled_member_is_refused(log_in, anonymous):
    log_in("小明")
    Member.objects.update(status="disabled")
    answer = anonymous.post(URL, {"js_code": "dev:小明"})
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.member_disabled")
    assert MemberSession.objects.count() == 1


def test_too_many_logins_from_one_address_wait(log_in, anonymous):
    change(key="auth.logins_per_minute", value=2, actor=audit.SYSTEM, now=NOW)
    log_in("a"), log_in("b")
    answer = anonymous.post(URL, {"js_code": "dev:c"}, HTTP_X_FORWARDED_FOR="1.2.3.4")
    assert (answer.status_code, answer.json()["code"]) == (429, "common.throttled")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert Member.objects.count() == 2


def test_an_invite_code_binds_and_rewards_within_one_delivery(log_in, deliver_events):
    inviter = log_in("邀请人")["user"]
    answer = log_in("新人", invite_code=inviter["invite_code"])
    assert answer["invite"] == {
        "bound": True,
        "rewarded": True,
        "reason": "bound",
        "reason_label": "已绑定邀请人",
    }
    assert deliver_events() == 1
    account = PointAccount.objects.get(member_id=inviter["id"], kind=PointKind.GENERAL)
    entry = account.entries.get()
    invite = Invite.objects.get()
    assert (account.balance, entry.delta, entry.reason, entry.ref) == (100, 100, "invite", f"invite:{invite.pk}")
    assert invite.rewarded_points == 100
    assert invite.rewarded_at == entry.occurred_at
    assert deliver_events() == 0


@pytest.mark.parametrize(
    "code",
    ["", None, "NOPE", "x" * 1000, " ", 1, 1.5, True, [], {"a": 1}, "\x00", "🎁", "' OR 1=1 --", "ABCD\n"],
)
def test_a_bad_code_never_fails_the_login(log_in, code):
    log_in("邀请人")
    answer = log_in("新人", invite_code=code)
    assert answer["is_new"] is True
    assert answer["invite"]["bound"] is answer["invite"]["rewarded"] is False
    assert answer["invite"]["reason"] in {"no_code", "unknown_code"}
    assert not Invite.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("spoil", [str.lower, lambda code: code + " ", lambda code: code[:-1]])
def test_a_code_is_compared_byte_for_byte(log_in, spoil):
    code = log_in("邀请人")["user"]["invite_code"]
    assert log_in("新人", invite_code=spoil(code))["invite"]["reason"] == "unknown_code"
    assert not Invite.objects.exists()


def test_unknown_settings_of_the_invite_are_refused():
    assert configs.INVITE_BIND.check("everybody") is not None
    assert [configs.INVITE_REWARD_POINTS.check(value) is None for value in (0, 100, -1, 1.5, True)] == [
        True,
        True,
        False,
        False,
        False,
    ]
