"""The OpenAPI file tells all that a client must know: what a route does, how it refuses, what each word means."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.architecture.test_routes import ROUTES, view_class

CHINESE = re.compile("[\u4e00-\u9fff]")
Operation = dict[str, Any]
SCHEMA: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # untyped
COMPONENTS: dict[str, Any] = SCHEMA["components"]["schemas"]
OPERATIONS = [
    (f"{method} {path}", operation)
    for path, operations in SCHEMA["paths"].items()
    for method, operation in operations.items()
]
API = [(name, operation) for name, operation in OPERATIONS if " /api/" in name]
RESPONSES = {name: operation["responses"] for name, operation in OPERATIONS}
# what must be there at least; the sources are asked too, so that a new route is not forgotten
KEYED = {
    "post /api/app/activities/{activity_id}/issues/{issue_id}/lock",
    "post /api/app/activities/{activity_id}/issues/{issue_id}/draws",
    "post /api/app/orders/{order_no}/pay",
    "post /api/app/orders/{order_no}/cancel",
    "post /api/admin/users/{user_id}/points/add",
}
LIMITED = {
    "post /api/admin/token",
    "post /api/app/users/weixin/login",
    "post /api/app/users/{user_id}/phone",
    "post /api/app/activities/{activity_id}/issues/{issue_id}/draws",
    "post /api/app/activities/{activity_id}/issues/{issue_id}/draws/preview",
    "post /v1/glue/activity/draw",
    "get /api/app/activities/{activity_id}/issues/{issue_id}/proof",
    "get /api/app/draw_logs/{draw_log_id}/proof",
    "post /api/app/orders/{order_no}/pay",
    "post /api/app/orders/{order_no}/cancel",
}
PROTECTING = {"put /api/app/users/{user_id}/protection"}
each_operation = pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
each_of_the_api = pytest.mark.parametrize(("name", "operation"), API, ids=[name for name, _ in API])


def actions() -> Iterator[tuple[str, Any]]:
    """Yield what answers each operation, by the operation's name."""
    for url, pattern in ROUTES:
        for method, action in getattr(pattern.callback, "actions", {}).items():
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", url)
            yield f"{method} /{path}", getattr(view_class(pattern), action)


ACTIONS = dict(actions())


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    return COMPONENTS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    return answer.get("content", {}).get("application/json", {}).get("schema", {})


def parameters(operation: Operation, place: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in operation.get("parameters", []) if each["in"] == place}


def success(operation: Operation) -> dict[str, Any]:
    [answer] = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return answer


WORDS_OF_AN_ENUM = {"kind", "status", "state", "source", "reason", "gameplay", "position", "award", "rule", "event"}
# words that are hashed as they are, and the probes' own
FOR_PROGRAMS_ONLY = {"DrawProofResponse", "IssueProofResponse", "HealthResponse"}


def is_enum(name: str, schema: dict[str, Any]) -> bool:
    """Tell whether a field holds one of a few words, be it declared so or merely called so."""
    kinds = [resolved(each) for each in schema.get("allOf", schema.get("oneOf", [schema]))]
    return any("enum" in kind for kind in kinds) or (name in WORDS_OF_AN_ENUM and schema.get("type") == "string")


def test_each_word_for_programs_has_a_twin_for_people():
    """A field that holds one of a few words stands beside `…_label`, the same in Chinese."""
    answers = {name: each for name, each in COMPONENTS.items() if name.endswith("Response")}
    assert set(answers) >= FOR_PROGRAMS_ONLY
    alone = [
        f"{answer}.{name}"
        for answer in sorted(set(answers) - FOR_PROGRAMS_ONLY)
        for name, schema in answers[answer].get("properties", {}).items()
        if is_enum(name, schema) and f"{name}_label" not in answers[answer]["properties"]
    ]
    assert alone == []


def test_every_route_of_the_api_is_in_it():
    assert {name for name in ACTIONS if " /api/" in name} == {name for name, _ in API}


@each_operation
def test_a_summary_says_in_chinese_what_it_does(name: str, operation: Operation):
    assert CHINESE.search(operation["summary"])
    assert len(operation["summary"]) <= 40


@each_of_the_api
def test_every_refusal_has_the_one_shape_and_a_reason(name: str, operation: Operation):
    refusals = {status: answer for status, answer in operation["responses"].items() if not status.startswith("2")}
    assert refusals
    for answer in refusals.values():
        assert body_of(answer) == {"$ref": "#/components/schemas/ApiError"}
        assert CHINESE.search(answer["description"])
    assert set(COMPONENTS["ApiError"]["properties"]) == {"code", "message", "details", "request_id"}


@each_of_the_api
def test_the_refusals_fit_the_route(name: str, operation: Operation):
    told = {int(status) for status in operation["responses"]} - {200, 201}
    method, path = name.split()
    has_body, needs_token = method in {"post", "put", "patch"}, operation["security"] != [{}]
    named = set(parameters(operation, "path")) - ({"user_id"} if path.startswith("/api/app/") else set())
    asked = parameters(operation, "query") | parameters(operation, "header")
    marked = getattr(ACTIONS.get(name), "refusals", set())
    assert told >= {503, *marked}
    assert (400 in told) == bool(has_body or asked)
    assert ({413, 415} <= told) == has_body
    assert (404 in told) == (bool(named) or 404 in marked)
    assert (409 in told) == ((method != "get" and needs_token) or 409 in marked)
    assert (422 in told) == ("Idempotency-Key" in asked)
    assert 429 in told or name not in LIMITED
    if needs_token:
        assert {401, 403} <= told


