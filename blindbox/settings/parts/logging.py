"""One JSON object a line on standard error, with the request id."""

from blindbox.settings.parts.env import env

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"expected": {"()": "blindbox.common.logging.DropExpectedRefusals"}},
    "formatters": {"json": {"()": "blindbox.common.logging.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # a refusal (4xx) is an answer, not an incident: a sold-out storm must not become a log storm
        "django.request": {"filters": ["expected"]},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "urllib3": {"level": "INFO"},  # its debug lines hold whole addresses, and with them the app secret
        "wechatpayv3": {"level": "CRITICAL", "propagate": False},  # it logs decrypted data
    },
}
