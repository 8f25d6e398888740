"""The one writer of points."""

import pytest
from django.db import transaction

from accounts.enums import PointKind
from accounts.models import PointAccount, PointDebt, PointEntry
from accounts.services import points
from accounts.services.points import PointsInsufficient
from blindbox.common.invariants import violations
from blindbox.common.ledger import AlreadyPosted, Posting
from tests.factories.accounts import NOW

pytestmark = pytest.mark.django_db
BOOKS = ["M1", "M3", "M4", "M6", "M9"]


def posting(delta, ref="a", reason="grant"):
    return Posting(delta=delta, reason=reason, ref=ref)


def post(member, *postings, **options):
    return points.post(member_id=member.pk, postings=list(postings), now=NOW, **options)


def account(member, kind=PointKind.GENERAL):
    return PointAccount.objects.values_list("balance", "seq").get(member=member, kind=kind)


def test_several_postings_of_one_event_move_the_balance_once(member):
    entries = post(member, posting(100, "a"), posting(-30, "b"), posting(5, "c"))
    assert [(e.seq, e.delta, e.balance_after) for e in entries] == [(1, 100, 100), (2, -30, 70), (3, 5, 75)]
    assert account(member) == (75, 3)
    assert violations(["M1", "M4"]) == []


def test_the_last_point_may_be_spent_but_no_more(make_member):
    member = make_member(points_balance=10)
    post(member, posting(-10, "all"))
    with pytest.raises(PointsInsufficient) as refusal:
        post(member, posting(-1, "more"))
    assert refusal.value.details == {"needed": 1}
    assert account(member) == (0, 2)


def test_an_event_posts_once(member):
    post(member, posting(100))
    with pytest.raises(AlreadyPosted):
        post(member, posting(100))
    assert account(member) == (100, 1)
    assert PointEntry.objects.count() == 1


def test_mall_points_do_not_pay_general_debts(make_member):
    member = make_member(mall_balance=10)
    with pytest.raises(PointsInsufficient):
        post(member, posting(-1))
    post(member, posting(-10, "spent"), kind=PointKind.MALL)
    assert account(member, PointKind.MALL) == (0, 2)


# what a claw-back cannot take


def claw_back(member, *postings):
    return points.claw_back(member_id=member.pk, postings=list(postings), now=NOW)


def standing(member):
    return PointAccount.objects.values_list("balance", "debt").get(member=member, kind=PointKind.GENERAL)


def test_a_claw_back_takes_what_is_there_and_the_rest_is_owed(make_member):
    member = make_member(points_balance=10)
    assert claw_back(member, posting(-4, "a", "refund"), posting(-8, "b", "refund"), posting(-3, "c", "refund")) == 10
    assert standing(member) == (0, 5)
    taken = PointEntry.objects.filter(reason="refund").order_by("seq").values_list("ref", "delta", "balance_after")
    assert list(taken) == [("a", -4, 6), ("b", -6, 0), ("c", 0, 0)]
    assert list(PointDebt.objects.order_by("pk").values_list("ref", "delta")) == [("b", 2), ("c", 3)]
    assert violations(BOOKS) == []


def test_a_claw_back_that_is_covered_owes_nothing_and_happens_once(make_member):
    member = make_member(points_balance=10)
    assert claw_back(member, posting(-10, "a", "refund")) == 10
    with pytest.raises(AlreadyPosted), transaction.atomic():
        claw_back(member, posting(-10, "a", "refund"))
    assert (standing(member), PointDebt.objects.count()) == ((0, 0), 0)
    assert violations(BOOKS) == []


def test_later_earnings_pay_a_debt_off_and_what_is_over_is_kept(make_member):
    member = make_member(points_balance=1)
    claw_back(member, posting(-8, "a", "refund"))
    assert [entry.delta for entry in post(member, posting(3, "x", "invite"))] == [3]
    assert standing(member) == (0, 4)
    post(member, posting(5, "y", "draw_prize"), posting(1, "z", "draw_prize"))
    assert standing(member) == (2, 0)
    paid = PointEntry.objects.filter(reason="debt").order_by("seq").values_list("ref", "delta")
    assert list(paid) == [("invite:x", -3), ("draw_prize:y", -4)]
    post(member, posting(5, "w"))
    assert standing(member) == (7, 0)
    assert violations(BOOKS) == []


def test_what_a_refund_returns_is_no_earning_and_may_be_spent(make_member):
    member = make_member()
    claw_back(member, posting(-8, "a", "refund"))
    post(member, posting(20, "order", "refund"))
    assert standing(member) == (20, 8)
    post(member, posting(-5, "spent", "order"))
    assert standing(member) == (15, 8)
    with pytest.raises(PointsInsufficient):
        post(member, posting(-16, "more", "order"))
    assert violations(BOOKS) == []
