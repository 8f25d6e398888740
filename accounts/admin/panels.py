"""What accounts shows on a member's page."""

from django.utils.safestring import SafeString

from accounts.admin.points import event_of, reason_label
from accounts.models import Invite, MemberProtection, PointEntry
from accounts.selectors.protection import protection_of
from blindbox.common.adminkit import Panel, link, list_url, local_time, panel, signed

ROWS = 20


@panel("accounts.member", title="积分流水", permission="accounts.view_pointentry")
def points(member_id: int) -> Panel:
    entries = PointEntry.objects.filter(account__member_id=member_id).select_related("account").order_by("-pk")
    return Panel(
        headers=["时间", "种类", "变动", "余额", "原因", "业务", "备注"],
        rows=[
            (local_time(e.occurred_at), e.account.get_kind_display(), signed(e.delta), e.balance_after,
             reason_label(e), event_of(e), e.note or None)
            for e in entries[:ROWS]
        ],
        empty="还没有积分变动。点右上角“发放积分”可以加减积分。",
        more_url=list_url("accounts.pointentry", f"?account__member__id__exact={member_id}"),
    )  # fmt: skip


@panel("accounts.member", title="购买保护", permission="accounts.view_member")
def protection(member_id: int) -> Panel:
    """What holds until when, by the member's own wish; nobody can shorten it."""
    row = protection_of(member_id) or MemberProtection()
    return Panel(
        headers=["冷静期至", "自我限制至", "监护人同意时间", "同意凭据"],
        rows=[
            (local_time(row.rests_until), local_time(row.excluded_until), local_time(row.consented_at),
             row.consent_note or None)
        ],
        empty="",
    )  # fmt: skip


@panel("accounts.member", title="邀请的人", permission="accounts.view_invite")
def invites(member_id: int) -> Panel:
    invited = Invite.objects.filter(inviter_id=member_id).select_related("invitee").order_by("-pk")
    return Panel(
        headers=["时间", "被邀请人", "奖励积分", "发奖时间"],
        rows=[
            (local_time(i.created_at), _member(i), i.rewarded_points, local_time(i.rewarded_at)) for i in invited[:ROWS]
        ],
        empty="还没有邀请任何人。",
    )


def _member(invite: Invite) -> SafeString:
    return link(str(invite.invitee), "accounts.member", invite.invitee_id)
