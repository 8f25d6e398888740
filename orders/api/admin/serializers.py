"""Orders with what only operators see: how they were paid, closed and refunded."""

from typing import Any

from rest_framework import serializers

from orders.api.app.serializers import OrderResponse


class OrderPaymentRow(serializers.Serializer[Any]):
    """What WeChat was asked to collect."""

    out_trade_no = serializers.CharField()
    transaction_id = serializers.CharField(allow_null=True)
    amount_fen = serializers.IntegerField()
    status = serializers.CharField()
    status_label = serializers.CharField(source="get_status_display")
    paid_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class OrderRefundRow(serializers.Serializer[Any]):
    """What goes back."""

    out_refund_no = serializers.CharField()
    amount_fen = serializers.IntegerField()
    points = serializers.IntegerField()
    status = serializers.CharField()
    status_label = serializers.CharField(source="get_status_display")
    reason = serializers.CharField()
    reason_label = serializers.CharField(source="get_reason_display")
    failure = serializers.CharField()
    succeeded_at = serializers.DateTimeField(allow_null=True)


class OrderInternals(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    close_reason = serializers.CharField()
    close_reason_label = serializers.CharField(source="get_close_reason_display")
    completed_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    payments = OrderPaymentRow(many=True)
    refunds = OrderRefundRow(many=True)


class AdminOrderResponse(OrderInternals, OrderResponse):
    """What the member sees, and the internals."""
