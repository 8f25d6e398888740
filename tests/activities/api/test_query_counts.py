"""What a page asks of the database does not grow with what it shows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.models import BoxTurn
from activities.services import box_locks, box_turns, opening, terms
from blindbox.system.audit import SYSTEM
from tests.factories.activities import box_rewards, make_activity, make_draft, make_product, open_box
from tests.factories.draws import buy
from tests.factories.glue import make_tool, open_session

pytestmark = pytest.mark.django_db
FEW, MANY = 1, 12


def asked(work):
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def get(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.json()


def lockable(count, now):
    activity = make_activity(now=now, config={"box_lock": True}, name=f"锁箱 {count}")
    product = make_product()
    for _ in range(count):
        draft = make_draft(activity, box_rewards(product, total=20, last=False), now=now)
        opening.open_issue(issue_id=draft.pk, actor=SYSTEM, now=now)
    return activity


def sessions(count, now):
    activity, hour = make_tool(now=now, name=f"场次 {count}"), timedelta(hours=1)
    for n in range(count):
        open_session(activity, now=now, starts_at=now + n * hour, ends_at=now + (n + 1) * hour)
    return activity


@pytest.mark.parametrize(("made", "most"), [(lockable, 6), (sessions, 5)])
def test_the_page_of_an_activity(anonymous, made, most):
    now, counts = timezone.now(), []
    for count in (FEW, MANY):
        url = f"/api/app/activities/{made(count, now).pk}"
        assert len(get(anonymous, url)["issues"]) == count
        counts.append(asked(lambda url=url: get(anonymous, url)))
    assert counts[0] == counts[1] <= most


@pytest.mark.parametrize("url", ["/api/app/users/me/orders", "/api/app/users/me/draw_logs"])
def test_what_a_member_drew_where_no_terms_were_read_yet(app_client, make_member, url):
    now, counts = timezone.now(), []
    for count in (FEW, MANY):
        member = make_member(points_balance=100_000)
        for n in range(count):
            buy(member, open_box(now=now, name=f"{count} 之 {n}"), 1, now=now)
        client = app_client(member)
        terms.of_issue.cache_clear()
        counts.append(asked(lambda client=client: get(client, url)))
        assert len(get(client, url)["list"]) == count
    assert counts[0] == counts[1]


def test_each_box_shows_its_own_queue(app_client, make_member):
    now = timezone.now()
    activity = lockable(3, now)
    taken, waited, free = (terms.of_issue(pk) for pk in activity.issues.order_by("pk").values_list("pk", flat=True))
    first, second = make_member(), make_member()
    rows = [(taken, first, 1), (waited, second, 1), (waited, first, 2)]
    for promised, member, place in rows:
        turn = {"starts_at": now, "until": now + timedelta(minutes=2)} if place == 1 else {}
        BoxTurn.objects.create(issue_id=promised.issue_id, member=member, place=place, slot=1, joined_at=now, **turn)
    seen = box_locks.all_seen_by(first.pk, [taken, waited, free], now=now)
    found = [
        (seen[p.issue_id].state, seen[p.issue_id].position, seen[p.issue_id].queue_length) for p in (taken, waited)
    ]
    assert found == [("holding", 0, 1), ("waiting", 1, 2)]
    assert (seen[free.issue_id].state, seen[free.issue_id].queue_length) == ("none", 0)
    shown = {
        each["id"]: each["lock"]["state"]
        for each in get(app_client(first), f"/api/app/activities/{activity.pk}")["issues"]
    }
    assert shown == {taken.issue_id: "holding", waited.issue_id: "waiting", free.issue_id: "none"}
    assert box_turns.standings([], now=now) == {}
