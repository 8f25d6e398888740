"""manage.py verify_draws: honest draws pass, one altered row is caught, no secret is printed."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts.models import Member
from activities.models import DrawBatch, DrawCommitment, DrawLog, DrawPlayer, DrawSecret, Issue, IssueCounter
from activities.services import closing, commitments, days
from blindbox.common import fairness
from blindbox.common.sealing import seal
from blindbox.system.audit import SYSTEM
from orders.models import Order
from tests.factories.activities import NOW, make_activity, make_draft, open_odds
from tests.factories.draws import buy, open_box_of_all_positions

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def box(member):
    """A box of eleven with extras, four sold."""
    issue = open_box_of_all_positions()
    buy(member, issue, 4, now=LATER)
    return issue


@pytest.fixture
def odds(member):
    issue = open_odds()
    buy(member, issue, 3, now=LATER)
    buy(member, issue, 2, now=LATER)
    return issue


@pytest.fixture
def verify(capsys):
    """Run the command: its exit code and what it printed."""

    def run(*arguments):
        code = 0
        try:
            call_command("verify_draws", *arguments)
        except SystemExit as stop:
            code = stop.code
        return code, capsys.readouterr().out.splitlines()

    return run


def test_honest_draws_pass(box, odds, verify):
    of_box = DrawLog.objects.filter(issue=box).count()
    make_draft(make_activity(), [{"level": "A", "kind": "points", "points": 5, "quantity": 1}])  # promises nothing yet
    assert verify() == (0, [f"全部相符：重算了 2 期、{of_box + 5} 个抽奖结果"])
    assert verify("--issue", str(box.pk)) == (0, [f"全部相符：重算了 1 期、{of_box} 个抽奖结果"])
    assert verify("--issue", str(odds.pk)) == (0, ["全部相符：重算了 1 期、5 个抽奖结果"])


def test_they_pass_when_closed_and_revealed(member, box, odds, verify):
    days.turn(now=LATER)
    buy(member, box, 7, now=LATER)
    closing.close(issue_id=box.pk, actor=SYSTEM, now=LATER)
    days.turn(now=NOW)
    days.turn(now=NOW + timedelta(days=1))
    assert DrawSecret.objects.filter(revealed__isnull=False).count() == 2
    drawn = DrawLog.objects.count()
    assert (drawn, verify()) == (20, (0, [f"全部相符：重算了 2 期、{drawn} 个抽奖结果"]))


def test_an_unknown_issue_is_an_error(box):
    with pytest.raises(CommandError, match="没有这一期"):
        call_command("verify_draws", "--issue", "999999")


def log_of(issue):
    return DrawLog.objects.filter(issue=issue, is_bonus=False).order_by("pk").first()


def alter(rows, **values):
    assert rows.update(**values) == 1


def test_another_reward_is_caught(box, verify):
    log = log_of(box)
    other = DrawLog.objects.exclude(reward_id=log.reward_id).values_list("reward_id", flat=True).first() or 10**6
    alter(DrawLog.objects.filter(pk=log.pk), reward_id=other)
    assert verify() == (1, [f"抽奖 {log.pk}：奖品为 {other}，应为 {log.reward_id}", "发现 1 处不符"])


def test_another_ticket_is_caught(box, verify):
    log = log_of(box)
    alter(DrawLog.objects.filter(pk=log.pk), ticket_no=9)
    assert verify() == (1, [f"抽奖 {log.pk}：票号为 9，应为 1", "发现 1 处不符"])


def test_another_sale_number_is_caught(box, verify):
    log = log_of(box)
    alter(DrawLog.objects.filter(pk=log.pk), sale_no=9)
    assert verify()[0] == 1


def test_a_ticket_beyond_the_box_is_caught(box, verify):
    alter(DrawLog.objects.filter(sale_no=4), sale_no=12)
    code, lines = verify()
    batch = DrawBatch.objects.get(issue=box)
    assert (code, lines[0]) == (1, f"批次 {batch.pk}：售出序号不是箱内连续的 4 个")


def test_a_result_that_is_gone_is_caught(box, verify):
    DrawLog.objects.filter(issue=box, sale_no=4).delete()
    assert verify()[0] == 1


def test_an_extra_prize_that_was_not_due_is_caught(box, verify):
    log = log_of(box)
    extra = DrawLog.objects.create(
        batch=log.batch, idx=50, issue=box, member_id=log.member_id, reward_id=log.reward_id, ticket_no=1,
        is_bonus=True, bonus_of=0, drawn_at=NOW,
    )  # fmt: skip
    assert verify() == (1, [f"抽奖 {extra.pk}：多出的结果", "发现 1 处不符"])


def test_another_roll_is_caught(odds, verify):
    log = log_of(odds)
    alter(DrawLog.objects.filter(pk=log.pk), roll=(log.roll + 1) % 1_000_000)
    found = f"抽奖 {log.pk}：随机数为 {(log.roll + 1) % 1_000_000}，应为 {log.roll}"
    assert verify() == (1, [found, "发现 1 处不符"])


def test_a_numbers_gap_is_caught(odds, member, verify):
    alter(DrawPlayer.objects.all(), next_seq=6)
    assert verify() == (1, [f"期次 {odds.pk} 用户 {member.pk}：抽取序号不连续", "发现 1 处不符"])


@pytest.mark.parametrize(("column", "value"), [("first_seq", 9), ("player", "0" * 32), ("client_nonce", "other")])
def test_other_inputs_of_a_roll_are_caught(odds, verify, column, value):
    alter(DrawBatch.objects.filter(pk=DrawBatch.objects.latest("pk").pk), **{column: value})
    assert verify()[0] == 1


def test_a_day_that_is_not_the_day_of_payment_is_caught(odds, verify):
    order_id = DrawBatch.objects.earliest("pk").order_id
    Order.objects.filter(pk=order_id).update(paid_at=F("paid_at") - timedelta(days=1))
    code, lines = verify()
    assert (code, len(lines), "业务日不是支付当日" in lines[0]) == (1, 2, True)


def test_another_member_is_caught(odds, make_member, verify):
    Member.objects.filter(pk=DrawBatch.objects.first().member_id).update(fair_ref="f" * 32)
    assert verify()[0] == 1


def test_one_byte_of_the_terms_is_caught(box, verify):
    alter(
        Issue.objects.filter(pk=box.pk), terms=Issue.objects.get(pk=box.pk).terms.replace('"points":1', '"points":2', 1)
    )
    assert verify() == (1, [f"期次 {box.pk}：条款与散列不符", "发现 1 处不符"])


def test_terms_altered_with_their_hash_are_caught(odds, verify):
    text = Issue.objects.get(pk=odds.pk).terms.replace('"odds_ppm":5000,', '"odds_ppm":5001,')
    alter(Issue.objects.filter(pk=odds.pk), terms=text, terms_hash=fairness.terms_hash(text))
    code, lines = verify()
    assert (code, f"期次 {odds.pk}：条款与承诺不符" in lines) == (1, True)


def test_terms_that_are_no_json_are_caught(box, verify):
    alter(Issue.objects.filter(pk=box.pk), terms="x", terms_hash=fairness.terms_hash("x"))
    assert f"期次 {box.pk}：条款不能读取或属于别的期次" in verify()[1]


@pytest.mark.parametrize("column", ["root", "commitment"])
def test_another_root_or_commitment_is_caught(box, verify, column):
    alter(Issue.objects.filter(pk=box.pk), **{column: "0" * 64})
    assert verify()[0] == 1


@pytest.mark.parametrize(("column", "value"), [("total", 12), ("endgame", 0)])
def test_another_counter_is_caught(box, verify, column, value):
    alter(IssueCounter.objects.filter(pk=box.pk), **{column: value})
    assert f"期次 {box.pk}：总抽数或尾盘保护与条款不符" in verify()[1]


LOG_LIES = {
    "commitment": "0" * 64,
    "published_at": NOW - timedelta(days=9),
    "prev_hash": "1" * 64,
    "entry_hash": "2" * 64,
    "subject": "day:2000-01-01",
    "seq": 99,
}


@pytest.mark.parametrize("column", LOG_LIES)
def test_each_altered_field_of_a_log_entry_is_caught(box, odds, verify, column):
    entry = DrawCommitment.objects.order_by("seq")[1]
    alter(DrawCommitment.objects.filter(pk=entry.pk), **{column: LOG_LIES[column]})
    code, lines = verify("--issue", str(box.pk))
    assert (code, lines[0].startswith("承诺日志")) == (1, True)


def test_a_deleted_log_entry_is_caught(box, odds, verify):
    DrawCommitment.objects.filter(seq=2).delete()
    code, lines = verify()
    assert (code, lines[:2]) == (1, ["承诺日志：第 1 条之后是第 3 条", "承诺日志第 3 条：没有锁住前一条"])


def test_another_secret_is_caught(box, verify):
    subject = f"issue:{box.pk}"
    alter(DrawSecret.objects.filter(subject=subject), sealed=seal(bytes(32), purpose=f"deck\n{box.pk}"))
    code, lines = verify()
    assert (code, f"期次 {box.pk}：整箱与默克尔根不符" in lines) == (1, True)


def test_a_secret_of_another_purpose_is_caught(box, odds, verify):
    day = DrawSecret.objects.filter(subject__startswith="day:").first()
    alter(DrawSecret.objects.filter(subject=f"issue:{box.pk}"), sealed=day.sealed)
    assert verify()[1] == [f"issue:{box.pk}：密钥不能解封", "发现 1 处不符"]


def test_a_revealed_secret_that_is_not_the_sealed_one_is_caught(box, verify):
    alter(DrawSecret.objects.filter(subject=f"issue:{box.pk}"), revealed="0" * 64)
    assert verify()[1] == [f"issue:{box.pk}：公布的密钥与封存的不符", "发现 1 处不符"]


def test_a_days_secret_that_was_exchanged_is_caught(odds, verify):
    alter(DrawSecret.objects.filter(subject="day:2026-11-22"), sealed=seal(bytes(32), purpose="day\n2026-11-22"))
    assert verify()[1][0] == "2026-11-22：密钥与公开日志里的承诺不符"


def test_a_secret_that_is_gone_is_caught(box, odds, verify):
    DrawSecret.objects.all().delete()
    lines = verify()[1]
    assert {f"issue:{box.pk}：没有密钥", "2026-11-22：日志里有承诺，没有密钥"} <= set(lines)


def test_an_opened_issue_that_was_deleted_is_caught(box, verify):
    commitments.publish("issue:987654", "0" * 64, now=NOW)
    assert verify() == (1, ["期次 987654：日志里有承诺，期次已不存在", "发现 1 处不符"])


def test_no_line_holds_a_secret(box, odds, verify):
    secrets = [commitments.secret_of(row.subject).hex() for row in DrawSecret.objects.all()]
    DrawLog.objects.update(ticket_no=1, roll=1)
    DrawSecret.objects.update(revealed="0" * 64)
    printed = "\n".join(verify()[1])
    assert not [secret for secret in secrets if secret in printed]
