"""对对碰 is set up without JSON: a table of cards, tiers with their pairs, and the odds before anything is opened."""

import pytest

from activities.enums import IssueStatus
from activities.models import Activity, Issue, IssueCounter, Reward
from tests.factories.activities import make_activity, make_draft, make_product
from tests.factories.cards import BY_PAIRS, CARDS, GOODS, tiers
from tests.factories.pages import open_by_dialog, rows, said, save

NO_WINDOW = {f"{name}_{part}": "" for name in ("starts_at", "ends_at") for part in (0, 1)}
NAMES = ["鲸", "鲨", "龟", "蟹"]


def cards(*lines):
    """Return what the table of cards sends: (number, name, count) a line."""
    columns = zip(*[(*line, "") for line in lines], strict=True)
    return {
        f"match_cards-{name}": list(cells)
        for name, cells in zip(["type", "name", "count", "image_url"], columns, strict=True)
    }


FOUR = cards(*[("", name, "4") for name in NAMES])


def typed(**changes):
    return {
        "name": "深海", "gameplay": "match", "price_fen": "29.00", "price_points": "290", "starts_at_0": "2026-01-01",
        "starts_at_1": "00:00", "ends_at_0": "", "ends_at_1": "", "status": "active", "largest_order": "10",
        "bundle_prices": "", "tags": "", "cover_url": "", "description": "", "rules": "", "match_variant": "score",
        "match_hand": "4", "match_gain": "1", "match_lucky_gain": "", "match_different_gain": "",
        "change_reason": "调整", **FOUR, **changes,
    }  # fmt: skip


@pytest.fixture
def add(office):
    category_id = make_activity(name="别的").category_id
    return lambda **changes: office.post("/admin/activities/activity/add/", typed(category=category_id, **changes))


def made():
    return Activity.objects.get(name="深海")


def test_cards_are_typed_as_a_table_and_numbered_by_themselves(add):
    add()
    assert made().config == {
        "largest_order": 10,
        "bundle_prices": [],
        "variant": "score",
        "cards": [{"type": n, "name": name, "count": 4} for n, name in enumerate(NAMES, start=1)],
        "hand": 4,
        "gain": 1,
    }


def test_goods_have_gains_of_their_own(add):
    lines = cards(("7", "鲸", "3"), ("", "鲨", "2"))
    add(match_variant="goods", match_hand="2", match_lucky_gain="1", match_different_gain="2", **lines)
    config = made().config
    assert [card["type"] for card in config["cards"]] == [7, 8]
    assert (config["variant"], config["lucky_gain"], config["different_gain"]) == ("goods", 1, 2)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"match_hand": ""}, "开局张数必须是 1 到 16 的整数"),
        ({"match_hand": "17"}, "开局张数必须是 1 到 16 的整数"),
        (cards(("", "鲸", "四")), "第 1 行的张数要填整数"),
        (cards(("x", "鲸", "4")), "第 1 行的牌号要填整数"),
        (cards(("", "鲸", "4"), ("", "鲸", "4")), "牌组里有重复的名称"),
        (cards(("", "", "")), "牌组要有 1 到 40 种牌"),
        (cards(("", "", "4")), "牌的名称必须是 1 到 20 个字"),
    ],
)
def test_a_wrong_table_saves_nothing_and_keeps_what_was_typed(add, changes, text):
    page = add(**changes).content.decode()
    assert text in page
    assert not Activity.objects.filter(name="深海").exists()
    assert 'value="29.00"' in page


def test_what_is_in_the_table_is_shown_and_stays_when_something_else_changes(office):
    activity = make_activity(gameplay="match", name="深海", config={**BY_PAIRS, "largest_order": 5})
    url = f"/admin/activities/activity/{activity.pk}/change/"
    page = office.get(url).content.decode()
    assert [f'value="{name}"' in page for name in NAMES] == [True] * 4
    lines = cards(*[(str(card["type"]), card["name"], str(card["count"])) for card in CARDS])
    save(office, url, typed(category=activity.category_id, name="浅海", largest_order="5", **lines))
    changed = Activity.objects.get(pk=activity.pk)
    assert changed.name == "浅海"
    assert changed.config == {**BY_PAIRS, "largest_order": 5}  # nothing of it was touched


