"""转盘 and 九宫格: where the pointer stops is the place of the reward in the published order."""

import pytest

from activities.gameplay import registry
from activities.gameplay.base import InvalidConfig
from activities.models import DrawLog, Reward
from activities.services import opening
from blindbox.system.audit import SYSTEM
from tests.factories.activities import NOW
from tests.factories.draws import buy
from tests.factories.odds import draft_of, open_issue_of, terms_of

GRID = {"layout": "grid"}
EIGHT = [(f"{n}", 125_000) for n in range(1, 9)]
PLAY = registry.get("wheel")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"layout": "triangle"}, "layout（样式）必须是 wheel（转盘）或 grid（九宫格）"),
        ({"segments": 1}, "segments（格数）必须是 2 到 24 的整数"),
        ({"segments": 25}, "segments（格数）必须是 2 到 24 的整数"),
        ({"segments": True}, "segments（格数）必须是 2 到 24 的整数"),
        ({"layout": "grid", "segments": 9}, "九宫格的 segments（格数）只能是 8：中间一格是按钮"),
        ({"speed": 1}, "本玩法没有配置项：speed"),
    ],
)
def test_a_layout_that_cannot_be_shown_is_named(raw, said):
    with pytest.raises(InvalidConfig) as refusal:
        PLAY.parse_config(raw)
    assert str(refusal.value) == said


def test_the_layout_is_published_whole():
    assert PLAY.parse_config({}) == {"layout": "wheel"}
    assert PLAY.parse_config(GRID) == {"layout": "grid", "segments": 8}
    assert PLAY.parse_config({"segments": 6, "guarantee": {"levels": ["A"], "within": 5}}) == {
        "layout": "wheel", "segments": 6, "guarantee": {"levels": ["A"], "within": 5},
    }  # fmt: skip


def test_each_segment_has_one_reward():
    config = PLAY.parse_config(GRID)
    assert PLAY.problems(terms_of(EIGHT, gameplay="wheel").prizes, config) == []
    seven = terms_of([("A", 250_000), *EIGHT[2:]], gameplay="wheel").prizes
    assert [each.text for each in PLAY.problems(seven, config)] == ["一格一种奖品：共 8 格，现有 7 种奖品"]
    assert PLAY.problems(seven, {"layout": "wheel"}) == []
    [alone] = PLAY.problems(terms_of([("A", 1_000_000)], gameplay="wheel").prizes, {"layout": "wheel"})
    assert alone.text == "转盘要有 2 到 24 种奖品，现有 1 种"


def test_the_index_is_the_place_in_the_terms_from_zero():
    promised = terms_of(EIGHT, gameplay="wheel", config=GRID)
    assert [PLAY.prize_index(promised, prize.id) for prize in promised.prizes] == [0, 1, 2, 3, 4, 5, 6, 7]


def test_other_plays_have_no_index():
    assert registry.get("infinite").prize_index(terms_of(EIGHT), 1) is None
    assert registry.get("ichiban").prize_index(terms_of(EIGHT), 1) is None


@pytest.fixture
def wheel(db):
    """An open grid whose rewards were created in another order than they are shown in."""
    issue = draft_of(EIGHT, gameplay="wheel", config=GRID)
    for reward in Reward.objects.all():
        Reward.objects.filter(pk=reward.pk).update(sort=100 - reward.sort)
    return opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=NOW)


def url(issue):
    return f"/api/app/activities/{issue.activity_id}/issues/{issue.pk}/draws"


def place_of(draw):
    return 8 - int(draw["reward"]["level"])


def test_draws_orders_and_proofs_say_where_it_stops(member, wheel, app_client):
    client = app_client(member)
    body = {"count": 10, "pay_with": "points", "client_nonce": "n"}
    bought = client.post(url(wheel), body, HTTP_IDEMPOTENCY_KEY="k").json()
    assert [draw["prize_index"] for draw in bought["draws"]] == [place_of(draw) for draw in bought["draws"]]
    order = client.get(f"/api/app/orders/{bought['order']['order_no']}").json()
    assert order["draws"] == bought["draws"]
    again = client.post(url(wheel), body, HTTP_IDEMPOTENCY_KEY="k").json()
    assert again["draws"] == bought["draws"]
    for draw in bought["draws"]:
        proof = client.get(f"/api/app/draw_logs/{draw['id']}/proof").json()
        assert proof["draw"]["prize_index"] == draw["prize_index"]
    whole = client.get(f"/api/app/activities/{wheel.activity_id}/issues/{wheel.pk}/proof").json()
    assert [each["prize_index"] for each in whole["draws"]] == [draw["prize_index"] for draw in bought["draws"]]
    mine = client.get("/api/app/users/me/draw_logs").json()["list"]
    assert [each["prize_index"] for each in mine[::-1]] == [draw["prize_index"] for draw in bought["draws"]]


def test_what_has_no_wheel_answers_null(member, app_client):
    issue = open_issue_of(EIGHT)
    buy(member, issue, 1, now=NOW)
    proof = app_client(member).get(f"/api/app/draw_logs/{DrawLog.objects.get().pk}/proof").json()
    assert proof["draw"]["prize_index"] is None
