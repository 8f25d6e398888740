"""The kernel over real connections: one worker an event, one effect a key, no loop in the tree; with controls."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F

from blindbox.common import events
from blindbox.common.errors import Conflict
from blindbox.common.events import Event
from blindbox.common.invariants import violations
from blindbox.common.retry import in_transaction, refusing_duplicates
from blindbox.system import audit, configs, heartbeats, idempotency, outbox, waking
from blindbox.system.models import Config, Heartbeat, IdempotencyKey, OperationLog, OutboxMessage
from catalog import stock
from catalog.errors import CategoryInUse, CategoryLoop, StockInsufficient
from catalog.models import Category, CategoryTree, Product
from catalog.services import categories, products
from tests.factories.catalog import KEEPER, NOW, make_category, make_product
from tests.races.conftest import Meeting, run_together
from tests.races.guards import without_unique

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


class BellRung(Event):
    topic = "test.bell_rung"


@pytest.fixture(autouse=True)
def _nobody_else_subscribes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_subscriptions", {})
    monkeypatch.setattr(waking.bell, "pull", lambda: None)


def noted(refs: set[str]) -> set[str]:
    return set(OperationLog.objects.filter(object_id__in=refs).values_list("object_id", flat=True))


@pytest.fixture(autouse=True)
def _keys_lead_to_what_was_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "_resolvers", [*idempotency._resolvers, noted])


def note(ref: object) -> str:
    audit.record(audit.Change("测试", "Row", str(ref)), actor=audit.SYSTEM, now=NOW)
    return str(ref)


def effects() -> int:
    return OperationLog.objects.count()


def count(results: list[Any], kind: type[Exception]) -> int:
    return sum(isinstance(result, kind) for result in results)


# -- events


def ring(number: int) -> None:
    for key in range(number):
        with transaction.atomic():
            outbox.publish(BellRung(key=str(key)), now=NOW)


def deliver() -> int:
    return outbox.deliver_due(clock=lambda: NOW, limit=1000)


def test_eight_workers_deliver_fifty_events_once_each():
    events.subscribe(BellRung, name="test.note")(lambda event, *, now: note(event.key))
    ring(50)
    assert sum(run_together(*[deliver] * 8)) >= 50
    assert effects() == OperationLog.objects.values("object_id").distinct().count() == 50
    assert OutboxMessage.objects.filter(delivered_at=NOW, attempts=1).count() == 50
    assert violations() == []


def test_a_slow_worker_whose_lease_ran_out_undoes_its_work():
    """Both run the handler; the one that was taken over rolls back."""
    meeting = Meeting(2)

    def slow(event: BellRung, *, now: Any) -> None:
        note(event.key)
        meeting.wait()

    events.subscribe(BellRung, name="test.slow")(slow)
    ring(1)
    moments = [NOW, NOW + outbox.LEASE]

    def work(number: int) -> bool:
        while number and not OutboxMessage.objects.filter(attempts=1).exists():
            threading.Event().wait(0.01)
        return outbox.deliver_next(now=moments[number])

    assert run_together(partial(work, 0), partial(work, 1)) == [True, True]
    assert (effects(), OutboxMessage.objects.get().attempts) == (1, 2)
    assert OutboxMessage.objects.get().delivered_at == moments[1]
    assert violations() == []


def test_control_without_the_delivery_guard_both_workers_count(monkeypatch: pytest.MonkeyPatch):
    meeting = Meeting(2)

    def slow(event: BellRung, *, now: Any) -> None:
        note(event.key)
        meeting.wait()

    def deliver_unguarded(message: OutboxMessage) -> None:
        with transaction.atomic():
            slow(BellRung(**message.payload), now=NOW)
            OutboxMessage.objects.filter(pk=message.pk).update(delivered_at=NOW)

    events.subscribe(BellRung, name="test.slow")(slow)
    ring(1)
    run_together(*[partial(deliver_unguarded, OutboxMessage.objects.get())] * 2)
    assert effects() == 2


# -- keys


def once(key: str = "k", *, actor: int = 1, fingerprint: str = "f", effect: Callable[[], str] | None = None) -> Any:
    claim = idempotency.Claim(realm="member", actor_id=actor, key=key, fingerprint=fingerprint)
    return idempotency.run_once(claim=claim, effect=effect or partial(note, "row:1"), now=NOW)


def test_twenty_uses_of_a_key_at_once_have_one_effect():
    results = run_together(*[once] * 20)
    answered = [each for each in results if isinstance(each, idempotency.Outcome)]
    assert len(answered) + count(results, idempotency.KeyInFlight) == 20
    assert sum(not each.replayed for each in answered) == 1
    assert ({each.ref for each in answered}, effects(), IdempotencyKey.objects.count()) == ({"row:1"}, 1, 1)
    assert violations(["X1"]) == []


def test_twenty_different_requests_under_one_key_have_one_effect():
    results = run_together(*[partial(once, fingerprint=str(number)) for number in range(20)])
    refused = count(results, idempotency.KeyMismatch) + count(results, idempotency.KeyInFlight)
    assert (refused, effects()) == (19, 1)


def test_twenty_members_with_the_same_key_do_not_meet():
    results = run_together(*[partial(once, actor=number) for number in range(20)])
    assert [each.replayed for each in results] == [False] * 20
    assert effects() == 20


def test_while_the_first_use_runs_the_second_is_told_so():
    running, told = threading.Event(), threading.Event()

    def slowly() -> str:
        running.set()
        told.wait(20)
        return note("row:1")

    def second() -> Any:
        running.wait(20)
        try:
            return once()
        finally:
            told.set()

    first, refused = run_together(partial(once, effect=slowly), second)
    assert isinstance(refused, idempotency.KeyInFlight)
    assert (first.ref, first.replayed, effects()) == ("row:1", False, 1)
    assert once().replayed


def test_after_a_refusal_the_key_serves_the_next():
    entered, let_go = threading.Event(), threading.Event()

    class Refused(Conflict):
        code, message = "test.race_refused", "不行"

    def refuse() -> str:
        note("undone")
        entered.set()
        let_go.wait(2)
        raise Refused

    def second() -> Any:
        entered.wait(20)
        let_go.set()
        return once()

    first, outcome = run_together(partial(once, effect=refuse), second)
    assert isinstance(first, Refused)
    assert (outcome.ref, outcome.replayed, effects()) == ("row:1", False, 1)


def test_control_without_the_unique_key_both_uses_count():
    with without_unique(IdempotencyKey, "realm", "actor_id", "key"):
        meeting = Meeting(2)

        def effect() -> str:
            meeting.wait()
            return note("row:1")

        run_together(*[partial(once, effect=effect)] * 2)
        assert effects() == 2
        assert [each.id for each in violations(["X1"])] == ["X1"]


# -- retries


def test_crossing_updates_deadlock_and_both_finish():
    """Each takes the row that the other wants next: the database ends one, and that one starts again."""
    first, second = make_product("甲", stock=0), make_product("乙", stock=0)
    meeting = Meeting(2)

    @in_transaction
    def cross(one: Product, other: Product) -> None:
        Product.objects.filter(pk=one.pk).update(stock=F("stock") + 1)
        meeting.wait()
        Product.objects.filter(pk=other.pk).update(stock=F("stock") + 1)

    assert run_together(partial(cross, first, second), partial(cross, second, first)) == [None, None]
    assert list(Product.objects.order_by("pk").values_list("stock", flat=True)) == [2, 2]


def test_control_without_retry_one_of_them_fails():
    first, second = make_product("甲", stock=0), make_product("乙", stock=0)
    meeting = Meeting(2)

    def cross(one: Product, other: Product) -> None:
        with transaction.atomic():
            Product.objects.filter(pk=one.pk).update(stock=F("stock") + 1)
            meeting.wait()
            Product.objects.filter(pk=other.pk).update(stock=F("stock") + 1)

    results = run_together(partial(cross, first, second), partial(cross, second, first))
    assert count(results, OperationalError) == 1


def test_a_connection_that_the_server_ended_is_replaced_under_a_key():
    def cut_off() -> str:
        if effects() == 0 and not cut:
            cut.append(True)
            with connection.cursor() as cursor:
                cursor.execute("SELECT CONNECTION_ID()")
                (mine,) = cursor.fetchone()
            run_together(partial(_kill, mine))
        return note("row:1")

    cut: list[bool] = []
    assert once(effect=cut_off).ref == "row:1"
    assert (cut, effects()) == ([True], 1)


def _kill(connection_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("KILL %s", [connection_id])


# -- first rows


def test_the_first_heartbeat_of_eight_processes_is_one_row():
    results = run_together(*[partial(heartbeats.beat, name="a", now=NOW)] * 8)
    assert (results, Heartbeat.objects.count()) == ([None] * 8, 1)


def test_a_setting_first_set_by_eight_operators_is_one_row(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(configs, "_settings", {})
    configs.define(configs.Setting("test.limit", "上限", 0, configs.integer(least=0, most=9)))
    change = partial(configs.change, key="test.limit", actor=KEEPER, now=NOW)
    assert run_together(*[partial(change, value=value) for value in range(1, 9)]) == [None] * 8
    assert (Config.objects.count(), effects()) == (1, 8)


# -- catalog


def move(category: Category, parent: Category, values: dict[str, Any] | None = None) -> Category:
    moved = {"parent_id": parent.pk, **(values or {})}
    return categories.change(category_id=category.pk, values=moved, actor=KEEPER, now=NOW)


@pytest.mark.parametrize("round_number", range(5))
def test_two_moves_that_would_meet_in_a_loop_do_not(round_number: int):
    first, second = make_category("甲"), make_category("乙")
    results = run_together(partial(move, first, second), partial(move, second, first))
    assert (count(results, CategoryLoop), count(results, Exception)) == (1, 1)
    assert violations(["K2"]) == []


def test_control_without_the_trees_row_they_do(monkeypatch: pytest.MonkeyPatch):
    """Both look, then one moves, then the other: had they written at once, the foreign keys' locks would have met."""
    first, second = make_category("甲"), make_category("乙")
    meeting, check = Meeting(2), categories._check_place

    def check_together(category_id: int, parent_id: int) -> None:
        check(category_id, parent_id)
        meeting.wait()
        while category_id == second.pk and Category.objects.filter(pk=first.pk, parent=None).exists():
            threading.Event().wait(0.01)

    monkeypatch.setattr(categories, "take_tree", lambda: None)
    monkeypatch.setattr(categories, "_check_place", check_together)
    run_together(partial(move, first, second), partial(move, second, first))
    assert len(violations(["K2"])) == 2


