"""Operators and groups: changes are logged without secrets, permissions are named in Chinese."""

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.admin.group_form import grouped_choices
from accounts.models import Operator
from blindbox.system.models import OperationLog
from tests.factories.accounts import PASSWORD
from tests.factories.pages import save


def test_a_new_operator_is_logged_without_the_password(office):
    sent = {"username": "yun", "password1": PASSWORD, "password2": PASSWORD, "first_name": "云", "is_staff": "on"}
    office.post("/admin/accounts/operator/add/", sent)
    operator = Operator.objects.get(username="yun")
    assert operator.is_staff
    assert not operator.is_superuser
    logged = OperationLog.objects.get()
    assert (logged.action, logged.object_id) == ("新建操作员", str(operator.pk))
    assert "password" not in logged.after


def test_what_a_group_gains_and_loses_is_in_the_log(office):
    group = Group.objects.create(name="客服")
    wanted = Permission.objects.get(codename="grant_points")
    save(office, f"/admin/auth/group/{group.pk}/change/", {"name": "客服", "permissions": [wanted.pk]})
    assert list(group.permissions.all()) == [wanted]
    logged = OperationLog.objects.get()
    assert (logged.before, logged.after) == ({"permissions": []}, {"permissions": ["grant_points"]})


def test_the_page_of_a_group_offers_only_what_opens_a_page_or_a_button(office):
    page = office.get("/admin/auth/group/add/").content.decode()
    assert "可以增减用户积分" in page
    assert "退款、重试、重新发起退款" in page
    assert "可以批准期次的亏损预算" in page
    assert "Can add" not in page
    assert "重新投递" in page


def test_a_group_is_offered_no_right_that_only_superusers_have(db):
    offered = dict(grouped_choices())
    assert [label for _, label in offered["组"]] == ["查看"]
    assert [label for _, label in offered["操作员"]] == ["新增", "修改", "查看"]


def test_permissions_of_other_pages_survive_a_save(office):
    group, foreign = Group.objects.create(name="脚本"), Permission.objects.get(codename="add_reward")
    group.permissions.add(foreign)
    save(office, f"/admin/auth/group/{group.pk}/change/", {"name": "脚本", "permissions": []})
    assert list(group.permissions.all()) == [foreign]


def test_linking_members_is_logged_by_name(office, make_operator, member):
    operator = make_operator(username="yun")
    sent = {"username": "yun", "first_name": "", "email": "", "is_active": "on", "linked_members": [member.pk]}
    save(office, f"/admin/accounts/operator/{operator.pk}/change/", sent)
    assert list(operator.linked_members.all()) == [member]
    logged = OperationLog.objects.get()
    assert (logged.before["linked_members"], logged.after["linked_members"]) == ([], [str(member)])


RIGHTS = {"is_superuser": "on", "is_staff": "on", "is_active": "on"}


@pytest.fixture
def clerk(make_operator):
    """Somebody who keeps accounts and groups but is no superuser."""
    every = [f"accounts.{verb}_operator" for verb in ("view", "add", "change", "delete")]
    return make_operator(username="clerk", permissions=[*every, "auth.view_group", "auth.change_group"])


def rights_of(username):
    operator = Operator.objects.get(username=username)
    groups, own = operator.groups.values_list("name", flat=True), operator.user_permissions
    return operator.is_superuser, operator.is_staff, operator.is_active, list(groups), own.count()


@pytest.mark.parametrize("username", ["clerk", "yun"])
def test_who_keeps_accounts_gives_no_rights(office_of, clerk, make_operator, username):
    make_operator(username="yun", is_staff=False)
    group, before = Group.objects.create(name="财务"), rights_of(username)
    wanted = Permission.objects.get(codename="grant_points")
    sent = {"username": username, "first_name": "新名", "email": "", **RIGHTS, "groups": [group.pk],
            "user_permissions": [wanted.pk]}  # fmt: skip
    url = f"/admin/accounts/operator/{Operator.objects.get(username=username).pk}/change/"
    assert save(office_of(clerk), url, sent).status_code == 302
    assert Operator.objects.get(username=username).first_name == "新名"
    assert rights_of(username) == before


def test_a_new_account_has_no_rights_until_a_superuser_gives_them(office_of, clerk):
    sent = {"username": "new", "password1": PASSWORD, "password2": PASSWORD, "first_name": "新", **RIGHTS}
    sent["groups"] = [Group.objects.create(name="财务").pk]
    office_of(clerk).post("/admin/accounts/operator/add/", sent)
    assert rights_of("new") == (False, False, True, [], 0)


@pytest.mark.parametrize("page", ["change", "password"])
@pytest.mark.parametrize("stronger", [{"superuser": True}, {"permissions": ["accounts.grant_points"]}])
def test_nobody_edits_an_account_that_may_do_more_active_or_not(office_of, clerk, make_operator, page, stronger):
    other = make_operator(username="yun", is_active=False, **stronger)
    sent = {"username": "yun", "first_name": "新名", "password1": "another password", "password2": "another password"}
    url = f"/admin/accounts/operator/{other.pk}/{page}/"
    answer = office_of(clerk).post(url, {**sent, "set-password": "1", "usable_password": "true"})
    assert answer.status_code == 403
    now = Operator.objects.get(pk=other.pk)
    assert (now.first_name, now.password, OperationLog.objects.count()) == ("", other.password, 0)


def test_a_colleagues_hash_is_on_no_page(office_of, clerk, make_operator):
    other = make_operator(username="yun", superuser=True)
    page = office_of(clerk).get(f"/admin/accounts/operator/{other.pk}/change/")
    assert page.status_code == 200
    assert other.password.split("$")[-1] not in page.content.decode()


def test_only_superusers_change_groups(office_of, clerk):
    group = Group.objects.create(name="客服")
    clerk.groups.add(group)
    wanted = Permission.objects.get(codename="grant_points")
    client, sent = office_of(clerk), {"name": "客服2", "permissions": [wanted.pk]}
    assert client.get(f"/admin/auth/group/{group.pk}/change/").status_code == 200
    for page in (f"{group.pk}/change/", f"{group.pk}/delete/", "add/"):
        assert client.post(f"/admin/auth/group/{page}", sent).status_code == 403
    client.post("/admin/auth/group/", {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"})
    assert [(each.name, each.permissions.count()) for each in Group.objects.all()] == [("客服", 0)]


@pytest.mark.parametrize("who", ["office", "clerk"])
def test_no_account_is_deleted(request, office_of, make_operator, who):
    client = request.getfixturevalue("office") if who == "office" else office_of(request.getfixturevalue("clerk"))
    other = make_operator(username="yun")
    url = "/admin/accounts/operator/"
    assert client.post(f"{url}{other.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(url, {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"})
    assert Operator.objects.filter(pk=other.pk).exists()
    assert OperationLog.objects.count() == 0


def test_a_superuser_gives_and_takes_rights(office, make_operator):
    other, group = make_operator(username="yun"), Group.objects.create(name="客服")
    sent = {"username": "yun", "first_name": "", "email": "", "is_active": "on", "groups": [group.pk]}
    save(office, f"/admin/accounts/operator/{other.pk}/change/", sent)
    assert rights_of("yun") == (False, False, True, ["客服"], 0)
