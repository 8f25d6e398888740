"""Operators read events, jobs and commitments by their Chinese names; the code stays small beside it."""

import re

from django.utils import timezone

from activities.models import DrawCommitment, DrawLog
from blindbox.common import events
from blindbox.system.models import Heartbeat, OperationLog, OutboxMessage
from tests.factories.activities import NOW, open_box
from tests.factories.draws import buy


def test_operators_read_every_event_and_what_it_sets_off_in_chinese():
    named = [
        (topic, name)
        for topic, event in events._types.items()
        if _is_ours(event)
        for name in [event.label, event.about]
    ]
    doing = [
        (topic, each.does)
        for topic, by_name in events._subscriptions.items()
        for each in by_name.values()
        if _is_ours(each.event) and _is_ours(each.handler)
    ]
    assert len(doing) > 10
    assert [topic for topic, told in [*named, *doing] if not re.search("[\u4e00-\u9fff]", told)] == []


def _is_ours(thing):
    return thing.__module__.split(".")[0] in {"accounts", "activities", "orders"}


def test_a_code_that_nobody_named_is_shown_as_it_is():
    assert (events.label_of("gone.topic"), events.occurrence_of("gone.topic", "row:7")) == ("gone.topic", "row:7")
    assert events.doing_of("gone.topic", "gone.handler") == "gone.handler"


def test_a_key_is_read_by_what_its_number_counts():
    assert events.occurrence_of("activities.draw_settled", "batch:14") == "批次 14"
    assert events.occurrence_of("orders.refund_requested", "refund:5:20260101") == "退款单 5"


def _text(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_the_lists_say_what_is_meant_with_the_code_beside_it(office):
    key = {"topic": "activities.prizes_won", "event_key": "batch:14", "subscriber": "activities.deliver_prizes"}
    message = OutboxMessage.objects.create(**key, payload={})
    told = _text(office.get("/admin/system/outboxmessage/"))
    for words in ("通用抽奖中奖 activities.prizes_won", "批次 14 batch:14", "发奖 activities.deliver_prizes"):
        assert words in told
    assert str(message) == "通用抽奖中奖 批次 14 → 发奖"
    assert "通用抽奖中奖 批次 14" in _text(office.get(f"/admin/system/outboxmessage/{message.pk}/change/"))
    Heartbeat.objects.create(name="outbox", beaten_at=timezone.now())
    assert "投递业务事件 outbox" in _text(office.get("/admin/system/heartbeat/"))


def test_titles_and_places_in_a_batch_are_what_people_count_and_call_them(office, make_member):
    issue = open_box()
    buy(make_member(points_balance=1200), issue, 2, now=NOW)
    second = DrawLog.objects.get(idx=1)
    page = _text(office.get(f"/admin/activities/drawlog/{second.pk}/change/"))
    assert f"{issue} {second.ticket_no} 号" in page
    assert f"{issue} 2 抽 批内序号 2 " in page
    entry = OperationLog(operator_name="admin", action="退款", object_label="订单 5")
    assert str(entry) == "退款 订单 5（admin）"  # a page's title begins with a capital where it begins with a name


def test_a_commitment_names_its_issue_or_day(office):
    issue = open_box()
    line = DrawCommitment.objects.get()
    DrawCommitment.objects.create(
        seq=line.seq + 1,
        subject="day:2026-03-05",
        commitment="c",
        published_at=timezone.now(),
        prev_hash="p",
        entry_hash="e",
    )
    told = _text(office.get("/admin/activities/drawcommitment/"))
    assert f"{issue} issue:{issue.pk}" in told
    assert "2026-03-05 当日 day:2026-03-05" in told
    assert f"{issue} issue:{issue.pk}" in _text(office.get(f"/admin/activities/drawcommitment/{line.pk}/change/"))