def test_another_gameplay_takes_no_cards_along(office):
    activity = make_activity(gameplay="match", name="深海", config=BY_PAIRS)
    sent = typed(category=activity.category_id, gameplay="ichiban")
    save(office, f"/admin/activities/activity/{activity.pk}/change/", sent)
    changed = Activity.objects.get(pk=activity.pk)
    assert (changed.gameplay, changed.config) == ("ichiban", {"largest_order": 10, "bundle_prices": []})


def test_the_hidden_inputs_of_cards_stand_in_nobodys_way(office):
    activity = make_activity(name="深海", config={"largest_order": 20})
    sent = typed(
        category=activity.category_id, gameplay="ichiban", largest_order="30", match_hand="", **cards(("", "鲸", "x"))
    )
    save(office, f"/admin/activities/activity/{activity.pk}/change/", sent)
    assert Activity.objects.get(pk=activity.pk).config == {"largest_order": 30, "bundle_prices": []}


# tiers and odds


def row(**cells):
    blank = {
        "name": "",
        "product": "",
        "points": "",
        "quantity": "",
        "reference_value_fen": "",
        "cost_fen": "",
        "sort": "",
    }
    return {**blank, "substitute": "", **cells}


def test_tiers_are_rows_with_the_least_pairs_and_may_be_unlimited(office):
    activity, product = make_activity(gameplay="match", config=BY_PAIRS), make_product(name="鲸鱼")
    url = f"/admin/activities/issue/add/?activity={activity.pk}"
    page = office.get(url).content.decode()
    assert "最少对数" in page
    assert "占比" not in page
    lines = [row(level="A", product=product.pk, node=3, quantity=5), row(level="B", points=50, node=0)]
    office.post(url, {"activity": activity.pk, "number": "", **NO_WINDOW, **rows("rewards", *lines)})
    assert list(Reward.objects.order_by("sort").values_list("level", "node", "quantity")) == [
        ("A", 3, 5),
        ("B", 0, None),
    ]


def test_cards_that_are_goods_have_a_number_instead(office):
    activity = make_activity(gameplay="match", config=GOODS)
    page = office.get(f"/admin/activities/issue/add/?activity={activity.pk}").content.decode()
    assert "牌号" in page
    assert "最少对数</" not in page


@pytest.fixture
def draft(db):
    return make_draft(make_activity(gameplay="match", config=BY_PAIRS), tiers(make_product().pk))


@pytest.mark.parametrize("where", ["issue/{issue}/change", "issue/{issue}/open_issue", "activity/{activity}/change"])
def test_the_odds_are_shown_before_anything_is_opened(office, draft, where):
    url = f"/admin/activities/{where.format(issue=draft.pk, activity=draft.activity_id)}/"
    page = office.get(url).content.decode()
    assert [odds in page for odds in ("11.688%", "35.564%", "52.747%")] == [True] * 3
    assert list(Reward.objects.values_list("odds_ppm", flat=True)) == [None] * 3  # looking stores nothing


def test_the_odds_are_shown_beside_what_a_draft_still_lacks(office, draft):
    Activity.objects.update(price_fen=30_000)  # above what the guidance allows
    page = office.get(f"/admin/activities/issue/{draft.pk}/change/").content.decode()
    assert "开放之前还要解决" in page
    assert [odds in page for odds in ("由牌组算出的概率", "11.688%", "52.747%")] == [True] * 3


def test_it_opens_with_these_odds(office, draft):
    answer = open_by_dialog(office, draft.pk, reason="上新")
    assert said(answer)[0].startswith("第 1 期已开放")
    assert IssueCounter.objects.get(pk=draft.pk).status == IssueStatus.OPEN
    assert list(Reward.objects.order_by("sort").values_list("odds_ppm", flat=True)) == [116_883, 355_644, 527_473]
    page = office.get(f"/admin/activities/issue/{draft.pk}/change/").content.decode()
    assert "11.688%" in page


def test_a_tier_for_no_pairs_is_asked_for(office, draft):
    Reward.objects.filter(node=0).delete()
    page = office.get(f"/admin/activities/issue/{draft.pk}/change/").content.decode()
    assert "要有一个最少 0 对就能得的奖品：每一局都要有奖品" in page
    assert Issue.objects.get().terms == ""
