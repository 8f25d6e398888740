"""What `check --deploy` says about a database that forgets, and processes that do not share what they must."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

from blindbox.system import checks

SAFE = {"innodb_flush_log_at_trx_commit": "1", "log_bin": "OFF", "sync_binlog": "0"}


def ids(found: list[Any]) -> list[str]:
    return [each.id for each in found]


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, []),
        ({"log_bin": "ON", "sync_binlog": "1"}, []),
        ({"innodb_flush_log_at_trx_commit": "2"}, ["blindbox.W001"]),
        ({"innodb_flush_log_at_trx_commit": "0"}, ["blindbox.W001"]),
        ({"log_bin": "ON"}, ["blindbox.W002"]),
        ({"innodb_flush_log_at_trx_commit": "2", "log_bin": "ON"}, ["blindbox.W001", "blindbox.W002"]),
    ],
)
def test_a_database_that_may_forget_a_commit_is_warned_about(variables: dict[str, str], found: list[str]):
    assert ids(checks.durability_problems({**SAFE, **variables}, "default")) == found


def test_a_server_without_these_variables_is_not_judged_by_them():
    assert checks.durability_problems({}, "default") == []


@pytest.mark.django_db
def test_it_is_asked_only_where_a_database_is_named():
    assert checks.commits_survive_a_power_cut(databases=None) == []
    if connection.vendor == "sqlite":
        assert checks.commits_survive_a_power_cut(databases=["default"]) == []
    else:
        assert "innodb_flush_log_at_trx_commit" in checks._variables("default")
        assert set(ids(checks.commits_survive_a_power_cut(databases=["default"]))) <= {"blindbox.W001", "blindbox.W002"}


@pytest.mark.parametrize(("base", "found"), [("https://shop.example.com", []), ("http://10.0.0.5", ["blindbox.W003"])])
def test_notices_need_https(settings: Any, base: str, found: list[str]):
    settings.WECHAT_NOTIFY_BASE = base
    assert ids(checks.wechat_can_reach_us()) == found


def test_cache_and_broker_are_shared(settings: Any):
    settings.CACHE_URL, settings.CELERY_BROKER_URL = "locmem://", "memory://localhost"
    assert [each.msg.split()[0] for each in checks.processes_know_of_each_other()] == ["CACHE_URL", "BROKER_URL"]
    settings.CACHE_URL, settings.CELERY_BROKER_URL = "redis://10.0.0.6:6379/1", "amqp://10.0.0.7//"
    assert checks.processes_know_of_each_other() == []


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, settings: Any):
    """A production whose database server answers these variables, or not at all."""
    settings.ALLOW_UNFLUSHED_COMMITS = False
    monkeypatch.setattr(checks, "connections", Servers())

    def answers(asked: Any) -> None:
        monkeypatch.setattr(checks, "_variables", asked)

    return answers


class Servers(dict[str, Any]):
    def __init__(self) -> None:
        super().__init__(default=type("Server", (), {"vendor": "mysql"}))

    def close_all(self) -> None:
        pass


def test_production_does_not_start_on_a_database_that_may_forget(server: Any, settings: Any):
    server(lambda _: {**SAFE, "innodb_flush_log_at_trx_commit": "2", "log_bin": "ON"})
    with pytest.raises(ImproperlyConfigured) as refused:
        checks.require_durable_commits()
    said = str(refused.value)
    assert said.startswith("production cannot start: Database default does not flush each commit. Set innodb_flush")
    assert "Database default does not sync its binary log." in said
    assert said.endswith("ALLOW_UNFLUSHED_COMMITS=1 allows it.")
    assert "\n" not in said
    settings.ALLOW_UNFLUSHED_COMMITS = True
    checks.require_durable_commits()


def test_production_starts_on_one_that_remembers(server: Any):
    server(lambda _: SAFE)
    checks.require_durable_commits()


def test_production_starts_while_the_database_is_away(server: Any, caplog: pytest.LogCaptureFixture):
    def away(_: str) -> dict[str, str]:
        raise OperationalError(2003, "Can't connect")

    server(away)
    checks.require_durable_commits()
    assert "its durability is unknown" in caplog.text
