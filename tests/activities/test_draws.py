"""What a draw yields: the committed deck in order, extras on top, rolls of the day's secret; granted once."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import PointEntry
from accounts.selectors import fair_ref_of
from accounts.services.points import PointsInsufficient
from activities.events import DrawSettled, IssueExhausted
from activities.gameplay.base import DrawContext
from activities.models import DrawBatch, DrawLog, DrawPlayer, Issue, Reward
from activities.services import boxes, commitments, days, draws, terms
from blindbox.common import fairness
from blindbox.common.invariants import violations
from blindbox.system.models import OutboxMessage
from orders.models import InventoryItem
from tests.factories.activities import NOW, open_box, open_odds
from tests.factories.draws import CHECKS, buy, open_box_of_all_positions

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def own(issue):
    return DrawLog.objects.filter(issue=issue, is_bonus=False).order_by("sale_no")


def test_the_order_of_sale_is_the_order_of_the_committed_deck(member, make_member):
    issue = open_box(total=20)
    secret = commitments.secret_of(f"issue:{issue.pk}")
    quantities = [(reward.pk, reward.quantity) for reward in Reward.objects.filter(position="ticket").order_by("sort")]
    deck = fairness.build_deck(secret, issue.pk, quantities)
    other = make_member(points_balance=10_000)
    for who, count in ((member, 3), (other, 1), (member, 10), (other, 6)):
        buy(who, issue, count, now=NOW)
    assert [(log.sale_no, log.ticket_no, log.reward_id) for log in own(issue)] == [
        (place, place, reward_id) for place, reward_id in enumerate(deck, start=1)
    ]
    assert list(own(issue).values_list("member_id", flat=True)) == (
        [member.pk] * 3 + [other.pk] + [member.pk] * 10 + [other.pk] * 6
    )


def test_a_box_gives_exactly_what_its_terms_list(member):
    issue = open_box_of_all_positions()
    for _ in range(11):
        buy(member, issue, 1, now=NOW)
    levels = Counter(DrawLog.objects.values_list("reward__level", flat=True))
    assert levels == {"A": 1, "B": 3, "C": 7, "LAST": 1, "G": 2, "FIRST": 1}
    assert violations(CHECKS) == []


def test_extras_come_with_the_ticket_of_their_position(member):
    issue = open_box_of_all_positions()
    buy(member, issue, 10, now=NOW)
    buy(member, issue, 1, now=NOW)
    secret = commitments.secret_of(f"issue:{issue.pk}")
    extras = [
        (each.pk, each.position, each.quantity) for each in Reward.objects.exclude(position="ticket").order_by("sort")
    ]
    due = fairness.position_prizes(secret, issue.pk, 11, extras)
    drawn: dict[int, list[int]] = {}
    for log in DrawLog.objects.filter(is_bonus=True).order_by("pk"):
        drawn.setdefault(log.ticket_no, []).append(log.reward_id)
        carrier = DrawLog.objects.get(batch=log.batch_id, idx=log.bonus_of)
        assert (carrier.ticket_no, carrier.is_bonus, log.sale_no) == (log.ticket_no, False, None)
    assert drawn == due
    last = DrawLog.objects.get(reward__level="LAST")
    first = DrawLog.objects.get(reward__level="FIRST")
    assert (last.ticket_no, 1 <= first.ticket_no <= 5) == (11, True)


def test_the_last_prize_goes_with_the_last_ticket_only(member):
    issue = open_box(total=4)
    buy(member, issue, 3, now=NOW)
    assert not DrawLog.objects.filter(is_bonus=True).exists()
    buy(member, issue, 1, now=NOW)
    assert DrawLog.objects.get(is_bonus=True).reward.level == "LAST"


def test_points_prizes_are_posted_once(member):
    issue = open_box_of_all_positions()
    buy(member, issue, 5, now=NOW)
    batch = DrawBatch.objects.get()
    prizes = PointEntry.objects.filter(reason="draw_prize").order_by("seq")
    drawn = DrawLog.objects.order_by("idx").values_list("idx", flat=True)
    assert [(entry.ref, entry.delta) for entry in prizes] == [(f"{batch.pk}:{idx}", 1) for idx in drawn]


def test_a_second_draw_of_the_same_batch_is_refused_by_the_tables(member, box):
    buy(member, box, 2, now=NOW)
    row = DrawBatch.objects.get()
    again = draws.Batch(row.pk, member.pk, terms.of_issue(box.pk), 2, "n", held=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        draws.draw(again, now=NOW)
    assert (DrawLog.objects.count(), InventoryItem.objects.count()) == (2, 2)
    assert violations(CHECKS) == []


def test_products_are_owned_as_the_terms_name_them(member, box):
    buy(member, box, 2, now=NOW)
    for log in DrawLog.objects.select_related("reward"):
        item = InventoryItem.objects.get(source="draw", source_id=log.batch_id, source_part=log.idx)
        found = (item.member_id, item.product_id, item.title, item.reference_value_fen, item.status)
        assert found == (member.pk, log.reward.product_id, log.reward.name, 9900, "held")


def test_what_happened_is_told_once(member):
    issue = open_box(total=3)
    buy(member, issue, 2, now=NOW)
    buy(member, issue, 1, now=NOW)
    told = Counter(OutboxMessage.objects.values_list("topic", flat=True))
    assert told[IssueExhausted.topic] == 2  # closing, and opening the next, each hear of it once
    assert DrawSettled.topic == "activities.draw_settled"


def test_rolls_are_those_of_the_days_secret(member):
    issue = open_odds()
    days.turn(now=NOW)
    buy(member, issue, 10, now=NOW)
    buy(member, issue, 2, now=NOW + DAY)
    player = fairness.player_tag(issue.pk, fair_ref_of(member.pk))
    table = [(reward.pk, reward.odds_ppm) for reward in Reward.objects.order_by("sort")]
    for day, batch in zip(("2026-11-22", "2026-11-23"), DrawBatch.objects.order_by("pk"), strict=True):
        secret = commitments.secret_of(f"day:{day}")
        for log in batch.draws.all():
            seq = batch.first_seq + log.idx
            roll = fairness.weighted_roll(secret, "roll", day, issue.pk, player, seq, batch.client_nonce)
            assert (log.roll, log.reward_id, log.sale_no) == (roll, fairness.pick(table, roll), None)
    assert violations(CHECKS) == []


def test_the_business_day_is_shanghais(member):
    issue = open_odds()
    midnight = NOW.replace(hour=16)
    buy(member, issue, 1, now=midnight - timedelta(seconds=1))
    buy(member, issue, 1, now=midnight)
    days = [day.isoformat() for day in DrawBatch.objects.order_by("pk").values_list("day", flat=True)]
    assert days == ["2026-11-22", "2026-11-23"]


def test_numbers_are_contiguous_per_member_and_issue(member, make_member):
    issue, other = open_odds(), open_odds(name="森林")
    rival = make_member(points_balance=10_000)
    for who, where, count in ((member, issue, 3), (rival, issue, 2), (member, other, 1), (member, issue, 4)):
        buy(who, where, count, now=NOW)
    firsts = list(DrawBatch.objects.order_by("pk").values_list("first_seq", flat=True))
    assert firsts == [0, 0, 0, 3]
    assert sorted(DrawPlayer.objects.values_list("next_seq", flat=True)) == [1, 2, 7]


def test_a_refused_draw_takes_no_number(make_member):
    issue, poor = open_odds(), make_member(points_balance=1000)
    buy(poor, issue, 1, now=NOW)
    with pytest.raises(PointsInsufficient):
        buy(poor, issue, 1, now=NOW)
    assert DrawPlayer.objects.get().next_seq == 1


def test_what_is_not_drawn_is_never_printed(box):
    promised, kept = terms.of_issue(box.pk), boxes.of_issue(box.pk)
    context = DrawContext(promised, 1, positions=[1], deck=kept.deck, bonus_at=kept.bonus_at)
    assert repr(kept) == f"Box(issue_id={box.pk})"
    assert "deck=" not in repr(context)
    assert "bonus_at" not in repr(context)
    assert kept.secret.hex() not in repr(context) + repr(kept)


def test_the_issue_keeps_its_terms_when_the_shop_changes_its_mind(member, box):
    Issue.objects.filter(pk=box.pk).update(config={"largest_order": 1})
    buy(member, box, 5, now=NOW)
    assert own(box).count() == 5
