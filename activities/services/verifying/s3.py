"""
The generic draw tool: its history replayed version by version.

Every version of an occurrence is either a draw or a release, so what was there before each draw follows from what
happened before it, and with it the odds.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache

from accounts import selectors as accounts
from activities.errors import CannotServe
from activities.gameplay import occurrences, registry
from activities.gameplay.base import DrawContext, Terms
from activities.gameplay.session_table import NoEmptyPrize, at_opening
from activities.gameplay.sessions import SESSION, Entry, Node, SessionPlay, Step
from activities.models import Issue, LevelPass, RewardStock, SessionDraw, SessionScope
from activities.services.allocators.s3 import streams_of
from activities.services.batches import Turn
from activities.services.verifying import batches, plan, session_history, turns
from activities.services.verifying.log import day_secret
from activities.services.verifying.session_history import Bought, Releases, Stock
from blindbox.common import fairness


def check(issue: Issue, promised: Terms) -> Iterator[str]:
    """Yield the draws, and what was left, that the history before them does not lead to."""
    replay = _Replay(issue, promised)
    for scope in SessionScope.objects.filter(issue=issue).order_by("occurrence"):
        yield from replay.occurrence(scope)
    yield from replay.ending()
    yield from plan.check(issue, promised)
    kept = SessionDraw.objects.filter(batch__issue=issue).values("batch_id")
    for batch_id in batches.drawn_ids(issue).exclude(pk__in=kept):
        yield f"批次 {batch_id}：没有场次记录"


class _Replay:
    """An issue from its opening on: what is in stock, how often each member drew."""

    def __init__(self, issue: Issue, promised: Terms) -> None:
        play = registry.get(promised.gameplay)
        assert isinstance(play, SessionPlay)
        self._issue, self._promised, self._play = issue, promised, play
        self._stock = Stock(Counter(at_opening(promised.prizes, promised.releases)))
        self._secrets, self._fair_refs = cache(day_secret), cache(accounts.fair_ref_of)
        self._counts: Counter[tuple[date, int]] = Counter()

    def occurrence(self, scope: SessionScope) -> Iterator[str]:
        releases, reached = Releases(scope), 0
        for bought in session_history.of_scope(scope):
            reached = releases.pass_to(self._stock, reached, bought.first)
            if not bought.is_run or bought.first != reached + 1:
                yield f"批次 {bought.batch.pk}：场次版本不是从 {reached + 1} 起连续的 {bought.batch.count} 个"
            yield from self._batch(scope.occurrence, bought)
            reached = bought.last
        reached = releases.pass_to(self._stock, reached, scope.version + 1)
        if reached != scope.version or releases.are_left:
            yield f"期次 {self._issue.pk} 场次 {scope.occurrence}：版本到 {reached}，应到 {scope.version}"

    def _batch(self, occurrence: date, bought: Bought) -> Iterator[str]:
        batch = bought.batch
        wrong = self._turn_problem(occurrence, bought)
        secret = self._secrets(batch.day) if batch.day and not wrong else None
        if wrong:
            yield wrong
        elif secret is None:
            yield f"批次 {batch.pk}：没有 {batch.day} 的密钥"
        else:
            yield from self._results(occurrence, bought, secret)
        self._stock.given.update(
            row.reward_id for row in batches.rows_of(batch) if row.reward_id in self._stock.released
        )

    def _turn_problem(self, occurrence: date, bought: Bought) -> str | None:
        batch, key = bought.batch, (occurrence, bought.batch.member_id)
        player = fairness.player_tag(self._issue.pk, self._fair_refs(batch.member_id))
        wrong = turns.problem(batch, bought.paid_at, player)
        if wrong or bought.paid_at is None:
            return wrong
        if occurrences.of_terms(self._promised).live(bought.paid_at) != occurrence:
            return f"批次 {batch.pk}：支付时不在 {occurrence} 的场次内"
        before = self._counts[key]
        self._counts[key] += len(bought.rows)
        if [row.session_no for row in bought.rows] != list(range(before + 1, self._counts[key] + 1)):
            return f"批次 {batch.pk}：本场次第几次不连续"
        return None

    def _results(self, occurrence: date, bought: Bought, secret: bytes) -> Iterator[str]:
        choices = self._play.choices(self._promised.config)
        if bought.batch.choice not in (choices or [""]):
            yield f"批次 {bought.batch.pk}：预选 {bought.batch.choice} 不在可选项里"
            return
        try:
            nodes = self._nodes(bought)
        except CannotServe as refusal:
            yield f"批次 {bought.batch.pk}：{refusal}"
            return
        batch, versions = bought.batch, range(bought.first, bought.last + 1)
        turn = Turn(batch.day, player=batch.player, occurrence=occurrence)
        steps = [Step(version, node) for version, node in zip(versions, nodes, strict=True)]
        facts = {"steps": steps, "left": self._stock.left(), "occurrence": occurrence.isoformat()}
        streams = streams_of(secret, self._issue.pk, turn, versions, batch.client_nonce)
        context = DrawContext(self._promised, batch.count, streams=streams, facts=facts)
        try:
            yield from batches.differences(batch, self._promised, context)
        except NoEmptyPrize:
            yield f"批次 {batch.pk}：没有可给的奖品，条款里也没有空奖"

    def _nodes(self, bought: Bought) -> list[Node]:
        """Return where each draw stood by what was recorded of it."""
        first, config = bought.rows[0], self._promised.config
        number = first.session_no if self._play.counted_by(config) == SESSION else first.activity_no
        level = LevelPass.objects.filter(batch_id=bought.batch.pk).values_list("node", flat=True).first()
        entry = Entry(len(bought.rows), number - 1, first.amount, level, bought.batch.choice)
        return self._play.admit(self._promised.prizes, config, entry)

    def ending(self) -> Iterator[str]:
        """Yield whose stock is not what the history leads to."""
        rows = RewardStock.objects.filter(reward__issue=self._issue).order_by("pk")
        known = {pk: (released, given) for pk, released, given in rows.values_list("pk", "released", "given")}
        due = {pk: (n, self._stock.given[pk]) for pk, n in self._stock.released.items()}
        for reward_id in sorted(known.keys() | due.keys()):
            if known.get(reward_id) != due.get(reward_id):
                yield f"奖品 {reward_id}：投放和发出为 {known.get(reward_id)}，应为 {due.get(reward_id)}"
