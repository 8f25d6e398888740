"""Opening: check, freeze, take the stock, commit; all or nothing."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from activities.errors import IssueCannotOpen, IssueNotFound, TermsFrozen
from activities.models import DrawCommitment, DrawSecret, Issue, IssueCounter, Reward
from activities.services import commitments, configuring, drafting, opening
from activities.services.closing import close
from blindbox.common import fairness
from blindbox.system.audit import SYSTEM, Actor
from blindbox.system.models import OperationLog
from catalog.errors import StockInsufficient
from catalog.models import Product
from tests.factories.activities import NOW, box_rewards, make_activity, make_draft, make_product, odds_rewards, open_box

pytestmark = pytest.mark.django_db
YUN = Actor(id=7, name="云", ip="10.0.0.7")


def ready(*, total=20, stock=1000, rewards=None, issue=None, **activity):
    product = make_product(stock=stock)
    return make_draft(make_activity(**activity), rewards or box_rewards(product, total=total), **(issue or {}))


def open_it(issue, now=NOW):
    return opening.open_issue(issue_id=issue.pk, actor=YUN, now=now, reason="开售")


def stock():
    return Product.objects.values_list("stock", flat=True).get()


def nothing_happened(issue):
    counter = IssueCounter.objects.get(pk=issue.pk)
    unopened = Issue.objects.get(pk=issue.pk)
    assert (counter.status, counter.total, unopened.terms, unopened.opened_at) == ("draft", None, "", None)
    assert (DrawCommitment.objects.count(), DrawSecret.objects.count()) == (0, 0)
    assert not OperationLog.objects.filter(action="开放期次").exists()


def problems(issue, now=NOW):
    with pytest.raises(IssueCannotOpen) as refusal:
        open_it(issue, now)
    nothing_happened(issue)
    return refusal.value.details["problems"]


def test_an_open_issue_is_on_sale_with_its_stock_taken_and_its_commitment_logged():
    issue = open_it(ready(total=20))
    counter = IssueCounter.objects.get(pk=issue.pk)
    assert (counter.status, counter.total, counter.endgame, counter.sold, counter.reserved) == ("open", 20, 10, 0, 0)
    assert stock() == 1000 - 21
    entry = DrawCommitment.objects.get(subject=f"issue:{issue.pk}")
    assert (entry.commitment, entry.published_at) == (issue.commitment, NOW)
    log = OperationLog.objects.get(action="开放期次")
    assert (log.before, log.after) == ({"status": "draft"}, {"status": "open", "commitment": issue.commitment})
    assert (log.reason, log.operator_id) == ("开售", 7)


def test_the_terms_say_everything_that_matters_and_no_cost():
    issue = open_it(ready(total=20, config={"bundle_prices": [{"count": 10, "price_fen": 55_000}]}))
    facts = json.loads(issue.terms)
    rewards = facts.pop("rewards")
    assert facts == {
        "algorithm": "deck/1",
        "bundle_prices": [{"count": 10, "price_fen": 55_000}],
        "config": {},
        "endgame": 10,
        "gameplay": "ichiban",
        "hold_seconds": 180,
        "issue_id": issue.pk,
        "largest_order": 10,
        "price_fen": 6000,
        "price_points": 600,
        "starts_at": "2026-11-21T04:00:00+00:00",
        "total": 20,
        "version": 1,
    }
    assert [reward["id"] for reward in rewards] == list(Reward.objects.order_by("sort").values_list("pk", flat=True))
    assert rewards[0] == {
        "id": rewards[0]["id"],
        "kind": "product",
        "level": "A",
        "name": "手办",
        "position": "ticket",
        "product_id": Product.objects.get().pk,
        "quantity": 1,
        "reference_value_fen": 9900,
    }
    assert "cost" not in issue.terms
    assert issue.terms == json.dumps(json.loads(issue.terms), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert issue.terms_hash == fairness.terms_hash(issue.terms)


def test_the_commitment_binds_terms_root_and_secret():
    issue = open_it(ready(total=20))
    secret = commitments.secret_of(f"issue:{issue.pk}")
    first, rest, _ = Reward.objects.order_by("sort")
    deck = fairness.build_deck(secret, issue.pk, [(first.pk, 1), (rest.pk, 19)])
    assert issue.root == fairness.deck_tree(secret, issue.pk, deck).root
    assert issue.commitment == fairness.issue_commitment(issue.pk, issue.terms_hash, issue.root, secret)


def test_two_issues_have_two_secrets():
    first, second = open_it(ready()), open_it(ready(name="森林"))
    assert commitments.secret_of(f"issue:{first.pk}") != commitments.secret_of(f"issue:{second.pk}")


def test_the_window_freezes_with_the_terms():
    ends_at, issue_ends_at = NOW + timedelta(days=9), NOW + timedelta(days=5)
    issue = open_it(ready(ends_at=ends_at, issue={"ends_at": issue_ends_at}))
    issue.refresh_from_db()
    assert (issue.starts_at, issue.ends_at) == (NOW - timedelta(days=1), issue_ends_at)
    values = {"ends_at": NOW + timedelta(days=1), "starts_at": NOW - timedelta(days=30)}
    configuring.change_activity(activity_id=issue.activity_id, values=values, actor=SYSTEM, now=NOW)
    issue.refresh_from_db()
    assert (issue.starts_at, issue.ends_at) == (NOW - timedelta(days=1), issue_ends_at)


def test_a_weighted_issue_commits_its_terms_and_the_day_before_its_first_sale():
    issue = open_it(ready(rewards=odds_rewards(make_product()), gameplay="infinite"))
    counter = IssueCounter.objects.get(pk=issue.pk)
    assert (counter.status, counter.total, counter.endgame, issue.root) == ("open", None, 0, "")
    assert issue.commitment == issue.terms_hash
    subjects = list(DrawCommitment.objects.order_by("seq").values_list("subject", flat=True))
    assert subjects == ["day:2026-11-22", f"issue:{issue.pk}"]


def test_opening_twice_is_refused_and_takes_no_stock_again():
    issue = open_it(ready())
    with pytest.raises(TermsFrozen):
        open_it(issue)
    close(issue_id=issue.pk, actor=SYSTEM, now=NOW)
    with pytest.raises(TermsFrozen):
        open_it(issue)
    assert (DrawCommitment.objects.count(), stock()) == (1, 1000)


def test_an_unknown_issue_is_not_found():
    with pytest.raises(IssueNotFound):
        opening.open_issue(issue_id=10**6, actor=YUN, now=NOW)


def test_too_little_stock_takes_none():
    plenty, scarce = make_product(name="足够", stock=100), make_product(name="不足", stock=2)
    rewards = [
        {"level": "A", "name": "甲", "kind": "product", "product_id": plenty.pk, "quantity": 10},
        {"level": "B", "name": "乙", "kind": "product", "product_id": scarce.pk, "quantity": 3},
    ]
    issue = make_draft(make_activity(), rewards)
    with pytest.raises(StockInsufficient) as refusal:
        open_it(issue)
    assert refusal.value.details == {"product": "不足", "needed": 3, "stock": 2}
    nothing_happened(issue)
    assert list(Product.objects.order_by("pk").values_list("stock", flat=True)) == [100, 2]


def test_the_exact_stock_is_enough():
    open_it(ready(total=20, stock=21))
    assert stock() == 0


BOX_PROBLEMS = {
    "no rewards": ([], "还没有奖品；至少要有一种普通位置的奖品"),
    "no quantity": ([{"level": "A", "name": "甲", "quantity": None}], "「A 甲」要填数量；至少要有一种普通位置的奖品"),
    "odds in a box": ([{"level": "A", "name": "甲", "quantity": 1, "odds_ppm": 5}], "「A 甲」按数量出奖，不填概率"),
    "only extras": (
        [{"level": "L", "name": "末", "quantity": 1, "position": "last"}],
        "至少要有一种普通位置的奖品",
    ),
    "first of one": (
        [
            {"level": "A", "name": "甲", "quantity": 1},
            {"level": "F", "name": "前", "quantity": 1, "position": "first"},
        ],
        "有前半赏的箱至少要 2 抽",
    ),
    "too many": ([{"level": "A", "name": "甲", "quantity": 100_001}], "一箱最多 100000 抽，现为 100001"),
    "too many extras": (
        [
            {"level": "A", "name": "甲", "quantity": 1},
            {"level": "L", "name": "末", "quantity": 101, "position": "last"},
        ],
        "一张票最多带 100 件附加奖，现在最多可能有 101 件",
    ),
    "a name that sounds like stock": (
        [{"level": "A", "name": "甲", "quantity": 1}, {"level": "B", "name": "库存不足", "quantity": None}],
        "「B 库存不足」要填数量",
    ),
}


@pytest.mark.parametrize("case", BOX_PROBLEMS)
def test_a_box_that_cannot_be_played_does_not_open(case):
    lines, told = BOX_PROBLEMS[case]
    rewards = [{"kind": "points", "points": 1, **line} for line in lines]
    assert problems(make_draft(make_activity(), rewards)) == told


ODDS_PROBLEMS = {
    "too little": ([999_999], "概率合计 99.9999%，应为 100%"),
    "too much": ([999_999, 2], "概率合计 100.0001%，应为 100%"),
    "none": ([1_000_000, None], "「B 奖」要填大于 0 的概率"),
}


@pytest.mark.parametrize("case", ODDS_PROBLEMS)
def test_odds_add_up_to_exactly_one(case):
    odds, told = ODDS_PROBLEMS[case]
    rewards = [
        {"kind": "points", "points": 1, "level": level, "name": "奖", "odds_ppm": ppm}
        for level, ppm in zip("ABC", odds, strict=False)
    ]
    assert problems(make_draft(make_activity(gameplay="infinite"), rewards)) == told


def test_weighted_rewards_have_no_place():
    rewards = [{"kind": "points", "points": 1, "level": "A", "name": "奖", "odds_ppm": 10**6, "position": "last"}]
    issue = make_draft(make_activity(gameplay="infinite"), rewards)
    assert problems(issue) == "「A 奖」只能是普通位置"


def test_an_activity_without_any_price_does_not_open():
    told = problems(ready(price_fen=None, price_points=None))
    assert told == "活动没有价格：单抽价格和单抽积分至少填一个"


@pytest.mark.parametrize("prices", [{"price_fen": None}, {"price_points": None}])
def test_one_price_is_enough(prices):
    assert open_it(ready(**prices)).opened_at == NOW


def test_an_archived_activity_does_not_open():
    issue = ready()
    values = {"status": "archived"}
    configuring.change_activity(activity_id=issue.activity_id, values=values, actor=SYSTEM, now=NOW)
    assert problems(issue) == "活动已归档"


def test_a_window_that_is_over_or_empty_does_not_open():
    issue = ready(ends_at=NOW + timedelta(days=1))
    assert problems(issue, NOW + timedelta(days=1)) == "结束时间已过"
    mine = {"activity_id": issue.activity_id, "issue_id": issue.pk}
    values = {"starts_at": NOW + timedelta(days=2)}
    drafting.change_issue(**mine, values=values, actor=SYSTEM, now=NOW)
    assert problems(issue) == "结束时间不晚于开始时间：请核对活动和期次的时间"


def test_the_preview_tells_what_opening_would_do():
    issue = ready(total=20, stock=20)
    preview = opening.preview(issue_id=issue.pk)
    product = Product.objects.get()
    assert preview.problems == ["商品「手办」库存不足：需要 21，现有 20"]
    assert (preview.total, preview.endgame, preview.stock_needed) == (20, 10, {product.pk: 21})
    assert (preview.expected_value_fen, preview.price_fen) == (9900 * 21 // 20, 6000)
    assert preview.expected_cost_fen == (8000 + 19 * 1000 + 3000) // 20  # the last prize costs what its product does
    nothing_happened(issue)


def test_the_preview_survives_a_configuration_of_another_gameplay():
    issue = ready()
    Issue.objects.filter(pk=issue.pk).update(config={"speed": 1})
    assert opening.preview(issue_id=issue.pk).problems == ["本玩法没有配置项：speed"]


def test_an_issues_own_configuration_goes_over_the_activitys():
    issue = open_it(ready(config={"largest_order": 5}, issue={"config": {"largest_order": 7}}))
    assert json.loads(issue.terms)["largest_order"] == 7


def test_every_issue_links_to_the_one_before_in_the_log():
    open_box()
    open_box(name="森林")
    first, second = DrawCommitment.objects.order_by("seq")
    assert (first.seq, first.prev_hash, second.seq, second.prev_hash) == (1, "0" * 64, 2, first.entry_hash)


def test_an_open_issue_whose_sale_has_yet_to_begin_says_so(anonymous, admin_client_for, operator, office):
    now = timezone.now()
    begin = now + timedelta(hours=1)
    issue = open_box(now=now, starts_at=begin)
    member_url = f"/api/app/activities/{issue.activity_id}/issues"
    office_url = f"/api/admin/activities/{issue.activity_id}/issues/{issue.pk}"
    pages = (reverse("admin:activities_issue_changelist"), reverse("admin:activities_issue_change", args=[issue.pk]))
    for moment, label in ((begin - timedelta(seconds=1), "未开始"), (begin, "进行中")):
        with time_machine.travel(moment, tick=False):
            [listed] = anonymous.get(member_url).json()["list"]
            own = admin_client_for(operator).get(office_url).json()
            shown = [office.get(page).content.decode() for page in pages]
        assert [(each["status"], each["status_label"]) for each in (listed, own)] == [("open", label)] * 2
        assert ["未开始" in page for page in shown] == [label == "未开始"] * 2
