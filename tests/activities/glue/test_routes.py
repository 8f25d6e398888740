"""The requirement's two routes over HTTP: every field of their bodies for each type, and who may draw for whom."""

from datetime import datetime

import pytest

from activities.models import SessionDraw
from activities.services import days
from activities.services.glue import passes
from activities.settings import PURCHASES
from blindbox.common.business_day import SHANGHAI
from blindbox.common.invariants import violations
from blindbox.system import configs
from blindbox.system.audit import SYSTEM
from orders.models import Order
from tests.factories.accounts import make_member
from tests.factories.activities import NOW
from tests.factories.glue import (
    CHECKS,
    DAY,
    HOUR,
    LATER,
    LEVELS,
    SURE,
    deliver,
    make_tool,
    open_session,
    paid_order,
    points,
)

pytestmark = pytest.mark.django_db
START, END = int((NOW - HOUR).timestamp()), int((NOW + 2 * DAY).timestamp())
A, B = {"name": "5 积分", "pic_url": "/A.svg"}, {"name": "7 积分", "pic_url": "/B.svg"}
UNLIMITED = {"remaining_times": 0, "unlimited": True}
NOT_WON = {"code": "401", "msg": "", "result": {}}
AMOUNTS = [points("A", 5, node=6_000, odds_ppm=1_000_000), points("B", 7, odds_ppm=1_000_000)]


def left(n):
    return {"remaining_times": n, "unlimited": False}


def won(activity, prize, act, session):
    """Return the body of a draw that won; a count is None where there is no limit."""
    counts = {"act_remaining_times": act or 0, "act_unlimited": act is None}
    counts |= {"session_remaining_times": session or 0, "session_unlimited": session is None}
    return {"code": "200", "msg": "OK", "result": {"serial_no": activity.serial_no, **counts, "prizes_info": prize}}


def offered(client, activity):
    answer = client.get("/v1/glue/activity", {"serial_no": activity.serial_no})
    assert answer.status_code == 200
    return answer.json()


def said(answer):
    assert set(answer.json()) == {"code", "message", "details", "request_id"}
    return answer.status_code, answer.json()["code"]


# what an activity offers


@pytest.mark.parametrize(
    ("gameplay", "number", "prizes"), [("timed", 1, SURE), ("nth_draw", 2, LEVELS), ("amount_range", 3, AMOUNTS)]
)
def test_an_activity_of_each_type_with_all_its_fields(clock, anonymous, gameplay, number, prizes):
    activity = make_tool(gameplay, name="周年庆", description="每天来抽", ends_at=NOW + 9 * DAY)
    open_session(activity, prizes)
    listed = [A] if prizes is SURE else [A, B]
    assert offered(anonymous, activity) == {
        "code": "200",
        "msg": "OK",
        "result": {
            "serial_no": activity.serial_no,
            "type": number,
            "name": "周年庆",
            "description": "每天来抽",
            "start_time": int((NOW - DAY).timestamp()),
            "end_time": int((NOW + 9 * DAY).timestamp()),
            **UNLIMITED,
            "sessions_list": [{"start_time": START, "end_time": END, **UNLIMITED, "prizes_list": listed}],
        },
    }


def test_the_number_is_sixteen_hexadecimal_digits_and_nothing_else_is_found(clock, anonymous, app_client, member):
    activity = make_tool()
    assert len(activity.serial_no) == 16
    assert set(activity.serial_no) <= set("0123456789abcdef")
    box = make_tool("ichiban", price_points=600)
    for serial_no in ("0" * 16, box.serial_no, activity.serial_no.upper()):
        answer = anonymous.get("/v1/glue/activity", {"serial_no": serial_no})
        assert said(answer) == (404, "common.not_found")
        drawn = app_client(member).post("/v1/glue/activity/draw", {"serial_no": serial_no, "uid": member.pk})
        assert said(drawn) == (404, "common.not_found")
    assert said(anonymous.get("/v1/glue/activity")) == (400, "common.invalid")


def test_an_empty_prize_is_not_among_the_prizes(clock, anonymous):
    activity = make_tool()
    issue = open_session(activity, [points("A", odds_ppm=5_000)])
    assert issue.rewards.filter(kind="none").count() == 1
    assert offered(anonymous, activity)["result"]["sessions_list"][0]["prizes_list"] == [A]


