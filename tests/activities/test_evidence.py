"""An export holds everything, each file as hashed, and no secret before its reveal."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from activities.models import DrawLog, DrawSecret
from activities.services import closing, commitments
from orders.models import Order
from tests.factories.activities import NOW
from tests.factories.draws import buy, hold, pay, settle

pytestmark = pytest.mark.django_db
FILES = ["terms.json", "issue.json", "odds.json", "batches.jsonl", "draws.jsonl", "orders.jsonl", "payments.jsonl",
         "refunds.jsonl", "inventory.jsonl", "deliveries.jsonl", "points.jsonl", "point_debts.jsonl",
         "session_draws.jsonl", "releases.jsonl", "days.jsonl", "issue_proof.jsonl"]  # fmt: skip


def exported(folder, *asked):
    call_command("export_evidence", *asked, "--out", str(folder))
    manifest = json.loads((folder / "manifest.json").read_text())
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*(f["name"] for f in manifest["files"]), "manifest.json"]
    )
    for file in manifest["files"]:
        assert hashlib.sha256((folder / file["name"]).read_bytes()).hexdigest() == file["sha256"]
    return {file["name"]: file["lines"] for file in manifest["files"]}


def lines(folder, name):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


@pytest.fixture
def sold(member, box):
    buy(member, box, 2, now=NOW)
    order_id = hold(member, box, 1, now=NOW)
    pay(order_id, now=NOW)
    settle(order_id, now=NOW)
    return box


def test_an_issue_is_exported_whole(tmp_path, member, sold):
    counts = exported(tmp_path / "e", "--issue", str(sold.pk))
    assert list(counts) == FILES
    assert [counts[name] for name in FILES[3:]] == [2, 3, 2, 1, 0, 3, 0, 1, 0, 0, 0, 0, 1]
    assert (tmp_path / "e" / "terms.json").read_text() == sold.terms
    draws = lines(tmp_path / "e", "draws.jsonl")
    assert [draw["id"] for draw in draws] == list(DrawLog.objects.order_by("pk").values_list("pk", flat=True))
    assert lines(tmp_path / "e", "payments.jsonl")[0]["amount_fen"] == 6000
    assert lines(tmp_path / "e", "odds.json")[0]["draws"] == 3


def everything(folder):
    return "".join(path.read_text() for path in sorted(folder.iterdir()))


def test_no_secret_and_nobodys_name_leaves_the_shop(tmp_path, member, sold):
    exported(tmp_path / "e", "--issue", str(sold.pk))
    text = everything(tmp_path / "e")
    secret = commitments.secret_of(f"issue:{sold.pk}").hex()
    for private in (secret, DrawSecret.objects.get(subject=f"issue:{sold.pk}").sealed, member.openid, member.nickname):
        assert private not in text


def test_after_the_reveal_the_secret_is_in_it(tmp_path, member, box):
    buy(member, box, 10, now=NOW)
    buy(member, box, 10, now=NOW)
    closing.close_finished(now=NOW + timedelta(minutes=1))
    exported(tmp_path / "e", "--issue", str(box.pk))
    assert lines(tmp_path / "e", "issue.json")[0]["secret"] == commitments.secret_of(f"issue:{box.pk}").hex()


def test_an_order_is_exported_with_its_proofs(tmp_path, member, sold):
    order = Order.objects.order_by("pk").first()
    counts = exported(tmp_path / "e", "--order", order.order_no)
    assert (counts["orders.jsonl"], counts["draws.jsonl"], counts["proofs.jsonl"]) == (1, 2, 2)
    assert {proof["draw"]["id"] for proof in lines(tmp_path / "e", "proofs.jsonl")} == {
        draw["id"] for draw in lines(tmp_path / "e", "draws.jsonl")
    }


def test_it_overwrites_nothing_and_says_what_is_missing(tmp_path, box):
    with pytest.raises(CommandError, match="已存在"):
        call_command("export_evidence", "--issue", str(box.pk), "--out", str(tmp_path))
    with pytest.raises(CommandError, match="期次不存在"):
        call_command("export_evidence", "--issue", "999", "--out", str(tmp_path / "x"))
    with pytest.raises(CommandError, match="订单不存在"):
        call_command("export_evidence", "--order", "999", "--out", str(tmp_path / "x"))
    assert not (tmp_path / "x").exists()
