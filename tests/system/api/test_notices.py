"""/api/admin/notices and what members see of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import IntegrityError, OperationalError
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Operator
from blindbox.system.models import Notice, OperationLog

ADMIN, APP = "/api/admin/notices", "/api/app/notices"
WELCOME = {
    "title": "开业公告 🎉",
    "body": "第一行\n第二行",
    "is_published": True,
    "starts_at": "2026-11-01T00:00:00+08:00",
    "ends_at": "2100-01-01T00:00:00+08:00",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(admin_client_for: Callable[[Operator], APIClient], operator: Operator) -> APIClient:
    return admin_client_for(operator)


def make_notice(title: str, *, starts: int, ends: int, is_published: bool = True) -> Notice:
    now = timezone.now()
    return Notice.objects.create(
        title=title,
        body="内容",
        is_published=is_published,
        starts_at=now + timedelta(minutes=starts),
        ends_at=now + timedelta(minutes=ends),
    )


def test_a_notice_is_made_read_changed_and_deleted(editor: APIClient):
    made = editor.post(ADMIN, WELCOME)
    assert made.status_code == 201
    url = f"{ADMIN}/{made.json()['id']}"
    assert editor.get(url).json() == made.json()
    assert {name: made.json()[name] for name in WELCOME} == WELCOME
    assert editor.patch(url, {"title": "改"}).json()["body"] == WELCOME["body"]
    replaced = {name: WELCOME[name] for name in ("title", "body", "starts_at", "ends_at")}
    assert editor.put(url, replaced).json()["is_published"] is False
    assert (editor.delete(url).json(), Notice.objects.count()) == ({}, 0)
    actions = list(OperationLog.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["创建公告", "修改公告", "修改公告", "删除公告"]


def test_members_see_what_is_published_in_its_window(anonymous: APIClient):
    old, fresh = make_notice("旧", starts=-60, ends=60), make_notice("新", starts=-1, ends=60)
    make_notice("未到", starts=1, ends=60)
    make_notice("已过", starts=-60, ends=-1)
    make_notice("未发布", starts=-60, ends=60, is_published=False)
    listed = anonymous.get(APP).json()["list"]
    assert [each["id"] for each in listed] == [fresh.pk, old.pk]
    assert set(listed[0]) == {"id", "title", "body", "starts_at", "ends_at"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 101),
        ("title", "两\n行"),
        ("body", ""),
        ("is_published", "yes"),
        ("starts_at", "2026-11-01T00:00:00"),
        ("starts_at", 5),
        ("starts_at", "1969-01-01T00:00:00Z"),
        ("starts_at", "0001-01-01T00:00:00+08:00"),
        ("ends_at", "9999-12-31T23:59:59-12:00"),
        ("ends_at", WELCOME["starts_at"]),
        ("ends_at", "2000-01-01T00:00:00Z"),
    ],
)
def test_bad_input_is_400_and_names_the_field(editor: APIClient, field: str, value: Any):
    refused = editor.post(ADMIN, {**WELCOME, field: value})
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, field)
    assert Notice.objects.count() == OperationLog.objects.count() == 0


def test_a_patch_may_not_turn_the_window_around(editor: APIClient):
    notice = make_notice("公告", starts=-60, ends=60)
    refused = editor.patch(f"{ADMIN}/{notice.pk}", {"ends_at": "2001-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, "ends_at")


def test_the_database_refuses_an_empty_window():
    notice = make_notice("公告", starts=-60, ends=60)
    refusal = pytest.raises((IntegrityError, OperationalError), match="notice_window_not_empty")
    with refusal, transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(ends_at=notice.starts_at)


@pytest.mark.parametrize("url", [f"{ADMIN}/404", f"{ADMIN}/{2**70}"])
def test_what_is_not_there_is_404(editor: APIClient, url: str):
    assert [editor.get(url).status_code, editor.patch(url, {}).status_code, editor.delete(url).status_code] == [404] * 3
