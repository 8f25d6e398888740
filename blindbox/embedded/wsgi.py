"""What granian's one worker process loads: the web application, and beside it Celery's worker and beat."""

import os

from django.core.management import call_command

from blindbox.embedded import background, lifeline
from blindbox.wsgi import application

__all__ = ["application"]

lifeline.end_with(os.getppid())
call_command("seed_demo", no_shop=os.environ.get("DEMO_SHOP") == "0")
background.start()
