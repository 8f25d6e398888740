"""Actions that one caller may not repeat without end."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from rest_framework import status
from rest_framework.request import Request

from blindbox.common.client import client_ip
from blindbox.common.openapi import also_refuses
from blindbox.system.rates import Rate

Action = TypeVar("Action", bound=Callable[..., Any])


def limited(rate: Rate) -> Callable[[Action], Action]:
    """Count each call of an action against its caller: the member, or the address of whoever has no token."""

    def decorate(action: Action) -> Action:
        @wraps(action)
        def run(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
            count(rate, view, request)
            return action(view, request, *args, **kwargs)

        return also_refuses(status.HTTP_429_TOO_MANY_REQUESTS)(cast(Action, run))

    return decorate


def count(rate: Rate, view: Any, request: Request) -> None:
    """
    Count a call that costs much only as it was asked; its action says by `also_refuses` that it may come to 429.

    :raises Throttled: if that is one too many
    """
    member_id: int | None = getattr(view, "member_id", None)
    if member_id is None:
        rate.hit(f"ip:{client_ip(request) or ''}")
    else:
        count_for(rate, member_id)


def count_for(rate: Rate, member_id: int) -> None:
    """
    Count a call against the member whom it serves, whoever asks on their behalf; as `count` otherwise.

    :raises Throttled: if that is one too many
    """
    rate.hit(f"member:{member_id}")
