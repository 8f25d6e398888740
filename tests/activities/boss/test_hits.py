"""Each settled batch hits once; the cap, the crossing hit, the order of the ranking, refunds."""

from datetime import date, timedelta

import pytest

from activities import handlers
from activities.boss import hits, selectors
from activities.boss.hits import Blow, SeasonOver
from activities.enums import HitSource
from activities.events import DrawSettled
from activities.models import BossHit, BossPlayer, BossSeason, DrawBatch
from activities.services import refunding
from blindbox.common.invariants import violations
from blindbox.system.audit import SYSTEM
from tests.factories.activities import NOW, open_box
from tests.factories.boss import DAY, issue_of, make_season
from tests.factories.draws import CHECKS, buy, hold, pay, settle
from tests.factories.orders import deliver

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
D10 = [*CHECKS, "D10"]


def board(season):
    return list(selectors.ranking(season.pk).values_list("member_id", "damage"))


def chain():
    return list(BossHit.objects.order_by("seq").values_list("seq", "damage_before", "damage"))


def draw(member, issue, count, *, now=NOW):
    order_id = buy(member, issue, count, now=now)
    deliver(now=now)
    return order_id


def blow(member, damage, *, at=NOW, source_id=None):
    number = source_id or BossHit.objects.count() + 1000
    return Blow(member.pk, HitSource.DRAW, number, damage, at)


def test_a_batch_hits_when_it_is_settled_and_once(season, issue, rich):
    member = rich()
    draw(member, issue, 3)
    season.refresh_from_db()
    assert (season.damage, season.hits, season.defeated_at, season.hp_left) == (3, 1, None, 97)
    hit, player = BossHit.objects.get(), BossPlayer.objects.get()
    batch = DrawBatch.objects.get()
    assert (hit.member, hit.source, hit.source_id, hit.day, hit.hit_at) == (
        member, "draw", batch.pk, date(2026, 11, 22), NOW
    )  # fmt: skip
    assert (player.member, player.damage, player.hits, player.reached_at) == (member, 3, 1, NOW)
    assert violations(D10) == []


def test_a_repeated_delivery_is_refused_by_the_table(season, issue, rich):
    draw(rich(), issue, 3)
    event = DrawSettled(key="again", batch_id=DrawBatch.objects.get().pk)
    with pytest.raises(Exception, match="UNIQUE|Duplicate"):
        handlers.hit_boss(event, now=NOW)


def test_draws_paid_by_wechat_hit_too(season, issue, rich):
    order_id = hold(rich(), issue, 2, now=NOW)
    deliver()
    assert BossHit.objects.count() == 0
    pay(order_id, now=NOW + MINUTE)
    settle(order_id, now=NOW + MINUTE)
    deliver(now=NOW + MINUTE)
    assert chain() == [(1, 0, 2)]


@pytest.mark.parametrize("at", [NOW - timedelta(seconds=1), NOW + 7 * DAY])
def test_outside_its_days_nothing_hits(season, issue, rich, at):
    draw(rich(), issue, 3, now=at)
    assert (BossHit.objects.count(), BossPlayer.objects.count()) == (0, 0)


def test_at_the_first_moment_it_stands_and_until_the_last(season, issue, rich):
    member = rich()
    draw(member, issue, 1)
    draw(member, issue, 1, now=NOW + 7 * DAY - timedelta(microseconds=1))
    assert board(season) == [(member.pk, 2)]


def test_other_activities_hit_nothing(season, rich):
    draw(rich(), open_box(name="森林"), 3)
    assert BossHit.objects.count() == 0


def test_the_factor_counts(rich):
    season = make_season(factor=7)
    draw(rich(), issue_of(season), 2)
    assert chain() == [(1, 0, 14)]


def test_minors_do_not_race(season, issue, rich):
    young, grown = rich(birth_date=date(2008, 11, 23), guardian_consent=True), rich(birth_date=date(2008, 11, 22))
    draw(young, issue, 3)
    draw(grown, issue, 3)
    assert board(season) == [(grown.pk, 3)]


# -- the day's cap


def test_a_days_damage_ends_at_the_cap(season, issue, rich):
    member = rich()
    hits.strike(season, blow(member, 55), now=NOW)
    draw(member, issue, 10)
    draw(member, issue, 10)
    assert chain() == [(1, 0, 55), (2, 55, 5)]
    assert violations(D10) == []