def test_an_id_of_ones_own_is_refused_and_not_missing():
    own = {name: operation for name, operation in API if "/app/users/{user_id}" in name}
    assert own
    for operation in own.values():
        assert "me" in parameters(operation, "path")["user_id"]["description"]
        assert "404" not in operation["responses"]
        assert "403" in operation["responses"]


def test_who_is_limited_is_told_when_to_come_back():
    limited = {name: answers["429"] for name, answers in RESPONSES.items() if "429" in answers}
    assert set(limited) >= LIMITED
    assert all("Retry-After" in answer["headers"] for answer in limited.values())


def test_a_key_is_asked_for_wherever_one_is_read():
    """The sources are the truth: an action that claims a key declares the header, and no other does."""
    claiming = {name for name, action in ACTIONS.items() if "claim_of(" in inspect.getsource(inspect.unwrap(action))}
    claiming.discard("post /v1/glue/activity/draw")  # the requirement's own route: a key is optional there
    declared = {name: parameters(operation, "header").get("Idempotency-Key") for name, operation in API}
    assert {name for name, key in declared.items() if key} == claiming
    assert claiming >= KEYED
    assert all(key["required"] and CHINESE.search(key["description"]) for key in declared.values() if key)


def test_a_body_that_spends_is_read_exactly():
    """Every action that claims a key, or sets a protection, and has a body refuses what it does not know in it."""
    keyed = [each for name, each in OPERATIONS if name in PROTECTING or "Idempotency-Key" in parameters(each, "header")]
    bodies = [resolved(body_of(each["requestBody"])) for each in keyed if "requestBody" in each]
    assert bodies
    assert all(body["additionalProperties"] is False for body in bodies)


def test_the_introduction_tells_what_holds_everywhere():
    told = SCHEMA["info"]["description"]
    words = ["js_code", "dev:", "Authorization: Bearer", "Idempotency-Key", "request_id", "_fen", "page_size", "cursor"]
    assert [word for word in words if word not in told] == []


def test_an_answer_to_a_key_may_be_a_replay():
    for _, operation in API:
        keyed = "Idempotency-Key" in parameters(operation, "header")
        assert ("Idempotent-Replay" in success(operation).get("headers", {})) == keyed


@each_of_the_api
def test_a_list_is_an_object_with_its_parameters(name: str, operation: Operation):
    answer = resolved(body_of(success(operation)))
    listed, asked = set(answer.get("properties", {})), set(parameters(operation, "query"))
    if "list" in listed:
        pages = {"list", "total", "page", "page_size"} <= listed and {"page", "page_size"} <= asked
        log = {"list", "next_cursor"} <= listed and {"cursor", "limit"} <= asked
        assert pages or log
    if name.startswith("get "):
        assert answer["type"] == "object"


def test_there_are_lists():
    lists = {name for name, operation in API if "list" in resolved(body_of(success(operation))).get("properties", {})}
    assert {"get /api/app/users/{user_id}/orders", "get /api/app/users/{user_id}/inventory"} <= lists
    assert len(lists) > 20


@each_operation
def test_every_parameter_is_explained(name: str, operation: Operation):
    silent = [each["name"] for each in operation.get("parameters", []) if not CHINESE.search(each["description"])]
    assert silent == []


@pytest.mark.parametrize("name", [name for name in COMPONENTS if name.endswith("Request")])
def test_every_field_of_a_request_is_explained(name: str):
    """By its help_text, or for good in blindbox/settings/parts/api_words.py."""
    fields = COMPONENTS[name].get("properties", {})
    assert [field for field, shape in fields.items() if not CHINESE.search(shape.get("description", ""))] == []


EXPLAINED = {
    "PreviewDrawsResponse": ["quote_token", "payable_fen"],
    "TermsResponse": ["terms_hash", "hold_seconds", "largest_order"],
    "IssueResponse": ["commitment", "revealed_secret", "terms_hash"],
    "RewardResponse": ["odds_ppm", "your_odds_ppm", "initial_odds_ppm"],
    "PaymentResponse": ["params", "out_trade_no"],
}


@pytest.mark.parametrize(("name", "fields"), EXPLAINED.items(), ids=EXPLAINED)
def test_what_is_not_obvious_in_an_answer_is_explained(name: str, fields: list[str]):
    assert [field for field in fields if not COMPONENTS[name]["properties"][field].get("description")] == []


def test_names_of_components_say_a_thing_once():
    assert [name for name in COMPONENTS if re.search("RequestRequest|ResponseResponse", name)] == []


@each_of_the_api
def test_members_and_operators_have_their_own_schemes(name: str, operation: Operation):
    schemes = {scheme for each in operation["security"] for scheme in each}
    if " /api/app/" in name:
        assert schemes <= {"member"}
    else:
        assert schemes <= {"operator", "cookieAuth"}


def test_the_example_of_a_purchase_is_one(app_client, make_member, db):
    """Sent as it stands it buys; every optional field beside it would be refused by an issue that does not offer it."""
    from django.utils import timezone

    from tests.factories.activities import open_box

    url = "/api/app/activities/{activity_id}/issues/{issue_id}/draws"
    examples = dict(API)[f"post {url}"]["requestBody"]["content"]["application/json"]["examples"]
    [example] = [each["value"] for each in examples.values()]
    assert set(example) == {"count", *COMPONENTS["BuyDrawsRequest"]["required"]}  # a buy-out may leave the count out
    issue = open_box(now=timezone.now())
    sent = {**example, "pay_with": "points"}  # WeChat is not there
    client = app_client(make_member(points_balance=600))
    answer = client.post(url.format(activity_id=issue.activity_id, issue_id=issue.pk), sent, HTTP_IDEMPOTENCY_KEY="k")
    assert answer.status_code == 201
