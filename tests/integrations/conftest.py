"""One sandbox and one notification URL for all of these tests; settings point blindbox at them."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from blindbox.integrations.wechat.pay.gateway import PaymentGateway, get_gateway
from blindbox.integrations.wechat.sandbox import SandboxServer
from blindbox.integrations.wechat.sandbox.signing import Platform
from tests.integrations.control import control
from tests.integrations.receiver import Arrival, Receiver

_numbers = count(1)


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory) -> Iterator[SandboxServer]:
    server = SandboxServer(tmp_path_factory.mktemp("sandbox"), notify_scale=0.01).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def running_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def receiver(running_receiver: Receiver) -> Receiver:
    running_receiver.reset()
    return running_receiver


@pytest.fixture
def sandbox(running_sandbox, receiver, settings) -> Iterator[SandboxServer]:
    """
    A running sandbox that blindbox's settings point at, without faults and with an empty log.

    Refunds wait to be told how they end: one that succeeded by itself would send its notice into the next test.
    """
    for name, value in running_sandbox.settings.items():
        setattr(settings, name, value)
    settings.WECHAT_NOTIFY_BASE = receiver.url
    settings.PAYMENT_GATEWAY = "wechat_v3"
    running_sandbox.faults.arm({"hold_refunds": True})
    running_sandbox.log.clear()
    yield running_sandbox
    running_sandbox.faults.clear()


@pytest.fixture
def platform(sandbox) -> Platform:
    """WeChat Pay's key, to sign what WeChat would never send."""
    return Platform(sandbox.keys)


@pytest.fixture
def ask(sandbox) -> Callable[..., dict[str, Any]]:
    """Call the control API; whatever it answers must be a success."""

    def call(method: str, path: str, /, **body: Any) -> dict[str, Any]:
        status, answer = control(sandbox.url, method, path, body or None)
        assert status < 300, answer
        return answer

    return call


@pytest.fixture
def gateway(sandbox) -> PaymentGateway:
    return get_gateway()


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def number() -> str:
    return f"T{next(_numbers):012d}"


@pytest.fixture
def prepaid(gateway: PaymentGateway, number: str, now: datetime) -> str:
    """The number of a payment over 12.34 that WeChat knows and nobody has paid."""
    gateway.prepay(
        out_trade_no=number,
        amount_fen=1234,
        openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        description="一番赏 10 抽 🎁",
        expires_at=now + timedelta(minutes=3),
        now=now,
    )
    return number


@pytest.fixture
def paid(prepaid: str, ask: Callable[..., dict[str, Any]]) -> str:
    ask("POST", f"payments/{prepaid}/pay")
    return prepaid


@pytest.fixture
def genuine(paid: str, receiver: Receiver) -> Arrival:
    """A genuine notice of a payment, as it arrived."""
    return receiver.wait_for(1)[0]


@pytest.fixture
def no_calls(monkeypatch) -> list[Any]:
    """Every attempt to open a connection; each one fails."""
    attempts: list[Any] = []

    def refuse(self: socket.socket, address: Any) -> None:
        attempts.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return attempts
