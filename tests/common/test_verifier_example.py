"""The example verifier of the docs: no code of ours, the same answers."""

import io
import json
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blindbox.common import fairness
from tests.factories import guaranteed, proofs
from tests.factories.altered_proofs import BOX_LIES, CARD_ISSUE_LIES, HONEST, ISSUE_LIES, LIES, altered, other_digit
from tests.factories.card_proofs import BY_CARDS, BY_PAIRS
from tests.factories.verifiers import EXAMPLE, VECTORS, example, example_part, example_verdict

cards, sessions, streams = (example_part(name) for name in ("cards", "sessions", "streams"))


@given(st.binary(min_size=32, max_size=32), st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1))
def test_it_rolls_the_same_number_from_any_nonce(secret, nonce):
    below = streams.stream(secret.hex(), "blindbox/weighted/1", "roll", "2026-03-05", 22, "aa", 3, nonce)
    assert below(fairness.PPM) == fairness.weighted_roll(secret, "roll", "2026-03-05", 22, "aa", 3, nonce)


def test_it_plays_the_published_session():
    pairs = json.loads(VECTORS.read_text("utf-8"))["pairs"]
    types = [{"type": kind, "count": count} for kind, count in pairs["quantities"]]
    fields = ("2026-03-05", 21, "00112233445566778899aabbccddeeff", pairs["seq"], "n1")
    assert cards.cards_of(proofs.DAY_SECRET.hex(), fields, types) == pairs["deck"]
    assert cards.played(pairs["deck"], {"hand": 4, "gain": 1}, None) == (pairs["events"], 2)


def test_it_rolls_the_published_number_of_the_generic_tool():
    s3 = json.loads(VECTORS.read_text("utf-8"))["s3"]
    place = ("2026-03-05", s3["session"], s3["occurrence"], s3["version"], s3["uid"], s3["nonce"])
    assert sessions.rolled(proofs.DAY_SECRET.hex(), place, s3["below"]) == s3["roll"]
    assert sessions.rolled(proofs.DAY_SECRET.hex(), place, 0) is None


@pytest.mark.parametrize(
    ("daily", "dates"),
    [
        (None, ["2026-03-02"]),
        ({"from": "00:00", "to": "24:00"}, ["2026-03-05"]),
        ({"from": "10:00", "to": "00:00"}, ["2026-03-05"]),
        ({"from": "22:00", "to": "02:00"}, ["2026-03-05", "2026-03-04"]),
        ({"from": "10:00", "to": "10:00"}, ["2026-03-05", "2026-03-04"]),
    ],
)
def test_it_knows_by_which_dates_an_occurrence_goes(daily, dates):
    terms = {"config": {"daily": daily}, "starts_at": "2026-03-01T16:00:00+00:00"}
    assert sessions.occurrences_on(terms, "2026-03-05") == dates


@pytest.mark.parametrize(("proof", "verdict"), HONEST.values(), ids=HONEST)
def test_the_example_verifier_passes_honest_proofs(proof, verdict):
    whole_box_waits = proof["algorithm"] == "deck/1" and proof["issue"]["secret"] is None
    assert example_verdict(proof) == ("wait" if whole_box_waits else verdict)


@pytest.mark.parametrize("lie", LIES, ids=[f"{proof['algorithm']}-{path}" for proof, path, _ in LIES])
def test_the_example_verifier_catches_altered_proofs(lie):
    assert example_verdict(altered(*lie)) == "bad"


@pytest.mark.parametrize(("sold", "revealed", "verdict"), [(0, False, "wait"), (17, False, "wait"), (20, True, "ok")])
def test_the_example_verifier_follows_a_whole_box(sold, revealed, verdict):
    assert example_verdict(proofs.deck_issue_proof(sold, revealed=revealed)) == verdict


@pytest.mark.parametrize(("path", "change"), BOX_LIES)
def test_the_example_verifier_catches_a_box_that_lost_or_swapped_a_draw(path, change):
    assert example_verdict(altered(proofs.deck_issue_proof(20, revealed=True), path, change)) == "bad"


def pages(*ends):
    firsts = [0, *ends]
    return [guaranteed.issue(first=a, after=b) for a, b in zip(firsts, [*ends, guaranteed.SOLD], strict=True)]


def test_the_example_verifier_follows_an_issue_by_odds_over_its_pages():
    assert example_verdict(guaranteed.issue()) == "ok"
    assert example_verdict(example.whole(pages(7, 33))) == "ok"
    assert dict(example.check(pages(7)[0]))["各页齐全"] is False


@pytest.mark.parametrize(("path", "change"), ISSUE_LIES, ids=[path for path, _ in ISSUE_LIES])
def test_the_example_verifier_catches_an_issue_by_odds_that_broke_a_promise(path, change):
    assert example_verdict(altered(guaranteed.issue(), path, change)) == "bad"


