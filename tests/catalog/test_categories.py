"""Changes of the tree: no loop, no sixth level, no orphan, and each in the operation log."""

from typing import Any

import pytest

from blindbox.common.errors import Invalid, NotFound
from blindbox.system.models import OperationLog
from catalog import selectors
from catalog.errors import CategoryInUse, CategoryLoop, CategoryTooDeep
from catalog.models import Category
from catalog.services import categories
from tests.factories.catalog import KEEPER, NOW, make_category, make_product

pytestmark = pytest.mark.django_db


def move(category: Category, parent: Category | None) -> Category:
    values = {"parent_id": parent and parent.pk}
    return categories.change(category_id=category.pk, values=values, actor=KEEPER, now=NOW)


def chain(length: int) -> list[Category]:
    line: list[Category] = []
    for level in range(length):
        line.append(make_category(f"第 {level} 级", parent=line[-1] if line else None))
    return line


def test_a_category_moves_with_all_below_it():
    toys, boxes, series = make_category("玩具"), make_category("盲盒"), make_category("系列")
    move(boxes, toys)
    move(series, boxes)
    assert selectors.parents() == {toys.pk: None, boxes.pk: toys.pk, series.pk: boxes.pk}


@pytest.mark.parametrize("below", [0, 1, 2])
def test_a_category_cannot_come_below_itself(below: int):
    line = chain(3)
    with pytest.raises(CategoryLoop):
        move(line[0], line[below])
    assert selectors.parents()[line[0].pk] is None


def test_a_sixth_level_is_refused_for_a_new_category():
    deepest = chain(5)[-1]
    with pytest.raises(CategoryTooDeep):
        categories.create(values={"name": "第六级", "parent_id": deepest.pk}, actor=KEEPER, now=NOW)
    assert Category.objects.count() == 5


def test_a_sixth_level_is_refused_for_a_moved_branch():
    branch, target = chain(2), chain(4)
    with pytest.raises(CategoryTooDeep):
        move(branch[0], target[-1])
    assert move(branch[1], target[-1]).parent_id == target[-1].pk


def test_a_parent_must_exist():
    with pytest.raises(Invalid) as refused:
        categories.create(values={"name": "孤儿", "parent_id": 404}, actor=KEEPER, now=NOW)
    assert refused.value.fields == [{"field": "parent_id", "code": "does_not_exist", "message": "上级分类不存在"}]
    assert Category.objects.count() == 0


@pytest.mark.parametrize("occupy", [lambda c: make_category(parent=c), lambda c: make_product(categories=[c])])
def test_a_category_in_use_stays(occupy: Any):
    category = make_category()
    occupy(category)
    with pytest.raises(CategoryInUse):
        categories.delete(category_id=category.pk, actor=KEEPER, now=NOW)
    assert Category.objects.filter(pk=category.pk).exists()
    assert not OperationLog.objects.exists()


def test_an_empty_category_goes():
    category = make_category()
    categories.delete(category_id=category.pk, actor=KEEPER, now=NOW)
    assert not Category.objects.exists()


def test_what_is_not_there_is_not_found():
    with pytest.raises(NotFound):
        categories.change(category_id=404, values={"name": "无"}, actor=KEEPER, now=NOW)
    with pytest.raises(NotFound):
        categories.delete(category_id=404, actor=KEEPER, now=NOW)


def test_each_change_is_logged_with_actor_before_and_after():
    made = categories.create(values={"name": "盲盒"}, actor=KEEPER, now=NOW)
    categories.change(category_id=made.pk, values={"name": "盲盒系列", "sort": 3}, actor=KEEPER, now=NOW)
    categories.delete(category_id=made.pk, actor=KEEPER, now=NOW)
    first = {"name": "盲盒", "parent_id": None, "sort": 0, "is_visible": True}
    last = {**first, "name": "盲盒系列", "sort": 3}
    logged = OperationLog.objects.order_by("pk").values_list("action", "before", "after", "operator_name", "ip")
    assert list(logged) == [
        ("创建商品分类", {}, first, "仓管", "10.0.0.7"),
        ("修改商品分类", first, last, "仓管", "10.0.0.7"),
        ("删除商品分类", last, {}, "仓管", "10.0.0.7"),
    ]
