"""The inbox of payment notifications: store, answer, process later, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from blindbox.common.retry import in_transaction, refusing_duplicates
from blindbox.integrations.wechat.pay.errors import NoticeRefused
from blindbox.integrations.wechat.pay.gateway import Notice
from blindbox.system import outbox
from orders.errors import PaymentUnknown
from orders.events import PaymentNotified
from orders.models import Payment, PaymentCallback
from orders.payments import settling
from orders.payments.settling import Received, Returned

OPTIONAL = {"out_refund_no", "occurred_at", "processed_at"}


class AlreadyStored(Exception):
    """The same notice was stored before."""


@contextmanager
def already_stored_is_fine() -> Iterator[None]:
    try:
        with refusing_duplicates(AlreadyStored), transaction.atomic():
            yield
    except AlreadyStored:
        pass


@in_transaction
def record(notice: Notice, *, gateway: str, now: datetime) -> None:
    """
    Store a verified notice once and queue its processing; a re-sent notice is already stored.

    :raises NoticeRefused: if a number in it is none that WeChat or we would ever make
    """
    callback = _row(notice, gateway=gateway, now=now)
    with already_stored_is_fine():
        callback.save(force_insert=True)
        outbox.publish(PaymentNotified(key=f"callback:{callback.pk}", callback_id=callback.pk), now=now)


def _row(notice: Notice, *, gateway: str, now: datetime) -> PaymentCallback:
    row = PaymentCallback(
        gateway=gateway,
        notice_id=notice.id,
        kind=notice.kind,
        state=notice.state,
        out_trade_no=notice.out_trade_no,
        out_refund_no=notice.out_refund_no,
        transaction_id=notice.transaction_id,
        amount_fen=notice.amount_fen,
        currency=notice.currency or "",
        openid=notice.openid or "",
        occurred_at=notice.at,
        payload=notice.payload,
        received_at=now,
    )
    try:
        row.clean_fields(exclude={name for name in OPTIONAL if getattr(row, name) is None})
    except ValidationError as error:
        raise NoticeRefused(f"unreadable {', '.join(error.message_dict)}", status=400) from None
    return row


@in_transaction
def process(*, callback_id: int, now: datetime) -> None:
    """
    Apply a stored notice once.

    :raises PaymentUnknown: if it names no payment of ours
    :raises PaymentMismatch: if it does not fit the payment or refund that it names
    """
    if not PaymentCallback.objects.filter(pk=callback_id, processed_at__isnull=True).update(processed_at=now):
        return
    callback = PaymentCallback.objects.get(pk=callback_id)
    if callback.kind == "refund":
        settling.refund_result(_returned(callback, now), now=now)
        return
    named = Payment.objects.filter(gateway=callback.gateway, out_trade_no=callback.out_trade_no)
    payment = named.select_related("order").first()
    if payment is None:
        raise PaymentUnknown(number=callback.out_trade_no)
    settling.payment_result(payment, _received(callback, now), now=now)


def _received(callback: PaymentCallback, now: datetime) -> Received:
    return Received(
        state=callback.state,
        amount_fen=callback.amount_fen,
        currency=callback.currency,
        openid=callback.openid,
        transaction_id=callback.transaction_id,
        paid_at=callback.occurred_at or now,
    )


def _returned(callback: PaymentCallback, now: datetime) -> Returned:
    return Returned(
        out_refund_no=callback.out_refund_no or "",
        state=callback.state,
        amount_fen=callback.amount_fen,
        out_trade_no=callback.out_trade_no,
        provider_id=str(callback.payload.get("refund_id", "")),
        at=callback.occurred_at or now,
    )
