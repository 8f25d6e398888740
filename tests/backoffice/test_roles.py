"""Groups of operators: what each may do to begin with, and that nobody's own adjustments are lost."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from blindbox.system.models import OperationLog

NAMES = {"运营", "客服", "仓库", "财务", "只读"}


@pytest.fixture
def roles(db):
    call_command("setup_roles")


def _member_of(make_operator, name):
    operator = make_operator(username=name)
    operator.groups.add(Group.objects.get(name=name))
    return operator


def test_it_creates_five_groups_and_logs_it(roles):
    assert set(Group.objects.values_list("name", flat=True)) == NAMES
    assert OperationLog.objects.filter(action="设置岗位权限").count() == 5


def test_a_second_run_leaves_what_operators_adjusted(roles, capsys):
    Group.objects.get(name="客服").permissions.clear()
    call_command("setup_roles")
    assert Group.objects.get(name="客服").permissions.count() == 0
    assert "没有改动" in capsys.readouterr().out
    call_command("setup_roles", reset=True)
    assert Group.objects.get(name="客服").permissions.filter(codename="grant_points").exists()


@pytest.mark.parametrize(
    ("name", "may", "may_not"),
    [
        ("运营", "activities.change_issue", "accounts.grant_points"),
        ("客服", "accounts.grant_points", "activities.change_issue"),
        ("仓库", "catalog.change_product", "orders.add_refund"),
        ("财务", "orders.add_refund", "accounts.disable_member"),
        ("只读", "orders.view_order", "catalog.change_product"),
    ],
)
def test_each_group_may_do_its_own_job_only(roles, make_operator, name, may, may_not):
    operator = _member_of(make_operator, name)
    assert operator.has_perm(may)
    assert not operator.has_perm(may_not)


@pytest.mark.parametrize(
    ("name", "titles"),
    [("仓库", ["商品", "交易履约"]), ("财务", ["玩法运营", "交易履约", "用户增长", "系统"])],
)
def test_the_menu_holds_only_what_a_group_may_see(roles, office_of, make_operator, name, titles):
    page = office_of(_member_of(make_operator, name)).get("/admin/")
    assert [group["title"] for group in page.context["sidebar_navigation"] if "title" in group] == titles


def test_an_operator_without_a_group_is_told_what_is_missing(office_of, make_operator):
    page = office_of(make_operator()).get("/admin/").content.decode()
    assert "还没有分配权限" in page
