"""An offline WeChat that tells this shop, request by request, what it told its receiver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from activities.models import Issue
from blindbox.integrations.wechat.sandbox import SandboxServer
from orders.models import Order
from tests.factories.activities import open_box
from tests.factories.orders import deliver
from tests.integrations.conftest import ask, platform, receiver, running_receiver, running_sandbox, sandbox
from tests.integrations.receiver import Arrival, Receiver
from tests.orders.watching import expire, facts, sell_out, soon

__all__ = ["ask", "platform", "receiver", "running_receiver", "running_sandbox", "sandbox"]

OF_THE_CONNECTION = {"Content-Length", "Content-Type", "Host", "Connection", "Accept-Encoding"}
NOTIFY = "/api/payments/wechat_v3/notify"


def bring(arrival: Arrival, *, path: str = "") -> Any:
    """Hand a notice to the shop, word for word."""
    headers = {name: value for name, value in arrival.headers.items() if name not in OF_THE_CONNECTION}
    return Client(raise_request_exception=False).post(
        path or arrival.path, arrival.body, content_type="application/json", headers=headers
    )


@dataclass
class Wechat:
    """What people and WeChat do; each notice reaches the shop before the call returns."""

    server: SandboxServer
    receiver: Receiver
    ask: Callable[..., dict[str, Any]]

    def pay(self, out_trade_no: str, **how: Any) -> list[int]:
        """Let the person pay and return what the shop answered to each notice."""
        return self._tell(f"payments/{out_trade_no}/pay", how)

    def pay_in_silence(self, out_trade_no: str, **how: Any) -> None:
        """Let the person pay without any notice."""
        self.ask("POST", f"payments/{out_trade_no}/pay", **how)
        self.receiver.reset()

    def end_refund(self, out_refund_no: str, how: str = "succeed", **more: Any) -> list[int]:
        return self._tell(f"refunds/{out_refund_no}/{how}", more)

    def state_of(self, out_trade_no: str) -> str:
        return str(self.ask("GET", f"payments/{out_trade_no}")["trade_state"])

    def fail(self, path: str, **fault: Any) -> None:
        """Arm a fault of the next calls to a path."""
        self.server.faults.arm({"path": path, **fault})

    def calls(self, word: str) -> int:
        """Return how many of the shop's calls had this in their path."""
        return sum(word in call for call in self.server.log)

    def _tell(self, path: str, how: dict[str, Any]) -> list[int]:
        self.receiver.reset()
        self.ask("POST", path, **how)
        return [bring(arrival).status_code for arrival in self.receiver.arrivals]


@pytest.fixture
def wechat(sandbox, receiver, ask) -> Wechat:
    return Wechat(sandbox, receiver, ask)


@pytest.fixture
def box(db: None) -> Issue:
    """A box of twenty tickets that is open now."""
    return open_box(total=20, now=timezone.now())


@pytest.fixture
def order_draws(app_client) -> Callable[..., Any]:
    """Order draws over HTTP: order_draws(member, issue, count=2, key="k1")."""

    def order(member: Member, issue: Issue, *, count: int = 1, key: str = "k1", pay_with: str = "weixin") -> Any:
        url = f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/draws"
        body = {"count": count, "pay_with": pay_with, "client_nonce": "nonce"}
        return app_client(member).post(url, body, HTTP_IDEMPOTENCY_KEY=key)

    return order


@pytest.fixture
def refused() -> Callable[[Any], tuple[int, str]]:
    return lambda answer: (answer.status_code, answer.json()["code"])


@pytest.fixture
def placed(order_draws, member, box, wechat):
    """An order of two draws that WeChat knows of."""
    answer = order_draws(member, box, count=2)
    assert answer.status_code == 201
    return Order.objects.get()


@pytest.fixture
def refunding_order(placed, make_member, box, wechat):
    """An order whose money came after its place was sold to others, so that it goes back."""
    expire(placed)
    deliver(now=soon(minutes=4))
    sell_out(make_member, box)
    wechat.pay(placed.order_no, late=True)
    deliver(now=soon(minutes=5))
    assert facts(placed) == ("refunding", 12_000, 0)
    return placed
