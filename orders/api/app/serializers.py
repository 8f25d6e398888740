"""What members send and get about orders. The shapes are declared here; `rendering` fills them."""

from typing import Any

from rest_framework import serializers

from blindbox.common.serializers import Choice, Moment
from orders.enums import InventoryStatus, OrderSource, OrderStatus, PayWith
from orders.models import InventoryItem


class OrderItemResponse(serializers.Serializer[Any]):
    title = serializers.CharField()
    product_id = serializers.IntegerField(allow_null=True)
    quantity = serializers.IntegerField()
    unit_price_fen = serializers.IntegerField()
    unit_points = serializers.IntegerField()
    amount_fen = serializers.IntegerField()


class WonRewardResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    level = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    kind_label = serializers.CharField()
    image_url = serializers.CharField()


class PlayEventResponse(serializers.Serializer[Any]):
    """One step of a session, exactly one of these; the deal that it brings, if any, is the next step."""

    deal = serializers.ListField(child=serializers.IntegerField(), required=False, help_text="发出的牌号，按顺序")
    different = serializers.BooleanField(required=False, help_text="开局没有两张相同")
    lucky = serializers.IntegerField(required=False, help_text="翻到预选的这种牌")
    pair = serializers.IntegerField(required=False, help_text="消去这种牌的一对")


class PlayResponse(serializers.Serializer[Any]):
    """A session of cards (docs/fairness.md), for a client to show: nothing is left to decide."""

    events = PlayEventResponse(many=True)
    pairs = serializers.IntegerField(help_text="对数")
    tier = serializers.IntegerField(required=False, help_text="按对数得奖：达到的那一档的奖品 id")
    skipped = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="按对数得奖：因发完而跳过的奖品 id"
    )
    substituted_for = serializers.IntegerField(required=False, help_text="有跳过时：本应得的奖品 id")


class DrawResultResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reward = WonRewardResponse()
    ticket_no = serializers.IntegerField(allow_null=True)
    prize_index = serializers.IntegerField(allow_null=True)
    is_bonus = serializers.BooleanField()
    refunded = serializers.BooleanField(help_text="已随订单退款：奖品已收回")
    inventory_id = serializers.IntegerField(allow_null=True)
    play = PlayResponse(allow_null=True)


class TimelineEntryResponse(serializers.Serializer[Any]):
    event = serializers.CharField()
    event_label = serializers.CharField()
    at = serializers.DateTimeField()


class OrderResponse(serializers.Serializer[Any]):
    """An order with everything that its page shows."""

    order_no = serializers.CharField()
    source = serializers.ChoiceField(OrderSource.choices)  # type: ignore[assignment]  # leaves the class
    source_label = serializers.CharField()
    status = serializers.ChoiceField(OrderStatus.choices)
    status_label = serializers.CharField()
    pay_with = serializers.ChoiceField(PayWith.choices)
    pay_with_label = serializers.CharField()
    items = OrderItemResponse(many=True)
    goods_fen = serializers.IntegerField()
    discount_fen = serializers.IntegerField()
    points_used = serializers.IntegerField()
    points_fen = serializers.IntegerField()
    wallet_fen = serializers.IntegerField()
    freight_fen = serializers.IntegerField()
    payable_fen = serializers.IntegerField()
    paid_fen = serializers.IntegerField()
    refunded_fen = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    draws = DrawResultResponse(many=True, allow_null=True)
    log_head = serializers.CharField(allow_null=True, help_text="抽奖订单：下单时承诺日志最新一条的散列")
    shipping = serializers.DictField(allow_null=True)
    timeline = TimelineEntryResponse(many=True)


class PaymentResponse(serializers.Serializer[Any]):
    """What `wx.requestPayment` takes, signed afresh at each answer."""

    gateway = serializers.CharField()
    out_trade_no = serializers.CharField()
    params = serializers.DictField(child=serializers.CharField(), allow_null=True)


class OrderPaymentResponse(serializers.Serializer[Any]):
    order = OrderResponse()
    payment = PaymentResponse(allow_null=True)


class OrderQuery(serializers.Serializer[Any]):
    source = Choice(OrderSource.choices, required=False)  # type: ignore[assignment]  # a name of DRF's too
    status = Choice(OrderStatus.choices, required=False)
    created_after = Moment(required=False)


class InventoryQuery(serializers.Serializer[Any]):
    status = Choice(InventoryStatus.choices, required=False)


class InventoryItemResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    product_id = serializers.IntegerField()
    title = serializers.CharField()
    image_url = serializers.CharField()
    reference_value_fen = serializers.IntegerField()
    status = serializers.CharField()
    status_label = serializers.CharField(source="get_status_display")
    reason = serializers.CharField()
    reason_label = serializers.CharField(source="get_reason_display")
    source = serializers.CharField()  # type: ignore[assignment]  # a name of DRF's too
    source_label = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_source_label(self, item: InventoryItem) -> str:
        return str(dict(OrderSource.choices).get(item.source, item.source))
