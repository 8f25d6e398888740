"""
How fast a draw is, as ratios to the raw transaction in the same run.

    DATABASE_URL=mysql://root@127.0.0.1:3306/blindbox_bench python -m tests.benchmarks.draw [--seconds 4] [--rounds 3]

Prints a table and one line of JSON; exits non-zero if an invariant broke. Cells are interleaved A B A B, medians count.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from tests.factories.production import PLAUSIBLE_PRODUCTION

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blindbox.settings.production")
for _name, _value in PLAUSIBLE_PRODUCTION.items():
    os.environ.setdefault(_name, _value)

import django  # noqa: E402  the environment above decides its settings

django.setup()

from django.db import connection  # noqa: E402

from tests.benchmarks import load, machine, raw, server, shop, sold_out, statements  # noqa: E402

PORT = 8391
SPEED = ["ops_s", "draws_s", "p50_ms", "p99_ms", "app_us", "db_us", "generator_us", "errors"]
STRAIN = [each.name for each in fields(machine.Strain)]


@dataclass
class Measured:
    """The rounds of one kind of cell."""

    draws_each: int
    cells: list[load.Cell] = field(default_factory=list)
    app_cpu: list[float] = field(default_factory=list)
    db_cpu: list[float] = field(default_factory=list)
    strains: list[machine.Strain] = field(default_factory=list)

    def rate(self) -> float:
        """Return the median of operations a second."""
        return statistics.median(cell.done / cell.seconds for cell in self.cells)

    def middle(self, share: float) -> float:
        return statistics.median(cell.percentile(share) for cell in self.cells)

    def micros(self, seconds: list[float]) -> float:
        """Return the median CPU in microseconds an operation."""
        return statistics.median(s / cell.done * 1e6 for s, cell in zip(seconds, self.cells, strict=True))

    def strain(self, name: str) -> float:
        return round(statistics.median(getattr(strain, name) for strain in self.strains), 2)

    def row(self, name: str) -> dict[str, Any]:
        return {
            "cell": name,
            "ops_s": round(self.rate(), 1),
            "draws_s": round(self.rate() * self.draws_each, 1),
            "p50_ms": round(self.middle(0.5), 2),
            "p99_ms": round(self.middle(0.99), 2),
            "app_us": round(self.micros(self.app_cpu)),
            "db_us": round(self.micros(self.db_cpu)),
            "generator_us": round(self.micros([cell.generator_cpu for cell in self.cells])),
            **{name: self.strain(name) for name in STRAIN},
            "errors": {code: n for cell in self.cells for code, n in cell.codes.items() if code != "ok"},
        }


def measure(kind: Measured, work: Callable[[int], load.Work], pid: int, connections: int, seconds: float) -> None:
    before, app, database = machine.Moment.now(), server.cpu_of_tree(pid), server.cpu_of_database()
    connection.close()  # the workers are forked, and each opens its own
    cell = load.run(work, connections=connections, seconds=seconds)
    app, database = server.cpu_of_tree(pid) - app, server.cpu_of_database() - database
    kind.cells.append(cell)
    kind.app_cpu.append(app)
    kind.db_cpu.append(database)
    ours = app + database + cell.generator_cpu
    kind.strains.append(machine.Strain.between(before, machine.Moment.now(), ours=ours))
    connection.close()


def benchmark(seconds: float, rounds: int) -> dict[str, Any]:
    shop.rebuild()
    shop.lift_limits()
    buyers, bare = shop.buyers(32), shop.buyers(8)
    kinds = {name: Measured(n) for name, n in [("raw", 1), ("raw x10", 10), ("draw", 1), ("ten", 10), ("draw c=32", 1)]}
    with server.running(PORT) as pid:
        _warm(buyers, pid)
        for _ in range(rounds):
            _round(kinds, buyers, bare, pid, seconds)
        raw.clean(bare)
        broken = sold_out.check(PORT, pid)
    per_request = {n: statements.of_one_request(n) for n in (1, 10)}
    return {**machine.described(), **_report(kinds), "statements": per_request, "violations": broken}


def _warm(buyers: list[shop.Buyer], pid: int) -> None:
    box = shop.open_box()
    load.run(load.draws(PORT, box, buyers, 1), connections=8, seconds=1)


def _round(
    kinds: dict[str, Measured], buyers: list[shop.Buyer], bare: list[shop.Buyer], pid: int, seconds: float
) -> None:
    """A B A B: raw beside ours for one and for ten, each on a box of its own."""
    for mine, theirs, count in (("draw", "raw", 1), ("ten", "raw x10", 10)):
        measure(kinds[theirs], _limit(bare, count), pid, 8, seconds)
        measure(kinds[mine], _ours(buyers, count), pid, 8, seconds)
    measure(kinds["draw c=32"], _ours(buyers, 1), pid, 32, seconds)


def _limit(bare: list[shop.Buyer], count: int) -> Callable[[int], load.Work]:
    box = shop.open_box()
    raw.prepare(box, bare, 8)
    return raw.draws(box, bare, count)


def _ours(buyers: list[shop.Buyer], count: int) -> Callable[[int], load.Work]:
    """Return draws from a box that each server process has derived already, as any box after its first sale."""
    box = shop.open_box()
    connection.close()
    load.run(load.draws(PORT, box, buyers, 1), connections=8, seconds=0.5)
    return load.draws(PORT, box, buyers, count)


def _report(kinds: dict[str, Measured]) -> dict[str, Any]:
    one, ten, bare, bare_ten = kinds["draw"], kinds["ten"], kinds["raw"], kinds["raw x10"]
    bare_client = bare.micros([cell.generator_cpu for cell in bare.cells])
    ratios = {
        "1 draw / raw": one.rate() / bare.rate(),
        "2 ten / raw x10": ten.rate() / bare_ten.rate(),
        "3 p50 ten / p50 one": ten.middle(0.5) / one.middle(0.5),
        "5 app CPU / raw client CPU": one.micros(one.app_cpu) / bare_client,
        "6 c=32 / c=8": kinds["draw c=32"].rate() / one.rate(),
    }
    cells = [kind.row(name) for name, kind in kinds.items()]
    return {"cells": cells, "ratios": {name: round(value, 3) for name, value in ratios.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    found = benchmark(options.seconds, options.rounds)
    for line in _table(found):
        print(line)
    print(json.dumps(found, ensure_ascii=False))
    sys.exit(1 if found["violations"] else 0)


def _table(found: dict[str, Any]) -> list[str]:
    lines = [f"{part:<10} {json.dumps(found[part])}" for part in ("machine", "versions", "database")]
    for columns in (SPEED, STRAIN):
        lines.append("".join(f"{name:>18}" for name in ["cell", *columns]))
        lines += ["".join(f"{row[name]!s:>18}" for name in ["cell", *columns]) for row in found["cells"]]
    lines += [f"{name:<28} {value}" for name, value in found["ratios"].items()]
    lines.append(f"4 statements a request        one {found['statements'][1]}, ten {found['statements'][10]}")
    lines.append(f"8 violations                  {found['violations'] or 'none'}")
    return lines


if __name__ == "__main__":
    main()
