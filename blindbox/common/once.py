"""Values that are costly to derive and never change: kept in this process, derived by one thread while others wait."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

V = TypeVar("V")


class KeptOnce(Generic[V]):
    """
    The most recently used values by id.

    `functools.lru_cache` lets every thread that misses derive the value; eight threads at a box's first sale would
    shuffle it eight times.
    """

    def __init__(self, derive: Callable[[int], V], *, most: int) -> None:
        self._derive, self._most = derive, most
        self._values: OrderedDict[int, V] = OrderedDict()
        self._lock = threading.Lock()
        self._deriving: dict[int, threading.Lock] = {}

    def __call__(self, key: int) -> V:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            turn = self._deriving.setdefault(key, threading.Lock())
        with turn:
            return self._keep(key)

    def unknown(self, keys: Iterable[int]) -> list[int]:
        """Return the keys whose values are not kept, for whoever derives many at once."""
        with self._lock:
            return [key for key in keys if key not in self._values]

    def keep(self, values: Mapping[int, V]) -> None:
        """Keep values that were derived elsewhere."""
        with self._lock:
            self._values.update(values)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def _keep(self, key: int) -> V:
        with self._lock:
            if key in self._values:  # whoever had the turn before us left it
                return self._values[key]
        try:
            value = self._derive(key)
            self.keep({key: value})
            return value
        finally:  # a key that has no value must not be remembered either: anybody may ask for any number
            with self._lock:
                self._deriving.pop(key, None)

    def cache_clear(self) -> None:
        """Forget everything, as tests do between databases."""
        with self._lock:
            self._values.clear()
            self._deriving.clear()
