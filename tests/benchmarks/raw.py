"""The limit we measure ourselves against: the draw's rows from bare mysqlclient connections, statement by statement."""

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import MySQLdb
from django.db import connection

from accounts.models import PointAccount, PointEntry
from activities.models import DrawBatch, DrawLog, IssueCounter, Reward
from blindbox.common import sql
from blindbox.system.models import IdempotencyKey
from orders.models import InventoryItem, Order
from tests.benchmarks.load import Work
from tests.benchmarks.shop import PURSE, Box, Buyer

_KEY = (
    "INSERT INTO idempotency_keys (realm, actor_id, `key`, fingerprint, status, ref, created_at) "
    "VALUES ('member', %s, %s, %s, 201, %s, %s)"
)
_ORDER = (
    "INSERT INTO order_headers (order_no, member_id, source, status, pay_with, goods_fen, discount_fen, "
    "points_used, points_fen, wallet_fen, freight_fen, payable_fen, paid_fen, refunded_fen, paid_at, "
    "completed_at, close_reason, created_at, updated_at) "
    "VALUES (%s, %s, 'draw', 'completed', 'points', 0, 0, %s, 0, 0, 0, 0, 0, 0, %s, %s, '', %s, %s)"
)
_DEBIT = (
    "UPDATE user_point_accounts SET balance = balance - %s, seq = seq + 1, updated_at = %s "
    "WHERE id = %s AND balance >= %s"
)
_BALANCE = "SELECT balance, seq FROM user_point_accounts WHERE id = %s"
_ENTRY = (
    "INSERT INTO user_points (account_id, seq, delta, balance_after, reason, ref, note, occurred_at) "
    "VALUES (%s, %s, %s, %s, 'order', %s, '', %s)"
)
_ADVANCE = (
    "UPDATE activity_issue_counters SET sold = sold + %s "
    "WHERE issue_id = %s AND status = 'open' AND sold + reserved + %s <= total"
)
_SOLD = "SELECT sold FROM activity_issue_counters WHERE issue_id = %s"
_LOG = (
    "INSERT INTO draw_logs (batch_id, idx, issue_id, member_id, reward_id, sale_no, ticket_no, "
    "is_bonus, refunded, drawn_at) VALUES "
)
_LOG_ROW = "(%s, %s, %s, %s, %s, %s, %s, 0, 0, %s)"
_ITEM = (
    "INSERT INTO user_inventory (member_id, product_id, source, source_id, source_part, title, image_url, "
    "reference_value_fen, status, reason, version, created_at, updated_at) VALUES "
)
_ITEM_ROW = "(%s, %s, 'raw', %s, %s, '徽章', '/static/demo/figure.svg', 9900, 'held', '', 0, %s, %s)"
_FIRST = 10**12  # orders of prepared batches: beside any real one
PRICE = 600
BATCHES_EACH = 6000


def prepare(box: Box, buyers: Sequence[Buyer], connections: int) -> None:
    """Make the batches that the raw logs refer to: our own draw writes one itself, the limit is spared that."""
    now = datetime.now(UTC)
    rows = (
        (_FIRST + box.issue_id * 10**6 + n, buyers[0].id, box.issue_id, 1, "settled", "benchmark", "", "", "", now)
        for n in range(connections * BATCHES_EACH)
    )
    while some := list(islice(rows, 5000)):
        sql.insert(DrawBatch, "order_id member issue count status client_nonce choice player log_head created_at", some)


def clean(buyers: Sequence[Buyer]) -> None:
    """Take every raw row back, so that the invariants judge our own."""
    members = [buyer.id for buyer in buyers]
    accounts = [buyer.account_id for buyer in buyers]
    issues = list(DrawBatch.objects.filter(order_id__gte=_FIRST).values_list("issue_id", flat=True).distinct())
    InventoryItem.objects.filter(source="raw").delete()
    DrawLog.objects.filter(issue_id__in=issues).delete()
    DrawBatch.objects.filter(issue_id__in=issues).delete()
    Order.objects.filter(member_id__in=members).delete()
    IdempotencyKey.objects.filter(realm="member", actor_id__in=members).delete()
    PointEntry.objects.filter(account_id__in=accounts, reason="order").delete()  # the grant stays, as its log does
    PointAccount.objects.filter(pk__in=accounts).update(balance=PURSE, seq=1)
    IssueCounter.objects.filter(pk__in=issues).update(sold=0)


def draws(box: Box, buyers: Sequence[Buyer], count: int) -> Callable[[int], Work]:
    """Return what makes each connection run the raw transaction."""
    reward_id = Reward.objects.filter(issue_id=box.issue_id).values_list("pk", flat=True)[0]
    own = list(DrawBatch.objects.filter(issue_id=box.issue_id).values_list("pk", flat=True))
    parameters = connection.get_connection_params()
    connection.close()

    def make(index: int) -> Work:
        database = MySQLdb.connect(**{k: v for k, v in parameters.items() if k not in {"conv", "client_flag"}})
        database.autocommit(False)
        cursor, buyer = database.cursor(), buyers[index % len(buyers)]
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        batches = iter(own[index :: len(buyers)])

        def draw(_index: int) -> str:
            _transaction(cursor, box, buyer, reward_id, count, next(batches))
            database.commit()
            return "ok"

        return draw

    return make


def _transaction(cursor: Any, box: Box, buyer: Buyer, reward_id: int, count: int, batch: int) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    number, points = secrets.token_hex(11), PRICE * count
    cursor.execute(_KEY, (buyer.id, number, "f" * 64, number, now))
    cursor.execute(_ORDER, (number, buyer.id, points, now, now, now, now))
    cursor.execute(_DEBIT, (points, now, buyer.account_id, points))
    cursor.execute(_BALANCE, (buyer.account_id,))
    balance, seq = cursor.fetchone()
    cursor.execute(_ENTRY, (buyer.account_id, seq, -points, balance, number, now))
    cursor.execute(_ADVANCE, (count, box.issue_id, count))
    cursor.execute(_SOLD, (box.issue_id,))
    sold = cursor.fetchone()[0]
    logs, items = [], []
    for index in range(count):
        sale_no = sold - count + 1 + index
        logs += [batch, index, box.issue_id, buyer.id, reward_id, sale_no, sale_no, now]
        items += [buyer.id, box.product_id, batch, index, now, now]
    cursor.execute(_LOG + ", ".join([_LOG_ROW] * count), logs)
    cursor.execute(_ITEM + ", ".join([_ITEM_ROW] * count), items)
