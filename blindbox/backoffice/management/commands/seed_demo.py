"""Make the demo shop; `python3 dev.py run` does at each start, so a second time it only fills up what ran out."""

import os
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from blindbox.backoffice import roles
from blindbox.backoffice.demo import people, shop
from blindbox.settings.parts.env import DATA_DIR


class Command(BaseCommand):
    help = "创建演示店铺：操作员、岗位分组、商品、每种玩法一个进行中的活动；可重复执行"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-shop", action="store_true", help="只创建操作员和岗位分组，不放演示数据")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        self._operator(now=now)
        groups = [name for name, _ in roles.set_up(reset=False, now=now)]
        if groups:
            self.stdout.write(f"已创建岗位分组：{'、'.join(groups)}")
        if options["no_shop"]:
            return
        for line in shop.stock_up(now=now):
            self.stdout.write(line)
        if settings.SANDBOX_URL:  # where WeChat is the true one, nobody is `dev:<name>`
            for line in people.welcome_members(data_dir=DATA_DIR, now=now):
                self.stdout.write(line)

    def _operator(self, *, now: datetime) -> None:
        chosen = os.environ.get("DEMO_ADMIN_PASSWORD", "")
        made_up = people.hire_operator(chosen_password=chosen, now=now)
        if chosen:
            password = "密码取自环境变量 DEMO_ADMIN_PASSWORD"
        elif made_up:
            password = f"密码 {made_up}（只显示这一次）"
        else:
            password = "已存在，密码不变；忘记了可以执行 python3 dev.py manage changepassword admin"
        self.stdout.write(f"管理后台账号 {people.OPERATOR}，{password}")
