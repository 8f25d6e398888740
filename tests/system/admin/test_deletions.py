"""Nothing is deleted in the back office without a reason that the log keeps."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import RequestFactory

from blindbox.system.admin.audited import WithHistory
from blindbox.system.models import Notice, OperationLog
from tests.factories.accounts import NOW
from tests.factories.pages import said

LIST = "/admin/auth/group/"
NO_REASON = [{}, {"change_reason": ""}, {"change_reason": "  "}]


@pytest.fixture
def notice(db):
    return Notice.objects.create(title="上新", body="周末", starts_at=NOW, ends_at=NOW + timedelta(days=1))


@pytest.fixture
def chosen(db):
    groups = [Group.objects.create(name=name) for name in ("实习", "外包")]
    return {"action": "delete_selected", "_selected_action": [group.pk for group in groups]}


@pytest.mark.parametrize("reason", NO_REASON)
def test_without_a_reason_a_row_stays_and_the_page_asks_again(office, notice, reason):
    answer = office.post(f"/admin/system/notice/{notice.pk}/delete/", {"post": "yes", **reason})
    page = answer.content.decode()
    assert ("请写明删除原因" in page, 'name="change_reason"' in page) == (True, True)
    assert (Notice.objects.count(), OperationLog.objects.count()) == (1, 0)


def test_with_a_reason_it_goes_and_the_log_says_why(office, notice):
    assert 'name="change_reason"' in office.get(f"/admin/system/notice/{notice.pk}/delete/").content.decode()
    office.post(f"/admin/system/notice/{notice.pk}/delete/", {"post": "yes", "change_reason": " 写错了 "})
    assert not Notice.objects.exists()
    assert [entry.reason for entry in OperationLog.objects.all()] == ["写错了"]


@pytest.mark.parametrize("reason", NO_REASON)
@pytest.mark.parametrize("trick", [{}, {"action": ["delete_selected", "other"], "index": "0"}])
def test_without_a_reason_a_list_keeps_what_was_chosen(office, chosen, reason, trick):
    page = office.post(LIST, {**chosen, "post": "yes", **reason, **trick}).content.decode()
    assert ("请写明删除原因" in page, 'name="change_reason"' in page) == (True, True)
    assert (Group.objects.count(), OperationLog.objects.count()) == (2, 0)


def test_with_a_reason_a_list_lets_go_and_each_row_says_why(office, chosen):
    asked = office.post(LIST, chosen)
    assert 'name="change_reason"' in asked.content.decode()
    assert said(asked) == []
    office.post(LIST, {**chosen, "post": "yes", "change_reason": "岗位撤销"})
    assert not Group.objects.exists()
    assert {(entry.object_label, entry.reason) for entry in OperationLog.objects.all()} == {
        ("实习", "岗位撤销"), ("外包", "岗位撤销"),
    }  # fmt: skip


def test_every_page_that_deletes_asks(operator):
    request = RequestFactory().get("/admin/")
    request.user = operator
    deleting = [page for page in admin.site._registry.values() if page.has_delete_permission(request)]
    assert len(deleting) >= 5
    assert [page for page in deleting if not isinstance(page, WithHistory)] == []
