from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.models import Member
from activities.models import Activity, DrawBatch, LevelPass, RewardStock, SessionDraw, SessionScope, SessionTally
from orders.models import Order
from tests.factories.accounts import make_member
from tests.factories.activities import NOW

TABLES: list[Any] = [Order, DrawBatch, SessionDraw, SessionScope, SessionTally, RewardStock, LevelPass]


@pytest.fixture
def member(db: None) -> Member:
    return make_member(points_balance=1_000)


@pytest.fixture
def rows(db: None) -> Callable[[], Any]:
    """Every row that a draw of the tool could change: a refusal leaves them as they were."""
    return lambda: [list(model.objects.order_by("pk").values()) for model in TABLES]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The wall clock, standing still at noon in Shanghai until it is moved."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ask(clock: time_machine.Traveller, app_client: Callable[[Member], APIClient]) -> Callable[..., Any]:
    """Draw over HTTP: ask(member, activity, uid=7, amount_ref="order:…", key="k")."""

    def ask(speaker: Member | APIClient, activity: Activity, *, key: str = "", **body: Any) -> Any:
        client = app_client(speaker) if isinstance(speaker, Member) else speaker
        headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
        mine = {"uid": speaker.pk} if isinstance(speaker, Member) else {}
        return client.post("/v1/glue/activity/draw", {"serial_no": activity.serial_no, **mine, **body}, **headers)

    return ask
