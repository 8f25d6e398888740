"""D9 and D13 of docs/guarantees.md: what the generic draw tool releases, counts and records."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Sum

from activities.enums import DropStatus, IssueStatus, Outcome, RewardKind
from activities.models import DrawLog, Issue, Reward, RewardDrop, RewardStock, SessionDraw, SessionTally
from activities.services import terms
from activities.services.glue import tallies
from blindbox.common.invariants import invariant

GRACE = timedelta(seconds=60)  # a draw may wait that long for another that came later and released


@invariant(id="D9", title="定时投放：到任一时刻，中出数不超过已投放数；计划与条款一致")
def nothing_is_won_before_it_is_released() -> Iterable[str]:
    for reward in Reward.objects.filter(Exists(RewardDrop.objects.filter(reward=OuterRef("pk")))).order_by("pk"):
        yield from _early(reward)
    summed = RewardDrop.objects.filter(status=DropStatus.DONE).values("reward_id").annotate(n=Sum("quantity"))
    released = dict(summed.order_by().values_list("reward_id", "n"))
    planned = RewardStock.objects.filter(Exists(RewardDrop.objects.filter(reward=OuterRef("pk"))))
    for stock in planned.order_by("pk"):
        if stock.released != released.get(stock.pk, 0):
            yield f"奖品 {stock.pk}：记已投放 {stock.released}，计划已投放 {released.get(stock.pk, 0)}"
    yield from _plans_that_changed()


def _early(reward: Reward) -> Iterable[str]:
    """Yield the wins of a reward for which not enough had been released."""
    done = RewardDrop.objects.filter(reward=reward, status=DropStatus.DONE).order_by("release_at")
    plan = list(done.values_list("release_at", "quantity"))
    won = DrawLog.objects.filter(reward=reward, issue_id=reward.issue_id).order_by("drawn_at", "pk")
    for number, (log_id, at) in enumerate(won.values_list("pk", "drawn_at"), start=1):
        released = sum(quantity for release_at, quantity in plan if release_at <= at + GRACE)
        if number > released:
            yield f"抽奖 {log_id}：奖品 {reward.pk} 当时只投放了 {released} 件，已是第 {number} 件"


def _plans_that_changed() -> Iterable[str]:
    opened = Issue.objects.exclude(counter__status=IssueStatus.DRAFT).filter(terms__contains='"releases"')
    planned = RewardDrop.objects.filter(issue=OuterRef("pk"))
    undeclared = Issue.objects.exclude(counter__status=IssueStatus.DRAFT).filter(Exists(planned))
    for issue in (opened | undeclared).order_by("pk").distinct():
        promised = [(each.reward_id, each.at, each.quantity) for each in terms.promised_by(issue).releases]
        rows = RewardDrop.objects.filter(issue=issue).values_list("reward_id", "release_at", "quantity")
        if sorted(promised) != sorted(rows):
            yield f"期次 {issue.pk}：投放计划与条款不一致"


@invariant(id="D13", title="通用抽奖：次数与记录相符，不超过限制，状态与结果相符")
def draws_of_the_tool_are_counted() -> Iterable[str]:
    yield from _tallies()
    yield from _numbers()
    won = DrawLog.objects.filter(batch_id=OuterRef("batch_id"), idx=OuterRef("idx")).exclude(
        reward__kind=RewardKind.NONE
    )
    for row in SessionDraw.objects.filter(Exists(won), outcome=Outcome.NOT_WON):
        yield f"发奖记录 {row.pk}：中了奖，记为未中奖"
    for row in SessionDraw.objects.filter(~Exists(won)).exclude(outcome=Outcome.NOT_WON):
        yield f"发奖记录 {row.pk}：没有中奖，记为{row.get_outcome_display()}"


def _tallies() -> Iterable[str]:
    drawn: Counter[tuple[str, int]] = Counter()
    rows = SessionDraw.objects.order_by().values("activity_id", "scope__issue_id", "scope__occurrence", "member_id")
    for row in rows.annotate(n=Count("pk")):
        drawn[tallies.of_activity(row["activity_id"]), row["member_id"]] += row["n"]
        subject = tallies.of_session(row["scope__issue_id"], row["scope__occurrence"])
        drawn[subject, row["member_id"]] += row["n"]
    used = {
        (subject, member): n for subject, member, n in SessionTally.objects.values_list("subject", "member", "used")
    }
    for key in sorted(drawn.keys() | used.keys()):
        if drawn[key] != used.get(key, 0):
            yield f"用户 {key[1]} {key[0]}：记 {used.get(key, 0)} 次，抽奖 {drawn[key]} 次"


def _numbers() -> Iterable[str]:
    """Each draw of a member has its own number, and none is beyond the limit that its session promised."""
    for what, by in (("activity_no", ["activity_id"]), ("session_no", ["scope_id"])):
        grouped = SessionDraw.objects.order_by().values(*by, "member_id")
        counted = grouped.annotate(n=Count("pk"), own=Count(what, distinct=True), last=Max(what))
        for row in counted.filter(~Q(n=F("own")) | ~Q(n=F("last"))):
            yield f"用户 {row['member_id']} {by[0]} {row[by[0]]}：抽奖序号不是 1 到 {row['n']}"
    reached = (
        SessionDraw.objects.order_by().values("scope__issue_id").annotate(a=Max("activity_no"), s=Max("session_no"))
    )
    for row in reached:
        config = terms.of_issue(row["scope__issue_id"]).config
        for name, number in (("times_limit", row["a"]), ("session_times_limit", row["s"])):
            if config[name] and number > config[name]:
                yield f"期次 {row['scope__issue_id']}：有用户抽了 {number} 次，限 {config[name]} 次"
