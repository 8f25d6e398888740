"""Words of this app, with their Chinese labels."""

from django.db import models


class ProductKind(models.TextChoices):
    PHYSICAL = "physical", "实物"
    VIRTUAL = "virtual", "虚拟"
    SERVICE = "service", "服务"
