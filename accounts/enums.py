"""Words of this app, with their Chinese labels."""

from django.db import models


class MemberStatus(models.TextChoices):
    ACTIVE = "active", "正常"
    DISABLED = "disabled", "已禁用"


class PointKind(models.TextChoices):
    GENERAL = "general", "通用积分"
    MALL = "mall", "商城积分"


class PointReason(models.TextChoices):
    GRANT = "grant", "后台发放"
    INVITE = "invite", "邀请奖励"
    ORDER = "order", "订单支付"
    REFUND = "refund", "订单退回"
    DRAW_PRIZE = "draw_prize", "抽奖奖品"
    BOSS_PRIZE = "boss_prize", "Boss 挑战奖励"
    CLAWBACK = "clawback", "奖励收回"
    DEBT = "debt", "抵扣欠积分"
    EXPIRY = "expiry", "积分过期"


class InviteReason(models.TextChoices):
    """How a login's invite code ended."""

    BOUND = "bound", "已绑定邀请人"
    NO_CODE = "no_code", "未携带邀请码"
    UNKNOWN_CODE = "unknown_code", "邀请码不存在"
    SELF = "self", "不能邀请自己"
    INVITER_UNAVAILABLE = "inviter_unavailable", "邀请人不可用"
    INVITER_NEWER = "inviter_newer", "邀请人的注册时间不早于你"
    ALREADY_INVITED = "already_invited", "已有邀请人"
    NOT_NEW = "not_new", "仅新用户可以绑定邀请人"
