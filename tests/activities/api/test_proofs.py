"""The proof routes and the public log, held against the verifier that shares no code with the shop; no secret leaks."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from activities import selectors
from activities.models import DrawCommitment, DrawLog, DrawSecret
from activities.services import closing, commitments, days
from blindbox.system.audit import SYSTEM
from tests.factories.activities import make_activity, make_draft, open_box, open_odds
from tests.factories.draws import buy, open_box_of_all_positions
from tests.factories.odds import open_issue_of
from tests.factories.verifiers import example, example_verdict

pytestmark = pytest.mark.django_db
WEIGHTED_ONLY = ["day", "day_commitment", "day_log", "day_secret", "player", "seq", "nonce", "table", "roll"]
WEIGHTED_ONLY += ["purpose", "guarantee_before", "guarantee_after", "guarantee_table", "guarantee_roll"]
WEIGHTED_ONLY += ["session_draw", "redraw_of"]


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def box(db, now):
    """A box of eleven with extras, whose activity began long ago."""
    return open_box_of_all_positions()


@pytest.fixture
def read(anonymous):
    """Read a route as anybody."""

    def get(path, status=200):
        answer = anonymous.get(f"/api/app/{path}")
        assert answer.status_code == status, answer.json()
        return answer.json()

    return get


def issue_path(issue):
    return f"activities/{issue.activity_id}/issues/{issue.pk}/proof"


def draw_ids(issue):
    return list(DrawLog.objects.filter(issue=issue).order_by("pk").values_list("pk", flat=True))


def verdicts(read, issue):
    return {example_verdict(read(f"draw_logs/{pk}/proof")) for pk in draw_ids(issue)}


def test_an_open_boxs_draws_verify_at_once(member, box, read, now):
    buy(member, box, 4, now=now)
    own = DrawLog.objects.filter(is_bonus=False).values_list("pk", flat=True)
    for pk in own:
        proof = read(f"draw_logs/{pk}/proof")
        assert example_verdict({**proof}) in ("ok", "wait")
        results = dict(example.check(proof))
        assert results["票与默克尔根相符"] is True
        assert [name for name in WEIGHTED_ONLY if proof[name] is not None] == []
        assert (proof["status"], proof["issue"]["secret"]) == ("verifiable", None)


def test_a_closed_box_verifies_whole(member, box, read, now):
    buy(member, box, 10, now=now)
    assert example_verdict(read(issue_path(box))) == "wait"
    buy(member, box, 1, now=now)
    closing.close(issue_id=box.pk, actor=SYSTEM, now=now)
    assert verdicts(read, box) == {"ok"}
    proof = read(issue_path(box))
    assert (example_verdict(proof), proof["status"], proof["deck"]) == ("ok", "closed", {"total": 11, "sold": 11})
    assert len(proof["draws"]) == 15
    by_id = {draw["id"]: draw for draw in proof["draws"]}
    for draw in proof["draws"]:
        if draw["is_bonus"]:
            assert by_id[draw["bonus_of"]]["ticket_no"] == draw["ticket_no"]
        else:
            assert draw["bonus_of"] is None


def pages_of(read, issue, limit):
    """Read every page of an issue's proof."""
    pages = [read(f"{issue_path(issue)}?limit={limit}")]
    while pages[-1]["next_cursor"] is not None:
        pages.append(read(f"{issue_path(issue)}?limit={limit}&cursor={pages[-1]['next_cursor']}"))
    return pages


@pytest.mark.parametrize("limit", [1, 4, 15, 16])
def test_an_issues_draws_are_read_in_pages(member, box, read, now, limit):
    buy(member, box, 10, now=now)
    buy(member, box, 1, now=now)
    closing.close(issue_id=box.pk, actor=SYSTEM, now=now)
    pages = pages_of(read, box, limit)
    assert [len(page["draws"]) for page in pages] == [limit] * (15 // limit) + ([15 % limit] if 15 % limit else [])
    together = example.whole(pages)
    assert together["draws"] == read(issue_path(box))["draws"]
    assert (example_verdict(together), pages[0]["terms"]) == ("ok", pages[-1]["terms"])


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "cursor=-1", "cursor=x"])
def test_a_page_that_cannot_be_is_refused(box, read, query):
    assert read(f"{issue_path(box)}?{query}", 400)["code"] == "common.invalid"


def test_a_page_costs_the_same_statements_however_many_draws_there_are(
    member, read, now, django_assert_max_num_queries
):
    issue = open_box(total=200)
    for _ in range(3):
        buy(member, issue, 10, now=now)
    read(issue_path(issue))
    with django_assert_max_num_queries(6):
        assert len(read(f"{issue_path(issue)}?limit=30")["draws"]) == 30


def test_the_list_of_an_issue_by_odds_shows_numbers_and_guarantee(member, read, now):
    issue = open_issue_of([("A", 1), ("C", 999_999)], config={"guarantee": {"levels": ["A"], "within": 2}})
    buy(member, issue, 3, now=now)
    draws = read(issue_path(issue))["draws"]
    shown = [(draw["seq"], draw["guarantee_before"], draw["guarantee_after"], draw["refund_seq"]) for draw in draws]
    assert shown == [(0, 0, 1, None), (1, 1, 0, None), (2, 0, 1, None)]
    assert ({len(draw["player"]) for draw in draws}, {draw["sale_no"] for draw in draws}) == ({32}, {None})
    proof = read(f"draw_logs/{draws[1]['id']}/proof")
    levels = {reward.pk: reward.level for reward in issue.rewards.all()}
    assert (proof["purpose"], levels[proof["draw"]["reward_id"]]) == ("guarantee", "A")
    assert [levels[reward_id] for reward_id, _ in proof["guarantee_table"]] == ["A"]


