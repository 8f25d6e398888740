"""Taking stock and giving it back: a conditional update whose row count is checked."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F

from blindbox.common.retry import in_transaction
from catalog.errors import StockInsufficient
from catalog.models import Product


@in_transaction
def take(*, quantities: Mapping[int, int], now: datetime) -> None:
    """
    Take units of several products, all or none, in the order of their ids.

    :raises StockInsufficient: naming the first product that has too few
    """
    for product_id in sorted(quantities):
        needed = quantities[product_id]
        enough = Product.objects.filter(pk=product_id, stock__gte=needed)
        if not enough.update(stock=F("stock") - needed, updated_at=now):
            name, stock = Product.objects.values_list("name", "stock").get(pk=product_id)
            raise StockInsufficient(product=name, needed=needed, stock=stock)


@in_transaction
def give_back(*, quantities: Mapping[int, int], now: datetime) -> None:
    """Return units to their products' stock."""
    for product_id in sorted(quantities):
        Product.objects.filter(pk=product_id).update(stock=F("stock") + quantities[product_id], updated_at=now)
