"""X1, X2, X5 and X6 where they are about draws: keys, events, the log of openings, what counts towards limits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities.models import DrawAllowance, DrawBatch, IssueCounter, LevelPass, LossApproval
from activities.services import approving, refunding
from activities.services.glue import passes
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM, Actor
from blindbox.system.models import IdempotencyKey, OperationLog, OutboxMessage
from orders.models import Order
from tests.factories.activities import NOW, box_rewards, make_activity, make_draft, make_product, open_box
from tests.factories.draws import buy, hold, pay, settle
from tests.factories.glue import draw, make_tool, open_session, points

pytestmark = pytest.mark.django_db


def found(id):
    return [each.what for each in violations([id])]


def keyed(ref, *, at=NOW):
    IdempotencyKey.objects.create(
        realm="operator", actor_id=7, key="k", fingerprint="f" * 64, status=201, ref=ref, created_at=at
    )


def test_keys_of_purchases_and_passes_lead_somewhere(member, box):
    buy(member, box, 1, now=NOW)
    game = make_tool("nth_draw", config={"needs_pass": True})
    open_session(game, [points("L1", 5, node=1, odds_ppm=1_000_000)])
    made = passes.issue(activity_id=game.pk, member_id=member.pk, node=1, actor=SYSTEM, now=NOW)
    keyed(str(made.pk))
    assert found("X1") == []
    LevelPass.objects.all().delete()
    assert found("X1") == [f"operator:7:k 指向「{made.pk}」，没有这样的结果"]


def test_x1_a_key_whose_order_is_gone(member, box):
    order = Order.objects.get(pk=buy(member, box, 1, now=NOW))
    Order.objects.filter(pk=order.pk).update(order_no="another")
    key = IdempotencyKey.objects.get()
    assert found("X1") == [f"member:{member.pk}:{key.key} 指向「{order.order_no}」，没有这样的结果"]


def test_x1_a_key_that_leads_nowhere_once_it_cannot_be_in_flight(db):
    keyed("", at=timezone.now())
    assert found("X1") == []
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert found("X1") == ["operator:7:k 指向「」，没有这样的结果"]


def test_x2_a_draw_that_nobody_was_told_of(member):
    now = timezone.now()
    buy(member, open_box(now=now), 1, now=now)
    assert found("X2") == []
    OutboxMessage.objects.filter(topic="activities.draw_settled").delete()
    batch = DrawBatch.objects.get()
    assert found("X2") == [f"批次 {batch.pk}：已开奖，没有发出事件"]
    DrawBatch.objects.update(settled_at=now - timedelta(days=30))  # its event may be forgotten by now
    assert found("X2") == []


def test_x5_an_issue_that_was_opened_past_the_log(box):
    assert found("X5") == []
    OperationLog.objects.filter(action="开放期次").delete()
    assert found("X5") == [f"期次 {box.pk}：已开放，没有操作日志"]


def test_x5_an_opening_in_the_log_that_never_was(box):
    IssueCounter.objects.filter(pk=box.pk).update(status="draft")
    assert found("X5") == [f"期次 {box.pk}：操作日志记有开放，期次并未开放"]


def test_x5_a_loss_budget_that_nobody_approved(operator):
    draft = make_draft(make_activity(), box_rewards(make_product(), total=4))
    yun = Actor(id=operator.pk, name="云")
    for budget in (500, 900):
        approving.approve_loss(issue_id=draft.pk, budget_fen=budget, reason="引流", actor=yun, now=NOW)
    assert found("X5") == []
    LossApproval.objects.update(budget_fen=90_000)
    assert found("X5") == [f"期次 {draft.pk}：亏损预算 90000 分，操作日志记为 900"]
    OperationLog.objects.filter(action="批准亏损预算").delete()
    assert found("X5") == [f"期次 {draft.pk}：亏损预算 90000 分，操作日志记为 无"]


@pytest.fixture
def trade(member, box):
    """Three draws by points, one refunded, two held for WeChat, and a gift."""
    buy(member, box, 3, now=NOW)
    refunding.refund_order(order_id=buy(member, box, 1, now=NOW), reason="客诉", actor=SYSTEM, now=NOW)
    hold(member, open_box(), 2, now=NOW)
    tool = make_tool()
    open_session(tool)
    draw(member, tool)
    return member


def test_held_drawn_refunded_and_given_draws_count_as_they_should(trade):
    assert found("X6") == []
    assert sorted(DrawAllowance.objects.values_list("period", "draws", "spent_fen")) == [
        ("D2026-11-22", 5, 12_000),
        ("M2026-11", 5, 12_000),
    ]


def test_money_that_came_late_counts(member, box):
    order_id = hold(member, box, 1, now=NOW)
    DrawBatch.objects.update(status="released", hold_slot=None, lapsed_at=NOW)
    IssueCounter.objects.update(reserved=0)
    DrawAllowance.objects.all().delete()
    assert found("X6") == []
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    assert (found("X6"), DrawAllowance.objects.count()) == ([], 2)


def test_x6_a_purchase_that_did_not_count(trade):
    DrawAllowance.objects.filter(period__startswith="D").update(draws=1, spent_fen=0)
    assert found("X6") == [f"用户 {trade.pk} D2026-11-22：限额记 1 抽 0 分，购买 5 抽 12000 分"]
    DrawAllowance.objects.filter(period__startswith="D").delete()
    assert found("X6") == [f"用户 {trade.pk} D2026-11-22：限额记 0 抽 0 分，购买 5 抽 12000 分"]


def test_x6_a_purchase_that_counts_and_never_was(member):
    DrawAllowance.objects.create(member=member, period="M2026-11", draws=2, spent_fen=1)
    assert found("X6") == [f"用户 {member.pk} M2026-11：限额记 2 抽 1 分，购买 0 抽 0 分"]


def test_a_day_ends_at_midnight_in_shanghai(member, box):
    late = NOW.replace(hour=15, minute=59)
    for moment in (late, late + timedelta(minutes=1)):
        buy(member, box, 1, now=moment)
    assert found("X6") == []
    days = DrawAllowance.objects.filter(period__startswith="D").values_list("period", "draws")
    assert sorted(days) == [("D2026-11-22", 1), ("D2026-11-23", 1)]
