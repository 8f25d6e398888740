"""What the tables refuse, whoever asks."""

import pytest
from django.db import transaction
from django.db.utils import IntegrityError, OperationalError

from catalog.models import Product, ProductCategoryMap
from tests.factories.catalog import make_category, make_product

pytestmark = pytest.mark.django_db
REFUSED = (IntegrityError, OperationalError)  # MariaDB calls a failed CHECK an operational error (4025)


@pytest.mark.parametrize(
    ("constraint", "column", "value"),
    [
        ("product_stock_not_negative", "stock", -1),
        ("product_cost_not_negative", "cost_fen", -1),
        ("product_price_not_negative", "price_fen", -1),
        ("product_points_not_negative", "price_points", -1),
        ("product_kind_known", "kind", "ghost"),
    ],
)
def test_the_database_refuses_a_product_that_cannot_be(constraint: str, column: str, value: object):
    product = make_product()
    with pytest.raises(REFUSED, match=constraint), transaction.atomic():
        Product.objects.filter(pk=product.pk).update(**{column: value})


@pytest.mark.parametrize("column", ["price_fen", "price_points"])
def test_a_product_may_have_no_price(column: str):
    product = make_product()
    assert Product.objects.filter(pk=product.pk).update(**{column: None}) == 1


def test_the_database_refuses_a_product_twice_in_one_category():
    category = make_category()
    product = make_product(categories=[category])
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductCategoryMap.objects.create(product=product, category=category)
