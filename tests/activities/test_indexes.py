"""What runs every few seconds, or when a crowd is refused, looks things up by an index, however long the tables are."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.errors import AllReserved
from activities.models import DrawBatch
from activities.services import box_turns, holds
from blindbox.system import outbox
from blindbox.system.models import OutboxMessage
from orders.enums import OrderStatus
from orders.payments import reconciling, refund_progress
from orders.services import lifecycle
from tests.factories.activities import NOW, open_box
from tests.factories.draws import hold
from tests.factories.orders import make_order, make_payment, make_refund

pytestmark = pytest.mark.django_db
MANY = 300


def read_of(table, work) -> str:
    """Return the first statement by which some work reads rows of a table."""
    with CaptureQueriesContext(connection) as queries:
        work()
    named = re.compile(rf"SELECT .*\bFROM [\"`]{table}[\"`]")
    return next(each["sql"] for each in queries if named.match(each["sql"]))


def plan_of(statement) -> str:
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {statement}")
        names = [column[0] for column in cursor.description]
        return "; ".join(str(dict(zip(names, row, strict=True))) for row in cursor.fetchall())


def copies(row, **columns):
    """Add many rows like this one; a name in `columns` is given a different value each time."""
    model = type(row)
    values = {
        field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields if not field.generated
    }
    values.pop("id")
    unique = {name: (make if callable(make) else lambda _, value=make: value) for name, make in columns.items()}
    model.objects.bulk_create(
        model(**{**values, **{name: make(n) for name, make in unique.items()}}) for n in range(MANY)
    )


@pytest.fixture
def crowded(member, make_member):
    """A box with two holds left of hundreds of purchases, all of it reserved."""
    issue = open_box(total=4, last=False)
    hold(member, issue, 2, now=NOW)
    done = {"status": "released", "hold_slot": None, "lapsed_at": NOW}
    copies(DrawBatch.objects.get(), order_id=lambda n: 10**6 + n, **done)
    hold(make_member(), issue, 2, now=NOW)
    return issue


def test_the_lapsed_holds_of_an_issue_are_found_by_their_index(crowded):
    read = read_of("draw_batches", lambda: holds.release_lapsed(issue_id=crowded.pk, now=NOW))
    assert "batch_hold_idx" in plan_of(read)


def test_whoever_is_refused_is_told_the_next_release_by_that_index_alone(crowded, make_member):
    def refused():
        with pytest.raises(AllReserved):
            hold(make_member(), crowded, 1, now=NOW)

    with CaptureQueriesContext(connection) as queries:
        refused()
    (read,) = [each["sql"] for each in queries if "MIN(" in each["sql"]]
    plan = plan_of(read)
    assert "batch_hold_idx" in plan or "optimized away" in plan, plan


def test_a_queue_is_read_by_its_key(crowded):
    read = read_of("issue_box_turns", lambda: box_turns.refusal(crowded.pk, None))
    assert "turn_once_per_member" in plan_of(read) or "sqlite_autoindex_issue_box_turns" in plan_of(read)


def test_what_is_overdue_is_found_by_an_index(member):
    order = make_order(member)
    closed = {"status": OrderStatus.CLOSED, "closed_at": NOW, "close_reason": "expired"}
    copies(order, order_no=lambda n: f"n{n}", **closed)
    read = read_of("order_headers", lambda: lifecycle.close_expired(now=NOW))
    assert "order_expiry_idx" in plan_of(read)


def test_payments_and_refunds_to_ask_about_are_found_by_an_index(member):
    payment = make_payment(make_order(member))
    copies(payment, out_trade_no=lambda n: f"n{n}", status="closed", closed_at=NOW)
    refund = make_refund(payment)
    copies(refund, out_refund_no=lambda n: f"n{n}")
    read = read_of("payment_preorders", lambda: reconciling.query_due_payments(now=NOW))
    assert "payment_query_idx" in plan_of(read)
    read = read_of("payment_refunds", lambda: refund_progress.query_due_refunds(now=NOW))
    assert "refund_query_idx" in plan_of(read)


def test_events_that_are_due_are_found_by_an_index(db):
    message = OutboxMessage.objects.create(topic="t", event_key="k", subscriber="s", payload={}, delivered_at=NOW)
    copies(message, event_key=lambda n: f"n{n}")
    read = read_of("outbox_messages", lambda: outbox.deliver_due(clock=lambda: NOW, limit=100))
    assert "outbox_due_idx" in plan_of(read)
