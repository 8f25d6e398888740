"""check_invariants and error_codes, as staff run them."""

import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from blindbox.common import invariants
from blindbox.system.management.commands.database_grants import append_only, statements
from blindbox.system.models import Finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_guarantees(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(invariants, "_invariants", {})
    invariants.invariant(id="T1", title="守住了")(lambda: [])
    invariants.invariant(id="T2", title="守不住")(lambda: ["第 5 行"])
    yield


def output_of(*arguments: str) -> tuple[str, int]:
    out, status = StringIO(), 0
    try:
        call_command(*arguments, stdout=out)
    except SystemExit as left:
        status = int(left.code or 0)
    return out.getvalue(), status


def test_a_fresh_shop_violates_nothing():
    text, status = output_of("check_invariants")
    assert status == 0
    assert text.endswith("发现 0 处违反\n")


def test_a_violation_is_told_and_ends_in_status_one(two_guarantees: None):
    assert output_of("check_invariants") == ("T2 守不住：第 5 行\n核对了 2 项，发现 1 处违反\n", 1)


def test_programs_get_json(two_guarantees: None):
    text, status = output_of("check_invariants", "--json")
    found = {"id": "T2", "title": "守不住", "what": "第 5 行"}
    assert (json.loads(text), status) == ({"checked": ["T1", "T2"], "violations": [found]}, 1)


def test_only_the_named_ones_run(two_guarantees: None):
    assert output_of("check_invariants", "--only", "T1") == ("核对了 1 项，发现 0 处违反\n", 0)


def test_a_recorded_run_notes_what_is_violated_and_what_is_gone(two_guarantees: None):
    output_of("check_invariants")
    assert Finding.objects.count() == 0
    assert output_of("check_invariants", "--record")[1] == 1
    assert Finding.objects.unsolved().values_list("invariant", "what").get() == ("T2", "第 5 行")
    invariants._invariants["T2"] = invariants.Invariant("T2", "守不住", lambda: [])
    assert output_of("check_invariants", "--record", "--only", "T1")[1] == 0
    assert Finding.objects.unsolved().count() == 1
    assert output_of("check_invariants", "--record")[1] == 0
    assert Finding.objects.unsolved().count() == 0


def test_an_unknown_name_is_refused(two_guarantees: None):
    with pytest.raises(CommandError, match="没有这样的不变量：T9；已有：T1、T2"):
        call_command("check_invariants", "--only", "T9")


def test_an_invariant_is_registered_once(two_guarantees: None):
    with pytest.raises(ValueError, match="T1"):
        invariants.invariant(id="T1", title="又一个")(lambda: [])


def test_error_codes_are_a_sorted_table():
    lines = output_of("error_codes")[0].splitlines()
    rows = [line.split("\t") for line in lines]
    codes = [code for code, _, _ in rows]
    assert codes == sorted(set(codes))
    assert ["common.internal", "500", "服务器内部错误"] in rows
    assert ["common.idempotency_mismatch", "422", "该 Idempotency-Key 已用于另一个请求"] in rows
    assert ["common.throttled", "429", "请求过于频繁，请稍后再试"] in rows


def test_the_shop_may_change_everything_but_a_ledger():
    lines = list(statements("shop@'10.%'"))
    changeable = {line.split("`")[3] for line in lines if "UPDATE" in line or "DELETE" in line}
    assert {"user_point_accounts", "order_headers", "draw_logs", "operator_member_links"} < changeable
    assert changeable & append_only() == set()


def test_the_operator_reads_of_every_table_that_is_only_added_to_and_of_no_other():
    page = (Path(__file__).resolve().parents[2] / "docs" / "production.md").read_text("utf-8")
    told = page.partition("but the append-only ones:")[2].strip().partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE)) == append_only()


def test_a_database_without_accounts_has_nothing_to_grant(monkeypatch: pytest.MonkeyPatch, capsys: Any):
    monkeypatch.setattr(connection, "vendor", "sqlite")
    with pytest.raises(CommandError, match="^只有 MariaDB 和 MySQL 有数据库账号；当前数据库没有可授的权限$"):
        call_command("database_grants", "shop@'10.%'")
    assert capsys.readouterr().out == ""
