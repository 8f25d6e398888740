"""Refusals of this app."""

from enum import StrEnum

from blindbox.common.errors import Conflict, Forbidden, NotFound
from blindbox.common.money import yuan

_UNITS = {"draws": "抽", "times": "次"}


class ActivityNotFound(NotFound):
    message = "活动不存在"


class IssueNotFound(NotFound):
    message = "期次不存在"


class RewardNotFound(NotFound):
    message = "奖品不存在"


class DropNotFound(NotFound):
    message = "没有这条投放计划"


class DropTaken(Conflict):
    code, message = "activity.drop_taken", "这种奖品在该时间已有投放"


class DrawNotFound(NotFound):
    message = "抽奖记录不存在"


class CategoryInUse(Conflict):
    code, message = "activity.category_in_use", "分类下还有活动，不能删除"


class ActivityHasSales(Conflict):
    code, message = "activity.has_sales", "活动已有销售，不能删除，可改为归档"


class ActivityWasOpened(Conflict):
    code, message = "activity.was_opened", "活动有开放过的期次，承诺已经公布，不能删除，可改为归档"


class TermsFrozen(Conflict):
    code, message = "activity.terms_frozen", "期次已开放，条款不可修改；请关闭后新开一期"


class IssueNumberTaken(Conflict):
    code, message = "activity.issue_number_taken", "该期号已存在"


class IssueCannotOpen(Conflict):
    code, message = "activity.cannot_open", "期次不能开放：{problems}"


class DraftChanged(Conflict):
    code, message = "activity.draft_changed", "这一期在您打开窗口之后被改过，没有开放；下面是现在的内容，请核对后再确认"


class IssueCannotClose(Conflict):
    code, message = "activity.cannot_close", "期次不能关闭：{problem}"


class InsiderMayNotDraw(Forbidden):
    """Somebody of the shop, or close to one, could know a result beforehand (docs/fairness.md)."""

    code, message = "draw.insider", "平台工作人员及其关联用户不能参与抽奖"


class CannotServe(Conflict):
    """The issue cannot give what is asked for now."""


class IssueNotOpen(CannotServe):
    code, message = "draw.issue_not_open", "本期未在销售中"


class IssueSoldOut(CannotServe):
    code, message = "draw.sold_out", "本期已售罄"


class NotEnoughLeft(CannotServe):
    code, message = "draw.not_enough_left", "本期仅剩 {left} 抽"


class IssuePaused(CannotServe):
    """A limited prize is gone and nothing takes its place: no draw is sold that could win it."""

    code, message = "draw.paused", "本期的限量奖品已经发完，暂停销售"


class AllReserved(CannotServe):
    code, message = "draw.all_reserved", "剩余抽数正被其他用户锁定，请稍后再试"


class TicketTaken(CannotServe):
    code, message = "draw.ticket_taken", "号码 {numbers} 已被占用或抽走，请另选"


class BoxLocked(CannotServe):
    code, message = "draw.box_locked", "整箱正由其他用户独占，请排队等候"


class BoxLockNotOffered(Conflict):
    code, message = "draw.box_lock_not_offered", "本期不支持锁箱"


class NoTickets(NotFound):
    message = "本期没有号码"


class TooEarlyToBuyOut(Conflict):
    code, message = "draw.buy_out_too_early", "售出 {percent}% 之后才能包箱"


class DayRevealed(CannotServe):
    code, message = "draw.day_revealed", "{day} 的密钥已公布，当日未开奖的订单将退款"


class TermsChanged(Conflict):
    code, message = "draw.terms_changed", "本期条款与您看到的不一致，请刷新"


class CoolingDown(Conflict):
    code, message = "draw.cooling_down", "您多次未支付或取消，请稍后再试"


class HoldStillOpen(Conflict):
    """Details name the order and its status: `pending` can be paid or cancelled, any other is over in a moment."""

    code, message = "draw.hold_open", "您在本期还有待支付的订单；刚取消或超时的订单正在释放，请稍后再试"


class PaymentWayClosed(Conflict):
    code, message = "draw.pay_with_unavailable", "本活动不支持这种支付方式"


class QuoteStale(Conflict):
    """Details of a buy-out: `left`, how many it would be of now."""

    code, message = "draw.quote_stale", "报价已失效，请重新确认"


class DrawsNotSettled(Conflict):
    code, message = (
        "draw.not_settled",
        "还没有开奖，不能退款：通常几秒内开出；开奖一直失败时，系统放弃后才能按未开奖退款",
    )


class DrawsAlreadyRefunded(Conflict):
    code, message = "draw.already_refunded", "该订单的抽奖已退款"


