"""The menu, ordered by job instead of by app. An entry shows where its model is registered and may be seen."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True)
class Item:
    title: str
    icon: str
    model: str


MENU: list[tuple[str, list[Item]]] = [
    (
        "玩法运营",
        [
            Item("活动", "redeem", "activities.Activity"),
            Item("期次", "view_agenda", "activities.Issue"),
            Item("抽奖记录", "casino", "activities.DrawLog"),
            Item("抽奖批次", "stacks", "activities.DrawBatch"),
            Item("通用抽奖记录", "playing_cards", "activities.SessionDraw"),
            Item("奖品发放", "local_shipping", "activities.PrizeDelivery"),
            Item("Boss 赛季", "swords", "activities.BossSeason"),
            Item("Boss 排行", "leaderboard", "activities.BossPlayer"),
            Item("Boss 发奖", "military_tech", "activities.BossAward"),
            Item("活动分类", "category", "activities.ActivityCategory"),
            Item("承诺日志", "verified_user", "activities.DrawCommitment"),
            Item("风险提示", "policy_alert", "activities.RiskNote"),
            Item("手气统计", "query_stats", "activities.DrawLuck"),
        ],
    ),
    (
        "商品",
        [
            Item("商品", "inventory_2", "catalog.Product"),
            Item("商品分类", "account_tree", "catalog.Category"),
        ],
    ),
    (
        "交易履约",
        [
            Item("订单", "receipt_long", "orders.Order"),
            Item("支付单", "payments", "orders.Payment"),
            Item("退款单", "currency_exchange", "orders.Refund"),
            Item("支付通知", "notifications", "orders.PaymentCallback"),
            Item("持仓", "deployed_code", "orders.InventoryItem"),
        ],
    ),
    (
        "用户增长",
        [
            Item("用户", "group", "accounts.Member"),
            Item("积分流水", "toll", "accounts.PointEntry"),
            Item("邀请记录", "person_add", "accounts.Invite"),
        ],
    ),
    (
        "系统",
        [
            Item("公告", "campaign", "system.Notice"),
            Item("系统配置", "settings", "system.Config"),
            Item("操作日志", "history", "system.OperationLog"),
            Item("核对问题", "fact_check", "system.Finding"),
            Item("事件投递", "outbox", "system.OutboxMessage"),
            Item("定时任务", "schedule", "system.Heartbeat"),
            Item("操作员", "badge", "accounts.Operator"),
            Item("分组与权限", "shield_person", "auth.Group"),
        ],
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu of this operator."""
    groups = [{"title": title, "items": _items(request, items), "separator": True} for title, items in MENU]
    home = {"title": "首页", "icon": "home", "link": reverse("admin:index")}
    return [{"items": [home]}, *[group for group in groups if group["items"]]]


def _items(request: HttpRequest, items: list[Item]) -> list[dict[str, Any]]:
    pages = {model._meta.label: page for model, page in admin.site._registry.items()}
    shown = [item for item in items if item.model in pages and pages[item.model].has_view_permission(request)]
    return [{"title": item.title, "icon": item.icon, "link": _url(item)} for item in shown]


def _url(item: Item) -> str:
    return reverse(f"admin:{item.model.lower().replace('.', '_')}_changelist")
