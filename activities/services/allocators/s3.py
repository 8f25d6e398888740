"""The generic draw tool: a write first, then what is due, then odds from what is there (docs/fairness.md)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from accounts import selectors as accounts
from activities.enums import Outcome
from activities.errors import SessionNotLive
from activities.events import PrizesWon
from activities.gameplay import occurrences, registry
from activities.gameplay.base import DrawContext, Result, Terms
from activities.gameplay.session_table import at_opening, everything
from activities.gameplay.sessions import SESSION, Entry, Node, SessionPlay, Step
from activities.models import Issue, RewardStock
from activities.services import commitments, limited
from activities.services.allocators.base import Allocator
from activities.services.allocators.daily import commit_terms
from activities.services.allocators.selling import sell
from activities.services.batches import Ask, Batch, Earlier, Turn
from activities.services.glue import amounts, overlaps, passes, planning, records, releasing, scopes, sight, tallies
from activities.services.glue.amounts import Amount
from activities.services.glue.sight import Seen
from blindbox.common import fairness
from blindbox.common.business_day import business_day
from blindbox.common.errors import Invalid
from blindbox.common.events import Event
from blindbox.common.fairness import Stream


class Sessions(Allocator):
    kind = "s3"
    delivers_later = True

    def problems(self, issue: Issue, own: Mapping[str, Any]) -> list[str]:
        found = [*planning.problems(issue), *overlaps.problems(issue, own)]
        if issue.activity.price_fen is not None and registry.get(issue.activity.gameplay).options(own):
            found.append("按数额、凭证或预选的抽奖只能免费或用积分，请去掉现金价格")
        return found

    def warnings(self, issue: Issue, *, now: datetime | None) -> list[str]:
        return planning.warnings(issue, now=now)

    def commit(self, issue: Issue, promised: Terms, *, now: datetime) -> tuple[str, str]:
        """Bind the terms, and with them the plan of releases."""
        return commit_terms(issue, now=now)

    def stock_up(self, promised: Terms) -> None:
        """A prize with a plan comes when the plan says; any other is there from the start."""
        released, total = at_opening(promised.prizes, promised.releases), everything(promised.prizes)
        RewardStock.objects.bulk_create(
            RewardStock(reward_id=pk, total=n, released=released[pk]) for pk, n in total.items()
        )

    def reserve(self, ask: Ask, *, now: datetime) -> bool:
        """Hold for cash what could be drawn now; it counts, and is drawn, once it is paid."""
        tallies.refuse_used_up(tallies.limits_of(ask.terms, _live(ask.terms, now)), ask.member_id, ask.count)
        return super().reserve(ask, now=now)

    def take_turn(
        self, promised: Terms, member_id: int, count: int, *, paid_at: datetime, fair_ref: str | None = None
    ) -> Turn:
        occurrence = _live(promised, paid_at)
        tallies.take(promised, occurrence, member_id, count)
        player = fairness.player_tag(promised.issue_id, fair_ref or accounts.fair_ref_of(member_id))
        return Turn(business_day(paid_at), player=player, occurrence=occurrence)

    def draw(self, batch: Batch, *, now: datetime) -> list[Result]:
        amount = _amount(batch)
        secret = commitments.day_secret(batch.turn.day or business_day(now), now=now)
        sell(batch, now=now)
        seen = sight.take(batch, _occurrence(batch), now=now)
        nodes = _admitted(batch, amount, seen.earlier)
        results = _play(batch.terms).draw(_context(batch, secret, seen, nodes))
        won = Counter(result.reward_id for result in results if result.reward_id in seen.left)
        if won:
            limited.take(won)
        records.write(batch, seen, results, amount, now=now)
        return results

    def news(self, batch: Batch, results: Sequence[Result]) -> list[Event]:
        won = any(records.outcome_of(batch, result) == Outcome.WON for result in results)
        return [PrizesWon(key=f"batch:{batch.id}", batch_id=batch.id)] if won else []

    def close(self, promised: Terms, *, now: datetime) -> None:
        releasing.cancel(promised.issue_id)
        scopes.end(promised.issue_id)


def _play(promised: Terms) -> SessionPlay:
    play = registry.get(promised.gameplay)
    assert isinstance(play, SessionPlay)
    return play


def _live(promised: Terms, moment: datetime) -> date:
    occurrence = occurrences.of_terms(promised).live(moment)
    if occurrence is None:
        raise SessionNotLive
    return occurrence


def _occurrence(batch: Batch) -> date:
    if batch.turn.occurrence is None:
        raise ValueError("only a batch that took its turn can be drawn")
    return batch.turn.occurrence


def _amount(batch: Batch) -> Amount | None:
    if "amount_ref" not in _play(batch.terms).options(batch.terms.config):
        return None
    if batch.count != 1:
        raise Invalid.field("count", "按数额抽奖一次只能抽一次")
    if not batch.amount_ref:
        hint = amounts.HINTS[batch.terms.config["amount_from"]]
        raise Invalid.field("amount_ref", f"请提供数额来源：{hint}", "required")
    return amounts.of(batch.member_id, batch.amount_ref, promised=batch.terms)


def _admitted(batch: Batch, amount: Amount | None, before: Earlier) -> list[Node]:
    """Let the type check the entry; a pass that it asks for is used up."""
    play, promised = _play(batch.terms), batch.terms
    earlier = before.session if play.counted_by(promised.config) == SESSION else before.activity
    passed = None
    if batch.passed:
        passed = passes.level_of(batch.passed, activity_id=promised.activity_id, member_id=batch.member_id)
    entry = Entry(batch.count, earlier, None if amount is None else amount.value, passed, batch.choice)
    nodes = play.admit(promised.prizes, promised.config, entry)
    if passed is not None:
        passes.use(batch.passed, batch_id=batch.id, level=passed)
    return nodes


def _context(batch: Batch, secret: bytes, seen: Seen, nodes: Sequence[Node]) -> DrawContext:
    versions = range(seen.taken.first, seen.taken.version + 1)
    steps = [Step(version, node) for version, node in zip(versions, nodes, strict=True)]
    occurrence = _occurrence(batch).isoformat()
    streams = streams_of(secret, batch.terms.issue_id, batch.turn, versions, batch.nonce)
    facts = {"steps": steps, "left": seen.left, "occurrence": occurrence}
    return DrawContext(batch.terms, batch.count, streams=streams, facts=facts)


def streams_of(secret: bytes, issue_id: int, turn: Turn, versions: Sequence[int], nonce: str) -> list[Stream]:
    """Return the stream of each draw; whoever draws is known by the name that they have in this session."""
    if turn.day is None or turn.occurrence is None:
        raise ValueError("only a batch that took its turn has streams")
    day, occurrence = turn.day.isoformat(), turn.occurrence.isoformat()
    return [fairness.s3_stream(secret, day, issue_id, occurrence, version, turn.player, nonce) for version in versions]
