"""The one writer of the tree of categories."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F

from blindbox.common.errors import Invalid
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates, refusing_references
from blindbox.system import audit
from catalog import selectors, tree
from catalog.errors import CategoryInUse, CategoryLoop, CategoryTooDeep
from catalog.models import Category, CategoryTree

DEEPEST = 5
COLUMNS = ["name", "parent_id", "sort", "is_visible"]


@in_transaction
def create(*, values: Mapping[str, Any], actor: audit.Actor, now: datetime) -> Category:
    """
    Add a category.

    :raises Invalid: if there is no such parent
    :raises CategoryTooDeep: if it would be one level too many
    """
    take_tree()
    _check_place(None, values.get("parent_id"))
    category = Category.objects.create(**values, created_at=now, updated_at=now)
    change = audit.Change("创建商品分类", "Category", category.pk, category.name, after=_snapshot(category))
    audit.record(change, actor=actor, now=now)
    return category


@in_transaction
def change(*, category_id: int, values: Mapping[str, Any], actor: audit.Actor, now: datetime) -> Category:
    """
    Change some or all fields of a category; with another parent it moves, and all below it with it.

    :raises NotFound: if there is no such category
    :raises Invalid: if there is no such parent
    :raises CategoryLoop: if it would come below itself
    :raises CategoryTooDeep: if something would come one level too deep
    """
    take_tree()
    before = _snapshot(selectors.category_or_404(category_id))
    if "parent_id" in values:
        _check_place(category_id, values["parent_id"])
    Category.objects.filter(pk=category_id).update(**values, updated_at=now)
    category = selectors.category_or_404(category_id)
    logged = audit.Change("修改商品分类", "Category", category_id, category.name, before, _snapshot(category))
    audit.record(logged, actor=actor, now=now)
    return category


@in_transaction
def delete(*, category_id: int, actor: audit.Actor, now: datetime) -> None:
    """
    Delete an empty category.

    :raises NotFound: if there is no such category
    :raises CategoryInUse: if a category or product is in it
    """
    take_tree()
    category = selectors.category_or_404(category_id)
    before = _snapshot(category)
    with refusing_references(CategoryInUse):
        category.delete()
    audit.record(audit.Change("删除商品分类", "Category", category_id, category.name, before), actor=actor, now=now)


def take_tree() -> None:
    """
    Make changes of the tree wait for each other.

    Two moves, A below B and B below A, are each harmless and together a loop, and no constraint can refuse it. So each
    change first writes the one row of the tree: the second one waits, and then reads what the first has committed.
    """
    if not CategoryTree.objects.filter(pk=1).update(version=F("version") + 1):
        with refusing_duplicates(TryAgain):  # the first change ever
            CategoryTree.objects.create(pk=1, version=1)


def _check_place(category_id: int | None, parent_id: int | None) -> None:
    if parent_id is None:
        return
    parents = selectors.parents()
    if parent_id not in parents:
        raise Invalid.field("parent_id", "上级分类不存在", "does_not_exist")
    above = tree.line_up(parent_id, parents)
    if category_id in above:
        raise CategoryLoop
    levels = 1 if category_id is None else tree.height(category_id, parents)
    if len(above) + levels > DEEPEST:
        raise CategoryTooDeep(most=DEEPEST)


def _snapshot(category: Category) -> dict[str, Any]:
    return audit.snapshot(category, COLUMNS)
