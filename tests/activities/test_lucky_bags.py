"""福袋: several products as one prize, granted unit by unit, refunded together, checked by D7."""

import pytest

from activities.errors import IssueCannotOpen
from activities.models import DrawLog
from activities.services import closing, opening, refunding
from activities.services.prizes.bundles import UNIT_STRIDE
from blindbox.common.errors import Invalid
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM, Actor
from catalog.models import Product
from orders.errors import InventoryNotHeld
from orders.models import InventoryItem
from tests.factories.activities import NOW, make_activity, make_draft, make_product
from tests.factories.draws import CHECKS, buy

pytestmark = pytest.mark.django_db
YUN = Actor(id=7, name="云", ip="10.0.0.7")


@pytest.fixture
def goods(db):
    """A lamp of ¥60, a towel of ¥30 and a badge without a price."""
    lamp = make_product(name="小夜灯", price_fen=6000, cost_fen=2000, stock=100)
    towel = make_product(name="毛巾", price_fen=3000, cost_fen=900, stock=100)
    badge = make_product(name="徽章", price_fen=None, cost_fen=1000, stock=100)
    return lamp, towel, badge


def bag(level, lines, quantity, worth, sort):
    bundle = [{"product_id": product.pk, "quantity": n} for product, n in lines]
    named = {"level": level, "name": f"{level} 福袋", "kind": "bundle", "bundle": bundle, "sort": sort}
    return {**named, "quantity": quantity, "reference_value_fen": worth, "cost_fen": 3000}


def draft(goods, worth=9001):
    lamp, towel, badge = goods
    last = {"level": "LAST", "name": "小夜灯", "kind": "product", "position": "last"}
    rewards = [
        bag("A", [(lamp, 1), (towel, 2)], 1, 12_000, 1),
        bag("B", [(towel, 2), (badge, 1)], 3, worth, 2),
        {**last, "product_id": lamp.pk, "quantity": 1, "reference_value_fen": 6000, "cost_fen": 2000, "sort": 3},
    ]
    return make_draft(make_activity(gameplay="lucky_bag", price_fen=6000, price_points=600), rewards)


@pytest.fixture
def bags(goods):
    """An open issue of four bags and a Last prize."""
    return opening.open_issue(issue_id=draft(goods).pk, actor=SYSTEM, now=NOW)


def stocks():
    return dict(Product.objects.values_list("name", "stock"))


