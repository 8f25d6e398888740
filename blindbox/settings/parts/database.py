"""Database and cache: SQLite and process memory by default, MariaDB/MySQL and Redis by URL."""

from typing import Any

from blindbox.settings.parts.env import DATA_DIR, env

_SQLITE: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",  # a writer waits at BEGIN instead of failing at its first write
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}
_MYSQL: dict[str, Any] = {
    "charset": "utf8mb4",
    "isolation_level": "read committed",
    "init_command": "SET SESSION innodb_lock_wait_timeout=3, sql_mode='STRICT_ALL_TABLES'",
    "connect_timeout": 5,
}
# wsgi.py sets it: a server that accepts and keeps silent must not hold a web thread for ever. Workers have their tasks'
# time limits, and a command may take long: a migration, a nightly check.
_silence = env.int("DATABASE_SILENCE_SECONDS", default=0)
if _silence:
    _MYSQL |= {"read_timeout": _silence, "write_timeout": _silence}
ALLOW_UNFLUSHED_COMMITS = True  # production asks: blindbox/system/checks.py

_database: dict[str, Any] = env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")
IS_MYSQL = _database["ENGINE"].endswith("mysql")
_database["OPTIONS"] = {**_database.get("OPTIONS", {}), **(_MYSQL if IS_MYSQL else _SQLITE)}
_database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
_database["CONN_HEALTH_CHECKS"] = False  # one statement per request; a lost connection is a 503 and a repeat
_database["ATOMIC_REQUESTS"] = False
if IS_MYSQL:
    _database["ENGINE"] = "blindbox.databases.mysql"
    _database["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"}

DATABASES = {"default": _database}

CACHE_URL = env.str("CACHE_URL", default="") or "locmem://"
_locmem = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "blindbox"}
_redis = {
    "BACKEND": "django_redis.cache.RedisCache",
    "LOCATION": CACHE_URL,
    # Losing Redis costs speed only: reads miss, and each process counts for itself how often somebody tries.
    "OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.5, "SOCKET_TIMEOUT": 0.5},
}
_process = {**_locmem, "LOCATION": "process", "OPTIONS": {"MAX_ENTRIES": 100_000}}
CACHES = {"default": _locmem if CACHE_URL == "locmem://" else _redis, "process": _process}
DJANGO_REDIS_IGNORE_EXCEPTIONS = True
