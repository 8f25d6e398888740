"""Opening, editing, committing and closing over real connections; each race has a control without its guard."""

import threading
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

import pytest

from activities.enums import IssueStatus
from activities.errors import CannotServe, IssueCannotClose, IssueCannotOpen, TermsFrozen
from activities.models import (
    Activity,
    DrawCommitment,
    DrawSecret,
    IssueCounter,
    Reward,
)
from activities.services import closing, commitments, configuring, drafting, opening
from blindbox.common.business_day import business_day
from blindbox.common.errors import Invalid
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from catalog.models import Product
from tests.factories.accounts import make_member
from tests.factories.activities import (
    NOW,
    box_rewards,
    make_activity,
    make_draft,
    make_product,
    open_box,
)
from tests.factories.draws import CHECKS, buy
from tests.races.conftest import PATIENCE_SECONDS, Meeting, run_together
from tests.races.guards import without_unique

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def errors(results, kind):
    return sum(isinstance(result, kind) for result in results)


def counter(issue):
    return IssueCounter.objects.values_list("status", "sold", "reserved").get(pk=issue.pk)


def stock():
    return Product.objects.values_list("stock", flat=True).get()


# opening


def draft(**activity):
    return make_draft(make_activity(**activity), box_rewards(make_product(), total=20))


def open_it(issue):
    return opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)


def test_of_eight_operators_one_opens():
    issue = draft()
    results = run_together(*[partial(open_it, issue)] * 8)
    assert (errors(results, TermsFrozen), errors(results, Exception)) == (7, 7)
    assert (stock(), DrawSecret.objects.count(), DrawCommitment.objects.count()) == (1000 - 21, 1, 1)
    assert violations(CHECKS) == []


def test_control_an_opening_that_checks_first_takes_the_stock_again(monkeypatch):
    issue, meeting = draft(), Meeting(4)

    def take_draft(issue_id):
        found = opening._draft(issue_id)
        meeting.wait()
        if found.counter.status != IssueStatus.DRAFT:
            raise TermsFrozen
        IssueCounter.objects.filter(pk=issue_id).update(status=IssueStatus.OPEN)
        return found

    monkeypatch.setattr(opening, "_take_draft", take_draft)
    with ExitStack() as stack:
        for model in (DrawSecret, DrawCommitment):
            stack.enter_context(without_unique(model, "subject"))
        run_together(*[partial(open_it, issue)] * 4)
        assert stock() < 1000 - 21
        assert DrawSecret.objects.count() > 1


def edit(reward):
    values = {"quantity": 7}
    return drafting.change_reward(issue_id=reward.issue_id, reward_id=reward.pk, values=values, actor=SYSTEM, now=NOW)


def test_an_edit_is_in_the_terms_or_refused():
    for number in range(8):
        issue = draft(name=f"第 {number}")
        reward = Reward.objects.get(issue=issue, level="A")
        opened, edited = run_together(partial(open_it, issue), partial(edit, reward))
        reward.refresh_from_db()
        assert isinstance(edited, TermsFrozen) == (reward.quantity == 1)
        assert IssueCounter.objects.get(pk=issue.pk).total == 19 + reward.quantity
        assert opened.pk == issue.pk
    assert violations(CHECKS) == []


def test_control_an_edit_that_checks_first_slips_into_an_open_issue(monkeypatch):
    issue, checked, opened = draft(), threading.Event(), threading.Event()

    def check(issue_id):
        if IssueCounter.objects.get(pk=issue_id).status != IssueStatus.DRAFT:
            raise TermsFrozen
        checked.set()
        opened.wait(PATIENCE_SECONDS)

    def open_after_the_check():
        checked.wait(PATIENCE_SECONDS)
        open_it(issue)
        opened.set()

    monkeypatch.setattr(drafting, "take_draft", check)
    run_together(open_after_the_check, partial(edit, Reward.objects.get(level="A")))
    assert {violation.id for violation in violations(CHECKS)} == {"D5"}


def play_by_odds(activity_id):
    return configuring.change_activity(activity_id=activity_id, values={"gameplay": "infinite"}, actor=SYSTEM, now=NOW)


