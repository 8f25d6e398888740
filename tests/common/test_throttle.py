"""Fixed windows on the cache."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache.backends.locmem import LocMemCache

from blindbox.common.throttle import Throttled, Window

WINDOW = Window(name="test", limit=2, seconds=60)


@pytest.fixture
def clock():
    with time_machine.travel(datetime(2026, 11, 22, 4, 0, 10, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def test_a_key_has_its_limit_in_each_window(clock):
    WINDOW.hit("a"), WINDOW.hit("a")
    with pytest.raises(Throttled) as refusal:
        WINDOW.hit("a")
    assert refusal.value.details == {"retry_after": 50}
    WINDOW.hit("b")
    clock.shift(timedelta(seconds=50))
    WINDOW.hit("a")


def test_a_check_counts_nothing(clock):
    for _ in range(5):
        WINDOW.check("a")
    WINDOW.hit("a"), WINDOW.hit("a")
    with pytest.raises(Throttled):
        WINDOW.check("a")
    WINDOW.forget("a")
    WINDOW.check("a")


def test_the_parts_of_a_key_are_kept_apart(clock):
    WINDOW.hit("a", "b"), WINDOW.hit("a", "b")
    WINDOW.hit("ab", "")


class Away(LocMemCache):
    """Redis as django-redis shows it while nobody answers."""

    def _nothing(self, *_: Any, **__: Any) -> None:
        return None

    add = incr = get = delete = _nothing  # type: ignore[assignment]


@pytest.fixture
def away(settings):
    settings.CACHES = {**settings.CACHES, "default": {"BACKEND": f"{__name__}.Away"}}


@pytest.mark.usefixtures("away")
def test_while_the_cache_is_away_the_process_counts_itself(clock):
    WINDOW.hit("a"), WINDOW.hit("a")
    for attempt in (WINDOW.hit, WINDOW.check):
        with pytest.raises(Throttled):
            attempt("a")
    WINDOW.hit("b")
    clock.shift(timedelta(seconds=50))
    WINDOW.hit("a")
    WINDOW.forget("a")
    WINDOW.hit("a"), WINDOW.hit("a")
