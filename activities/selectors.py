"""What others ask of activities."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import accumulate

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Prefetch, Q, QuerySet, Sum, When

from activities.enums import ActivityStatus, BatchStatus, IssueStatus, RewardKind
from activities.errors import ActivityNotFound, DrawNotFound, IssueNotFound
from activities.models import (
    Activity,
    ActivityCategory,
    DrawBatch,
    DrawCommitment,
    DrawLog,
    DrawPlayer,
    DrawSecret,
    Issue,
    IssueCounter,
    LossApproval,
    Reward,
    RewardStock,
)

HEAD_SECONDS = 10
MOST_OPEN_ISSUES = 20  # an activity's page shows so many with their rewards; the list of issues has them all
PUBLIC = [IssueStatus.OPEN, IssueStatus.CLOSING, IssueStatus.CLOSED]
BEGUN = [IssueStatus.OPEN, IssueStatus.CLOSING]
LISTED = Q(status=ActivityStatus.ACTIVE, category__is_visible=True)
# Out of the lists an open issue stays where it is: who could take it off the sale at will would end it at will.
SHOWN = LISTED | Q(Exists(IssueCounter.objects.filter(issue__activity=OuterRef("pk"), status__in=BEGUN)))
SHOWN_ROW = (  # the same for the write path (docs/adr/0005): one row if members may see the activity
    f"SELECT a.id FROM {Activity._meta.db_table} a JOIN {ActivityCategory._meta.db_table} c ON c.id = a.category_id "
    f"WHERE a.id = %s AND (a.status = '{ActivityStatus.ACTIVE}' AND c.is_visible OR EXISTS (SELECT 1 "
    f"FROM {Issue._meta.db_table} i JOIN {IssueCounter._meta.db_table} n ON n.issue_id = i.id "
    f"WHERE i.activity_id = a.id AND n.status IN ('{IssueStatus.OPEN}', '{IssueStatus.CLOSING}')))"
)


def categories() -> "QuerySet[ActivityCategory]":
    return ActivityCategory.objects.filter(is_visible=True).order_by("sort", "pk")


def all_categories() -> "QuerySet[ActivityCategory]":
    return ActivityCategory.objects.order_by("sort", "pk")


def open_issues() -> "QuerySet[Issue]":
    return Issue.objects.filter(counter__status=IssueStatus.OPEN).select_related("counter").order_by("number")


def offered_issues(*, now: datetime) -> "QuerySet[Issue]":
    """Return open issues before their frozen end, those on sale already first; nobody can buy from any other."""
    waiting = Case(When(starts_at__gt=now, then=1), default=0, output_field=IntegerField())
    return open_issues().exclude(ends_at__lte=now).order_by(waiting, "number")


def shown_activities(*, now: datetime) -> "QuerySet[Activity]":
    """
    Return what members are shown in lists, newest first, each with the issue that it offers first.

    An open issue is sold until its frozen end, whatever the activity's own has become since.
    """
    selling = Exists(offered_issues(now=now).filter(activity=OuterRef("pk")).order_by())
    shown = Activity.objects.filter(LISTED).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now) | selling)
    offered = _with_open_issues(offered_issues(now=now), most=1)
    return shown.select_related("category").prefetch_related(offered).order_by("-pk")


def _with_open_issues(issues: "QuerySet[Issue]", *, most: int) -> "Prefetch[str, QuerySet[Issue], str]":
    return Prefetch("issues", queryset=issues[:most], to_attr="open_issues")


def require_shown(activity_id: int) -> None:
    """
    :raises ActivityNotFound: if members cannot see the activity: archived or in a hidden category, with no open issue
    """
    if not Activity.objects.filter(SHOWN, pk=activity_id).exists():
        raise ActivityNotFound


def shown_activity(activity_id: int, *, now: datetime) -> Activity:
    """
    Return an activity with the issues that it offers.

    :raises ActivityNotFound: if members cannot see it
    """
    offered = _with_open_issues(offered_issues(now=now), most=MOST_OPEN_ISSUES)
    found = Activity.objects.filter(SHOWN, pk=activity_id).select_related("category").prefetch_related(offered)
    activity = found.first()
    if activity is None:
        raise ActivityNotFound
    return activity


def all_activities() -> "QuerySet[Activity]":
    opened = _with_open_issues(open_issues(), most=MOST_OPEN_ISSUES)
    return Activity.objects.select_related("category").prefetch_related(opened).order_by("-pk")


def activity(activity_id: int) -> Activity:
    """:raises ActivityNotFound: if there is none"""
    found = all_activities().filter(pk=activity_id).first()
    if found is None:
        raise ActivityNotFound
    return found


def issues_of(activity_id: int) -> "QuerySet[Issue]":
    """
    Return an activity's issues, newest first.

    :raises ActivityNotFound: if there is no such activity
    """
    if not Activity.objects.filter(pk=activity_id).exists():
        raise ActivityNotFound
    return _issues(activity_id)


def _issues(activity_id: int) -> "QuerySet[Issue]":
    return Issue.objects.filter(activity_id=activity_id).select_related("counter").order_by("-number")


def shown_issues(activity_id: int) -> "QuerySet[Issue]":
    """
    Return an activity's issues that were ever opened, newest first.

    :raises ActivityNotFound: if members cannot see it
    """
    require_shown(activity_id)
    return _issues(activity_id).filter(counter__status__in=PUBLIC)


def shown_issue(*, activity_id: int, issue_id: int) -> Issue:
    """
    Return an issue as members see it.

    :raises ActivityNotFound, IssueNotFound: if they cannot see the activity, or the issue was never opened
    """
    require_shown(activity_id)
    return public_issue(activity_id=activity_id, issue_id=issue_id)


def open_sessions(serial_no: str) -> list[int]:
    """Return the open issues of the activity of this number, by its requirement's name for it."""
    issues = open_issues().filter(activity__serial_no=serial_no).order_by("starts_at", "pk")
    return list(issues.values_list("pk", flat=True))


