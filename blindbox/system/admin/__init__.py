"""Announcements, settings, and what the machine and the operators did."""

from blindbox.system.admin import config, figures, finding, heartbeat, notice, operation_log, outbox

__all__ = ["config", "figures", "finding", "heartbeat", "notice", "operation_log", "outbox"]
