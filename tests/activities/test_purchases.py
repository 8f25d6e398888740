"""Buying by points: one request, one transaction, everything there."""

from datetime import timedelta

import pytest

from accounts.enums import PointKind
from accounts.models import Member, PointAccount
from accounts.services.points import PointsInsufficient
from activities import selectors
from activities.errors import IssueSoldOut, NotEnoughLeft, TermsChanged
from activities.models import DrawBatch, DrawCommitment, DrawLog, IssueCounter
from activities.services import purchases
from activities.services.purchases import Wish
from blindbox.system.idempotency import Claim, KeyMismatch
from orders.enums import OrderStatus, PayWith
from orders.models import InventoryItem, Order
from orders.services import placing
from tests.factories.activities import NOW, open_box, open_odds

pytestmark = pytest.mark.django_db


def claim(member: Member, key: str = "k1", fingerprint: str = "f" * 64) -> Claim:
    return Claim(realm="member", actor_id=member.pk, key=key, fingerprint=fingerprint)


def buy(member, issue, *, count=1, key="k1", pay_with=PayWith.POINTS, now=NOW, **wish):
    wanted = Wish(issue.pk, count, pay_with, client_nonce="nonce", **wish)
    return purchases.buy(
        member_id=member.pk, activity_id=issue.activity_id, wish=wanted, claim=claim(member, key), now=now
    )


def balance(member: Member) -> int:
    return PointAccount.objects.get(member=member, kind=PointKind.GENERAL).balance


def test_ten_draws_by_points_are_paid_drawn_and_owned_at_once(make_member):
    member, issue = make_member(points_balance=10_000), open_box(total=20)
    bought = buy(member, issue, count=10)
    order = Order.objects.get(pk=bought.order_id)
    assert (order.status, order.points_used, order.payable_fen) == (OrderStatus.COMPLETED, 6000, 0)
    assert balance(member) == 4000
    assert list(DrawLog.objects.order_by("idx").values_list("sale_no", flat=True)) == list(range(1, 11))
    assert InventoryItem.objects.filter(member=member).count() == 10
    counter = IssueCounter.objects.get(pk=issue.pk)
    assert (counter.sold, counter.reserved) == (10, 0)


def test_a_repeat_answers_the_first_purchase_and_changes_nothing(make_member):
    member, issue = make_member(points_balance=10_000), open_box()
    first = buy(member, issue)
    again = buy(member, issue)
    assert (again.order_id, again.replayed) == (first.order_id, True)
    assert (balance(member), DrawLog.objects.count()) == (9400, 1)


@pytest.mark.parametrize("pay_with", [PayWith.POINTS, PayWith.WEIXIN])
def test_an_order_and_its_answer_name_the_head_from_before_the_purchase(make_member, monkeypatch, pay_with):
    """What is kept of the head may go at any time, and the purchase may publish a commitment of its own."""
    member, issue, place = make_member(points_balance=10_000), open_box(), placing.place
    heads = DrawCommitment.objects.order_by("-seq").values_list("entry_hash", flat=True)
    before = heads[0]

    def place_and_publish(*args, **named):
        placed = place(*args, **named)
        open_odds(name="同一事务里公布的")
        selectors.head_of_moment.cache_clear()
        return placed

    selectors.head_of_moment.cache_clear()
    monkeypatch.setattr(placing, "place", place_and_publish)
    bought = buy(member, issue, pay_with=pay_with)
    assert heads[0] != before
    assert (bought.log_head, DrawBatch.objects.get().log_head) == (before, before)


def test_a_key_of_another_request_is_refused(make_member):
    member, issue = make_member(points_balance=10_000), open_box()
    buy(member, issue)
    wish = Wish(issue.pk, 2, PayWith.POINTS, client_nonce="nonce")
    with pytest.raises(KeyMismatch):
        purchases.buy(
            member_id=member.pk,
            activity_id=issue.activity_id,
            wish=wish,
            claim=claim(member, fingerprint="0" * 64),
            now=NOW,
        )
    assert DrawBatch.objects.count() == 1


def test_the_last_ticket_brings_the_last_prize(make_member):
    member, issue = make_member(points_balance=100_000), open_box(total=3)
    buy(member, issue, count=3)
    bonus = DrawLog.objects.get(is_bonus=True)
    assert (bonus.reward.level, bonus.ticket_no, bonus.sale_no, bonus.bonus_of) == ("LAST", 3, None, 2)
    assert InventoryItem.objects.count() == 4


def test_refusals_change_nothing(make_member):
    poor, rich, issue = make_member(points_balance=10), make_member(points_balance=100_000), open_box(total=3)
    with pytest.raises(PointsInsufficient):
        buy(poor, issue)
    with pytest.raises(TermsChanged):
        buy(rich, issue, terms_hash="0" * 64)
    with pytest.raises(NotEnoughLeft, match="仅剩 3 抽"):
        buy(rich, issue, count=4)
    assert (Order.objects.count(), DrawLog.objects.count(), balance(poor), balance(rich)) == (0, 0, 10, 100_000)


def test_a_sold_out_box_says_so(make_member):
    member, issue = make_member(points_balance=100_000), open_box(total=2)
    buy(member, issue, count=2)
    with pytest.raises(IssueSoldOut):
        buy(member, issue, key="k2")


def test_weighted_draws_take_contiguous_numbers_over_days(make_member):
    member, issue = make_member(points_balance=100_000), open_odds()
    buy(member, issue, count=3)
    buy(member, issue, count=2, key="k2", now=NOW + timedelta(days=1))
    batches = DrawBatch.objects.order_by("pk").values_list("first_seq", "day")
    assert [(first, day.isoformat()) for first, day in batches] == [(0, "2026-11-22"), (3, "2026-11-23")]
    assert DrawLog.objects.filter(roll__isnull=False, sale_no=None).count() == 5
