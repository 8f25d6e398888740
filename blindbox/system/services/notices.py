"""The one writer of announcements."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from blindbox.common.errors import Invalid
from blindbox.common.retry import TryAgain, in_transaction
from blindbox.system import audit, selectors
from blindbox.system.models import Notice

COLUMNS = ["title", "body", "is_published", "starts_at", "ends_at"]


@in_transaction
def create(*, values: Mapping[str, Any], actor: audit.Actor, now: datetime) -> Notice:
    """:raises Invalid: if it would end before it starts"""
    _check_window(values)
    notice = Notice.objects.create(**values, created_at=now, updated_at=now)
    change = audit.Change("创建公告", "Notice", notice.pk, notice.title, after=audit.snapshot(notice, COLUMNS))
    audit.record(change, actor=actor, now=now)
    return notice


@in_transaction
def change(*, notice_id: int, values: Mapping[str, Any], actor: audit.Actor, now: datetime) -> Notice:
    """
    Change some or all fields of an announcement.

    :raises NotFound: if there is no such announcement
    :raises Invalid: if it would end before it starts
    """
    notice = selectors.notice_or_404(notice_id)
    before = audit.snapshot(notice, COLUMNS)
    _check_window({**before, **values})
    if not Notice.objects.filter(pk=notice_id, updated_at=notice.updated_at).update(**values, updated_at=now):
        raise TryAgain  # another operator was faster: the window and the log must be of the true state before
    changed = selectors.notice_or_404(notice_id)
    after = audit.snapshot(changed, COLUMNS)
    audit.record(audit.Change("修改公告", "Notice", notice_id, changed.title, before, after), actor=actor, now=now)
    return changed


@in_transaction
def delete(*, notice_id: int, actor: audit.Actor, now: datetime) -> None:
    """:raises NotFound: if there is no such announcement"""
    notice = selectors.notice_or_404(notice_id)
    before = audit.snapshot(notice, COLUMNS)
    notice.delete()
    audit.record(audit.Change("删除公告", "Notice", notice_id, notice.title, before), actor=actor, now=now)


def _check_window(values: Mapping[str, Any]) -> None:
    if values["ends_at"] <= values["starts_at"]:
        raise Invalid.field("ends_at", "结束时间必须晚于开始时间")