def test_the_next_day_starts_afresh_at_midnight_in_shanghai(season, rich):
    member = rich()
    midnight = NOW.replace(hour=16)
    hits.strike(season, blow(member, 60, at=midnight - timedelta(microseconds=1)), now=midnight)
    hits.strike(season, blow(member, 30, at=midnight), now=midnight)
    assert list(BossHit.objects.values_list("day", "damage")) == [(date(2026, 11, 22), 60), (date(2026, 11, 23), 30)]


def test_a_late_event_counts_on_the_day_of_its_draw(season, rich):
    member = rich()
    hits.strike(season, blow(member, 20, at=NOW + DAY), now=NOW + DAY)
    hits.strike(season, blow(member, 50, at=NOW), now=NOW + DAY)
    hits.strike(season, blow(member, 50, at=NOW), now=NOW + DAY)
    assert [each.damage for each in BossHit.objects.order_by("seq")] == [20, 50, 10]
    assert BossPlayer.objects.get().reached_at == NOW + DAY


# -- the last hit


def test_the_crossing_hit_is_the_last_and_counts_in_full(season, rich):
    first, second = rich(), rich()
    hits.strike(season, blow(first, 60), now=NOW)
    hits.strike(season, blow(second, 60), now=NOW + MINUTE)
    season.refresh_from_db()
    assert (season.damage, season.last_hit_seq, season.defeated_at, season.hp_left) == (120, 2, NOW + MINUTE, 0)
    assert board(season) == [(first.pk, 60), (second.pk, 60)]
    assert selectors.last_hitter(season) == second.pk


@pytest.mark.parametrize(("damage", "falls"), [(39, False), (40, True), (41, True)])
def test_it_falls_at_its_hp_exactly(season, rich, damage, falls):
    hits.strike(season, blow(rich(), 60), now=NOW)
    hits.strike(season, blow(rich(), damage), now=NOW)
    season.refresh_from_db()
    assert (season.defeated_at is not None, season.last_hit_seq) == (falls, 2 if falls else None)
    assert violations(["D10"]) == []


def test_what_was_drawn_before_the_fall_counts_though_it_comes_after(season, rich):
    late, last = rich(), rich()
    hits.strike(season, blow(rich(), 60), now=NOW)
    hits.strike(season, blow(last, 50), now=NOW + MINUTE)
    hits.strike(season, blow(late, 5, at=NOW + MINUTE), now=NOW + DAY)
    season.refresh_from_db()
    assert (season.damage, season.last_hit_seq, season.defeated_at) == (115, 2, NOW + MINUTE)
    assert violations(["D10"]) == []


def test_what_was_drawn_after_the_fall_changes_nothing(season, issue, rich):
    for _ in range(2):
        hits.strike(season, blow(rich(), 60), now=NOW)
    late = rich()
    with pytest.raises(SeasonOver):
        hits.strike(season, blow(late, 5, at=NOW + MINUTE), now=NOW + MINUTE)
    draw(late, issue, 3, now=NOW + MINUTE)
    season.refresh_from_db()
    assert (season.damage, season.hits, BossPlayer.objects.filter(member=late).exists()) == (120, 2, False)
    assert violations(D10) == []


# -- ranking


def test_ties_go_to_who_was_first_and_then_to_the_smaller_id(season, rich):
    one, two, three, four = (rich() for _ in range(4))
    hits.strike(season, blow(four, 10, at=NOW), now=NOW)
    hits.strike(season, blow(two, 10, at=NOW + MINUTE), now=NOW)
    hits.strike(season, blow(one, 10, at=NOW + MINUTE), now=NOW)
    hits.strike(season, blow(three, 11, at=NOW + DAY), now=NOW)
    assert [member_id for member_id, _ in board(season)] == [three.pk, four.pk, one.pk, two.pk]
    places = {each.pk: selectors.standing_of(season.pk, each.pk).rank for each in (one, two, three, four)}
    assert places == {three.pk: 1, four.pk: 2, one.pk: 3, two.pk: 4}
    assert selectors.standing_of(season.pk, rich().pk) is None


def test_more_damage_is_reached_later(season, rich):
    early, later = rich(), rich()
    hits.strike(season, blow(early, 9, at=NOW), now=NOW)
    hits.strike(season, blow(later, 10, at=NOW + MINUTE), now=NOW)
    hits.strike(season, blow(early, 1, at=NOW + 2 * MINUTE), now=NOW)
    assert [member_id for member_id, _ in board(season)] == [later.pk, early.pk]


# -- money


@pytest.fixture
def rich_season(db):
    return make_season(rule="per_yuan", hp=1000, daily_cap=150)


def pay_for(member, issue, count, *, now=NOW):
    order_id = hold(member, issue, count, now=now)
    pay(order_id, now=now)
    settle(order_id, now=now)
    deliver(now=now)
    return order_id


