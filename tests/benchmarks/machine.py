"""What the machine is and does while a cell is measured: how far its noise can be told from ours."""

import os
import platform
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import django
from django.db import connection

TICKS = os.sysconf("SC_CLK_TCK")
SYNCS = 200
FIELDS = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"]


@dataclass(frozen=True)
class Moment:
    """Counters that only grow; two of them tell what happened between."""

    seconds: float
    busy: float
    steal: float
    fsyncs: int
    commits: int

    @classmethod
    def now(cls) -> "Moment":
        cpu = dict(zip(FIELDS, map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]), strict=False))
        busy = sum(cpu[name] for name in ("user", "nice", "system", "irq", "softirq")) / TICKS
        asked = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_os_log_fsyncs', 'Innodb_data_fsyncs', 'Com_commit')"
        with connection.cursor() as cursor:
            cursor.execute(asked)
            status = {name: int(value) for name, value in cursor.fetchall()}
        fsyncs = status.get("Innodb_os_log_fsyncs", status["Innodb_data_fsyncs"])
        return cls(time.perf_counter(), busy, cpu["steal"] / TICKS, fsyncs, status["Com_commit"])


@dataclass(frozen=True)
class Strain:
    """A cell's share of the machine: cores that were busy, those of them not ours, steal, and syncs of the log."""

    busy_cores: float
    foreign_cores: float
    steal_cores: float
    fsyncs_s: float
    commits_per_fsync: float

    @classmethod
    def between(cls, before: Moment, after: Moment, *, ours: float) -> "Strain":
        """`ours` is the CPU seconds of application, database and generator."""
        seconds, fsyncs = after.seconds - before.seconds, after.fsyncs - before.fsyncs
        busy, commits = after.busy - before.busy, after.commits - before.commits
        return cls(
            busy_cores=busy / seconds,
            foreign_cores=max(0.0, busy - ours) / seconds,
            steal_cores=(after.steal - before.steal) / seconds,
            fsyncs_s=fsyncs / seconds,
            commits_per_fsync=commits / fsyncs if fsyncs else float("nan"),
        )


def described() -> dict[str, Any]:
    """Return the machine, the versions that matter, and how the database makes commits durable."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@sync_binlog, @@log_bin")
        server, flush, sync, binlog = cursor.fetchone()
    return {
        "machine": {"cores": os.cpu_count(), "fdatasync_s": round(_syncs()), "python": platform.python_version()},
        "versions": {"django": django.get_version(), **{name: version(name) for name in ("granian", "mysqlclient")}},
        "database": {"version": server, "flush_log_at_trx_commit": flush, "sync_binlog": sync, "log_bin": binlog},
    }


def _syncs() -> float:
    """Return how often a second this disk writes 512 bytes for good."""
    with tempfile.NamedTemporaryFile(dir=Path(__file__).parent) as file:
        began = time.perf_counter()
        for _ in range(SYNCS):
            os.pwrite(file.fileno(), bytes(512), 0)
            os.fdatasync(file.fileno())
        return SYNCS / (time.perf_counter() - began)
