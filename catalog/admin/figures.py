"""What catalog shows on the home page."""

from datetime import datetime

from blindbox.common.adminkit import Todo, list_url, todos
from catalog.admin.product import low_stock
from catalog.models import Product


@todos.add("低库存商品", permission="catalog.view_product", order=40, note="上架中、库存少于 10 件")
def low_stock_products(*, now: datetime) -> Todo:
    return Todo(Product.objects.filter(low_stock()).count(), list_url("catalog.product", "?stock_state=low"))