def refund(order_id, *, now=NOW):
    refunding.refund_order(order_id=order_id, reason="破损", actor=SYSTEM, now=now)
    deliver(now=now)


def test_by_money_each_yuan_paid_is_one_and_points_are_none(rich_season, rich):
    issue, member = issue_of(rich_season), rich()
    draw(member, issue, 3)
    assert BossHit.objects.count() == 0
    pay_for(member, issue, 2)
    assert chain() == [(1, 0, 120)]


def test_a_refund_takes_the_hit_back_and_the_days_allowance_with_it(rich_season, rich):
    issue, member = issue_of(rich_season), rich()
    first = pay_for(member, issue, 2)
    pay_for(member, issue, 1)
    refund(first)
    assert chain() == [(1, 0, 120), (2, 120, 30), (3, 150, -120)]
    assert board(rich_season) == [(member.pk, 30)]
    assert BossSeason.objects.get().damage == 30
    pay_for(member, issue, 1)
    assert board(rich_season) == [(member.pk, 90)]
    assert violations(D10) == []


def test_a_refund_does_not_raise_a_boss_that_fell(rich):
    season = make_season(rule="per_yuan", hp=100, daily_cap=1000)
    issue, member, other = issue_of(season), rich(), rich()
    last = pay_for(member, issue, 2)
    refund(last)
    season.refresh_from_db()
    assert (season.damage, season.defeated_at, season.last_hit_seq) == (0, NOW, 1)
    assert (board(season), selectors.last_hitter(season)) == ([], None)
    hits.strike(season, blow(other, 100), now=NOW + DAY)
    season.refresh_from_db()
    assert (season.defeated_at, season.last_hit_seq) == (NOW, 1)
    assert violations(D10) == []


def test_what_was_refunded_before_it_could_hit_does_not(rich_season, rich):
    issue, member = issue_of(rich_season), rich()
    order_id = hold(member, issue, 1, now=NOW)
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    refund(order_id)
    assert (BossHit.objects.count(), board(rich_season)) == (0, [])


def test_by_draws_a_refund_takes_the_hit_back_too(season, issue, rich):
    member = rich()
    order_id = draw(member, issue, 3)
    draw(member, issue, 2)
    refund(order_id)
    assert (board(season), chain()) == ([(member.pk, 2)], [(1, 0, 3), (2, 3, 2), (3, 5, -3)])
    assert violations(D10) == []


def test_by_draws_what_was_refunded_before_it_could_hit_does_not(season, issue, rich):
    order_id = buy(rich(), issue, 3, now=NOW)
    refund(order_id)
    assert (BossHit.objects.count(), board(season)) == (0, [])


def test_a_refunded_draw_leaves_the_tie_as_it_was(rich_season, rich):
    issue, first, second = issue_of(rich_season), rich(), rich()
    pay_for(first, issue, 1)
    pay_for(second, issue, 1, now=NOW + MINUTE)
    again = pay_for(first, issue, 1, now=NOW + 2 * MINUTE)
    refund(again, now=NOW + 3 * MINUTE)
    assert board(rich_season) == [(first.pk, 60), (second.pk, 60)]
    assert BossPlayer.objects.get(member=first).reached_at == NOW
    assert violations(D10) == []


def test_the_tie_counts_from_the_hits_that_stand_when_an_earlier_one_is_refunded(rich_season, rich):
    issue, first, second = issue_of(rich_season), rich(), rich()
    early = pay_for(first, issue, 1)
    pay_for(second, issue, 1, now=NOW + MINUTE)
    pay_for(first, issue, 1, now=NOW + 2 * MINUTE)
    refund(early, now=NOW + 3 * MINUTE)
    assert board(rich_season) == [(second.pk, 60), (first.pk, 60)]


def test_who_was_refunded_everything_starts_afresh(rich_season, rich):
    issue, member = issue_of(rich_season), rich()
    refund(pay_for(member, issue, 1, now=NOW + DAY), now=NOW + DAY)
    assert BossPlayer.objects.get().reached_at == rich_season.starts_at
    hits.strike(rich_season, blow(member, 10, at=NOW + MINUTE), now=NOW + DAY)
    assert BossPlayer.objects.get().reached_at == NOW + MINUTE
    assert violations(["D10"]) == []


def test_an_activity_without_the_flag_is_not_asked_further(rich, django_assert_num_queries):
    buy(rich(), open_box(name="森林"), 1, now=NOW)
    batch_id = DrawBatch.objects.get().pk
    with django_assert_num_queries(1):
        hits.of_batch(batch_id=batch_id, now=NOW)
