"""Each invariant is silent on good rows and names a planted violation."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.enums import MemberStatus
from accounts.models import Invite, Member, PointAccount, PointDebt, PointEntry
from accounts.services import bans, grants, invites
from blindbox.common.invariants import violations
from blindbox.system import digests
from blindbox.system.audit import Actor
from blindbox.system.models import IdempotencyKey, OperationLog, OutboxMessage
from tests.factories.accounts import NOW, make_invite

OURS = ["M1", "M3", "M4", "M6", "M7", "S1", "X1", "X5"]
YUN = Actor(id=7, name="云", ip="10.0.0.7")
pytestmark = pytest.mark.django_db


@pytest.fixture
def books(make_member):
    """Two members with points, one of whom brought the other and was rewarded."""
    inviter = make_member(points_balance=50, mall_balance=5)
    invitee = make_member(points_balance=20, now=NOW + timedelta(days=1))
    invite = make_invite(inviter=inviter, invitee=invitee)
    invites.reward(invite_id=invite.pk, points=100, now=NOW)
    digests.close_days(now=NOW + timedelta(days=3))
    return inviter, invitee, invite


@pytest.fixture
def account(books):
    return PointAccount.objects.get(member=books[0], kind="general")


@contextmanager
def checks_off() -> Iterator[None]:
    """Let a row in that the database would refuse: that is what the invariant is for."""
    statements = {
        "sqlite": ("PRAGMA ignore_check_constraints = ON", "PRAGMA ignore_check_constraints = OFF"),
        "mysql": ("SET SESSION check_constraint_checks = OFF", "SET SESSION check_constraint_checks = ON"),
    }
    off, on = statements[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(off)
        try:
            yield
        finally:
            cursor.execute(on)


def named():
    return {violation.id for violation in violations(OURS)}


def test_good_books_break_nothing(books):
    assert violations(OURS) == []


def test_m1_a_balance_that_no_entries_explain(account):
    PointAccount.objects.filter(pk=account.pk).update(balance=151)
    assert [v.what for v in violations(["M1"])] == [f"积分账户 {account.pk}：余额 151，流水合计 150"]


def test_m1_an_account_without_entries(books):
    PointAccount.objects.filter(member=books[1], kind="mall").update(balance=1)
    assert named() == {"M1"}


def test_m3_a_negative_balance(account):
    with checks_off():
        PointAccount.objects.filter(pk=account.pk).update(balance=-1)
    assert violations(["M3"])[0].what == f"积分账户 {account.pk}：余额 -1，欠 0"


def test_m3_a_negative_debt(account):
    with checks_off():
        PointAccount.objects.filter(pk=account.pk).update(debt=-1)
    assert named() == {"M3"}


def test_m9_a_debt_that_nobody_wrote_down(account):
    PointAccount.objects.filter(pk=account.pk).update(debt=3)
    assert [v.what for v in violations(["M9"])] == [f"积分账户 {account.pk}：欠 3，变动合计 0"]


def test_m9_a_debt_that_was_paid_without_an_entry_and_an_entry_that_paid_none(account):
    moved = {"account": account, "reason": "debt", "occurred_at": NOW}
    PointDebt.objects.create(**{**moved, "reason": "refund"}, ref="a", delta=5)
    move = PointDebt.objects.create(**moved, ref="grant:b", delta=-5)
    entry = PointEntry.objects.create(**moved, ref="grant:c", delta=-5, seq=99, balance_after=0)
    assert [v.what for v in violations(["M9"])] == [
        f"欠积分变动 {move.pk}：抵扣 5，没有对应的流水",
        f"积分流水 {entry.pk}：抵扣 5，欠账没有减少",
    ]


def test_m3_an_entry_that_went_below_zero(account):
    PointEntry.objects.filter(account=account, seq=2).update(balance_after=-150)
    assert named() == {"M3", "M4", "M7"}


def test_m4_an_entry_whose_balance_does_not_follow(account):
    PointEntry.objects.filter(account=account, seq=1).update(balance_after=51)
    entry = PointEntry.objects.get(account=account, seq=1)
    assert [v.what for v in violations(["M4"])] == [f"积分流水 {entry.pk}：余额 51，应为 50"]


def test_m4_a_missing_number(account):
    PointEntry.objects.filter(account=account, seq=2).update(seq=3)
    assert [v.what for v in violations(["M4"])] == [f"积分账户 {account.pk}：流水号 2，末笔 3，共 2 笔"]


def test_m4_a_deleted_last_entry(account):
    PointEntry.objects.filter(account=account, seq=2).delete()
    assert named() == {"M1", "M4", "M7", "S1"}


def test_m6_an_event_that_posted_twice(account, without_event_key):
    PointEntry.objects.create(
        pk=10**6, account=account, seq=3, delta=0, balance_after=150, reason="invite", ref=_ref(), occurred_at=NOW
    )
    PointAccount.objects.filter(pk=account.pk).update(seq=3)
    assert [v.what for v in violations(["M6"])] == [f"积分账户 {account.pk}：invite {_ref()} 入账 2 次"]


def _ref():
    return f"invite:{Invite.objects.get().pk}"


@pytest.fixture
def without_event_key(account):
    """The table without its unique key, as on a database that lost it; SQLite and the test's rollback restore it."""
    constraint = next(each for each in PointEntry._meta.constraints if each.name == "point_entry_event_once")
    if connection.vendor == "mysql":
        pytest.skip("DDL commits on MariaDB; test_constraints shows that the key refuses there")
    table = PointEntry._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_kept")
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM {table}_kept")
    yield constraint
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {table}")
        cursor.execute(f"ALTER TABLE {table}_kept RENAME TO {table}")


