"""The sale of an endless issue stops where its approved loss ends; nobody waits for somebody else's sums."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities import selectors, tasks
from activities.enums import IssueStatus
from activities.models import DrawBatch, IssueCounter, LossApproval, Reward
from activities.services import approving, loss_watch, opening, refunding, reporting
from activities.services.loss_watch import Budget
from blindbox.beat import SCHEDULE
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW, make_activity, make_draft, open_box
from tests.factories.draws import buy
from tests.factories.glue import draw, make_tool, open_session

pytestmark = pytest.mark.django_db
LOSING = {"name": "积分", "level": "A", "kind": "points", "points": 1, "odds_ppm": 1_000_000, "cost_fen": 20}


def losing(budget_fen=100, **activity):
    """Open an issue whose draws bring 10 fen each and cost 20."""
    values = {"gameplay": "infinite", "price_fen": None, "price_points": 1, **activity}
    issue = make_draft(make_activity(**values), [LOSING])
    approve(issue, budget_fen)
    return open_it(issue)


def open_it(issue):
    return opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)


def approve(issue, budget_fen):
    approving.approve_loss(issue_id=issue.pk, budget_fen=budget_fen, reason="新店引流", actor=SYSTEM, now=NOW)


def status(issue):
    return IssueCounter.objects.get(pk=issue.pk).status


def errors(caplog):
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


def test_an_endless_issue_stops_where_its_budget_ends(member):
    issue = losing(100)
    for sold, then in [(9, IssueStatus.OPEN), (1, IssueStatus.CLOSED)]:
        buy(member, issue, sold, now=NOW)
        loss_watch.stop_overdrawn(now=NOW)
        assert status(issue) == then
    said = OperationLog.objects.get(action="关闭期次", object_id=issue.pk)
    assert (said.reason, said.operator_name) == ("累计亏损 ¥1.00，达到预算 ¥1.00", "系统")


def test_the_task_stops_it(member):
    issue = losing(10)
    buy(member, issue, 1, now=NOW)
    tasks.stop_overdrawn_issues()
    assert status(issue) == IssueStatus.CLOSED


def test_one_that_cannot_be_summed_keeps_no_other_on_sale(member, monkeypatch, caplog):
    broken, sound = losing(10), losing(10, name="另一个")
    for issue in (broken, sound):
        buy(member, issue, 1, now=NOW)
    summed = reporting.profit_of

    def profit_of(issue_id):
        if issue_id == broken.pk:
            raise RuntimeError("unreadable")
        return summed(issue_id)

    monkeypatch.setattr(reporting, "profit_of", profit_of)
    loss_watch.stop_overdrawn(now=NOW)
    assert (status(broken), status(sound)) == (IssueStatus.OPEN, IssueStatus.CLOSED)
    assert errors(caplog) == [f"Issue {broken.pk}: its loss cannot be held to its budget"]


def test_closing_does_not_wait_for_the_sums(member, monkeypatch):
    losing(10)
    box = open_box(total=2, last=False)
    buy(member, box, 2, now=NOW)
    monkeypatch.setattr(reporting, "profit_of", lambda _: pytest.fail("asked what was lost"))
    tasks.close_finished_issues()
    assert status(box) == IssueStatus.CLOSED


@pytest.mark.parametrize("refunded", [False, True])
def test_the_sums_say_what_the_report_says(member, refunded):
    issue = losing(10**6)
    order_id = buy(member, issue, 3, now=NOW)
    buy(member, issue, 4, now=NOW)
    if refunded:
        refunding.refund_order(order_id=order_id, actor=SYSTEM, reason="误抽", now=NOW)
    lost = 40 if refunded else 70
    assert loss_watch.budget_of(issue.pk) == Budget(10**6, lost)
    assert reporting.of_issue(selectors.issue(issue.pk)).profit_fen == reporting.profit_of(issue.pk) == -lost


def test_what_a_session_lost_is_summed_with_as_many_queries_however_much_was_drawn(make_member):
    """A report of a session reads every draw; the watch asks for sums."""
    activity = make_tool()
    session = open_session(activity)
    LossApproval.objects.update(budget_fen=10**9)
    asked = []
    for count in (1, 10):
        for _ in range(count):
            draw(make_member(), activity)
        with CaptureQueriesContext(connection) as queries:
            loss_watch.stop_overdrawn(now=NOW)
        asked.append(len(queries))
        assert "detail" not in "".join(query["sql"] for query in queries)
    assert DrawBatch.objects.count() == 11
    assert asked == [asked[0]] * 2
    assert status(session) == IssueStatus.OPEN


def test_what_has_no_budget_has_no_standing():
    assert loss_watch.budget_of(open_box().pk) is None


def test_the_schedule_looks_as_often_as_the_dialog_says():
    assert SCHEDULE["stop at loss budgets"]["schedule"] == loss_watch.EVERY == timedelta(seconds=10)


def test_the_terms_say_that_the_sale_stops_at_a_loss(member):
    limited = {**LOSING, "level": "SP", "odds_ppm": 1, "quantity": 5}
    rewards = [limited, {**LOSING, "odds_ppm": 999_999}]
    silent = make_draft(make_activity(gameplay="infinite", name="不亏"), rewards)
    assert "stops_at_loss" not in open_it(silent).terms
    issue = make_draft(make_activity(gameplay="infinite", price_fen=None, price_points=1), rewards)
    approve(issue, 10)
    assert '"stops_at_loss":true' in open_it(issue).terms
    buy(member, issue, 1, now=NOW)
    loss_watch.stop_overdrawn(now=NOW)
    assert IssueCounter.objects.get(pk=issue.pk).status == IssueStatus.CLOSED
    LossApproval.objects.create(issue=silent, budget_fen=1, reason="事后", approved_at=NOW)
    Reward.objects.filter(issue=silent).update(cost_fen=10_000)
    buy(member, silent, 1, now=NOW)
    loss_watch.stop_overdrawn(now=NOW)
    assert IssueCounter.objects.get(pk=silent.pk).status == IssueStatus.OPEN
