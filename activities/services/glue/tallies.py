"""How often a member drew, in the activity and in the occurrence. A limit is the condition of the write that counts."""

from collections.abc import Mapping, Sequence
from datetime import date

from activities.errors import LimitReached
from activities.gameplay.base import Terms
from activities.models import DrawLog, SessionDraw, SessionTally
from blindbox.common import sql
from blindbox.common.retry import TryAgain, refusing_duplicates

_FITS = "subject = %s AND used + %s <= %s"
_TAKE = f"UPDATE {SessionTally._meta.db_table} SET used = used + %s WHERE member_id = %s AND (({_FITS}) OR ({_FITS}))"
UNLIMITED = 2_000_000_000
_LABELS = {"activity": "本活动抽奖次数", "session": "本场次抽奖次数"}


def of_activity(activity_id: int) -> str:
    return f"activity:{activity_id}"


def of_session(issue_id: int, occurrence: date) -> str:
    return f"session:{issue_id}:{occurrence.isoformat()}"


def limits_of(promised: Terms, occurrence: date) -> dict[str, int]:
    """Return how often a member may draw by what counts it, 0 without a limit: the activity first, as it is checked."""
    activity, session = of_activity(promised.activity_id), of_session(promised.issue_id, occurrence)
    return {activity: promised.config["times_limit"], session: promised.config["session_times_limit"]}


def take(promised: Terms, occurrence: date, member_id: int, count: int) -> None:
    """
    Count draws with one statement inside the caller's transaction: one that fails afterwards was never counted.

    :raises LimitReached: naming the limit that refuses
    """
    limits = limits_of(promised, occurrence)
    fits = [each for subject, limit in limits.items() for each in (subject, count, limit or UNLIMITED)]
    counted = sql.execute(_TAKE, [count, member_id, *fits])
    if counted == len(limits):
        return
    known = _known(member_id, list(limits))
    new = [subject for subject, limit in limits.items() if subject not in known and count <= (limit or UNLIMITED)]
    if counted + len(new) < len(limits):
        over = [subject for subject, limit in limits.items() if limit and known.get(subject, 0) + count > limit]
        if not over:  # somebody drew for the same member between our two statements: look again
            raise TryAgain
        refusing = over[0] if counted == 0 else _refusing(promised, occurrence, member_id, over, known)
        raise _reached(refusing, limits[refusing], known.get(refusing, 0))
    with refusing_duplicates(TryAgain):
        SessionTally.objects.bulk_create(SessionTally(subject=each, member_id=member_id, used=count) for each in new)


def _refusing(promised: Terms, occurrence: date, member_id: int, over: Sequence[str], known: Mapping[str, int]) -> str:
    """
    Return which limit refused where the other one counted, and may look as full by now: a first draw that is too large
    has no row yet; of two rows, the number of the member's last draw tells which was counted.
    """
    new = [subject for subject in over if subject not in known]
    if len(over) == 1 or new:
        return (new or over)[0]
    session = of_session(promised.issue_id, occurrence)
    return over[0] if _drawn(promised.issue_id, occurrence, member_id) < known[session] else session


def _drawn(issue_id: int, occurrence: date, member_id: int) -> int:
    """Return how often a member drew in an occurrence, by the number of the last draw."""
    last = DrawLog.objects.filter(member_id=member_id, issue_id=issue_id).order_by("-pk").values("batch_id", "idx")[:1]
    mine = SessionDraw.objects.filter(scope__occurrence=occurrence, **last[0]) if last else SessionDraw.objects.none()
    return mine.values_list("session_no", flat=True).first() or 0


def used_by(member_id: int | None, subjects: Sequence[str]) -> dict[str, int]:
    """Return how often a member drew by each of these; nobody drew for a guest."""
    if member_id is None:
        return dict.fromkeys(subjects, 0)
    return {**dict.fromkeys(subjects, 0), **_known(member_id, subjects)}


def _known(member_id: int, subjects: Sequence[str]) -> dict[str, int]:
    rows = SessionTally.objects.filter(member_id=member_id, subject__in=subjects)
    return dict(rows.values_list("subject", "used"))


def refuse_used_up(limits: Mapping[str, int], member_id: int, count: int) -> None:
    """
    Refuse early what the count would refuse later.

    :raises LimitReached: naming the limit
    """
    used = used_by(member_id, list(limits))
    for subject, limit in limits.items():
        if limit and used[subject] + count > limit:
            raise _reached(subject, limit, used[subject])


def _reached(subject: str, limit: int, used: int) -> LimitReached:
    kind = subject.partition(":")[0]
    return LimitReached(kind=f"{kind}_times", label=_LABELS[kind], limit=limit, used=used)
