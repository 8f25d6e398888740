"""Tests: SQLite by default, any DATABASE_URL by environment; keys are fixed so that failures repeat."""

import os
from base64 import b64encode

os.environ.setdefault("SECRET_KEY", "test-secret-key-of-more-than-thirty-two-bytes-0123456789")
os.environ.setdefault("JWT_KEY", "test-jwt-key-of-more-than-thirty-two-bytes")
os.environ.setdefault("DRAW_SECRET_KEYS", f"test:{b64encode(bytes(range(32))).decode()}")

from blindbox.settings.base import *
from blindbox.settings.base import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
WHITENOISE_AUTOREFRESH = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["NAME"] = ":memory:"
