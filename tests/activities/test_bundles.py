"""Bundles: several products as one prize, however many units there are."""

import pytest

from activities.models import DrawLog
from activities.services import opening, refunding
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from orders.enums import InventoryStatus
from orders.models import InventoryItem
from tests.factories.activities import NOW, make_activity, make_draft, make_product
from tests.factories.draws import CHECKS, buy

pytestmark = pytest.mark.django_db
UNITS, BAGS = 100, 10  # the most that a bundle may hold, and the most bags that an order may bring


def test_the_largest_order_of_the_largest_bundle_is_granted_and_taken_back(member):
    products = [make_product(name=f"第 {n} 款", stock=BAGS * UNITS // 20, cost_fen=50) for n in range(20)]
    bag = [{"product_id": product.pk, "quantity": UNITS // 20} for product in products]
    own = {"kind": "bundle", "bundle": bag, "position": "ticket", "reference_value_fen": 60_000, "level": "A"}
    issue = make_draft(make_activity(gameplay="lucky_bag"), [{**own, "name": "福袋", "quantity": BAGS}])
    opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    order_id = buy(member, issue, BAGS, now=NOW)
    assert DrawLog.objects.count() == BAGS
    assert InventoryItem.objects.filter(member=member, status=InventoryStatus.HELD).count() == UNITS * BAGS
    assert violations(CHECKS) == []
    refunding.refund_order(order_id=order_id, reason="漏发", actor=SYSTEM, now=NOW)
    assert InventoryItem.objects.filter(status=InventoryStatus.GONE).count() == UNITS * BAGS
    products[0].refresh_from_db()
    assert products[0].stock == BAGS * UNITS // 20
    assert violations(CHECKS) == []
