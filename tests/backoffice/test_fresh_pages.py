"""Two operators have the same page open: what the first saves, the second does not write back."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import signing
from django.utils import timezone

from accounts.models import Operator
from activities.models import Activity, ActivityCategory, BossSeason, Issue
from blindbox.common.adminkit.fresh import CHANGED
from blindbox.system.models import Notice, OperationLog
from catalog.models import Category, Product
from tests.factories.activities import make_activity, make_draft
from tests.factories.boss import make_season
from tests.factories.catalog import make_category, make_product
from tests.factories.pages import admin_url, inputs_of

WHY = {"change_reason": "核对"}


def _season():
    start = timezone.now() + timedelta(days=1)
    return make_season(starts_at=start, ends_at=start + timedelta(days=1))


def _notice():
    now = timezone.now()
    return Notice.objects.create(title="公告", body="内容", starts_at=now, ends_at=now + timedelta(days=1))


def _draft():
    reward = {"level": "A", "name": "大奖", "kind": "points", "points": 9, "quantity": 3, "sort": 1}
    return make_draft(make_activity(), [reward])


ROWS = {
    Activity: (make_activity, "name"),
    ActivityCategory: (lambda: make_activity().category, "name"),
    BossSeason: (_season, "name"),
    Category: (make_category, "name"),
    Group: (lambda: Group.objects.create(name="客服"), "name"),
    Issue: (_draft, "number"),
    Notice: (_notice, "title"),
    Operator: (lambda: Operator.objects.create(username="yun"), "username"),
    Product: (make_product, "name"),
}
EACH = pytest.mark.parametrize("model", list(ROWS), ids=lambda model: model.__name__)


@pytest.fixture
def colleague(office_of, make_operator):
    return office_of(make_operator(username="colleague", superuser=True))


def _opened(client, row):
    """Return the address of a row's page, and what its form sends as it is."""
    url = admin_url(type(row), "change", row.pk)
    return url, {**inputs_of(client.get(url)), **WHY}


def _refused(answer):
    return answer.status_code == 200 and CHANGED in answer.context["adminform"].form.non_field_errors()


@EACH
@pytest.mark.django_db
def test_what_a_colleague_saved_meanwhile_stays(office, colleague, model):
    make, name = ROWS[model]
    row = make()
    (url, mine), (_, theirs) = _opened(office, row), _opened(colleague, row)
    assert colleague.post(url, {**theirs, name: "81"}).status_code == 302
    after, logged = model.objects.filter(pk=row.pk).values().get(), OperationLog.objects.count()
    assert str(after[name]) == "81"
    answer = office.post(url, {**mine, name: "82"})
    assert _refused(answer)
    assert 'value="82"' in answer.content.decode()  # what was typed is still there
    assert model.objects.filter(pk=row.pk).values().get() == after
    assert OperationLog.objects.count() == logged
    assert _refused(office.post(url, {**inputs_of(answer), **WHY}))  # sending it again makes it no fresher


@EACH
@pytest.mark.django_db
def test_a_page_is_saved_as_often_as_it_is_opened(office, model):
    make, name = ROWS[model]
    row = make()
    for typed in ("81", "82"):
        url, sent = _opened(office, row)
        assert office.post(url, {**sent, name: typed}).status_code == 302
        assert str(model.objects.filter(pk=row.pk).values_list(name, flat=True).get()) == typed


@EACH
@pytest.mark.django_db
def test_a_note_that_is_missing_forged_or_of_another_row_is_refused(office, model):
    make, name = ROWS[model]
    row = make()
    url, sent = _opened(office, row)
    before, logged = model.objects.filter(pk=row.pk).values().get(), OperationLog.objects.count()
    noted = signing.loads(sent["_shown"], salt=f"{row._meta.label_lower}:{row.pk}")
    others = signing.dumps(noted, salt=f"{row._meta.label_lower}:{row.pk + 1}")
    for note in ("", "x", "鲸", sent["_shown"][:-1], others):
        assert _refused(office.post(url, {**sent, name: "82", "_shown": note})), note
    assert _refused(office.post(url, {key: value for key, value in sent.items() if key != "_shown"}))
    assert model.objects.filter(pk=row.pk).values().get() == before
    assert OperationLog.objects.count() == logged


