"""Lines of points say in words what moved them, with a link to it."""

import pytest

from accounts.enums import PointReason
from accounts.models import PointEntry
from accounts.services import points
from blindbox.common.ledger import Posting
from tests.factories.activities import NOW
from tests.factories.pages import press

ENTRIES = "/admin/accounts/pointentry/"
ORDER_NO = "2611221546274447038986"
ORDER_LINK = f'<a class="bb-link" href="/admin/orders/order/number/{ORDER_NO}/">订单 {ORDER_NO}</a>'


@pytest.mark.parametrize(
    ("reason", "ref", "told"),
    [
        (PointReason.INVITE, "invite:7", '<a class="bb-link" href="/admin/accounts/invite/7/change/">邀请 7</a>'),
        (
            PointReason.ORDER,
            ORDER_NO,
            ORDER_LINK,
        ),
        (
            PointReason.REFUND,
            ORDER_NO,
            ORDER_LINK,
        ),
        (
            PointReason.DRAW_PRIZE,
            "12:0",
            '<a class="bb-link" href="/admin/activities/drawbatch/12/change/">抽奖批次 12 第 1 件</a>',
        ),
        (
            PointReason.REFUND,
            "12:2",
            '<a class="bb-link" href="/admin/activities/drawbatch/12/change/">抽奖批次 12 第 3 件</a>',
        ),
        (
            PointReason.BOSS_PRIZE,
            "boss:5",
            '<a class="bb-link" href="/admin/activities/bossaward/5/change/">Boss 发奖 5</a>',
        ),
    ],
)
def test_a_reference_leads_to_what_it_names(office, member, reason, ref, told):
    points.post(member_id=member.pk, postings=[Posting(delta=50, reason=reason, ref=ref)], now=NOW)
    assert told in office.get(ENTRIES).content.decode()
    assert told in office.get(f"/admin/accounts/member/{member.pk}/change/").content.decode()


def test_a_reference_that_nobody_knows_stands_as_it_is(office, member):
    points.post(member_id=member.pk, postings=[Posting(delta=50, reason=PointReason.REFUND, ref="x:y<b>")], now=NOW)
    assert "x:y&lt;b&gt;" in office.get(ENTRIES).content.decode()


def test_a_grant_shows_its_note_and_no_digest(office, member):
    press(office, "accounts.member", "grant_points", member.pk, delta="50", reason="补偿晚到", key="k")
    page = office.get(ENTRIES).content.decode()
    assert "补偿晚到" in page
    assert PointEntry.objects.get().ref not in page


def test_a_page_of_a_line_shows_no_code(office, member):
    points.post(member_id=member.pk, postings=[Posting(delta=50, reason=PointReason.INVITE, ref="invite:7")], now=NOW)
    page = office.get(f"{ENTRIES}{PointEntry.objects.get().pk}/change/").content.decode()
    assert [word in page for word in ("邀请奖励 +50", "通用积分", "邀请 7")] == [True, True, True]
