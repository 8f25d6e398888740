"""The operation log: one row for everything an operator changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from blindbox.common.logging import current_request_id
from blindbox.system.models import OperationLog

LONGEST_REASON = 200


@dataclass(frozen=True)
class Actor:
    """Who acts: an operator with where from and the reason that they gave, or the command line."""

    id: int | None
    name: str
    ip: str | None = None
    why: str = ""


SYSTEM = Actor(id=None, name="系统")


@dataclass(frozen=True)
class Change:
    """What was done to which object."""

    action: str
    object_type: str
    object_id: int | str
    object_label: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def snapshot(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return a row's fields as the log keeps them."""
    return {name: getattr(row, name) for name in names}


def logged(object_type: str, *actions: str) -> QuerySet[OperationLog]:
    """Return what the log says was done to objects of a type, the earliest first."""
    return OperationLog.objects.filter(object_type=object_type, action__in=actions).order_by("created_at", "pk")


def logged_ids(object_type: str, *actions: str) -> set[int]:
    """Return the objects to which the log says this was done."""
    return {int(pk) for pk in logged(object_type, *actions).values_list("object_id", flat=True)}


def record(change: Change, *, actor: Actor, now: datetime) -> None:
    """Append a change, inside the transaction that makes it."""
    OperationLog.objects.create(
        operator_id=actor.id,
        operator_name=actor.name,
        ip=actor.ip,
        action=change.action,
        object_type=change.object_type,
        object_id=str(change.object_id),
        object_label=change.object_label[:200],
        before=change.before,
        after=change.after,
        reason=(change.reason or actor.why)[:LONGEST_REASON],
        request_id=current_request_id(),
        created_at=now,
    )
