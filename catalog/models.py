from django.db import models
from django.db.models import Q

from blindbox.common.models import TimestampedModel
from catalog.enums import ProductKind


class Category(TimestampedModel):
    """A node of the tree of products."""

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级分类"
    )
    name = models.CharField("名称", max_length=40)
    sort = models.IntegerField("排序", default=0)
    is_visible = models.BooleanField("显示", default=True)

    class Meta:
        db_table = "product_categories"
        verbose_name = verbose_name_plural = "商品分类"

    def __str__(self) -> str:
        return self.name


class CategoryTree(models.Model):
    """One row that every change of the tree's shape writes first, so that two changes cannot meet."""

    version = models.BigIntegerField("版本", default=0)

    class Meta:
        db_table = "product_category_tree"
        verbose_name = verbose_name_plural = "商品分类树"

    def __str__(self) -> str:
        return str(self.version)


class Product(TimestampedModel):
    """Something that can be sold, won or exchanged. `stock` is what no issue or order has taken."""

    name = models.CharField("名称", max_length=100)
    kind = models.CharField("类型", max_length=16, choices=ProductKind.choices, default=ProductKind.PHYSICAL)
    price_fen = models.BigIntegerField("售价（分）", null=True, blank=True)
    price_points = models.BigIntegerField("积分价", null=True, blank=True)
    cost_fen = models.BigIntegerField("成本（分）", default=0)
    stock = models.BigIntegerField("库存", default=0)
    image_urls = models.JSONField("图片", default=list, blank=True, db_comment="图片地址的列表")
    description = models.TextField("描述", default="", blank=True, max_length=20_000)
    is_on_sale = models.BooleanField("上架", default=False)
    categories = models.ManyToManyField(
        Category, through="ProductCategoryMap", related_name="products", verbose_name="分类", blank=True
    )

    class Meta:
        db_table = "product_main"
        verbose_name = verbose_name_plural = "商品"
        constraints = [
            models.CheckConstraint(
                condition=Q(stock__gte=0), name="product_stock_not_negative", violation_error_message="库存不能小于 0"
            ),
            models.CheckConstraint(
                condition=Q(cost_fen__gte=0), name="product_cost_not_negative", violation_error_message="成本不能小于 0"
            ),
            models.CheckConstraint(
                condition=Q(price_fen__isnull=True) | Q(price_fen__gte=0),
                name="product_price_not_negative",
                violation_error_message="售价不能小于 0",
            ),
            models.CheckConstraint(
                condition=Q(price_points__isnull=True) | Q(price_points__gte=0),
                name="product_points_not_negative",
                violation_error_message="积分价不能小于 0",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ProductKind.values),
                name="product_kind_known",
                violation_error_message="商品类型不存在",
            ),
        ]
        indexes = [models.Index(fields=["is_on_sale", "id"], name="product_on_sale_idx")]

    def __str__(self) -> str:
        return self.name


class ProductCategoryMap(models.Model):
    """Which categories a product is in."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", verbose_name="商品")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", verbose_name="分类")

    class Meta:
        db_table = "product_category_map"
        verbose_name = verbose_name_plural = "商品分类关系"
        constraints = [models.UniqueConstraint(fields=["product", "category"], name="product_in_category_once")]

    def __str__(self) -> str:
        return f"{self.product_id} ∈ {self.category_id}"
