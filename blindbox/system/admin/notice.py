from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from blindbox.common.adminkit import TimeRangeFilter, YesNoFilter, chip, display
from blindbox.system.admin.audited import actor_of
from blindbox.system.admin.serviced import ServicedAdmin
from blindbox.system.models import Notice
from blindbox.system.services import notices


@admin.register(Notice)
class NoticeAdmin(ServicedAdmin):
    intro = "公告显示在小程序首页。只有“已发布”并且在时间窗内的公告，用户才看得到。"
    list_display = ["title", "state", "starts_at", "ends_at"]
    list_filter = [("is_published", YesNoFilter), ("starts_at", TimeRangeFilter)]
    search_fields = ["title", "body"]
    ordering = ["-pk"]
    fields = ["title", "body", "is_published", "starts_at", "ends_at"]
    service_fields = fields

    @display("状态")
    def state(self, notice: Notice) -> SafeString:
        now = timezone.now()
        if not notice.is_published:
            return chip("未发布")
        if now < notice.starts_at:
            return chip("待开始", "info")
        return chip("已结束") if now >= notice.ends_at else chip("展示中", "success")

    def create(self, request: HttpRequest, values: dict[str, Any], form: Any) -> Notice:
        return notices.create(values=values, actor=actor_of(request), now=timezone.now())

    def change(self, request: HttpRequest, obj: Notice, values: dict[str, Any], form: Any) -> None:
        notices.change(notice_id=obj.pk, values=values, actor=actor_of(request), now=timezone.now())

    def remove(self, request: HttpRequest, obj: Notice) -> None:
        notices.delete(notice_id=obj.pk, actor=actor_of(request), now=timezone.now())
