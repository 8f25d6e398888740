"""A member's page shows operators what the member set for themselves, what holds, and what is used of it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import Member
from accounts.services import protection
from activities.settings import MINOR_LIMITS
from blindbox.common.adminkit.display import local_time
from blindbox.system.audit import SYSTEM
from blindbox.system.configs import change
from tests.factories.activities import open_box
from tests.factories.draws import buy, hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def panels(office, member):
    page = office.get(f"/admin/accounts/member/{member.pk}/change/")
    return {title: panel for title, panel in page.context["panels"]}


def test_own_limits_what_holds_and_what_is_used(office, member, now):
    box = open_box(now=now)
    buy(member, box, 2, now=now)
    hold(member, box, 1, now=now)
    protection.set_limits(member_id=member.pk, limits={"day_fen": 50_000, "month_draws": 100}, now=now)
    protection.set_limits(member_id=member.pk, limits={"day_fen": 90_000}, now=now)
    shown = panels(office, member)["消费上限"]
    assert shown.headers[-1] == f"待生效（{local_time(now + timedelta(hours=24))}）"
    assert [row[0:2] + row[3:] for row in shown.rows] == [
        ("今日消费金额", "¥60.00", "¥500.00", "¥900.00"),
        ("本月消费金额", "¥60.00", "不限", "不限"),
        ("今日抽数", "3", "不限", "不限"),
        ("本月抽数", "3", "100", "100"),
    ]
    assert [row[2] for row in shown.rows][::3] == ["¥500.00", "100"]


def test_a_minors_limits_are_the_shops_for_minors(office, member, now):
    Member.objects.filter(pk=member.pk).update(birth_date=date(now.year - 10, 1, 1))
    change(key=MINOR_LIMITS["day_fen"].key, value=7_700, actor=SYSTEM, now=now)
    rows = panels(office, member)["消费上限"].rows
    assert (rows[0][2], rows[0][3], rows[0][4]) == ("¥77.00", "不限", "—")


def test_pause_exclusion_and_the_consents_note(office, member, now):
    assert panels(office, member)["购买保护"].rows == [("—", "—", "—", None)]
    until = now + timedelta(days=3)
    protection.rest(member_id=member.pk, until=until, now=now)
    protection.exclude(member_id=member.pk, until=until, now=now)
    protection.record_consent(member_id=member.pk, given=True, reason="电话 138****0000", actor=SYSTEM, now=now)
    said = local_time(until)
    assert panels(office, member)["购买保护"].rows == [(said, said, local_time(now), "电话 138****0000")]
