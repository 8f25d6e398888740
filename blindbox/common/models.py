"""Abstract bases of tables."""

from django.db import models
from django.utils import timezone


class TimestampedModel(models.Model):
    """When a row was made and last changed. A set-based update names `updated_at` itself."""

    created_at = models.DateTimeField("创建时间", default=timezone.now, editable=False)
    updated_at = models.DateTimeField("更新时间", default=timezone.now, editable=False)

    class Meta:
        abstract = True
