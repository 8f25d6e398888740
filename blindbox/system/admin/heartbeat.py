from datetime import timedelta

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString

from blindbox.common.adminkit import ReadOnlyAdmin, chip, coded, display
from blindbox.system import heartbeats
from blindbox.system.models import Heartbeat

LATE = timedelta(minutes=5)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    intro = "定时任务每次运行都会在这里留下时间。超过五分钟没有运行，请通知技术人员。"
    list_display = ["job", "beaten_at", "state"]
    list_display_links = None
    ordering = ["name"]

    @display("任务", ordering="name")
    def job(self, heartbeat: Heartbeat) -> SafeString:
        return coded(heartbeats.LABELS.get(heartbeat.name, heartbeat.name), heartbeat.name)

    @display("状态")
    def state(self, heartbeat: Heartbeat) -> SafeString:
        late = timezone.now() - heartbeat.beaten_at > LATE
        return chip("停止", "danger") if late else chip("正常", "success")
