"""Run every guarantee of docs/guarantees.md that the tables can answer, and say what is violated."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from blindbox.common.invariants import Violation, registered, violations
from blindbox.system.services import findings


class Command(BaseCommand):
    help = "核对所有不变量；有违反时退出码为 1"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")
        parser.add_argument("--only", metavar="ID", action="append", help="只核对这一项，可重复")
        parser.add_argument("--record", action="store_true", help="把结果记入后台的核对问题，已不存在的记为消失")

    def handle(self, *args: Any, **options: Any) -> None:
        checked = _chosen(options["only"])
        found = violations(checked)
        if options["record"]:
            _record(checked, found)
        self.stdout.write(_as_json(checked, found) if options["json"] else _as_text(checked, found))
        if found:
            raise SystemExit(1)


def _chosen(only: list[str] | None) -> list[str]:
    known = [each.id for each in registered()]
    unknown = sorted(set(only or []) - set(known))
    if unknown:
        raise CommandError(f"没有这样的不变量：{'、'.join(unknown)}；已有：{'、'.join(known)}")
    return [each for each in known if only is None or each in only]


def _record(checked: list[str], found: list[Violation]) -> None:
    for each in registered():
        if each.id in checked:
            mine = [violation.what for violation in found if violation.id == each.id]
            findings.record(each, mine, complete=True, now=timezone.now())


def _as_json(checked: list[str], found: list[Violation]) -> str:
    report = {"checked": checked, "violations": [asdict(each) for each in found]}
    return json.dumps(report, ensure_ascii=False)


def _as_text(checked: list[str], found: list[Violation]) -> str:
    lines = [f"{each.id} {each.title}：{each.what}" for each in found]
    return "\n".join([*lines, f"核对了 {len(checked)} 项，发现 {len(found)} 处违反"])
