"""A member's page: what operators may do there, with a reason, once, in the log."""

import re

import pytest

from accounts.enums import MemberStatus
from accounts.models import Member, PointEntry
from blindbox.system.models import OperationLog
from tests.factories.accounts import make_invite
from tests.factories.pages import press, said

BY_STAFF = OperationLog.objects.filter(operator_id__isnull=False)
MEMBER = "accounts.member"


def _balance(member: Member) -> int:
    return member.point_accounts.get(kind="general").balance


def test_points_are_granted_with_a_reason_and_logged(office, make_member):
    member = make_member(points_balance=100)
    answer = press(office, MEMBER, "grant_points", member.pk, delta="50", reason="补偿", key="k1")
    assert answer["HX-Redirect"] == f"/admin/accounts/member/{member.pk}/change/"
    assert said(answer) == ["已入账 +50 积分，余额 150"]
    logged = BY_STAFF.get()
    assert (logged.action, logged.reason, logged.operator_name, logged.ip) == ("发放积分", "补偿", "admin", "127.0.0.1")
    assert (logged.before, logged.after) == ({"balance": 100}, {"balance": 150, "delta": 50})


def test_the_modal_names_the_member_the_kind_and_the_balance(office, make_member):
    member = make_member(points_balance=100)
    text = office.get(f"/admin/accounts/member/{member.pk}/grant_points/").content.decode()
    assert re.search(rf"用户 <strong>{member}</strong>，当前通用积分余额 <strong>100</strong>", text)
    assert "最多扣 100（当前余额）" in text


def test_the_points_of_one_member_are_all_a_click_away(office, make_member):
    member = make_member(points_balance=7)
    make_member(points_balance=8)
    page = office.get(f"/admin/accounts/member/{member.pk}/change/")
    url = dict(page.context["panels"])["积分流水"].more_url
    assert [entry.account.member_id for entry in office.get(url).context["cl"].result_list] == [member.pk]


def test_a_double_click_grants_once(office, make_member):
    member = make_member(points_balance=100)
    press(office, MEMBER, "grant_points", member.pk, delta="50", reason="补偿", key="k1")
    again = press(office, MEMBER, "grant_points", member.pk, delta="50", reason="补偿", key="k1")
    assert "已经入账" in again.content.decode()
    assert _balance(member) == 150
    assert BY_STAFF.count() == 1


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ({"delta": "0", "reason": "补偿", "key": "k"}, "不能为 0"),
        ({"delta": "1.5", "reason": "补偿", "key": "k"}, "输入整数"),
        ({"delta": "100001", "reason": "补偿", "key": "k"}, "一次最多发放 100000 积分"),
        ({"delta": str(10**10), "reason": "补偿", "key": "k"}, "小于或等于"),
        ({"delta": "5", "reason": "", "key": "k"}, "必填项"),
        ({"delta": "-101", "reason": "扣回", "key": "k"}, "积分不足：最多扣 100（当前余额）"),
    ],
)
def test_a_wrong_grant_changes_nothing_and_says_why(office, make_member, answers, text):
    member = make_member(points_balance=100)
    assert text in press(office, MEMBER, "grant_points", member.pk, **answers).content.decode()
    assert _balance(member) == 100
    assert PointEntry.objects.count() == 1
    assert not BY_STAFF.exists()


def test_a_member_is_disabled_and_let_back_in(office, make_member, app_client):
    member = make_member()
    press(office, MEMBER, "disable", member.pk, reason="刷单")
    assert app_client(member).get("/api/app/users/me").status_code == 403
    press(office, MEMBER, "enable", member.pk, reason="误判")
    member.refresh_from_db()
    assert member.status == MemberStatus.ACTIVE
    assert list(BY_STAFF.order_by("pk").values_list("action", "reason")) == [
        ("禁用用户", "刷单"),
        ("启用用户", "误判"),
    ]


@pytest.mark.parametrize("button", ["grant_points", "disable"])
def test_who_may_only_look_has_no_buttons(office_of, make_operator, make_member, button):
    member, office = make_member(), office_of(make_operator(permissions=["accounts.view_member"]))
    assert press(office, MEMBER, button, member.pk, delta="5", reason="x", key="k").status_code == 403
    assert "发放积分" not in office.get(f"/admin/accounts/member/{member.pk}/change/").content.decode()
    assert not BY_STAFF.exists()


