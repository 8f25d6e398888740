"""对对碰 from purchase to proof: what is stored, answered, granted, verified; and what every alteration betrays."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from activities import selectors
from activities.errors import IssuePaused, NotEnoughLeft
from activities.gameplay.card_session import Rules
from activities.gameplay.card_session import play as played
from activities.models import DrawBatch, DrawLog, DrawPlayer, Issue, IssueCounter, Reward, RewardStock
from activities.services import closing, commitments, limited, opening, refunding, results, terms, verifying
from blindbox.common import fairness
from blindbox.common.errors import Invalid
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from catalog.models import Product
from orders.enums import PayWith
from orders.models import InventoryItem
from tests.factories.activities import NOW, make_activity, make_draft, make_product
from tests.factories.cards import BY_PAIRS, CARDS, open_by_pairs, open_goods, play, tiers
from tests.factories.draws import CHECKS, pay, settle

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)
COUNTS = [(card["type"], card["count"]) for card in CARDS]


@pytest.fixture
def member(make_member):
    return make_member(points_balance=1_000_000)


def wrong():
    return [*verifying.discrepancies(), *[each.what for each in violations(CHECKS)]]


def own(issue):
    return DrawLog.objects.filter(issue=issue, is_bonus=False).order_by("pk")


def again(issue, secret, rules):
    """Play every session of an issue again, by the published algorithm alone."""
    batch = DrawBatch.objects.get(issue=issue)
    inputs = (secret, batch.day.isoformat(), issue.pk, batch.player)
    seqs = range(batch.first_seq, batch.first_seq + batch.count)
    return [played(fairness.pairs_deck(*inputs, seq, batch.client_nonce, COUNTS), rules) for seq in seqs]


# opening


def test_opening_freezes_the_odds_that_follow_from_the_cards():
    issue = open_by_pairs()
    promised = terms.promised_by(Issue.objects.get(pk=issue.pk))
    assert promised.algorithm == "pairs/1"
    assert promised.config == {**BY_PAIRS, "odds_by": "exact"}
    assert [prize.odds_ppm for prize in promised.prizes] == [116_883, 355_644, 527_473]
    assert list(Reward.objects.order_by("sort").values_list("odds_ppm", flat=True)) == [116_883, 355_644, 527_473]
    assert (issue.root, issue.commitment) == ("", issue.terms_hash)
    assert wrong() == []


def test_an_issue_without_a_prize_for_every_session_stays_shut():
    draft = make_draft(make_activity(gameplay="match", config=BY_PAIRS), tiers(make_product().pk)[:2])
    assert opening.preview(issue_id=draft.pk).problems == ["要有一个最少 0 对就能得的奖品：每一局都要有奖品"]


def test_limited_tiers_take_their_stock_and_bound_the_sale():
    issue = open_by_pairs(A=7, B=30)
    assert Product.objects.get().stock == 1000 - 37
    assert list(RewardStock.objects.order_by("pk").values_list("total", "released", "given")) == [
        (7, 7, 0),
        (30, 30, 0),
    ]
    assert IssueCounter.objects.get(pk=issue.pk).cap_left == 7


def test_goods_bound_the_sale_by_what_a_session_may_deal_of_them():
    issue = open_goods(quantity=11)
    assert IssueCounter.objects.get(pk=issue.pk).cap_left == 2  # four of them lie in each deck


# by pairs


def test_each_draw_is_a_session_that_its_inputs_lead_to(member):
    issue = open_by_pairs()
    play(member, issue, 10, now=LATER)
    sessions = again(issue, commitments.secret_of("day:2026-11-22"), Rules(4))
    tiers_by_node = {reward.node: reward.pk for reward in Reward.objects.all()}
    assert len(own(issue)) == 10
    for log, session in zip(own(issue), sessions, strict=True):
        tier = tiers_by_node[max(node for node in tiers_by_node if node <= session.pairs)]
        assert (log.reward_id, log.sale_no, log.roll) == (tier, None, None)
        assert log.detail == {"events": session.events, "pairs": session.pairs, "tier": tier, "skipped": []}
    assert len({str(log.detail["events"]) for log in own(issue)}) > 1
    assert wrong() == []


def test_the_next_purchase_plays_on_with_the_players_own_numbers(member, make_member):
    issue = open_by_pairs()
    for count in (3, 2):
        play(member, issue, count, now=LATER)
    play(make_member(points_balance=10_000), issue, 1, now=LATER)
    assert list(DrawBatch.objects.order_by("pk").values_list("first_seq", "count")) == [(0, 3), (3, 2), (0, 1)]
    assert sorted(DrawPlayer.objects.values_list("next_seq", flat=True)) == [1, 5]
    assert wrong() == []


def test_a_session_paid_by_wechat_belongs_to_the_day_of_payment(member):
    issue = open_by_pairs()
    order_id = play(member, issue, 2, now=LATER, pay_with=PayWith.WEIXIN).order_id
    assert not DrawLog.objects.exists()
    pay(order_id, now=LATER)
    settle(order_id, now=LATER)
    assert DrawBatch.objects.get().day.isoformat() == "2026-11-22"
    assert len(own(issue)) == 2
    assert wrong() == []


def test_what_a_client_shows_is_answered_at_once_and_later(member):
    issue = open_by_pairs()
    bought = play(member, issue, 2, now=LATER)
    at_once, later = results.of_batch(bought.drawn), results.of_orders([bought.order_id])[bought.order_id]
    assert [each.play for each in at_once] == [each.play for each in later] == [log.detail for log in own(issue)]


# limited tiers


def until_paused(member, issue):
    """Play one session after the other until the sale pauses; return how many were played."""
    for n in range(1000):
        try:
            play(member, issue, now=LATER)
        except IssuePaused:
            return n
    raise AssertionError


def test_the_sale_pauses_when_a_tier_has_run_out(member):
    issue = open_by_pairs(A=2)
    n = until_paused(member, issue)
    assert IssueCounter.objects.values_list("sold", "cap_left").get(pk=issue.pk) == (n, 0)
    assert list(own(issue).values_list("sale_no", flat=True)) == list(range(1, n + 1))
    assert RewardStock.objects.values_list("total", "given").get() == (2, 2)
    assert own(issue).last().reward.level == "A"
    assert wrong() == []


def test_an_order_never_asks_for_more_than_the_rarest_tier_can_bear(member):
    issue = open_by_pairs(A=3)
    with pytest.raises(NotEnoughLeft) as refused:
        play(member, issue, 4, now=LATER)
    assert refused.value.details == {"left": 3}
    assert not DrawBatch.objects.exists()


def replaced(member, sessions):
    """An issue whose two A are replaced by S, which is played after they ran out."""
    draft = make_draft(
        make_activity(gameplay="match", config=BY_PAIRS),
        [*tiers(make_product().pk, A=2), {"kind": "points", "points": 5000, "level": "S", "name": "大奖", "sort": 9,
                                          "reference_value_fen": 50_000}],
    )  # fmt: skip
    rewards = {reward.level: reward for reward in draft.rewards.all()}
    draft.rewards.filter(level="A").update(substitute=rewards["S"])
    issue = opening.open_issue(issue_id=draft.pk, actor=SYSTEM, now=NOW)
    for _ in range(sessions // 10):
        play(member, issue, 10, now=LATER)
    return issue, rewards


def test_a_tier_with_a_substitute_is_sold_on_and_the_record_names_what_was_skipped(member):
    issue, rewards = replaced(member, 200)
    met = Counter(log.reward.level for log in own(issue))
    assert met["A"] == 2
    assert met["S"] > 0
    for log in own(issue):
        if log.reward.level == "S":
            told = {key: value for key, value in log.detail.items() if key not in ("events", "pairs")}
            assert told == {"tier": rewards["A"].pk, "skipped": [rewards["A"].pk], "substituted_for": rewards["A"].pk}
            assert log.detail["pairs"] == 3
    assert IssueCounter.objects.get(pk=issue.pk).cap_left is None
    assert wrong() == []


def test_a_substitution_before_the_tier_ran_out_is_caught(member):
    issue, rewards = replaced(member, 100)
    log = own(issue).filter(reward=rewards["A"]).first()
    detail = {**log.detail, "skipped": [rewards["A"].pk], "substituted_for": rewards["A"].pk}
    DrawLog.objects.filter(pk=log.pk).update(reward=rewards["S"], detail=detail)
    found = list(verifying.discrepancies())
    assert f"抽奖 {log.pk}：奖品为 {rewards['S'].pk}，应为 {rewards['A'].pk}" in found


def test_what_nobody_won_goes_back_when_the_issue_closes(member):
    issue = open_by_pairs(A=7)
    play(member, issue, 5, now=LATER)
    closing.close(issue_id=issue.pk, actor=SYSTEM, now=issue.ends_at)
    given = RewardStock.objects.get().given
    assert Product.objects.get().stock == 1000 - given
    assert wrong() == []


# cards that are goods


def test_every_card_that_was_dealt_is_in_the_members_inventory(member):
    issue = open_goods()
    play(member, issue, 3, choice="2", now=LATER)
    batch = DrawBatch.objects.get()
    assert (batch.choice, batch.count) == ("2", 3)
    for log in own(issue):
        dealt = [card for event in log.detail["events"] for card in event.get("deal", [])]
        further = DrawLog.objects.filter(batch=batch, bonus_of=log.idx).order_by("idx")
        assert [row.reward.node for row in [log, *further]] == dealt
        assert [row.detail for row in further] == [{"card": n} for n in range(2, len(dealt) + 1)]
    assert InventoryItem.objects.count() == DrawLog.objects.count() > 9
    assert IssueCounter.objects.get(pk=issue.pk).sold == 3
    assert wrong() == []


@pytest.mark.parametrize("choice", ["", "9", "鲸"])
def test_a_choice_that_is_none_of_the_types_is_refused(member, choice):
    issue = open_goods()
    with pytest.raises(Invalid) as refused:
        play(member, issue, choice=choice, now=LATER)
    assert refused.value.fields == [
        {"field": "choice", "code": "invalid_choice", "message": "请从 1、2、3、4 中选一个"}
    ]
    assert not DrawBatch.objects.exists()


def test_a_choice_that_brings_nothing_is_refused(member):
    issue = open_by_pairs()
    with pytest.raises(Invalid) as refused:
        play(member, issue, choice="1", now=LATER)
    assert refused.value.fields == [{"field": "choice", "code": "invalid", "message": "本期没有可选项"}]


def test_goods_never_run_out_within_a_session_that_was_sold(member):
    issue = open_goods(quantity=10)
    n = until_paused_goods(member, issue)
    left = limited.left_of(terms.of_issue(issue.pk))
    assert [0 <= each < 4 for each in left.values()] == [True]
    assert DrawLog.objects.filter(issue=issue, reward__node=1).count() == 10 - sum(left.values())
    assert (n > 1, wrong()) == (True, [])


def until_paused_goods(member, issue):
    for n in range(1000):
        try:
            play(member, issue, choice="1", now=LATER)
        except IssuePaused:
            return n
    raise AssertionError


def test_a_refund_takes_every_card_back(member):
    issue = open_goods(quantity=100)
    before = Product.objects.get(name="鲸").stock
    bought = play(member, issue, 2, choice="1", now=LATER)
    whales = DrawLog.objects.filter(reward__node=1).count()
    refunding.refund_order(order_id=bought.order_id, reason="缺货", actor=SYSTEM, now=LATER)
    assert set(InventoryItem.objects.values_list("status", flat=True)) == {"gone"}
    assert set(DrawLog.objects.values_list("refunded", flat=True)) == {True}
    assert Product.objects.get(name="鲸").stock == before + whales
    assert wrong() == []


# invariants


def test_d5_tiers_that_their_odds_hardly_allow(member):
    issue = open_by_pairs()
    for _ in range(12):
        play(member, issue, 10, now=LATER)
    assert violations(["D5"]) == []
    DrawLog.objects.update(reward=Reward.objects.get(level="A"))
    found = [each.what for each in violations(["D5"])]
    assert [line.startswith(f"期次 {issue.pk}：实际频率与概率相差过大") for line in found] == [True]


def test_d5_a_tier_that_was_replaced_counts_as_what_was_met(member):
    issue, rewards = replaced(member, 100)
    counted = selectors.met_counts(issue.pk, [rewards[level].pk for level in "ABCS"])
    assert counted[0] == own(issue).filter(detail__tier=rewards["A"].pk).count() > 2
    assert (sum(counted), counted[3]) == (100, 0)


@pytest.mark.parametrize("opened", [partial(open_by_pairs, A=7), partial(open_goods, quantity=30)])
def test_d3_a_sale_that_promises_more_than_there_is(opened):
    issue = opened()
    IssueCounter.objects.filter(pk=issue.pk).update(cap_left=9)
    assert [each.what for each in violations(["D3"])] == [f"期次 {issue.pk}：限量余量 9，应为 7"]


# one altered row


def changed(log, **values):
    DrawLog.objects.filter(pk=log.pk).update(**values)
    return list(verifying.discrepancies())


def test_odds_that_do_not_follow_from_the_cards_are_caught(member):
    issue = open_by_pairs()
    text = Issue.objects.get(pk=issue.pk).terms
    text = text.replace('"odds_ppm":116883,', '"odds_ppm":116884,').replace('"odds_ppm":355644,', '"odds_ppm":355643,')
    assert text != issue.terms
    sums = {"terms": text, "terms_hash": fairness.terms_hash(text), "commitment": fairness.terms_hash(text)}
    Issue.objects.filter(pk=issue.pk).update(**sums)
    assert f"期次 {issue.pk}：公布的概率不是由牌组算出的" in list(verifying.discrepancies(issue_id=issue.pk))


@pytest.fixture
def scored(member):
    issue = open_by_pairs()
    play(member, issue, 3, now=LATER)
    return issue


@pytest.fixture
def goods(member):
    issue = open_goods()
    play(member, issue, 2, choice="3", now=LATER)
    return issue


def test_another_tier_is_caught(scored):
    log = own(scored).first()
    other = Reward.objects.exclude(pk=log.reward_id).first()
    assert changed(log, reward=other) == [f"抽奖 {log.pk}：奖品为 {other.pk}，应为 {log.reward_id}"]


def test_another_number_of_pairs_is_caught(scored):
    log = own(scored).first()
    found = changed(log, detail={**log.detail, "pairs": log.detail["pairs"] + 1})
    assert [line.startswith(f"抽奖 {log.pk}：玩法记录为") for line in found] == [True]


def test_another_event_is_caught(scored):
    log = own(scored).first()
    assert len(changed(log, detail={**log.detail, "events": log.detail["events"][:-1]})) == 1


def test_another_card_is_caught(goods):
    log = DrawLog.objects.filter(is_bonus=True).first()
    other = Reward.objects.exclude(pk=log.reward_id).first()
    assert changed(log, reward=other) == [f"抽奖 {log.pk}：奖品为 {other.pk}，应为 {log.reward_id}"]


def test_a_card_that_was_never_dealt_is_caught(goods):
    log = DrawLog.objects.filter(is_bonus=True).last()
    extra = DrawLog.objects.create(
        batch=log.batch, idx=log.idx + 1, issue=goods, member_id=log.member_id, reward_id=log.reward_id,
        is_bonus=True, bonus_of=log.bonus_of, detail={"card": 99}, drawn_at=NOW,
    )  # fmt: skip
    assert list(verifying.discrepancies()) == [f"抽奖 {extra.pk}：多出的结果"]


def test_a_card_that_is_missing_is_caught(goods):
    log = DrawLog.objects.filter(is_bonus=True).last()
    DrawLog.objects.filter(pk=log.pk).delete()
    assert list(verifying.discrepancies()) == [f"批次 {log.batch_id}：少了一条结果"]


@pytest.mark.parametrize(
    ("column", "value"), [("first_seq", 9), ("player", "0" * 32), ("client_nonce", "other"), ("choice", "4")]
)
def test_other_inputs_of_a_session_are_caught(goods, column, value):
    DrawBatch.objects.update(**{column: value})
    assert list(verifying.discrepancies()) != []


def test_a_choice_that_nobody_could_make_is_caught(goods):
    DrawBatch.objects.update(choice="x")
    assert list(verifying.discrepancies()) == [f"批次 {DrawBatch.objects.get().pk}：预选 x 不在可选项里"]


def test_a_gap_in_the_sale_of_limited_tiers_is_caught(member):
    issue = open_by_pairs(A=50)
    play(member, issue, 3, now=LATER)
    DrawLog.objects.filter(sale_no=3).update(sale_no=5)
    assert f"期次 {issue.pk}：售出序号不是 1 到 3 各一次" in list(verifying.discrepancies())
