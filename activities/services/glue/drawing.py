"""The requirement's own two questions: what an activity offers, and one draw of whichever session is on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, Subquery

from accounts.selectors.protection import Buyer
from activities import selectors
from activities.enums import IssueStatus
from activities.errors import ActivityNotFound, PaymentWayClosed, SessionNotLive
from activities.gameplay import occurrences, registry
from activities.gameplay.base import Prize, Terms, registered
from activities.gameplay.occurrences import Window
from activities.gameplay.sessions import SessionPlay
from activities.models import Activity, DrawLog, SessionDraw
from activities.services import play_config, purchases, terms
from activities.services.glue import tallies
from activities.services.purchases import Purchase
from activities.services.wishes import Wish
from blindbox.common.errors import DomainError
from blindbox.common.fairness import NO_NONCE
from blindbox.system.idempotency import Claim
from orders.enums import PayWith

MOST_SESSIONS = 100
_REWARD = Subquery(DrawLog.objects.filter(batch=OuterRef("batch"), idx=OuterRef("idx")).values("reward_id"))


@dataclass(frozen=True)
class Ticket:
    """Who draws, and what they bring."""

    uid: int
    nonce: str = NO_NONCE
    amount_ref: str = ""
    passed: str = ""


@dataclass(frozen=True)
class Remaining:
    """How often somebody may still draw; None is without limit."""

    times: int | None

    @classmethod
    def of(cls, limit: int, used: int) -> "Remaining":
        return cls(max(limit - used, 0) if limit else None)


@dataclass(frozen=True)
class Answer:
    """What a draw led to; no prize is not won."""

    serial_no: str
    prize: Prize | None
    activity: Remaining
    session: Remaining
    replayed: bool


@dataclass(frozen=True)
class Session:
    """A session as it is on now or next, and once it is over, as it was."""

    window: Window
    remaining: Remaining
    prizes: Sequence[Prize]


@dataclass(frozen=True)
class Offer:
    """An activity of the generic tool with its sessions."""

    activity: Activity
    type_number: int
    remaining: Remaining
    sessions: Sequence[Session]


def draw(serial_no: str, ticket: Ticket, *, claim: Claim | None, now: datetime, seen: Buyer | None = None) -> Answer:
    """
    Draw once from the session that is on; `seen` as in `purchases.buy`.

    :raises ActivityNotFound: if no activity of the tool has this number
    :raises SessionNotLive: if none of its sessions is on
    :raises PaymentWayClosed: if a draw costs cash, which this interface cannot take
    :raises CannotServe: if a limit is reached, or the type of the activity refuses
    """
    try:
        promised = _live(serial_no, now)
        way = _way(promised)
    except DomainError as refusal:
        return _answer(serial_no, purchases.replay_or(refusal, claim))
    wish = Wish(promised.issue_id, 1, way, ticket.nonce, passed=ticket.passed, amount_ref=ticket.amount_ref)
    bought = purchases.buy(
        member_id=ticket.uid, activity_id=promised.activity_id, wish=wish, claim=claim, now=now, seen=seen
    )
    return _answer(serial_no, bought)


def _way(promised: Terms) -> PayWith:
    if promised.price_points is not None:
        return PayWith.POINTS
    if promised.price_fen is not None:
        raise PaymentWayClosed
    return PayWith.FREE


def _live(serial_no: str, now: datetime) -> Terms:
    for issue_id in selectors.open_sessions(serial_no):
        promised = terms.of_issue(issue_id)
        if _is_session(promised.gameplay) and occurrences.of_terms(promised).live(now) is not None:
            return promised
    _activity(serial_no)
    raise SessionNotLive


def _is_session(gameplay: str) -> bool:
    play = registered().get(gameplay)
    return isinstance(play, SessionPlay) and play.type_number > 0


def _answer(serial_no: str, bought: Purchase) -> Answer:
    record = SessionDraw.objects.filter(batch__order_id=bought.order_id).annotate(reward_id=_REWARD)
    facts = record.values_list("scope__issue_id", "reward_id", "activity_no", "session_no")
    issue_id, reward_id, activity_no, session_no = facts.get()
    promised = terms.of_issue(issue_id)
    prize = promised.prize_by_id[reward_id]
    return Answer(
        serial_no,
        None if prize.kind == "none" else prize,
        Remaining.of(promised.config["times_limit"], activity_no),
        Remaining.of(promised.config["session_times_limit"], session_no),
        bought.replayed,
    )


def offer(serial_no: str, *, member_id: int | None, now: datetime) -> Offer:
    """
    Return an activity with the sessions that were opened; the counts are the member's own.

    :raises ActivityNotFound: if members cannot see one of this number
    """
    activity = _activity(serial_no)
    issues = selectors.opened_sessions(activity.pk, now=now, most=MOST_SESSIONS)
    promised = sorted(map(terms.promised_by, issues), key=lambda each: (each.starts_at, each.issue_id))
    on_sale = {issue.pk for issue in issues if issue.counter.status == IssueStatus.OPEN}
    days = {each.issue_id: _day(each, now) if each.issue_id in on_sale else None for each in promised}
    whole = tallies.of_activity(activity.pk)
    turns = {issue_id: tallies.of_session(issue_id, day) for issue_id, day in days.items() if day is not None}
    used = tallies.used_by(member_id, [whole, *turns.values()])
    limit = _limit(activity, [each for each in promised if each.issue_id in on_sale], now)
    sessions = [_session(each, days[each.issue_id], turns, used) for each in promised]
    play = registry.get(activity.gameplay)
    assert isinstance(play, SessionPlay)
    return Offer(activity, play.type_number, Remaining.of(limit, used[whole]), sessions)


def _day(promised: Terms, now: datetime) -> date | None:
    return occurrences.of_terms(promised).live_or_next(now)


def _activity(serial_no: str) -> Activity:
    found = Activity.objects.filter(selectors.SHOWN, serial_no=serial_no).first()
    if found is None or not _is_session(found.gameplay):
        raise ActivityNotFound
    return found


def _limit(activity: Activity, promised: Sequence[Terms], now: datetime) -> int:
    """Return the activity's limit as the session that is on promises it, else as the next one will."""
    live = next((each for each in promised if occurrences.of_terms(each).live(now) is not None), None)
    own = play_config.read(activity.gameplay, activity.config).own if live is None else live.config
    return int(own["times_limit"])


def _session(promised: Terms, day: date | None, turns: Mapping[int, str], used: Mapping[str, int]) -> Session:
    schedule, limit = occurrences.of_terms(promised), promised.config["session_times_limit"]
    window = schedule.range if day is None else schedule.bounds(day)
    remaining = Remaining(0) if day is None else Remaining.of(limit, used[turns[promised.issue_id]])
    return Session(window, remaining, [prize for prize in promised.prizes if prize.kind != "none"])
