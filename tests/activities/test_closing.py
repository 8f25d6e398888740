"""Closing: only unsold, sold out or at the frozen end; finished only when nothing is held; then revealed."""

from datetime import timedelta

import pytest

from activities import tasks
from activities.errors import IssueCannotClose, IssueNotFound, IssueNotOpen, IssueSoldOut
from activities.models import DrawPlayer, DrawSecret, Issue, IssueCounter
from activities.services import closing, commitments, configuring, holds, opening, terms
from blindbox.common.invariants import violations
from blindbox.system import configs
from blindbox.system.audit import Actor
from blindbox.system.models import OperationLog
from catalog.models import Product
from orders.services import lifecycle
from tests.factories.activities import NOW, make_activity, make_draft, make_product, open_box, open_odds
from tests.factories.draws import CHECKS, buy, hold, open_box_of_all_positions, pay, settle
from tests.factories.glue import DYNAMIC, SURE, draw, make_tool, open_session, points
from tests.factories.odds import draft_of, open_issue_of

pytestmark = pytest.mark.django_db
YUN = Actor(id=7, name="云", ip="10.0.0.7")
MINUTE = timedelta(minutes=1)


def close(issue, now=NOW, **named):
    return closing.close(issue_id=issue.pk, actor=YUN, now=now, **named)


def status(issue):
    return IssueCounter.objects.values_list("status", flat=True).get(pk=issue.pk)


def revealed(issue):
    return DrawSecret.objects.values_list("revealed", flat=True).get(subject=f"issue:{issue.pk}")


def stock():
    return Product.objects.values_list("stock", flat=True).get()


def refused(issue, now=NOW):
    before, logs = IssueCounter.objects.filter(pk=issue.pk).values().get(), OperationLog.objects.count()
    with pytest.raises(IssueCannotClose) as refusal:
        close(issue, now)
    assert IssueCounter.objects.filter(pk=issue.pk).values().get() == before
    assert OperationLog.objects.count() == logs
    return refusal.value.details["problem"]


def test_an_unsold_issue_closes_at_once_reveals_and_returns_everything(box):
    assert stock() == 1000 - 21
    assert close(box, reason="换品") == "closed"
    assert (status(box), stock()) == ("closed", 1000)
    assert revealed(box) == commitments.secret_of(f"issue:{box.pk}").hex()
    assert Issue.objects.get().closed_at == NOW
    log = OperationLog.objects.order_by("-pk").first()
    assert (log.action, log.before, log.after, log.reason) == (
        "关闭期次",
        {"status": "open"},
        {"status": "closed"},
        "换品",
    )
    assert violations(CHECKS) == []


def test_after_the_first_sale_it_stays_open_to_the_end(member):
    issue = open_box(total=20, ends_at=NOW + timedelta(hours=1))
    buy(member, issue, 1, now=NOW)
    assert refused(issue) == "已有售出，须售罄或到达公示的结束时间"
    assert refused(issue, NOW + timedelta(minutes=59, seconds=59)) == "已有售出，须售罄或到达公示的结束时间"
    assert (status(issue), revealed(issue)) == ("open", None)
    assert close(issue, NOW + timedelta(hours=1)) == "closed"
    assert violations(CHECKS) == []


def test_a_sold_out_box_closes(member):
    issue = open_box(total=3)
    buy(member, issue, 3, now=NOW)
    assert close(issue) == "closed"


@pytest.mark.parametrize("gone", ["draft", "closed"])
def test_what_is_not_open_is_not_closed(gone, box):
    if gone == "draft":
        issue, word = make_draft(make_activity(name="森林"), []), "草稿"
    else:
        close(box)
        issue, word = box, "已结束"
    assert refused(issue) == f"当前状态为「{word}」"


def test_an_unknown_issue_is_not_found():
    with pytest.raises(IssueNotFound):
        closing.close(issue_id=10**6, actor=YUN, now=NOW)


def test_what_is_only_held_binds_nobody_but_is_waited_for(member):
    issue = open_box(total=20)
    order_id = hold(member, issue, 2, now=NOW)
    assert close(issue) == "closing"
    assert (status(issue), revealed(issue), stock()) == ("closing", None, 979)
    assert refused(issue) == "当前状态为「收尾中」"
    lifecycle.close_if_expired(order_id=order_id, now=NOW + 4 * MINUTE)
    holds.release(order_id=order_id, now=NOW + 5 * MINUTE)
    closing.close_finished(now=NOW + 5 * MINUTE)
    assert (status(issue), stock()) == ("closed", 1000)
    assert revealed(issue) is not None
    assert violations(CHECKS) == []


