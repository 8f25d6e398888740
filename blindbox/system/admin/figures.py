"""What the system shows on the home page."""

from datetime import datetime

from blindbox.common.adminkit import Todo, list_url, todos
from blindbox.system.models import Finding, OutboxMessage


@todos.add("事件投递失败", permission="system.view_outboxmessage", order=30, note="处理原因后重新投递")
def dead_events(*, now: datetime) -> Todo:
    return Todo(OutboxMessage.objects.dead().count(), list_url("system.outboxmessage", "?state=dead"))


@todos.add("账目核对不符", permission="system.view_finding", order=5, note="请马上通知技术人员")
def unsolved_findings(*, now: datetime) -> Todo:
    return Todo(Finding.objects.unsolved().count(), list_url("system.finding", "?state=unsolved"))
