"""`python -m blindbox.integrations.wechat.sandbox serve|keys --data DIR`."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from blindbox.integrations.wechat.sandbox.keys import ensure_keys
from blindbox.integrations.wechat.sandbox.server import SandboxServer


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    if options.command == "keys":
        keys = ensure_keys(options.data)
        sys.stdout.write(f"{keys.folder.parent / 'keys.json'}\n")
        return 0
    return _serve(options)


def _serve(options: argparse.Namespace) -> int:
    try:
        server = SandboxServer(
            options.data, options.port, notify_scale=options.notify_scale, refund_delay=options.refund_delay
        )
    except OSError as error:
        sys.stderr.write(f"sandbox: cannot listen on port {options.port}: {error.strerror}\n")
        return 1
    stopped = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopped.set())
    server.start()
    sys.stdout.write(f"sandbox {server.url}/\n")
    sys.stdout.flush()
    stopped.wait()
    server.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox", description="An offline WeChat for development and tests.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("serve", "keys"):
        commands.add_parser(name).add_argument("--data", type=Path, default=Path(".data"))
    serve = commands.choices["serve"]
    serve.add_argument("--port", type=int, default=8001)
    serve.add_argument("--notify-scale", type=float, default=1.0, help="shortens WeChat's retry schedule")
    serve.add_argument("--refund-delay", type=float, default=1.0, help="seconds until a refund succeeds, scaled too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
