"""Nightly: what members won above expectation, and a note on whom chance does not explain."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from activities import tasks
from activities.errors import RiskNoteClosed, RiskNoteNotFound
from activities.models import DrawLog, DrawLuck, Issue, Reward, RiskNote
from activities.services import terms
from activities.services.luck import judges, watching
from activities.services.luck.tally import Tally, outlook
from blindbox.system.audit import Actor
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW, open_box, open_odds
from tests.factories.draws import buy, open_box_of_all_positions

pytestmark = pytest.mark.django_db
YUN = Actor(id=7, name="云", ip="10.0.0.7")
DAY = timedelta(days=1)
MEAN = 0.005 * 9900 + 0.095 * 9900 + 0.9 * 50 * 10  # points count ten fen each


@pytest.fixture
def insider(make_member):
    """Somebody who drew thirty times and always met the first prize."""
    member, issue = make_member(points_balance=1_000_000), open_odds()
    for _ in range(3):
        buy(member, issue, 10, now=NOW)
    DrawLog.objects.filter(member=member).update(roll=4_999)
    return member


def close(note, conclusion="核实为内部人员"):
    watching.close_note(note_id=note.pk, conclusion=conclusion, actor=YUN, now=NOW + DAY)


def test_the_roll_decides_what_was_luck(make_member, odds):
    lucky, other = make_member(points_balance=10_000), make_member(points_balance=10_000)
    buy(lucky, odds, 2, now=NOW)
    buy(other, odds, 1, now=NOW)
    DrawLog.objects.filter(member=lucky).update(roll=4_999)
    DrawLog.objects.filter(member=other).update(roll=100_000)
    found = judges.of_issue(terms.of_issue(odds.pk))
    assert (found[lucky.pk].draws, found[lucky.pk].surprise) == (2, pytest.approx(2 * (9900 - MEAN)))
    assert found[other.pk].surprise == pytest.approx(500 - MEAN)
    DrawLog.objects.filter(member=lucky).update(roll=5_000)
    assert judges.of_issue(terms.of_issue(odds.pk))[lucky.pk].surprise == pytest.approx(2 * (9900 - MEAN))


def test_a_ticket_is_measured_by_what_was_left(make_member):
    issue = open_box(total=4, last=False)
    Issue.objects.filter(pk=issue.pk).update(
        terms=issue.terms.replace('"reference_value_fen":9900}', '"reference_value_fen":900}', 1)
    )
    terms.of_issue.cache_clear()
    first, second = make_member(points_balance=9000), make_member(points_balance=9000)
    buy(first, issue, 1, now=NOW)
    buy(second, issue, 3, now=NOW)
    top, rest = Reward.objects.order_by("sort")
    DrawLog.objects.update(reward=rest)
    DrawLog.objects.filter(sale_no=3).update(reward=top)
    found = judges.of_issue(terms.of_issue(issue.pk))
    values = {prize.id: prize.reference_value_fen for prize in terms.of_issue(issue.pk).prizes}
    a, c = values[top.pk], values[rest.pk]
    assert {a, c} == {900, 9900}
    means = [(a + 3 * c) / 4, (a + 2 * c) / 3, (a + c) / 2, c]
    assert found[first.pk].surprise == pytest.approx(c - means[0])
    assert found[second.pk].surprise == pytest.approx(c - means[1] + a - means[2] + c - means[3])
    assert found[second.pk].variance == pytest.approx((2 / 9 + 1 / 4) * (a - c) ** 2)


def test_extras_of_hidden_places_count_and_announced_ones_do_not(member):
    issue = open_box_of_all_positions()
    buy(member, issue, 10, now=NOW)
    buy(member, issue, 1, now=NOW)
    tally = judges.of_issue(terms.of_issue(issue.pk))[member.pk]
    assert (tally.draws, tally.variance > 0) == (11, True)


def test_honest_draws_open_no_note(make_member):
    issue, box = open_odds(), open_box(total=20)
    for _ in range(3):
        member = make_member(points_balance=100_000)
        buy(member, issue, 10, now=NOW)
        buy(member, box, 5, now=NOW)
    DrawLog.objects.filter(issue=issue).update(roll=500_000)
    watching.watch(now=NOW)
    assert (DrawLuck.objects.count(), RiskNote.objects.count()) == (6, 0)


def test_who_always_wins_is_noted(insider):
    watching.watch(now=NOW)
    note = RiskNote.objects.get()
    assert (note.member, note.draws, note.open_key, note.found_at) == (insider, 30, insider.pk, NOW)
    assert note.surprise_fen == round(30 * (9900 - MEAN))
    assert (note.z_x1000 > 5_000, 0 < note.chance < 2.9e-7) == (True, True)
    luck = DrawLuck.objects.get()
    assert (luck.draws, luck.surprise_fen, luck.z_x1000) == (30, note.surprise_fen, note.z_x1000)


def test_a_little_of_everything_adds_up_over_issues(make_member):
    """In none of three issues alone, in all of them together."""
    member = make_member(points_balance=1_000_000)
    for name in ("海", "山", "林"):
        buy(member, open_odds(name=name), 4, now=NOW)
    DrawLog.objects.update(roll=5_000)
    watching.watch(now=NOW)
    each = [Tally(row.draws, row.surprise_fen, row.variance, row.reach) for row in DrawLuck.objects.all()]
    assert [tally.is_suspicious for tally in each] == [False] * 3
    assert RiskNote.objects.get().draws == 12


def test_the_next_night_brings_the_note_up_to_date(insider):
    watching.watch(now=NOW)
    buy(insider, Issue.objects.get(), 10, now=NOW)
    DrawLog.objects.update(roll=0)
    watching.watch(now=NOW + DAY)
    note = RiskNote.objects.get()
    assert (note.draws, note.found_at, note.seen_at) == (40, NOW, NOW + DAY)
    assert DrawLuck.objects.count() == 1


def test_a_person_closes_it_once_and_says_why(insider):
    watching.watch(now=NOW)
    note = RiskNote.objects.get()
    close(note)
    note.refresh_from_db()
    assert (note.open_key, note.closed_at, note.conclusion) == (None, NOW + DAY, "核实为内部人员")
    log = OperationLog.objects.get(action="处理风险提示")
    assert (log.object_id, log.operator_id, log.reason) == (str(note.pk), 7, "核实为内部人员")
    with pytest.raises(RiskNoteClosed):
        close(note)
    note.pk = 10**6
    with pytest.raises(RiskNoteNotFound):
        close(note)
    assert OperationLog.objects.filter(action="处理风险提示").count() == 1


def test_closed_it_opens_again_only_when_it_has_grown(insider):
    watching.watch(now=NOW)
    close(RiskNote.objects.get())
    watching.watch(now=NOW + 2 * DAY)
    assert RiskNote.objects.count() == 1
    grown = watching.tally_of(insider.pk)
    grown.add(9900, outlook([(9900, 0.1), (0, 0.9)]), times=10)
    watching.note(member_id=insider.pk, tally=grown, now=NOW + 3 * DAY)
    assert list(RiskNote.objects.order_by("pk").values_list("open_key", flat=True)) == [None, insider.pk]


def test_an_issue_that_closed_long_ago_is_not_counted_again(insider, monkeypatch):
    watching.watch(now=NOW)
    Issue.objects.update(closed_at=NOW)
    DrawLuck.objects.update(draws=1)
    watching.watch(now=NOW + 3 * DAY)
    assert DrawLuck.objects.get().draws == 1
    watching.watch(now=NOW + DAY)
    assert DrawLuck.objects.get().draws == 30


def test_one_issue_that_cannot_be_counted_keeps_no_other_from_being_watched(insider, monkeypatch):
    broken = open_box(name="坏")
    real = watching.count
    monkeypatch.setattr(
        watching, "count", lambda *, issue_id: 1 / 0 if issue_id == broken.pk else real(issue_id=issue_id)
    )
    tasks.watch_luck()
    assert (RiskNote.objects.count(), RiskNote.objects.get().found_at <= timezone.now()) == (1, True)


@pytest.mark.parametrize("columns", [{"open_key": None}, {"closed_at": NOW}])
def test_a_note_is_open_or_closed(insider, columns):
    watching.watch(now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        RiskNote.objects.update(**columns)


def test_a_member_has_one_open_note(insider):
    watching.watch(now=NOW)
    copy = RiskNote.objects.get()
    copy.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()
