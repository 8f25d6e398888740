"""Celery's worker and beat as threads of the web process: the embedded default has no other process for them."""

import logging
import os
import signal
import threading

from celery import signals
from celery.beat import EmbeddedService
from celery.worker import WorkController

from blindbox.beat import SCHEDULE
from blindbox.celery import app

WORKER_THREADS = 2
logger = logging.getLogger(__name__)


def start() -> None:
    os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # Django's checks belong to `dev.py check`, not to every start
    # All three lines: without them the pool's threads look a task up on another app and silently drop it.
    app.finalize()
    app.set_current()
    app.set_default()
    threading.Thread(target=_work, name="celery-worker", daemon=True).start()
    # in memory: every entry of the schedule comes again soon, so no file has to remember when it last ran
    beat = EmbeddedService(app, thread=True, scheduler_cls="celery.beat:Scheduler")
    assert isinstance(beat, threading.Thread)
    beat.start()
    app.send_task(SCHEDULE["sweep outbox"]["task"])  # at once: it finishes the last run and shows that we live


def _work() -> None:
    """Consume tasks for as long as the process lives; without its worker it would take money and deliver nothing."""
    try:
        worker = WorkController(
            app=app,
            pool="threads",
            concurrency=WORKER_THREADS,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        signals.worker_init.send(sender=worker)  # Celery's Django part closes stale connections between tasks
        worker.start()
    finally:
        logger.critical("The embedded Celery worker ended; ending the server with it")
        os.kill(os.getpid(), signal.SIGTERM)
