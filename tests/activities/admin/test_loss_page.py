"""Who may let an issue lose money: the button, its dialog, and that it is for drafts only."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from activities.models import LossApproval
from activities.services import approving, loss_watch, opening
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW, box_rewards, make_activity, make_draft, make_product, open_box
from tests.factories.draws import buy
from tests.factories.pages import press, said

pytestmark = pytest.mark.django_db
ISSUE = "activities.issue"


@pytest.fixture
def losing():
    """A box whose tickets cost ¥15.00 on the mean and bring ¥14.90: ¥2.00 over all twenty."""
    activity = make_activity(price_fen=1490, price_points=None)
    return make_draft(activity, box_rewards(make_product(), total=20))


@pytest.fixture
def browser_of(office_of, make_operator):
    """Return the browser of an operator who is in one of the groups."""
    call_command("setup_roles")

    def enter(role):
        operator = make_operator(username=role)
        operator.groups.add(Group.objects.get(name=role))
        return office_of(operator)

    return enter


def button(browser, issue):
    return f"/{issue.pk}/approve_loss/" in browser.get(f"/admin/activities/issue/{issue.pk}/change/").content.decode()


def test_finance_approves_through_the_dialog_and_the_draft_opens(browser_of, losing):
    finance = browser_of("财务")
    assert button(finance, losing)
    dialog = finance.get(f"/admin/activities/issue/{losing.pk}/approve_loss/").content.decode()
    assert "每抽期望亏损 <strong>¥0.10</strong>，整期 <strong>¥2.00</strong>" in dialog
    assert "每 10 秒核对一次，其间卖出的仍照常开奖" in dialog
    answer = press(finance, ISSUE, "approve_loss", losing.pk, budget_fen="2.00", reason="新店引流")
    assert said(answer) == ["已批准亏损预算 ¥2.00"]
    approval = LossApproval.objects.get()
    assert (approval.budget_fen, approval.reason, approval.approved_by.username) == (200, "新店引流", "财务")
    log = OperationLog.objects.get(action="批准亏损预算")
    assert (log.reason, log.after) == ("新店引流", {"budget_fen": 200})
    assert opening.open_issue(issue_id=losing.pk, actor=SYSTEM, now=NOW).commitment


def test_whoever_runs_the_shop_may_not_approve_its_losses(browser_of, losing):
    runs = browser_of("运营")
    assert not button(runs, losing)
    assert press(runs, ISSUE, "approve_loss", losing.pk, budget_fen="2.00", reason="引流").status_code == 403
    assert not LossApproval.objects.exists()
    assert not OperationLog.objects.filter(action="批准亏损预算").exists()


def test_a_budget_needs_an_amount_and_a_reason(browser_of, losing):
    finance = browser_of("财务")
    for typed in ({"budget_fen": "", "reason": "引流"}, {"budget_fen": "2.00", "reason": ""}):
        assert "必填项" in press(finance, ISSUE, "approve_loss", losing.pk, **typed).content.decode()
    assert (
        "亏损预算必须大于 0"
        in press(finance, ISSUE, "approve_loss", losing.pk, budget_fen="0", reason="引流").content.decode()
    )
    assert not LossApproval.objects.exists()


def test_what_is_on_sale_or_earns_its_cost_needs_none(browser_of, losing):
    finance = browser_of("财务")
    press(finance, ISSUE, "approve_loss", losing.pk, budget_fen="2.00", reason="引流")
    opening.open_issue(issue_id=losing.pk, actor=SYSTEM, now=NOW)
    earning = make_draft(make_activity(name="另一箱"), box_rewards(make_product(name="毛巾"), total=20))
    for issue in (losing, earning):
        assert not button(finance, issue)
        assert press(finance, ISSUE, "approve_loss", issue.pk, budget_fen="9.00", reason="引流").status_code == 403
    assert LossApproval.objects.get().budget_fen == 200


def test_the_page_says_what_may_be_lost_what_is_and_why_the_sale_stopped(office, member):
    own = {"name": "积分", "level": "A", "kind": "points", "points": 1, "odds_ppm": 1_000_000, "cost_fen": 20}
    issue = make_draft(make_activity(gameplay="infinite", price_fen=None, price_points=1), [own])
    approving.approve_loss(issue_id=issue.pk, budget_fen=40, reason="引流", actor=SYSTEM, now=NOW)
    opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    for sold, used in [(3, "<strong>¥0.30</strong>（75%）"), (2, "<strong>¥0.50</strong>（125%）")]:
        buy(member, issue, sold, now=NOW)
        page = office.get(f"/admin/activities/issue/{issue.pk}/change/").content.decode()
        assert f"亏损预算 ¥0.40，已亏 {used}" in page
        assert "已自动停止销售" not in page
    loss_watch.stop_overdrawn(now=NOW)
    page = office.get(f"/admin/activities/issue/{issue.pk}/change/").content.decode()
    assert "已自动停止销售：累计亏损 ¥0.50，达到预算 ¥0.40" in page


def test_the_page_of_what_may_not_lose_says_nothing_of_a_budget(office):
    page = office.get(f"/admin/activities/issue/{open_box().pk}/change/").content.decode()
    assert "亏损预算" not in page
