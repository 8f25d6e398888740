"""What staff do about an event that was given up on, each with a reason in the log."""

from datetime import datetime

from blindbox.common.retry import in_transaction
from blindbox.system import audit, outbox
from blindbox.system.models import OutboxMessage


@in_transaction
def revive(*, message_id: int, reason: str, actor: audit.Actor, now: datetime) -> bool:
    """Put a dead message back in line, as after mending its cause. Return whether it was dead."""
    revived = outbox.revive(message_id=message_id, now=now)
    if revived:
        _log("重新投递事件", message_id, reason, actor, now)
    return revived


@in_transaction
def set_aside(*, message_id: int, reason: str, actor: audit.Actor, now: datetime) -> bool:
    """Note that a person settled what a dead message was about; nobody is asked about it again. Return likewise."""
    closed = outbox.set_aside(message_id=message_id, now=now)
    if closed:
        _log("人工处理事件", message_id, reason, actor, now)
    return closed


def _log(action: str, message_id: int, reason: str, actor: audit.Actor, now: datetime) -> None:
    label = str(OutboxMessage.objects.get(pk=message_id))
    audit.record(audit.Change(action, "OutboxMessage", message_id, label, reason=reason), actor=actor, now=now)
