"""Celery's entry points of this app."""

from celery import shared_task
from django.utils import timezone

from orders.payments import reconciling, refund_progress
from orders.services import lifecycle


@shared_task(name="orders.close_expired_orders", ignore_result=True)
def close_expired_orders(*, limit: int = 200, **_future: object) -> None:
    """Close unpaid orders past their deadline."""
    lifecycle.close_expired(now=timezone.now(), limit=limit)


@shared_task(name="orders.reconcile_payments", ignore_result=True)
def reconcile_payments(*, limit: int = 200, **_future: object) -> None:
    """Query payments that no notification settled."""
    reconciling.query_due_payments(now=timezone.now(), limit=limit)


@shared_task(name="orders.reconcile_refunds", ignore_result=True)
def reconcile_refunds(*, limit: int = 200, **_future: object) -> None:
    """Query refunds that WeChat was still working on."""
    refund_progress.query_due_refunds(now=timezone.now(), limit=limit)
