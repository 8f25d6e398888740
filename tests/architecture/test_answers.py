"""What the routes answer is what the OpenAPI file says of them, field by field."""

from typing import Any

import jsonschema
import pytest
from django.utils import timezone

from accounts.services import sessions
from activities.models import DrawLog
from tests.architecture.test_openapi import COMPONENTS, OPERATIONS, body_of
from tests.factories.accounts import make_member
from tests.factories.activities import open_box, open_numbers, open_odds
from tests.factories.draws import buy
from tests.factories.glue import make_tool, open_session

pytestmark = pytest.mark.django_db
BY_NAME = dict(OPERATIONS)
ISSUE = "/api/app/activities/{activity_id}/issues/{issue_id}"
GLUE = "/v1/glue/activity"


def assert_told(operation: str, answer: Any, status: int = 200) -> None:
    """Hold a real answer against the schema of its operation and status."""
    assert answer.status_code == status, answer.content
    schema = body_of(BY_NAME[operation]["responses"][str(status)])
    assert schema, "no body is told"
    jsonschema.validate(answer.json(), {**schema, "components": {"schemas": COMPONENTS}})


@pytest.fixture
def member(db):
    return make_member(points_balance=1_000_000)


@pytest.fixture
def app(app_client, member):
    return app_client(member)


def path(issue, tail=""):
    return ISSUE.format(activity_id=issue.activity_id, issue_id=issue.pk) + tail


def test_an_order_is_told(app):
    issue = open_box(now=timezone.now())
    body = {"count": 2, "pay_with": "points", "client_nonce": "n"}
    bought = app.post(path(issue, "/draws"), body, HTTP_IDEMPOTENCY_KEY="k")
    assert_told(f"post {ISSUE}/draws", bought, 201)
    order_no = bought.json()["order"]["order_no"]
    assert_told("get /api/app/orders/{order_no}", app.get(f"/api/app/orders/{order_no}"))


@pytest.mark.parametrize("opened", [open_box, open_odds])
def test_the_proofs_are_told(app, member, opened):
    now = timezone.now()
    issue = opened(now=now)
    buy(member, issue, 1, now=now)
    [draw_id] = DrawLog.objects.values_list("pk", flat=True)
    assert_told("get /api/app/draw_logs/{draw_log_id}/proof", app.get(f"/api/app/draw_logs/{draw_id}/proof"))
    assert_told(f"get {ISSUE}/proof", app.get(path(issue, "/proof")))


def test_the_lock_of_a_box_is_told(app):
    issue = open_numbers(total=20, now=timezone.now(), config={"box_lock": {"seconds": 60}})
    assert_told(f"post {ISSUE}/lock", app.post(path(issue, "/lock"), HTTP_IDEMPOTENCY_KEY="k"), 201)
    assert_told(f"delete {ISSUE}/lock", app.delete(path(issue, "/lock")))


def test_the_generic_tool_is_told_with_its_refusals(app, app_client, anonymous, member):
    activity = make_tool(now=timezone.now())
    open_session(activity, now=timezone.now())
    mine = {"serial_no": activity.serial_no, "uid": member.pk}
    assert_told(f"get {GLUE}", anonymous.get(GLUE, {"serial_no": activity.serial_no}))
    assert_told(f"get {GLUE}", anonymous.get(GLUE), 400)
    assert_told(f"get {GLUE}", anonymous.get(GLUE, {"serial_no": "0" * 16}), 404)
    assert_told(f"post {GLUE}/draw", app.post(f"{GLUE}/draw", mine))
    assert_told(f"post {GLUE}/draw", app.post(f"{GLUE}/draw", {}), 400)
    assert_told(f"post {GLUE}/draw", anonymous.post(f"{GLUE}/draw", mine), 401)
    assert_told(f"post {GLUE}/draw", app_client(make_member()).post(f"{GLUE}/draw", mine), 403)
    assert_told(f"post {GLUE}/draw", app.post(f"{GLUE}/draw", {**mine, "serial_no": "0" * 16}), 404)
    read, drawn = (" ".join(BY_NAME[name]["responses"]) for name in (f"get {GLUE}", f"post {GLUE}/draw"))
    assert (read, drawn) == ("200 400 401 403 404 503", "200 400 401 403 404 409 413 415 422 429 503")


def test_a_logout_is_told_and_so_is_one_with_a_token_that_is_none(anonymous, member):
    url, pair = "/api/app/users/logout", sessions.open_session(member=member, now=timezone.now())
    assert_told(f"post {url}", anonymous.post(url, {"refresh_token": pair.refresh_token}))
    assert_told(f"post {url}", anonymous.post(url, {"refresh_token": "none"}), 401)