@pytest.mark.parametrize(
    "change", [{"rewards-0-quantity": "9"}, {"rewards-0-DELETE": "on"}], ids=["changed", "deleted"]
)
@pytest.mark.django_db
def test_a_reward_that_a_colleague_changed_is_not_written_back(office, colleague, change):
    draft = _draft()
    (url, mine), (_, theirs) = _opened(office, draft), _opened(colleague, draft)
    assert colleague.post(url, {**theirs, **change}).status_code == 302
    after = list(draft.rewards.values())
    assert _refused(office.post(url, {**mine, "number": "7", "rewards-0-quantity": "4"}))
    assert list(draft.rewards.values()) == after
    assert Issue.objects.get().number == draft.number


@pytest.mark.django_db
def test_a_reward_that_a_colleague_added_is_seen_before_a_save(office):
    draft = _draft()
    url, mine = _opened(office, draft)
    added = {"level": "B", "name": "徽章", "kind": "points", "points": 5, "quantity": 2, "sort": 2}
    draft.rewards.create(**added)
    assert _refused(office.post(url, {**mine, "number": "7"}))
    assert Issue.objects.get().number == draft.number


@pytest.mark.django_db
def test_prizes_of_a_season_are_compared_too(office):
    season = _season()
    url, mine = _opened(office, season)
    prize = season.prizes.order_by("pk").first()
    season.prizes.filter(pk=prize.pk).update(points=prize.points + 1)
    assert _refused(office.post(url, {**mine, "name": "海怪"}))
    assert BossSeason.objects.get().name == season.name


@pytest.mark.django_db
def test_what_a_row_is_linked_with_is_compared_too(office):
    group, product, category = Group.objects.create(name="客服"), make_product(), make_category()
    (group_url, group_sent), (product_url, product_sent) = _opened(office, group), _opened(office, product)
    wanted = Permission.objects.get(codename="view_member")
    group.permissions.add(wanted)
    product.categories.add(category)
    assert _refused(office.post(group_url, {**group_sent, "permissions": []}))
    assert _refused(office.post(product_url, {**product_sent, "category_ids": []}))
    assert (list(group.permissions.all()), list(product.categories.all())) == ([wanted], [category])


@pytest.mark.django_db
def test_a_page_from_before_orders_took_stock_does_not_write_the_old_stock_back(office):
    product = make_product(stock=40)
    url, sent = _opened(office, product)
    Product.objects.update(stock=38)
    assert office.post(url, {**sent, "name": "鲸鱼"}).status_code == 302
    assert Product.objects.values_list("name", "stock").get() == ("鲸鱼", 38)
    logged = OperationLog.objects.get()
    assert (logged.before["name"], logged.after["name"]) == ("兔兔手办", "鲸鱼")
    assert logged.before.get("stock") == logged.after.get("stock")


@pytest.mark.django_db
def test_a_count_of_stock_is_refused_if_orders_took_some_meanwhile(office):
    product = make_product(stock=40)
    url, sent = _opened(office, product)
    Product.objects.update(stock=38)
    answer = office.post(url, {**sent, "name": "鲸鱼", "stock": "50"})
    assert answer.context["adminform"].form.non_field_errors() == ["库存已变为 38，请刷新后再改"]
    assert Product.objects.values_list("name", "stock").get() == ("兔兔手办", 38)
    assert not OperationLog.objects.exists()
    url, sent = _opened(office, product)
    assert office.post(url, {**sent, "stock": "50"}).status_code == 302
    assert Product.objects.get().stock == 50


@pytest.mark.django_db
def test_a_login_meanwhile_is_nobodys_change(office):
    yun = Operator.objects.create(username="yun")
    url, sent = _opened(office, yun)
    row = Operator.objects.filter(pk=yun.pk)
    row.update(last_login=timezone.now(), password="pbkdf2_sha256$rehashed")
    assert office.post(url, {**sent, "first_name": "云"}).status_code == 302
    assert row.values_list("first_name", "password").get() == ("云", "pbkdf2_sha256$rehashed")


@pytest.mark.django_db
def test_who_may_only_look_gets_no_note_and_writes_nothing(office_of, make_operator):
    product = make_product()
    browser = office_of(make_operator(username="viewer", permissions=["catalog.view_product"]))
    url, sent = _opened(browser, product)
    assert "_shown" not in sent
    assert browser.post(url, {"name": "鲸鱼"}).status_code == 403
    assert Product.objects.get().name == "兔兔手办"
