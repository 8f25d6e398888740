"""Rules that a linter of the language does not know."""

import ast
import re

import pytest

from tests.architecture.sources import Source, sources

BELOW_THE_INTERFACE = re.compile(
    r"/(services|selectors|models|payments|inventory|checkout|gameplay|boss|titles)(/|\.py$)|/(stock|store|tree)\.py$"
)
INTERFACE = re.compile(r"/(api|admin)/")
# A savepoint inside a unit of in_transaction, to be told of a duplicate without losing the unit.
SAVEPOINTS = {"orders/payments/callbacks.py"}
CLOCKS = {"now", "today", "utcnow", "localtime", "localdate"}


def lower_layers() -> list[Source]:
    apps = sources("blindbox/system", "accounts", "catalog", "orders", "marketing", "activities", "guilds")
    return [each for each in apps if BELOW_THE_INTERFACE.search(each.path) and not INTERFACE.search(each.path)]


def calls(source: Source) -> list[ast.Call]:
    return [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@pytest.mark.parametrize("lock", ["select_for_update", "skip_locked", "nowait", "get_or_create", "update_or_create"])
def test_guards_are_writes_and_never_locks(lock: str):
    """Whoever needs a lock takes it by the write that it guards; get_or_create deadlocks."""
    names = {
        f"{source.path}:{node.lineno}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute | ast.keyword)
        and lock in (getattr(node, "attr", ""), getattr(node, "arg", ""))
    }
    assert names == set()


def test_the_clock_is_read_at_the_edge_and_passed_down():
    """`timezone.now` as a column's default is a reference; a call in a service is a second clock."""
    read = {
        f"{source.path}:{call.lineno}"
        for source in lower_layers()
        for call in calls(source)
        if called(call) in CLOCKS and isinstance(call.func, ast.Attribute)
    }
    assert read == set()
    assert len(lower_layers()) > 30


def test_chance_is_never_the_languages_own():
    """Draws come from committed streams; codes from `secrets`. Only the pause of a retry may be random."""
    users = {
        source.path
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import) and any(name.name == "random" for name in node.names)
    }
    assert users <= {"blindbox/common/retry.py"}


def test_transactions_are_opened_in_one_place():
    """`in_transaction` retries the whole unit; a bare `atomic` does not."""
    openers = {
        source.path for source in sources() for call in calls(source) if ast.unparse(call.func) == "transaction.atomic"
    }
    assert openers <= {"blindbox/common/retry.py"} | SAVEPOINTS


def test_no_signals_and_no_logic_in_save():
    listeners = {
        source.path
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".signals")
    }
    savers = {source.path for source in sources() for function in source.functions() if function.name == "save"}
    assert (listeners, savers) == (set(), set())


def test_no_drawer_for_odds_and_ends():
    names = {source.path.rsplit("/", maxsplit=1)[-1] for source in sources()}
    assert not names & {"utils.py", "helpers.py", "misc.py", "tools.py", "common.py"}


def test_tables_have_no_order_of_their_own():
    ordered = {
        source.path
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and node.name == "Meta"
        for line in node.body
        if isinstance(line, ast.Assign) and any(getattr(target, "id", "") == "ordering" for target in line.targets)
    }
    assert ordered == set()


def test_tasks_are_named_take_keywords_and_survive_newer_releases():
    tasks = [
        (source.path, function)
        for source in sources()
        for function in source.functions()
        if any("shared_task" in ast.unparse(decorator) for decorator in function.decorator_list)
    ]
    assert tasks
    for path, function in tasks:
        assert "name=" in ast.unparse(function.decorator_list[0]), f"{path}:{function.name}"
        assert not function.args.args, f"{path}:{function.name} takes positional arguments"
        assert function.args.kwarg, f"{path}:{function.name} lacks **_future"
