"""How much a member may buy, on their page: what they set themselves, what holds now, and what is used of it."""

from django.utils import timezone

from accounts.selectors import is_minor
from accounts.selectors.protection import KINDS, buyer, protection_of
from activities.services import allowances
from blindbox.common.adminkit import NOTHING, Panel, local_time, panel
from blindbox.common.business_day import business_day
from blindbox.common.money import yuan


@panel("accounts.member", title="消费上限", permission="accounts.view_member")
def limits(member_id: int) -> Panel:
    now, row = timezone.now(), protection_of(member_id)
    own = buyer(member_id).own(now)
    most = allowances.limits(own, minor=is_minor(member_id, on=business_day(now)))
    used = allowances.used(member_id, now=now)
    waits = row is not None and row.next_from is not None and row.next_from > now
    later = f"待生效（{local_time(row.next_from)}）" if row is not None and waits else "待生效"
    return Panel(
        headers=["项目", "已用", "现行上限", "本人设置", later],
        rows=[
            (
                allowances.LABELS[kind],
                _shown(kind, used[kind]),
                _shown(kind, getattr(most, kind)),
                _shown(kind, getattr(own, kind)),
                _shown(kind, getattr(row, f"next_{kind}")) if waits else NOTHING,
            )
            for kind in KINDS
        ],
        empty="",
    )


def _shown(kind: str, n: int | None) -> str:
    if n is None:
        return "不限"
    return yuan(n) if kind.endswith("_fen") else str(n)