def opened_sessions(activity_id: int, *, now: datetime, most: int) -> list[Issue]:
    """
    Return the issues of an activity that were ever opened. Of more than are asked for, those that are on or to come
    go first, then the latest that are over.
    """
    opened = _issues(activity_id).filter(counter__status__in=PUBLIC)
    lasting = opened.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), counter__status=IssueStatus.OPEN)
    shown = list(lasting.order_by("starts_at", "pk")[:most])
    over = opened.exclude(pk__in=[issue.pk for issue in shown]).order_by("-starts_at", "-pk")
    return [*shown, *over[: most - len(shown)]]


def public_issue(*, activity_id: int, issue_id: int) -> Issue:
    """
    Return an issue that was opened once: its proof is public for ever, whether it is still shown or not.

    :raises IssueNotFound: if there is none
    """
    issue = Issue.objects.filter(pk=issue_id, activity_id=activity_id, counter__status__in=PUBLIC)
    found = issue.select_related("counter", "activity").first()
    if found is None:
        raise IssueNotFound
    return found


def issue(issue_id: int) -> Issue:
    """:raises IssueNotFound: if there is none, opened or not"""
    found = Issue.objects.select_related("activity", "counter").filter(pk=issue_id).first()
    if found is None:
        raise IssueNotFound
    return found


def loss_approval(issue_id: int) -> LossApproval | None:
    """Return the loss budget that was approved for an issue, if one was."""
    return LossApproval.objects.filter(issue_id=issue_id).select_related("approved_by").first()


def revealed_secrets(issue_ids: Sequence[int]) -> dict[int, str]:
    """Return the secrets of issues that were revealed."""
    subjects = [f"issue:{issue_id}" for issue_id in issue_ids]
    rows = DrawSecret.objects.filter(subject__in=subjects, revealed__isnull=False).values_list("subject", "revealed")
    return {int(subject.removeprefix("issue:")): str(revealed) for subject, revealed in rows}


def rewards_of(issue_id: int) -> "QuerySet[Reward]":
    return Reward.objects.filter(issue_id=issue_id).order_by("sort", "pk")


def is_in_a_bundle(product_id: int) -> bool:
    """Tell whether a reward names a product among others, which no foreign key keeps from being deleted."""
    bundles = Reward.objects.filter(kind=RewardKind.BUNDLE).values_list("bundle", flat=True)
    return any(line["product_id"] == product_id for bundle in bundles.iterator() for line in bundle or ())


def rewards_by_issue(issue_ids: Sequence[int]) -> dict[int, list[Reward]]:
    """Return the rewards of each issue in the order of its terms."""
    rewards: dict[int, list[Reward]] = {issue_id: [] for issue_id in issue_ids}
    for reward in Reward.objects.filter(issue_id__in=issue_ids).select_related("substitute").order_by("sort", "pk"):
        rewards[reward.issue_id].append(reward)
    return rewards


def drawn_counts(*issue_ids: int) -> dict[int, int]:
    """Return how often each reward of issues was drawn, refunded ones too: they are not sold again."""
    rows = DrawLog.objects.filter(issue_id__in=issue_ids).values("reward_id").annotate(n=Count("pk")).order_by()
    return {row["reward_id"]: row["n"] for row in rows}


def kept_counts(issue_id: int) -> dict[int, int]:
    """Return how often each reward of an issue was drawn and not refunded."""
    kept = DrawLog.objects.filter(issue_id=issue_id, refunded=False)
    return {row["reward_id"]: row["n"] for row in kept.values("reward_id").annotate(n=Count("pk")).order_by()}


def rolled_shares(issue_id: int, odds: Sequence[int]) -> list[int]:
    """Return how often the roll fell into each share: what a guarantee or a substitute made of it is not chance."""
    ends = list(accumulate(odds))
    inside = {f"share_{n}": Count("pk", filter=Q(roll__gte=end - odds[n], roll__lt=end)) for n, end in enumerate(ends)}
    counted = own_draws(issue_id).aggregate(**inside)
    return [counted[f"share_{n}"] for n in range(len(odds))]