class BossSeasonNotFound(NotFound):
    message = "没有这个 Boss 赛季"


class BossSeasonFrozen(Conflict):
    code, message = "boss.season_frozen", "赛季已经开始，不能再修改或删除"


class BossSeasonOverlaps(Conflict):
    code, message = "boss.season_overlaps", "与本活动的赛季「{name}」时间重叠"


class LimitReached(CannotServe):
    """
    Details: `kind` is one of day_fen, month_fen, day_draws, month_draws of a buyer, or activity_times, session_times of
    the generic tool; `limit`, what was `used` of it, and in words what is `left`, which is less than was asked for.
    """

    code, message = "draw.limit_reached", "超出{label}的上限，还可 {left}"

    def __init__(self, *, kind: str, label: str, limit: int, used: int) -> None:
        left = _in_words(kind.rpartition("_")[2], max(limit - used, 0))
        super().__init__(kind=kind, label=label, limit=limit, used=used, left=left)


def _in_words(unit: str, amount: int) -> str:
    return yuan(amount) if unit == "fen" else f"{amount} {_UNITS[unit]}"


class RestingByChoice(Conflict):
    code, message = "compliance.resting", "您设置的冷静期还没有结束"


class ExcludedByChoice(Conflict):
    code, message = "compliance.self_excluded", "您已申请限制自己购买，期满前不能购买"


class Underage(Forbidden):
    code, message = "compliance.underage", "未满 8 周岁不能购买盲盒"


class GuardianConsentRequired(Forbidden):
    code, message = "compliance.guardian_consent_required", "未满 18 周岁需要监护人同意后才能购买盲盒，请联系客服"


class BirthDateRequired(Forbidden):
    code, message = "compliance.birth_date_required", "请先填写出生日期"


class RiskNoteNotFound(NotFound):
    message = "没有这条风险提示"


class RiskNoteClosed(Conflict):
    code, message = "risk.note_closed", "这条风险提示已经处理过"


class SessionNotLive(CannotServe):
    code, message = "draw.session_not_live", "现在没有进行中的场次"


class LevelsDone(CannotServe):
    code, message = "draw.levels_done", "已完成全部关卡"


class PassDoesNotFit(CannotServe):
    code, message = "draw.pass_unusable", "没有第 {level} 关的通关凭证，或凭证已使用"


class NotALevelGame(Conflict):
    code, message = "activity.not_a_level_game", "本活动没有需要通关凭证的场次"


class NoSuchLevel(Conflict):
    code, message = "activity.no_such_level", "本活动没有第 {level} 关"


class AmountRefusal(StrEnum):
    """Why nothing can be drawn for an amount. Another member's is told as if it were not there."""

    label: str

    WRONG_KIND = "wrong_kind", "本活动要求的是另一种数额来源"
    NOT_FOUND = "not_found", "它不存在，或不属于您"
    NOT_PAID = "not_paid", "订单还没有付款"
    CLOSED = "closed", "订单已取消或超时关闭"
    REFUNDED = "refunded", "订单已退款或正在退款"
    TOO_EARLY = "too_early", "它在活动开始之前"
    TOO_LATE = "too_late", "它在活动结束之后"
    OWN_DRAWS = "own_draws", "它买的就是本活动的抽奖"
    TOO_SMALL = "too_small", "没有可计算的数额"
    TOO_LARGE = "too_large", "数额超过最高一档"

    def __new__(cls, word: str, label: str) -> "AmountRefusal":
        member = str.__new__(cls, word)
        member._value_, member.label = word, label
        return member


class AmountOutOfRange(CannotServe):
    """Details: the `amount`, and the `reason`: too_small or too_large."""

    code, message = "draw.amount_out_of_range", "该数额不在可抽奖的范围内：{reason_label}"

    def __init__(self, reason: AmountRefusal, *, amount: int) -> None:
        super().__init__(reason=reason.value, reason_label=reason.label, amount=amount)


class AmountUnusable(CannotServe):
    """Details: the `reason`, one of `AmountRefusal`."""

    code, message = "draw.amount_unusable", "该订单或积分消费不能用于抽奖：{reason_label}"

    def __init__(self, reason: AmountRefusal) -> None:
        super().__init__(reason=reason.value, reason_label=reason.label)


class AmountUsed(CannotServe):
    code, message = "draw.amount_used", "该订单或积分消费已用于本活动抽奖"


class IssueCannotSimulate(Conflict):
    code, message = "activity.cannot_simulate", "这一期还不能模拟：{problem}"


class DeliveryFailed(Conflict):
    code, message = "draw.delivery_failed", "发奖失败：{why}"
