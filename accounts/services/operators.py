"""Tokens for operators' scripts."""

from contextlib import suppress
from datetime import datetime

from django.contrib.auth import authenticate

from accounts import tokens
from accounts.errors import CredentialsInvalid
from accounts.models import Operator
from blindbox.common.client import network_of
from blindbox.common.throttle import Throttled, Window

QUARTER = 15 * 60
FAILURES = Window(name="operator-login", limit=10, seconds=QUARTER)  # of one name from one address
OF_NAME = Window(name="operator-login-name", limit=100, seconds=QUARTER)  # more than one address reaches: many guess
OF_ADDRESS = Window(name="operator-login-address", limit=50, seconds=QUARTER)  # who tries one password on many names


def require_tries_left(username: str, ip: str) -> None:
    """:raises Throttled: after too many failures of this name, from this address or both together"""
    for window, key in _counted(username, ip):
        window.check(*key)


def count_failure(username: str, ip: str) -> None:
    """Count it everywhere; whether there are tries left is asked before the next one."""
    for window, key in _counted(username, ip):
        with suppress(Throttled):
            window.hit(*key)


def forget_failures(username: str, ip: str) -> None:
    """Forget what this name failed from this address; the others stay, else one's own log-in would buy new guesses."""
    FAILURES.forget(username, _origin(ip))


def _counted(username: str, ip: str) -> list[tuple[Window, tuple[str, ...]]]:
    origin = _origin(ip)
    counted: list[tuple[Window, tuple[str, ...]]] = [(FAILURES, (username, origin)), (OF_NAME, (username,))]
    return [*counted, (OF_ADDRESS, (origin,))] if origin else counted  # behind a socket everybody would share one


def _origin(ip: str) -> str:
    return network_of(ip) if ip else ""


def sign_in(*, username: str, password: str, ip: str, now: datetime) -> str:
    """
    Return an access token.

    :raises CredentialsInvalid: if name and password do not fit, or the operator is deactivated or may not log in
    :raises Throttled: after too many failures, right password or not
    """
    require_tries_left(username, ip)
    operator = authenticate(username=username, password=password)
    if not isinstance(operator, Operator) or not _may_enter(operator, username):
        count_failure(username, ip)
        raise CredentialsInvalid
    forget_failures(username, ip)
    subject = tokens.Subject(id=operator.pk, epoch=operator.token_epoch())
    return tokens.issue(audience=tokens.Audience.OPERATOR, subject=subject, now=now)


def _may_enter(operator: Operator, username: str) -> bool:
    # MariaDB finds "ADMIN" for "admin": each spelling would have ten tries of its own
    return operator.get_username() == username and operator.is_active and operator.is_staff
