"""
How often somebody may try something. Counts live in the cache: losing them costs nothing but patience.

While the cache is away each process counts for itself, so that a dead Redis does not open the doors.
"""

import hashlib
import math
import time
from dataclasses import dataclass

from django.core.cache import BaseCache, cache, caches

from blindbox.common.errors import DomainError


def _own() -> BaseCache:
    return caches["process"]


class Throttled(DomainError):
    """`retry_after` seconds go into the Retry-After header too."""

    code, status, message = "common.throttled", 429, "请求过于频繁，请稍后再试"


@dataclass(frozen=True)
class Window:
    """At most `limit` hits by one key in each fixed window of `seconds`."""

    name: str
    limit: int
    seconds: int

    def check(self, *key: str) -> None:
        """:raises Throttled: if the key has used up its window"""
        name = self._name(key)
        if max(cache.get(name) or 0, _own().get(name) or 0) >= self.limit:
            raise Throttled(retry_after=self._rest())

    def hit(self, *key: str) -> None:
        """
        Count one.

        :raises Throttled: if that is one too many
        """
        if self._count(self._name(key)) > self.limit:
            raise Throttled(retry_after=self._rest())

    def forget(self, *key: str) -> None:
        """Let the key start anew."""
        for each in (cache, _own()):
            each.delete(self._name(key))

    def _count(self, name: str) -> int:
        return self._count_in(cache, name) or self._count_in(_own(), name) or 0

    def _count_in(self, counts: BaseCache, name: str) -> int | None:
        """Return the new count, or None from a cache that is away."""
        for _ in range(2):
            try:
                return counts.incr(name)
            except ValueError:  # the first of its window
                if counts.add(name, 1, self.seconds):
                    return 1
        return 1  # it fell out again at once

    def _name(self, key: tuple[str, ...]) -> str:
        digest = hashlib.sha256("\0".join(key).encode()).hexdigest()
        return f"window:{self.name}:{int(time.time() // self.seconds)}:{digest}"

    def _rest(self) -> int:
        return math.ceil(self.seconds - time.time() % self.seconds)
