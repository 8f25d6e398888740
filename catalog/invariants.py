"""K1, K2: stock is never negative, and no category is below itself."""

from collections.abc import Iterable

from blindbox.common.invariants import Pace, invariant
from catalog import selectors, tree
from catalog.models import Product


@invariant(id="K1", title="商品库存不为负", pace=Pace.ALWAYS)
def stock_is_not_negative() -> Iterable[str]:
    below = Product.objects.filter(stock__lt=0).values_list("pk", "stock")
    return [f"商品 {pk} 库存为 {stock}" for pk, stock in below]


@invariant(id="K2", title="商品分类树没有环")
def the_tree_has_no_loop() -> Iterable[str]:
    return [f"分类 {pk} 在它自己之下" for pk in tree.looping(selectors.parents())]
