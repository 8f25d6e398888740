"""One space of keys for each member: a key serves one request, whatever that was, and a replay signs nothing stale."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from activities.models import DrawBatch, DrawLog
from blindbox.system.models import IdempotencyKey
from orders.models import Order, Payment
from orders.services import lifecycle
from tests.factories.accounts import make_member
from tests.factories.activities import open_box
from tests.factories.orders import deliver, mark_paid

pytestmark = pytest.mark.django_db(transaction=True)
MISMATCH = (422, "common.idempotency_mismatch", "该 Idempotency-Key 已用于另一个请求")


@pytest.fixture
def member(db):
    return make_member(points_balance=100_000)


@pytest.fixture
def box(db):
    return open_box(total=20, last=False, now=timezone.now())


@pytest.fixture
def client(app_client, member):
    return app_client(member)


@pytest.fixture
def draw(client, box, wechat):
    """Order draws under a key."""

    def order(key="k", *, pay_with="weixin", count=1):
        url = f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws"
        body = {"count": count, "pay_with": pay_with, "client_nonce": "n"}
        return client.post(url, body, HTTP_IDEMPOTENCY_KEY=key)

    return order


@pytest.fixture
def command(client):
    """Send a command to an order under a key: command("pay", order_no)."""

    def send(action, order_no, key="k"):
        return client.post(f"/api/app/orders/{order_no}/{action}", {}, HTTP_IDEMPOTENCY_KEY=key)

    return send


def refused(answer):
    return answer.status_code, answer.json()["code"], answer.json()["message"]


def state():
    tables = (Order, Payment, DrawBatch, DrawLog, IdempotencyKey)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.mark.parametrize("action", ["pay", "cancel"])
def test_a_purchases_key_serves_no_other_command(draw, command, action):
    order_no = draw().json()["order"]["order_no"]
    before = state()
    assert refused(command(action, order_no)) == MISMATCH
    assert state() == before


@pytest.mark.parametrize("action", ["pay", "cancel"])
@pytest.mark.parametrize("pay_with", ["points", "weixin"])
def test_a_commands_key_buys_nothing(draw, command, action, pay_with):
    order_no = draw("first").json()["order"]["order_no"]
    assert command(action, order_no).status_code == 200
    before = state()
    assert refused(draw(pay_with=pay_with)) == MISMATCH
    assert refused(draw(pay_with=pay_with, count=99)) == MISMATCH  # refused for another reason, were the key new
    assert state() == before


def test_a_key_to_pay_serves_one_order_and_not_to_cancel_it(draw, command):
    order_no = draw("first").json()["order"]["order_no"]
    first, again = command("pay", order_no), command("pay", order_no)
    assert (first.status_code, "Idempotent-Replay" in first.headers) == (200, False)
    assert (again.status_code, again.headers["Idempotent-Replay"]) == (200, "true")
    assert again.json()["order"] == first.json()["order"]
    assert refused(command("cancel", order_no)) == MISMATCH
    assert Order.objects.get().status == "pending"


def test_keys_are_each_members_own(draw, command, app_client, box):
    draw("k")
    other = make_member(points_balance=600)
    url = f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws"
    body = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    assert app_client(other).post(url, body, HTTP_IDEMPOTENCY_KEY="k").status_code == 201
    assert IdempotencyKey.objects.filter(key="k").count() == 2


def test_a_refused_purchase_leaves_its_key_free(draw):
    assert draw(pay_with="wallet").status_code == 409
    assert draw(pay_with="points", count=11).status_code == 400
    assert IdempotencyKey.objects.count() == 0
    assert draw(pay_with="points").status_code == 201


# replays


def replays(draw, command):
    """Return what a repeated purchase and a repeated payment answer."""
    return draw("buy"), command("pay", Order.objects.get().order_no, "pay")


@pytest.fixture
def asked(draw, command):
    """An order that was announced and asked to be paid once more."""
    answers = draw("buy"), command("pay", Order.objects.get().order_no, "pay")
    assert all(answer.json()["payment"]["params"]["paySign"] for answer in answers)
    return Order.objects.get()


def signs_nothing(answers, status):
    for answer in answers:
        body = answer.json()
        assert answer.headers["Idempotent-Replay"] == "true"
        assert (body["order"]["status"], body["payment"]["params"]) == (status, None)
        assert "paySign" not in answer.content.decode()


def test_while_it_waits_a_replay_is_signed_afresh(asked, draw, command):
    for answer in replays(draw, command):
        assert (answer.headers["Idempotent-Replay"], bool(answer.json()["payment"]["params"]["paySign"])) == (
            "true",
            True,
        )


def test_for_a_cancelled_order_a_replay_signs_nothing(asked, draw, command):
    assert command("cancel", asked.order_no, "cancel").status_code == 200
    signs_nothing(replays(draw, command), "closed")


def test_for_an_expired_order_a_replay_signs_nothing(asked, draw, command):
    lifecycle.close_expired(now=timezone.now() + timedelta(minutes=4))
    signs_nothing(replays(draw, command), "closed")


def test_past_its_time_a_replay_signs_nothing_though_nobody_closed_it_yet(asked, draw, command):
    with time_machine.travel(timezone.now() + timedelta(minutes=4), tick=False):
        signs_nothing(replays(draw, command), "pending")


def test_for_a_completed_order_a_replay_signs_nothing(asked, draw, command):
    mark_paid(asked, now=timezone.now())
    deliver(now=timezone.now())
    answers = replays(draw, command)
    signs_nothing(answers, "completed")
    assert len(answers[0].json()["draws"]) == 1


def test_what_was_never_announced_is_not_announced_once_it_is_cancelled(draw, command, wechat):
    wechat.fail("/v3/pay/transactions/jsapi", status=500)
    assert draw("buy").status_code == 503
    command("cancel", Order.objects.get().order_no, "cancel")
    again = draw("buy").json()
    assert (again["order"]["status"], again["payment"]["params"]) == ("closed", None)
    assert wechat.calls("jsapi") == 1
