"""The ledger: sums, the running balance, never negative, once by reference."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import IntegrityError, OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import PointAccount, PointEntry
from blindbox.common.ledger import AlreadyPosted, BalanceInsufficient, Ledger, Posting
from blindbox.common.retry import in_transaction
from tests.factories.accounts import NOW, make_member

LEDGER = Ledger(accounts=PointAccount, entries=PointEntry)
LATER = NOW + timedelta(minutes=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> PointAccount:
    return PointAccount.objects.get(member=make_member(), kind="general")


@in_transaction
def post(account: PointAccount, *postings: tuple[int, str]) -> list[PointEntry]:
    listed = [Posting(delta=delta, reason="test", ref=ref) for delta, ref in postings]
    LEDGER.post(account={"id": account.pk}, postings=listed, now=LATER)
    return list(account.entries.order_by("-seq")[: len(listed)][::-1])


def rows(account: PointAccount) -> list[tuple[int, int, int]]:
    entries = PointEntry.objects.filter(account=account).order_by("seq")
    return list(entries.values_list("seq", "delta", "balance_after"))


def balance(account: PointAccount) -> int:
    account.refresh_from_db()
    return account.balance


def test_each_posting_is_an_entry_with_the_balance_after_it(account: PointAccount):
    post(account, (100, "a"), (-30, "b"))
    post(account, (5, "c"))
    assert rows(account) == [(1, 100, 100), (2, -30, 70), (3, 5, 75)]
    assert (balance(account), account.seq, account.updated_at) == (75, 3, LATER)


def test_the_entries_come_back_as_written(account: PointAccount):
    (entry,) = post(account, (100, "a"))
    assert (entry.delta, entry.balance_after, entry.reason, entry.ref, entry.occurred_at) == (
        100,
        100,
        "test",
        "a",
        LATER,
    )


def test_the_last_point_may_be_spent_and_not_one_more(account: PointAccount):
    post(account, (10, "a"))
    post(account, (-10, "b"))
    with pytest.raises(BalanceInsufficient) as refused:
        post(account, (-1, "c"))
    assert refused.value.details == {"needed": 1}
    assert (balance(account), rows(account)) == (0, [(1, 10, 10), (2, -10, 0)])


def test_a_balance_may_not_pass_below_zero_on_its_way_up(account: PointAccount):
    with pytest.raises(BalanceInsufficient) as refused:
        post(account, (-5, "a"), (10, "b"))
    assert refused.value.details == {"needed": 5}
    assert (balance(account), rows(account)) == (0, [])


def test_nothing_to_post_changes_no_balance(account: PointAccount):
    assert post(account) == []
    assert (balance(account), account.seq) == (0, 0)


def test_the_same_event_posts_once(account: PointAccount):
    post(account, (10, "a"))
    with pytest.raises(AlreadyPosted):
        post(account, (10, "a"))
    with pytest.raises(AlreadyPosted):
        post(account, (1, "b"), (10, "a"))
    assert (balance(account), rows(account)) == (10, [(1, 10, 10)])


def test_references_are_compared_byte_for_byte(account: PointAccount):
    post(account, (1, "ref"), (1, "REF"), (1, "ref😀"), (1, "ref🐰"))
    assert balance(account) == 4


@pytest.mark.parametrize("column", ["balance", "debt"])
def test_the_database_refuses_a_negative_balance(account: PointAccount, column: str):
    refusal = pytest.raises((IntegrityError, OperationalError), match="not_negative")
    with refusal, transaction.atomic():
        PointAccount.objects.filter(pk=account.pk).update(**{column: -1})


@pytest.mark.parametrize("again", [{"seq": 1, "ref": "b"}, {"seq": 2, "ref": "a"}])
def test_the_database_refuses_a_number_or_an_event_twice(account: PointAccount, again: dict[str, object]):
    post(account, (10, "a"))
    with pytest.raises(IntegrityError), transaction.atomic():
        PointEntry.objects.create(account=account, delta=1, balance_after=11, reason="test", occurred_at=NOW, **again)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.integers(-50, 50), max_size=4), max_size=8))
def test_whatever_is_posted_the_chain_holds(batches: list[list[int]]):
    account = PointAccount.objects.get(member=make_member(), kind="general")
    expected, refs = 0, iter(range(10_000))
    for batch in batches:
        reached = [expected + sum(batch[: length + 1]) for length in range(len(batch))]
        try:
            post(account, *((delta, str(next(refs))) for delta in batch))
        except BalanceInsufficient:
            assert min(reached) < 0
        else:
            assert min(reached, default=0) >= 0
            expected = [expected, *reached][-1]
    chain = rows(account)
    assert [seq for seq, _, _ in chain] == list(range(1, len(chain) + 1))
    assert [after for _, _, after in chain] == [sum(d for _, d, _ in chain[: n + 1]) for n in range(len(chain))]
    assert balance(account) == expected == sum(delta for _, delta, _ in chain)
