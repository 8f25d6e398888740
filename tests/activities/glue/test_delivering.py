"""Prizes of the tool arrive after the draw: 待发奖 → 已发奖, or 发奖失败 until a repeat succeeds; each once."""

from datetime import timedelta

import pytest

from activities.enums import RewardKind
from activities.errors import DeliveryFailed
from activities.models import PrizeDelivery, SessionDraw
from activities.services import refunding
from activities.services.glue import delivering
from blindbox.common.errors import NotFound
from blindbox.common.invariants import violations
from blindbox.system import outbox
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OperationLog
from catalog.models import Product
from orders.models import InventoryItem
from tests.factories.activities import NOW, make_product
from tests.factories.glue import CHECKS, SURE, deliver, draw, make_tool, open_session
from tests.factories.issuers import serving

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MENDED = delivering.Staff(SYSTEM, "已修好")
CREDIT = [{"level": "A", "name": "5 元红包", "kind": "wallet", "amount_fen": 500, "odds_ppm": 1_000_000}]


@pytest.fixture
def issuer():
    with serving(RewardKind.WALLET) as found:
        yield found


def product(stock=10, **columns):
    return {"level": "A", "name": "手办", "kind": "product", "product_id": make_product(stock=stock).pk, **columns}


def won(member, rewards, **activity):
    tool = make_tool(**activity)
    open_session(tool, rewards)
    draw(member, tool)
    return SessionDraw.objects.get()


def state():
    return SessionDraw.objects.values_list("outcome", "failures", "delivered_at").get()


def held(member):
    return member.point_accounts.get(kind="general").balance


def test_from_1_to_3_and_a_repeat_changes_nothing(member):
    batch_id = won(member, SURE).batch_id
    assert (state(), held(member)) == ((1, 0, None), 1_000)
    deliver(now=NOW + HOUR)
    assert (state(), held(member)) == ((3, 0, NOW + HOUR), 1_005)
    delivering.attempt(batch_id=batch_id, now=NOW + 2 * HOUR)
    with pytest.raises(NotFound):
        delivering.retry(batch_id=batch_id, by=MENDED, now=NOW + 2 * HOUR)
    assert (state(), held(member)) == ((3, 0, NOW + HOUR), 1_005)
    assert violations(CHECKS) == []


def test_from_1_over_2_and_2_to_3_and_what_the_failing_try_wrote_is_undone(member, issuer):
    batch_id = won(member, CREDIT).batch_id
    issuer.failing = ValueError("no such purse")
    for failures in (1, 2):
        with pytest.raises(DeliveryFailed) as refused:
            delivering.attempt(batch_id=batch_id, now=NOW)
        assert str(refused.value) == "发奖失败：ValueError: no such purse"
        assert state() == (2, failures, None)
        assert (PrizeDelivery.objects.count(), member.point_accounts.get(kind="mall").balance) == (0, 0)
    assert SessionDraw.objects.get().last_error == "ValueError: no such purse"
    issuer.failing = None
    delivering.attempt(batch_id=batch_id, now=NOW + HOUR)
    assert state() == (3, 2, NOW + HOUR)
    assert member.point_accounts.get(kind="mall").balance == 500
    deliver(now=NOW + 2 * HOUR)
    assert (PrizeDelivery.objects.get().status, member.point_accounts.get(kind="mall").balance) == ("delivered", 500)
    assert violations(CHECKS) == []


def test_the_outbox_tries_again_and_after_five_failures_it_is_left_to_staff(member, issuer):
    batch_id = won(member, CREDIT).batch_id
    issuer.failing = ValueError("no such purse")
    for hour in range(outbox.MOST_FAILURES + 2):
        deliver(now=NOW + hour * HOUR)
    assert state() == (2, delivering.MOST_FAILURES, None)
    with pytest.raises(DeliveryFailed):
        delivering.retry(batch_id=batch_id, by=MENDED, now=NOW)
    assert (state(), OperationLog.objects.filter(action="重新发奖").count()) == ((2, 6, None), 0)
    issuer.failing = None
    delivering.retry(batch_id=batch_id, by=MENDED, now=NOW + HOUR)
    assert state() == (3, 6, NOW + HOUR)
    assert (member.point_accounts.get(kind="mall").balance, OperationLog.objects.filter(action="重新发奖").count()) == (
        500,
        1,
    )


def test_a_product_is_handed_over_with_the_delivery_and_not_with_the_draw(member):
    won(member, [product(quantity=3, odds_ppm=1_000_000)])
    assert InventoryItem.objects.count() == 0
    assert violations(["D7"]) == []
    deliver()
    assert InventoryItem.objects.count() == 1
    assert violations(CHECKS) == []


BUNDLE = {"level": "A", "name": "组合", "kind": "bundle", "quantity": 3, "odds_ppm": 1_000_000}


def bundle(stock=10):
    lines = [
        {"product_id": make_product(name=name, stock=stock).pk, "quantity": n} for name, n in (("甲", 1), ("乙", 2))
    ]
    return {**BUNDLE, "bundle": lines}


def test_a_bundle_is_no_violation_before_it_is_delivered_nor_while_that_fails_nor_when_it_is_void(member, monkeypatch):
    batch_id = won(member, [bundle()]).batch_id
    assert violations(["D7"]) == []

    def fail(**_):
        raise ValueError("库房不在")

    monkeypatch.setattr(delivering.granting, "grant_all", fail)
    with pytest.raises(DeliveryFailed):
        delivering.attempt(batch_id=batch_id, now=NOW)
    assert (state(), violations(["D7"])) == ((2, 1, None), [])
    delivering.void(batch_id=batch_id, now=NOW)
    assert violations(["D7"]) == []


def test_a_bundle_that_is_delivered_is_its_products_and_one_that_is_missing_is_found(member):
    won(member, [bundle()])
    deliver()
    assert InventoryItem.objects.count() == 3
    assert violations(CHECKS) == []
    InventoryItem.objects.order_by("pk").last().delete()
    [found] = violations(["D7"])
    assert found.what.endswith("组合奖品没有按内容发放（2 件）")


def test_a_refund_before_the_delivery_takes_the_prize_back_to_its_product(member):
    record = won(member, [product(quantity=3, odds_ppm=1_000_000)], price_points=600)
    assert (Product.objects.get().stock, held(member)) == (7, 400)
    order_id = record.batch.order_id
    refunding.refund_order(order_id=order_id, reason="错买", actor=SYSTEM, now=NOW)
    assert (Product.objects.get().stock, held(member), state()) == (8, 1_000, (1, 0, None))
    deliver()
    assert (InventoryItem.objects.count(), SessionDraw.objects.get().voided_at) == (0, NOW)
    assert violations(CHECKS) == []


def test_a_refund_after_the_delivery_takes_back_what_arrived(member):
    record = won(member, SURE, price_points=600)
    deliver()
    assert held(member) == 405
    refunding.refund_order(order_id=record.batch.order_id, reason="错买", actor=SYSTEM, now=NOW)
    assert held(member) == 1_000
    deliver()
    assert violations(CHECKS) == []
