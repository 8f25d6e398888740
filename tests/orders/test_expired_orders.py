"""Orders that nobody paid in time are closed, each for itself."""

from datetime import timedelta

import pytest
from django.db import transaction

from blindbox.system import outbox
from orders.enums import OrderStatus
from orders.events import OrderClosed
from orders.models import Order
from orders.services import lifecycle
from tests.factories.activities import NOW, open_box
from tests.factories.draws import hold

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def test_one_that_cannot_be_closed_keeps_no_other_waiting(make_member, caplog):
    """The first has a leftover event, as after a restore: its close is refused as a duplicate."""
    issue = open_box(total=50)
    first, *others = [hold(make_member(), issue, 1, now=NOW) for _ in range(3)]
    with transaction.atomic():
        outbox.publish(OrderClosed(key=f"order:{first}", order_id=first, source="draw"), now=NOW)
    assert lifecycle.close_expired(now=LATER) == 2
    assert Order.objects.get(pk=first).status == OrderStatus.PENDING
    assert {Order.objects.get(pk=pk).status for pk in others} == {OrderStatus.CLOSED}
    said = f"Order {first} cannot be closed"
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [said]
