"""
Telling a worker that something is due. A commit neither pays for the broker nor waits for it: a thread does.

However many commit within a moment, one message is sent, since the task that hears it delivers all that is due. What is
lost with the process, or with a broker that is down, beat's sweep finds.
"""

import logging
import threading
import time
from collections.abc import Callable

from celery import current_app

logger = logging.getLogger(__name__)

GATHER_SECONDS = 0.05
PAUSE_SECONDS = 30.0  # after a broker did not answer


class Bell:
    """Rings once for all who pull it within a moment, from a thread that starts with the first of them."""

    def __init__(self, ring: Callable[[], None], *, gather_seconds: float, pause_seconds: float) -> None:
        self._ring = ring
        self._gather_seconds, self._pause_seconds = gather_seconds, pause_seconds
        self._pulled, self._starting = threading.Event(), threading.Lock()
        self._ringer: threading.Thread | None = None

    def pull(self) -> None:
        """Have it rung after this moment."""
        self._pulled.set()
        with self._starting:
            if self._ringer is None or not self._ringer.is_alive():  # a forked process has none yet
                self._ringer = threading.Thread(target=self._keep_ringing, name="outbox-bell", daemon=True)
                self._ringer.start()

    def _keep_ringing(self) -> None:
        while self._pulled.wait():
            time.sleep(self._gather_seconds)
            self._pulled.clear()  # before ringing: whoever commits from now on is rung for again
            try:
                self._ring()
            except Exception:  # whatever the broker's client raises, the row is the promise
                logger.warning("Broker does not answer; beat will deliver", exc_info=True)
                time.sleep(self._pause_seconds)


def _send() -> None:
    current_app.send_task("system.deliver_due_events", ignore_result=True)


bell = Bell(_send, gather_seconds=GATHER_SECONDS, pause_seconds=PAUSE_SECONDS)
