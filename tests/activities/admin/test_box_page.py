"""Boxes in the back office: numbers, locks, buy-outs and the next issue are typed in Chinese; bundles line by line."""

import pytest

from activities.enums import RewardKind
from activities.models import Issue, Reward
from activities.services import opening, terms
from blindbox.system.audit import SYSTEM
from tests.activities.admin.test_odds_page import COMMON
from tests.activities.admin.test_reward_kinds import add
from tests.factories.activities import NOW, box_rewards, make_activity, make_draft, make_product
from tests.factories.pages import added_activity, said, save, typed_activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(office):
    category_id = make_activity().category_id
    paid = {"price_fen": "60.00", "price_points": "600"}
    return lambda gameplay, **changes: added_activity(office, category_id, gameplay=gameplay, **paid, **changes)


@pytest.mark.parametrize("gameplay", ["ichiban", "gacha", "lucky_bag", "hole_grid"])
def test_left_alone_a_box_has_its_defaults(made, gameplay):
    assert made(gameplay)[0] == COMMON


def test_every_option_of_a_box_is_typed(made):
    config, _ = made(
        "hole_grid", pick_number="on", box_lock_seconds="90", buy_out_allowed="allowed", buy_out_discount="2.5",
        buy_out_after="30", auto_next="on",
    )  # fmt: skip
    assert config == {
        **COMMON,
        "pick_number": True,
        "box_lock": {"seconds": 90},
        "buy_out": {"discount_ppm": 25_000, "after_sold_percent": 30},
        "auto_next": True,
    }


def test_a_box_may_not_be_bought_out(made):
    assert made("ichiban", buy_out_allowed="forbidden", buy_out_discount="5")[0] == {**COMMON, "buy_out": False}


def test_capsules_have_no_numbers_to_pick(made):
    assert made("gacha", pick_number="on", auto_next="on")[0] == {**COMMON, "auto_next": True}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"box_lock_seconds": "29"}, "确保该值大于或等于30"),
        ({"buy_out_discount": "90.0001"}, "确保该值小于或等于90"),
        ({"buy_out_after": "100"}, "确保该值小于或等于99"),
    ],
)
def test_what_no_box_can_have_is_told(made, changes, text):
    config, page = made("ichiban", **changes)
    assert (config, text in page) == (None, True)


def test_the_page_shows_what_is_set(office):
    config = {"pick_number": True, "box_lock": {"seconds": 45}, "buy_out": {"discount_ppm": 30_000}}
    activity = make_activity(gameplay="hole_grid", config=config)
    page = office.get(f"/admin/activities/activity/{activity.pk}/change/").content.decode()
    assert [text in page for text in ("选号", "整箱", 'value="45"', 'value="3"')] == [True] * 4
    assert "checked" in page.split('name="pick_number"')[1][:200]


def box_sent(**typed):
    lines = "10 550.00\r\n20 1000"  # as a browser ends them
    kept = {"buy_out_allowed": "allowed", "buy_out_discount": "3", "bundle_prices": lines, "price_fen": "60.00"}
    return {**kept, "gameplay": "ichiban", "change_reason": "", **typed}


@pytest.mark.parametrize("change", [{"bundle_prices": "10 500.00"}, {"bundle_prices": ""}, {"buy_out_discount": "5"}])
def test_another_discount_is_another_price_and_needs_a_reason(office, change):
    bundles = [{"count": 10, "price_fen": 55_000}, {"count": 20, "price_fen": 100_000}]
    config = {"bundle_prices": bundles, "buy_out": {"discount_ppm": 30_000, "after_sold_percent": 0}}
    activity = make_activity(price_points=None, config=config)
    url, before = f"/admin/activities/activity/{activity.pk}/change/", activity.config

    def send(**typed):
        sent = typed_activity(activity.category_id, **box_sent(**typed))
        page = save(office, url, sent).content.decode()
        activity.refresh_from_db()
        return "改价格、库存或状态要写明原因" in page

    assert (send(**change), activity.config) == (True, before)
    assert (send(description="新的说明"), activity.description) == (False, "新的说明")
    assert not send(**change, change_reason="换季")
    assert activity.config != before


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("101 550", "“101 550”的抽数要在 1 到 100 之间"),
        ("10 0", "“10 0”的总价要大于 0，不超过 ¥100000000.00"),
        ("10 550\n10 540", "同样的抽数只能写一档"),
        ("\n".join(f"{n} 550" for n in range(2, 13)), "最多 10 档"),
    ],
)
def test_a_bundle_price_that_cannot_be_is_told_beside_it(office, lines, text):
    sent = typed_activity(make_activity().category_id, gameplay="ichiban", price_fen="60.00", bundle_prices=lines)
    page = office.post("/admin/activities/activity/add/", sent)
    assert page.context["adminform"].form.errors == {"bundle_prices": [text]}


