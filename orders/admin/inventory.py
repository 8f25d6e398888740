from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blindbox.common.adminkit import (
    ChoiceFilter,
    ReadOnlyAdmin,
    TimeRangeFilter,
    chip_column,
    display,
    links_column,
    thumbnail,
    yuan_column,
)
from orders.enums import InventoryStatus, OrderSource
from orders.models import InventoryItem

status = chip_column("status", "状态", {InventoryStatus.HELD: "success", InventoryStatus.RESERVED: "warning"})
member_link = links_column("member", "用户")
product_link = links_column("product", "商品")
value = yuan_column("reference_value_fen", "参考价")


@admin.register(InventoryItem)
class InventoryItemAdmin(ReadOnlyAdmin):
    intro = "用户拥有的每一件奖品。持仓随抽奖、转赠、发货和退款自动变化，不能手工修改。"
    list_display = ["what", member_link, status, "reason", value, "created_at"]
    list_filter = [("status", ChoiceFilter), ("reason", ChoiceFilter), ("created_at", TimeRangeFilter)]
    list_select_related = ["member"]
    search_fields = ["title", "member__nickname", "member__phone__known", "member__openid__exact", "id__exact"]
    search_help_text = "奖品名称、昵称、手机号或末四位、openid 或编号"
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("what", member_link, status), (product_link, value, "reason")]}),
        ("来源", {"fields": [("origin", "created_at", "updated_at")]}),
    ]
    readonly_fields = ["what", member_link, product_link, status, value, "origin"]

    @display("来源")
    def origin(self, item: InventoryItem) -> str:
        label = dict(OrderSource.choices).get(item.source, item.source)
        return f"{label} {item.source_id} 第 {item.source_part + 1} 件"

    @display("奖品", ordering="title")
    def what(self, item: InventoryItem) -> SafeString:
        return format_html("{} {}", thumbnail(item.image_url), item.title)
