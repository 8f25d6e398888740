"""Realised odds and results: exact counts, refunds taken out, and a false table is noticed."""

import pytest

from activities import selectors
from activities.enums import IssueStatus
from activities.models import DrawLog, IssueCounter, Reward
from activities.services import chances, refunding, reporting
from blindbox.system.audit import SYSTEM
from tests.factories.activities import NOW, open_odds
from tests.factories.draws import buy, take
from tests.factories.glue import make_tool, open_session, points

pytestmark = pytest.mark.django_db


def report(issue):
    return reporting.of_issue(selectors.issue(issue.pk))


def test_a_sold_out_box_gave_exactly_what_it_held(member, box):
    buy(member, box, 10, now=NOW)
    half = report(box)
    assert (half.draws, sum(line.drawn for line in half.lines)) == (10, 10)
    buy(member, box, 10, now=NOW)
    found = report(box)
    assert {line.prize.level: (line.drawn, line.share_ppm) for line in found.lines} == {
        "A": (1, 50_000),
        "C": (19, 950_000),
        "LAST": (1, 50_000),
    }
    assert (found.p_value, found.fits) == (1.0, True)
    assert (found.revenue_fen, found.cost_fen, found.profit_fen) == (20 * 6000, 30_000, 90_000)


def test_what_was_refunded_brought_and_cost_nothing(member, box):
    order_id = buy(member, box, 10, now=NOW)
    refunding.refund_order(order_id=order_id, reason="错买", actor=SYSTEM, now=NOW)
    found = report(box)
    assert (found.draws, found.refunded, found.revenue_fen, found.cost_fen) == (10, 10, 0, 0)


def test_realised_odds_that_chance_does_not_explain_do_not_fit(member):
    issue = open_odds()
    buy(member, issue, 10, now=NOW)
    assert report(issue).fits
    rare = Reward.objects.get(level="A")
    row = DrawLog.objects.first()
    same = {"batch": row.batch, "issue": issue, "member": member, "reward": rare, "roll": 0, "drawn_at": NOW}
    DrawLog.objects.bulk_create(DrawLog(idx=100 + n, **same) for n in range(90))
    found = report(issue)
    assert not found.fits
    assert next(line.share_ppm for line in found.lines if line.prize.level == "A") >= 900_000


def test_a_box_strays_less_than_dice():
    assert chances.p_value([60, 40], [500, 500]) == pytest.approx(0.0455, abs=1e-4)
    assert chances.p_value([60, 40], [100, 100], whole=200) < chances.p_value([60, 40], [100, 100], whole=2000) < 0.0456
    assert chances.p_value([50, 50], [50, 50], whole=100) == 1.0


def test_everybody_reads_the_summary_and_no_money(client, member, box):
    buy(member, box, 10, now=NOW)
    answer = client.get(f"/api/app/activities/{box.activity_id}/issues/{box.pk}/odds_report")
    body = answer.json()
    assert answer.status_code == 200
    assert (body["issue_id"], body["draws"], body["fits"]) == (box.pk, 10, True)
    assert {name for line in body["rewards"] for name in line} == {
        "reward_id", "level", "name", "odds_ppm", "drawn", "share_ppm",
    }  # fmt: skip
    assert client.get(f"/api/app/activities/{box.activity_id + 1}/issues/{box.pk}/odds_report").status_code == 404


def test_the_public_report_reads_the_draws_once_a_minute_and_anew_when_the_issue_closes(client, member, monkeypatch):
    issue = open_session(make_tool(), [points("A", odds_ppm=500_000)])
    take(member, issue, 3, now=NOW)
    url = f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/odds_report"
    first = client.get(url).json()
    take(member, issue, 2, now=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(reporting, "of_issue", lambda _: pytest.fail("read every draw again"))
        assert client.get(url).json() == first
    assert first["draws"] == 3
    IssueCounter.objects.filter(pk=issue.pk).update(status=IssueStatus.CLOSED)
    assert client.get(url).json()["draws"] == 5
    assert reporting.PUBLISHED_SECONDS == 60


def test_staff_read_simulation_and_report(admin_client_for, make_operator, member, box):
    url = f"/api/admin/activities/{box.activity_id}/issues/{box.pk}"
    buy(member, box, 10, now=NOW)
    staff = admin_client_for(make_operator(permissions=["activities.view_issue"]))
    assert staff.get(f"{url}/report").json()["revenue_fen"] == 60_000
    simulated = staff.get(f"{url}/simulation?draws=40&seed=x").json()
    assert (simulated["draws"], simulated["total"], simulated["price_fen"]) == (40, 20, 6000)
    assert [line["drawn"] for line in simulated["rewards"]] == [2, 38, 2]
    assert staff.get(f"{url}/simulation?draws=0").status_code == 400
    assert staff.get(f"{url}/simulation?draws=200001").status_code == 400
    assert admin_client_for(make_operator(username="other")).get(f"{url}/report").status_code == 403