def test_the_first_changes_of_a_tree_agree_on_its_row():
    CategoryTree.objects.all().delete()
    made = run_together(*[partial(categories.create, values={"name": str(n)}, actor=KEEPER, now=NOW) for n in range(6)])
    assert (count(made, Exception), Category.objects.count(), CategoryTree.objects.get().version) == (0, 6, 6)


def test_a_category_is_not_deleted_under_a_product_that_is_being_filed():
    category = make_category()
    file = partial(products.create, values={"name": "兔"}, category_ids=[category.pk], actor=KEEPER, now=NOW)
    empty = partial(categories.delete, category_id=category.pk, actor=KEEPER, now=NOW)
    for _ in range(5):
        filed, emptied = run_together(file, empty)
        if Category.objects.exists():
            assert isinstance(emptied, CategoryInUse)
        else:
            assert isinstance(filed, Exception)
            category = make_category()
            file.keywords["category_ids"] = [category.pk]
            empty.keywords["category_id"] = category.pk


def test_sixteen_buyers_of_five_units_get_five():
    product = make_product(stock=5)
    results = run_together(*[partial(stock.take, quantities={product.pk: 1}, now=NOW)] * 16)
    assert (count(results, StockInsufficient), results.count(None)) == (11, 5)
    assert Product.objects.get().stock == 0


