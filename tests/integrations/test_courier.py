"""The sandbox's courier: one refund or one failure in its way stops nothing that comes after."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from blindbox.integrations.wechat.sandbox import clock
from blindbox.integrations.wechat.sandbox.courier import Courier
from blindbox.integrations.wechat.sandbox.faults import Faults
from blindbox.integrations.wechat.sandbox.keys import ensure_keys, sandbox_folder
from blindbox.integrations.wechat.sandbox.payments import Payments
from blindbox.integrations.wechat.sandbox.refunds import ABNORMAL, DONE, Refunds
from blindbox.integrations.wechat.sandbox.signing import Platform
from blindbox.integrations.wechat.sandbox.store import Store
from tests.integrations.receiver import Receiver


@dataclass
class Office:
    """A courier that has not set out yet, and the books it works from."""

    payments: Payments
    refunds: Refunds
    courier: Courier
    ask: Callable[[str], str]

    def states(self, *numbers: str) -> list[str]:
        return [self.refunds.get(number).state for number in numbers]


@pytest.fixture
def office(tmp_path, receiver: Receiver) -> Iterator[Office]:
    keys = ensure_keys(tmp_path)
    store = Store(sandbox_folder(tmp_path) / "sandbox.sqlite3")
    payments = Payments(store, keys)
    refunds = Refunds(store, payments)
    courier = Courier(store, Platform(keys), refunds, Faults(), 0.01)

    def ask(name: str) -> str:
        """Pay, and ask the money back: the refund is due at once."""
        ours = {"appid": keys.settings["WECHAT_APP_ID"], "mchid": keys.mch_id, "out_trade_no": f"paid-{name}"}
        expires = (clock.now() + timedelta(minutes=3)).isoformat(timespec="seconds")
        asked = {"description": "盲盒", "notify_url": receiver.url, "time_expire": expires, "payer": {"openid": "o1"}}
        payments.prepay(ours | asked | {"amount": {"total": 100, "currency": "CNY"}})
        payments.pay(f"paid-{name}", late=False)
        amount = {"refund": 100, "total": 100, "currency": "CNY"}
        request = {"out_refund_no": name, "out_trade_no": f"paid-{name}", "amount": amount}
        return refunds.ask(request, due=clock.later(0)).out_refund_no

    yield Office(payments, refunds, courier, ask)
    courier.stop()
    store.close()


def test_a_refund_that_ends_otherwise_as_it_comes_due_leaves_the_next_its_turn(office, receiver, monkeypatch):
    numbers = [office.ask("first"), office.ask("second")]
    due = office.refunds.due

    def due_and_then_one_fails(at: float) -> list[str]:
        found = due(at)
        if numbers[0] in found:
            office.refunds.finish(numbers[0], ABNORMAL)  # as POST /control/refunds/first/fail does
        return found

    monkeypatch.setattr(office.refunds, "due", due_and_then_one_fails)
    office.courier.start()
    receiver.wait_for(1)
    assert office.states(*numbers) == [ABNORMAL, DONE]
    later = office.ask("third")
    office.courier.wake()
    receiver.wait_for(2)
    assert office.states(later) == [DONE]


def test_a_failure_is_logged_and_what_it_left_is_done_afterwards(office, receiver, monkeypatch, caplog):
    monkeypatch.setattr("blindbox.integrations.wechat.sandbox.courier.BREATH_SECONDS", 0.01)
    numbers = [office.ask("first"), office.ask("second")]
    finish, failures = office.refunds.finish, [OSError("the disk is full")]

    def finish_at_the_second_try(number: str, state: str):
        if failures:
            raise failures.pop()
        return finish(number, state)

    monkeypatch.setattr(office.refunds, "finish", finish_at_the_second_try)
    office.courier.start()
    receiver.wait_for(2)
    assert office.states(*numbers) == [DONE, DONE]
    assert "The sandbox's courier goes on after a failure" in caplog.text
