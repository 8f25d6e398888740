"""The sandbox as a process: keys that stay, state that survives, notices by WeChat's schedule, a port that is taken."""

import json
import os
import signal
import stat
import subprocess
import sys
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from blindbox.integrations.wechat.pay.gateway import get_gateway
from blindbox.integrations.wechat.sandbox import SandboxServer
from blindbox.integrations.wechat.sandbox.courier import HOUR, MINUTE, SCHEDULE
from blindbox.integrations.wechat.sandbox.keys import ensure_keys
from tests.integrations.control import control

MODULE = "blindbox.integrations.wechat.sandbox"


@pytest.fixture
def own_sandbox(tmp_path, receiver, settings):
    """Start sandboxes over one data directory, each pointed at by blindbox's settings."""
    started = []

    def start(**options) -> SandboxServer:
        server = SandboxServer(tmp_path, **options).start()
        started.append(server)
        for name, value in server.settings.items():
            setattr(settings, name, value)
        settings.WECHAT_NOTIFY_BASE = receiver.url
        return server

    yield start
    for server in started:
        server.stop()


def prepay(number: str, now: datetime) -> None:
    get_gateway("wechat_v3").prepay(
        out_trade_no=number,
        amount_fen=100,
        openid="o1",
        description="盲盒",
        expires_at=now + timedelta(minutes=3),
        now=now,
    )


def test_wechat_s_schedule_is_a_day_and_four_minutes():
    assert len(SCHEDULE) == 15
    assert sum(SCHEDULE) == 24 * HOUR + 4 * MINUTE


def test_a_notice_comes_again_until_the_merchant_says_yes(own_sandbox, receiver, number, now):
    server = own_sandbox(notify_scale=0.01)
    receiver.answers = [500, 404, 204]
    prepay(number, now)
    answer = control(server.url, "POST", f"payments/{number}/pay")[1]
    assert answer["notices"][0]["status"] == 500
    assert answer["payment"]["notices"][0]["retrying"] is True
    arrivals = receiver.wait_for(3)
    assert len({json.loads(arrival.body)["id"] for arrival in arrivals}) == 1
    assert get_gateway("wechat_v3").parse_notify(arrivals[2].headers, arrivals[2].body, now).out_trade_no == number


def test_a_dropped_notice_is_tried_again_later(own_sandbox, receiver, number, now):
    server = own_sandbox(notify_scale=0.02)
    prepay(number, now)
    control(server.url, "POST", "faults", {"drop_notices": True})
    answer = control(server.url, "POST", f"payments/{number}/pay")[1]
    assert answer["notices"] == [{"status": 0, "body": "dropped"}]
    assert receiver.arrivals == []
    control(server.url, "POST", "faults", {"drop_notices": False})
    assert len(receiver.wait_for(1)) == 1


def test_a_merchant_that_is_not_there_is_tried_again(own_sandbox, settings, number, now):
    server = own_sandbox()
    settings.WECHAT_NOTIFY_BASE = "http://127.0.0.1:9"
    prepay(number, now)
    answer = control(server.url, "POST", f"payments/{number}/pay")[1]
    assert answer["notices"][0]["status"] == 0
    assert answer["payment"]["notices"][0]["retrying"] is True


def test_a_restart_keeps_payments_refunds_and_unanswered_notices(own_sandbox, receiver, number, now):
    first = own_sandbox()
    receiver.answers = [500]
    prepay(number, now)
    control(first.url, "POST", f"payments/{number}/pay")
    before = get_gateway("wechat_v3").query(number)
    second = own_sandbox(notify_scale=0.01)
    assert second.url != first.url
    assert get_gateway("wechat_v3").query(number) == before
    assert control(second.url, "GET", f"payments/{number}")[1]["notices"][0]["retrying"] is True


def test_keys_are_made_once_and_named_as_blindbox_reads_them(tmp_path):
    keys = ensure_keys(tmp_path)
    published = tmp_path / "sandbox" / "keys.json"
    first = published.read_text()
    assert ensure_keys(tmp_path) == keys
    assert published.read_text() == first
    assert sorted(json.loads(first)) == [
        "WECHAT_API_V3_KEY",
        "WECHAT_APP_ID",
        "WECHAT_APP_SECRET",
        "WECHAT_MCH_ID",
        "WECHAT_MCH_PRIVATE_KEY_FILE",
        "WECHAT_MCH_SERIAL",
        "WECHAT_PAY_PUBLIC_KEY_FILE",
        "WECHAT_PAY_PUBLIC_KEY_ID",
    ]


def test_keys_are_for_their_owner_only(tmp_path):
    keys = ensure_keys(tmp_path)
    files = [path for path in keys.folder.parent.rglob("*") if path.is_file()]
    assert len(files) == 6
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_moved_data_directory_publishes_its_new_place(tmp_path):
    ensure_keys(tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "new")
    ensure_keys(tmp_path / "new")
    published = json.loads((tmp_path / "new" / "sandbox" / "keys.json").read_text())
    assert Path(published["WECHAT_MCH_PRIVATE_KEY_FILE"]).is_relative_to(tmp_path / "new")


@pytest.fixture
def command(tmp_path):
    """Run the module as people do, with no Django settings to lean on."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", MODULE, *arguments, "--data", str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    return start


@pytest.mark.system
def test_serve_answers_until_it_is_told_to_end(command):
    with command("serve", "--port", "0", "--notify-scale", "0.01") as process:
        url = process.stdout.readline().removeprefix("sandbox ").strip()
        with urllib.request.urlopen(f"{url}control/payments") as answer:
            assert json.load(answer) == {"list": [], "total": 0}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == ""


@pytest.mark.system
def test_serve_says_in_one_line_that_the_port_is_taken(command, running_receiver):
    port = running_receiver.url.rpartition(":")[2]
    with command("serve", "--port", port) as process:
        assert process.wait(timeout=20) == 1
        assert process.stderr.read() == f"sandbox: cannot listen on port {port}: Address already in use\n"


@pytest.mark.system
def test_keys_prints_where_they_are(command, tmp_path):
    with command("keys") as process:
        assert process.wait(timeout=20) == 0
        assert process.stdout.read() == f"{tmp_path / 'sandbox' / 'keys.json'}\n"
