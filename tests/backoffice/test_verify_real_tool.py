"""What the shop really answers of the generic draw tool, held against verifiers that share no code with it."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.db.models import F

from activities.models import DrawBatch, DrawLog, RewardDrop, RewardStock, SessionDraw, SessionScope
from activities.services import days, proofs, verifying
from tests.factories.activities import NOW
from tests.factories.tool_runs import RUNS, outcomes
from tests.factories.verifiers import example_verdict, needs_node, page_issue_verdicts, page_verdicts

pytestmark = [pytest.mark.django_db, needs_node]
HAPPENED = {
    "by time, static, fallback": {"won", "not won", "fallback"},
    "by time, dynamic, to nothing": {"won", "not won", "no roll"},
}


@pytest.fixture(params=RUNS)
def run(request):
    days.turn(now=NOW)
    issue = RUNS[request.param]()
    assert outcomes(issue) == HAPPENED.get(request.param, {"won", "not won"})
    return issue


def of_draws(issue):
    ids = DrawLog.objects.filter(issue=issue).order_by("pk").values_list("pk", flat=True)
    return [proofs.of_draw(pk) for pk in ids]


def of_issue(issue):
    return proofs.of_issue(activity_id=issue.activity_id, issue_id=issue.pk)


def test_both_verifiers_wait_for_the_day_and_then_agree(run):
    found = of_draws(run)
    assert {proof["status"] for proof in found} == {"pending"}
    assert {example_verdict(proof) for proof in found} == {"wait"} == set(page_verdicts(found))
    assert (example_verdict(of_issue(run)), page_issue_verdicts([(of_issue(run), found[0])])) == ("ok", ["ok"])
    days.turn(now=NOW + timedelta(days=1))
    days.turn(now=NOW + timedelta(days=2))
    found = of_draws(run)
    assert {proof["status"] for proof in found} == {"verifiable"}
    assert {example_verdict(proof) for proof in found} == {"ok"} == set(page_verdicts(found))
    assert list(verifying.discrepancies()) == []


# what one altered row shows


def last_won(issue):
    """Return the last draw that won something by a number, of a limited prize where there is one."""
    rows = DrawLog.objects.filter(issue=issue, roll__isnull=False).exclude(reward__kind="none")
    return rows.order_by("reward__quantity", "pk").last()


def altered_detail(issue, **changes):
    log = last_won(issue)
    detail = {**log.detail, **{name: change(log.detail[name]) for name, change in changes.items()}}
    DrawLog.objects.filter(pk=log.pk).update(detail=detail)


def other_roll(issue):
    DrawLog.objects.filter(pk=last_won(issue).pk).update(roll=F("roll") + 1)


def other_roll_twice(issue):
    log, other = last_won(issue), lambda roll: roll - 1 if roll else roll + 1
    DrawLog.objects.filter(pk=log.pk).update(roll=other(log.roll))
    altered_detail(issue, roll=other)


def other_prize(issue):
    log = last_won(issue)
    other = issue.rewards.exclude(pk=log.reward_id).order_by("-kind", "pk").first()
    DrawLog.objects.filter(pk=log.pk).update(reward=other)


def one_less(q):
    return [left if left is None else left - 1 for left in q]


def of_another(issue, **columns):
    DrawBatch.objects.filter(pk=last_won(issue).batch_id).update(**columns)


def no_draw(issue):
    log = last_won(issue)
    SessionDraw.objects.filter(batch_id=log.batch_id, idx=log.idx).delete()
    log.delete()


# what is altered, and whether the draw's own proof shows it, and whether the issue's does
LIES = {
    "another roll": (other_roll, True, True),
    "another roll, in both places": (other_roll_twice, True, False),
    "another prize": (other_prize, True, True),
    "another version": (partial(altered_detail, version=lambda version: version + 1000), False, True),
    "another q": (partial(altered_detail, q=one_less), False, True),
    "another w": (partial(altered_detail, w=lambda w: [w[0] + 1, *w[1:]]), True, True),
    "another e": (partial(altered_detail, e=lambda e: e + 1), True, True),
    "another node": (partial(altered_detail, node=lambda node: (node or 0) + 7), True, True),
    "another occurrence": (partial(altered_detail, occurrence=lambda day: "2026-11-20"), True, True),
    "a draw that is gone": (no_draw, False, True),
}
BY_FIXED_ODDS = {  # where odds follow what is left, a small table may lead another number to the same share
    "another version": (LIES["another version"][0], True, True),
    "another player": (partial(of_another, player="0" * 32), True, False),
    "another nonce": (partial(of_another, client_nonce="n"), True, False),
}


def what_is_seen(issue, lie, altered):
    """Alter, ask the shop itself and both proofs, and take it back."""
    with transaction.atomic():
        lie(issue)
        found = list(verifying.discrepancies(issue_id=issue.pk))
        proof = proofs.of_draw(altered) if DrawLog.objects.filter(pk=altered).exists() else None
        whole = of_issue(issue)
        transaction.set_rollback(True)
    return found, proof, whole


def test_one_altered_row_is_seen_by_all_three(run):
    days.turn(now=NOW + timedelta(days=1))
    days.turn(now=NOW + timedelta(days=2))
    lies = LIES | (BY_FIXED_ODDS if run.terms.count('"probability":"static"') else {})
    altered, shown = last_won(run).pk, of_draws(run)[0]
    seen = {name: what_is_seen(run, lie, altered) for name, (lie, *_) in lies.items()}
    assert [name for name, (found, *_) in seen.items() if not found] == []
    own = {name: seen[name][1] for name, (_, in_draw, _) in lies.items() if in_draw}
    assert [name for name, proof in own.items() if example_verdict(proof) != "bad"] == []
    assert dict(zip(own, page_verdicts([*own.values()]), strict=True)) == dict.fromkeys(own, "bad")
    together = {name: seen[name][2] for name, (*_, in_issue) in lies.items() if in_issue}
    assert [name for name, whole in together.items() if example_verdict(whole) != "bad"] == []
    verdicts = page_issue_verdicts([(whole, shown) for whole in together.values()])
    assert dict(zip(together, verdicts, strict=True)) == dict.fromkeys(together, "bad")
    assert list(verifying.discrepancies()) == []


@pytest.fixture
def released():
    days.turn(now=NOW)
    return RUNS["by time, dynamic, released"]()


def a_release(issue):
    return RewardDrop.objects.filter(issue=issue, status="done", version__gt=1)


def scope(issue):
    return SessionScope.objects.filter(issue=issue)


RELEASES = {
    "another quantity": lambda issue: a_release(issue).update(quantity=11),
    "another version": lambda issue: a_release(issue).update(version=F("version") + 5),
    "early": lambda issue: a_release(issue).update(released_at=NOW),
    "planned otherwise": lambda issue: a_release(issue).update(release_at=F("release_at") - timedelta(minutes=1)),
    "withheld": lambda issue: a_release(issue).update(status="wait", version=None, scope=None, released_at=None),
    "a version that nothing took": lambda issue: scope(issue).update(version=F("version") + 1),
}


def test_a_release_that_was_altered_is_seen_by_all_three(released):
    shown = of_draws(released)[0]
    seen = {name: what_is_seen(released, lie, shown["draw"]["id"]) for name, lie in RELEASES.items()}
    assert [name for name, (found, *_) in seen.items() if not found] == []
    assert [name for name, (*_, whole) in seen.items() if example_verdict(whole) != "bad"] == []
    verdicts = page_issue_verdicts([(whole, shown) for *_, whole in seen.values()])
    assert dict(zip(seen, verdicts, strict=True)) == dict.fromkeys(seen, "bad")


def stock(issue, level):
    return RewardStock.objects.filter(reward__issue=issue, reward__level=level)


def last_record(issue):
    return SessionDraw.objects.filter(pk=SessionDraw.objects.filter(scope__issue=issue).latest("version").pk)


KEPT_INSIDE = {
    "released": lambda issue: stock(issue, "B").update(released=F("released") + 1),
    "given": lambda issue: stock(issue, "B").update(given=F("given") - 1),
    "a version less": lambda issue: scope(issue).update(version=F("version") - 1),
    "a gap": lambda issue: last_record(issue).update(version=F("version") + 1),
    "a number of the member": lambda issue: last_record(issue).update(session_no=F("session_no") + 1),
}


@pytest.mark.parametrize("lie", KEPT_INSIDE)
def test_what_no_proof_shows_is_seen_by_the_shop_itself(released, lie):
    assert KEPT_INSIDE[lie](released) == 1
    assert list(verifying.discrepancies()) != []


def test_what_came_while_the_list_was_read_is_no_discrepancy(released):
    """The versions are read first: a draw after them is listed, but its release may be missing."""
    whole, shown = of_issue(released), of_draws(released)[0]
    for each in whole["occurrences"]:
        each["version"] -= 3
    assert (example_verdict(whole), page_issue_verdicts([(whole, shown)])) == ("ok", ["ok"])
