"""An export of any gameplay can be recomputed alone once its secrets are public, and holds none of them before."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from accounts.models import PointAccount, PointDebt, PointEntry
from accounts.services import points
from activities.models import DrawSecret, SessionDraw
from activities.services import closing, commitments, days, refunding
from activities.services.glue import releasing
from blindbox.common import fairness
from blindbox.common.ledger import Posting
from blindbox.system.audit import SYSTEM
from orders.models import Order
from tests.factories.activities import NOW, open_box, open_numbers
from tests.factories.cards import open_by_pairs, play
from tests.factories.draws import buy, hold, pay, settle
from tests.factories.glue import DYNAMIC, deliver, draw, make_tool, open_session
from tests.factories.odds import open_issue_of
from tests.factories.verifiers import example, example_part

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)
RECORDED = ["guarantee_before", "guarantee_after", "guarantee_roll", "substituted_for"]


class Export:
    """The files of one export, read again by somebody who has nothing else."""

    def __init__(self, folder, *asked):
        call_command("export_evidence", *asked, "--out", str(folder))
        self.folder = folder
        self.terms = json.loads((folder / "terms.json").read_text())
        self.text = "".join(path.read_text() for path in sorted(folder.iterdir()))

    def rows(self, name):
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]

    @property
    def verdicts(self):
        """Return what the public verifier says of the whole issue."""
        return [holds for _, holds in example.check(example.whole(self.rows("issue_proof.jsonl")))]

    def proofs_by_day(self):
        """Put a proof of each draw together from the sheets."""
        [issue], batches = self.rows("issue.json"), {row["id"]: row for row in self.rows("batches.jsonl")}
        of_day = {row["day"]: row for row in self.rows("days.jsonl")}
        issue = {**issue, "terms": (self.folder / "terms.json").read_text()}
        for row in self.rows("draws.jsonl"):
            batch, detail = batches[row["batch_id"]], row["detail"] or {}
            tables = zip(["table", "guarantee_table"], example_part("odds").tables_of(self.terms), strict=True)
            yield {
                "algorithm": issue["algorithm"], "issue": issue, **of_day[batch["day"]], **dict(tables),
                "draw": row, "roll": row["roll"], "player": batch["player"], "nonce": batch["client_nonce"],
                "seq": batch["first_seq"] + row["idx"], "choice": batch["choice"] or None, "play": detail, "card": None,
                "purpose": "guarantee" if "guarantee_roll" in detail else "roll",
                **{name: detail.get(name) for name in RECORDED},
            }  # fmt: skip


@pytest.fixture
def export(tmp_path):
    return lambda issue: Export(tmp_path / f"{issue.pk}-{len(list(tmp_path.iterdir()))}", "--issue", str(issue.pk))


def unsealed(subject):
    return commitments.secret_of(subject)


def sold(member, issue):
    """Sell a part by points and by WeChat, and refund one order."""
    buy(member, issue, 3, now=NOW)
    won_by_cash(member, issue, 2)
    refunding.refund_order(order_id=buy(member, issue, 1, now=NOW), reason="客诉", actor=SYSTEM, now=NOW)


def test_a_box(member, export):
    issue = open_box(total=10)
    sold(member, issue)
    hidden = export(issue)
    assert (False in hidden.verdicts, None in hidden.verdicts) == (False, True)
    assert unsealed(f"issue:{issue.pk}").hex() not in hidden.text
    buy(member, issue, 4, now=NOW)
    closing.close_finished(now=LATER)
    assert set(export(issue).verdicts) == {True}


def test_a_box_whose_numbers_are_picked(member, export):
    issue = open_numbers(total=4)
    buy(member, issue, 2, now=NOW, ticket_nos=(3, 1))
    buy(member, issue, 2, now=NOW, ticket_nos=(4, 2))
    closing.close_finished(now=LATER)
    whole = export(issue)
    assert set(whole.verdicts) == {True}
    assert [row["ticket_nos"] for row in whole.rows("batches.jsonl")] == [[3, 1], [4, 2]]


@pytest.fixture
def guaranteed(member):
    """A weighted issue with a guarantee and a limited prize that B takes the place of."""
    config = {"guarantee": {"levels": ["A", "B"], "within": 3}, "on_sold_out": "substitute"}
    issue = open_issue_of([("A", 300_000, 1, "B"), ("B", 100_000), ("C", 600_000)], config=config)
    sold(member, issue)
    buy(member, issue, 10, now=NOW)
    return issue


def test_by_odds_with_a_guarantee(guaranteed, export):
    secret = unsealed("day:2026-11-22").hex()
    hidden = export(guaranteed)
    assert secret not in hidden.text
    [day] = hidden.rows("days.jsonl")
    assert (day["day"], day["day_secret"], day["day_log"]["subject"]) == ("2026-11-22", None, "day:2026-11-22")
    days.turn(now=LATER)
    whole = export(guaranteed)
    proofs = list(whole.proofs_by_day())
    assert len(proofs) == 16
    assert {holds for proof in proofs for _, holds in example.check(proof)} == {True}
    assert set(whole.verdicts) == {True}
    assert whole.rows("days.jsonl")[0]["day_secret"] == secret


def test_pairs(member, export):
    issue = open_by_pairs()
    play(member, issue, 4, now=NOW)
    assert unsealed("day:2026-11-22").hex() not in export(issue).text
    days.turn(now=LATER)
    whole = export(issue)
    proofs = list(whole.proofs_by_day())
    assert len(proofs) == 4
    assert {holds for proof in proofs for _, holds in example.check(proof)} == {True}


def test_the_tool_with_releases(member, export):
    activity = make_tool(config={"probability": "dynamic"})
    drops = [("A", NOW - timedelta(minutes=30), 20), ("A", NOW + timedelta(minutes=30), 30), ("B", NOW, 200)]
    issue = open_session(activity, DYNAMIC, drops=drops)
    releasing.release_due(now=NOW)
    for minutes in (0, 1, 2):
        draw(member, activity, now=NOW + timedelta(minutes=minutes))
    deliver(now=NOW + timedelta(minutes=3))
    assert unsealed("day:2026-11-22").hex() not in export(issue).text
    days.turn(now=LATER)
    whole = export(issue)
    kept, [day] = whole.rows("session_draws.jsonl"), whole.rows("days.jsonl")
    batches = {row["id"]: row for row in whole.rows("batches.jsonl")}
    assert [row["outcome"] for row in kept] == list(
        SessionDraw.objects.order_by("pk").values_list("outcome", flat=True)
    )
    assert all(row["delivered_at"] for row in kept) and "last_error" not in kept[0]
    for row, drawn in zip(kept, whole.rows("draws.jsonl"), strict=True):
        batch, met = batches[row["batch_id"]], drawn["detail"]
        weights = [weight * left for weight, left in zip(met["w"], met["q"], strict=True)]
        table = list(zip(met["rewards"], weights, strict=True))
        place = (day["day"], issue.pk, row["occurrence"], row["version"], batch["player"], batch["client_nonce"])
        roll = fairness.s3_roll(bytes.fromhex(day["day_secret"]), *place, sum(weights))
        assert (roll, example_part("odds").pick(table, roll)) == (drawn["roll"], drawn["reward_id"])
    releases = [(row["status"], row["quantity"]) for row in whole.rows("releases.jsonl")]
    assert releases == [("done", 20), ("wait", 30), ("done", 200)]


def test_points_tell_what_was_paid_won_and_given_back_and_no_balance(member, export, make_member):
    issue = open_issue_of([("A", 1_000_000)])
    kept = Order.objects.get(pk=buy(member, issue, 2, now=NOW))
    back = Order.objects.get(pk=buy(member, issue, 1, now=NOW))
    refunding.refund_order(order_id=back.pk, reason="客诉", actor=SYSTEM, now=NOW)
    buy(make_member(points_balance=1000), open_issue_of([("A", 1_000_000)]), 1, now=NOW)  # somebody else's
    whole = export(issue)
    told = [(row["reason"], row["ref"], row["delta"]) for row in whole.rows("points.jsonl")]
    first, second = (row["id"] for row in whole.rows("batches.jsonl"))
    assert sorted(told) == sorted(
        [
            ("order", kept.order_no, -1200), ("order", back.order_no, -600), ("refund", back.order_no, 600),
            ("draw_prize", f"{first}:0", 1), ("draw_prize", f"{first}:1", 1), ("draw_prize", f"{second}:0", 1),
            ("refund", f"{second}:0", -1),
        ]
    )  # fmt: skip
    assert {row["member_id"] for row in whole.rows("points.jsonl")} == {member.pk}
    grant = PointEntry.objects.get(account__member=member, reason="grant")
    for private in ("balance", grant.ref, member.openid, member.nickname, member.invite_code, member.fair_ref):
        assert private not in whole.text


def won_by_cash(member, issue, count):
    order_id = hold(member, issue, count, now=NOW)
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    return order_id


def test_points_that_a_refund_left_owed_and_a_prize_paid_off_are_told(member, export):
    issue = open_issue_of([("A", 1_000_000)])
    back = won_by_cash(member, issue, 2)
    balance = PointAccount.objects.get(member=member, kind="general").balance
    points.post(member_id=member.pk, postings=[Posting(-balance, "grant", "elsewhere")], now=NOW)
    refunding.refund_order(order_id=back, reason="客诉", actor=SYSTEM, now=NOW)
    won_by_cash(member, issue, 1)
    points.post(member_id=member.pk, postings=[Posting(1, "grant", "unrelated")], now=NOW)  # pays the other one off
    assert PointDebt.objects.count() == 4
    whole = export(issue)
    first, second = (row["id"] for row in whole.rows("batches.jsonl"))
    told = [(row["member_id"], row["reason"], row["ref"], row["delta"]) for row in whole.rows("point_debts.jsonl")]
    assert told == [
        (member.pk, "refund", f"{first}:0", 1),
        (member.pk, "refund", f"{first}:1", 1),
        (member.pk, "debt", f"draw_prize:{second}:0", -1),
    ]
    entries = [(row["reason"], row["ref"], row["delta"]) for row in whole.rows("points.jsonl")]
    assert ("debt", f"draw_prize:{second}:0", -1) in entries
    assert ("refund", f"{first}:0", 0) in entries
    assert "unrelated" not in whole.text


def test_an_order_has_the_same_sheets(member, guaranteed, tmp_path):
    order = Order.objects.order_by("pk").first()
    one = Export(tmp_path / "one", "--order", order.order_no)
    assert ([row["order_id"] for row in one.rows("batches.jsonl")], len(one.rows("days.jsonl"))) == ([order.pk], 1)
    assert {row["ref"] for row in one.rows("points.jsonl") if row["reason"] == "order"} == {order.order_no}
    sealed = DrawSecret.objects.get(subject="day:2026-11-22").sealed
    assert (sealed in one.text, unsealed("day:2026-11-22").hex() in one.text) == (False, False)
