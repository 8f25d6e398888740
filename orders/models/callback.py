from django.db import models

from blindbox.common.fields import CodeField


class PaymentCallback(models.Model):
    """A verified notification as it came, stored once, processed once."""

    gateway = models.CharField("渠道", max_length=16)
    notice_id = CodeField("通知编号", max_length=64)
    kind = models.CharField("种类", max_length=16)
    state = models.CharField("状态", max_length=16)
    out_trade_no = CodeField("商户单号", max_length=32, db_index=True)
    out_refund_no = CodeField("退款单号", max_length=32, null=True)
    transaction_id = CodeField("微信单号", max_length=64)
    amount_fen = models.BigIntegerField("金额（分）")
    currency = models.CharField("币种", max_length=8, default="", blank=True)
    openid = CodeField("微信 openid", max_length=64, default="", blank=True)
    occurred_at = models.DateTimeField("发生时间", null=True)
    payload = models.JSONField("解密内容", db_comment="验签解密后的原文")
    received_at = models.DateTimeField("收到时间")
    processed_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        db_table = "payment_callbacks"
        verbose_name = verbose_name_plural = "支付通知"
        constraints = [models.UniqueConstraint(fields=["gateway", "notice_id"], name="callback_once_per_notice")]
        indexes = [models.Index(fields=["processed_at", "received_at"], name="callback_waiting_idx")]

    def __str__(self) -> str:
        return f"通知 {self.out_trade_no}"
