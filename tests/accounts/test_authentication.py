"""Tokens and who they let in."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
import time_machine
from django.conf import settings
from django.urls import path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts import tokens
from accounts.api.base import MemberViewSet, OperatorViewSet, OwnerViewSet, PublicViewSet
from accounts.models import Member, Operator


class Hello(MemberViewSet):
    def list(self, request: Request) -> Response:
        return Response({"member": self.member_id})


class PublicHello(PublicViewSet):
    def list(self, request: Request) -> Response:
        return Response({"member": self.member_id})


class OwnHello(OwnerViewSet):
    def list(self, request: Request, user_id: str) -> Response:
        return Response({"member": self.member_id})


class OperatorHello(OperatorViewSet):
    permissions = {"list": "accounts.view_member"}

    def list(self, request: Request) -> Response:
        return Response({"operator": self.operator_id, "name": self.actor.name, "ip": self.actor.ip})

    def create(self, request: Request) -> Response:
        return Response({})


urlpatterns = [
    path("api/app/hello", Hello.as_view({"get": "list"})),
    path("api/app/public", PublicHello.as_view({"get": "list"})),
    path("api/app/users/<str:user_id>/hello", OwnHello.as_view({"get": "list"})),
    path("api/admin/hello", OperatorHello.as_view({"get": "list", "post": "create"})),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def call(url, authorization=None):
    headers = {} if authorization is None else {"HTTP_AUTHORIZATION": authorization}
    return APIClient().get(url, **headers)


def claims(member, **changes):
    now = timezone.now()
    made = {
        "iss": "blindbox",
        "aud": "member",
        "sub": str(member.pk),
        "epoch": member.epoch,
        "iat": now,
        "exp": now + timedelta(minutes=15),
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def signed(payload, key=None, algorithm="HS256"):
    return "Bearer " + jwt.encode(payload, key or settings.JWT_KEY, algorithm=algorithm)


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    return answer


def test_a_member_is_let_in_with_one_query(app_client, member, django_assert_num_queries):
    client = app_client(member)
    with django_assert_num_queries(1):
        answer = client.get("/api/app/hello")
    assert (answer.status_code, answer.json()) == (200, {"member": member.pk})


def test_nobody_is_asked_to_log_in_with_a_challenge(db):
    answer = refused(call("/api/app/hello"), 401, "auth.not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["message"] == "请先登录"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "operator"},
        {"aud": ["member", "operator"]},
        {"iss": "elsewhere"},
        {"iss": None},
        {"aud": None},
        {"epoch": None},
        {"epoch": 1},
        {"epoch": "0"},
        {"sub": "0"},
        {"sub": "x"},
        {"sub": None},
        {"exp": None},
        {"iat": None},
        {"sub": str(2**70)},
    ],
)
def test_a_token_with_other_claims_is_refused(member, changes):
    answer = refused(call("/api/app/hello", signed(claims(member, **changes))), 401, "auth.token_invalid")
    assert answer["WWW-Authenticate"] == "Bearer"


def unsigned(member):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    body = {**claims(member), "iat": 1, "exp": 4102444800}
    return f"Bearer {part({'alg': 'none', 'typ': 'JWT'})}.{part(body)}."


def test_an_unsigned_token_is_refused(member):
    refused(call("/api/app/hello", unsigned(member)), 401, "auth.token_invalid")


@pytest.mark.parametrize("key,algorithm", [("k" * 40, "HS256"), (None, "HS512"), (None, "HS384")])
def test_another_key_or_algorithm_is_refused(member, key, algorithm):
    key = key or settings.JWT_KEY.ljust(64, "0")[: max(64, len(settings.JWT_KEY))]
    refused(call("/api/app/hello", signed(claims(member), key, algorithm)), 401, "auth.token_invalid")
    same_key = signed(claims(member), settings.JWT_KEY + "", "HS256")
    assert call("/api/app/hello", same_key).status_code == 200


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer a b", "Bearer a.b.c", "Bearer \xe9", "bearer " + "a" * 5000]
)
def test_garbage_is_refused(db, header):
    refused(call("/api/app/hello", header), 401, "auth.token_invalid")


@pytest.mark.parametrize("header", ["Basic YTpi", "Token x", "x"])
def test_another_scheme_is_no_token(db, header):
    refused(call("/api/app/hello", header), 401, "auth.not_authenticated")


def test_a_token_lives_for_fifteen_minutes(member, app_client):
    client = app_client(member)
    with time_machine.travel(timezone.now() + timedelta(minutes=14, seconds=58), tick=False):
        assert client.get("/api/app/hello").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1), tick=False):
        answer = refused(client.get("/api/app/hello"), 401, "auth.token_expired")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_ban_acts_on_the_next_request(member, app_client):
    client = app_client(member)
    Member.objects.filter(pk=member.pk).update(status="disabled")
    refused(client.get("/api/app/hello"), 403, "auth.member_disabled")


def test_an_older_epoch_no_longer_counts(member, app_client):
    client = app_client(member)
    Member.objects.filter(pk=member.pk).update(epoch=1)
    refused(client.get("/api/app/hello"), 401, "auth.token_invalid")


def test_a_public_route_needs_no_token_but_refuses_a_bad_one(member, app_client):
    assert call("/api/app/public").json() == {"member": None}
    assert app_client(member).get("/api/app/public").json() == {"member": member.pk}
    refused(call("/api/app/public", "Bearer x"), 401, "auth.token_invalid")


def test_only_the_member_themselves_is_let_in(member, make_member, app_client):
    other = make_member()
    client = app_client(member)
    for own in ("me", str(member.pk)):
        assert client.get(f"/api/app/users/{own}/hello").status_code == 200
    for foreign in (other.pk, 10**12, 0, -1, f"0{member.pk}", "ME", 2**64, "x"):
        refused(client.get(f"/api/app/users/{foreign}/hello"), 403, "common.forbidden")
    refused(call(f"/api/app/users/{member.pk}/hello"), 401, "auth.not_authenticated")


def test_a_members_token_never_opens_the_back_office(member, app_client):
    refused(app_client(member).get("/api/admin/hello"), 401, "auth.token_invalid")


def test_an_operators_token_never_opens_the_app(operator, admin_client_for):
    refused(admin_client_for(operator).get("/api/app/hello"), 401, "auth.token_invalid")


def test_an_operator_needs_the_named_permission(make_operator, admin_client_for):
    viewer = make_operator(username="viewer", permissions=["accounts.view_member"])
    nobody = make_operator(username="nobody")
    answer = admin_client_for(viewer).get("/api/admin/hello")
    assert answer.json() == {"operator": viewer.pk, "name": "viewer", "ip": "127.0.0.1"}
    refused(admin_client_for(nobody).get("/api/admin/hello"), 403, "common.forbidden")
    refused(call("/api/admin/hello"), 401, "auth.not_authenticated")


def test_an_action_without_a_permission_is_nobodys(operator, admin_client_for):
    client = admin_client_for(operator)
    refused(client.post("/api/admin/hello", {}), 403, "common.forbidden")
    refused(client.put("/api/admin/hello", {}), 405, "common.method_not_allowed")


def test_a_changed_password_or_a_deactivation_ends_an_operators_token(operator, admin_client_for):
    client = admin_client_for(operator)
    Operator.objects.filter(pk=operator.pk).update(is_active=False)
    refused(client.get("/api/admin/hello"), 401, "auth.token_invalid")
    operator.set_password("another password")
    operator.save()
    refused(client.get("/api/admin/hello"), 401, "auth.token_invalid")


def test_a_session_of_the_admin_site_opens_the_back_office_with_its_csrf_token(operator):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(operator)
    assert client.get("/api/admin/hello").status_code == 200
    refused(client.post("/api/admin/hello", {}, format="json"), 403, "common.forbidden")
    refused(client.get("/api/app/hello"), 401, "auth.not_authenticated")


def test_a_session_ends_with_the_right_to_log_in(operator):
    client = APIClient()
    client.force_login(operator)
    Operator.objects.filter(pk=operator.pk).update(is_staff=False)
    refused(client.get("/api/admin/hello"), 403, "common.forbidden")


def test_a_token_reads_back_as_it_was_issued():
    subject = tokens.Subject(id=7, epoch=3)
    token = tokens.issue(audience=tokens.Audience.MEMBER, subject=subject, now=timezone.now())
    assert tokens.read(token, audience=tokens.Audience.MEMBER) == subject
