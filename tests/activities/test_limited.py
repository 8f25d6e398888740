"""Limited prizes won by chance: what takes their place, how many draws they bear, and that none is overdrawn."""

import pytest

from activities import store
from activities.errors import AllReserved, IssuePaused, NotEnoughLeft
from activities.gameplay import limits
from activities.gameplay.base import Prize
from activities.models import IssueCounter, RewardStock
from activities.services import limited, refusals, terms
from blindbox.common.retry import TryAgain
from tests.factories.activities import make_activity, make_draft


def prize(id_, *, quantity=None, substitute=None, value=100):
    return Prize(
        id=id_, level="A", name=f"奖{id_}", kind="points", position="ticket", quantity=quantity, odds_ppm=1,
        substitute_id=substitute, reference_value_fen=value,
    )  # fmt: skip


def by_id(*prizes):
    return {each.id: each for each in prizes}


def test_what_is_left_is_given_as_it_was_won():
    prizes = by_id(prize(1, quantity=1), prize(2))
    assert limits.available(1, {1: 1}, prizes) == (1, [])
    assert limits.available(2, {1: 0}, prizes) == (2, [])


def test_what_ran_out_is_replaced_as_declared_and_named():
    prizes = by_id(prize(1, quantity=1, substitute=2), prize(2, quantity=1, substitute=3), prize(3))
    assert limits.available(1, {1: 0, 2: 1}, prizes) == (2, [1])
    assert limits.available(1, {1: 0, 2: 0}, prizes) == (3, [1, 2])


@pytest.mark.parametrize("substitute", [None, 2])
def test_what_ran_out_without_a_way_on_is_never_guessed(substitute):
    prizes = by_id(prize(1, quantity=1, substitute=substitute), prize(2, quantity=1, substitute=1))
    with pytest.raises(limits.NothingLeft):
        limits.available(1, {1: 0, 2: 0}, prizes)


@pytest.mark.parametrize(
    ("prizes", "said"),
    [
        ([prize(1, quantity=1, substitute=2), prize(2)], []),
        ([prize(1, quantity=1, substitute=2, value=200), prize(2, value=199)],
         ["「A 奖1」的替换奖品参考价更低：替换的奖品必须同值或更高"]),
        ([prize(1, substitute=2), prize(2)], ["「A 奖1」不限量，不需要替换奖品"]),
        ([prize(1, quantity=1, substitute=9)], ["「A 奖1」的替换奖品不在本期"]),
        ([prize(1, quantity=1, substitute=1)], ["「A 奖1」的替换奖品绕了一圈又回到自己"]),
        ([prize(1, quantity=1, substitute=2), prize(2, quantity=1, substitute=1)],
         ["「A 奖1」的替换奖品绕了一圈又回到自己", "「A 奖2」的替换奖品绕了一圈又回到自己"]),
    ],
)  # fmt: skip
def test_a_substitute_is_of_equal_value_or_more_and_leads_on(prizes, said):
    assert [problem.text for problem in limits.problems(prizes)] == said


@pytest.fixture
def promised(db):
    """Terms of an open issue with five of A and three of B, of which B is replaced by C, without a limit."""
    own = {"kind": "points", "points": 5, "name": "积分", "odds_ppm": 1}
    draft = make_draft(make_activity(gameplay="infinite"), [{**own, "level": level} for level in "ABC"])
    a, b, c = draft.rewards.order_by("pk")
    draft.rewards.filter(pk=a.pk).update(quantity=5)
    draft.rewards.filter(pk=b.pk).update(quantity=3, substitute=c)
    IssueCounter.objects.filter(pk=draft.pk).update(status="open")
    return terms.rehearsed(draft)


def counted(promised):
    return IssueCounter.objects.values_list("sold", "reserved", "cap_left").get(pk=promised.issue_id)


def stock():
    return list(RewardStock.objects.order_by("pk").values_list("total", "released", "given"))


def test_only_what_nothing_replaces_bounds_the_sale(promised):
    limited.lay_out(promised)
    a, b, _ = (prize.id for prize in promised.prizes)
    assert limited.left_of(promised) == {a: 5, b: 3}
    assert counted(promised) == (0, 0, 5)


def test_a_draw_that_may_yield_several_is_counted_with_all_of_them(promised):
    limited.lay_out(promised, {promised.prizes[0].id: 2})
    assert counted(promised) == (0, 0, 2)


def test_what_is_given_lowers_stock_and_sale_together(promised):
    limited.lay_out(promised)
    a, b, c = (prize.id for prize in promised.prizes)
    limited.give(promised, [a, b, a, c], limited.left_of(promised))
    assert (stock(), counted(promised)) == ([(5, 5, 2), (3, 3, 1)], (0, 0, 3))


def test_nothing_limited_writes_nothing(promised, django_assert_num_queries):
    limited.lay_out(promised)
    with django_assert_num_queries(0):
        limited.give(promised, [promised.prizes[2].id], {promised.prizes[0].id: 5})


def test_more_than_there_is_is_never_given(promised):
    limited.lay_out(promised)
    a, b, _ = (prize.id for prize in promised.prizes)
    with pytest.raises(TryAgain):
        limited.give(promised, [a, b, b, b, b], limited.left_of(promised))


def test_the_sale_stops_where_the_rarest_prize_could_be_missing(promised):
    limited.lay_out(promised)
    issue_id = promised.issue_id
    assert store.hold(issue_id, 3)
    assert not store.sell(issue_id, 3)
    assert isinstance(refusals.of_counter(issue_id, 3), AllReserved)
    assert store.sell(issue_id, 2)
    assert store.sell_held(issue_id, 3)
    IssueCounter.objects.filter(pk=issue_id).update(cap_left=1)
    refusal = refusals.of_counter(issue_id, 2)
    assert (type(refusal), refusal.details) == (NotEnoughLeft, {"left": 1})
    IssueCounter.objects.filter(pk=issue_id).update(cap_left=0)
    assert not store.hold(issue_id, 1)
    refusal = refusals.of_counter(issue_id, 1)
    assert (type(refusal), refusal.code, str(refusal)) == (
        IssuePaused, "draw.paused", "本期的限量奖品已经发完，暂停销售",
    )  # fmt: skip
    assert counted(promised) == (5, 0, 0)
