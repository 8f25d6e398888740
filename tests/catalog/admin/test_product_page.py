"""Products: typed in yuan, written by the service, put on and off sale together."""

import pytest

from blindbox.system.models import OperationLog
from catalog.models import Category, Product
from tests.factories.catalog import make_category, make_product
from tests.factories.pages import said, save

LIST = "/admin/catalog/product/"


def _typed(**changes: str) -> dict[str, object]:
    typed = {
        "name": "鲸鱼",
        "kind": "physical",
        "price_fen": "399.00",
        "price_points": "",
        "cost_fen": "180",
        "stock": "40",
    }
    return {**typed, "image_urls": "https://img.example/a.png\n/static/b.svg", "description": "", **changes}


def test_a_product_is_typed_in_yuan_and_kept_in_fen(office):
    category = make_category()
    office.post(f"{LIST}add/", {**_typed(), "category_ids": [category.pk], "is_on_sale": "on"})
    product = Product.objects.get()
    assert (product.price_fen, product.cost_fen, product.price_points, product.stock) == (39900, 18000, None, 40)
    assert product.image_urls == ["https://img.example/a.png", "/static/b.svg"]
    assert list(product.categories.all()) == [category]
    assert OperationLog.objects.get().action == "创建商品"


@pytest.mark.parametrize(
    "wrong",
    [{"price_fen": "1.005"}, {"price_fen": "-1"}, {"stock": "-1"}, {"cost_fen": "abc"}, {"image_urls": "javascript:x"}],
)
def test_wrong_input_is_refused_beside_its_field(office, wrong):
    page = office.post(f"{LIST}add/", _typed(**wrong))
    assert page.status_code == 200
    assert list(page.context["adminform"].form.errors) == list(wrong)
    assert not Product.objects.exists()


def test_a_change_logs_only_what_was_before_and_after(office):
    product = make_product("鲸鱼", stock=40, price_fen=39900, cost_fen=18000, image_urls=[])
    save(
        office,
        f"{LIST}{product.pk}/change/",
        _typed(price_fen="299.00", image_urls="", is_on_sale="on", change_reason="双旦促销"),
    )
    logged = OperationLog.objects.get()
    assert (logged.before["price_fen"], logged.after["price_fen"]) == (39900, 29900)
    assert logged.reason == "双旦促销"
    history = office.get(f"{LIST}{product.pk}/history/").content.decode()
    assert "¥399.00" in history
    assert "¥299.00" in history
    assert "<td>成本</td>" not in history


def test_whoever_changes_a_price_is_told_both_and_from_when(office):
    product = make_product("鲸鱼", stock=40, price_fen=39900, cost_fen=18000, image_urls=[])
    url = f"{LIST}{product.pk}/change/"
    answer = save(office, url, _typed(price_fen="299.00", price_points="500", image_urls="", change_reason="双旦"))
    assert said(answer)[0] == (
        "售价 ¥399.00 → ¥299.00；积分价 （空） → 500。"
        "商品页立即按新价显示。奖品的参考价是各自填的，不跟着变：已开放期次的固定不变，草稿里的请自行修改"
    )
    answer = save(office, url, _typed(price_fen="299.00", price_points="500", image_urls="", name="大鲸鱼"))
    assert [text.startswith("已保存") for text in said(answer)] == [True]


def test_stock_that_moved_meanwhile_is_refused_with_what_was_typed(office, monkeypatch):
    product = make_product("鲸鱼", stock=40)
    from catalog.services import products

    counted = products.change

    def sold_meanwhile(**asked):
        Product.objects.filter(pk=product.pk).update(stock=39)
        return counted(**asked)

    monkeypatch.setattr(products, "change", sold_meanwhile)
    page = save(office, f"{LIST}{product.pk}/change/", _typed(stock="50", image_urls="", change_reason="盘点"))
    assert "库存已变为 39，请刷新后再改" in page.content.decode()
    assert 'value="50"' in page.content.decode()
    assert not OperationLog.objects.exists()


