"""What runs by itself: each task exists, and what nobody took in time is not done later in a heap."""

from datetime import timedelta
from typing import Any

import pytest

from blindbox.beat import SCHEDULE
from blindbox.celery import app


@pytest.mark.parametrize("entry", SCHEDULE.values(), ids=SCHEDULE)
def test_each_entry_names_a_task_and_expires_before_it_comes_again(entry: dict[str, Any]):
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks
    schedule = entry["schedule"]
    interval = schedule if isinstance(schedule, timedelta) else timedelta(days=1)
    assert 0 < entry["options"]["expires"] <= interval.total_seconds()


def test_what_promises_something_within_seconds_runs_within_seconds():
    """A lost wake-up delays an event by one sweep, an unsettled payment is asked about from its fifth second on."""
    for name in ("sweep outbox", "query unsettled payments"):
        assert SCHEDULE[name]["schedule"] <= timedelta(seconds=5)
