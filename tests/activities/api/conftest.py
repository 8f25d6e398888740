"""Clients and what every refusal must leave as it was."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Member, Operator
from activities import models
from blindbox.system.models import OperationLog
from catalog.models import Product
from orders.models import InventoryItem, Order, Payment

TABLES: list[Any] = [
    models.Activity,
    models.ActivityCategory,
    models.Issue,
    models.IssueCounter,
    models.Reward,
    models.DrawBatch,
    models.DrawLog,
    models.DrawSecret,
    models.DrawCommitment,
    models.DrawPlayer,
    models.IssueTicket,
    models.BoxTurn,
    models.BossSeason,
    models.BossPrize,
    Order,
    Payment,
    InventoryItem,
    Product,
    OperationLog,
]


@pytest.fixture
def state(db: None) -> Callable[[], Any]:
    """Every row that a route of activities could change."""
    return lambda: [list(model.objects.order_by("pk").values()) for model in TABLES]


@pytest.fixture
def shop(admin_client_for: Callable[[Operator], APIClient], operator: Operator) -> APIClient:
    """A superuser on /api/admin."""
    return admin_client_for(operator)


@pytest.fixture
def app(app_client: Callable[[Member], APIClient], member: Member) -> APIClient:
    """A member with a million points."""
    return app_client(member)
