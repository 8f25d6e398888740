"""The embedded default: one process on SQLite beside the offline WeChat. `python3 dev.py run` uses it."""

import os

os.environ.setdefault("WECHAT_SANDBOX", "1")

from blindbox.settings.base import *

ALLOWED_HOSTS = ["*"]
WHITENOISE_USE_FINDERS = True  # no collectstatic step on a first start
STATIC_ROOT = None
SECURE_REFERRER_POLICY = "same-origin"
