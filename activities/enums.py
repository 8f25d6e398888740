"""Words of this app, with their Chinese labels. The words of gameplay are its registry's."""

from django.db import models


class ActivityStatus(models.TextChoices):
    ACTIVE = "active", "上架"
    ARCHIVED = "archived", "已归档"


class IssueStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    OPEN = "open", "进行中"
    CLOSING = "closing", "收尾中"
    CLOSED = "closed", "已结束"


class RewardKind(models.TextChoices):
    PRODUCT = "product", "商品"
    POINTS = "points", "积分"
    COUPON = "coupon", "优惠券"
    WALLET = "wallet", "钱包金额"
    BUNDLE = "bundle", "组合"
    NONE = "none", "未中奖"


class Position(models.TextChoices):
    TICKET = "ticket", "普通"
    LAST = "last", "最终赏"
    FIRST = "first", "前半赏"
    GLOBAL = "global", "全局赏"
    NTH = "nth", "第 N 抽"
    EVERY = "every", "每 N 抽"
    REPDIGIT = "repdigit", "豹子号"


class BatchStatus(models.TextChoices):
    HELD = "held", "待支付"
    SETTLED = "settled", "已开奖"
    RELEASED = "released", "已释放"
    REFUNDED = "refunded", "已退款"

    @classmethod
    def drawn(cls) -> list["BatchStatus"]:
        """Return the statuses that came after the draw, whatever became of it."""
        return [cls.SETTLED, cls.REFUNDED]


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", "待发放"
    FAILED = "failed", "发放失败"
    DELIVERED = "delivered", "已发放"
    REVOKED = "revoked", "已收回"

    @classmethod
    def waiting(cls) -> list["DeliveryStatus"]:
        """Return the statuses in which the prize has yet to arrive."""
        return [cls.PENDING, cls.FAILED]


class DamageRule(models.TextChoices):
    PER_DRAW = "per_draw", "按抽数"
    PER_YUAN = "per_yuan", "按实付金额"


class AwardKind(models.TextChoices):
    RANK = "rank", "排名奖"
    DEFEAT = "defeat", "击败奖"
    LAST_HIT = "last_hit", "最后一击"


class HitSource(models.TextChoices):
    DRAW = "draw", "抽奖"
    REFUND = "refund", "退款"


class SeasonStatus(models.TextChoices):
    """Where a Boss season stands; told by its moments, not stored."""

    WAITING = "waiting", "未开始"
    RUNNING = "running", "进行中"
    DEFEATED = "defeated", "已击败"
    ENDED = "ended", "已到期"
    SETTLED = "settled", "已结算"


class DropStatus(models.TextChoices):
    WAIT = "wait", "待投放"
    DONE = "done", "已投放"
    CANCELLED = "cancelled", "已取消"


class ScopeStatus(models.TextChoices):
    LIVE = "live", "进行中"
    OVER = "over", "已结束"


class Outcome(models.IntegerChoices):
    """Where a draw of the generic tool stands, in the numbers of its requirement."""

    NOT_WON = -1, "未中奖"
    WON = 1, "待发奖"
    FAILED = 2, "发奖失败"
    DELIVERED = 3, "已发奖"

    @classmethod
    def undelivered(cls) -> list["Outcome"]:
        return [cls.WON, cls.FAILED]


class TicketState(models.TextChoices):
    FREE = "free", "可选"
    HELD = "held", "已占用"
    SOLD = "sold", "已抽走"


class LockState(models.TextChoices):
    NONE = "none", "未排队"
    WAITING = "waiting", "排队中"
    HOLDING = "holding", "独占中"
