"""One draw of the generic tool, through every layer below the interface."""

import pytest

from activities.models import SessionDraw
from activities.services import verifying
from tests.factories.glue import DYNAMIC, draw, make_tool, open_session

pytestmark = pytest.mark.django_db


def test_a_free_draw_is_an_order_with_nothing_to_pay(member):
    activity = make_tool()
    open_session(activity)
    answer = draw(member, activity)
    assert answer.prize is not None and answer.prize.name == "5 积分"
    record = SessionDraw.objects.get()
    assert (record.version, record.activity_no, record.session_no, record.outcome) == (1, 1, 1, 1)
    assert list(verifying.discrepancies()) == []


def test_dynamic(member):
    activity = make_tool(config={"probability": "dynamic"})
    open_session(activity, DYNAMIC)
    for _ in range(20):
        draw(member, activity)
    assert list(verifying.discrepancies()) == []
