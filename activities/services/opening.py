"""Opening an issue: check, freeze the terms, take the stock, commit (docs/fairness.md)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activities.enums import ActivityStatus, IssueStatus
from activities.errors import DraftChanged, IssueCannotOpen, IssueNotFound, TermsFrozen
from activities.gameplay import registry
from activities.gameplay.base import InvalidConfig, Prize, Terms
from activities.models import Issue, IssueCounter, Reward
from activities.services import allocators, configuring, ends, gate, granting, offering, terms, worth
from activities.services.granting import products_in
from activities.services.play_config import LARGEST_ORDER, config_of
from activities.settings import HOLD_SECONDS
from blindbox.common import fairness
from blindbox.common.retry import in_transaction
from blindbox.system import audit
from blindbox.system.configs import value_of
from catalog import selectors as catalog
from catalog import stock

ISSUE, OPENED = "Issue", "开放期次"


@dataclass(frozen=True)
class OpeningPreview:
    """What opening would do, and what stands in its way, for the operator who is about to."""

    problems: Sequence[str]
    warnings: Sequence[str]
    total: int | None
    endgame: int
    stock_needed: dict[int, int]
    expected_value_fen: int
    expected_cost_fen: int
    expected_loss_fen: int
    whole_loss_fen: int | None
    price_fen: int | None
    least_price_fen: int | None
    odds_ppm: dict[int, int]


def _draft(issue_id: int) -> Issue:
    issue = Issue.objects.select_related("activity", "counter").filter(pk=issue_id).first()
    if issue is None:
        raise IssueNotFound
    return issue


def _rewards(issue_id: int) -> list[Reward]:
    return list(Reward.objects.filter(issue_id=issue_id).order_by("sort", "pk"))


def preview(*, issue_id: int, now: datetime | None = None) -> OpeningPreview:
    """
    Return what opening this draft would do; without a moment nothing is said of what has passed by then.

    :raises IssueNotFound: if there is no such issue
    """
    issue, rewards = _draft(issue_id), _rewards(issue_id)
    prizes = terms.prizes_of(rewards)
    play = registry.get(issue.activity.gameplay)
    total = play.total(prizes)
    promised = _would_promise(issue)
    means = gate.outlook(promised, gate.costs_of(rewards, promised)) if promised else gate.NOTHING_KNOWN
    return OpeningPreview(
        problems=[*_problems(issue, rewards, now=now), *_stock_problems(prizes)],
        warnings=_warnings(issue, promised, now) if promised else [],
        total=total,
        endgame=play.endgame(prizes, largest_order=_largest_order(issue)),
        stock_needed=stock_needed(prizes),
        expected_value_fen=means.value_fen,
        expected_cost_fen=means.cost_fen,
        expected_loss_fen=means.loss_fen,
        whole_loss_fen=means.whole_loss_fen,
        price_fen=terms.of_issue(issue_id).price_fen if issue.terms else issue.activity.price_fen,
        least_price_fen=means.price_fen,
        odds_ppm={p.id: p.odds_ppm for p in promised.prizes if p.odds_ppm is not None} if promised else {},
    )


def _warnings(issue: Issue, promised: Terms, now: datetime | None) -> list[str]:
    allocator = allocators.of(promised)
    return [*gate.warnings(promised), *ends.warnings(promised), *allocator.warnings(issue, now=now)]


def _would_promise(issue: Issue) -> Terms | None:
    try:
        return terms.rehearsed(issue)
    except InvalidConfig:  # told among the problems
        return None


def _largest_order(issue: Issue) -> int:
    try:
        return config_of(issue).largest_order
    except InvalidConfig:  # told among the problems
        return LARGEST_ORDER


def stock_needed(prizes: Sequence[Prize]) -> dict[int, int]:
    """Return the units of each product that a box takes; what is unlimited is taken when it ships."""
    needed: Counter[int] = Counter()
    for prize in prizes:
        for product_id, quantity in products_in(prize):
            needed[product_id] += quantity * (prize.quantity or 0)
    return {product_id: quantity for product_id, quantity in needed.items() if quantity}


def _problems(issue: Issue, rewards: Sequence[Reward], *, now: datetime | None = None) -> list[str]:
    """What can be judged is told at once: whoever mends a draft should not meet one wave of problems after another."""
    activity, prizes = issue.activity, terms.prizes_of(rewards)
    found = [] if activity.status == ActivityStatus.ACTIVE else ["活动已归档"]
    found += filter(None, [offering.refusal(activity.gameplay)])
    try:
        own = config_of(issue).own
    except InvalidConfig as error:
        return [*found, *_without(issue, prizes), error.in_words, *_window_problems(issue, now)]
    unfinished = [*_without(issue, prizes), *_prize_problems(issue, prizes, own)]
    promised = None if unfinished or issue.terms else _would_promise(issue)
    honest = gate.problems(promised, gate.costs_of(rewards, promised)) if promised else []
    return [*found, *unfinished, *_fine_print(issue, prizes, own), *_window_problems(issue, now), *honest]


def _without(issue: Issue, prizes: Sequence[Prize]) -> list[str]:
    activity, found = issue.activity, []
    if activity.price_fen is None and activity.price_points is None and not registry.get(activity.gameplay).may_be_free:
        found.append("活动没有价格：单抽价格和单抽积分至少填一个")
    return found if prizes else [*found, "还没有奖品"]


def _prize_problems(issue: Issue, prizes: Sequence[Prize], own: Mapping[str, Any]) -> list[str]:
    """Return what leaves open what a draw would yield; its means say nothing before."""
    play = registry.get(issue.activity.gameplay)
    implied = play.implied(prizes, own)
    found = granting.problems([*prizes, *implied], price_fen=issue.activity.price_fen)
    return [*found, *(problem.text for problem in play.problems(prizes, own))]


def _fine_print(issue: Issue, prizes: Sequence[Prize], own: Mapping[str, Any]) -> list[str]:
    play, activity = registry.get(issue.activity.gameplay), issue.activity
    price_fen = max(activity.price_fen or 0, (activity.price_points or 0) * worth.point_fen())
    found = [problem.text for problem in play.worth_problems(prizes, price_fen=price_fen)]
    return [*found, *allocators.named(play.allocator).problems(issue, own)]


def _window_problems(issue: Issue, now: datetime | None) -> list[str]:
    starts_at, ends_at = terms.window_of(issue)
    if ends_at is not None and ends_at <= starts_at:
        return ["结束时间不晚于开始时间：请核对活动和期次的时间"]
    return ["结束时间已过"] if ends_at is not None and now is not None and ends_at <= now else []


def _stock_problems(prizes: Sequence[Prize]) -> list[str]:
    needed = stock_needed(prizes)
    cards = catalog.products_by_ids(list(needed))
    return [
        f"商品「{cards[product_id].name}」库存不足：需要 {quantity}，现有 {cards[product_id].stock}"
        for product_id, quantity in needed.items()
        if cards[product_id].stock < quantity
    ]


def draft_print(issue_id: int) -> str:
    """
    Return what tells whether a draft still is what somebody was shown; nothing while it cannot be played.

    :raises IssueNotFound: if there is none
    """
    try:
        return terms.draft_hash(_draft(issue_id))
    except InvalidConfig:  # told among the problems
        return ""


def open_issue(
    *, issue_id: int, actor: audit.Actor, now: datetime, reason: str = "", shown: str | None = None
) -> Issue:
    """
    Put an issue on sale; from here on its terms are frozen and public. `shown` is the print of what was agreed to.

    :raises IssueNotFound: if there is none
    :raises TermsFrozen: if it was opened before
    :raises DraftChanged: if the draft is no longer the one that was shown
    :raises IssueCannotOpen: naming in Chinese what is wrong with it
    :raises StockInsufficient: if a product has too few units
    """
    with suppress(InvalidConfig):  # told among the problems
        terms.rehearsed(_draft(issue_id))  # odds that take long to count are known before any row is taken
    return _open(issue_id, actor, now, reason, shown)


@in_transaction
def _open(issue_id: int, actor: audit.Actor, now: datetime, reason: str, shown: str | None) -> Issue:
    issue = _take_draft(issue_id)
    if shown not in (None, draft_print(issue_id)):
        raise DraftChanged
    rewards = _rewards(issue_id)
    prizes = terms.prizes_of(rewards)
    _give_end(issue, now=now)
    problems = _problems(issue, rewards, now=now)
    if problems:
        raise IssueCannotOpen(problems="；".join(problems))
    stock.take(quantities=stock_needed(prizes), now=now)
    completed = _completed(issue, prizes, now=now)
    promised = _freeze(issue, completed, now=now)
    _keep_odds(completed, promised.prizes)
    allocators.of(promised).stock_up(promised)
    before, after = {"status": IssueStatus.DRAFT}, {"status": IssueStatus.OPEN, "commitment": issue.commitment}
    audit.record(audit.Change(OPENED, ISSUE, issue_id, str(issue), before, after, reason), actor=actor, now=now)
    return issue


def _give_end(issue: Issue, *, now: datetime) -> None:
    promised = _would_promise(issue)
    if promised is not None and ends.lacks_end(promised):
        issue.ends_at = ends.latest(now=now)


def _take_draft(issue_id: int) -> Issue:
    """Take an issue for good, as it is now: changing it, its rewards or its activity needs the rows taken here."""
    activity = configuring.take_activity(_draft(issue_id).activity_id)
    if not IssueCounter.objects.filter(pk=issue_id, status=IssueStatus.DRAFT).update(status=IssueStatus.OPEN):
        raise TermsFrozen
    issue = _draft(issue_id)
    issue.activity = activity
    return issue


def _completed(issue: Issue, prizes: Sequence[Prize], *, now: datetime) -> Sequence[Prize]:
    """Add the prizes that the rules imply, so that every result has a reward."""
    implied = registry.get(issue.activity.gameplay).implied(prizes, config_of(issue).own)
    if not implied:
        return prizes
    last = max(Reward.objects.filter(issue=issue).values_list("sort", flat=True), default=0)
    Reward.objects.bulk_create(_row(issue, prize, last + 1, now) for prize in implied)
    return terms.prizes_of(_rewards(issue.pk))


def _row(issue: Issue, prize: Prize, sort: int, now: datetime) -> Reward:
    what = {"level": prize.level, "name": prize.name, "kind": prize.kind, "node": prize.node}
    return Reward(issue=issue, **what, sort=sort, created_at=now, updated_at=now)


def _freeze(issue: Issue, prizes: Sequence[Prize], *, now: datetime) -> Terms:
    text = terms.build(issue, prizes, hold_seconds=value_of(HOLD_SECONDS))
    issue.terms, issue.terms_hash, issue.opened_at = text, fairness.terms_hash(text), now
    promised = terms.read(text, terms_hash=issue.terms_hash, activity_id=issue.activity_id, title=str(issue))
    issue.root, issue.commitment = allocators.of(promised).commit(issue, promised, now=now)
    issue.starts_at, issue.ends_at = promised.starts_at, promised.ends_at
    Issue.objects.filter(pk=issue.pk).update(
        starts_at=issue.starts_at,
        ends_at=issue.ends_at,
        terms=issue.terms,
        terms_hash=issue.terms_hash,
        root=issue.root,
        commitment=issue.commitment,
        opened_at=now,
        updated_at=now,
    )
    IssueCounter.objects.filter(pk=issue.pk).update(total=promised.total, endgame=promised.endgame)
    return promised


def _keep_odds(drafted: Sequence[Prize], published: Sequence[Prize]) -> None:
    """Store the odds that follow from a play's rules with the rewards, as the terms state them."""
    for before, after in zip(drafted, published, strict=True):
        if before.odds_ppm != after.odds_ppm:
            Reward.objects.filter(pk=after.id).update(odds_ppm=after.odds_ppm)
