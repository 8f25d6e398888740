"""Idempotency keys: the first use's effect and the key commit together; a repeat gets the first answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError

from blindbox.common import sql
from blindbox.common.errors import Conflict, DomainError, Unprocessable
from blindbox.common.retry import LOCK_WAIT, in_transaction, refusing_duplicates
from blindbox.system.models import IdempotencyKey


class KeyRequired(DomainError):
    code, message = "common.idempotency_key_required", "缺少或无效的请求头 Idempotency-Key（1–64 个可见 ASCII 字符）"


class KeyMismatch(Unprocessable):
    code, message = "common.idempotency_mismatch", "该 Idempotency-Key 已用于另一个请求"


class KeyInFlight(Conflict):
    code, message = "common.idempotency_in_flight", "相同的请求正在处理，请稍后重试"


class KeyTaken(Exception):
    """Never leaves this layer: the key is in the table, so its answer is read."""


Resolver = Callable[[set[str]], set[str]]

_resolvers: list[Resolver] = []
_KEY = "realm actor_id key fingerprint status ref created_at"


@dataclass(frozen=True)
class Claim:
    """A client's key, who used it and a fingerprint of the request it came with."""

    realm: str
    actor_id: int
    key: str
    fingerprint: str


@dataclass(frozen=True)
class Outcome:
    """What the first use led to: the answer's status and a reference the answer is rendered from."""

    status: int
    ref: str
    replayed: bool = False


def register(resolver: Resolver) -> Resolver:
    """Name who tells which references of keys are things that exist."""
    _resolvers.append(resolver)
    return resolver


def known(refs: set[str]) -> set[str]:
    """Return which of these references are things that exist, whoever keeps them."""
    return set().union(*(resolver(refs) for resolver in _resolvers))


def run_once(*, claim: Claim, effect: Callable[[], str], now: datetime, status: int = 201) -> Outcome:
    """
    Run an effect that returns the reference of what it made, at most once for this key.

    :raises KeyMismatch: if the key came with another request before
    :raises KeyInFlight: if the first use is still running
    """
    try:
        return _first(claim=claim, effect=effect, now=now, status=status)
    except KeyTaken:
        return first_use(claim)


@in_transaction(repeatable=True)
def _first(*, claim: Claim, effect: Callable[[], str], now: datetime, status: int) -> Outcome:
    key_id = take(claim, ref="", now=now, status=status)
    ref = effect()
    IdempotencyKey.objects.filter(pk=key_id).update(ref=ref)
    return Outcome(status=status, ref=ref)


def take(claim: Claim, *, ref: str, now: datetime, status: int = 201) -> int:
    """
    Take a key for what the caller's transaction makes, as its first statement; return its row's id.

    Whoever knows the reference beforehand, as a purchase does, needs no more than this; others use `run_once`.

    :raises KeyTaken: if it is used: roll back, then read what it led to
    :raises KeyInFlight: if its first use is still running
    """
    row = (claim.realm, claim.actor_id, claim.key, claim.fingerprint, status, ref, now)
    with _waiting_means_in_flight(), refusing_duplicates(KeyTaken):
        return sql.insert_one(IdempotencyKey, _KEY, row)


def first_use(claim: Claim) -> Outcome:
    """
    Return what a key led to.

    :raises IdempotencyKey.DoesNotExist: if nobody used it
    :raises KeyMismatch: if it came with another request
    """
    row = IdempotencyKey.objects.get(realm=claim.realm, actor_id=claim.actor_id, key=claim.key)
    if row.fingerprint != claim.fingerprint:
        raise KeyMismatch
    return Outcome(status=row.status, ref=row.ref, replayed=True)


@contextmanager
def _waiting_means_in_flight() -> Iterator[None]:
    """Read a lock wait on the key's insert as what it is: the first use has not committed yet."""
    try:
        yield
    except OperationalError as error:
        if error.args and error.args[0] == LOCK_WAIT:
            raise KeyInFlight from error
        raise
