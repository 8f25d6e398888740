from functools import reduce
from operator import or_

from django.db import models
from django.db.models import F, Q

from activities.enums import Position, RewardKind
from activities.models.issue import Issue
from blindbox.common.models import TimestampedModel

# what a prize of each kind consists of: exactly this column is set, the others are empty
CONTENT = {
    RewardKind.PRODUCT: "product",
    RewardKind.POINTS: "points",
    RewardKind.COUPON: "coupon_id",
    RewardKind.WALLET: "amount_fen",
    RewardKind.BUNDLE: "bundle",
    RewardKind.NONE: None,
}


def _of_kind(kind: RewardKind) -> Q:
    given = {f"{column}__isnull": column != CONTENT[kind] for column in CONTENT.values() if column}
    positive = {f"{name}__gte": 1 for name in [CONTENT[kind]] if name in ("points", "amount_fen")}
    return Q(kind=kind, **given, **positive)


class Reward(TimestampedModel):
    """What an issue can yield: how many (deck) or how likely (weighted), and what it is worth."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="rewards", verbose_name="期次")
    level = models.CharField("赏级", max_length=16)
    name = models.CharField("名称", max_length=100)
    kind = models.CharField("类型", max_length=16, choices=RewardKind.choices, default=RewardKind.PRODUCT)
    product = models.ForeignKey(
        "catalog.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="商品"
    )
    points = models.PositiveIntegerField("积分", null=True, blank=True)
    coupon_id = models.BigIntegerField("优惠券", null=True, blank=True, db_comment="coupons.id")
    amount_fen = models.BigIntegerField("钱包金额（分）", null=True, blank=True)
    bundle = models.JSONField("组合内容", null=True, blank=True, db_comment="[{product_id, quantity}]，保存时校验")
    quantity = models.PositiveIntegerField(
        "数量", null=True, blank=True, help_text="抽盒玩法必填；加权玩法留空表示不限"
    )
    odds_ppm = models.PositiveIntegerField("概率（百万分之）", null=True, blank=True)
    position = models.CharField("位置", max_length=16, choices=Position.choices, default=Position.TICKET)
    position_n = models.PositiveIntegerField("N", null=True, blank=True, help_text="「第 N 抽」和「每 N 抽」的 N")
    node = models.BigIntegerField(
        "节点", null=True, blank=True, db_comment="第几次／数额上限（分或积分）／最少对数，由玩法定义"
    )
    weight = models.PositiveIntegerField("权重", null=True, blank=True, db_comment="动态概率：剩余数量 × 权重")
    substitute = models.ForeignKey(
        "self", on_delete=models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="售罄后替换为"
    )
    is_fallback = models.BooleanField("兜底奖", default=False)
    image_url = models.CharField("图片", max_length=500, default="", blank=True)
    reference_value_fen = models.BigIntegerField("参考价（分）", default=0)
    cost_fen = models.BigIntegerField("成本（分）", default=0)
    sort = models.IntegerField("排序", default=0)

    class Meta:
        db_table = "activity_reward_settings"
        verbose_name = verbose_name_plural = "奖品"
        constraints = [
            models.CheckConstraint(
                condition=reduce(or_, (_of_kind(kind) for kind in RewardKind)),
                name="reward_is_of_its_kind",
                violation_error_message="每行只给一样奖品：商品、积分、优惠券、钱包金额或组合，与类型一致",
            ),
            models.CheckConstraint(
                condition=Q(position__in=[Position.NTH, Position.EVERY], position_n__gte=1)
                | (~Q(position__in=[Position.NTH, Position.EVERY]) & Q(position_n__isnull=True)),
                name="reward_position_has_its_n",
                violation_error_message="只有「第 N 抽」和「每 N 抽」要填 N，并且从 1 起",
            ),
            models.CheckConstraint(
                condition=Q(odds_ppm__isnull=True) | Q(odds_ppm__lte=1_000_000),
                name="reward_odds_within_one",
                violation_error_message="概率不能超过百分之百",
            ),
            models.CheckConstraint(
                condition=Q(reference_value_fen__gte=0, cost_fen__gte=0),
                name="reward_value_not_negative",
                violation_error_message="参考价和成本不能小于 0",
            ),
        ]
        indexes = [models.Index(fields=["issue", "sort", "id"], name="reward_order_idx")]

    def __str__(self) -> str:
        return f"{self.level} {self.name}"


class RewardStock(models.Model):
    """
    The hot row of a limited prize that no deck deals: how many may be won by now, and how many were. Narrow and apart
    from the reward, as the issue's counter is.
    """

    reward = models.OneToOneField(
        Reward, on_delete=models.CASCADE, primary_key=True, related_name="stock", verbose_name="奖品"
    )
    total = models.PositiveIntegerField("总数")
    released = models.PositiveIntegerField("已投放", default=0)
    given = models.PositiveIntegerField("已中出", default=0)

    class Meta:
        db_table = "activity_reward_stocks"
        verbose_name = verbose_name_plural = "奖品库存"
        constraints = [
            models.CheckConstraint(
                condition=Q(given__lte=F("released"), released__lte=F("total")), name="reward_stock_not_overdrawn"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reward_id} {self.given}/{self.released}/{self.total}"
