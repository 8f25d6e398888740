"""Points that expire while they are spent: each is taken once, and only what is old; with its control."""

from datetime import timedelta
from functools import partial

import pytest

from accounts import configs
from accounts.enums import PointKind
from accounts.models import PointAccount, PointEntry
from accounts.services import expiry, points
from accounts.services.points import PointsInsufficient
from blindbox.common.invariants import violations
from blindbox.common.ledger import Posting
from blindbox.common.retry import in_transaction
from blindbox.system.audit import SYSTEM
from blindbox.system.configs import change
from tests.factories.accounts import make_member
from tests.races.conftest import in_the_middle, run_together
from tests.races.paying import errors

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
OLD, NEW = 100, 50
BOOKS = ["M1", "M3", "M4", "M6"]


@pytest.fixture
def member(now):
    change(key=configs.POINT_LIFETIME_DAYS.key, value=7, actor=SYSTEM, now=now)
    made = make_member(now=now - timedelta(days=20))
    for number, (delta, age) in enumerate([(OLD, 9), (NEW, 1)]):
        posting = Posting(delta, "grant", f"{number}")
        points.post(member_id=made.pk, postings=[posting], now=now - timedelta(days=age))
    return made


def spend(member, ref, delta, now):
    points.post(member_id=member.pk, postings=[Posting(-delta, "order", ref)], now=now)


def moved(member):
    """Return what is held, what was spent and what expired."""
    entries = PointEntry.objects.filter(account__member=member)
    of = {reason: -sum(entries.filter(reason=reason).values_list("delta", flat=True)) for reason in ("order", "expiry")}
    return PointAccount.objects.get(member=member, kind=PointKind.GENERAL).balance, of["order"], of["expiry"]


def test_what_is_spent_at_the_same_time_does_not_expire_too(member, now):
    spends = [partial(spend, member, f"{n}", 10, now) for n in range(8)]
    results = run_together(*spends, *[partial(expiry.expire, now=now)] * 2)
    refused = errors(results, PointsInsufficient)
    held, spent, expired = moved(member)
    assert errors(results, Exception) == refused
    assert (spent, held + spent + expired) == (10 * (8 - refused), OLD + NEW)
    assert PointEntry.objects.filter(reason="expiry").count() == 1
    assert violations(BOOKS) == []


def test_control_without_the_account_held_good_points_expire(member, now, monkeypatch):
    monkeypatch.setattr(points, "hold_account", lambda **_: None)

    @in_transaction
    def spend_at_once():
        account = {"member_id": member.pk, "kind": PointKind.GENERAL}
        points._ledger.post(account=account, postings=[Posting(-40, "order", "a")], now=now)

    results = in_the_middle(monkeypatch, points, "post_here", partial(expiry.expire, now=now), spend_at_once)
    assert errors(results, Exception) == 0
    assert moved(member) == (10, 40, 100)  # 40 of the 100 that expired had been spent
    assert [found.id for found in violations(BOOKS)] == ["M4"]
