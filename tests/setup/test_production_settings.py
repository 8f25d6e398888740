"""Production refuses to start half-configured, with one line that says what is missing."""

import os
import subprocess
import sys
from base64 import b64encode
from importlib.util import find_spec

import pytest
from django.core.exceptions import ImproperlyConfigured

from blindbox.settings.parts.required import require
from tests.factories.production import PLAUSIBLE_PRODUCTION
from tests.setup.running import ROOT

KEY = b64encode(bytes(32)).decode()
START = "import django; django.setup()"
AWAY = {"DATABASE_URL": "mysql://nobody@127.0.0.1:1/blindbox"}
TELL_SILENCE = "from django.conf import settings as s; print(s.DATABASES['default']['OPTIONS'].get('read_timeout'))"


def start(given: dict[str, str], code: str = START) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "blindbox.settings.production", **given}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def refusal(**changes: str) -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        require({**PLAUSIBLE_PRODUCTION, **changes})
    return str(refused.value)


def test_it_starts_with_everything_that_the_handbook_names():
    ended = start(PLAUSIBLE_PRODUCTION)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(find_spec("MySQLdb") is None, reason="needs mysqlclient")
def test_a_web_process_waits_for_no_silent_database_and_a_command_does():
    """Both start although the database is away: it may come back at any moment."""
    web = start({**PLAUSIBLE_PRODUCTION, **AWAY}, f"import blindbox.wsgi; {TELL_SILENCE}")
    command = start({**PLAUSIBLE_PRODUCTION, **AWAY}, f"{START}; {TELL_SILENCE}")
    assert (web.stdout, command.stdout) == ("30\n", "None\n"), web.stderr + command.stderr
    assert "its durability is unknown" in web.stderr


def test_with_nothing_it_names_everything_and_makes_no_file(tmp_path):
    ended = start({"BLINDBOX_DATA": str(tmp_path)})
    last = ended.stderr.strip().splitlines()[-1]
    assert ended.returncode == 1
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: production cannot start: ")
    assert {name for name in PLAUSIBLE_PRODUCTION if name not in last} == set()
    assert list(tmp_path.iterdir()) == []


def test_a_worker_refuses_too():
    environment = {"PATH": os.environ["PATH"], **PLAUSIBLE_PRODUCTION, "WECHAT_MCH_ID": ""}
    command = [sys.executable, "-m", "celery", "-A", "blindbox", "worker"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "production cannot start: WECHAT_MCH_ID must be set. See docs/production.md" in ended.stderr


@pytest.mark.parametrize("name", PLAUSIBLE_PRODUCTION)
def test_each_variable_is_needed(name: str):
    assert refusal(**{name: ""}) == f"production cannot start: {name} must be set. See docs/production.md"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SECRET_KEY", "x" * 31, "SECRET_KEY must have at least 32 characters"),
        ("JWT_KEY", "x" * 31, "JWT_KEY must have at least 32 characters"),
        ("JWT_KEY", PLAUSIBLE_PRODUCTION["SECRET_KEY"], "SECRET_KEY and JWT_KEY must differ"),
        ("DATABASE_URL", "mariadb", "DATABASE_URL must be an address with its scheme"),
        ("WECHAT_NOTIFY_BASE", "shop.example.com", "WECHAT_NOTIFY_BASE must be an address with its scheme"),
        ("WECHAT_API_V3_KEY", "x" * 33, "WECHAT_API_V3_KEY must have 32 characters"),
        ("DRAW_SECRET_KEYS", "x" * 64, "DRAW_SECRET_KEYS: entry 1 is not id:base64 of 32 bytes"),
        ("DRAW_SECRET_KEYS", f"new:{KEY},old:{KEY[:-8]}", "DRAW_SECRET_KEYS: entry 2 is not id:base64 of 32 bytes"),
        ("DRAW_SECRET_KEYS", f"k:{KEY[:20]}!{KEY[20:]}", "DRAW_SECRET_KEYS: entry 1 is not id:base64 of 32 bytes"),
        ("DRAW_SECRET_KEYS", f":{KEY}", "DRAW_SECRET_KEYS: entry 1 is not id:base64 of 32 bytes"),
        ("DRAW_SECRET_KEYS", f"k:{KEY},", "DRAW_SECRET_KEYS: entry 2 is not id:base64 of 32 bytes"),
        ("DRAW_SECRET_KEYS", f"k:{KEY}, k:{KEY}", "DRAW_SECRET_KEYS: entry 2 repeats an id"),
    ],
)
def test_what_cannot_be_right_is_said_without_its_value(name: str, value: str, problem: str):
    said = refusal(**{name: value})
    assert said == f"production cannot start: {problem}. See docs/production.md"
    assert KEY[:20] not in said


def test_all_problems_stand_in_one_line():
    said = refusal(BROKER_URL="", CACHE_URL="", JWT_KEY="short")
    assert "CACHE_URL, BROKER_URL must be set; JWT_KEY must have at least 32 characters" in said
    assert "\n" not in said


def test_the_check_command_brings_all_that_production_needs(dev):
    assert set(dev.PLAUSIBLE_PRODUCTION) == set(PLAUSIBLE_PRODUCTION)
    require(dev.PLAUSIBLE_PRODUCTION)
