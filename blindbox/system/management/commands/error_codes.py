"""List every refusal: code, HTTP status, message."""

from typing import Any

from django.core.management.base import BaseCommand

from blindbox.common.api import FRAMEWORK, INTERNAL
from blindbox.common.errors import catalogue


class Command(BaseCommand):
    help = "列出所有错误码：代码、HTTP 状态、说明"

    def handle(self, *args: Any, **options: Any) -> None:
        for code, status, message in sorted(_all()):
            self.stdout.write(f"{code}\t{status}\t{message}")


def _all() -> set[tuple[str, int, str]]:
    ours = {(error.code, error.status, error.message) for error in catalogue()}
    known = {code for code, _, _ in ours}
    framework = {(code, kind.status_code, message) for kind, code, message in FRAMEWORK if code not in known}
    return ours | framework | {(INTERNAL[0], 500, INTERNAL[1])}
