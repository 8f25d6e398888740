from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone


class OperationLog(models.Model):
    """Who of the operators did what to which object, from where, why, and what it was before. Append-only."""

    operator_id = models.BigIntegerField("操作员编号", null=True, db_comment="accounts.Operator; 空为命令行或系统")
    operator_name = models.CharField("操作员", max_length=150)
    ip = models.GenericIPAddressField("来源地址", null=True)
    action = models.CharField("操作", max_length=64)
    object_type = models.CharField("对象类型", max_length=64)
    object_id = models.CharField("对象编号", max_length=64)
    object_label = models.CharField("对象", max_length=200, default="")
    before = models.JSONField("操作前", default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField("操作后", default=dict, encoder=DjangoJSONEncoder)
    reason = models.CharField("原因", max_length=200, default="")
    request_id = models.CharField("请求编号", max_length=64, default="")
    created_at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        db_table = "operation_logs"
        verbose_name = verbose_name_plural = "操作日志"
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="operation_object_idx"),
            models.Index(fields=["operator_id", "created_at"], name="operation_operator_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}（{self.operator_name}）"
