"""Production: every key and address comes from the environment, HTTPS only. See docs/production.md."""

import os

os.environ.setdefault("REQUIRE_ENV_KEYS", "1")

from blindbox.settings.parts import keys, required, wechat
from blindbox.settings.parts.env import env

required.require(
    {name: env.str(name, default="") for name in (*required.ADDRESSES, "ALLOWED_HOSTS")}
    | {name: getattr(keys, name) for name in keys.KEY_NAMES}
    | {name: getattr(wechat, name) for name in wechat.WECHAT_NAMES}
)

from blindbox.settings.base import *

ALLOW_UNFLUSHED_COMMITS = env.bool("ALLOW_UNFLUSHED_COMMITS", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
