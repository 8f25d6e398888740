"""The session for outside calls: limits always, proxies never for loopback, nothing inside a transaction."""

from typing import Any

import pytest
import requests
from django.db import transaction
from requests.adapters import BaseAdapter

from blindbox.common.http import CallInsideTransaction, guarded_session, is_loopback


class Recorder(BaseAdapter):
    """Answers without a network and keeps what it was asked with."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[dict[str, object]] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **kwargs: Any) -> requests.Response:
        self.calls.append(kwargs)
        response = requests.Response()
        response.status_code = 200
        response.request = request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def session(recorder):
    session = guarded_session()
    session.mount("http://", recorder)
    return session


def test_a_call_without_limits_gets_them(session, recorder):
    session.get("http://wechat.example/")
    session.get("http://wechat.example/", timeout=None)
    session.get("http://wechat.example/", timeout=1)
    assert [call["timeout"] for call in recorder.calls] == [(3.0, 5.0), (3.0, 5.0), 1]


@pytest.mark.django_db
def test_a_call_inside_a_transaction_never_leaves(session, recorder):
    with transaction.atomic(), pytest.raises(CallInsideTransaction, match="POST to wechat.example"):
        session.post("http://wechat.example/")
    assert recorder.calls == []


@pytest.mark.django_db(transaction=True)
def test_the_guard_holds_without_a_test_case_around_it(session, recorder):
    session.get("http://wechat.example/")
    with transaction.atomic(), pytest.raises(CallInsideTransaction):
        session.get("http://wechat.example/")
    assert len(recorder.calls) == 1


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(session, recorder, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    for host in ("wechat.example", "127.0.0.1:8001"):
        session.get(f"http://{host}/")
    assert [bool(call["proxies"]) for call in recorder.calls] == [True, False]


@pytest.mark.parametrize(
    ("url", "expected"),
    [("http://127.0.0.1:8001/x", True), ("http://[::1]/", True), ("http://localhost/", True), ("https://a.cn/", False)],
)
def test_loopback_is_told_by_the_address(url, expected):
    assert is_loopback(url) is expected
