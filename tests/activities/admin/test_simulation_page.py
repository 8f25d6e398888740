"""What the simulation page says: configured against simulated, money, how long it sells, or why it cannot be said."""

import re

import pytest

from activities.models import DrawLog
from blindbox.common.money import yuan
from tests.factories.activities import make_activity, make_draft, open_box
from tests.factories.glue import make_tool, points


def simulated(office, issue, query=""):
    return office.get(f"/admin/activities/issue/{issue.pk}/simulation/{query}")


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_a_box_is_shown_with_both_bars_and_every_figure(office):
    issue = open_box(total=4)
    page = simulated(office, issue, "?draws=400&seed=1&daily=2")
    found, text = page.context["found"], text_of(page)
    assert [(line.prize.level, line.odds_ppm, line.share_ppm, line.cost_fen) for line in found.lines] == [
        ("A", 250_000, 250_000, 8000),
        ("C", 750_000, 750_000, 1000),
        ("LAST", 250_000, 250_000, 3000),
    ]
    assert [(bar["odds"], bar["share"], bar["odds_width"], bar["share_width"]) for bar in page.context["bars"]] == [
        ("25.0000%", "25.0000%", "33.33", "33.33"),
        ("75.0000%", "75.0000%", "100.00", "100.00"),
        ("25.0000%", "25.0000%", "33.33", "33.33"),
    ]
    said = [f"单抽平均成本 {yuan(3500)}", f"单抽毛利 {yuan(2500)}", "最贵一抽 ¥110.00", "约 2.0 天 （每天 2 抽）"]
    assert [each for each in said if each not in text] == []
    assert f"最坏时累计 {yuan(found.worst_fen)}" in text
    assert (found.price_fen, found.margin_fen, found.dearest_fen) == (6000, 2500, 11000)
    assert not DrawLog.objects.exists()


@pytest.mark.parametrize(
    ("query", "words"),
    [("", "近 7 天没有销量，可填“每天抽数”估计"), ("?draws=100&seed=1&daily=8", "约 0.5 天")],
)
def test_the_time_to_sell_out_takes_a_rate(office, query, words):
    assert words in text_of(simulated(office, open_box(total=4), query))


def test_a_free_session_is_drawn_by_its_nodes(office):
    rewards = [points("A", odds_ppm=1_000_000, node=1), points("B", odds_ppm=1_000_000, node=2)]
    page = simulated(office, make_draft(make_tool("nth_draw"), rewards), "?draws=100&seed=1")
    assert [(line.odds_ppm, line.share_ppm) for line in page.context["found"].lines] == [(500_000, 500_000)] * 2
    text = text_of(page)
    assert ("单抽最低收入 免费" in text, "不限抽数" in text) == (True, True)


@pytest.mark.parametrize(
    ("gameplay", "why"),
    [("ichiban", "箱里没有奖品"), ("timed", "还没有奖品"), ("amount_range", "还没有奖品"), ("infinite", "")],
)
def test_what_cannot_be_simulated_yet_says_why(office, gameplay, why):
    page = simulated(office, make_draft(make_activity(gameplay=gameplay), []))
    text = text_of(page)
    assert (f"这一期还不能模拟：{why}" in text, "found" in page.context) == (True, False)


@pytest.mark.parametrize("query", ["?draws=0", "?draws=200001", "?draws=x", "?seed=", "?daily=0"])
def test_a_question_that_makes_no_sense_is_not_answered(office, query):
    page = simulated(office, open_box(total=4), query)
    assert (page.status_code, "found" in page.context, "公示与模拟" in text_of(page)) == (200, False, False)


def test_it_takes_the_permission_to_look(office_of, make_operator):
    stranger = office_of(make_operator(permissions=["activities.view_activity"]))
    assert simulated(stranger, open_box(total=4)).status_code == 403


@pytest.mark.parametrize(
    ("draws", "said", "unsaid"),
    [
        (400, "这次正好抽完 100 整箱", "卡方检验"),
        (402, "抽完的 100 整箱必然等于公示，差别只来自最后没有抽完的 2 抽", "正好"),
    ],
)
def test_whole_boxes_say_in_words_that_they_prove_nothing(office, draws, said, unsaid):
    text = text_of(simulated(office, open_box(total=4), f"?draws={draws}&seed=1"))
    assert (said in text, unsaid in text) == (True, False)


def test_a_refused_number_says_so_beside_its_input(office):
    page = simulated(office, open_box(total=4), "?draws=-5").content.decode()
    assert page.count('<span class="bb-asked-wrong" role="alert">') == 1
    assert 'value="-5"' in page
