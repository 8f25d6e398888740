"""What the shop really answers, held against verifiers that share no code with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Member
from activities.models import DrawLog, Issue, Reward
from activities.services import closing, days, opening, proofs, refunding, verifying
from blindbox.system import audit
from tests.factories.activities import NOW, make_activity, make_draft, open_odds
from tests.factories.draws import buy, open_box_of_all_positions
from tests.factories.odds import open_issue_of
from tests.factories.verifiers import example, example_verdict, needs_node, page_issue_verdicts, page_verdicts


@pytest.fixture
def member(make_member: Callable[..., Member]) -> Member:
    return make_member(points_balance=10_000)


@pytest.fixture
def box(db: None) -> Issue:
    return open_box_of_all_positions()


@pytest.fixture
def wheel(db: None) -> Issue:
    return open_odds()


def _draw_proofs(issue: Issue) -> list[dict[str, Any]]:
    ids = DrawLog.objects.filter(issue=issue).order_by("pk").values_list("pk", flat=True)
    return [proofs.of_draw(draw_log_id) for draw_log_id in ids]


def _issue_proof(issue: Issue) -> dict[str, Any]:
    return proofs.of_issue(activity_id=issue.activity_id, issue_id=issue.pk)


def test_a_box_verifies_while_it_is_open_and_wholly_when_it_is_closed(member, box):
    buy(member, box, 4, now=NOW + timedelta(minutes=1))
    assert {example_verdict(proof) for proof in [*_draw_proofs(box), _issue_proof(box)]} == {"wait"}
    buy(member, box, 7, now=NOW + timedelta(minutes=2))
    closing.close(issue_id=box.pk, actor=audit.SYSTEM, now=NOW + timedelta(minutes=3))
    assert DrawLog.objects.filter(issue=box).count() == 15
    assert {example_verdict(proof) for proof in [*_draw_proofs(box), _issue_proof(box)]} == {"ok"}


@needs_node
def test_what_the_answer_calls_verifiable_the_page_verifies(member, box):
    """The place of a first or global prize follows from the secret: until that is revealed the answer says so."""
    buy(member, box, 10, now=NOW + timedelta(minutes=1))
    found = _draw_proofs(box)
    said = [proof["status"] for proof in found]
    assert [{"ok": "verifiable", "wait": "position_pending"}[verdict] for verdict in page_verdicts(found)] == said
    hidden = {reward.pk for reward in Reward.objects.filter(issue=box, position__in=["first", "global"])}
    assert [p["draw"]["reward_id"] in hidden for p in found] == [word == "position_pending" for word in said]
    assert "position_pending" in said
    assert {p["status_text"] for p in found if p["status"] == "position_pending"} == {
        "票现在即可验证，附加奖的位置在本期结束、公布密钥后可验证"
    }
    buy(member, box, 1, now=NOW + timedelta(minutes=2))
    closing.close(issue_id=box.pk, actor=audit.SYSTEM, now=NOW + timedelta(minutes=3))
    assert {proof["status"] for proof in _draw_proofs(box)} == {"verifiable"}


def test_odds_verify_when_their_day_is_revealed(member, wheel):
    buy(member, wheel, 5, now=NOW + timedelta(minutes=1))
    buy(member, wheel, 2, now=NOW + timedelta(minutes=2))
    assert [example_verdict(proof) for proof in _draw_proofs(wheel)] == ["wait"] * 7
    days.turn(now=NOW + timedelta(days=1))
    buy(member, wheel, 1, now=NOW + timedelta(days=2))
    assert [example_verdict(proof) for proof in _draw_proofs(wheel)] == ["ok"] * 7 + ["wait"]
    assert [proof["seq"] for proof in _draw_proofs(wheel)] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert example_verdict(_issue_proof(wheel)) == "ok"


@pytest.fixture
def promising(db: None) -> Issue:
    """An issue with a guarantee, and a limited prize that is replaced once it is gone."""
    lines = [("A", 30_000, 2, "B"), ("B", 70_000), ("C", 900_000)]
    config = {"guarantee": {"levels": ["A", "B"], "within": 4}, "on_sold_out": "substitute"}
    days.turn(now=NOW)
    return open_issue_of(lines, config=config)


def _drawn_and_refunded(member: Member, issue: Issue) -> None:
    """Draw until the limited prize was replaced, with a refund of a hit, of a miss and of ten in between."""
    moment = NOW + timedelta(minutes=1)
    orders = [buy(member, issue, count, now=moment) for count in (3, 1, 10, 1, 2)]
    for order_id in (orders[1], orders[2], orders[4]):
        refunding.refund_order(order_id=order_id, reason="包装破损", actor=audit.SYSTEM, now=moment)
        buy(member, issue, 5, now=moment)
    while not DrawLog.objects.filter(issue=issue, detail__has_key="substituted_for").exists():
        buy(member, issue, 10, now=moment)


def test_guarantee_refunds_and_substitutes_verify(make_member, promising):
    member = make_member(points_balance=1_000_000)
    _drawn_and_refunded(member, promising)
    assert {example_verdict(proof) for proof in _draw_proofs(promising)} == {"wait"}
    assert example_verdict(_issue_proof(promising)) == "ok"
    days.turn(now=NOW + timedelta(days=1))
    found = _draw_proofs(promising)
    assert {example_verdict(proof) for proof in found} == {"ok"}
    assert {proof["purpose"] for proof in found} == {"roll", "guarantee"}
    assert list(verifying.discrepancies()) == []


@needs_node
def test_the_page_finds_the_same_of_guarantee_refunds_and_substitutes(make_member, promising):
    _drawn_and_refunded(make_member(points_balance=1_000_000), promising)
    days.turn(now=NOW + timedelta(days=1))
    found = _draw_proofs(promising)
    assert set(page_verdicts(found)) == {"ok"}
    assert page_issue_verdicts([(_issue_proof(promising), found[0])]) == ["ok"]


@needs_node
def test_one_altered_row_is_seen_by_both(make_member, promising):
    _drawn_and_refunded(make_member(points_balance=1_000_000), promising)
    days.turn(now=NOW + timedelta(days=1))
    missed = DrawLog.objects.filter(issue=promising, detail__has_key="guarantee_roll").order_by("pk")[0]
    shown = proofs.of_draw(missed.pk)
    DrawLog.objects.filter(pk=missed.pk).update(detail={"guarantee_before": 2, "guarantee_after": 0})
    altered = proofs.of_draw(missed.pk)
    assert (example_verdict(altered), page_verdicts([altered])) == ("bad", ["bad"])
    whole = _issue_proof(promising)
    assert (example_verdict(whole), page_issue_verdicts([(whole, shown)])) == ("bad", ["bad"])


@needs_node
def test_the_page_finds_the_same(member, box, wheel):
    buy(member, box, 10, now=NOW + timedelta(minutes=1))
    buy(member, wheel, 3, now=NOW + timedelta(minutes=1))
    own = [proof for proof in _draw_proofs(box) if not proof["draw"]["is_bonus"]]
    assert page_verdicts([*own, *_draw_proofs(wheel)]) == ["ok"] * 10 + ["wait"] * 3
    buy(member, box, 1, now=NOW + timedelta(minutes=2))
    closing.close(issue_id=box.pk, actor=audit.SYSTEM, now=NOW + timedelta(minutes=3))
    days.turn(now=NOW + timedelta(days=1))
    assert page_verdicts([*_draw_proofs(box), *_draw_proofs(wheel)]) == ["ok"] * 18


COUNTED = [("A", "ticket", 23, None), ("N", "nth", 1, 5), ("E", "every", 2, 10), ("R", "repdigit", 2, None)]


@needs_node
def test_extras_that_follow_the_number_of_the_sale_verify_before_the_secret_is_known_and_after(make_member):
    lines = [dict(zip(("level", "position", "quantity", "position_n"), line, strict=True)) for line in COUNTED]
    rewards = [{**line, "kind": "points", "points": 1, "name": line["level"]} for line in lines]
    box = opening.open_issue(issue_id=make_draft(make_activity(), rewards).pk, actor=audit.SYSTEM, now=NOW)
    member = make_member(points_balance=20_000)
    for count in (10, 10, 2):
        buy(member, box, count, now=NOW + timedelta(minutes=1))
    extras = [proof for proof in _draw_proofs(box) if proof["draw"]["is_bonus"]]
    place = {reward.pk: reward.level for reward in box.rewards.all()}
    found = [(place[each["draw"]["reward_id"]], each["draw"]["ticket_no"]) for each in extras]
    assert sorted(found) == [("E", 10), ("E", 20), ("N", 5), ("R", 11), ("R", 22)]
    assert {example_verdict(each) for each in extras} == {"wait"}
    assert all(("附加奖的位置相符", True) in list(example.check(each)) for each in extras)
    buy(member, box, 1, now=NOW + timedelta(minutes=2))
    closing.close(issue_id=box.pk, actor=audit.SYSTEM, now=NOW + timedelta(minutes=3))
    closed = [*_draw_proofs(box), _issue_proof(box)]
    assert {example_verdict(each) for each in closed} == {"ok"}
    assert set(page_verdicts(closed[:-1])) == {"ok"}
    assert page_issue_verdicts([(closed[-1], closed[0])]) == ["ok"]
    moved = [proof for proof in closed[:-1] if proof["draw"]["ticket_no"] == 12][0]
    moved["draw"] |= {"is_bonus": True, "reward_id": next(pk for pk, level in place.items() if level == "R")}
    assert (example_verdict(moved), page_verdicts([moved])) == ("bad", ["bad"])


def test_a_day_that_is_committed_after_it_began_is_found_out(member, wheel):
    buy(member, wheel, 1, now=NOW + timedelta(days=1))  # nobody had turned the days
    days.turn(now=NOW + timedelta(days=2))
    assert example_verdict(_draw_proofs(wheel)[0]) == "bad"
