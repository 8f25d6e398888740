"""Asking WeChat how refunds ended, and what staff do about those that did not; never inside a transaction."""

from datetime import datetime
from functools import partial

from blindbox.common.retry import in_transaction
from blindbox.integrations.wechat.pay.gateway import RefundState, get_gateway
from blindbox.system import audit
from orders import selectors
from orders.enums import RefundFailure, RefundStatus
from orders.errors import RefundNotClosed, RefundNotRepeatable
from orders.models import Refund
from orders.payments import settling
from orders.payments.asking import Round
from orders.payments.settling import Returned
from orders.services import query_schedule, refunding

AT_MOST = 200
MOST_NOT_FOUND = 5
STATES = {"processing": "处理中", "success": "已到账", "abnormal": "退款异常", "not_found": "查不到"}


def query_due_refunds(*, now: datetime, limit: int = AT_MOST) -> int:
    """Query refunds that WeChat was still working on, the longest due first; return how many answered."""
    due = Refund.objects.filter(next_query_at__lte=now).order_by("next_query_at").values_list("pk", flat=True)[:limit]
    questions = Round(
        take=partial(_take_turn, now=now),
        ask=_ask,
        apply=partial(_record_progress, now=now),
        put_off=partial(_put_off, now=now),
    )
    return questions.run(list(due))


@in_transaction
def _take_turn(refund_id: int, *, now: datetime) -> Refund | None:
    due = Refund.objects.select_related("payment").filter(pk=refund_id, next_query_at__lte=now)
    refund = due.first()
    if refund is None:
        return None
    mine = Refund.objects.filter(pk=refund_id, queries=refund.queries, next_query_at=refund.next_query_at)
    refund.queries += 1
    later = query_schedule.next_refund_query(now, refund.queries)
    return refund if mine.update(queries=refund.queries, next_query_at=later, updated_at=now) else None


@in_transaction
def _put_off(refund: Refund, *, now: datetime) -> None:
    """A question that WeChat left open does not count."""
    still_mine = Refund.objects.filter(pk=refund.pk, queries=refund.queries, status=RefundStatus.PROCESSING)
    asked = refund.queries - 1
    still_mine.update(queries=asked, next_query_at=query_schedule.next_refund_query(now, asked), updated_at=now)


def _ask(refund: Refund) -> RefundState:
    assert refund.payment is not None  # points need no WeChat, so they are never due
    return get_gateway(refund.payment.gateway).query_refund(refund.out_refund_no)


@in_transaction
def _record_progress(refund: Refund, state: RefundState, *, now: datetime) -> None:
    """Note an answer. One that WeChat does not know, or never ends, becomes a person's business."""
    number = refund.out_refund_no
    if state.state == "not_found":
        if refund.queries >= MOST_NOT_FOUND:
            why = f"微信受理后又连续 {refund.queries} 次查不到这笔退款"
            refunding.failed(number=number, kind=RefundFailure.UNKNOWN, why=why, now=now)
    elif state.state == "processing" and query_schedule.is_last_refund_query(refund.queries):
        why = "微信一个月仍没有给出结果"
        refunding.failed(number=number, kind=RefundFailure.SILENT, why=why, now=now)
    else:
        record(state, now=now)


@in_transaction
def record(state: RefundState, *, now: datetime) -> None:
    """Note what WeChat says about a refund."""
    returned = Returned(
        out_refund_no=state.out_refund_no,
        state=state.state,
        amount_fen=state.amount_fen,
        out_trade_no=state.out_trade_no,
        provider_id=state.refund_id or "",
        at=state.at or now,
    )
    settling.refund_result(returned, now=now)


@in_transaction
def retry(*, refund_id: int, reason: str, actor: audit.Actor, now: datetime) -> None:
    """
    Ask for a failed refund again under the same number, and log who did.

    :raises RefundNotRepeatable: if it has not failed, or WeChat closed its number
    """
    if not refunding.retry(refund_id=refund_id, now=now):
        raise RefundNotRepeatable
    _log("重试退款", selectors.refund(refund_id), reason=reason, actor=actor, now=now)


def start_again(*, refund_id: int, reason: str, actor: audit.Actor, now: datetime) -> None:
    """
    Ask for a refund that WeChat closed again, under a new number, and log who did.

    WeChat is asked first: as long as it does not say itself that the old number is closed, a new one could send the
    money back twice.

    :raises RefundNotRepeatable: if WeChat has not closed it as far as we know, or somebody else was faster
    :raises RefundNotClosed: if WeChat says otherwise now; what it says is noted
    :raises ProviderUnavailable: if WeChat does not answer
    """
    refund = selectors.refund(refund_id)
    if refund.status != RefundStatus.FAILED or refund.failure_kind != RefundFailure.CLOSED:
        raise RefundNotRepeatable
    state = _ask(refund)
    if state.state != "closed":
        if state.state != "not_found":
            record(state, now=now)
        raise RefundNotClosed(state=STATES[state.state])
    _under_a_new_number(refund, reason=reason, actor=actor, now=now)


@in_transaction
def _under_a_new_number(refund: Refund, *, reason: str, actor: audit.Actor, now: datetime) -> None:
    if not refunding.renumber(refund_id=refund.pk, closed=refund.out_refund_no, now=now):
        raise RefundNotRepeatable
    _log("重新发起退款", refund, reason=reason, actor=actor, now=now)


def _log(action: str, refund: Refund, *, reason: str, actor: audit.Actor, now: datetime) -> None:
    change = audit.Change(action, "Refund", refund.pk, refund.out_refund_no, reason=reason)
    audit.record(change, actor=actor, now=now)
