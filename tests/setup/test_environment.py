"""The virtual environment: installed once per content of the locks, and what is said when that fails."""

import subprocess
import sys

import pytest


@pytest.fixture
def installs(dev, monkeypatch):
    """Collect what would be installed; nothing is."""
    asked: list[str] = []
    monkeypatch.setattr(dev, "make_venv", lambda: None)
    monkeypatch.setattr(dev, "install_lock", asked.append)
    return asked


def test_a_lock_is_installed_once(dev, installs):
    dev.install("base")
    dev.install("base")
    assert installs == ["base"]
    assert dev.installed() == {"base"}


def test_a_second_lock_joins_the_first(dev, installs):
    dev.install("base")
    dev.install("base", "mysql")
    assert installs == ["base", "mysql"]
    assert dev.installed() == {"base", "mysql"}


def test_the_test_lock_contains_the_base(dev, installs):
    dev.install("test")
    dev.install("base")
    assert installs == ["test"]


def test_a_change_of_any_lock_puts_all_in_doubt(dev, installs):
    dev.install("base", "mysql")
    (dev.LOCKS / "test.txt").write_text("# another version\n")
    assert dev.installed() == set()
    dev.install("base")
    assert installs == ["base", "mysql", "base"]
    assert dev.installed() == {"base"}


def test_another_python_installs_anew(dev, installs):
    dev.install("base")
    dev.STAMP.write_text(dev.STAMP.read_text().replace("3.", "2.", 1))
    assert dev.installed() == set()


def test_a_venv_whose_python_is_gone_installs_anew(dev, installs):
    dev.install("base")
    dev.PYTHON.unlink()
    assert dev.installed() == set()


@pytest.mark.parametrize("content", ["", "\n", "base", "base test mysql"])
def test_a_broken_stamp_installs_anew(dev, content):
    dev.STAMP.write_text(content)
    assert dev.installed() == set()


def test_a_failed_installation_leaves_no_stamp(dev, installs, monkeypatch):
    def fail(lock: str) -> None:
        raise dev.Trouble("no network")

    monkeypatch.setattr(dev, "install_lock", fail)
    with pytest.raises(dev.Trouble, match="no network"):
        dev.install("base")
    assert dev.installed() == set()


@pytest.mark.parametrize(
    ("version", "fits"), [("{0}.{1}.4", True), ("{0}.{1}", True), ("{0}.1{1}.0", False), ("2.7.18", False)]
)
@pytest.mark.parametrize("key", ["version", "version_info"])  # as venv writes it, as uv does
def test_a_venv_fits_the_python_it_was_made_by(dev, key, version, fits):
    (dev.VENV / "pyvenv.cfg").write_text(f"home = /somewhere\n{key} = {version.format(*sys.version_info)}\n")
    assert dev.venv_fits() is fits


def test_a_full_disk_is_named_before_anything_is_made(dev, installs, monkeypatch):
    monkeypatch.setattr(dev, "SPACE_FOR_PACKAGES_MB", 10**12)
    with pytest.raises(dev.Trouble, match=r"^the disk is full: .* MB left, 1000000000000 MB are needed$"):
        dev.install("base")
    assert installs == []


@pytest.mark.parametrize(
    ("lock", "output", "said"),
    [
        ("base", "ERROR: [Errno 28] No space left on device", "the disk is full"),
        ("base", "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "does not match its hash"),
        ("base", "WARNING: Retrying after NewConnectionError\nERROR: No matching distribution", "cannot be reached"),
        ("base", "error: Failed to fetch\n  Caused by: dns error", "cannot be reached"),
        ("mysql", "pkg-config: not found\nerror: subprocess-exited-with-error", "apt-get install build-essential"),
        ("mysql", "pkg-config: not found\nerror: subprocess-exited-with-error", "brew install mysql-client"),
        ("mysql", "ERROR: [Errno 28] No space left on device", "the disk is full"),
    ],
)
def test_a_failed_installation_says_what_to_do(dev, lock, output, said):
    assert said in dev.reason(lock, output)


def test_the_address_of_a_private_index_is_not_repeated(dev):
    said = dev.reason("base", "ERROR: 403 for https://someone:secret@mirror.example/simple/django/ \n\n")
    assert said == "ERROR: 403 for … (see .venv/install.log)"


def test_only_a_mysql_database_asks_for_its_driver(dev, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert dev.database_lock() == []
    monkeypatch.setenv("DATABASE_URL", "sqlite:///elsewhere.sqlite3")
    assert dev.database_lock() == []
    monkeypatch.setenv("DATABASE_URL", "mysql://root@127.0.0.1:3306/blindbox")
    assert dev.database_lock() == ["mysql"]


def test_uv_is_told_what_pip_knows(dev, monkeypatch, tmp_path):
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\nexit 0\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "/one /two")
    environment: dict[str, str] = {}
    assert dev.uv_command(environment) == [str(uv), "pip", "install", "--python", str(dev.PYTHON)]
    assert environment["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert environment["UV_FIND_LINKS"] == "/one,/two"
    assert "UV_INDEX" not in environment


def test_a_uv_that_does_not_work_is_left_alone(dev, monkeypatch, tmp_path):
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\nexit 127\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dev.uv_command({}) is None


def test_a_command_that_fails_is_one_line(dev, monkeypatch, capsys):
    def fail(arguments: list[str]) -> int:
        raise subprocess.CalledProcessError(3, ["python", "-m", "venv"])

    monkeypatch.setitem(dev.COMMANDS, "run", fail)
    assert dev.main(["run"]) == 1
    assert capsys.readouterr().err == "dev.py: python -m venv failed with exit code 3\n"
