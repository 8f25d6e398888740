"""What accounts shows on the home page."""

from datetime import date, datetime, timedelta

from accounts.models import Member
from blindbox.common.adminkit import Figure, figures, list_url
from blindbox.common.business_day import business_day, day_bounds


@figures.add("今日新增用户", permission="accounts.view_member", order=40)
def new_members(*, now: datetime) -> Figure:
    today = business_day(now)
    return Figure(
        value=str(_registered_on(today)),
        note=f"昨日 {_registered_on(today - timedelta(days=1))}",
        url=list_url("accounts.member"),
    )


def _registered_on(day: date) -> int:
    start, end = day_bounds(day)
    return Member.objects.filter(created_at__gte=start, created_at__lt=end).count()