def test_weighted_draws_verify_after_their_day(member, read, now):
    issue = open_odds(now=now)
    buy(member, issue, 3, now=now)
    assert verdicts(read, issue) == {"wait"}
    proof = read(f"draw_logs/{draw_ids(issue)[1]}/proof")
    assert (proof["status"], proof["status_text"], proof["seq"]) == ("pending", "明日公布后可验证", 1)
    assert (proof["day_secret"], proof["salt"], proof["path"]) == (None, None, None)
    days.turn(now=now + timedelta(days=2))
    assert verdicts(read, issue) == {"ok"}
    assert example_verdict(read(issue_path(issue))) == "ok"


def test_one_altered_row_is_found_by_the_stranger(member, box, read, now):
    buy(member, box, 10, now=now)
    buy(member, box, 1, now=now)
    closing.close(issue_id=box.pk, actor=SYSTEM, now=now)
    first, second = DrawLog.objects.filter(is_bonus=False).order_by("reward_id")[::9][:2]
    DrawLog.objects.filter(pk=first.pk).update(reward_id=second.reward_id)
    assert example_verdict(read(f"draw_logs/{first.pk}/proof")) == "bad"
    assert example_verdict(read(issue_path(box))) == "bad"


def test_the_public_log_is_read_in_pages_and_verifies(box, read):
    open_odds()
    days.turn(now=timezone.now())
    seen, cursor, pages = [], "", 0
    while True:
        page = read(f"draw_commitments?limit=20{cursor}")
        assert {what: holds for what, holds in example.check(page) if not holds} == {}
        seen += page["list"]
        pages += 1
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [entry["seq"] for entry in seen] == list(range(DrawCommitment.objects.count(), 0, -1))
    assert example_verdict({"list": seen}) == "ok"
    assert pages == -(-len(seen) // 20)


def test_an_order_answers_with_the_head_of_the_log(member, box, app_client):
    url = f"/api/app/activities/{box.activity_id}/issues/{box.pk}/draws"
    body = {"count": 1, "pay_with": "points", "client_nonce": "n"}
    answer = app_client(member).post(url, body, HTTP_IDEMPOTENCY_KEY="k").json()
    head = DrawCommitment.objects.order_by("-seq").first().entry_hash
    assert (answer["log_head"], answer["order"]["log_head"]) == (head, head)
    selectors.head_of_moment.cache_clear()
    open_odds(name="后来开的", now=timezone.now())
    replay = app_client(member).post(url, body, HTTP_IDEMPOTENCY_KEY="k").json()
    assert (replay["log_head"], replay["order"]["log_head"]) == (head, head)
    order = app_client(member).get(f"/api/app/orders/{answer['order']['order_no']}").json()
    listed = app_client(member).get("/api/app/users/me/orders").json()["list"]
    assert [each["log_head"] for each in (order, *listed)] == [head, head]
    later = app_client(member).post(url, body, HTTP_IDEMPOTENCY_KEY="l").json()
    assert later["log_head"] == DrawCommitment.objects.order_by("-seq").first().entry_hash != head


def test_what_was_never_opened_has_no_proof(read, box):
    draft = make_draft(make_activity(name="森林"), [])
    assert read(issue_path(draft), 404)["code"] == "common.not_found"
    assert read(f"activities/{draft.activity_id}/issues/{box.pk}/proof", 404)["code"] == "common.not_found"
    assert read("draw_logs/999999/proof", 404)["code"] == "common.not_found"


def all_answers(member, box, app_client, admin_client_for, operator, client):
    """Everything the shop says about an open issue, to members, operators and in the back office's pages."""
    app, admin = app_client(member), admin_client_for(operator)
    base, own = f"activities/{box.activity_id}", f"activities/{box.activity_id}/issues/{box.pk}"
    paths = [base, f"{base}/issues", f"{own}/rewards", f"{own}/draw_logs", f"{own}/proof", "draw_commitments"]
    paths += [f"draw_logs/{pk}/proof" for pk in draw_ids(box)] + ["activities", "users/me/draw_logs"]
    for path in paths:
        yield app.get(f"/api/app/{path}")
    for path in ("activities", base, f"{base}/issues", own, f"{own}/rewards"):
        yield admin.get(f"/api/admin/{path}")
    client.force_login(operator)
    for page in (f"activity/{box.activity_id}/change", f"issue/{box.pk}/change", "drawlog", "drawbatch"):
        yield client.get(f"/admin/activities/{page}/")
    yield client.get("/admin/system/operationlog/")


def test_no_secret_of_an_open_issue_leaks(member, box, now, app_client, admin_client_for, operator, client, caplog):
    caplog.set_level(logging.DEBUG)
    buy(member, box, 4, now=now)
    odds = open_odds(name="森林", now=now)
    buy(member, odds, 1, now=now)
    hidden = [commitments.secret_of(row.subject) for row in DrawSecret.objects.filter(revealed__isnull=True)]
    sealed = list(DrawSecret.objects.values_list("sealed", flat=True))
    answers = list(all_answers(member, box, app_client, admin_client_for, operator, client))
    assert [answer.status_code for answer in answers if answer.status_code != 200] == []
    said = "\n".join(
        [answer.content.decode() for answer in answers] + [record.getMessage() for record in caplog.records]
    )
    words = [secret.hex() for secret in hidden] + sealed
    assert len(hidden) == 2
    assert [word for word in words if word in said] == []
