"""The published odds of a deck that nobody can count are simulated from a fixed seed, and checked like counted ones."""

import pytest
from django.core.cache import cache

from activities.gameplay import card_odds
from activities.models import Issue
from activities.services import terms, verifying
from blindbox.common import fairness
from tests.factories.cards import open_by_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulated(monkeypatch):
    """An issue whose deck has more orders than are counted here."""
    monkeypatch.setattr(card_odds, "MOST_STATES", 10)
    monkeypatch.setattr(card_odds, "SESSIONS", 2_000)
    card_odds.chances.cache_clear()
    cache.clear()
    yield open_by_pairs()
    card_odds.chances.cache_clear()
    cache.clear()


def rewritten(issue, before, after):
    """Rewrite the terms with all that binds them but the log."""
    text = issue.terms.replace(before, after)
    assert text != issue.terms
    sums = {"terms": text, "terms_hash": fairness.terms_hash(text), "commitment": fairness.terms_hash(text)}
    Issue.objects.filter(pk=issue.pk).update(**sums)
    return list(verifying.discrepancies(issue_id=issue.pk))


def test_honest_simulated_odds_pass_and_are_simulated_once(simulated, monkeypatch):
    assert '"odds_by":"simulated"' in simulated.terms
    assert list(verifying.discrepancies()) == []
    monkeypatch.setattr(card_odds, "_simulated", None)  # whoever asked again would fail
    card_odds.chances.cache_clear()
    assert list(verifying.discrepancies()) == []


def test_one_altered_simulated_odd_is_caught(simulated):
    first = simulated.rewards.order_by("sort").first()
    ppm = next(each.odds_ppm for each in terms.promised_by(simulated).prizes if each.id == first.pk)
    found = rewritten(simulated, f'"odds_ppm":{ppm},', f'"odds_ppm":{ppm + 1},')
    assert f"期次 {simulated.pk}：公布的概率不是由牌组算出的" in found


def test_counted_odds_that_are_called_simulated_are_caught():
    issue = open_by_pairs()
    found = rewritten(issue, '"odds_by":"exact"', '"odds_by":"simulated"')
    assert f"期次 {issue.pk}：公布的概率不是由牌组算出的" in found
