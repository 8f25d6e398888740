"""Trouble on order: what the sandbox does wrong on purpose, so that tests need not wait for it."""

import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from blindbox.integrations.wechat.sandbox.wire import WechatError

CODES = {429: "FREQUENCY_LIMITED", 500: "SYSTEM_ERROR"}


@dataclass
class Fault:
    """
    The next `times` requests whose path starts with `path` meet this.

    `status` refuses before anything happens (`code` says as what, nothing at all for a bare 502); `delay_ms` waits
    first; `reset` does the work and drops the connection instead of answering; `patch` changes fields of the answer
    before it is signed; `unsigned` leaves the signature out.
    """

    path: str
    times: int = 1
    status: int | None = None
    code: str | None = None
    delay_ms: int = 0
    reset: bool = False
    unsigned: bool = False
    patch: dict[str, Any] = field(default_factory=dict)

    def refuse(self) -> None:
        """:raises WechatError: if this fault is a refusal"""
        if self.status:
            raise WechatError(self.status, self.code or CODES.get(self.status, ""), "沙箱按要求出错")


@dataclass
class Switches:
    """Trouble that stays until it is switched off."""

    drop_notices: bool = False
    hold_refunds: bool = False


class Faults:
    """The faults that are armed now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Fault] = []
        self.switches = Switches()

    def arm(self, order: dict[str, Any]) -> None:
        """:raises WechatError: if the order names something that there is not"""
        try:
            switches = {name: bool(order.pop(name)) for name in list(order) if hasattr(self.switches, name)}
            fault = Fault(**order) if order else None
        except TypeError as error:
            raise WechatError(400, "PARAM_ERROR", str(error)) from None
        with self._lock:
            self.switches = Switches(**{**asdict(self.switches), **switches})
            self._armed += [fault] if fault else []

    def take(self, path: str) -> Fault | None:
        """Return the fault that this request meets, and use it up by one."""
        with self._lock:
            for fault in self._armed:
                if path.startswith(fault.path) and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._armed, self.switches = [], Switches()

    def view(self) -> dict[str, Any]:
        with self._lock:
            return asdict(self.switches) | {"list": [asdict(fault) for fault in self._armed if fault.times > 0]}
