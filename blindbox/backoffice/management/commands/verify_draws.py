"""Recompute every draw from what was committed beforehand, of open issues too. No secret is printed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from activities.errors import IssueNotFound
from activities.services import verifying


class Command(BaseCommand):
    help = "重算每一次抽奖与承诺日志；有不符时退出码为 1，每处一行"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--issue", type=int, metavar="ID", help="只重算这一期（承诺日志总会核对）")

    def handle(self, *args: Any, **options: Any) -> None:
        found, (issues, draws) = 0, verifying.extent(issue_id=options["issue"])  # what is drawn meanwhile is extra
        try:
            for line in verifying.discrepancies(issue_id=options["issue"]):
                self.stdout.write(line)
                found += 1
        except IssueNotFound as error:
            raise CommandError("没有这一期，或它还没有开放") from error
        all_well = f"全部相符：重算了 {issues} 期、{draws} 个抽奖结果"
        self.stdout.write(f"发现 {found} 处不符" if found else all_well)
        if found:
            raise SystemExit(1)
