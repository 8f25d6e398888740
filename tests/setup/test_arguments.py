"""What dev.py says to a person who holds it wrong: one line, before anything is made."""

import os
import socket
import subprocess
import sys

import pytest

from tests.setup.running import ROOT

OF_THE_TESTS = {"DATABASE_URL", "CACHE_URL", "BROKER_URL"}
PRETEND_OLD = "import sys, runpy; sys.version_info = (3, 9, 2); runpy.run_path('dev.py', run_name='__main__')"


def test_an_old_python_is_told_which_one_is_needed():
    ended = subprocess.run([sys.executable, "-c", PRETEND_OLD], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "dev.py: Python 3.11 or newer is needed, this is 3.9\n"


@pytest.mark.parametrize("option", ["--port", "--sandbox-port"])
def test_an_occupied_port_is_one_line_and_nothing_is_installed(dev_py, option):
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", 0))
        occupant.listen()
        port = occupant.getsockname()[1]
        ended = dev_py("run", option, str(port))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"dev.py: port {port} is in use; choose another: python3 dev.py run {option} …\n"


@pytest.mark.parametrize("port", ["0x50", "http", "8000.0"])
def test_a_port_that_is_no_number_is_refused(dev_py, port):
    ended = dev_py("run", "--port", port)
    assert ended.returncode == 2
    assert f"invalid int value: '{port}'" in ended.stderr


def test_a_port_out_of_range_is_refused(dev_py):
    ended = dev_py("run", "--port", "70000")
    assert ended.returncode == 1
    assert ended.stderr.startswith("dev.py: port 70000 cannot be used")


def test_one_port_cannot_serve_both(dev_py):
    ended = dev_py("run", "--port", "8123", "--sandbox-port", "8123")
    assert ended.returncode == 2
    assert "--port and --sandbox-port must differ" in ended.stderr


@pytest.mark.parametrize("arguments", [[], ["serve"], ["--port"]])
def test_an_unknown_command_shows_the_four(dev_py, arguments):
    ended = dev_py(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert all(f"python3 dev.py {command}" in ended.stderr for command in ("run", "test", "check", "manage"))


def test_options_come_from_the_environment_and_arguments_win(dev, monkeypatch):
    for name, value in {"PORT": "8200", "SANDBOX_PORT": "8201", "BLINDBOX_DATA": "elsewhere"}.items():
        monkeypatch.setenv(name, value)
    from_environment = dev.run_options([])
    assert (from_environment.port, from_environment.sandbox_port, from_environment.data) == (8200, 8201, "elsewhere")
    given = dev.run_options(["--port", "8300", "--data", "here", "--no-demo"])
    assert (given.port, given.sandbox_port, given.data, given.demo) == (8300, 8201, "here", ["--no-demo"])


def test_a_command_is_told_which_shop_it_is_for(dev, monkeypatch, tmp_path):
    for name in ("PORT", "SANDBOX_PORT", "BLINDBOX_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(dev, "ROOT", tmp_path / "root")  # ours may have been run on other ports
    usual = {"BLINDBOX_DATA": str(tmp_path / "root" / ".data"), "PORT": "8000", "SANDBOX_PORT": "8001"}
    elsewhere = {"BLINDBOX_DATA": str(tmp_path), "PORT": "8200", "SANDBOX_PORT": "8201"}
    where = ["--port", "8200", "--sandbox-port", "8201", "--data", str(tmp_path)]
    assert dev.manage_options(["demo_flow"]) == (usual, ["demo_flow"])
    assert dev.manage_options([*where, "verify_draws", "--issue", "3"]) == (elsewhere, ["verify_draws", "--issue", "3"])
    assert dev.manage_options(["runserver", "--port", "1"]) == (usual, ["runserver", "--port", "1"])
    assert dev.manage_options(["--version"]) == (usual, ["--version"])
    assert dev.manage_options(["--help"]) == (usual, ["--help"])


def test_a_command_knows_the_ports_of_the_latest_run_on_its_data(dev, monkeypatch, tmp_path):
    for name in ("PORT", "SANDBOX_PORT", "BLINDBOX_DATA"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "ports").write_text("8200 8201\n")

    def ports(*options):
        place, command = dev.manage_options([*options, "--data", str(tmp_path), "demo_flow"])
        assert command == ["demo_flow"]
        return place["PORT"], place["SANDBOX_PORT"]

    assert ports() == ("8200", "8201")
    assert ports("--port", "8300") == ("8300", "8201")
    monkeypatch.setenv("SANDBOX_PORT", "8401")
    assert ports() == ("8200", "8401")
    assert ports("--sandbox-port", "8301") == ("8200", "8301")


@pytest.mark.parametrize("command", ["check_invariants", "verify_draws"])
def test_a_database_without_tables_is_one_line(tmp_path, command):
    environment = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
    environment |= {"DJANGO_SETTINGS_MODULE": "blindbox.settings.dev", "BLINDBOX_DATA": str(tmp_path)}
    arguments = [sys.executable, "manage.py", command]
    ended = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "manage.py: the database has no tables yet, or not all of them: python3 dev.py run, or manage.py migrate\n"
    )


def test_settings_of_another_project_are_not_taken_over(dev, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "other.settings")
    assert dev.django_environment()["DJANGO_SETTINGS_MODULE"] == "blindbox.settings.dev"
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "blindbox.settings.production")
    assert dev.django_environment()["DJANGO_SETTINGS_MODULE"] == "blindbox.settings.production"
