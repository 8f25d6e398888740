"""One bell for many: nobody who pulls it waits, and nobody's pull is lost."""

import threading
from queue import Empty, Queue

import pytest

from blindbox.system import waking
from blindbox.system.waking import Bell

PATIENCE_SECONDS = 10


def test_a_worker_is_told(monkeypatch: pytest.MonkeyPatch):
    sent: Queue[str] = Queue()
    monkeypatch.setattr("blindbox.system.waking.current_app.send_task", lambda name, **options: sent.put(name))
    Bell(waking._send, gather_seconds=0, pause_seconds=0).pull()
    assert sent.get(timeout=PATIENCE_SECONDS) == "system.deliver_due_events"


def test_whoever_pulls_while_it_rings_is_rung_for_again_and_once_for_all():
    rung, may_end = Queue[int](), threading.Semaphore(0)

    def ring() -> None:
        rung.put(1)
        may_end.acquire(timeout=PATIENCE_SECONDS)

    bell = Bell(ring, gather_seconds=0, pause_seconds=0)
    bell.pull()
    rung.get(timeout=PATIENCE_SECONDS)
    for _ in range(100):
        bell.pull()
    may_end.release()
    rung.get(timeout=PATIENCE_SECONDS)
    may_end.release()
    with pytest.raises(Empty):
        rung.get(timeout=0.1)


def test_a_broker_that_fails_is_asked_again_after_a_pause():
    tried: Queue[int] = Queue()

    def ring() -> None:
        tried.put(1)
        raise ConnectionError

    bell = Bell(ring, gather_seconds=0, pause_seconds=0)
    for _ in range(2):
        bell.pull()
        assert tried.get(timeout=PATIENCE_SECONDS) == 1
