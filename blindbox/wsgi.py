"""The WSGI application that granian serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from blindbox.system.checks import require_durable_commits

YOUNG_OBJECTS = 50_000

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blindbox.settings.production")
os.environ.setdefault("DATABASE_SILENCE_SECONDS", "30")  # far above the lock wait, which is an answer
application = get_wsgi_application()
require_durable_commits()
# Load every view before the first request asks for one; then never walk what lives as long as the process again, and
# look for garbage once in dozens of requests instead of in each.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
gc.set_threshold(YOUNG_OBJECTS, 20, 20)