def test_a_hold_that_is_paid_while_closing_is_drawn_before_anything_is_revealed(member):
    issue = open_box(total=20)
    order_id = hold(member, issue, 2, now=NOW)
    assert close(issue) == "closing"
    pay(order_id, now=NOW + MINUTE)
    closing.close_finished(now=NOW + MINUTE)
    assert (status(issue), revealed(issue)) == ("closing", None)
    settle(order_id, now=NOW + MINUTE)
    closing.close_finished(now=NOW + MINUTE)
    assert (status(issue), stock()) == ("closed", 998)
    assert IssueCounter.objects.values_list("sold", "reserved").get() == (2, 0)
    assert violations(CHECKS) == []


def test_while_something_is_held_it_is_closing_and_hidden(member, make_member):
    issue = open_box(total=20, ends_at=NOW + MINUTE)
    order_id = hold(member, issue, 2, now=NOW)
    assert close(issue, NOW + MINUTE) == "closing"
    assert (status(issue), revealed(issue), stock(), Issue.objects.get().closed_at) == ("closing", None, 979, None)
    with pytest.raises(IssueNotOpen):
        buy(make_member(points_balance=600), issue, 1, now=NOW)
    with pytest.raises(IssueNotOpen):
        hold(make_member(), issue, 1, now=NOW)
    assert closing.finish(issue_id=issue.pk, now=NOW) is False
    lifecycle.close_if_expired(order_id=order_id, now=NOW + 4 * MINUTE)
    holds.release(order_id=order_id, now=NOW + 5 * MINUTE)
    assert closing.finish(issue_id=issue.pk, now=NOW + 5 * MINUTE) is True
    assert closing.finish(issue_id=issue.pk, now=NOW + 6 * MINUTE) is False
    assert (status(issue), stock(), Issue.objects.get().closed_at) == ("closed", 1000, NOW + 5 * MINUTE)
    assert violations(CHECKS) == []


def test_what_was_won_is_not_returned(member):
    issue = open_box(total=20, ends_at=NOW + timedelta(hours=1))
    buy(member, issue, 7, now=NOW)
    close(issue, NOW + timedelta(hours=1))
    assert stock() == 1000 - 7


def test_a_sold_out_box_returns_nothing(member):
    issue = open_box(total=3)
    buy(member, issue, 3, now=NOW)
    close(issue)
    assert stock() == 1000 - 4


def test_points_are_no_stock(member):
    issue = open_box_of_all_positions()
    close(issue)
    assert status(issue) == "closed"


def test_the_last_sale_closes_the_issue_by_itself(member, deliver_events):
    issue = open_box(total=3)
    buy(member, issue, 2, now=NOW)
    deliver_events()
    assert status(issue) == "open"
    buy(member, issue, 1, now=NOW)
    deliver_events()
    assert status(issue) == "closed"
    assert revealed(issue) is not None
    with pytest.raises(IssueSoldOut):
        buy(member, issue, 1, now=NOW)


def test_the_task_looks_after_every_issue(member):
    over = open_box(total=20, ends_at=NOW + MINUTE)
    buy(member, over, 1, now=NOW)
    sold = open_box(total=2, name="售罄")
    buy(member, sold, 2, now=NOW)
    waiting = open_box(total=20, name="收尾", ends_at=NOW + MINUTE)
    hold(member, waiting, 1, now=NOW)
    running = open_box(total=20, name="进行中")
    buy(member, running, 1, now=NOW)
    closing.close_finished(now=NOW + MINUTE)
    assert [status(issue) for issue in (over, sold, waiting, running)] == ["closed", "closed", "closing", "open"]


def test_one_that_cannot_be_closed_keeps_no_other_on_sale(caplog):
    broken, sound = (open_box(total=20, ends_at=NOW + MINUTE, name=name) for name in "ab")
    DrawSecret.objects.filter(subject=f"issue:{broken.pk}").update(sealed="gone:AAAA")
    closing.close_finished(now=NOW + MINUTE)
    assert [status(broken), status(sound)] == ["open", "closed"]
    assert [record.getMessage() for record in caplog.records] == [f"Issue {broken.pk} cannot be closed"]


def test_an_activity_that_goes_on_longer_does_not_keep_an_old_issue_open(member):
    issue = open_box(total=20, ends_at=NOW + MINUTE)
    values = {"ends_at": NOW + timedelta(days=30)}
    configuring.change_activity(activity_id=issue.activity_id, values=values, actor=YUN, now=NOW)
    closing.close_finished(now=NOW + MINUTE)
    assert status(issue) == "closed"


def test_the_task_runs_by_the_clock(box):
    Issue.objects.filter(pk=box.pk).update(ends_at=NOW - timedelta(days=300), starts_at=None)
    tasks.close_finished_issues()
    assert status(box) == "open"  # its terms know no end, whatever the column says
    tasks.turn_days()
    assert DrawSecret.objects.filter(subject__startswith="day:").count() >= 2


