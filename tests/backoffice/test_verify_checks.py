"""The page's checks, run in node: they pass honest proofs, wait where a secret is awaited, and catch every lie."""

import json

from tests.factories import card_proofs, guaranteed, proofs
from tests.factories.altered_proofs import BOX_LIES, CARD_ISSUE_LIES, HONEST, ISSUE_LIES, LIES, altered, becomes
from tests.factories.card_proofs import BY_CARDS, BY_PAIRS
from tests.factories.verifiers import (
    RUNNERS,
    SCRIPTS,
    VECTORS,
    needs_node,
    node,
    page_findings,
    page_issue_verdicts,
    page_verdicts,
)

pytestmark = needs_node


def test_the_page_computes_every_published_vector():
    vectors = json.loads(VECTORS.read_text("utf-8"))
    deck, weighted, guarantee = vectors["deck"], vectors["weighted"], vectors["weighted"]["guarantee"]
    assert node(RUNNERS / "vectors.mjs", SCRIPTS / "fairness.js", VECTORS) == {
        "terms_hash": deck["terms_hash"],
        "slots": deck["first_ten_slots"],
        "deck": deck["deck"],
        "last": 20,
        "global": deck["global"],
        "first": deck["first"],
        "salt_1": deck["salt_1"],
        "leaf_1": deck["leaf_1"],
        "roots": [deck["root"]] * 3,
        "sides": [[side for side, _ in deck[path]] for path in ("path_1", "path_20")],
        "commitment": deck["commitment"],
        "rejected": vectors["rejection"]["values"],
        "day": vectors["day"]["commitment"],
        "tag": vectors["player"]["tag"],
        "rolls": weighted["rolls"],
        "rewards": weighted["rewards"],
        "guarantee": [guarantee["roll"], guarantee["reward"]],
        "cards": vectors["pairs"]["deck"],
        "pairs": [play["pairs"] for play in vectors["pairs"]["pairs"]],
        "events": vectors["pairs"]["events"],
        "s3": vectors["s3"]["roll"],
        "log": [entry["entry_hash"] for entry in vectors["log"]],
    }


def test_the_page_tells_honest_proofs_and_says_which_must_wait():
    verdicts = page_verdicts([proof for proof, _ in HONEST.values()])
    assert dict(zip(HONEST, verdicts, strict=True)) == {case: verdict for case, (_, verdict) in HONEST.items()}


def test_the_page_catches_every_altered_proof():
    verdicts = page_verdicts([altered(*lie) for lie in LIES])
    assert [path for (_, path, _), verdict in zip(LIES, verdicts, strict=True) if verdict != "bad"] == []


def test_a_proof_that_lacks_anything_fails_instead_of_passing():
    whole = [proofs.deck_draw(14, revealed=True), proofs.weighted_draw(revealed=True)]
    lacking = [{key: proof[key] for key in proof if key != gone} for proof in whole for gone in ("draw", "issue")]
    lacking += [
        altered(whole[0], gone, becomes(None)) for gone in ("path", "salt", "issue.log", "issue.terms", "issue.root")
    ]
    lacking += [
        altered(whole[1], gone, becomes(None)) for gone in ("table", "nonce", "player", "seq", "day_log", "roll")
    ]
    session = BY_CARDS.draw(card_proofs.FURTHER)
    lacking += [
        altered(session, gone, becomes(None))
        for gone in ("table", "nonce", "player", "seq", "day_log", "play", "play.events", "choice", "card")
    ]
    assert set(page_verdicts([*lacking, {}])) == {"bad"}


def test_the_page_follows_whole_issues():
    box, shown = proofs.deck_issue_proof(20, revealed=True), proofs.deck_draw(14, revealed=True)
    open_box, open_shown = proofs.deck_issue_proof(17), proofs.deck_draw(14)
    for draw in box["draws"]:
        draw["id"] += 900 if draw["id"] < 900 else 0
    for draw in open_box["draws"]:
        draw["id"] += 900 if draw["id"] < 900 else 0
    odds = (guaranteed.issue(), guaranteed.draw(guaranteed.REPLACED))
    assert page_issue_verdicts([(box, shown), (open_box, open_shown), _of_one_id(*odds)]) == ["ok", "wait", "ok"]


def _of_one_id(issue, draw):
    """The factories number the shown draw by itself."""
    listed = issue["draws"][draw["seq"]]
    return issue, altered(draw, "draw.id", becomes(listed["id"]))


def test_the_page_catches_an_issue_that_broke_a_promise():
    pairs = [
        _of_one_id(altered(guaranteed.issue(), path, change), guaranteed.draw(guaranteed.NATURAL))
        for path, change in ISSUE_LIES
    ]
    verdicts = page_issue_verdicts(pairs)
    assert [path for (path, _), verdict in zip(ISSUE_LIES, verdicts, strict=True) if verdict != "bad"] == []


def test_the_page_catches_a_box_that_lost_or_swapped_a_draw():
    shown = altered(proofs.deck_draw(14, revealed=True), "draw.id", becomes(14))
    pairs = [(altered(proofs.deck_issue_proof(20, revealed=True), path, change), shown) for path, change in BOX_LIES]
    assert page_issue_verdicts(pairs) == ["bad"] * len(BOX_LIES)


def test_the_page_follows_issues_of_sessions():
    shown = [(BY_PAIRS.whole(), BY_PAIRS.draw(card_proofs.SUBSTITUTED)), (BY_CARDS.whole(), BY_CARDS.draw(0))]
    assert page_issue_verdicts(shown) == ["ok", "ok"]
    lies = [(altered(BY_PAIRS.whole(), *lie), BY_PAIRS.draw(0)) for lie in CARD_ISSUE_LIES]
    assert page_issue_verdicts(lies) == ["bad"] * len(CARD_ISSUE_LIES)


def test_a_session_is_shown_with_the_names_of_its_cards():
    steps = {step["title"]: step["text"] for step in page_findings([BY_CARDS.draw(0)])[0]["steps"]}
    first = BY_CARDS.results[0].detail["events"][0]["deal"][0]
    name = card_proofs.CARDS[first]["name"]
    assert steps["这一局的奖品"] == f"第 1 张牌是「{name}」，得「卡 · {name}」。"
    assert steps["预选的种类"] == "开奖之前已经存下：龟。"


def test_odds_that_the_terms_do_not_announce_are_named():
    other = altered(proofs.weighted_draw(), "table", becomes([[401, 6_000], [402, 94_000], [403, 900_000]]))
    steps = page_findings([other])[0]["steps"]
    assert [(step["state"], step["text"]) for step in steps if step["title"] == "这一抽的概率表"] == [
        ("bad", "所用概率与条款公示的概率不同。")
    ]