def units(log):
    held = InventoryItem.objects.filter(source="draw", source_id=log.batch_id)
    mine = [item for item in held.order_by("source_part") if item.source_part % UNIT_STRIDE == log.idx]
    return [(item.source_part // UNIT_STRIDE, item.title, item.reference_value_fen, item.status) for item in mine]


def test_opening_takes_what_all_the_bags_hold(bags):
    assert stocks() == {"小夜灯": 100 - 1 - 1, "毛巾": 100 - 2 - 6, "徽章": 100 - 3}
    assert '"bundle":[{"product_id":' in bags.terms


def test_a_bag_is_its_units_worth_what_was_declared(bags, member):
    buy(member, bags, 4, now=NOW)
    of = {log.reward.level: units(log) for log in DrawLog.objects.select_related("reward")}
    assert of["A"] == [(0, "小夜灯", 6000, "held"), (1, "毛巾", 3000, "held"), (2, "毛巾", 3000, "held")]
    assert [title for _, title, _, _ in of["B"]] == ["毛巾", "毛巾", "徽章"]
    assert sum(worth for _, _, worth, _ in of["B"]) == 9001
    assert of["LAST"] == [(0, "小夜灯", 6000, "held")]
    assert InventoryItem.objects.count() == 3 + 9 + 1
    assert violations([*CHECKS, "I4"]) == []


def test_the_answer_names_the_first_unit_of_a_bag(bags, member, app_client):
    url = f"/api/app/activities/{bags.activity_id}/issues/{bags.pk}/draws"
    body = {"count": 2, "pay_with": "points", "client_nonce": "n"}
    answer = app_client(member).post(url, body, HTTP_IDEMPOTENCY_KEY="k")
    assert answer.status_code == 201
    ids = [draw["inventory_id"] for draw in answer.json()["draws"]]
    firsts = InventoryItem.objects.filter(source_part__in=[0, 1]).order_by("source_part")
    assert ids == list(firsts.values_list("pk", flat=True))
    again = app_client(member).post(url, body, HTTP_IDEMPOTENCY_KEY="k")
    assert again.json() == answer.json()


def test_members_see_what_a_bag_holds(bags, anonymous):
    rewards = anonymous.get(f"/api/app/activities/{bags.activity_id}/issues/{bags.pk}/rewards").json()["list"]
    first = [(line["name"], line["quantity"]) for line in rewards[0]["bundle"]]
    assert first == [("小夜灯", 1), ("毛巾", 2)]
    assert (rewards[0]["kind"], rewards[2]["bundle"]) == ("bundle", None)


def test_a_refund_takes_every_unit_back(bags, member):
    order_id = buy(member, bags, 4, now=NOW)
    before = stocks()
    refunding.refund_order(order_id=order_id, reason="破损", actor=YUN, now=NOW)
    assert set(InventoryItem.objects.values_list("status", "reason")) == {("gone", "refunded")}
    assert stocks() == {name: 100 for name in before}
    assert violations([*CHECKS, "I4", "P7"]) == []


def test_a_bag_of_which_one_unit_is_gone_is_not_refunded(bags, member):
    order_id = buy(member, bags, 4, now=NOW)
    last = InventoryItem.objects.order_by("-source_part").first()
    InventoryItem.objects.filter(pk=last.pk).update(status="reserved")
    with pytest.raises(InventoryNotHeld):
        refunding.refund_order(order_id=order_id, reason="破损", actor=YUN, now=NOW)
    assert InventoryItem.objects.filter(status="held").count() == 12


def test_closing_returns_the_bags_that_nobody_bought(bags, goods):
    closing.close(issue_id=bags.pk, actor=SYSTEM, now=NOW)
    assert set(stocks().values()) == {100}


def lose_a_unit():
    InventoryItem.objects.order_by("-source_part").first().delete()


def swap_a_product():
    item = InventoryItem.objects.filter(title="毛巾").first()
    InventoryItem.objects.filter(pk=item.pk).update(product=Product.objects.get(name="小夜灯"))


def add_a_unit():
    item = InventoryItem.objects.order_by("source_part").first()
    item.pk, item.source_part = None, item.source_part + 50 * UNIT_STRIDE
    item.save(force_insert=True)


def add_a_stray():
    item = InventoryItem.objects.order_by("source_part").first()
    item.pk, item.source_part = None, 77
    item.save(force_insert=True)


@pytest.mark.parametrize("plant", [lose_a_unit, swap_a_product, add_a_unit, add_a_stray])
def test_d7_sees_a_bag_that_is_not_what_it_was(bags, member, plant):
    buy(member, bags, 4, now=NOW)
    assert violations(["D7"]) == []
    plant()
    assert {each.id for each in violations(["D7"])} == {"D7"}


def test_a_bag_worth_less_than_its_price_does_not_open(goods):
    issue = draft(goods, worth=5999)
    with pytest.raises(IssueCannotOpen, match="「B B 福袋」的参考价 59.99 元低于价格 60.00 元"):
        opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    assert set(stocks().values()) == {100}


def test_a_bag_is_not_too_big_to_be_handed_out(goods):
    lamp, towel, _ = goods
    for lines in ([(lamp, 101)], [(lamp, 60), (towel, 41)]):
        with pytest.raises(Invalid) as refusal:
            make_draft(make_activity(gameplay="lucky_bag"), [bag("A", lines, 1, 10**6, 1)])
        assert refusal.value.fields[0]["field"] == "0.bundle"