def test_the_gameplay_of_what_is_on_sale_stays():
    for number in range(8):
        issue = draft(name=f"第 {number}")
        results = run_together(partial(open_it, issue), partial(play_by_odds, issue.activity_id))
        gameplay = Activity.objects.values_list("gameplay", flat=True).get(pk=issue.activity_id)
        assert (gameplay, counter(issue)[0]) in {("ichiban", "open"), ("infinite", "draft")}
        refused = Invalid if gameplay == "ichiban" else IssueCannotOpen
        assert (errors(results, refused), errors(results, Exception)) == (1, 1)


def test_control_without_the_activitys_row_both_happen(monkeypatch):
    issue, meeting = draft(), Meeting(2)
    refuse, problems = configuring._refuse_unsafe, opening._problems
    monkeypatch.setattr(configuring, "take_activity", lambda activity_id: Activity.objects.get(pk=activity_id))
    monkeypatch.setattr(configuring, "_refuse_unsafe", lambda *given: (refuse(*given), meeting.wait())[0])
    monkeypatch.setattr(opening, "_problems", lambda *given, now: (problems(*given, now=now), meeting.wait())[0])
    run_together(partial(open_it, issue), partial(play_by_odds, issue.activity_id))
    assert (Activity.objects.get().gameplay, counter(issue)[0]) == ("infinite", "open")


# the public log


def commit(number):
    commitments.commit_day(day=business_day(NOW + timedelta(days=number)), now=NOW)


def test_eight_threads_append_one_chain():
    assert run_together(*[partial(commit, number) for number in range(8)]) == [None] * 8
    assert sorted(DrawCommitment.objects.values_list("seq", flat=True)) == list(range(1, 9))
    assert violations(["D4"]) == []


def test_eight_threads_commit_one_day_once():
    assert run_together(*[partial(commit, 1)] * 8) == [None] * 8
    assert (DrawSecret.objects.count(), DrawCommitment.objects.count()) == (1, 1)


def test_control_without_the_unique_place_the_chain_forks(monkeypatch):
    meeting = Meeting(8)
    honest = commitments.fairness.entry_hash
    monkeypatch.setattr(commitments.fairness, "entry_hash", lambda *link: (honest(*link), meeting.wait())[0])
    with without_unique(DrawCommitment, "seq"):
        run_together(*[partial(commit, number) for number in range(8)])
        assert DrawCommitment.objects.filter(seq=1).count() > 1
        assert {violation.id for violation in violations(["D4"])} == {"D4"}


# closing


def close(issue):
    return closing.close(issue_id=issue.pk, actor=SYSTEM, now=NOW)


def test_a_box_closes_unsold_or_stays_open_for_its_buyers():
    for number in range(6):
        issue = open_box(total=20, last=False, name=f"第 {number}")
        buyers = [make_member(points_balance=600) for _ in range(6)]
        results = run_together(partial(close, issue), *[partial(buy, buyer, issue, 1, now=NOW) for buyer in buyers])
        status, sold, reserved = counter(issue)
        assert (status == "closed") == (sold == 0)
        assert (reserved, errors(results, CannotServe)) == (0, 6 - sold)
        assert isinstance(results[0], IssueCannotClose) == (sold > 0)
        product = Product.objects.latest("pk")
        assert product.stock == (1000 if status == "closed" else 980)
    assert violations(CHECKS) == []


def test_eight_finishers_return_the_stock_once():
    issue = open_box(total=20)
    IssueCounter.objects.update(status="closing")
    results = run_together(*[partial(closing.finish, issue_id=issue.pk, now=NOW)] * 8)
    assert sorted(results) == [False] * 7 + [True]
    assert (stock(), counter(issue)[0]) == (1000, "closed")


def test_control_finishers_that_check_first_return_it_more_than_once(monkeypatch):
    issue, meeting = open_box(total=20), Meeting(4)
    IssueCounter.objects.update(status="closing")
    honest = closing.IssueCounter.objects.filter

    class Unguarded:
        """The same rows, updated whatever became of them since they were looked at."""

        def __init__(self, **wanted):
            self.found = honest(**wanted).exists()
            meeting.wait()

        def update(self, **columns):
            return self.found and honest(pk=issue.pk).update(**columns)

    monkeypatch.setattr(closing.IssueCounter.objects, "filter", Unguarded)
    run_together(*[partial(closing.finish, issue_id=issue.pk, now=NOW)] * 4)
    assert stock() > 1000
