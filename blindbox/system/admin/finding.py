from django.contrib import admin
from django.db.models import Q
from django.utils.safestring import SafeString

from blindbox.common.adminkit import ReadOnlyAdmin, TimeRangeFilter, chip, display, word_filter
from blindbox.system.models import Finding

state_filter = word_filter(
    "状态",
    "state",
    lambda: [("unsolved", "未消失"), ("solved", "已消失")],
    lambda word: Q(solved_at__isnull=word == "unsolved"),
)


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    intro = "每一条都是两处记录互相矛盾：请马上通知技术人员，不要自行补单。最新的账目几分钟核对一次，全部每晚一次。"
    list_display = ["invariant", "title", "what", "state", "first_seen_at", "last_seen_at"]
    list_filter = [state_filter, ("first_seen_at", TimeRangeFilter)]
    search_fields = ["invariant__exact", "what"]
    search_help_text = "编号或内容"
    ordering = ["-pk"]
    fields = [("invariant", "title", "state"), "what", ("first_seen_at", "last_seen_at", "solved_at")]
    readonly_fields = ["state"]

    @display("状态")
    def state(self, finding: Finding) -> SafeString:
        return chip("已消失", "success") if finding.solved_at else chip("未消失", "danger")