@pytest.mark.parametrize("issue", [BY_PAIRS, BY_CARDS], ids=["pairs", "cards"])
def test_the_example_verifier_follows_an_issue_of_sessions(issue):
    assert example_verdict(issue.whole()) == "ok"


@pytest.mark.parametrize(("path", "change"), CARD_ISSUE_LIES, ids=[path for path, _ in CARD_ISSUE_LIES])
def test_the_example_verifier_catches_an_issue_of_sessions_that_was_altered(path, change):
    assert example_verdict(altered(BY_PAIRS.whole(), path, change)) == "bad"


def test_the_example_verifier_reads_saved_pages_one_after_the_other():
    command = [sys.executable, str(EXAMPLE)]
    text = "\n".join(json.dumps(page) for page in pages(7, 33))
    passed = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    failed = subprocess.run(command, input=json.dumps(pages(7)[0]), capture_output=True, text=True, check=False)
    assert (passed.returncode, failed.returncode) == (0, 1)
    assert "✗ 各页齐全" in failed.stdout


def verified(text):
    command = [sys.executable, str(EXAMPLE)]
    ended = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    return ended.returncode, ended.stdout.splitlines()


def test_the_example_verifier_reads_the_proofs_of_an_order_one_a_line():
    two = [proofs.deck_draw(14, revealed=True), proofs.deck_draw(13, revealed=True)]
    code, lines = verified("\n".join(map(json.dumps, two)))
    titles = [line for line in lines if line.startswith("——")]
    assert (code, titles) == (0, [f"—— 第 {n} 份：抽奖 {each['draw']['id']}" for n, each in enumerate(two, start=1)])
    code, lines = verified("\n".join(map(json.dumps, [two[0], altered(two[1], "draw.sale_no", lambda no: no + 1)])))
    assert (code, lines[-1]) == (1, "验证不通过")
    assert "✗ 票号等于顺序" in lines[lines.index(titles[1]) :]
    assert "✗ 票号等于顺序" not in lines[: lines.index(titles[1])]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"code": "draw.not_found", "message": "抽奖记录不存在"}', "抽奖记录不存在"),
        ('{"algorithm": "deck/1"}', "deck/1"),
        ("[]", "[]"),
        ("<html>502</html>", "502"),
    ],
)
def test_the_example_verifier_says_in_a_line_that_something_is_no_proof(text, says):
    code, [found, verdict] = verified(text)
    assert (code, verdict, found.startswith("✗ 这不是证明："), says in found) == (1, "验证不通过", True, True)


def test_the_example_verifier_does_not_pass_nothing():
    assert verified("\n") == (1, ["没有读到证明"])


def test_the_example_verifier_follows_the_cursor_of_a_route(monkeypatch):
    asked = ["http://shop", "http://shop?cursor=906", "http://shop?cursor=932"]
    answers = dict(zip(asked, pages(7, 33), strict=True))
    monkeypatch.setattr(example, "urlopen", lambda url: io.StringIO(json.dumps(answers[url])))
    assert example_verdict(example.whole(example.fetched("http://shop"))) == "ok"


def test_the_example_verifier_is_a_command():
    command = [sys.executable, str(EXAMPLE)]
    honest = json.dumps(proofs.deck_draw(14, revealed=True))
    passed = subprocess.run(command, input=honest, capture_output=True, text=True, check=False)
    failed = subprocess.run(
        command, input=honest.replace('"sale_no": 14', '"sale_no": 13'), capture_output=True, text=True, check=False
    )
    assert (passed.returncode, failed.returncode) == (0, 1)
    assert "✗ 票号等于顺序" in failed.stdout


def test_the_example_verifier_runs_wherever_its_folder_was_saved(tmp_path):
    shutil.copytree(EXAMPLE.parent, tmp_path / "saved")
    command = [sys.executable, "-I", "-S", str(tmp_path / "saved/verify.py")]  # nothing but the standard library
    honest = json.dumps(proofs.weighted_draw(revealed=True))
    passed = subprocess.run(command, input=honest, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (passed.returncode, passed.stderr) == (0, "")


def test_the_example_verifier_says_that_it_does_not_know_an_algorithm():
    assert dict(example.check({**proofs.weighted_draw(), "algorithm": "dice/1"})) == {
        "本程序不认识抽奖方式 dice/1": False
    }


LOG = {"list": json.loads(VECTORS.read_text("utf-8"))["log"][::-1]}


def test_the_example_verifier_follows_the_public_log():
    assert example_verdict(LOG) == "ok"


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("list.0.commitment", other_digit),
        ("list.1", lambda first: proofs.log_entry(first["subject"], first["commitment"], seq=1)),
        ("list", lambda log: [*log, proofs.log_entry(log[0]["subject"], "aa" * 32, seq=3)]),
        ("list", lambda log: [log[1], {**log[1], "seq": 2}]),
    ],
)
def test_the_example_verifier_catches_a_log_that_was_rewritten(path, change):
    assert example_verdict(altered(LOG, path, change)) == "bad"