def test_s1_an_inviter_who_came_later(books):
    Member.objects.filter(pk=books[0].pk).update(created_at=NOW + timedelta(days=2))
    assert named() == {"S1"}


def test_s1_a_loop(books, make_member):
    inviter, invitee, _ = books
    make_invite(inviter=invitee, invitee=inviter)
    assert named() == {"S1"}


def test_s1_a_member_who_invited_themselves(books):
    with checks_off():
        Invite.objects.update(inviter=books[1])
    assert named() == {"S1"}


def test_s1_a_reward_without_an_entry(books):
    Invite.objects.update(rewarded_points=99)
    assert [v.what for v in violations(["S1"])] == [f"邀请 {books[2].pk}：记为奖励 99，流水为 100"]


def test_s1_an_entry_without_a_reward(books):
    Invite.objects.update(rewarded_at=None, rewarded_points=0)
    entry = PointEntry.objects.get(reason="invite")
    assert [v.what for v in violations(["S1"])] == [f"积分流水 {entry.pk}：{entry.ref} 没有对应的邀请"]


def test_m7_points_of_a_closed_day_that_were_altered(account):
    PointEntry.objects.filter(account=account, seq=1).update(note="改过")
    assert [v.what for v in violations(["M7"])] == ["积分流水 2026-11-22：3 条的内容或摘要被改动过"]


def test_m7_points_of_a_closed_day_that_were_deleted(books):
    PointEntry.objects.filter(account__member=books[1]).delete()
    assert [v.what for v in violations(["M7"])] == ["积分流水 2026-11-23：当日结束时有 1 条，现有 0 条"]


def granted(member):
    grants.grant(member_id=member.pk, delta=-5, reason="补偿", ref="r" * 32, actor=YUN, now=NOW + timedelta(days=9))


def test_x1_a_grant_that_its_key_does_not_find(books):
    IdempotencyKey.objects.create(
        realm="operator", actor_id=7, key="k", fingerprint="f" * 64, status=201, ref="r" * 32, created_at=NOW
    )
    assert [v.what for v in violations(["X1"])] == [f"operator:7:k 指向「{'r' * 32}」，没有这样的结果"]
    granted(books[0])
    assert violations(["X1"]) == []


def test_x5_points_that_staff_gave_past_the_log(books):
    granted(books[0])
    assert violations(["X5"]) == []
    OperationLog.objects.filter(action="扣回积分").delete()
    entry = PointEntry.objects.get(delta=-5)
    assert [v.what for v in violations(["X5"])] == [f"积分流水 {entry.pk}：后台发放，没有操作日志"]


def test_x5_points_in_the_log_that_were_never_posted(books):
    granted(books[0])
    PointEntry.objects.filter(delta=-5).delete()
    log = OperationLog.objects.get(action="扣回积分")
    assert [v.what for v in violations(["X5"])] == [f"操作日志 {log.pk}：发放或扣回了积分，没有对应的流水"]


def test_x5_a_ban_past_the_log_and_one_that_was_undone_past_it(books):
    member = books[0]
    Member.objects.filter(pk=member.pk).update(status=MemberStatus.DISABLED)
    assert [v.what for v in violations(["X5"])] == [f"用户 {member.pk}：已禁用，没有操作日志"]
    Member.objects.filter(pk=member.pk).update(status=MemberStatus.ACTIVE)
    for status in (MemberStatus.DISABLED, MemberStatus.ACTIVE, MemberStatus.DISABLED):
        bans.set_status(member_id=member.pk, status=status, reason="刷单", actor=YUN, now=NOW)
        assert violations(["X5"]) == []
    Member.objects.filter(pk=member.pk).update(status=MemberStatus.ACTIVE)
    assert [v.what for v in violations(["X5"])] == [f"用户 {member.pk}：操作日志最后是禁用，现为正常"]


def test_x5_a_log_row_that_names_nobody_or_nothing(books):
    OperationLog.objects.filter(pk=OperationLog.objects.earliest("pk").pk).update(operator_name="", action="修改用户")
    row = OperationLog.objects.earliest("pk")
    assert [v.what.partition("：")[2] for v in violations(["X5"]) if f"操作日志 {row.pk}（" in v.what] == [
        "没有操作员",
        "没有记录操作前后",
    ]


def test_x2_an_invite_that_nobody_was_told_of(make_member):
    now = timezone.now()
    inviter, invitee = make_member(now=now - timedelta(days=2)), make_member(now=now)
    old = make_invite(inviter=inviter, invitee=make_member(now=now), now=now - timedelta(days=40))
    young = make_invite(inviter=inviter, invitee=invitee, now=now)
    assert [v.what for v in violations(["X2"])] == [f"邀请 {young.pk}：没有发出事件"]
    assert (OutboxMessage.objects.exists(), old.pk) == (False, young.pk - 1)