def test_products_go_on_and_off_sale_together_one_entry_each(office):
    one, two, three = (make_product(name, is_on_sale=on) for name, on in [("一", True), ("二", True), ("三", False)])
    chosen = {"action": "take_off_sale", "_selected_action": [one.pk, two.pk, three.pk]}
    answer = office.post(LIST, chosen)
    assert said(answer) == ["已下架 2 件商品，另有 1 件原本就是下架状态"]
    assert not Product.objects.filter(is_on_sale=True).exists()
    assert set(OperationLog.objects.values_list("object_id", flat=True)) == {str(one.pk), str(two.pk)}


def test_categories_are_listed_as_a_tree_and_a_loop_is_refused(office):
    root = make_category("周边", sort=2)
    child = make_category("手办", parent=root)
    make_category("家居", sort=1)
    shown = office.get("/admin/catalog/category/").context["cl"].result_list
    assert [(c.name, c.depth) for c in shown] == [("家居", 0), ("周边", 0), ("手办", 1)]
    page = save(office, f"/admin/catalog/category/{root.pk}/change/", {"name": "周边", "parent": child.pk, "sort": "2"})
    assert "不能把分类移到它自己或它的下级分类之下" in page.content.decode()
    assert Category.objects.get(pk=root.pk).parent_id is None


def test_a_category_in_use_is_not_deleted(office):
    category = make_category()
    make_product(categories=[category])
    answer = office.post(f"/admin/catalog/category/{category.pk}/delete/", {"post": "yes", "change_reason": "重复"})
    assert said(answer) == ["分类下还有子分类或商品，不能删除"]
    assert Category.objects.exists()


@pytest.mark.parametrize(
    "change", [{"price_fen": "299.00"}, {"stock": "50"}, {"is_on_sale": ""}, {"price_points": "9"}]
)
def test_a_price_a_stock_and_what_is_on_sale_change_only_with_a_reason(office, change):
    product = make_product("鲸鱼", stock=40, price_fen=39900, cost_fen=18000, image_urls=[], is_on_sale=True)
    before = Product.objects.filter(pk=product.pk).values().get()
    sent = _typed(name="鲸鱼", price_fen="399.00", cost_fen="180.00", stock="40", image_urls="", is_on_sale="on")
    page = save(office, f"{LIST}{product.pk}/change/", {**sent, **change})
    assert page.context["adminform"].form.errors == {"change_reason": ["改价格、库存或状态要写明原因"]}
    assert Product.objects.filter(pk=product.pk).values().get() == before
    assert not OperationLog.objects.exists()
    save(office, f"{LIST}{product.pk}/change/", {**sent, **change, "change_reason": " 盘点 "})
    assert OperationLog.objects.get().reason == "盘点"


def test_other_changes_may_say_why(office):
    product = make_product("鲸鱼", stock=40, price_fen=39900, cost_fen=18000, image_urls=[])
    sent = _typed(price_fen="399.00", cost_fen="180.00", stock="40", image_urls="", is_on_sale="on", name="大鲸鱼")
    save(office, f"{LIST}{product.pk}/change/", sent)
    save(office, f"{LIST}{product.pk}/change/", {**sent, "name": "鲸", "change_reason": "改名"})
    assert list(OperationLog.objects.order_by("pk").values_list("reason", flat=True)) == ["", "改名"]


def test_a_list_action_says_what_it_was(office):
    product = make_product("鲸鱼", is_on_sale=False)
    office.post(LIST, {"action": "put_on_sale", "_selected_action": [product.pk]})
    assert OperationLog.objects.get().reason == "在列表里批量上架"


def test_what_is_chosen_by_its_exact_name_comes_first(office):
    for name in ("鲸鱼手办", "鲸鱼", "大鲸鱼"):
        make_product(name=name)
    asked = {"app_label": "activities", "model_name": "reward", "field_name": "product", "term": "鲸鱼"}
    found = office.get("/admin/autocomplete/", asked).json()["results"]
    assert [each["text"] for each in found] == ["鲸鱼", "鲸鱼手办", "大鲸鱼"]
