"""Who may not buy, or not as much, over HTTP: each refusal has its own code, moves nothing; gifts are no way round."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Member, MemberProtection, PointAccount, PointEntry
from accounts.services import protection
from activities.models import DrawAllowance, RewardStock, SessionDraw, SessionScope, SessionTally
from activities.settings import ADULT_LIMITS, MINOR_LIMITS, REQUIRE_BIRTH_DATE
from blindbox.common.business_day import business_day
from blindbox.system.audit import SYSTEM
from blindbox.system.configs import change
from blindbox.system.models import IdempotencyKey, OutboxMessage
from tests.factories.activities import open_box
from tests.factories.glue import make_tool, open_session

pytestmark = pytest.mark.django_db
ELSE = [PointAccount, PointEntry, DrawAllowance, RewardStock, SessionDraw, SessionScope, SessionTally]
ELSE += [IdempotencyKey, OutboxMessage]


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def everything(state):
    return lambda: [state(), *(list(model.objects.order_by("pk").values()) for model in ELSE)]


@pytest.fixture
def buys(app, member, now):
    """Ask for draws of a box: buys(count=2, pay_with="weixin")."""
    box = open_box(now=now)
    url = f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws"
    keys = iter("abcdefgh")

    def ask(tail="", **body):
        asked = {"count": 1, "pay_with": "points", "client_nonce": "n", **body}
        return app.post(url + tail, asked, headers={"Idempotency-Key": next(keys)})

    return ask


@pytest.fixture
def service(admin_client_for, make_operator):
    """A game's own server, which draws for members."""
    return admin_client_for(make_operator(username="game", permissions=["activities.draw_for_members"]))


@pytest.fixture
def draws(service, app, member, now):
    """Ask for one draw of the generic tool: by the member, or by a service for them."""

    def ask(by, **prices):
        tool = make_tool(now=now, **prices)
        open_session(tool, now=now)
        body = {"serial_no": tool.serial_no, "uid": member.pk, "client_nonce": "n"}
        return {"member": app, "service": service}[by].post("/v1/glue/activity/draw", body)

    return ask


def years_ago(n, now, *, days=0):
    today = business_day(now)
    return today.replace(year=today.year - n, day=min(today.day, 28)) + timedelta(days=days)


def child(member, now, make_operator):
    Member.objects.filter(pk=member.pk).update(birth_date=years_ago(8, now, days=10), guardian_consent=True)


def minor(member, now, make_operator):
    Member.objects.filter(pk=member.pk).update(birth_date=years_ago(18, now, days=10))


def unknown_age(member, now, make_operator):
    change(key=REQUIRE_BIRTH_DATE.key, value=True, actor=SYSTEM, now=now)


def resting(member, now, make_operator):
    protection.rest(member_id=member.pk, until=now + timedelta(hours=1), now=now)


def excluded(member, now, make_operator):
    protection.exclude(member_id=member.pk, until=now + timedelta(days=1), now=now)


def insider(member, now, make_operator):
    make_operator(username="linked").linked_members.add(member)


REFUSED = {
    child: (403, "compliance.underage"),
    minor: (403, "compliance.guardian_consent_required"),
    unknown_age: (403, "compliance.birth_date_required"),
    resting: (409, "compliance.resting"),
    excluded: (409, "compliance.self_excluded"),
    insider: (403, "draw.insider"),
}
EACH = pytest.mark.parametrize(("made", "refusal"), REFUSED.items(), ids=[each.__name__ for each in REFUSED])


def said(answer):
    return answer.status_code, answer.json()["code"]


@EACH
@pytest.mark.parametrize("pay_with", ["points", "weixin"])
def test_a_purchase_is_refused_by_its_own_code(buys, member, now, make_operator, everything, made, refusal, pay_with):
    made(member, now, make_operator)
    before = everything()
    assert said(buys(pay_with=pay_with)) == refusal
    assert everything() == before


@EACH
@pytest.mark.parametrize("by", ["member", "service"])
@pytest.mark.parametrize("prices", [{}, {"price_points": 10}], ids=["free", "for points"])
def test_the_tool_refuses_likewise_whoever_asks(draws, member, now, make_operator, state, made, refusal, by, prices):
    made(member, now, make_operator)
    moved = [PointEntry, SessionDraw, SessionTally, DrawAllowance, OutboxMessage]
    before = [model.objects.count() for model in moved]
    assert said(draws(by, **prices)) == refusal
    assert [model.objects.count() for model in moved] == before


@pytest.mark.parametrize("by", ["member", "service"])
def test_the_tool_serves_everybody_else(draws, by):
    answer = draws(by)
    assert (answer.status_code, SessionDraw.objects.count()) == (200, 1)


def only(settings, kind, most, now):
    """Set one of the shop's limits, and lift the others."""
    for name, setting in settings.items():
        change(key=setting.key, value=most if name == kind else 0, actor=SYSTEM, now=now)


LIMITS = {
    "day_draws": (2, {"count": 3}, "今日抽数", "2 抽"),
    "month_draws": (2, {"count": 3}, "本月抽数", "2 抽"),
    "day_fen": (11_999, {"count": 2, "pay_with": "weixin"}, "今日消费金额", "¥119.99"),
    "month_fen": (11_999, {"count": 2, "pay_with": "weixin"}, "本月消费金额", "¥119.99"),
}


@pytest.mark.parametrize("kind", LIMITS)
@pytest.mark.parametrize("whose", ["own", "shop", "minors"])
def test_a_limit_says_which_and_how_much_is_left(buys, member, now, everything, kind, whose):
    most, asked, label, left = LIMITS[kind]
    if whose == "own":
        protection.set_limits(member_id=member.pk, limits={kind: most}, now=now)
    elif whose == "shop":
        only(ADULT_LIMITS, kind, most, now)
    else:
        Member.objects.filter(pk=member.pk).update(birth_date=years_ago(17, now), guardian_consent=True)
        only(MINOR_LIMITS, kind, most, now)
    before, answer = everything(), buys(**asked)
    assert said(answer) == said(buys("/preview", **asked)) == (409, "draw.limit_reached")
    assert answer.json()["message"] == f"超出{label}的上限，还可 {left}"
    assert answer.json()["details"] == {"kind": kind, "label": label, "limit": most, "used": 0, "left": left}
    assert everything() == before
    assert buys().status_code == 201


def test_a_limit_counts_what_was_bought_before_with_the_tool_too(buys, draws, member, now):
    protection.set_limits(member_id=member.pk, limits={"day_draws": 1}, now=now)
    assert draws("service").status_code == 200  # a gift counts nowhere
    assert draws("service", price_points=10).status_code == 200
    refused = draws("service", price_points=10)
    assert (said(refused), refused.json()["details"]["used"]) == ((409, "draw.limit_reached"), 1)
    assert said(buys()) == (409, "draw.limit_reached")
    assert SessionDraw.objects.count() == 2


@pytest.mark.parametrize("strange", ["dayfen", "day_fen ", "daily_fen"])
def test_a_misspelt_limit_is_refused_and_sets_none_of_those_beside_it(app, member, now, strange):
    protection.set_limits(member_id=member.pk, limits={"day_fen": 9_000, "day_draws": 9}, now=now)
    before = MemberProtection.objects.values().get()
    refused = app.put("/api/app/users/me/protection", {strange: 100, "day_draws": 1})
    assert said(refused) == (400, "common.invalid")
    named = [(each["field"], each["code"], each["message"]) for each in refused.json()["details"]]
    assert named == [(strange, "unknown", "没有这个字段")]
    assert MemberProtection.objects.values().get() == before
