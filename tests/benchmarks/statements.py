"""How many statements one purchase sends, authentication included."""

import json

from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from tests.benchmarks import shop


def of_one_request(count: int) -> int:
    """Buy once over the whole stack, caches warm, and count."""
    box, buyer = shop.open_box(total=1000), shop.buyers(1)[0]
    with override_settings(ALLOWED_HOSTS=["*"]):
        _buy(box, buyer, count, "warm")
        with CaptureQueriesContext(connection) as captured:
            answer = _buy(box, buyer, count, "counted")
    if answer != 201:
        raise SystemExit(f"the counted purchase was answered {answer}")
    return len([query for query in captured.captured_queries if not query["sql"].startswith(("BEGIN", "COMMIT"))])


def _buy(box: shop.Box, buyer: shop.Buyer, count: int, key: str) -> int:
    path = f"/api/app/activities/{box.activity_id}/issues/{box.issue_id}/draws"
    body = json.dumps({"count": count, "pay_with": "points", "client_nonce": "benchmark"})
    headers = {"Authorization": f"Bearer {buyer.token}", "Idempotency-Key": key}
    return Client().post(path, body, content_type="application/json", headers=headers, secure=True).status_code