def met_counts(issue_id: int, reward_ids: Sequence[int]) -> list[int]:
    """Return how often a draw's own result was to be each reward: one that ran out counts, not what replaced it."""
    as_it_is = Q(detail__substituted_for__isnull=True)
    met = {
        f"met_{n}": Count("pk", filter=Q(reward_id=pk) & as_it_is | Q(detail__substituted_for=pk))
        for n, pk in enumerate(reward_ids)
    }
    counted = own_draws(issue_id).aggregate(**met)
    return [counted[f"met_{n}"] for n in range(len(reward_ids))]


def own_draws(issue_id: int) -> "QuerySet[DrawLog]":
    """Return an issue's draws without the extras that came on top."""
    return DrawLog.objects.filter(issue_id=issue_id, is_bonus=False)


def order_ids_of(issue_id: int) -> "QuerySet[DrawBatch, int]":
    """Return the orders that drew from an issue."""
    return DrawBatch.objects.filter(issue_id=issue_id, settled_at__isnull=False).values_list("order_id", flat=True)


def stock_left(issue_ids: Sequence[int]) -> dict[int, int]:
    """Return how many of each limited prize won by chance nobody has won yet."""
    stocks = RewardStock.objects.filter(reward__issue_id__in=issue_ids).values_list("reward_id", "total", "given")
    return {reward_id: total - given for reward_id, total, given in stocks}


def guarantee_misses(issue_ids: Sequence[int], member_id: int) -> dict[int, int]:
    """Return a member's draws since the last that met the guarantee, by issue; absent where none was made."""
    players = DrawPlayer.objects.filter(issue_id__in=issue_ids, member_id=member_id)
    return dict(players.values_list("issue_id", "misses"))


def drawn_since(activity_id: int, since: datetime) -> int:
    """Return how many draws an activity sold since a moment."""
    settled = DrawBatch.objects.filter(issue__activity_id=activity_id, settled_at__gte=since)
    return settled.aggregate(n=Sum("count"))["n"] or 0


def draw_logs_of_issue(issue_id: int, *, level: str | None = None) -> "QuerySet[DrawLog]":
    """Return an issue's draws, newest first. MariaDB starts a join from the few rewards and sorts all draws."""
    logs = DrawLog.objects.filter(issue_id=issue_id).prefetch_related("reward")
    if level is not None:
        logs = logs.filter(reward_id__in=list(rewards_of(issue_id).filter(level=level).values_list("pk", flat=True)))
    return logs.order_by("-pk")


def draw_logs_of_member(member_id: int) -> "QuerySet[DrawLog]":
    """Return a member's draws, newest first. MariaDB starts a join from its few activities and sorts all draws."""
    return DrawLog.objects.filter(member_id=member_id).prefetch_related("reward", "issue__activity").order_by("-pk")


def draws_of_orders(order_ids: Sequence[int]) -> dict[int, list[DrawLog]]:
    """Return the draws of settled orders by order; an order without results is absent."""
    logs = DrawLog.objects.filter(batch__order_id__in=order_ids, batch__status__in=BatchStatus.drawn())
    by_order: dict[int, list[DrawLog]] = {}
    for log in logs.select_related("reward", "batch").order_by("batch_id", "idx"):
        by_order.setdefault(log.batch.order_id, []).append(log)
    return by_order


def draw_log(draw_log_id: int) -> DrawLog:
    """:raises DrawNotFound: if there is none"""
    log = DrawLog.objects.select_related("batch", "issue__counter").filter(pk=draw_log_id).first()
    if log is None:
        raise DrawNotFound
    return log


def title_of_draw(draw_log_id: int) -> str | None:
    """Return by which name people know the issue of a draw: its activity and which issue of it."""
    log = DrawLog.objects.filter(pk=draw_log_id).select_related("issue__activity").first()
    return None if log is None else str(log.issue)


def commitment_of(subject: str) -> DrawCommitment | None:
    return DrawCommitment.objects.filter(subject=subject).first()


def commitment_log() -> "QuerySet[DrawCommitment]":
    return DrawCommitment.objects.order_by("-seq")


def head_hash(*, now: datetime) -> str | None:
    """Return the hash of the log's newest entry, at most ten seconds old; who holds it notices a rewritten log."""
    return head_of_moment(int(now.timestamp()) // HEAD_SECONDS)


@lru_cache(maxsize=2)
def head_of_moment(_moment: int) -> str | None:
    return DrawCommitment.objects.order_by("-seq").values_list("entry_hash", flat=True).first()


def log_heads(order_ids: Sequence[int]) -> dict[int, str]:
    """Return, by order, the head of the public log that the member was shown as it was placed."""
    return dict(DrawBatch.objects.filter(order_id__in=order_ids).values_list("order_id", "log_head"))


def batch_of_order(order_id: int) -> DrawBatch | None:
    return DrawBatch.objects.filter(order_id=order_id).first()


def may_be_drawn_for(activity_id: int, *, order_id: int, at: datetime) -> bool:
    """Tell whether an order of that moment lies within an activity's own window and bought none of its draws."""
    own = DrawBatch.objects.filter(order_id=order_id, issue__activity_id=activity_id)
    begun = Activity.objects.filter(~Exists(own), pk=activity_id, starts_at__lte=at)
    return begun.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at)).exists()