def test_a_weighted_issue_reveals_no_secret_of_its_own(member):
    issue = open_odds(ends_at=NOW + MINUTE)
    buy(member, issue, 1, now=NOW)
    assert close(issue, NOW + MINUTE) == "closed"
    assert list(DrawSecret.objects.values_list("subject", "revealed")) == [("day:2026-11-22", None)]


def test_a_weighted_issue_may_stop_after_sales_since_what_was_sold_changes_no_odds(member):
    issue = open_odds()
    buy(member, issue, 1, now=NOW)
    assert close(issue, NOW) == "closed"


WITHIN_5 = {"guarantee": {"levels": ["A"], "within": 5}}
END = NOW + timedelta(days=365)
OWING = "已有售出，须到达公示的结束时间，或限量奖品已发完、没有人在保底或闯关途中"


def test_nobody_ends_an_issue_while_somebody_is_one_draw_from_the_guarantee(member):
    issue = open_issue_of([("A", 1), ("C", 999_999)], config=WITHIN_5)
    buy(member, issue, 4, now=NOW)
    assert DrawPlayer.objects.get().misses == 4
    assert refused(issue) == refused(issue, END - MINUTE) == OWING
    buy(member, issue, 1, now=NOW)
    assert (DrawPlayer.objects.get().misses, close(issue)) == (0, "closed")


def test_the_published_end_closes_it_whatever_is_owed(member):
    issue = open_issue_of([("A", 1), ("C", 999_999)], config=WITHIN_5)
    buy(member, issue, 4, now=NOW)
    assert close(issue, END) == "closed"


def test_limited_prizes_bind_until_they_are_won(member):
    issue = open_issue_of([("A", 999_999, 3), ("C", 1)])
    buy(member, issue, 2, now=NOW)
    assert refused(issue) == OWING
    buy(member, issue, 1, now=NOW)
    assert IssueCounter.objects.get(pk=issue.pk).cap_left == 0
    assert close(issue) == "closed"


def test_a_session_whose_odds_follow_the_stock_stays_to_its_end(member):
    activity = make_tool(config={"probability": "dynamic"})
    issue = open_session(activity, DYNAMIC)
    draw(member, activity)
    assert refused(issue) == OWING
    assert close(issue, issue.ends_at) == "closed"


def test_a_session_by_the_number_of_draws_stays_to_its_end(member):
    activity = make_tool("nth_draw")
    issue = open_session(activity, [points("A", odds_ppm=1_000_000, node=1), points("B", odds_ppm=1_000_000, node=2)])
    draw(member, activity)
    assert refused(issue) == OWING


def test_a_session_of_the_same_odds_for_everybody_may_stop(member):
    activity = make_tool()
    issue = open_session(activity, SURE)
    draw(member, activity)
    assert close(issue) == "closed"


@pytest.mark.parametrize(
    ("lines", "config", "bound"),
    [
        ([("A", 1), ("C", 999_999)], WITHIN_5, True),
        ([("A", 1, 5), ("C", 999_999)], {}, True),
        ([("A", 1, 5, "C"), ("C", 999_999)], {"on_sold_out": "substitute"}, True),
        ([("A", 1), ("C", 999_999)], {}, False),
    ],
)
def test_what_may_not_stop_at_will_is_given_an_end_where_it_has_none(lines, config, bound):
    issue = draft_of(lines, config=config)
    Issue.objects.filter(pk=issue.pk).update(ends_at=None)
    warned = [each for each in opening.preview(issue_id=issue.pk).warnings if "没有填结束时间" in each]
    assert [("将公示为开放后 365 天结束" in each) for each in warned] == ([True] if bound else [])
    opening.open_issue(issue_id=issue.pk, actor=YUN, now=NOW)
    issue.refresh_from_db()
    assert issue.ends_at == terms.of_issue(issue.pk).ends_at == (NOW + timedelta(days=365) if bound else None)


def test_the_end_that_is_given_is_a_setting():
    configs.change(key="draw.longest_sale_days", value=30, actor=YUN, now=NOW)
    issue = draft_of([("A", 1, 5), ("C", 999_999)])
    Issue.objects.filter(pk=issue.pk).update(ends_at=None)
    assert opening.open_issue(issue_id=issue.pk, actor=YUN, now=NOW).ends_at == NOW + timedelta(days=30)


def test_stock_of_two_prizes_of_one_product_returns_together():
    product = make_product(stock=50)
    own = {"kind": "product", "product_id": product.pk}
    rewards = [{**own, "level": "A", "name": "甲", "quantity": 2}, {**own, "level": "B", "name": "乙", "quantity": 3}]
    issue = opening.open_issue(issue_id=make_draft(make_activity(), rewards).pk, actor=YUN, now=NOW)
    assert stock() == 45
    close(issue)
    assert stock() == 50
