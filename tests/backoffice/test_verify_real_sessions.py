"""What the shop really answers of 对对碰, held against verifiers that share no code with it."""

from datetime import timedelta

import pytest

from activities.models import DrawLog, Reward
from activities.services import days, opening, proofs, refunding
from blindbox.system.audit import SYSTEM
from tests.factories.activities import NOW, make_activity, make_draft, make_product
from tests.factories.cards import BY_PAIRS, open_goods, play, tiers
from tests.factories.verifiers import example_verdict, needs_node, page_issue_verdicts, page_verdicts

pytestmark = [pytest.mark.django_db, needs_node]
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def member(make_member):
    return make_member(points_balance=1_000_000)


@pytest.fixture
def replaced(member):
    """Sessions by pairs, played until a tier of which there were two gave way to its substitute."""
    more = {"kind": "points", "points": 5000, "level": "S", "name": "大奖", "sort": 9, "reference_value_fen": 50_000}
    activity = make_activity(gameplay="match", config=BY_PAIRS, price_points=1000)
    draft = make_draft(activity, [*tiers(make_product().pk, A=2), more])
    draft.rewards.filter(level="A").update(substitute=draft.rewards.get(level="S"))
    issue = opening.open_issue(issue_id=draft.pk, actor=SYSTEM, now=NOW)
    while not DrawLog.objects.filter(reward__level="S").exists():
        play(member, issue, 10, now=LATER)
    return issue


@pytest.fixture
def goods(member):
    """Sessions whose cards were kept, one order of them refunded."""
    issue = open_goods(quantity=60)
    first = play(member, issue, 2, choice="4", now=LATER)
    play(member, issue, 3, choice="1", now=LATER)
    refunding.refund_order(order_id=first.order_id, reason="破损", actor=SYSTEM, now=LATER)
    return issue


def of_draws(issue):
    return [
        proofs.of_draw(pk) for pk in DrawLog.objects.filter(issue=issue).order_by("pk").values_list("pk", flat=True)
    ]


def of_issue(issue):
    return proofs.of_issue(activity_id=issue.activity_id, issue_id=issue.pk)


@pytest.mark.parametrize("name", ["replaced", "goods"])
def test_both_verifiers_wait_for_the_day_and_then_agree(request, name):
    issue = request.getfixturevalue(name)
    found = of_draws(issue)
    assert {example_verdict(proof) for proof in found} == {"wait"} == set(page_verdicts(found))
    assert (example_verdict(of_issue(issue)), page_issue_verdicts([(of_issue(issue), found[0])])) == ("ok", ["ok"])
    days.turn(now=NOW + timedelta(days=1))
    found = of_draws(issue)
    assert {example_verdict(proof) for proof in found} == {"ok"} == set(page_verdicts(found))


@pytest.mark.parametrize(("name", "is_bonus"), [("replaced", False), ("goods", False), ("goods", True)])
def test_one_altered_row_is_seen_by_both(request, name, is_bonus):
    issue = request.getfixturevalue(name)
    days.turn(now=NOW + timedelta(days=1))
    log = DrawLog.objects.filter(issue=issue, is_bonus=is_bonus).first()
    other = Reward.objects.filter(issue=issue).exclude(pk=log.reward_id).first()
    DrawLog.objects.filter(pk=log.pk).update(reward=other)
    altered = proofs.of_draw(log.pk)
    assert (example_verdict(altered), page_verdicts([altered])) == ("bad", ["bad"])


def test_a_tier_that_was_skipped_while_there_was_one_is_seen_in_the_whole_issue(replaced):
    shown = of_draws(replaced)[0]
    log = DrawLog.objects.filter(reward__level="A").first()
    top, instead = log.reward_id, Reward.objects.get(level="S")
    detail = {**log.detail, "skipped": [top], "substituted_for": top}
    DrawLog.objects.filter(pk=log.pk).update(reward=instead, detail=detail)
    whole = of_issue(replaced)
    assert (example_verdict(whole), page_issue_verdicts([(whole, shown)])) == ("bad", ["bad"])