def test_counts_are_the_members_own_and_a_guest_has_drawn_nothing(ask, anonymous, app_client, member):
    activity = make_tool(config={"times_limit": 5})
    open_session(activity, config={"times_limit": 3})
    for _ in range(2):
        ask(member, activity)
    mine, guests = (offered(client, activity)["result"] for client in (app_client(member), anonymous))
    assert mine == {**mine, **left(3)}
    assert mine["sessions_list"][0] == {**mine["sessions_list"][0], **left(1)}
    assert guests == {**guests, **left(5)}
    assert guests["sessions_list"][0] == {**guests["sessions_list"][0], **left(3)}


def test_none_left_and_no_limit_are_both_0_and_told_apart(ask, app_client, member):
    activity = make_tool(config={"times_limit": 1})
    open_session(activity)
    assert ask(member, activity).json() == won(activity, A, 0, None)
    mine = offered(app_client(member), activity)["result"]
    assert mine == {**mine, **left(0)}
    assert mine["sessions_list"][0] == {**mine["sessions_list"][0], **UNLIMITED}


# a draw of each type


def test_by_time_a_win_and_the_two_counts(ask, member):
    activity = make_tool(config={"times_limit": 5})
    open_session(activity, config={"times_limit": 3})
    answer = ask(member, activity)
    assert (answer.status_code, answer.json()) == (200, won(activity, A, 4, 2))
    assert ask(member, activity).json() == won(activity, A, 3, 1)
    assert violations(CHECKS) == []


def test_not_won_is_401_in_the_body_and_200_as_a_status(ask, member):
    activity = make_tool(config={"times_limit": 5})
    open_session(activity, LATER, drops=[("A", NOW + DAY, 1)])
    answer = ask(member, activity)
    assert (answer.status_code, answer.json()) == (200, NOT_WON)
    assert SessionDraw.objects.values_list("outcome", "activity_no").get() == (-1, 1)  # it counts
    assert violations(CHECKS) == []


def test_by_count_the_first_and_the_second_draw_have_their_own_prizes(ask, member):
    activity = make_tool("nth_draw")
    open_session(activity, LEVELS)
    assert ask(member, activity).json() == won(activity, A, None, None)
    assert ask(member, activity).json() == won(activity, B, None, None)
    assert said(ask(member, activity)) == (409, "draw.levels_done")
    assert violations(CHECKS) == []


def test_a_level_game_asks_for_its_pass(ask, member, rows):
    activity = make_tool("nth_draw", config={"needs_pass": True})
    open_session(activity, LEVELS)
    before = rows()
    assert said(ask(member, activity)) == (409, "draw.pass_unusable")
    assert rows() == before
    made = passes.issue(activity_id=activity.pk, member_id=member.pk, node=1, actor=SYSTEM, now=NOW)
    brought = {"pass": passes.shown(made.pk)}
    assert ask(member, activity, **brought).json() == won(activity, A, None, None)


def test_by_amount_the_range_of_the_order_decides(ask, member, rows):
    activity = make_tool("amount_range")
    open_session(activity, AMOUNTS)
    six_thousand, more = (f"order:{paid_order(member, fen=fen).order_no}" for fen in (6_000, 6_001))
    assert ask(member, activity, amount_ref=six_thousand).json() == won(activity, A, None, None)
    assert ask(member, activity, amount_ref=more).json() == won(activity, B, None, None)
    before = rows()
    unknown = ask(member, activity, amount_ref="order:1")
    assert (said(unknown), unknown.json()["message"], unknown.json()["details"]) == (
        (409, "draw.amount_unusable"),
        "该订单或积分消费不能用于抽奖：它不存在，或不属于您",
        {"reason": "not_found", "reason_label": "它不存在，或不属于您"},
    )
    assert said(ask(member, activity, amount_ref=more)) == (409, "draw.amount_used")
    missing = ask(member, activity)
    assert said(missing) == (400, "common.invalid")
    assert [each["field"] for each in missing.json()["details"]] == ["amount_ref"]
    assert rows() == before


@pytest.mark.parametrize("brought", [{"amount_ref": "order:1"}, {"pass": "1:x"}])
def test_what_the_type_does_not_ask_for_is_refused(ask, member, rows, brought):
    activity = make_tool()
    open_session(activity)
    before = rows()
    assert said(ask(member, activity, **brought)) == (400, "common.invalid")
    assert rows() == before