def test_whoever_changes_prices_is_told_both_and_that_an_open_issue_keeps_its_own(office):
    activity = make_activity(config={"bundle_prices": [{"count": 10, "price_fen": 55_000}]})
    url = f"/admin/activities/activity/{activity.pk}/change/"
    kept = {"bundle_prices": "10 550.00", "buy_out_discount": "", "price_points": str(activity.price_points)}
    cheaper = {"price_fen": "58", "change_reason": "换季"}
    answer = save(office, url, typed_activity(activity.category_id, **box_sent(**kept | cheaper)))
    assert said(answer)[0] == "单抽价格 ¥60.00 → ¥58.00。从下一次开放的一期起按新价"
    issue = make_draft(activity, box_rewards(make_product(), total=20))
    opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    dearer = {"price_fen": "62", "bundle_prices": "10 590\n20 1100", "buy_out_discount": "2.5", "change_reason": "涨"}
    answer = save(office, url, typed_activity(activity.category_id, **box_sent(**kept | dearer)))
    assert said(answer)[-2] == (
        "单抽价格 ¥58.00 → ¥62.00；多抽优惠价 10 抽 ¥550.00 → 10 抽 ¥590.00、20 抽 ¥1100.00；包箱优惠 （空） → 2.5%。"
        "进行中的 1 期仍按各自开放时固定的价格卖到结束；从下一次开放的一期起按新价"
    )
    assert terms.of_issue(issue.pk).price_fen == 5_800


def bags(office, *lines):
    return add(office, make_activity(gameplay="lucky_bag", price_fen=4000, price_points=None), *lines)


def test_a_bundle_is_typed_by_names_and_filled_in_from_its_products(office):
    lamp = make_product(name="鲸歌 1/7 小夜灯", price_fen=6000, cost_fen=2000)
    towel = make_product(name="毛巾", price_fen=3000, cost_fen=900)
    answer = bags(office, {"bundle": "鲸歌 1/7 小夜灯\n毛巾 ×2", "quantity": 4, "position": "ticket"})
    assert answer.status_code == 302, answer.context["errors"]
    reward = Reward.objects.get()
    assert (reward.kind, reward.product, reward.quantity) == (RewardKind.BUNDLE, None, 4)
    assert reward.bundle == [{"product_id": lamp.pk, "quantity": 1}, {"product_id": towel.pk, "quantity": 2}]
    assert (reward.name, reward.reference_value_fen, reward.cost_fen) == ("鲸歌 1/7 小夜灯＋毛巾×2", 12_000, 3800)
    page = office.get(f"/admin/activities/issue/{Issue.objects.get().pk}/change/").content.decode()
    assert "鲸歌 1/7 小夜灯 ×1\n毛巾 ×2</textarea>" in page
    opening.open_issue(issue_id=Issue.objects.get().pk, actor=SYSTEM, now=NOW)


def test_products_of_one_name_are_told_apart_by_number(office):
    first, second = (make_product(name="毛巾") for _ in range(2))
    page = bags(office, {"bundle": "毛巾 ×2"}).content.decode()
    assert f"有 2 个商品都叫「毛巾」，请写编号：#{first.pk}、#{second.pk}" in page
    assert bags(office, {"bundle": f"#{second.pk} x3"}).status_code == 302
    assert Reward.objects.get().bundle == [{"product_id": second.pk, "quantity": 3}]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ({"bundle": "月亮 ×1"}, "没有商品「月亮」：请写商品的全名，或编号如 #12"),
        ({"bundle": "毛巾 ×101"}, "组合最多 20 种商品，每种 1 到 100 件"),
        ({"bundle": "毛巾 ×1", "points": 5}, "每行只能是其中一样：商品、积分、组合"),
        ({"bundle": ""}, "每行只能是其中一样：商品、积分、组合"),
    ],
)
def test_a_bundle_that_cannot_be_is_refused(office, line, text):
    make_product(name="毛巾")
    answer = bags(office, line)
    assert text in answer.content.decode()
    assert Issue.objects.count() == 0


def test_other_boxes_have_no_bundles(office):
    activity = make_activity()
    page = office.get(f"/admin/activities/issue/add/?activity={activity.pk}").content.decode()
    assert 'name="rewards-0-bundle"' not in page
    assert 'name="rewards-0-position_n"' in page
