"""Write terms, odds, draws, payments and delivery of an issue or an order into a folder, each file with its hash."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from activities import selectors
from activities.errors import DrawNotFound, IssueNotFound
from activities.services import evidence
from activities.services.evidence import Sheet
from orders import selectors as orders
from orders.errors import OrderNotFound

MANIFEST = "manifest.json"


class Command(BaseCommand):
    help = "导出一期或一笔订单的证据：条款、概率、抽奖、投放、支付、积分和发放，每个文件附 SHA-256；未公开的密钥不导出"

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--issue", type=int, metavar="ID", help="期次编号")
        which.add_argument("--order", metavar="订单号", help="订单号")
        parser.add_argument("--out", type=Path, required=True, metavar="目录", help="新建的目录，不能已存在")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            if options["issue"] is not None:
                sheets = evidence.of_issue(options["issue"], now=now)
            else:
                sheets = evidence.of_order(orders.order_by_no(options["order"]).pk, now=now)
        except (IssueNotFound, OrderNotFound, DrawNotFound) as error:
            raise CommandError(str(error)) from error
        folder: Path = options["out"]
        try:
            folder.mkdir(parents=True)
        except FileExistsError as error:
            raise CommandError(f"{folder} 已存在") from error
        manifest: dict[str, Any] = {"exported_at": now.isoformat(), "log_head": selectors.head_hash(now=now)}
        manifest["files"] = [_write(folder, sheet) for sheet in sheets]
        text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        self.stdout.write(f"已写入 {folder}：{len(sheets)} 个文件，散列在 {MANIFEST}")


def _write(folder: Path, sheet: Sheet) -> dict[str, Any]:
    data, seen = evidence.digest_of(sheet)
    lines = 0
    with (folder / sheet.name).open("wb") as file:
        for line in data:
            file.write(line)
            lines += 1
    return {"name": sheet.name, "lines": lines, "sha256": seen.hexdigest()}
