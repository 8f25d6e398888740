"""Celery: in-memory broker for the embedded default, RabbitMQ or Redis by URL."""

from typing import Any

from blindbox.settings.parts.env import env

_TRANSPORT: dict[str, dict[str, Any]] = {
    "memory": {"polling_interval": 0.05},
    "amqp": {"confirm_publish": True},
    # without time limits a Redis that accepts and keeps silent would hold a publishing request for ever
    "redis": {"socket_connect_timeout": 1, "socket_timeout": 2, "socket_keepalive": True},
}


def transport_options(url: str) -> dict[str, Any]:
    """Return what a broker's client needs beside its address."""
    scheme = url.partition(":")[0]
    return _TRANSPORT.get(scheme) or _TRANSPORT.get(
        scheme.removesuffix("s"), {}
    )  # rediss and amqps are the same in TLS


CELERY_BROKER_URL = env.str("BROKER_URL", default="memory://localhost")
CELERY_BROKER_TRANSPORT_OPTIONS = transport_options(CELERY_BROKER_URL)
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 60, 90
# beat sweeps the outbox, so a request never waits for the broker
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"