@pytest.mark.parametrize("strange", ["amount_reference", "nonce", "num"])
def test_a_field_that_is_not_known_draws_nothing(ask, member, rows, strange):
    activity = make_tool()
    open_session(activity)
    before = rows()
    refusal = ask(member, activity, **{strange: "order:1"})
    assert said(refusal) == (400, "common.invalid")
    assert [(each["field"], each["message"]) for each in refusal.json()["details"]] == [(strange, "没有这个字段")]
    assert rows() == before


# limits and times


@pytest.mark.parametrize(
    ("config", "own", "kind"), [({"times_limit": 2}, {}, "activity_times"), ({}, {"times_limit": 2}, "session_times")]
)
def test_a_limit_that_is_reached_is_named(ask, member, rows, config, own, kind):
    activity = make_tool(config=config)
    open_session(activity, config=own)
    for _ in range(2):
        assert ask(member, activity).json()["code"] == "200"
    before = rows()
    refused = ask(member, activity)
    assert said(refused) == (409, "draw.limit_reached")
    assert refused.json()["details"].items() >= {"kind": kind, "limit": 2, "used": 2}.items()
    assert rows() == before
    assert ask(make_member(), activity).json()["code"] == "200"  # a limit is each member's own
    assert violations(CHECKS) == []


def test_before_and_after_a_session_nobody_draws(ask, clock, member, rows):
    activity = make_tool()
    open_session(activity, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    before = rows()
    for moment, code in [(59, 409), (60, 200), (119, 200), (120, 409)]:
        clock.move_to(NOW + moment * HOUR / 60)
        answer = ask(member, activity)
        assert (moment, answer.status_code) == (moment, code)
        if code == 409:
            assert answer.json()["code"] == "draw.session_not_live"
            assert moment > 60 or rows() == before
    assert SessionDraw.objects.count() == 2


def shanghai(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def test_a_daily_window_that_crosses_midnight_is_one_occurrence_with_one_count(ask, clock, app_client, member):
    activity = make_tool()
    nightly = {"times_limit": 2, "daily": {"from": "22:00", "to": "02:00"}}
    open_session(activity, starts_at=shanghai(22, 12), ends_at=shanghai(25, 12), config=nightly)
    for moment, code in [
        (shanghai(22, 21, 59), 409),
        (shanghai(22, 22), 200),
        (shanghai(23, 1, 59), 200),  # another day, the same night
        (shanghai(23, 2), 409),
        (shanghai(23, 22), 200),  # the next night counts anew
    ]:
        clock.move_to(moment)
        days.turn(now=moment)
        assert (moment, ask(member, activity).status_code) == (moment, code)
        deliver(now=moment)
    occurrences = SessionDraw.objects.order_by("pk").values_list("scope__occurrence__day", "session_no", "activity_no")
    assert list(occurrences) == [(22, 1, 1), (22, 2, 2), (23, 1, 3)]
    [session] = offered(app_client(member), activity)["result"]["sessions_list"]
    assert session == {
        **left(1),
        "start_time": int(shanghai(23, 22).timestamp()),
        "end_time": int(shanghai(24, 2).timestamp()),
        "prizes_list": [A],
    }
    assert violations(CHECKS) == []


def test_in_the_night_a_limit_still_holds_after_midnight(ask, clock, member, rows):
    activity = make_tool()
    nightly = {"times_limit": 1, "daily": {"from": "22:00", "to": "02:00"}}
    open_session(activity, starts_at=shanghai(22, 12), ends_at=shanghai(25, 12), config=nightly)
    clock.move_to(shanghai(22, 23, 59))
    ask(member, activity)
    before = rows()
    clock.move_to(shanghai(23, 0))
    assert said(ask(member, activity)) == (409, "draw.limit_reached")
    assert rows() == before


def test_a_session_that_is_over_shows_how_it_was_and_has_nothing_left(clock, anonymous):
    activity = make_tool()
    open_session(activity)
    clock.move_to(NOW + 2 * DAY)
    [session] = offered(anonymous, activity)["result"]["sessions_list"]
    assert session == {"start_time": START, "end_time": END, **left(0), "prizes_list": [A]}


# who draws for whom


def test_another_members_uid_is_refused_and_nothing_moves(ask, member, rows, anonymous):
    activity = make_tool()
    open_session(activity)
    before = rows()
    other = make_member()
    for uid in (other.pk, 10**12):  # whether there is such a member is nobody's business
        assert said(ask(member, activity, uid=uid)) == (403, "common.forbidden")
    assert said(ask(anonymous, activity, uid=member.pk))[0] == 401
    assert rows() == before


def test_an_operators_service_token_draws_for_any_member_and_only_with_the_permission(
    ask, member, rows, admin_client_for, make_operator
):
    activity = make_tool()
    open_session(activity)
    before = rows()
    plain = admin_client_for(make_operator(username="plain", permissions=["activities.view_activity"]))
    assert said(ask(plain, activity, uid=member.pk)) == (403, "common.forbidden")
    service = admin_client_for(make_operator(username="service", permissions=["activities.draw_for_members"]))
    assert said(ask(service, activity, uid=10**12))[0] == 404
    assert rows() == before
    other = make_member()
    for who in (member, other):
        assert ask(service, activity, uid=who.pk).json() == won(activity, A, None, None)
    assert list(Order.objects.order_by("pk").values_list("member_id", flat=True)) == [member.pk, other.pk]


def test_draws_count_per_member_whoever_asks_for_them(ask, member, rows, admin_client_for, operator):
    configs.change(key=PURCHASES.setting.key, value=2, actor=SYSTEM, now=NOW)
    activity, other, service = make_tool(), make_member(), admin_client_for(operator)
    open_session(activity)
    for speaker in (member, service):
        assert ask(speaker, activity, uid=member.pk).status_code == 200
    before = rows()
    for speaker in (member, service):
        refused = ask(speaker, activity, uid=member.pk)
        assert (said(refused), refused.headers["Retry-After"]) == ((429, "common.throttled"), "60")
    assert rows() == before
    assert [ask(service, activity, uid=other.pk).status_code for _ in range(3)] == [200, 200, 429]


def test_a_draw_for_somebody_else_counts_for_nobody(ask, member):
    configs.change(key=PURCHASES.setting.key, value=1, actor=SYSTEM, now=NOW)
    activity, other = make_tool(), make_member()
    open_session(activity)
    assert said(ask(member, activity, uid=other.pk)) == (403, "common.forbidden")
    assert [ask(other, activity).status_code, ask(member, activity).status_code] == [200, 200]


# a key


def test_a_key_that_is_sent_again_has_the_first_answer_whoever_sends_it(ask, clock, member, admin_client_for, operator):
    activity = make_tool(config={"times_limit": 1})
    open_session(activity)
    first = ask(member, activity, key="k1")
    assert first.headers.get("Idempotent-Replay") is None
    again = ask(member, activity, key="k1")
    assert (again.status_code, again.json(), again.headers["Idempotent-Replay"]) == (200, first.json(), "true")
    service = admin_client_for(operator)
    assert ask(service, activity, uid=member.pk, key="k1").json() == first.json()
    deliver()
    clock.move_to(NOW + 3 * DAY)  # although the session is over
    assert ask(member, activity, key="k1").json() == first.json()
    assert SessionDraw.objects.count() == 1
    assert violations(CHECKS) == []


def test_a_key_of_another_request_is_refused(ask, member):
    activity, other = make_tool(), make_tool(name="另一个")
    for each in (activity, other):
        open_session(each)
    ask(member, activity, key="k1")
    assert said(ask(member, other, key="k1")) == (422, "common.idempotency_mismatch")
    assert SessionDraw.objects.count() == 1


def test_without_a_key_each_press_is_a_draw(ask, member):
    activity = make_tool()
    open_session(activity)
    for _ in range(2):
        ask(member, activity)
    assert SessionDraw.objects.count() == 2


def test_paid_in_points_each_draw_costs_its_price(ask, member, rows):
    activity = make_tool(price_points=400)
    open_session(activity, [points("A", 1, odds_ppm=1_000_000)])
    for balance in (600, 200):
        assert ask(member, activity).json()["code"] == "200"
        assert member.point_accounts.get(kind="general").balance == balance
    before = rows()
    assert said(ask(member, activity)) == (409, "points.insufficient")
    assert rows() == before


def test_cash_is_not_taken_here(ask, member, rows):
    activity = make_tool(price_fen=6_000)
    open_session(activity, SURE)
    before = rows()
    assert said(ask(member, activity)) == (409, "draw.pay_with_unavailable")
    assert rows() == before
