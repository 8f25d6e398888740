"""Settings that every environment shares; each part is one concern, the environment is read at the edge."""

from pathlib import Path

from blindbox.settings.parts.admin import *
from blindbox.settings.parts.admin import ADMIN_APPS
from blindbox.settings.parts.celery import *
from blindbox.settings.parts.database import *
from blindbox.settings.parts.database import IS_MYSQL
from blindbox.settings.parts.drf import *
from blindbox.settings.parts.env import env
from blindbox.settings.parts.keys import *
from blindbox.settings.parts.logging import *
from blindbox.settings.parts.wechat import *

BASE_DIR = Path(__file__).resolve().parents[2]
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many hops of X-Forwarded-For are our own

INSTALLED_APPS = [
    *ADMIN_APPS,
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "blindbox.system",
    "accounts",
    "catalog",
    "orders",
    "marketing",
    "activities",
    "guilds",
    "blindbox.backoffice",
]

MIDDLEWARE = [
    "blindbox.common.middleware.RequestIdMiddleware",
    "blindbox.common.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "blindbox.common.middleware.PageSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "blindbox.common.middleware.PageCsrfMiddleware",
    "blindbox.common.middleware.PageAuthenticationMiddleware",
    "blindbox.common.middleware.PageMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# The pages' own CSRF middleware is Django's, under another name. SQLite has no column comments, MariaDB keeps them.
SILENCED_SYSTEM_CHECKS = ["security.W003"] + ([] if IS_MYSQL else ["fields.W163"])
ROOT_URLCONF = "blindbox.urls"
WSGI_APPLICATION = "blindbox.wsgi.application"
APPEND_SLASH = False
CSRF_FAILURE_VIEW = "blindbox.common.error_pages.csrf_failure"
AUTH_USER_MODEL = "accounts.Operator"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "blindbox" / "backoffice" / "templates"],  # before Unfold's own, to take the place of some
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LOCALE_PATHS = [BASE_DIR / "blindbox" / "locale"]
FORMAT_MODULE_PATH = "blindbox.formats"
TIME_ZONE = "Asia/Shanghai"  # what people see; the database stores UTC
USE_I18N = USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT: Path | None = BASE_DIR / "staticfiles"
STATICFILES_DIRS: list[Path] = []
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000  # an activity page with many rewards is one form

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
