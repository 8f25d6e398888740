"""A key and its effect commit together; a repeat answers the first answer (X1)."""

from typing import Any

import pytest
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from blindbox.common.errors import Conflict
from blindbox.system import audit, idempotency
from blindbox.system.api.idempotency import answer, claim_of
from blindbox.system.idempotency import Claim, KeyMismatch, KeyRequired, Outcome
from blindbox.system.models import IdempotencyKey, OperationLog
from tests.factories.catalog import NOW

pytestmark = pytest.mark.django_db
MINE = Claim(realm="member", actor_id=1, key="k", fingerprint="f")


class Refused(Conflict):
    code, message = "test.refused", "不行"


def write(ref: str = "row:1") -> str:
    audit.record(audit.Change("测试", "Row", ref), actor=audit.SYSTEM, now=NOW)
    return ref


def refuse() -> str:
    write()
    raise Refused


def once(claim: Claim = MINE, effect: Any = write, status: int = 201) -> Outcome:
    return idempotency.run_once(claim=claim, effect=effect, now=NOW, status=status)


def effects() -> int:
    return OperationLog.objects.count()


def test_the_second_use_answers_the_first_and_does_nothing():
    assert once() == Outcome(status=201, ref="row:1")
    assert once(effect=lambda: write("row:2")) == Outcome(status=201, ref="row:1", replayed=True)
    assert effects() == 1


def test_the_status_of_the_first_answer_is_kept():
    once(status=200)
    assert once(status=201).status == 200


def test_another_request_under_the_same_key_is_refused():
    once()
    with pytest.raises(KeyMismatch):
        once(Claim(realm="member", actor_id=1, key="k", fingerprint="other"))
    assert effects() == 1


@pytest.mark.parametrize(
    "other",
    [
        Claim(realm="member", actor_id=2, key="k", fingerprint="f"),
        Claim(realm="operator", actor_id=1, key="k", fingerprint="f"),
        Claim(realm="member", actor_id=1, key="K", fingerprint="f"),
        Claim(realm="member", actor_id=1, key="k2", fingerprint="f"),
    ],
)
def test_a_key_is_somebodys_and_bytewise(other: Claim):
    once()
    assert not once(other).replayed
    assert effects() == 2


@pytest.mark.parametrize("error", [Refused, ValueError])
def test_a_refusal_leaves_no_key(error: type[Exception]):
    def fail() -> str:
        write()
        raise error

    with pytest.raises(error):
        once(effect=fail)
    assert (effects(), IdempotencyKey.objects.count()) == (0, 0)
    assert once().ref == "row:1"


def request_with(body: Any, *, key: str | None = "k", path: str = "/api/app/x", method: str = "POST") -> Request:
    headers = {} if key is None else {"Idempotency-Key": key}
    made = APIRequestFactory().generic(method, path, body, "application/json", headers=headers)
    return Request(made, parsers=[JSONParser()])


@pytest.mark.parametrize("key", [None, "", "a b", "x" * 65, "钥匙", "a\tb", " "])
def test_a_key_is_visible_ascii_of_at_most_64(key: str | None):
    with pytest.raises(KeyRequired):
        claim_of(request_with("{}", key=key), realm="member", actor_id=1)


@pytest.mark.parametrize("key", ["!", "x" * 64, "0f8b-~"])
def test_any_visible_key_will_do(key: str):
    assert claim_of(request_with("{}", key=key), realm="member", actor_id=5).key == key


def fingerprint(body: Any, **parts: str) -> str:
    return claim_of(request_with(body, **parts), realm="member", actor_id=1).fingerprint


def test_the_fingerprint_is_of_method_path_and_meaning():
    first = fingerprint('{"a": 1, "b": "😀"}')
    assert first == fingerprint('{"b":"\\ud83d\\ude00",\n "a":1}')
    others = {
        fingerprint('{"a": 2, "b": "😀"}'),
        fingerprint('{"a": "1", "b": "😀"}'),
        fingerprint('{"a": 1}'),
        fingerprint('{"a": 1, "b": "😀"}', path="/api/app/y"),
        fingerprint('{"a": 1, "b": "😀"}', method="PUT"),
    }
    assert len(others - {first}) == 5


def test_a_repeat_says_so():
    assert "Idempotent-Replay" not in answer({}, status=201, replayed=False).headers
    repeat = answer({"id": 1}, status=200, replayed=True)
    assert (repeat.headers["Idempotent-Replay"], repeat.status_code, repeat.data) == ("true", 200, {"id": 1})
