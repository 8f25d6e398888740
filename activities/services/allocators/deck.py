"""A finite box: settlement turns a hold into the next sales of the committed deck (docs/fairness.md)."""

from datetime import datetime

from activities import store
from activities.events import IssueExhausted
from activities.gameplay import registry
from activities.gameplay.base import DrawContext, Result, Terms
from activities.models import Issue
from activities.services import box_turns, boxes, commitments, refusals, tickets
from activities.services.allocators.base import Allocator
from activities.services.allocators.selling import sold
from activities.services.batches import Ask, Batch
from blindbox.common import fairness
from blindbox.system import outbox


class Deck(Allocator):
    kind = "deck"

    def commit(self, issue: Issue, promised: Terms, *, now: datetime) -> tuple[str, str]:
        """Bind terms, the root over all positions, and the secret that both follow from."""
        subject = commitments.issue_subject(issue.pk)
        secret = commitments.draw_secret(subject, now=now)
        root = boxes.derive(promised, secret).tree().root
        commitment = fairness.issue_commitment(issue.pk, issue.terms_hash, root, secret)
        commitments.publish(subject, commitment, now=now)
        return root, commitment

    def stock_up(self, promised: Terms) -> None:
        if promised.picks_numbers:
            tickets.lay_out(promised)

    def reserve(self, ask: Ask, *, now: datetime) -> bool:
        held = _held(ask, now) or (_passed_on(ask.terms, now) and _held(ask, now))
        if held and ask.terms.picks_numbers:
            tickets.hold(ask)
        return held

    def release(self, ask: Ask, *, now: datetime) -> bool:
        freed = store.release(ask.terms.issue_id, ask.count)
        if freed and ask.terms.picks_numbers:
            tickets.release(ask)
        if freed and box_turns.seconds_of(ask.terms):
            box_turns.pass_on_if_due(ask.terms, now=now)
        return freed

    def draw(self, batch: Batch, *, now: datetime) -> list[Result]:
        box = boxes.of_issue(batch.terms.issue_id)
        reached = _sold(batch, now)
        if reached is None and not batch.held and _passed_on(batch.terms, now):
            reached = _sold(batch, now)
        if reached is None:
            raise refusals.of_counter(batch.terms.issue_id, batch.count, member_id=batch.member_id)
        _follow_up(batch.terms, reached, now=now)
        positions = range(reached - batch.count + 1, reached + 1)
        picked = tickets.of_batch(batch) if batch.terms.picks_numbers else ()
        context = DrawContext(
            batch.terms, batch.count, positions=positions, tickets=picked, deck=box.deck, bonus_at=box.bonus_at
        )
        results = registry.get(batch.terms.gameplay).draw(context)
        if picked:
            tickets.open_for(batch, results)
        return results

    def close(self, promised: Terms, *, now: datetime) -> None:
        box_turns.end_all(promised.issue_id, now=now)
        commitments.reveal(subject=commitments.issue_subject(promised.issue_id), now=now)


def _held(ask: Ask, now: datetime) -> bool:
    issue_id, member_id = ask.terms.issue_id, ask.member_id
    if ask.buy_out:
        quoted_sold = (ask.terms.total or 0) - ask.count
        return store.hold_rest(issue_id, quoted_sold=quoted_sold, member_id=member_id, now=now)
    return store.hold(issue_id, ask.count, member_id=member_id, now=now)


def _sold(batch: Batch, now: datetime) -> int | None:
    """
    Sell and return how much is sold then, None if refused. A buy-out whose hold lapsed is sold like any other: what it
    names fits only if nothing was sold or held since.
    """
    if not batch.buy_out or batch.held:
        return sold(batch, now=now)
    issue_id, total = batch.terms.issue_id, batch.terms.total or 0
    rest = store.sell_rest(issue_id, quoted_sold=total - batch.count, member_id=batch.member_id, now=now)
    return total if rest else None


def _passed_on(promised: Terms, now: datetime) -> bool:
    """Refused where a box can be locked, see whether the turn that stood in the way is over; tell whether to retry."""
    if not box_turns.seconds_of(promised) or not store.take(promised.issue_id):
        return False
    box_turns.pass_on(promised, now=now)
    return True


def _follow_up(promised: Terms, sold_then: int, *, now: datetime) -> None:
    """Tell that the box is sold out, and let the queue for it move on."""
    exhausted = sold_then == promised.total
    if exhausted:
        outbox.publish(IssueExhausted(key=f"issue:{promised.issue_id}", issue_id=promised.issue_id), now=now)
    if not box_turns.seconds_of(promised) or store.count(promised.issue_id).locked_by is None:
        return
    if exhausted:
        box_turns.end_all(promised.issue_id, now=now)
    else:
        box_turns.pass_on_if_due(promised, now=now)
