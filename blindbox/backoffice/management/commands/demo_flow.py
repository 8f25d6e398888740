"""Play a whole visit of the mini-program against a running server, and say what each step saw."""

import os
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from blindbox.backoffice.demo.visit.client import Server, StepFailed
from blindbox.backoffice.demo.visit.steps import STEPS, Visit
from blindbox.settings.parts.env import PORT, SANDBOX_PORT


class Command(BaseCommand):
    help = "对正在运行的服务走一遍小程序流程：登录、十抽、付款、奖品、验证；有一步不对就以退出码 1 结束"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base-url", default=f"http://127.0.0.1:{PORT}", help="服务地址")
        parser.add_argument("--sandbox-url", default=f"http://127.0.0.1:{SANDBOX_PORT}", help="微信沙箱地址")

    def handle(self, *args: Any, **options: Any) -> None:
        visit = Visit(
            shop=Server("服务", options["base_url"]),
            sandbox=Server("微信沙箱", options["sandbox_url"]),
            operator_password=os.environ.get("DEMO_ADMIN_PASSWORD", ""),
        )
        for title, step in STEPS:
            try:
                self.stdout.write(f"✓ {title}：{step(visit)}")
            except StepFailed as failure:
                self._end(title, str(failure))
            except LookupError as error:
                self._end(title, f"应答里没有 {error}")
        self.stdout.write(f"全部 {len(STEPS)} 步完成")

    def _end(self, title: str, why: str) -> NoReturn:
        self.stderr.write(f"✗ {title}：{why}")
        raise SystemExit(1)
