"""Draw an issue thousands of times by the real rules on throwaway secrets. Nothing is written."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from activities import selectors
from activities.errors import IssueCannotSimulate, IssueNotFound
from activities.services.simulating import MOST_DRAWS, Simulation, simulate
from blindbox.common.money import yuan


class Command(BaseCommand):
    help = "模拟一期抽奖：对比公示与模拟的概率，给出成本、毛利、最坏情况和售罄时间；不写入任何数据"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("issue", type=int, metavar="期次编号", help="草稿或已开放的期次")
        parser.add_argument("--draws", type=int, default=10_000, help=f"模拟抽数，最多 {MOST_DRAWS}（默认 10000）")
        parser.add_argument("--seed", default="1", help="同样的种子得到同样的结果（默认 1）")
        parser.add_argument("--daily", type=int, help="每天卖多少抽，用来估计售罄时间（默认取近 7 天平均）")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["draws"] <= MOST_DRAWS:
            raise CommandError(f"--draws 要在 1 到 {MOST_DRAWS} 之间")
        try:
            issue = selectors.issue(options["issue"])
            wanted = {name: options[name] for name in ("draws", "seed", "daily")}
            found = simulate(issue=issue, now=timezone.now(), **wanted)
        except IssueNotFound as error:
            raise CommandError("没有这一期") from error
        except IssueCannotSimulate as refusal:
            raise CommandError(str(refusal)) from refusal
        for line in _lines(found):
            self.stdout.write(line)


def _lines(found: Simulation) -> list[str]:
    rows = [
        f"{line.prize.level:<8}{line.odds_ppm / 10_000:>10.4f}%{line.share_ppm / 10_000:>10.4f}%"
        f"{line.drawn:>10}  {yuan(line.cost_fen):>10}  {line.prize.name}"
        for line in found.lines
    ]
    return [
        f"{found.issue}：模拟 {found.draws} 抽，种子 {found.seed}",
        f"{'赏级':<8}{'公示':>10}{'模拟':>10}{'次数':>10}{'成本':>10}  奖品",
        *rows,
        _tested(found.p_value),
        *_money(found),
    ]


def _tested(p_value: float | None) -> str:
    if p_value is None:
        return "抽数还不够做卡方检验"
    return f"卡方检验 p = {p_value:.3f}（小于 0.000001 才说明规则与公示不符）"


def _money(found: Simulation) -> list[str]:
    days = found.sells_out_in_days
    sells_out = "按现有销量估计不出售罄时间" if days is None else f"每天 {found.daily} 抽，约 {days:.1f} 天售罄"
    worth = f"单抽平均价值 {yuan(found.value_fen)}，成本 {yuan(found.cost_fen)}，最贵一抽 {yuan(found.dearest_fen)}"
    if found.price_fen is None or found.margin_fen is None or found.worst_fen is None:
        return [f"免费，{worth}", sells_out]
    margin = f"单抽收入 {yuan(found.price_fen)}，毛利 {yuan(found.margin_fen)}"
    worst = f"最坏时累计 {yuan(found.worst_fen)}（第 {found.worst_at} 抽）"
    return [f"{margin}，{worth}", worst, sells_out]
