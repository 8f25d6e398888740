"""How a notice is sent when somebody orders it: how often, how many at once, how late, and how honestly."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from blindbox.integrations.wechat.sandbox.courier import Courier, Notice, Reaction
from blindbox.integrations.wechat.sandbox.forgeries import HONEST, Recipe, recipe
from blindbox.integrations.wechat.sandbox.wire import WechatError

MOST_TIMES, MOST_THREADS, MOST_DELAY_MS = 1000, 50, 60_000


@dataclass(frozen=True)
class Telling:
    """An order that was checked before anything happens."""

    times: int
    threads: int
    delay_ms: int
    how: Recipe

    @classmethod
    def of(cls, order: dict[str, Any]) -> "Telling":
        """:raises WechatError: if the order makes no sense"""
        return cls(
            times=_whole(order, "times", 1, MOST_TIMES),
            threads=_whole(order, "threads", 1, MOST_THREADS),
            delay_ms=_whole(order, "delay_ms", 0, MOST_DELAY_MS),
            how=recipe(order.get("tamper")),
        )

    @property
    def is_forged(self) -> bool:
        return self.how is not HONEST

    def repeat(self, courier: Courier, notice: Notice) -> list[Reaction]:
        """Send every copy and return what the merchant answered to each."""
        time.sleep(self.delay_ms / 1000)
        with ThreadPoolExecutor(max_workers=self.threads) as pool:
            return list(pool.map(lambda _: courier.send(notice, self.how), range(self.times)))


def _whole(order: dict[str, Any], name: str, least: int, most: int) -> int:
    value = order.get(name, least)
    if type(value) is not int or not least <= value <= most:
        raise WechatError(400, "PARAM_ERROR", f"{name} 应是 {least} 到 {most} 的整数")
    return value
