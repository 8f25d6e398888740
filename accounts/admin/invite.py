from django.contrib import admin

from accounts.models import Invite
from blindbox.common.adminkit import ReadOnlyAdmin, TimeRangeFilter, links_column


@admin.register(Invite)
class InviteAdmin(ReadOnlyAdmin):
    intro = "谁邀请了谁。每位用户最多有一位邀请人，在第一次登录时绑定；奖励只发一次。"
    list_display = [
        "created_at",
        links_column("inviter", "邀请人"),
        links_column("invitee", "被邀请人"),
        "promised_points",
        "rewarded_points",
        "rewarded_at",
    ]
    list_display_links = None
    list_filter = [("created_at", TimeRangeFilter)]
    search_fields = ["inviter__nickname", "invitee__nickname", "inviter__phone__known", "invitee__phone__known"]
    search_help_text = "邀请人或被邀请人的昵称、手机号或末四位"
    list_select_related = ["inviter", "invitee"]
    ordering = ["-pk"]
