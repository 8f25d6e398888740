"""
Having a whole box to oneself: taken at once or waited for. State is in SQL only; the guard is the counter's predicate.

Whoever changes the queue has taken the counter's row first, so that joining, letting go and buying pass one by one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Max

from activities import store
from activities.errors import BoxLocked, BoxLockNotOffered
from activities.gameplay.base import Terms
from activities.models import BoxTurn, DrawBatch, IssueCounter
from activities.services import turn_rules
from activities.services.turn_rules import Place, Standing
from blindbox.common.errors import DomainError

AT_ONCE = 500


def seconds_of(promised: Terms) -> int | None:
    """Return how long a turn lasts, None where the issue's box cannot be locked."""
    found: int | None = promised.config.get("box_lock", {}).get("seconds")
    return found


def require_offered(promised: Terms) -> int:
    """:raises BoxLockNotOffered: if the issue's box cannot be locked"""
    seconds = seconds_of(promised)
    if seconds is None:
        raise BoxLockNotOffered
    return seconds


def standing(promised: Terms, *, now: datetime, freed: bool = False) -> Standing:
    """Return how the queue of an issue stands, without writing anything."""
    return standings([promised], now=now, freed=freed)[promised.issue_id]


def standings(issues: Sequence[Terms], *, now: datetime, freed: bool = False) -> dict[int, Standing]:
    """
    Return how the queue of each issue stands, with two queries for any number of them.

    :raises BoxLockNotOffered: if the box of one cannot be locked
    """
    seconds = {promised.issue_id: require_offered(promised) for promised in issues}
    if not seconds:
        return {}
    reserved = dict(IssueCounter.objects.filter(pk__in=seconds).values_list("pk", "reserved"))
    queues = _live(*seconds)
    return {
        pk: turn_rules.standing(queues[pk], seconds=lasting, reserved=reserved[pk], now=now, freed=freed)
        for pk, lasting in seconds.items()
    }


def refusal(issue_id: int, member_id: int | None) -> DomainError:
    """Return what a member is told whose purchase met somebody else's turn."""
    queue = _live(issue_id)[issue_id]
    until = queue[0].until if queue else None
    position = next((n for n, place in enumerate(queue) if place.member_id == member_id), None)
    return BoxLocked(until=until, position=position, queue_length=len(queue))


def pass_on(promised: Terms, *, now: datetime, freed: bool = False) -> Standing:
    """Write down whose turn it is; the caller has taken the counter's row."""
    found = standing(promised, now=now, freed=freed)
    _end(promised.issue_id, {place: place.until or now for place in found.passed})
    head = found.head
    if head is not None:
        BoxTurn.objects.filter(pk=head.id).update(starts_at=head.starts_at, until=head.until)
    store.lock(
        promised.issue_id,
        member_id=None if head is None else head.member_id,
        until=None if head is None else head.until,
    )
    return found


def pass_on_if_due(promised: Terms, *, now: datetime) -> None:
    """Look after the queue when something held was sold or came free; free boxes cost one read."""
    counter = IssueCounter.objects.filter(pk=promised.issue_id)
    locked_by, until, reserved = counter.values_list("locked_by", "locked_until", "reserved").get()
    if locked_by is not None and not reserved and (until is None or until <= now):
        pass_on(promised, now=now, freed=True)


def join(promised: Terms, member_id: int, *, now: datetime) -> BoxTurn:
    """Put a member at the end of a queue that was just passed on, or find him in it; the counter's row is taken."""
    mine = BoxTurn.objects.filter(issue_id=promised.issue_id, member_id=member_id, slot=1)
    if not mine.exists():
        last = BoxTurn.objects.filter(issue_id=promised.issue_id).aggregate(last=Max("place"))["last"] or 0
        BoxTurn.objects.create(issue_id=promised.issue_id, member_id=member_id, place=last + 1, joined_at=now)
        pass_on(promised, now=now)
    return mine.get()


def leave(promised: Terms, member_id: int, *, now: datetime) -> bool:
    """Take a member out of the queue; a turn that was begun and not used counts as a strike. Return whether he was."""
    found = pass_on(promised, now=now)
    position = found.position_of(member_id)
    if position is None:
        return False
    _end(promised.issue_id, {found.queue[position]: now})
    pass_on(promised, now=now)
    return True


def end_all(issue_id: int, *, now: datetime) -> None:
    """End the queue of a box that is sold out or closed; whoever waited for it did nothing wrong."""
    ended = BoxTurn.objects.filter(issue_id=issue_id, slot=1).update(slot=None, ended_at=now)
    if ended:
        store.lock(issue_id, member_id=None, until=None)


def _live(*issue_ids: int) -> Mapping[int, list[Place]]:
    """Return the queue of each issue, empty where nobody waits."""
    queues: dict[int, list[Place]] = {issue_id: [] for issue_id in issue_ids}
    rows = BoxTurn.objects.filter(issue_id__in=issue_ids, slot=1).order_by("place")
    for issue_id, pk, member_id, starts_at, until in rows.values_list(
        "issue_id", "pk", "member_id", "starts_at", "until"
    ):
        queues[issue_id].append(Place(pk, member_id, starts_at, until))
    return queues


def _end(issue_id: int, ended: Mapping[Place, datetime]) -> None:
    """
    Take members out of a queue, each at its moment; a turn that was begun and not used is a strike. As many statements
    for a long queue as for a short one: everybody waits for the counter's row.
    """
    if not ended:
        return
    unused = _unused(issue_id, list(ended))
    rows = [
        BoxTurn(
            pk=place.id,
            slot=None,
            starts_at=place.starts_at,
            until=place.until,
            ended_at=at,
            lapsed_at=at if place.id in unused else None,
        )
        for place, at in ended.items()
    ]
    live = BoxTurn.objects.filter(issue_id=issue_id, slot=1)
    live.bulk_update(rows, ["slot", "starts_at", "until", "ended_at", "lapsed_at"], batch_size=AT_ONCE)


def _unused(issue_id: int, places: Sequence[Place]) -> set[int]:
    """Return the turns that were begun and within which their members did not buy."""
    begun = [(place, place.starts_at, place.until) for place in places if place.starts_at and place.until]
    if not begun:
        return set()
    within = (min(start for _, start, _ in begun), max(end for *_, end in begun))
    members = [place.member_id for place, *_ in begun]
    batches = DrawBatch.objects.filter(issue_id=issue_id, member_id__in=members, created_at__range=within)
    bought: dict[int, list[datetime]] = defaultdict(list)
    for member_id, at in batches.values_list("member_id", "created_at"):
        bought[member_id].append(at)
    return {place.id for place, start, end in begun if not any(start <= at <= end for at in bought[place.member_id])}
