"""The database itself refuses what must never be."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction

from orders.models import ClosedRefundNumber, InventoryItem, Order, OrderItem, Payment, PaymentCallback, Refund
from orders.payments import callbacks
from tests.factories.activities import make_product
from tests.factories.orders import (
    NOW,
    PRICE_FEN,
    make_item,
    make_notice,
    make_order,
    make_payment,
    make_refund,
    make_second_payment,
)

pytestmark = pytest.mark.django_db
REFUSED = (IntegrityError, OperationalError)  # MariaDB answers a broken check with 4025, an operational error


def refuses(write, naming):
    """Hold that the database refuses a write: MariaDB names the key, SQLite the table or the check."""
    with pytest.raises(REFUSED) as refusal, transaction.atomic():
        write()
    text = str(refusal.value)
    assert naming in text or "UNIQUE constraint failed" in text, text


@pytest.fixture
def order(member):
    return make_order(member)


@pytest.fixture
def payment(order):
    return make_payment(order)


def change(row, **columns):
    return lambda: type(row).objects.filter(pk=row.pk).update(**columns)


# orders


def test_an_order_number_is_used_once(member, order):
    refuses(lambda: make_order(member, order_no=order.order_no), "order_no")
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"payable_fen": 1},
        {"goods_fen": 1},
        {"discount_fen": 1},
        {"freight_fen": 1},
        {"wallet_fen": 1},
        {"points_fen": 1},
    ],
)
def test_amounts_add_up(order, columns):
    refuses(change(order, **columns), "order_amounts_add_up")


@pytest.mark.parametrize(
    "columns",
    [
        {"payable_fen": -1, "goods_fen": -1},
        {"paid_fen": -1, "refunded_fen": 0},
        {"points_used": -1},
        {"goods_fen": -1, "freight_fen": PRICE_FEN + 1},
        {"discount_fen": -1, "freight_fen": -1},
        {"points_fen": -1, "wallet_fen": 1},
        {"wallet_fen": -1, "points_fen": 1},
        {"goods_fen": PRICE_FEN + 1, "freight_fen": -1},
    ],
)
def test_amounts_are_not_negative(order, columns):
    refuses(change(order, **columns), "order_")


@pytest.mark.parametrize("refunded", [-1, PRICE_FEN + 1])
def test_no_more_is_refunded_than_was_paid(member, refunded):
    paid = make_order(member, status="paid", paid_at=NOW, paid_fen=PRICE_FEN)
    refuses(change(paid, refunded_fen=refunded), "order_refund_within_paid")


@pytest.mark.parametrize("status", ["paid", "completed", "refunding", "refunded"])
def test_an_order_that_received_money_says_when(order, status):
    refuses(change(order, status=status), "order_paid_at_matches_status")


@pytest.mark.parametrize("status", ["pending", "closed"])
def test_an_order_that_received_none_says_so(member, status):
    closed = {"closed_at": NOW, "close_reason": "expired"} if status == "closed" else {}
    paid = make_order(member, status="paid")
    refuses(change(paid, status=status, **closed), "order_paid_at_matches_status")


@pytest.mark.parametrize("paid_fen", [0, 1, PRICE_FEN - 1, PRICE_FEN + 1])
def test_an_order_is_paid_in_full(member, paid_fen):
    refuses(change(make_order(member, status="paid"), paid_fen=paid_fen), "order_paid_in_full_or_not_at_all")


def test_an_order_that_is_not_paid_received_nothing(order):
    refuses(change(order, paid_fen=PRICE_FEN), "order_paid_in_full_or_not_at_all")


@pytest.mark.parametrize(
    ("status", "columns"),
    [
        ("completed", {"completed_at": None}),
        ("paid", {"completed_at": NOW}),
        ("pending", {"completed_at": NOW}),
        ("closed", {"completed_at": NOW}),
    ],
)
def test_an_order_is_complete_exactly_when_it_says_when(member, status, columns):
    refuses(change(make_order(member, status=status), **columns), "order_completed_at_matches_status")


@pytest.mark.parametrize(
    ("status", "columns"),
    [
        ("closed", {"closed_at": None}),
        ("closed", {"close_reason": ""}),
        ("closed", {"closed_at": None, "close_reason": ""}),
        ("closed", {"close_reason": "bored"}),
        ("pending", {"closed_at": NOW}),
        ("pending", {"close_reason": "expired"}),
        ("pending", {"closed_at": NOW, "close_reason": "expired"}),
        ("paid", {"closed_at": NOW}),
        ("paid", {"close_reason": "cancelled"}),
    ],
)
def test_an_order_is_closed_exactly_when_it_says_when_and_why(member, status, columns):
    refuses(change(make_order(member, status=status), **columns), "order_closed_at_matches_status")


def test_an_order_that_was_closed_and_paid_late_keeps_both(member):
    closed = make_order(member, status="closed")
    assert change(closed, status="paid", paid_at=NOW, paid_fen=PRICE_FEN)() == 1


def test_an_order_waits_until_a_time(order):
    refuses(change(order, expires_at=None), "order_waits_until_a_time")


@pytest.mark.parametrize("columns", [{"source": "lost"}, {"pay_with": "shells"}])
def test_where_an_order_comes_from_and_how_it_is_paid_is_known(order, columns):
    refuses(change(order, **columns), "order_source_known")


def test_an_order_is_in_a_known_state(order):
    refuses(change(order, status="lost"), "order_paid_at_matches_status")


def test_an_order_belongs_to_a_member(order):
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(member_id=10**9)
        connection.check_constraints()


# lines


def test_a_line_number_is_used_once(order):
    refuses(lambda: OrderItem.objects.create(order=order, line=0, title="x", quantity=1), "order_item_line_once")


@pytest.mark.parametrize("columns", [{"quantity": 0}, {"amount_fen": -1}, {"unit_price_fen": -1}, {"unit_points": -1}])
def test_a_line_is_something(order, columns):
    refuses(lambda: OrderItem.objects.filter(order=order).update(**columns), "order_item_is_something")


# payments


def test_a_payment_number_is_used_once(member, payment):
    refuses(lambda: make_payment(make_order(member), out_trade_no=payment.out_trade_no), "out_trade_no")


def test_an_order_has_one_open_payment(order, payment):
    refuses(lambda: make_payment(order), "payment_one_open_per_order")
    make_second_payment(order), make_second_payment(order)
    assert Payment.objects.filter(order=order).count() == 3


def test_a_transaction_pays_once(member, payment):
    paid = {"status": "success", "transaction_id": "4200", "paid_at": NOW}
    change(payment, **paid)()
    other = make_payment(make_order(member))
    refuses(change(other, **paid), "payment_transaction_once")
    change(other, **paid, gateway="wechat_v2")()


@pytest.mark.parametrize("status", ["success", "surplus", "refunded", "lost"])
def test_a_payment_that_was_received_names_its_transaction(payment, status):
    for known in ({}, {"transaction_id": "4200"}, {"paid_at": NOW}):
        refuses(change(payment, status=status, **known), "payment_transaction_matches_status")


@pytest.mark.parametrize("status", ["prepared", "closed"])
@pytest.mark.parametrize("known", [{"transaction_id": "4200"}, {"paid_at": NOW}])
def test_a_payment_that_was_not_received_names_none(payment, status, known):
    refuses(change(payment, status=status, **known), "payment_transaction_matches_status")


@pytest.mark.parametrize("columns", [{"closed_at": NOW}, {"status": "closed"}])
def test_a_payment_is_closed_exactly_when_it_says_when(payment, columns):
    refuses(change(payment, **columns), "payment_closed_at_matches_status")
    change(payment, status="closed", closed_at=NOW)()
    change(payment, status="success", transaction_id="4200", paid_at=NOW)()


def test_payments_without_a_transaction_do_not_collide(member, payment):
    make_payment(make_order(member))
    assert Payment.objects.filter(transaction_id=None).count() == 2


@pytest.mark.parametrize("amount", [0, -1])
def test_a_payment_is_of_something(member, amount):
    refuses(lambda: make_payment(make_order(member), amount_fen=amount), "payment_")


@pytest.mark.parametrize("refunding", [-1, PRICE_FEN + 1])
def test_a_payment_gives_back_no_more_than_it_took(payment, refunding):
    refuses(change(payment, refunding_fen=refunding), "payment_refund_within_paid")


# refunds


def test_a_refund_number_is_used_once(payment):
    refund = make_refund(payment)
    refuses(lambda: make_refund(payment, out_refund_no=refund.out_refund_no), "out_refund_no")
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"payment": None},
        {"payment": None, "amount_fen": 0},
        {"amount_fen": -1, "points": 5},
        {"points": -1},
    ],
)
def test_a_refund_is_of_something(payment, columns):
    refuses(lambda: make_refund(payment, **columns), "refund_is_something")


@pytest.mark.parametrize(
    "columns", [{"status": "failed"}, {"failure_kind": "closed"}, {"status": "processing", "failure_kind": "refused"}]
)
def test_a_refund_that_failed_says_how(payment, columns):
    refund = make_refund(payment)
    refuses(change(refund, **columns), "refund_failure_matches_status")
    change(refund, status="failed", failure_kind="closed")()


@pytest.mark.parametrize("columns", [{"reason": ""}, {"reason": "mood"}, {"status": "failed", "failure_kind": "rain"}])
def test_why_money_goes_back_and_why_it_did_not_is_known(payment, columns):
    refuses(change(make_refund(payment), **columns), "refund_reason_known")


def test_a_closed_refund_number_is_kept_once(payment):
    refund = make_refund(payment)
    keep = {"refund": refund, "out_refund_no": "R1", "replaced_at": NOW}
    ClosedRefundNumber.objects.create(**keep)
    refuses(lambda: ClosedRefundNumber.objects.create(**keep), "out_refund_no")


def test_a_refund_that_arrived_says_when(payment):
    refund = make_refund(payment)
    refuses(change(refund, status="succeeded"), "refund_arrival_matches_status")
    change(refund, status="succeeded", succeeded_at=NOW)()
    for status in ("requested", "processing", "failed", "rejected", "lost"):
        refuses(change(refund, status=status), "refund_arrival_matches_status")


# notices


def test_a_notice_is_stored_once(order, payment):
    notice = make_notice(order)
    callbacks.record(notice, gateway="wechat_v3", now=NOW)
    row = {name: value for name, value in PaymentCallback.objects.values().get().items() if name != "id"}
    refuses(lambda: PaymentCallback.objects.create(**row), "callback_once_per_notice")
    PaymentCallback.objects.create(**{**row, "gateway": "wechat_v2"})
    PaymentCallback.objects.create(**{**row, "notice_id": notice.id.swapcase()})
    assert PaymentCallback.objects.count() == 3


# inventory


def test_a_part_of_a_source_is_granted_once(member, make_member):
    product = make_product()
    make_item(member, product, part=0)
    refuses(lambda: make_item(make_member(), product, part=0), "inventory_once_per_grant")
    make_item(member, product, part=1)
    make_item(member, product, part=0, source_id=2)
    assert InventoryItem.objects.count() == 3


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "held", "reason": "refunded"},
        {"status": "gone"},
        {"status": "gone", "reason": "eaten"},
        {"status": "lost"},
        {"reason": "refunded"},
    ],
)
def test_an_item_is_gone_for_a_reason_and_here_for_none(member, columns):
    item = make_item(member, make_product())
    refuses(change(item, **columns), "inventory_reason_matches_status")
    change(item, status="reserved")()
    change(item, status="gone", reason="refunded")()


def test_what_an_item_is_worth_is_not_negative(member):
    refuses(change(make_item(member, make_product()), reference_value_fen=-1), "inventory_value_not_negative")


def test_padded_identifiers_are_refused(member):
    with pytest.raises(ValidationError):
        make_order(member, order_no="N1 ")


@pytest.mark.skipif("connection.vendor != 'mysql'", reason="collations are MariaDB's and MySQL's")
def test_identifier_columns_have_a_bytewise_collation():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CONCAT(table_name, '.', column_name) FROM information_schema.columns "
            "WHERE table_schema = DATABASE() AND collation_name = 'utf8mb4_bin'"
        )
        named = {row[0] for row in cursor.fetchall()}
    assert {
        "order_headers.order_no",
        "payment_preorders.out_trade_no",
        "payment_preorders.transaction_id",
        "payment_refunds.out_refund_no",
        "payment_callbacks.notice_id",
    } <= named


def test_what_orders_are_for_is_protected(member, order, payment):
    for row in (order, member):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.delete()
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)
