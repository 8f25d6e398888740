"""Why this app refuses."""

from blindbox.common.errors import Conflict


class StockInsufficient(Conflict):
    code, message = "stock.insufficient", "商品「{product}」库存不足：需要 {needed}，现有 {stock}"


class StockMoved(Conflict):
    code, message = "product.stock_moved", "库存已变为 {stock}，请刷新后再改"


class ProductInUse(Conflict):
    code, message = "product.in_use", "商品已被奖品、订单或持仓使用，不能删除，可以下架"


class CategoryInUse(Conflict):
    code, message = "category.in_use", "分类下还有子分类或商品，不能删除"


class CategoryLoop(Conflict):
    code, message = "category.loop", "不能把分类移到它自己或它的下级分类之下"


class CategoryTooDeep(Conflict):
    code, message = "category.too_deep", "分类最多 {most} 级"
