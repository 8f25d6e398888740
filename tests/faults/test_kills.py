"""The web process, then the worker, die at random under load: nothing acknowledged is lost, nothing happens twice."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.db import connection, connections
from django.db.models import QuerySet
from django.utils import timezone

from accounts import tokens
from activities.enums import BatchStatus
from activities.models import DrawBatch, DrawLog
from activities.services import opening
from activities.settings import ADULT_LIMITS, PURCHASES
from blindbox.common.invariants import violations
from blindbox.integrations.wechat.sandbox import SandboxServer
from blindbox.system import configs
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OutboxMessage
from blindbox.system.rates import NO_LIMIT
from orders.enums import OrderStatus
from orders.models import Order
from tests.factories.accounts import make_member
from tests.factories.activities import box_rewards, make_activity, make_draft, make_product
from tests.faults.processes import Supervised, environment, free_port, wait_for_web, web, worker
from tests.faults.visitors import Crowd, Visitor

pytestmark = [
    pytest.mark.system,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="needs a database that outlives a killed process"),
]
VISITORS, KILLS, LEAST_DRAWS = 10, 3, 300
TICKETS = 50_000  # never sold out, however fast the machine
SETTLED_WITHIN_SECONDS = 60
NO_LIMITS = [PURCHASES.setting, *ADULT_LIMITS.values()]
BACKLOG_SECONDS = 300  # no promise, and mostly the load of the machine
IN_FLIGHT_AT_MOST = 2  # what the worker's two children may have committed as they died


@dataclass
class Shop:
    base: str
    sandbox: str
    web: Supervised
    worker: Supervised


@pytest.fixture
def shop(tmp_path) -> Iterator[Shop]:
    port = free_port()
    sandbox = SandboxServer(tmp_path, notify_scale=0.01).start()
    variables = environment(port, sandbox.settings)
    connections.close_all()
    running = [Supervised(web(port), variables), Supervised(worker(tmp_path / "beat"), variables)]
    try:
        wait_for_web(port)
        yield Shop(f"http://127.0.0.1:{port}", sandbox.url, *running)
    finally:
        for each in running:
            each.stop()
        sandbox.stop()


def test_kills_at_random_lose_nothing_and_repeat_nothing(shop):
    crowd = Crowd(_visitors(shop))
    with ThreadPoolExecutor(VISITORS) as threads:
        visits = [threads.submit(visitor.visit, until=crowd.over) for visitor in crowd.visitors]
        try:
            for victim in (shop.web, shop.worker) * KILLS:
                _kill(victim, shop, crowd)
            _wait(lambda: len(crowd.draws()) >= LEAST_DRAWS)
        finally:
            crowd.over.set()
        for visit in visits:
            visit.result()

    acknowledged, paid = crowd.draws(), crowd.paid()
    _wait_until_drawn(paid, shop)
    backlog = OutboxMessage.objects.waiting()  # what can wait stands behind the draws that were paid for
    _wait(lambda: not backlog.exists(), until=time.monotonic() + BACKLOG_SECONDS)
    stored = DrawLog.objects.filter(is_bonus=False)
    assert len(set(acknowledged)) == len(acknowledged) >= LEAST_DRAWS
    assert stored.filter(pk__in=acknowledged).count() == len(acknowledged)
    assert stored.count() == len(acknowledged) + len(paid)
    assert set(Order.objects.values_list("status", flat=True)) == {OrderStatus.COMPLETED}
    assert violations() == []
    assert (shop.web.starts, shop.worker.starts) == (1 + KILLS, 1 + KILLS)


def _visitors(shop: Shop) -> list[Visitor]:
    now = timezone.now()
    for setting in NO_LIMITS:
        configs.change(key=setting.key, value=NO_LIMIT, actor=SYSTEM, now=now)
    rewards = box_rewards(make_product(stock=TICKETS), total=TICKETS, last=False)
    issue = opening.open_issue(issue_id=make_draft(make_activity(now=now), rewards, now=now).pk, actor=SYSTEM, now=now)
    path = f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/draws"
    visitors = []
    for _ in range(VISITORS):
        member = make_member(points_balance=600 * TICKETS, now=now)
        subject = tokens.Subject(id=member.pk, epoch=member.epoch)
        token = tokens.issue(audience=tokens.Audience.MEMBER, subject=subject, now=now)
        visitors.append(Visitor(shop.base, shop.sandbox, path, token))
    return visitors


def _kill(victim: Supervised, shop: Shop, crowd: Crowd) -> None:
    """Kill a process at a random moment of the rush, and wait until both web and worker have done new work."""
    starts = victim.starts
    crowd.over.wait(random.uniform(0.1, 1.0))
    assert crowd.asking() > 0
    victim.kill()
    paid = crowd.paid()
    _wait(lambda: victim.starts > starts)
    drawn, settled = len(crowd.draws()), _settled().count()
    _wait(lambda: len(crowd.draws()) > drawn + VISITORS)  # an answer each may still have been on its way
    _wait(lambda: _settled().count() > settled + IN_FLIGHT_AT_MOST)
    _wait_until_drawn(paid, shop)


def _settled() -> QuerySet[DrawBatch]:
    """Return what was paid by WeChat and drawn."""
    return DrawBatch.objects.filter(status=BatchStatus.SETTLED, hold_expires_at__isnull=False)


def _wait_until_drawn(paid: list[str], shop: Shop) -> None:
    """Wait for the draws of these orders, as long as it may take after the last restart."""
    orders = Order.objects.filter(order_no__in=paid).values("pk")
    until = max(shop.web.started_at, shop.worker.started_at) + SETTLED_WITHIN_SECONDS
    try:
        _wait(lambda: _settled().filter(order_id__in=orders).count() == len(paid), until=until)
    except AssertionError:
        late = Order.objects.filter(order_no__in=paid).exclude(status=OrderStatus.COMPLETED)
        waiting = OutboxMessage.objects.waiting().values("subscriber", "attempts", "failures", "due_at", "last_error")
        pytest.fail(f"not drawn: {list(late.values('order_no', 'status', 'paid_at'))}; waiting: {list(waiting)}")


def _wait(condition: Callable[[], bool], *, until: float | None = None) -> None:
    until = until or time.monotonic() + SETTLED_WITHIN_SECONDS
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)
