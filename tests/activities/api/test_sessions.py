"""对对碰 over HTTP: what is promised, what a purchase asks and answers, what the order and the proof show."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities.models import DrawBatch, DrawLog, Reward
from activities.services import days
from orders.models import Order
from tests.factories.cards import BY_PAIRS, open_by_pairs, open_goods
from tests.factories.draws import pay, settle
from tests.factories.verifiers import example_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def buy(app_client, make_member):
    client = app_client(make_member(points_balance=1_000_000))

    def ask(issue, key="k1", **body):
        url = f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/draws"
        whole = {"count": 1, "pay_with": "points", "client_nonce": "nonce", **body}
        return client.post(url, whole, headers={"Idempotency-Key": key})

    ask.client = client
    return ask


def test_cards_tiers_and_odds_are_public_before_anybody_buys(anonymous, now):
    issue = open_by_pairs(now=now, A=5)
    answer = anonymous.get(f"/api/app/activities/{issue.activity_id}").json()
    [shown] = answer["issues"]
    assert shown["terms"]["config"] == {**BY_PAIRS, "odds_by": "exact"}
    columns = ("level", "node", "quantity", "remaining", "odds_ppm")
    assert [tuple(reward[name] for name in columns) for reward in shown["rewards"]] == [
        ("A", 3, 5, 5, 116_883), ("B", 2, None, None, 355_644), ("C", 0, None, None, 527_473),
    ]  # fmt: skip


def test_a_purchase_answers_each_session_to_be_shown(buy, now):
    issue = open_by_pairs(now=now)
    answer = buy(issue, count=3)
    body = answer.json()
    assert answer.status_code == 201
    assert len(body["draws"]) == 3
    for draw, log in zip(body["draws"], DrawLog.objects.order_by("idx"), strict=True):
        assert (draw["id"], draw["reward"]["id"], draw["play"]) == (log.pk, log.reward_id, log.detail)
        tier = Reward.objects.filter(node__lte=draw["play"]["pairs"]).order_by("-node").first()
        assert (draw["reward"]["level"], draw["play"]["tier"]) == (tier.level, tier.pk)
        assert draw["play"]["events"][0] == {"deal": draw["play"]["events"][0]["deal"]}
        assert len(draw["play"]["events"][0]["deal"]) == 4


def test_a_repeat_and_the_order_answer_the_same_sessions(buy, now):
    issue = open_by_pairs(now=now)
    first, again = buy(issue, count=2), buy(issue, count=2)
    assert again.headers["Idempotent-Replay"] == "true"
    assert [draw["play"] for draw in again.json()["draws"]] == [draw["play"] for draw in first.json()["draws"]]
    order = buy.client.get(f"/api/app/orders/{first.json()['order']['order_no']}").json()
    assert [draw["play"] for draw in order["draws"]] == [draw["play"] for draw in first.json()["draws"]]


def test_goods_answer_every_card_and_the_session_once(buy, now):
    issue = open_goods(now=now)
    body = buy(issue, choice="2").json()
    own, *further = body["draws"]
    cards = [card for event in own["play"]["events"] for card in event.get("deal", [])]
    nodes = dict(Reward.objects.values_list("pk", "node"))
    assert [nodes[draw["reward"]["id"]] for draw in body["draws"]] == cards
    assert [(draw["is_bonus"], draw["play"]) for draw in further] == [(True, None)] * (len(cards) - 1)
    assert all(draw["inventory_id"] for draw in body["draws"])


@pytest.mark.parametrize(
    ("opened", "choice", "said"),
    [
        (open_goods, None, "请从 1、2、3、4 中选一个"),
        (open_goods, "5", "请从 1、2、3、4 中选一个"),
        (open_by_pairs, "1", "本期没有可选项"),
    ],
)
def test_a_choice_that_is_not_offered_is_refused(buy, now, opened, choice, said):
    answer = buy(opened(now=now), choice=choice)
    assert (answer.status_code, answer.json()["code"]) == (400, "common.invalid")
    assert [(each["field"], each["message"]) for each in answer.json()["details"]] == [("choice", said)]
    assert (Order.objects.count(), DrawBatch.objects.count()) == (0, 0)


def test_a_choice_is_bound_when_the_order_is_placed(buy, now):
    issue = open_goods(now=now)
    buy(issue, pay_with="weixin", choice="3")
    batch = DrawBatch.objects.get()
    assert (batch.choice, batch.status, DrawLog.objects.count()) == ("3", "held", 0)
    pay(batch.order_id, now=now)
    settle(batch.order_id, now=now)
    assert DrawBatch.objects.get().choice == "3"
    assert DrawLog.objects.filter(is_bonus=False).count() == 1


def test_a_tier_that_ran_out_pauses_the_sale(buy, now):
    issue = open_by_pairs(now=now, A=1)
    answers = (buy(issue, key=f"k{n}") for n in range(500))
    refused = next(answer for answer in answers if answer.status_code != 201)
    assert (refused.status_code, refused.json()["code"]) == (409, "draw.paused")
    assert refused.json()["message"] == "本期的限量奖品已经发完，暂停销售"
    assert DrawLog.objects.filter(reward__level="A").count() == 1


def test_proofs_of_sessions_verify_after_their_day(buy, anonymous, now):
    issue = open_goods(now=now)
    buy(issue, count=2, choice="1")
    logs = DrawLog.objects.order_by("pk")

    def verdicts():
        return {example_verdict(anonymous.get(f"/api/app/draw_logs/{log.pk}/proof").json()) for log in logs}

    assert verdicts() == {"wait"}
    proof = anonymous.get(f"/api/app/draw_logs/{logs.last().pk}/proof").json()
    assert (proof["status_text"], proof["choice"], proof["day_secret"]) == ("明日公布后可验证", "1", None)
    assert (proof["card"], proof["draw"]["is_bonus"]) == (logs.last().detail["card"], True)
    assert proof["play"] == logs[logs.last().bonus_of].detail
    days.turn(now=now + timedelta(days=2))
    assert verdicts() == {"ok"}
    whole = anonymous.get(f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/proof").json()
    assert example_verdict(whole) == "ok"
    assert {draw["seq"] for draw in whole["draws"]} == {0, 1}
