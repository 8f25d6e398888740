"""The shop runs as a database user that cannot change a ledger: every way that money takes, and the night's work."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, ProgrammingError, connection
from django.utils import timezone

from accounts.enums import PointReason
from accounts.models import PointDebt, PointEntry
from accounts.services import grants, points
from activities.models import DrawCommitment
from activities.services import closing, days, refunding
from blindbox.common.invariants import violations
from blindbox.common.ledger import Posting
from blindbox.system import digests, tasks
from blindbox.system.audit import SYSTEM
from blindbox.system.management.commands.database_grants import append_only, statements
from blindbox.system.models import LedgerDigest, OperationLog
from orders.enums import PayWith, RefundFailure
from orders.models import ClosedRefundNumber, Refund
from orders.payments import callbacks
from orders.services import lifecycle
from orders.services import refunding as refunds
from tests.factories.accounts import make_member
from tests.factories.activities import open_box, open_odds
from tests.factories.orders import buy, deliver, make_notice

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ACCOUNT, OWNER, PASSWORD = "bb_shop_under_test@'%'", "bb_owner_under_test@'%'", "only-for-this-test"
LEDGERS = [PointEntry, PointDebt, OperationLog, DrawCommitment, ClosedRefundNumber, LedgerDigest]


def run(*asked: str) -> None:
    with connection.cursor() as cursor:
        for statement in asked:
            cursor.execute(statement)


@contextmanager
def reconnected_as(account: str) -> Iterator[None]:
    before = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(USER=account.partition("@")[0], PASSWORD=PASSWORD)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@pytest.fixture
def accounts(db: None) -> Iterator[None]:
    """Make the two users of docs/production.md, and let the schema's owner give the shop its printed rights."""
    run(*(f"CREATE OR REPLACE USER {each} IDENTIFIED BY '{PASSWORD}'" for each in (ACCOUNT, OWNER)))
    run(f"GRANT ALL ON `{connection.settings_dict['NAME']}`.* TO {OWNER} WITH GRANT OPTION")
    give()
    yield
    run(f"DROP USER {ACCOUNT}, {OWNER}")


def give() -> None:
    with reconnected_as(OWNER):
        run(*statements(ACCOUNT))


@pytest.fixture
def as_the_shop(accounts: None) -> Iterator[None]:
    with reconnected_as(ACCOUNT):
        yield


def rights() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW GRANTS FOR {ACCOUNT}")
        return {line for (line,) in cursor.fetchall()}


def trade() -> None:
    """Grant, buy by points and by WeChat, cancel, refund, close a refund's number, close an issue, turn the days."""
    now = timezone.now()
    member, payer = make_member(points_balance=10_000, now=now), make_member(now=now)
    grants.grant(member_id=member.pk, delta=-5, reason="补偿", ref="r" * 32, actor=SYSTEM, now=now)
    box, odds = open_box(now=now), open_odds(now=now)
    days.turn(now=now)
    for issue in (box, odds):
        by_points, paid = buy(member, issue, pay_with=PayWith.POINTS, now=now), buy(payer, issue, now=now)
        callbacks.record(make_notice(paid, now=now), gateway="wechat_v3", now=now)
        deliver(now=now)
        refunding.refund_order(order_id=by_points.pk, reason="客诉", actor=SYSTEM, now=now)
    refunding.refund_order(order_id=paid.pk, reason="客诉", actor=SYSTEM, now=now)
    number = Refund.objects.get(payment__isnull=False).out_refund_no
    refunds.failed(number=number, kind=RefundFailure.CLOSED, why="closed", now=now)
    assert refunds.renumber(refund_id=Refund.objects.get(out_refund_no=number).pk, closed=number, now=now)
    points.claw_back(member_id=payer.pk, postings=[Posting(-5, PointReason.REFUND, "r" * 32)], now=now)
    given_up = buy(make_member(now=now), box, now=now)
    lifecycle.cancel(member_id=given_up.member_id, order_no=given_up.order_no, now=now)
    closing.close(issue_id=odds.pk, actor=SYSTEM, now=now)


def test_the_shop_works_without_the_right_to_change_a_ledger(as_the_shop):
    trade()
    digests.close_days(now=timezone.now() + timedelta(days=2))
    tasks.check_everything()
    tasks.clean_up()
    assert [each for each in violations() if each.id != "X2"] == []
    assert {model.objects.exists() for model in LEDGERS} == {True}


@pytest.mark.parametrize("model", LEDGERS)
def test_the_database_refuses_to_change_or_delete_an_entry(as_the_shop, model):
    trade()
    digests.close_days(now=timezone.now() + timedelta(days=2))
    row = model.objects.latest("pk")
    before = model.objects.filter(pk=row.pk).values().get()
    for change in (lambda: model.objects.filter(pk=row.pk).update(id=row.pk + 1), row.delete):
        with pytest.raises((OperationalError, ProgrammingError), match="denied"):
            change()
    assert model.objects.filter(pk=row.pk).values().get() == before


def test_what_the_account_was_once_given_in_the_schema_is_taken_back(accounts):
    meant, schema = rights(), connection.settings_dict["NAME"]
    ledger = f"`{schema}`.`{PointEntry._meta.db_table}`"
    run(
        f"GRANT ALL ON `{schema}`.* TO {ACCOUNT} WITH GRANT OPTION",
        f"GRANT ALL ON {ledger} TO {ACCOUNT} WITH GRANT OPTION",
        f"GRANT UPDATE (delta) ON {ledger} TO {ACCOUNT}",
    )
    assert rights() != meant
    give()
    assert rights() == meant
    assert {line for line in meant if f"{ledger} " in line} == set()
    assert {line.partition(" ON ")[0] for line in meant if f"`{schema}`.* " in line} == {"GRANT SELECT, INSERT"}


def test_every_ledger_is_among_them():
    assert {model._meta.db_table for model in LEDGERS} == append_only()
