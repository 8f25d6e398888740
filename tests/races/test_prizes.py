"""Handing a prize out over real connections: once, and never beside a refund; with a control without the guard."""

from functools import partial

import pytest
from django.db import transaction

from accounts.models import PointEntry
from activities.enums import DeliveryStatus, RewardKind
from activities.models import PrizeDelivery
from activities.services.prizes import deliveries, issuers
from activities.services.prizes.deliveries import Origin
from activities.services.prizes.issuers import Gift, Receipt
from blindbox.common.ledger import AlreadyPosted
from blindbox.common.retry import in_transaction
from tests.factories.accounts import make_member
from tests.factories.activities import NOW
from tests.factories.issuers import serving
from tests.races.conftest import Meeting, run_together

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ORIGIN = Origin("draw", 1, 0)
GIFT = Gift(RewardKind.WALLET, "5 元红包", amount_fen=500)


@pytest.fixture
def issuer():
    with serving(RewardKind.WALLET) as found:
        yield found


@pytest.fixture
def promised(issuer):
    member = make_member()
    in_transaction(deliveries.send)(member_id=member.pk, gifts=[(ORIGIN, GIFT)], now=NOW)
    return member


def given(member):
    return list(PointEntry.objects.filter(account__member=member).order_by("seq").values_list("delta", flat=True))


def test_eight_workers_hand_a_prize_out_once(promised, issuer):
    results = run_together(*[partial(deliveries.hand_out, ORIGIN, now=NOW)] * 8)
    assert (results, given(promised), len(issuer.asked)) == ([None] * 8, [500], 1)
    assert PrizeDelivery.objects.values_list("status", "failures").get() == ("delivered", 0)


def test_control_without_the_state_only_the_issuers_own_key_is_left(promised, monkeypatch):
    meeting = Meeting(8)

    def hand_out_blindly():
        row = PrizeDelivery.objects.get()
        waits = meeting.look(lambda: PrizeDelivery.objects.get().status == DeliveryStatus.PENDING)
        with transaction.atomic():
            if waits:
                issuers.of(row.kind).issue(GIFT, Receipt(row.member_id, ORIGIN.ref), now=NOW)

    results = run_together(*[hand_out_blindly] * 8)
    assert sum(isinstance(result, AlreadyPosted) for result in results) == 7


@pytest.mark.parametrize("round_number", range(5))
def test_a_refund_that_meets_the_worker_leaves_nothing_behind(promised, issuer, round_number):
    hand_out = partial(deliveries.hand_out, ORIGIN, now=NOW)
    results = run_together(hand_out, partial(deliveries.revoke, ORIGIN, now=NOW), hand_out)
    assert results == [None] * 3
    assert (sum(given(promised)), PrizeDelivery.objects.get().status) == (0, "revoked")
    assert given(promised) in ([], [500, -500])
