"""When a box sells out the next opens by itself, once; what stands in the way is an operator's to-do."""

from datetime import timedelta

import pytest

from activities import handlers
from activities.admin.figures import issues_without_a_next
from activities.events import IssueExhausted
from activities.models import Activity, Issue, IssueTicket, Reward
from activities.services import configuring, drafting, succession
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OperationLog, OutboxMessage
from catalog.models import Product
from tests.factories.activities import NOW, box_rewards, make_draft, open_box, open_numbers
from tests.factories.draws import CHECKS, buy

pytestmark = pytest.mark.django_db
AUTO = {"auto_next": True}


def statuses(issue):
    found = Issue.objects.filter(activity_id=issue.activity_id).order_by("number")
    return list(found.values_list("number", "counter__status"))


def sell_out(member, issue):
    buy(member, issue, issue.counter.total or 3, now=NOW)


def todo():
    return issues_without_a_next(now=NOW).count


@pytest.fixture
def box(db):
    """A box of three whose next opens by itself."""
    issue = open_box(total=3, config=AUTO)
    issue.counter.refresh_from_db()
    return issue


def test_a_copy_opens_when_the_last_ticket_is_sold(member, box, deliver_events):
    buy(member, box, 2, now=NOW)
    deliver_events()
    assert statuses(box) == [(1, "open")]
    buy(member, box, 1, now=NOW)
    deliver_events()
    assert statuses(box) == [(1, "closed"), (2, "open")]
    names = ["level", "name", "quantity", "position", "product_id", "cost_fen", "reference_value_fen"]
    first, second = (
        list(Reward.objects.filter(issue__number=number).order_by("sort").values(*names)) for number in (1, 2)
    )
    assert first == second
    log = OperationLog.objects.filter(action="开放期次").order_by("-pk").first()
    assert (log.operator_id, log.reason) == (None, "上一期售罄，自动开放")
    assert Product.objects.get().stock == 1000 - 4 - 4
    assert (todo(), violations(CHECKS)) == (0, [])


def test_the_next_sells_out_in_its_turn(member, box, deliver_events):
    for number in (1, 2, 3):
        buy(member, Issue.objects.get(number=number), 3, now=NOW)
        deliver_events()
    assert statuses(box) == [(1, "closed"), (2, "closed"), (3, "closed"), (4, "open")]


def test_a_draft_that_waits_is_opened_instead_of_a_copy(member, box, deliver_events):
    rewards = box_rewards(Product.objects.get(), total=7)
    draft = make_draft(box.activity, rewards)
    make_draft(box.activity, rewards)
    sell_out(member, box)
    deliver_events()
    assert statuses(box) == [(1, "closed"), (2, "open"), (3, "draft")]
    assert Issue.objects.get(number=2).pk == draft.pk


def test_told_twice_it_opens_one(member, box):
    sell_out(member, box)
    for _ in range(2):
        handlers.open_next(IssueExhausted(key="again", issue_id=box.pk), now=NOW)
    assert statuses(box) == [(1, "open"), (2, "open")]


def test_numbers_are_laid_out_for_the_next_too(member, deliver_events):
    issue = open_numbers(total=3, config=AUTO)
    buy(member, issue, 3, now=NOW, ticket_nos=(1, 2, 3))
    deliver_events()
    assert IssueTicket.objects.filter(issue__number=2, batch=None).count() == 3
    assert violations(CHECKS) == []


@pytest.mark.parametrize("own", [{}, {"auto_next": False}])
def test_where_nobody_asked_for_it_nothing_opens(member, deliver_events, own):
    issue = open_box(total=3, config=own)
    buy(member, issue, 3, now=NOW)
    deliver_events()
    assert (statuses(issue), todo()) == ([(1, "closed")], 0)


def test_the_issue_may_say_other_than_its_activity(member, box, deliver_events):
    draft = make_draft(box.activity, box_rewards(Product.objects.get(), total=3))
    drafting.change_issue(
        activity_id=box.activity_id, issue_id=draft.pk, values={"config": {"auto_next": False}}, actor=SYSTEM, now=NOW
    )
    sell_out(member, box)
    deliver_events()
    buy(member, Issue.objects.get(number=2), 3, now=NOW)
    deliver_events()
    assert (statuses(box), todo()) == ([(1, "closed"), (2, "closed")], 0)


def test_an_operator_who_switched_it_off_is_obeyed(member, box, deliver_events):
    configuring.change_activity(activity_id=box.activity_id, values={"config": {}}, actor=SYSTEM, now=NOW)
    sell_out(member, box)
    deliver_events()
    assert statuses(box) == [(1, "closed")]


def test_what_cannot_open_stays_a_draft_and_a_to_do_and_the_first_closes(member, box, deliver_events, office):
    Product.objects.update(stock=3)
    sell_out(member, box)
    deliver_events()
    assert (statuses(box), Product.objects.get().stock) == ([(1, "closed"), (2, "draft")], 3)
    log = OperationLog.objects.get(action="自动开放失败")
    assert log.object_id == str(Issue.objects.get(number=2).pk)
    assert "库存不足" in log.reason
    assert not OutboxMessage.objects.filter(delivered_at=None).exists()
    assert todo() == 1
    page = office.get("/admin/activities/issue/?without_a_next=yes").content.decode()
    assert "第 1 期" in page
    assert "第 2 期" not in page
    Product.objects.update(stock=100)
    handlers.open_next(IssueExhausted(key="again", issue_id=box.pk), now=NOW)
    assert (statuses(box), todo()) == ([(1, "closed"), (2, "open")], 0)


def test_an_archived_or_ended_activity_goes_on_no_more(member, box, deliver_events):
    sell_out(member, box)
    Activity.objects.update(status="archived")
    deliver_events()
    assert (statuses(box), todo()) == ([(1, "closed")], 0)


def test_after_the_activitys_end_nothing_can_open(member, deliver_events):
    issue = open_box(total=3, config=AUTO, ends_at=NOW + timedelta(minutes=1))
    buy(member, issue, 3, now=NOW)
    succession.open_next(issue_id=issue.pk, now=NOW + timedelta(minutes=2))
    assert statuses(issue)[1] == (2, "draft")
    assert "结束时间已过" in OperationLog.objects.get(action="自动开放失败").reason
