from datetime import datetime

from django.db import models
from django.db.models import F, Q

from activities.enums import AwardKind, DamageRule, HitSource, RewardKind, SeasonStatus
from activities.models.activity import Activity
from blindbox.common.models import TimestampedModel

# what a Boss can give: exactly this column is set, the others are empty
GIVES = {RewardKind.POINTS: "points", RewardKind.COUPON: "coupon_id", RewardKind.WALLET: "amount_fen"}


def gives_one_thing() -> Q:
    """Return that a row's kind and content fit."""
    fits = Q()
    for kind, mine in GIVES.items():
        others = {f"{name}__isnull": name != mine for name in GIVES.values()}
        fits |= Q(kind=kind, **others, **{f"{mine}__gte": 1})
    return fits


class BossSeason(TimestampedModel):
    """
    A Boss of a flagged activity: so much hp, for so long. `damage` is what it took; the row is the one that every hit
    writes, so the statement that adds a hit's damage also says whether it was the last.
    """

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="boss_seasons", verbose_name="活动")
    name = models.CharField("名称", max_length=40)
    hp = models.PositiveBigIntegerField("血量")
    rule = models.CharField("伤害规则", max_length=16, choices=DamageRule.choices, default=DamageRule.PER_DRAW)
    factor = models.PositiveIntegerField(
        "每抽伤害", default=1, help_text="按抽数：每抽多少点；按实付：每付 1 元 1 点，不用填"
    )
    daily_cap = models.PositiveIntegerField("每人每日伤害上限")
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    damage = models.PositiveBigIntegerField("已受伤害", default=0)
    hits = models.PositiveIntegerField("命中次数", default=0, db_comment="boss_hits 的最后一个 seq")
    last_hit_seq = models.PositiveIntegerField("最后一击", null=True, db_comment="boss_hits.seq")
    defeated_at = models.DateTimeField("击败时间", null=True)
    settled_at = models.DateTimeField("结算时间", null=True)

    class Meta:
        db_table = "boss_seasons"
        verbose_name = verbose_name_plural = "Boss 赛季"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="season_window_not_empty",
                violation_error_message="结束时间必须晚于开始时间",
            ),
            models.CheckConstraint(
                condition=Q(hp__gte=1, factor__gte=1, daily_cap__gte=1),
                name="season_can_be_played",
                violation_error_message="血量、伤害系数和每日上限都必须大于 0",
            ),
            models.CheckConstraint(
                condition=Q(defeated_at__isnull=True, last_hit_seq__isnull=True)
                | Q(defeated_at__isnull=False, last_hit_seq__isnull=False),
                name="season_defeat_has_its_hit",
                violation_error_message="击败时间与最后一击必须同时有或同时没有",
            ),
        ]
        indexes = [
            models.Index(fields=["activity", "starts_at"], name="season_window_idx"),
            models.Index(fields=["settled_at", "ends_at"], name="season_settle_idx"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def hp_left(self) -> int:
        return max(self.hp - self.damage, 0) if self.defeated_at is None else 0

    def status_at(self, now: datetime) -> SeasonStatus:
        """Return where the season stands."""
        if self.settled_at is not None:
            return SeasonStatus.SETTLED
        if self.defeated_at is not None:
            return SeasonStatus.DEFEATED
        if now < self.starts_at:
            return SeasonStatus.WAITING
        return SeasonStatus.RUNNING if now < self.ends_at else SeasonStatus.ENDED


class BossPrize(models.Model):
    """What a season promises: to a span of ranks, to everybody who took part in a defeat, to the last hit."""

    season = models.ForeignKey(BossSeason, on_delete=models.CASCADE, related_name="prizes", verbose_name="赛季")
    award = models.CharField("奖项", max_length=16, choices=AwardKind.choices, default=AwardKind.RANK)
    rank_from = models.PositiveIntegerField("名次从", null=True, blank=True)
    rank_to = models.PositiveIntegerField("名次到", null=True, blank=True)
    kind = models.CharField("类型", max_length=16, choices=RewardKind.choices, default=RewardKind.POINTS)
    title = models.CharField("名称", max_length=100, default="", blank=True)
    points = models.PositiveIntegerField("积分", null=True, blank=True)
    coupon_id = models.BigIntegerField("优惠券", null=True, blank=True, db_comment="coupons.id")
    amount_fen = models.BigIntegerField("钱包金额（分）", null=True, blank=True)

    class Meta:
        db_table = "boss_prizes"
        verbose_name = verbose_name_plural = "Boss 奖励"
        constraints = [
            models.UniqueConstraint(
                fields=["season", "award", "rank_from"],
                name="boss_prize_once_per_rank",
                violation_error_message="同一名次只能有一行奖励",
            ),
            models.CheckConstraint(
                condition=gives_one_thing(),
                name="boss_prize_is_of_its_kind",
                violation_error_message="每行只给一样奖励",
            ),
            models.CheckConstraint(
                condition=Q(award=AwardKind.RANK, rank_from__isnull=False, rank_from__gte=1)
                & Q(rank_to__isnull=False, rank_to__gte=F("rank_from"))
                | Q(award__in=[AwardKind.DEFEAT, AwardKind.LAST_HIT], rank_from__isnull=True, rank_to__isnull=True),
                name="boss_prize_has_its_ranks",
                violation_error_message="排名奖要填名次：从 1 起，“到”不小于“从”；其他奖项不填名次",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class BossPlayer(models.Model):
    """A member in a season: the live leaderboard. `reached_at` is when they dealt the last of their damage."""

    # inserting a first hit must not share-lock the row that every hit writes; a season that was hit is never deleted
    season = models.ForeignKey(
        BossSeason, on_delete=models.PROTECT, related_name="players", db_constraint=False, db_index=False,
        verbose_name="赛季",
    )  # fmt: skip
    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+", verbose_name="用户")
    damage = models.PositiveBigIntegerField("伤害", default=0)
    hits = models.PositiveIntegerField("命中次数", default=0)
    reached_at = models.DateTimeField("达成时间")

    class Meta:
        db_table = "leaderboard_boss_players"
        verbose_name = verbose_name_plural = "Boss 排行"
        constraints = [models.UniqueConstraint(fields=["season", "member"], name="boss_player_once_per_season")]
        indexes = [models.Index(fields=["season", "-damage", "reached_at", "member"], name="boss_rank_idx")]

    def __str__(self) -> str:
        return f"{self.season} · {self.member}"


class BossHit(models.Model):
    """One hit, or what a refund took back of one. Append-only; each starts where the one before it ended."""

    season = models.ForeignKey(
        BossSeason, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False,
        verbose_name="赛季",
    )  # fmt: skip
    seq = models.PositiveIntegerField("序号")
    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+", verbose_name="用户")
    source = models.CharField("来源", max_length=16, choices=HitSource.choices)
    source_id = models.BigIntegerField("来源编号", db_comment="draw、refund: draw_batches.id")
    damage = models.BigIntegerField("伤害", db_comment="退款为负")
    damage_before = models.PositiveBigIntegerField("此前总伤害")
    day = models.DateField("业务日", db_comment="每日上限按此计")
    hit_at = models.DateTimeField("时间")

    class Meta:
        db_table = "boss_hits"
        verbose_name = verbose_name_plural = "Boss 命中"
        constraints = [
            models.UniqueConstraint(fields=["season", "seq"], name="boss_hit_seq_once"),
            models.UniqueConstraint(fields=["source", "source_id"], name="boss_hit_once_per_source"),
            models.CheckConstraint(
                condition=Q(source=HitSource.REFUND, damage__lt=0) | ~Q(source=HitSource.REFUND) & Q(damage__gt=0),
                name="boss_hit_changes_something",
            ),
        ]
        indexes = [models.Index(fields=["season", "member", "day"], name="boss_hit_day_idx")]

    def __str__(self) -> str:
        return f"{self.season_id} #{self.seq}"


class BossAward(models.Model):
    """What a settled season owes a member, once for each kind of award; each is paid by itself afterwards."""

    season = models.ForeignKey(
        BossSeason, on_delete=models.PROTECT, related_name="awards", db_index=False, verbose_name="赛季"
    )
    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+", verbose_name="用户")
    award = models.CharField("奖项", max_length=16, choices=AwardKind.choices)
    rank = models.PositiveIntegerField("名次")
    damage = models.PositiveBigIntegerField("伤害")
    kind = models.CharField("类型", max_length=16, choices=RewardKind.choices)
    title = models.CharField("名称", max_length=100)
    points = models.PositiveIntegerField("积分", null=True)
    coupon_id = models.BigIntegerField("优惠券", null=True)
    amount_fen = models.BigIntegerField("钱包金额（分）", null=True)
    created_at = models.DateTimeField("结算时间")
    paid_at = models.DateTimeField("发放时间", null=True, db_index=True)
    failed_at = models.DateTimeField("上次失败时间", null=True, db_comment="发放失败的排到最后再试")

    class Meta:
        db_table = "boss_awards"
        verbose_name = verbose_name_plural = "Boss 发奖"
        constraints = [
            models.UniqueConstraint(fields=["season", "member", "award"], name="boss_award_once"),
            models.CheckConstraint(condition=gives_one_thing(), name="boss_award_is_of_its_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.season} · {self.get_award_display()} · {self.member}"


class BossClawback(models.Model):
    """A refund after a season was settled: what was asked back of the points it gave, and what was still there."""

    season = models.ForeignKey(BossSeason, on_delete=models.PROTECT, related_name="clawbacks", verbose_name="赛季")
    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+", verbose_name="用户")
    batch_id = models.BigIntegerField("批次", unique=True, db_comment="draw_batches.id")
    damage = models.PositiveBigIntegerField("退款的伤害")
    wanted = models.PositiveBigIntegerField("应收回积分")
    taken = models.PositiveBigIntegerField("已收回积分")
    note = models.CharField("说明", max_length=200)
    created_at = models.DateTimeField("时间")

    class Meta:
        db_table = "boss_clawbacks"
        verbose_name = verbose_name_plural = "Boss 积分收回"
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("wanted")), name="boss_clawback_within_what_was_given")
        ]

    def __str__(self) -> str:
        return self.note
