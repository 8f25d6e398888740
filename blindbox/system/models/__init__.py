"""Plumbing that belongs to no domain."""

from blindbox.system.models.audit import OperationLog
from blindbox.system.models.config import Config
from blindbox.system.models.digest import LedgerDigest
from blindbox.system.models.finding import Finding
from blindbox.system.models.heartbeat import Heartbeat
from blindbox.system.models.idempotency import IdempotencyKey
from blindbox.system.models.notice import Notice
from blindbox.system.models.outbox import OutboxMessage

__all__ = [
    "Config",
    "Finding",
    "Heartbeat",
    "IdempotencyKey",
    "LedgerDigest",
    "Notice",
    "OperationLog",
    "OutboxMessage",
]
