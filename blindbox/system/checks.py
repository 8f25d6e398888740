"""What a deployment must have beyond its settings; `manage.py check --deploy --database default` asks."""

import logging
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections

logger = logging.getLogger(__name__)

UNFLUSHED, UNSYNCED, PLAIN_NOTICES, ALONE = (f"blindbox.W00{number}" for number in (1, 2, 3, 4))
_ASKED = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit', 'log_bin', 'sync_binlog')"


@register(Tags.database, deploy=True)
def commits_survive_a_power_cut(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warn where the database may forget a draw that a member has seen."""
    mysql = [alias for alias in databases or [] if connections[alias].vendor == "mysql"]
    return [problem for alias in mysql for problem in durability_problems(_variables(alias), alias)]


def require_durable_commits() -> None:
    """
    Look at the database as a web process or a worker starts; one that does not answer yet is not judged.

    :raises ImproperlyConfigured: in one line, if it may forget a commit and nobody has allowed that
    """
    if settings.ALLOW_UNFLUSHED_COMMITS:
        return
    try:
        problems = commits_survive_a_power_cut(databases=list(connections))
    except OperationalError as error:
        logger.warning("The database does not answer yet, so its durability is unknown: %s", error)
        return
    finally:
        connections.close_all()  # the processes that are forked from this one need their own
    if problems:
        said = " ".join(f"{problem.msg} {problem.hint}" for problem in problems)
        raise ImproperlyConfigured(f"production cannot start: {said} ALLOW_UNFLUSHED_COMMITS=1 allows it.")


def durability_problems(variables: dict[str, str], alias: str) -> list[CheckMessage]:
    """Return what these server variables put at risk; a server that does not know one of them decides otherwise."""
    problems: list[CheckMessage] = []
    if variables.get("innodb_flush_log_at_trx_commit", "1") != "1":
        hint = "Set innodb_flush_log_at_trx_commit = 1: a power cut may otherwise undo draws and payments."
        problems.append(Warning(f"Database {alias} does not flush each commit.", hint=hint, id=UNFLUSHED))
    if variables.get("log_bin") == "ON" and variables.get("sync_binlog", "1") != "1":
        hint = "Set sync_binlog = 1: with a binary log it is that log's flush that makes a commit last."
        problems.append(Warning(f"Database {alias} does not sync its binary log.", hint=hint, id=UNSYNCED))
    return problems


def _variables(alias: str) -> dict[str, str]:
    with connections[alias].cursor() as cursor:
        cursor.execute(_ASKED)
        return dict(cursor.fetchall())


@register(Tags.security, deploy=True)
def wechat_can_reach_us(**_: Any) -> list[CheckMessage]:
    """Warn where WeChat would refuse to send its notices."""
    if settings.WECHAT_NOTIFY_BASE.startswith("https://"):
        return []
    hint = "Set it to the public https:// address; WeChat Pay sends notices nowhere else."
    return [Warning("WECHAT_NOTIFY_BASE is not an https:// address.", hint=hint, id=PLAIN_NOTICES)]


@register(Tags.caches, deploy=True)
def processes_know_of_each_other(**_: Any) -> list[CheckMessage]:
    """Warn where cache or broker live in one process: limits would count per process, no worker hear of anything."""
    own = {
        "CACHE_URL": settings.CACHE_URL == "locmem://",
        "BROKER_URL": settings.CELERY_BROKER_URL.startswith("memory"),
    }
    hint = "Name a server that all processes share."
    return [
        Warning(f"{name} names a process's own memory.", hint=hint, id=ALONE) for name, is_own in own.items() if is_own
    ]
