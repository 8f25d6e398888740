"""Serve everything on one machine; `python3 dev.py run` comes here once the environment stands."""

import argparse
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import NoReturn

from blindbox.embedded import fingerprint
from blindbox.embedded.processes import Processes, Trouble

SANDBOX = "blindbox.integrations.wechat.sandbox"
READY_SECONDS = 60


def main() -> int:
    parser = argparse.ArgumentParser(prog="blindbox.embedded")
    parser.add_argument("--no-demo", action="store_true")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # SIGINT too: a script's `run &` starts us deaf to it
        signal.signal(number, _interrupt)
    try:
        with Processes() as processes:
            _serve(processes, demo=not options.no_demo)
    except Trouble as trouble:
        sys.stderr.write(f"dev.py: {trouble}\n")
        return 1
    except KeyboardInterrupt:
        _say("stopped")
        return 0


def _serve(processes: Processes, *, demo: bool) -> NoReturn:
    data, port, sandbox_port = (os.environ[name] for name in ("BLINDBOX_DATA", "PORT", "SANDBOX_PORT"))
    if not fingerprint.fits(Path(data)):
        _say(f"making keys and tables in {data} …")
        processes.finish("making keys and tables", "blindbox.embedded.prepare")
    _say(f"starting the server on port {port}, the offline WeChat on port {sandbox_port} …")
    processes.start("the offline WeChat", SANDBOX, "serve", "--data", data, "--port", sandbox_port)
    os.environ["DEMO_SHOP"] = str(int(demo))  # the server makes it, or fills up what ran out
    processes.start("the server", "granian", *_server_options(port))
    _wait_until_ready(processes, f"http://127.0.0.1:{port}/readyz")
    (Path(data) / "ports").write_text(f"{port} {sandbox_port}\n")  # for `dev.py manage`
    _say(f"ready http://127.0.0.1:{port}/")
    processes.watch()


def _server_options(port: str) -> list[str]:
    """One worker process, since Celery's worker and beat live in it; few threads, since SQLite writes one by one."""
    listen = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", port, "--no-ws", "--log-level", "warning"]
    one_worker = ["--workers", "1", "--blocking-threads", "4", "--backpressure", "64", "--workers-kill-timeout", "10"]
    return [*listen, *one_worker, "blindbox.embedded.wsgi:application"]


def _wait_until_ready(processes: Processes, url: str) -> None:
    """:raises Trouble: if a process ends, or the server does not say that it is ready within a minute"""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy knows nothing of this machine
    deadline, answer = time.monotonic() + READY_SECONDS, "no answer"
    while time.monotonic() < deadline:
        processes.must_all_run()
        try:
            with direct.open(url, timeout=5):
                return
        except urllib.error.HTTPError as error:
            answer = f"{error.code} {error.read(500).decode(errors='replace')}"
        except OSError:
            pass  # it does not listen yet
        time.sleep(0.05)
    raise Trouble(f"the server was not ready within {READY_SECONDS} s: {answer}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
