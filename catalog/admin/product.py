from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from blindbox.common.adminkit import (
    ChoiceFilter,
    YesNoFilter,
    action,
    chip,
    display,
    explaining,
    thumbnail,
    word_filter,
    yuan_column,
)
from blindbox.system.admin.audited import actor_of
from blindbox.system.admin.serviced import ServicedAdmin
from blindbox.system.admin.wording import codes_mean, logged_as
from catalog import selectors
from catalog.admin.product_form import ProductForm, category_choices
from catalog.models import Product
from catalog.services import products

LOW_STOCK = 10
logged_as("Product", {"category_ids": "分类"})
codes_mean("Product", "category_ids", category_choices)


def _in_branch(category_id: str) -> Q:
    within = selectors.within_category(Product.objects.all(), int(category_id))
    return Q(pk__in=within.values("pk"))


def _closeness(words: str) -> Case:
    named, begins = When(name__iexact=words, then=Value(0)), When(name__istartswith=words, then=Value(1))
    return Case(named, begins, default=Value(2))


@admin.register(Product)
class ProductAdmin(ServicedAdmin):
    intro = (
        "可以售卖、抽中或兑换的东西。先在这里建商品并填库存，再到活动里选它作奖品。"
        "开放一期会把奖品数量从库存中划走，结束时退回没抽出的。"
    )
    form = ProductForm
    list_display = ["picture", "name", "kind", yuan_column("price_fen", "售价"), "stock_left", "state"]
    list_display_links = ["picture", "name"]
    list_filter = [
        ("is_on_sale", YesNoFilter),
        ("kind", ChoiceFilter),
        word_filter("分类", "category", lambda: [(str(pk), path) for pk, path in category_choices()], _in_branch),
        word_filter("库存", "stock_state", lambda: [("low", f"少于 {LOW_STOCK} 件")], lambda _: low_stock()),
    ]
    search_fields = ["name", "id__exact"]
    search_help_text = "名称或编号"
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": ["name", ("kind", "is_on_sale"), "category_ids"]}),
        ("价格与库存", {"fields": [("price_fen", "price_points"), ("cost_fen", "stock")]}),
        ("展示", {"fields": ["image_urls", "pictures", "description"]}),
    ]
    readonly_fields = ["pictures"]
    counted = ["stock"]
    price_fields = ["price_fen", "price_points"]
    reasoned_fields = [*price_fields, "stock", "is_on_sale"]
    actions = ["put_on_sale", "take_off_sale"]
    service_fields = ["name", "kind", "price_fen", "price_points", "cost_fen", "stock", "image_urls", "description",
                      "is_on_sale"]  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        """Where one product is to be chosen, what is named exactly so comes first, then what begins so."""
        found, doubled = super().get_search_results(request, queryset, search_term)
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            found = found.order_by(_closeness(search_term.strip()), "-pk")
        return found, doubled

    @display("")
    def picture(self, product: Product) -> SafeString:
        return thumbnail(next(iter(product.image_urls), ""))

    @display("图片预览")
    def pictures(self, product: Product) -> SafeString | str:
        return format_html_join(" ", "{}", ((thumbnail(url, size=96),) for url in product.image_urls)) or "—"

    @display("库存", ordering="stock")
    def stock_left(self, product: Product) -> SafeString | str:
        if product.stock >= LOW_STOCK:
            return str(product.stock)
        return chip(f"仅 {product.stock}" if product.stock else "无库存", "warning" if product.stock else "danger")

    @display("状态", ordering="is_on_sale")
    def state(self, product: Product) -> SafeString:
        return chip("上架", "success") if product.is_on_sale else chip("未上架")

    def create(self, request: HttpRequest, values: dict[str, Any], form: ProductForm) -> Product:
        filed = form.cleaned_data["category_ids"]
        return products.create(values=values, category_ids=filed, actor=actor_of(request), now=timezone.now())

    def change(self, request: HttpRequest, obj: Product, values: dict[str, Any], form: ProductForm) -> None:
        filed = form.cleaned_data["category_ids"] if "category_ids" in form.changed_data else None
        products.change(
            product_id=obj.pk,
            values=values,
            category_ids=filed,
            expected_stock=form.initial["stock"] if "stock" in values else None,
            actor=actor_of(request),
            now=timezone.now(),
        )

    def prices_apply(self, obj: Product) -> str:
        return "商品页立即按新价显示。奖品的参考价是各自填的，不跟着变：已开放期次的固定不变，草稿里的请自行修改"

    def remove(self, request: HttpRequest, obj: Product) -> None:
        products.delete(product_id=obj.pk, actor=actor_of(request), now=timezone.now())

    @action("上架所选商品", permissions=["change"])
    def put_on_sale(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._set_on_sale(request, queryset, on_sale=True)

    @action("下架所选商品", permissions=["change"])
    def take_off_sale(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._set_on_sale(request, queryset, on_sale=False)

    def _set_on_sale(self, request: HttpRequest, queryset: QuerySet[Product], *, on_sale: bool) -> None:
        waiting = list(queryset.exclude(is_on_sale=on_sale).values_list("pk", flat=True))
        actor, done = replace(actor_of(request), why=f"在列表里批量{'上架' if on_sale else '下架'}"), 0
        for product_id in waiting:
            with explaining(request):
                values = {"is_on_sale": on_sale}
                products.change(product_id=product_id, values=values, actor=actor, now=timezone.now())
                done += 1
        same = queryset.count() - len(waiting)
        word = "上架" if on_sale else "下架"
        messages.success(request, f"已{word} {done} 件商品" + (f"，另有 {same} 件原本就是{word}状态" if same else ""))


def low_stock() -> Q:
    """Return what is on sale and nearly gone."""
    return Q(stock__lt=LOW_STOCK, is_on_sale=True)
