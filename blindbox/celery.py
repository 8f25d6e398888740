"""The Celery application; `celery -A blindbox worker` and `celery -A blindbox beat` find it here."""

import os
import sys
from typing import Any

from celery import Celery, bootsteps
from django.core.exceptions import ImproperlyConfigured

from blindbox.beat import SCHEDULE
from blindbox.system.checks import require_durable_commits

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blindbox.settings.production")
app = Celery("blindbox")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()


class DurableDatabase(bootsteps.Step):
    """The first thing that a worker does, before it forks: docs/production.md."""

    def __init__(self, worker: Any, **_: Any) -> None:
        try:
            require_durable_commits()
        except ImproperlyConfigured as error:
            sys.exit(str(error))


app.steps["worker"].add(DurableDatabase)
