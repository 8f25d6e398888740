"""Create the groups of operators."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from blindbox.backoffice import roles


class Command(BaseCommand):
    help = "创建岗位分组（运营、客服、仓库、财务、只读）并给出默认权限；已有的分组不改，除非加 --reset"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="把已有的分组也恢复成默认权限")

    def handle(self, *args: Any, **options: Any) -> None:
        written = roles.set_up(reset=options["reset"], now=timezone.now())
        for name, count in written:
            self.stdout.write(f"{name}：{count} 项权限")
        if not written:
            self.stdout.write("分组都已存在，没有改动（--reset 可恢复默认权限）")
