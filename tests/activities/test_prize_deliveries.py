"""Coupons and purse credit: promised with the draw, handed out once after it, taken back, or left to a person."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import PointKind
from accounts.models import PointAccount, PointEntry
from accounts.services import points
from activities.enums import RewardKind
from activities.errors import IssueCannotOpen
from activities.models import DrawBatch, DrawLog, IssueCounter, PrizeDelivery
from activities.services import opening, refunding
from activities.services.prizes import deliveries
from activities.services.prizes.deliveries import DeliveryEnded, DeliveryNotFound, DeliveryUnderWay, Origin
from activities.services.prizes.issuers import Gift
from blindbox.common.errors import Conflict, Unavailable
from blindbox.common.invariants import violations
from blindbox.common.ledger import Posting
from blindbox.system import outbox
from blindbox.system.audit import SYSTEM, Actor
from blindbox.system.models import OperationLog, OutboxMessage
from orders.models import Order
from tests.factories.activities import NOW, box_rewards, make_activity, make_draft, make_product
from tests.factories.draws import CHECKS, buy
from tests.factories.issuers import coupon_and_credit, serving
from tests.factories.orders import deliver

pytestmark = pytest.mark.django_db
YUN = Actor(id=7, name="云", ip="10.0.0.7")


class SoldOut(Conflict):
    code, message = "test.sold_out", "发完了"


@pytest.fixture
def issuer():
    with serving(RewardKind.COUPON, RewardKind.WALLET) as found:
        yield found


@pytest.fixture
def issue(issuer):
    draft = make_draft(make_activity(), coupon_and_credit(total=3))
    return opening.open_issue(issue_id=draft.pk, actor=SYSTEM, now=NOW)


def purse(member):
    return PointAccount.objects.get(member=member, kind=PointKind.MALL).balance


def states():
    return dict(PrizeDelivery.objects.values_list("kind", "status"))


def settle_outbox(after=timedelta(), until=1):
    for step in range(until):
        deliver(now=NOW + after * (step + 1))


def test_what_was_won_waits_until_the_outbox_hands_it_out_once(issue, issuer, member):
    buy(member, issue, 3, now=NOW)
    assert (states(), purse(member)) == ({"coupon": "pending", "wallet": "pending"}, 0)
    assert violations(CHECKS) == []
    deliver()
    batch = DrawBatch.objects.get()
    won = DrawLog.objects.filter(reward__kind__in=["coupon", "wallet"]).values_list("idx", flat=True)
    assert sorted(issuer.asked) == sorted(f"draw:{batch.pk}:{idx}" for idx in won)
    assert (states(), purse(member)) == ({"coupon": "delivered", "wallet": "delivered"}, 501)
    assert set(PrizeDelivery.objects.values_list("delivered_at", flat=True)) == {NOW}
    for idx in won:
        deliveries.hand_out(Origin("draw", batch.pk, idx), now=NOW)
    assert (len(issuer.asked), purse(member), violations(CHECKS)) == (2, 501, [])


def test_one_and_ten_promises_are_the_same_statements(django_assert_num_queries, member, issuer):
    gift = Gift(RewardKind.WALLET, "红包", amount_fen=1)
    for count in (1, 10):
        gifts = [(Origin("draw", count, part), gift) for part in range(count)]
        with transaction.atomic(), django_assert_num_queries(2):
            deliveries.send(member_id=member.pk, gifts=gifts, now=NOW)
    assert PrizeDelivery.objects.count() == OutboxMessage.objects.count() == 11


def test_a_prize_is_promised_once(member, issuer):
    gifts = [(Origin("draw", 1, 0), Gift(RewardKind.COUPON, "券", coupon_id=7))]
    deliveries.send(member_id=member.pk, gifts=gifts, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        deliveries.send(member_id=member.pk, gifts=gifts, now=NOW)
    assert PrizeDelivery.objects.count() == 1


def test_a_failure_is_written_down_tried_again_and_then_arrives(issue, issuer, member):
    buy(member, issue, 3, now=NOW)
    issuer.failing = SoldOut()
    deliver()
    assert (states(), purse(member)) == ({"coupon": "failed", "wallet": "failed"}, 0)
    assert set(PrizeDelivery.objects.values_list("failures", "last_error")) == {(1, "SoldOut: 发完了")}
    issuer.failing = None
    deliver(now=NOW + timedelta(seconds=4))
    assert states() == {"coupon": "failed", "wallet": "failed"}
    deliver(now=NOW + timedelta(seconds=5))
    assert (states(), purse(member)) == ({"coupon": "delivered", "wallet": "delivered"}, 501)
    assert violations(CHECKS) == []


def test_a_silent_issuer_is_no_failure(issue, issuer, member):
    buy(member, issue, 3, now=NOW)
    issuer.failing = Unavailable()
    settle_outbox(after=timedelta(minutes=1), until=8)
    assert set(PrizeDelivery.objects.values_list("status", "failures")) == {("pending", 0)}
    assert not OutboxMessage.objects.dead().exists()


def given_up(issue, issuer, member):
    buy(member, issue, 3, now=NOW)
    issuer.failing = SoldOut()
    settle_outbox(after=timedelta(hours=1), until=outbox.MOST_FAILURES)
    return PrizeDelivery.objects.get(kind="wallet")


def retry(row):
    deliveries.retry(delivery_id=row.pk, actor=YUN, now=NOW + timedelta(days=1), reason="已补货")


def test_after_five_failures_a_person_sends_it_again(issue, issuer, member):
    row = given_up(issue, issuer, member)
    assert (row.status, row.failures, OutboxMessage.objects.dead().count()) == ("failed", 5, 2)
    issuer.failing = None
    retry(row)
    deliver(now=NOW + timedelta(days=1))
    row.refresh_from_db()
    assert (row.status, row.failures, purse(member), states()["coupon"]) == ("delivered", 0, 500, "failed")
    log = OperationLog.objects.get(action="重新发放奖品")
    assert (log.object_id, log.operator_id, log.reason) == (str(row.pk), 7, "已补货")


def test_what_is_not_given_up_is_not_sent_again(issue, issuer, member):
    buy(member, issue, 3, now=NOW)
    row = PrizeDelivery.objects.first()
    with pytest.raises(DeliveryUnderWay):
        retry(row)
    deliver()
    with pytest.raises(DeliveryEnded, match="这件奖品已经发放"):
        retry(row)
    row.pk = 10**6
    with pytest.raises(DeliveryNotFound):
        retry(row)
    assert (len(issuer.asked), OperationLog.objects.filter(action="重新发放奖品").count()) == (2, 0)


def refund(order_id):
    refunding.refund_order(order_id=order_id, reason="包装破损", actor=YUN, now=NOW)


def test_a_refund_stops_what_is_on_its_way(issue, issuer, member):
    order_id = buy(member, issue, 3, now=NOW)
    refund(order_id)
    deliver()
    assert (states(), purse(member), issuer.asked) == ({"coupon": "revoked", "wallet": "revoked"}, 0, [])
    assert violations(CHECKS) == []


def test_a_refund_takes_back_what_arrived(issue, issuer, member):
    order_id = buy(member, issue, 3, now=NOW)
    deliver()
    refund(order_id)
    assert (states(), purse(member)) == ({"coupon": "revoked", "wallet": "revoked"}, 0)
    assert violations([*CHECKS, "M1", "M4"]) == []


def test_a_refund_stops_at_what_was_spent(issue, member):
    order_id = buy(member, issue, 3, now=NOW)
    deliver()
    spent = [Posting(delta=-500, reason="order", ref="x")]
    points.post(member_id=member.pk, postings=spent, now=NOW, kind=PointKind.MALL)
    with pytest.raises(points.PointsInsufficient):
        refund(order_id)
    assert (Order.objects.get().status, states()) == ("completed", {"coupon": "delivered", "wallet": "delivered"})


# -- opening


def refused(rewards, **activity):
    draft = make_draft(make_activity(**activity), rewards)
    with pytest.raises(IssueCannotOpen) as refusal:
        opening.open_issue(issue_id=draft.pk, actor=SYSTEM, now=NOW)
    assert opening.preview(issue_id=draft.pk).problems == refusal.value.details["problems"].split("；")
    assert IssueCounter.objects.get(pk=draft.pk).status == "draft"
    return refusal.value.details["problems"]


def test_a_prize_without_an_issuer_cannot_be_promised():
    assert refused(coupon_and_credit(total=3)) == (
        "「A 九折券」不能作为奖品：优惠券功能还没有接入；「B 5 元红包」不能作为奖品：钱包金额功能还没有接入"
    )


def test_the_issuer_says_what_cannot_be_promised(issuer):
    issuer.known_coupons = ()
    assert refused(coupon_and_credit(total=3)) == "「A 九折券」不能作为奖品：优惠券不存在"


NOTHING = {"level": "D", "name": "谢谢参与", "kind": "none", "quantity": 2, "position": "ticket", "sort": 5}


def test_a_paid_draw_never_yields_nothing(db):
    rewards = [*box_rewards(make_product(), total=3), NOTHING]
    assert refused(rewards) == "「D 谢谢参与」未中奖只能用于免费或积分抽奖，本活动有现金价格"


def test_for_points_a_draw_may_yield_nothing(member):
    draft = make_draft(make_activity(price_fen=None), [*box_rewards(make_product(), total=3), NOTHING])
    issue = opening.open_issue(issue_id=draft.pk, actor=SYSTEM, now=NOW)
    order_id = buy(member, issue, 5, now=NOW)
    assert DrawLog.objects.filter(reward__kind="none").count() == 2
    assert violations(CHECKS) == []
    refund(order_id)
    assert violations(CHECKS) == []


# -- D7


@pytest.fixture
def drawn(issue, member):
    buy(member, issue, 3, now=NOW)
    deliver()
    return PrizeDelivery.objects.get(kind="wallet")


def found():
    return [each.what for each in violations(["D7"])]


def test_d7_a_result_without_its_delivery(drawn):
    log = DrawLog.objects.get(reward__kind="wallet")
    PrizeDelivery.objects.filter(pk=drawn.pk).delete()
    assert found() == [f"抽奖 {log.pk}：没有发放记录"]


def test_d7_a_delivery_that_nobody_drew(drawn):
    PrizeDelivery.objects.filter(pk=drawn.pk).update(source_part=99)
    log = DrawLog.objects.get(reward__kind="wallet")
    assert found() == [
        f"抽奖 {log.pk}：没有发放记录",
        f"发放记录 {drawn.pk}：没有对应的抽奖结果",
        f"发放记录 {drawn.pk}：记为已发放，钱包金额没有入账",
    ]


def test_d7_a_delivery_that_the_issuer_does_not_know(drawn):
    PointEntry.objects.filter(delta=500).delete()
    assert found() == [f"发放记录 {drawn.pk}：记为已发放，钱包金额没有入账"]


@pytest.mark.parametrize(
    "columns",
    [{"status": "delivered"}, {"delivered_at": NOW}, {"kind": "points"}, {"amount_fen": None}, {"amount_fen": 0}],
)
def test_the_table_refuses_what_is_no_delivery(member, issuer, columns):
    gifts = [(Origin("draw", 1, 0), Gift(RewardKind.WALLET, "红包", amount_fen=1))]
    deliveries.send(member_id=member.pk, gifts=gifts, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        PrizeDelivery.objects.update(**columns)
