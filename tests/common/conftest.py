import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.common import probes


@pytest.fixture
def failing() -> Iterator[Callable[[Exception], None]]:
    """Tell the probe what to raise: failing(ValueError("x"))."""
    probes.failure.clear()
    yield probes.failure.append
    probes.failure.clear()


@pytest.fixture
def within() -> Callable[[float], contextlib.AbstractContextManager[None]]:
    """Fail if the block takes longer: with within(1): …"""
    import time

    @contextlib.contextmanager
    def limit(seconds: float) -> Iterator[None]:
        before = time.monotonic()
        yield
        assert time.monotonic() - before < seconds

    return limit
