"""T-06: Redis away or emptied. Login and money go on, and nobody may suddenly try as often as they like."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import Member, PointAccount
from activities.models import DrawLog
from activities.settings import PURCHASES
from blindbox.common.invariants import violations
from blindbox.system import configs
from blindbox.system.audit import SYSTEM
from tests.factories.accounts import PASSWORD, make_member
from tests.factories.activities import open_box

pytestmark = pytest.mark.django_db
NOWHERE = "redis://127.0.0.1:1/0"
TOKEN = "/api/admin/token"


@pytest.fixture
def no_cache(settings: Any) -> None:
    """Redis as production speaks to it, and nobody listens."""
    options = {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.5, "SOCKET_TIMEOUT": 0.5}
    away = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": NOWHERE, "OPTIONS": options}
    settings.CACHES = {**settings.CACHES, "default": away}


@pytest.fixture
def buyer() -> Member:
    return make_member(points_balance=6000, now=timezone.now())


@pytest.fixture
def buy(app_client: Callable[[Member], Any], buyer: Member) -> Callable[[str], Any]:
    issue = open_box(now=timezone.now())
    url = f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/draws"
    wish = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    return lambda key: app_client(buyer).post(url, wish, HTTP_IDEMPOTENCY_KEY=key)


def balance_of(member: Member) -> int:
    return PointAccount.objects.get(member=member, kind="general").balance


@pytest.mark.usefixtures("no_cache")
def test_without_a_cache_members_and_operators_log_in_and_draw(anonymous, buy, buyer, make_operator):
    make_operator(username="yun")
    login = anonymous.post(TOKEN, {"username": "yun", "password": PASSWORD})
    assert (login.status_code, buy("k1").status_code, buy("k1").status_code) == (200, 201, 201)
    assert (balance_of(buyer), DrawLog.objects.filter(is_bonus=False).count()) == (5400, 1)


@pytest.mark.usefixtures("no_cache")
def test_without_a_cache_a_guesser_is_still_locked_out(anonymous, make_operator):
    make_operator(username="yun")
    wrong = [anonymous.post(TOKEN, {"username": "yun", "password": f"guess-{n}"}).status_code for n in range(10)]
    right = anonymous.post(TOKEN, {"username": "yun", "password": PASSWORD})
    assert set(wrong) == {401}
    assert (right.status_code, right.json()["code"]) == (429, "common.throttled")


@pytest.mark.usefixtures("no_cache")
def test_without_a_cache_a_rate_still_refuses(buy, buyer):
    configs.change(key=PURCHASES.setting.key, value=2, actor=SYSTEM, now=timezone.now())
    assert [buy(key).status_code for key in ("a", "b", "c")] == [201, 201, 429]
    assert balance_of(buyer) == 4800


def test_emptying_the_cache_changes_no_balance_and_repeats_nothing(buy, buyer):
    answers = []
    for key in ("a", "b", "a", "b", "c"):
        answers.append(buy(key))
        cache.clear()
    draws = [answer.json()["draws"][0]["id"] for answer in answers]
    assert (draws[:2], len(set(draws))) == (draws[2:4], 3)
    assert (balance_of(buyer), DrawLog.objects.filter(is_bonus=False).count()) == (4200, 3)
    assert violations() == []
