"""Nobody asks without end: each costly action has a rate that operators set, told by 429 with Retry-After."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from activities import settings as rates
from activities.models import DrawLog
from blindbox.system import audit, configs
from orders.models import Order
from orders.settings import COMMANDS
from tests.factories.activities import open_box
from tests.factories.draws import buy

pytestmark = pytest.mark.django_db
ISSUE = "/api/app/activities/{activity}/issues/{issue}"
DRAW = {"count": 1, "pay_with": "points", "client_nonce": "n"}
LIMITED = {
    "preview": (rates.PREVIEWS, "post", f"{ISSUE}/draws/preview", {"count": 1, "pay_with": "points"}, 200),
    "draw": (rates.PURCHASES, "post", f"{ISSUE}/draws", DRAW, 201),
    "proof of an issue": (rates.PROOFS, "get", f"{ISSUE}/proof", None, 200),
    "proof of a draw": (rates.PROOFS, "get", "/api/app/draw_logs/{draw}/proof", None, 200),
    "report of the odds": (rates.PROOFS, "get", f"{ISSUE}/odds_report", None, 200),
    "a whole box's numbers": (rates.PROOFS, "get", f"{ISSUE}/tickets?whole=true", None, 200),
    "pay": (COMMANDS, "post", "/api/app/orders/{order}/pay", {}, 409),
    "cancel": (COMMANDS, "post", "/api/app/orders/{order}/cancel", {}, 409),
}


@pytest.fixture(autouse=True)
def _within_one_window():
    with time_machine.travel(timezone.now().replace(second=10, microsecond=0), tick=False):
        yield


@pytest.fixture
def ids(member):
    issue = open_box(total=50, now=timezone.now())
    order = buy(member, issue, 1, now=timezone.now())
    return {
        "activity": issue.activity_id,
        "issue": issue.pk,
        "draw": DrawLog.objects.get().pk,
        "order": Order.objects.get(pk=order).order_no,
    }


def allow(rate, n):
    configs.change(key=rate.setting.key, value=n, actor=audit.SYSTEM, now=timezone.now())


def asker(client, ids, method, url, body):
    """Return what asks once more, each time under another key."""
    keys = iter(range(100))

    def ask():
        key = {"HTTP_IDEMPOTENCY_KEY": f"k{next(keys)}"}
        return client.get(url.format(**ids)) if method == "get" else client.post(url.format(**ids), body, **key)

    return ask


@pytest.mark.parametrize(("rate", "method", "url", "body", "answered"), LIMITED.values(), ids=LIMITED)
def test_one_too_many_is_429_and_changes_nothing(app, ids, state, rate, method, url, body, answered):
    allow(rate, 2)
    ask = asker(app, ids, method, url, body)
    assert [ask().status_code for _ in range(2)] == [answered] * 2
    before, refused = state(), ask()
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "50")
    assert (refused.json()["code"], refused.json()["message"]) == ("common.throttled", "请求过于频繁，请稍后再试")
    assert refused.json()["details"] == {"retry_after": 50}
    assert state() == before


@pytest.mark.parametrize(("rate", "method", "url", "body", "answered"), LIMITED.values(), ids=LIMITED)
def test_without_a_limit_nobody_counts(app, ids, rate, method, url, body, answered):
    allow(rate, 0)
    ask = asker(app, ids, method, url, body)
    assert {ask().status_code for _ in range(5)} == {answered}


def test_each_member_and_each_window_counts_for_itself(app, app_client, make_member, ids):
    allow(rates.PURCHASES, 1)
    first = asker(app, ids, "post", LIMITED["draw"][2], DRAW)
    other = asker(app_client(make_member(points_balance=600)), ids, "post", LIMITED["draw"][2], DRAW)
    assert [first().status_code, other().status_code, first().status_code] == [201, 201, 429]
    with time_machine.travel(timezone.now() + timedelta(seconds=50), tick=False):
        assert first().status_code == 201


def test_paying_and_cancelling_count_together(app, ids):
    allow(COMMANDS, 1)
    assert asker(app, ids, "post", LIMITED["pay"][2], {})().status_code == 409
    assert asker(app, ids, "post", LIMITED["cancel"][2], {})().status_code == 429


def test_guests_count_by_their_address(anonymous, app, ids):
    allow(rates.PROOFS, 1)
    url = LIMITED["proof of an issue"][2].format(**ids)
    answers = [anonymous.get(url, REMOTE_ADDR=address).status_code for address in ("1.2.3.4", "1.2.3.5", "1.2.3.4")]
    assert answers == [200, 200, 429]
    assert app.get(url, REMOTE_ADDR="1.2.3.4").status_code == 200  # a member is counted as themselves


def test_a_page_of_a_box_costs_little_and_counts_for_nothing(anonymous, ids):
    allow(rates.PROOFS, 1)
    asked = [f"{ISSUE}/tickets", f"{ISSUE}/tickets?whole=true", f"{ISSUE}/tickets", f"{ISSUE}/tickets?whole=true"]
    assert [anonymous.get(url.format(**ids)).status_code for url in asked] == [200, 200, 200, 429]


def test_the_defaults_are_far_above_what_a_person_does():
    defaults = [rate.setting.default for rate in (rates.PREVIEWS, rates.PURCHASES, rates.PROOFS, COMMANDS)]
    assert defaults == [120, 120, 600, 60]
