"""Without ensurepip (Debian, Ubuntu) pip itself is fetched: from the person's own mirror, and never unverified."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

WHEEL = b"not really pip"


class Index(BaseHTTPRequestHandler):
    """A package index with one project, as PEP 503 describes it."""

    asked: list[tuple[str, str | None]]
    page: bytes

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        content = WHEEL if self.path.endswith(".whl") else self.page
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def index(dev, monkeypatch):
    """Serve an index on this machine, with a login in its address, and name it as pip's."""
    page = f'<a href="../../files/pip-1.0.tar.gz">…</a><a href="../../files/{dev.PIP_WHEEL}#sha256=0">…</a>'.encode()
    handler = type("Index", (Index,), {"asked": [], "page": page})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://someone:s%40cret@127.0.0.1:{server.server_port}/root/simple")
        yield handler
        server.shutdown()


def test_the_wheel_comes_from_the_configured_index_with_its_login(dev, index, monkeypatch):
    monkeypatch.setattr(dev, "PIP_SHA256", hashlib.sha256(WHEEL).hexdigest())
    wheel = dev.fetch_pip()
    assert wheel.read_bytes() == WHEEL
    login = "Basic c29tZW9uZTpzQGNyZXQ="  # someone:s@cret
    assert index.asked == [("/root/simple/pip/", login), (f"/root/files/{dev.PIP_WHEEL}", login)]


def test_a_wheel_with_another_hash_is_not_used(dev, index):
    with pytest.raises(dev.Trouble, match="does not match its pinned hash"):
        dev.fetch_pip()


def test_an_index_without_the_pinned_pip_is_named(dev, index):
    index.page = b"<html></html>"
    with pytest.raises(dev.Trouble, match=f"has no {dev.PIP_WHEEL}; install the python3-venv package or uv"):
        dev.fetch_pip()


def test_an_unreachable_index_is_one_line(dev, free_ports, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{free_ports[0]}/simple")
    with pytest.raises(dev.Trouble, match=r"^pip cannot be fetched .*; check the network, or name a mirror"):
        dev.fetch_pip()


def test_a_folder_of_wheels_needs_no_network(dev, monkeypatch, tmp_path):
    (tmp_path / dev.PIP_WHEEL).write_bytes(WHEEL)
    monkeypatch.setattr(dev, "PIP_SHA256", hashlib.sha256(WHEEL).hexdigest())
    monkeypatch.setenv("PIP_FIND_LINKS", f"/nowhere {tmp_path}")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert dev.fetch_pip() == tmp_path / dev.PIP_WHEEL


def test_the_mirror_in_pip_conf_is_used_and_the_environment_wins(dev, monkeypatch, tmp_path):
    system, own = tmp_path / "system.conf", tmp_path / "own.conf"
    system.write_text("[global]\nindex-url = https://system.example/simple\ncert = /system.pem\n")
    own.write_text("[global]\nindex-url = https://own.example/simple\n")
    monkeypatch.setattr(dev, "PIP_CONFIGS", (system, own, tmp_path / "absent.conf"))
    assert dev.pip_setting("index-url") == "https://own.example/simple"
    assert dev.pip_setting("cert") == "/system.pem"
    assert dev.pip_setting("find-links") is None
    monkeypatch.setenv("PIP_INDEX_URL", "https://environment.example/simple")
    assert dev.pip_setting("index-url") == "https://environment.example/simple"
