"""Secrets and their public commitments: drawn, sealed, logged, and revealed when nothing depends on them any more."""

import secrets
from contextlib import suppress
from datetime import date, datetime

from cryptography.exceptions import InvalidTag

from activities.errors import DayRevealed
from activities.models import DrawCommitment, DrawSecret
from blindbox.common import fairness
from blindbox.common.business_day import business_day
from blindbox.common.once import KeptOnce
from blindbox.common.retry import TryAgain, in_transaction, refusing_duplicates
from blindbox.common.sealing import seal, unseal

UNREADABLE = (KeyError, ValueError, InvalidTag)  # its key is not configured, it is no text of ours, it was altered


def issue_subject(issue_id: int) -> str:
    return f"issue:{issue_id}"


def day_subject(day: date) -> str:
    return f"day:{day.isoformat()}"


def _purpose(subject: str) -> str:
    """Return the associated data that ties a sealed secret to what it is for: `deck\\n21`, `day\\n2026-03-05`."""
    kind, _, of = subject.partition(":")
    return f"{'deck' if kind == 'issue' else kind}\n{of}"


def draw_secret(subject: str, *, now: datetime) -> bytes:
    """Draw and store a new secret. Losing the race for a subject makes the unit start again and find it."""
    secret = secrets.token_bytes(fairness.SECRET_BYTES)
    with refusing_duplicates(TryAgain):
        DrawSecret.objects.create(subject=subject, sealed=seal(secret, purpose=_purpose(subject)), created_at=now)
    return secret


def secret_of(subject: str) -> bytes:
    """:raises DrawSecret.DoesNotExist: if none was drawn"""
    sealed = DrawSecret.objects.values_list("sealed", flat=True).get(subject=subject)
    return unseal(sealed, purpose=_purpose(subject))


def publish(subject: str, commitment: str, *, now: datetime) -> DrawCommitment:
    """Append to the public log. Two appenders cannot take one place: the loser's unit starts again."""
    last = DrawCommitment.objects.order_by("-seq").first()
    seq = 1 if last is None else last.seq + 1
    prev_hash = fairness.GENESIS_HASH if last is None else last.entry_hash
    entry_hash = fairness.entry_hash(seq, subject, commitment, fairness.log_time(now), prev_hash)
    with refusing_duplicates(TryAgain):
        return DrawCommitment.objects.create(
            seq=seq,
            subject=subject,
            commitment=commitment,
            published_at=now,
            prev_hash=prev_hash,
            entry_hash=entry_hash,
        )


@in_transaction
def commit_day(*, day: date, now: datetime) -> None:
    """Draw a day's secret and publish its commitment, unless that was done."""
    subject = day_subject(day)
    if DrawSecret.objects.filter(subject=subject).exists():
        return
    secret = draw_secret(subject, now=now)
    publish(subject, fairness.day_commitment(day.isoformat(), secret), now=now)


def day_secret(day: date, *, now: datetime) -> bytes:
    """
    Return a day's secret; a shop whose beat stood still commits it late, as the log's time shows.

    :raises DayRevealed: if it is public: whoever pays late could know the result beforehand
    """
    if day == business_day(now):  # not over yet, so nothing can have revealed it
        with suppress(DrawSecret.DoesNotExist):
            return of_day(day.toordinal())
    subject = day_subject(day)
    known = DrawSecret.objects.filter(subject=subject).values_list("sealed", "revealed")
    for sealed, revealed in known:
        if revealed is not None:
            raise DayRevealed(day=day.isoformat())
        return unseal(sealed, purpose=_purpose(subject))
    commit_day(day=day, now=now)
    return secret_of(subject)


def _unsealed(ordinal: int) -> bytes:
    return secret_of(day_subject(date.fromordinal(ordinal)))


of_day = KeptOnce(_unsealed, most=2)  # today's secret, unsealed by the first draw of the day


@in_transaction
def reveal(*, subject: str, now: datetime) -> bool:
    """Make a secret public, for good. Return whether it was hidden."""
    hidden = DrawSecret.objects.filter(subject=subject, revealed__isnull=True)
    return bool(hidden.update(revealed=secret_of(subject).hex(), revealed_at=now))
