"""The invariants by schedule: found twice, logged once, on the home page until it is gone."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from django.db import IntegrityError, transaction

from blindbox.common import invariants
from blindbox.common.invariants import Pace, Scope, everything, invariant, newest
from blindbox.system import tasks
from blindbox.system.models import Finding, Heartbeat
from blindbox.system.services import checking, findings
from tests.factories.catalog import NOW

pytestmark = pytest.mark.django_db
MINUTES_5 = timedelta(minutes=5)


class Wrong:
    """A check that finds what it is told, and notes how it was asked."""

    def __init__(self, *lines: str) -> None:
        self.lines: list[str] = list(lines)
        self.looks: list[str] = []

    def __call__(self, scope: Scope | None = None) -> Iterable[str]:
        self.looks.append({None: "all", everything: "all", newest: "newest"}[scope])
        return list(self.lines)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Wrong]:
    """Make an invariant that finds these lines: watched("T1", "第 5 行", pace=Pace.LATEST)."""
    monkeypatch.setattr(invariants, "_invariants", {})

    def register(name: str, *lines: str, pace: Pace = Pace.NIGHTLY) -> Wrong:
        wrong = Wrong(*lines)
        invariant(id=name, title=f"{name} 成立", pace=pace)(wrong)
        return wrong

    return register


def unsolved() -> list[tuple[str, str]]:
    return list(Finding.objects.unsolved().order_by("pk").values_list("invariant", "what"))


def test_every_few_minutes_only_what_is_cheap_is_looked_at(watched):
    nightly, latest, always = (watched(f"T{n}", pace=pace) for n, pace in enumerate(Pace))
    assert checking.check_latest(now=NOW) == 0
    assert (nightly.looks, latest.looks, always.looks) == ([], ["newest"], ["all"])
    assert checking.check_everything(now=NOW) == 0
    assert (nightly.looks, latest.looks, always.looks) == (["all"], ["newest", "all"], ["all", "all"])


def test_what_is_violated_is_noted_logged_and_stays_until_it_is_gone(watched, caplog):
    wrong = watched("T1", "第 5 行", "第 6 行", pace=Pace.ALWAYS)
    assert checking.check_latest(now=NOW) == 2
    assert unsolved() == [("T1", "第 5 行"), ("T1", "第 6 行")]
    told = [(each.levelno, each.getMessage()) for each in caplog.records]
    assert (logging.ERROR, "Invariant T1 is violated (T1 成立): 第 5 行") in told
    assert told[-1] == (logging.ERROR, "2 violations of invariants; the back office lists them")
    wrong.lines = ["第 6 行"]
    checking.check_latest(now=NOW + MINUTES_5)
    assert unsolved() == [("T1", "第 6 行")]
    gone, left = Finding.objects.order_by("pk")
    assert (gone.solved_at, gone.last_seen_at) == (NOW + MINUTES_5, NOW)
    assert (left.first_seen_at, left.last_seen_at) == (NOW, NOW + MINUTES_5)


def test_what_is_known_is_not_logged_line_by_line_again(watched, caplog):
    watched("T1", "第 5 行", pace=Pace.ALWAYS)
    checking.check_latest(now=NOW)
    caplog.clear()
    checking.check_latest(now=NOW + MINUTES_5)
    assert [each.getMessage() for each in caplog.records] == ["1 violations of invariants; the back office lists them"]


def test_what_comes_back_is_new_again(watched, caplog):
    wrong = watched("T1", "第 5 行", pace=Pace.ALWAYS)
    for minutes, lines in ((0, ["第 5 行"]), (5, []), (10, ["第 5 行"])):
        wrong.lines = lines
        caplog.clear()
        checking.check_latest(now=NOW + timedelta(minutes=minutes))
    assert "Invariant T1 is violated" in caplog.text
    finding = Finding.objects.get()
    assert (finding.first_seen_at, finding.solved_at) == (NOW + timedelta(minutes=10), None)


def test_what_is_there_only_for_a_moment_is_no_finding(watched):
    answers = [["第 5 行", "第 6 行"], ["第 6 行"]]
    watched("T1", pace=Pace.ALWAYS)
    invariants._invariants["T1"] = invariants.Invariant("T1", "T1 成立", lambda: answers.pop(0), Pace.ALWAYS)
    assert checking.check_latest(now=NOW) == 1
    assert unsolved() == [("T1", "第 6 行")]


def test_the_newest_rows_alone_solve_nothing(watched):
    wrong = watched("T1", "旧的一行", pace=Pace.LATEST)
    checking.check_everything(now=NOW - timedelta(hours=2))
    wrong.lines, wrong.looks = [], []
    checking.check_latest(now=NOW)
    assert (unsolved(), wrong.looks) == ([("T1", "旧的一行")], ["newest"])
    checking.check_everything(now=NOW)
    assert unsolved() == []


def test_what_turned_up_lately_and_is_not_seen_any_more_is_looked_for_everywhere(watched):
    wrong = watched("T1", "第 5 行", pace=Pace.LATEST)
    checking.check_latest(now=NOW)
    wrong.lines, wrong.looks = [], []
    checking.check_latest(now=NOW + MINUTES_5)
    assert (unsolved(), wrong.looks) == ([], ["newest", "all"])


def test_a_check_that_breaks_is_logged_and_stops_no_other(watched, caplog):
    def broken() -> Iterable[str]:
        raise ZeroDivisionError

    watched("T2", "第 5 行", pace=Pace.ALWAYS)
    invariant(id="T1", title="坏了", pace=Pace.ALWAYS)(broken)
    assert checking.check_latest(now=NOW) == 1
    assert "Invariant T1 could not be checked" in caplog.text


def test_a_check_that_takes_too_long_ends_the_round(watched):
    def endless() -> Iterable[str]:
        raise SoftTimeLimitExceeded

    never = watched("T2")
    invariant(id="T1", title="太慢")(endless)
    with pytest.raises(SoftTimeLimitExceeded):
        checking.check_everything(now=NOW)
    assert never.looks == []


def test_a_flood_is_cut_and_hides_nothing_that_was_known(watched):
    wrong = watched("T1", "已知的一行", pace=Pace.ALWAYS)
    checking.check_latest(now=NOW)
    wrong.lines = [f"第 {number} 行" for number in range(500)]
    assert checking.check_latest(now=NOW + MINUTES_5) == 100
    assert Finding.objects.unsolved().count() == 101


def test_long_lines_are_cut_and_told_apart(watched):
    watched("T1", "长" * 600, "长" * 500 + "短", pace=Pace.ALWAYS)
    checking.check_latest(now=NOW)
    assert Finding.objects.get().what == "长" * 500


def test_the_database_keeps_a_violation_once(watched):
    watched("T1", "第 5 行", pace=Pace.ALWAYS)
    checking.check_latest(now=NOW)
    twin = Finding.objects.values().get() | {"id": None}
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.create(**twin)


def test_the_tasks_check(watched):
    wrong = watched("T1", "第 5 行", pace=Pace.LATEST)
    tasks.check_latest(from_a_newer_release=True)
    tasks.check_everything(from_a_newer_release=True)
    assert wrong.looks == ["newest"] * 2 + ["all"] * 2
    assert len(unsolved()) == 1


def test_the_newest_rows_are_those_with_the_highest_keys(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(invariants, "NEWEST", 2)
    assert list(newest(Heartbeat.objects.all())) == []
    for name in "abc":
        Heartbeat.objects.create(name=name, beaten_at=NOW)
    assert set(newest(Heartbeat.objects.all()).values_list("name", flat=True)) == {"b", "c"}
    assert everything(Heartbeat.objects.all()).count() == 3


def test_the_home_page_leads_to_the_list(office, watched):
    watched("T1", "第 5 行", pace=Pace.ALWAYS)
    checking.check_latest(now=NOW)
    [todo] = [part for part in office.get("/admin/").context["todos"] if part.title == "账目核对不符"]
    assert todo.value.count == 1
    listed = office.get(todo.value.url)
    assert [each.what for each in listed.context["cl"].result_list] == ["第 5 行"]
    assert "未消失" in listed.content.decode()
    findings.record(invariants.registered()[0], [], complete=True, now=NOW)
    cache.clear()
    assert "账目核对不符" not in office.get("/admin/").content.decode()
    assert office.get("/admin/system/finding/?state=solved").context["cl"].result_count == 1


def test_only_who_may_look_sees_it(office_of, make_operator, watched):
    watched("T1", "第 5 行", pace=Pace.ALWAYS)
    checking.check_latest(now=NOW)
    stranger: Any = office_of(make_operator(permissions=["accounts.view_member"]))
    assert "账目核对不符" not in stranger.get("/admin/").content.decode()
    assert stranger.get("/admin/system/finding/").status_code == 403
