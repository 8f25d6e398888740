"""Each refusal has one code, one status and a message that people in China read."""

import re

import pytest

from blindbox.common.api import FRAMEWORK
from blindbox.common.errors import BadJson, DomainError, Invalid, NotFound, catalogue

CODE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
SHARED = NotFound, Invalid, BadJson
STATUSES = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503}


def every_class(of: type[DomainError] = DomainError) -> list[type[DomainError]]:
    shipped = [each for each in of.__subclasses__() if not each.__module__.startswith("tests")]
    return shipped + [below for each in shipped for below in every_class(each)]


@pytest.mark.parametrize("error", every_class(), ids=lambda error: error.__name__)
def test_a_refusal_has_a_dotted_code_a_status_and_a_chinese_message(error: type[DomainError]):
    assert CODE.fullmatch(error.code)
    assert error.status in STATUSES
    assert re.search("[\u4e00-\u9fff]", error.message)
    assert not error.message.endswith(("。", "！", "."))


def test_each_reason_is_one_class():
    """Only a kind that reasons stand below, as Conflict is, goes without a code of its own, and what shares one."""
    without = [each for each in every_class() if "code" not in each.__dict__ and not each.__subclasses__()]
    assert [each.__name__ for each in without if not issubclass(each, SHARED)] == []


def test_malformed_requests_and_missing_things_share_their_codes():
    """The contract knows three codes of status 400 and one of 404; the message says the rest."""
    assert {each.code for each in every_class() if each.status == 404} == {"common.not_found"}
    assert {each.code for each in every_class() if each.status == 400 and "message" in each.__dict__} == {
        "common.invalid",
        "common.bad_json",
        "common.idempotency_key_required",
    }


def test_codes_of_the_framework_do_not_contradict_ours():
    ours = {error.code: error.status for error in catalogue()}
    theirs = {code: kind.status_code for kind, code, _ in FRAMEWORK}
    assert {code for code, status in theirs.items() if ours.get(code, status) != status} == set()