def test_control_reading_before_writing_oversells():
    product = make_product(stock=1)
    meeting = Meeting(2)

    @in_transaction
    def take_blindly() -> bool:
        left = Product.objects.values_list("stock", flat=True).get(pk=product.pk)
        meeting.wait()
        Product.objects.filter(pk=product.pk).update(stock=left - 1)
        return left > 0

    assert run_together(take_blindly, take_blindly) == [True, True]


def test_an_operator_who_sets_stock_meets_buyers_and_no_unit_is_lost():
    """Every take comes before or after the change as a whole: the log's before and after say which."""
    product = make_product(stock=10)
    restock = partial(products.change, product_id=product.pk, values={"stock": 100}, actor=KEEPER)
    take = partial(stock.take, quantities={product.pk: 1})
    at = [NOW + timedelta(seconds=number) for number in range(6)]
    results = run_together(partial(restock, now=at[0]), *[partial(take, now=moment) for moment in at[1:]])
    assert count(results, Exception) == 0
    log = OperationLog.objects.get()
    taken_before = 10 - log.before["stock"]
    assert Product.objects.get().stock == 100 - (5 - taken_before)


def test_eight_postings_of_one_event_are_one():
    """A unique key's refusal is named, whichever of the eight comes first."""

    class Taken(Conflict):
        code, message = "test.race_taken", "已有"

    @in_transaction
    def post() -> None:
        with refusing_duplicates(Taken):
            Heartbeat.objects.create(name="once", beaten_at=NOW)

    results = run_together(*[post] * 8)
    assert (count(results, Taken), Heartbeat.objects.count()) == (7, 1)
