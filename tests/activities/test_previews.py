"""A preview refuses what the purchase would: no price is named for what cannot be bought."""

from functools import partial

import pytest

from activities.errors import IssueNotOpen, IssueSoldOut, NotEnoughLeft
from activities.models import DrawBatch, IssueCounter
from activities.services import purchases
from activities.services.wishes import Wish
from orders.enums import PayWith
from orders.models import Order
from tests.factories.activities import NOW, open_box
from tests.factories.draws import buy

pytestmark = pytest.mark.django_db
REFUSED = [("open", 8, 3, NotEnoughLeft), ("open", 10, 1, IssueSoldOut), ("closing", 1, 1, IssueNotOpen)]


def rows():
    return Order.objects.count(), DrawBatch.objects.count(), IssueCounter.objects.values().get()


@pytest.mark.parametrize(("status", "sold", "count", "error"), REFUSED)
def test_what_cannot_be_bought_has_no_price(make_member, status, sold, count, error):
    box, member = open_box(total=10, last=False), make_member(points_balance=60_000)
    buy(member, box, sold, now=NOW)
    IssueCounter.objects.update(status=status)
    wish, before = Wish(box.pk, count, PayWith.POINTS, "n"), rows()
    for ask in (purchases.preview, partial(purchases.buy, claim=None)):
        with pytest.raises(error):
            ask(member_id=member.pk, activity_id=box.activity_id, wish=wish, now=NOW)
    assert rows() == before