@pytest.mark.parametrize("digits", [19, 20, 4301])
def test_more_digits_than_any_id_has_find_nobody(office, make_member, digits):
    make_member()
    answer = office.get("/admin/accounts/member/", {"q": "9" * digits})
    assert (answer.status_code, [*answer.context["cl"].result_list]) == (200, [])


@pytest.mark.parametrize("search", ["小明", "8000", "13912348000", "openid-of-ming", "CODEOFMING12"])
def test_a_member_is_found_by_what_operators_know(office, make_member, search):
    ming = make_member(nickname="小明", phone="13912348000", openid="openid-of-ming", invite_code="CODEOFMING12")
    make_member(nickname="别人", phone="13900001111")
    found = office.get("/admin/accounts/member/", {"q": search}).context["cl"].result_list
    assert [member.pk for member in found] == [ming.pk]


@pytest.mark.parametrize("digits", ["9", "00", "000"])
def test_a_few_digits_are_no_phone_number(office, make_member, digits):
    make_member(phone="13912348000", nickname="甲"), make_member(phone="13900000999", nickname="乙")
    found = office.get("/admin/accounts/member/", {"q": digits}).context["cl"].result_list
    assert list(found) == []


PERSONAL = {"phone": "13912348000", "openid": "wx-a-longer-ider01", "unionid": "union-of-ling"}
MASKED = {"139****8000", "wx-***********er01", "uni******ling"}


@pytest.mark.parametrize("may", [False, True])
def test_personal_data_is_whole_only_for_those_who_may_see_it(office_of, make_operator, make_member, may):
    member = make_member(**PERSONAL)
    more = ["accounts.view_phone"] if may else []
    client = office_of(make_operator(permissions=["accounts.view_member", *more]))
    page = client.get(f"/admin/accounts/member/{member.pk}/change/").content.decode()
    assert {text for text in PERSONAL.values() if text in page} == (set(PERSONAL.values()) if may else set())
    assert {text for text in MASKED if text in page} == (set() if may else MASKED)
    listed = client.get("/admin/accounts/member/").content.decode()
    assert [text for text in PERSONAL.values() if text in listed] == []


@pytest.mark.parametrize("lookup", ["phone__startswith", "phone", "phone__regex", "openid__gt", "unionid__contains"])
def test_no_list_filters_by_what_it_does_not_show(office, make_member, lookup):
    make_member(**PERSONAL)
    assert office.get("/admin/accounts/member/", {lookup: "1"}).status_code == 400


@pytest.mark.parametrize(
    "page",
    ["accounts/invite", "accounts/pointentry", "activities/drawlog", "activities/drawbatch", "activities/prizedelivery",
     "orders/order", "orders/inventoryitem", "orders/paymentcallback", "accounts/operator"],
)  # fmt: skip
def test_nor_by_what_hangs_on_its_rows(office, page):
    lookups = [
        "member__phone__startswith", "account__member__phone__startswith", "inviter__phone__startswith",
        "order__member__openid__startswith", "openid__startswith", "password__startswith", "email__startswith",
    ]  # fmt: skip
    answers = {lookup: office.get(f"/admin/{page}/", {lookup: "1"}) for lookup in lookups}
    assert {each for each, answer in answers.items() if answer.status_code == 200} == set()


@pytest.mark.parametrize("digits", ["48000", "12348000", "139"])
@pytest.mark.parametrize("page", ["accounts/member", "accounts/invite", "accounts/pointentry"])
def test_no_list_finds_a_phone_number_by_a_part_that_is_masked(office, make_member, page, digits):
    ming = make_member(**PERSONAL, nickname="明", points_balance=5)
    make_invite(inviter=ming, invitee=make_member(nickname="友"))
    found = {
        asked: office.get(f"/admin/{page}/", {"q": asked}).context["cl"].result_count for asked in (digits, "8000")
    }
    assert found == {digits: 0, "8000": 1}


def test_of_a_short_number_nothing_is_seen(office, make_member):
    make_member(phone="1234567")
    page = office.get("/admin/accounts/member/").content.decode()
    assert "*******" in page
    assert "4567" not in page


def test_the_page_shows_points_invites_orders_and_prizes(office, make_member):
    member = make_member(points_balance=7, phone="13912348000")
    page = office.get(f"/admin/accounts/member/{member.pk}/change/")
    assert [title for title, _ in page.context["panels"]] == [
        "积分流水",
        "购买保护",
        "邀请的人",
        "订单",
        "持仓",
        "消费上限",
        "手气统计",
        "抽奖记录",
    ]
