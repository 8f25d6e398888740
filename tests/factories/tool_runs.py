"""Sessions of the generic tool that were drawn from until everything happened that can: won, not won, fallback."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from accounts.models import Member, PointEntry
from activities.models import DrawLog, Issue, SessionDraw
from activities.services.glue import releasing
from tests.factories.accounts import make_member
from tests.factories.activities import NOW, open_odds
from tests.factories.draws import buy, take
from tests.factories.glue import DAY, draw, make_tool, open_session, points

MINUTE = timedelta(minutes=1)
FALLBACK = points("F", 1, is_fallback=True)
RARE = [points("A", 9, quantity=3, odds_ppm=400_000), points("B", 3, odds_ppm=200_000)]
SCARCE = [points("A", 9, quantity=6, weight=10), points("B", 3, quantity=30, weight=1)]


def _static_with_fallback() -> Issue:
    """By time, fixed odds: three of a prize at once and three released later, then the fallback stands in."""
    activity = make_tool(price_points=5, config={"probability": "static"})
    rewards = [{**RARE[0], "quantity": 6}, RARE[1], FALLBACK]
    issue = open_session(activity, rewards, drops=[("A", NOW, 3), ("A", NOW + 5 * MINUTE, 3)])
    _ten(issue, 4)
    releasing.release_due(now=NOW + 6 * MINUTE)  # a version that only releases
    _ten(issue, 3, at=7 * MINUTE)
    return issue


def _static_without_fallback() -> Issue:
    """By time, a daily window on two days: what runs out on the first is nothing on the second."""
    activity = make_tool(config={"daily": {"from": "10:00", "to": "14:00"}, "times_limit": 40})
    issue = open_session(activity, RARE)
    _ten(issue, 2, way=_free)
    _ten(issue, 2, at=DAY, way=_free)
    return issue


def _dynamic() -> Issue:
    """By time, odds from what is left, with an empty share: drawn to the last unit, two thirds of it released."""
    config = {"probability": "dynamic", "empty_weight": 4}
    plan = [("B", NOW - MINUTE, 10), ("B", NOW + 3 * MINUTE, 10), ("B", NOW + 30 * MINUTE, 10)]
    issue = open_session(make_tool(config=config), SCARCE, drops=plan)
    _ten(issue, 2, way=_free)
    _ten(issue, 6, at=4 * MINUTE, way=_free)
    return issue


def _dynamic_to_nothing() -> Issue:
    """By time, odds from what is left and no empty share: at the end there is nothing to draw a number for."""
    issue = open_session(make_tool(config={"probability": "dynamic"}), [points("A", 9, quantity=12, weight=2)])
    _ten(issue, 2, way=_free)
    return issue


def _levels(within: str, probability: str) -> Callable[[], Issue]:
    def run() -> Issue:
        chance: dict[str, Any] = {"odds_ppm": 500_000} if probability == "static" else {"weight": 3}
        rewards = [points(f"L{n}", n, node=n, quantity=6, **chance) for n in range(1, 6)]
        config = {"count_within": within, "probability": probability, "daily": {"from": "10:00", "to": "14:00"}}
        config |= {"empty_weight": 2} if probability == "dynamic" else {}
        activity = make_tool("nth_draw", config=config)
        issue = open_session(activity, rewards)
        members = [make_member() for _ in range(10)]
        for member in members:
            take(member, issue, 2, now=NOW)
            draw(member, activity, now=NOW + MINUTE)
        for member in members:
            draw(member, activity, now=NOW + DAY)
        return issue

    return run


def _ranges(probability: str) -> Callable[[], Issue]:
    def run() -> Issue:
        chance: dict[str, Any] = {"odds_ppm": 500_000} if probability == "static" else {"weight": 3}
        rewards = [
            points(f"U{node or 0}", 3, node=node, quantity=4, sort=n, **chance)
            for n, node in enumerate([600, 1800, None])
        ]
        activity = make_tool(
            "amount_range", config={"probability": probability, "empty_weight": 1, "amount_from": "points"}
        )
        issue = open_session(activity, rewards)
        shop, member = open_odds(), make_member(points_balance=100_000)
        for count in (1, 2, 3, 4) * 6:
            buy(member, shop, count, now=NOW)
            entry = PointEntry.objects.filter(account__member=member, reason="order").latest("pk")
            draw(member, activity, amount_ref=f"points:{entry.pk}")
        return issue

    return run


def _ten(issue: Issue, times: int, *, at: timedelta = timedelta(0), way: Callable[..., Any] | None = None) -> None:
    """Let members draw ten each, the last of them one after the other."""
    for n in range(times):
        member = make_member(points_balance=1_000)
        for count in [1] * 10 if n == times - 1 else [10]:
            (way or buy)(member, issue, count, now=NOW + at + n * timedelta(seconds=1))


def _free(member: Member, issue: Issue, count: int, **more: Any) -> None:
    take(member, issue, count, **more)


RUNS: dict[str, Callable[[], Issue]] = {
    "by time, static, fallback": _static_with_fallback,
    "by time, static, two days": _static_without_fallback,
    "by time, dynamic, released": _dynamic,
    "by time, dynamic, to nothing": _dynamic_to_nothing,
    "by count, static": _levels("session", "static"),
    "by count over the activity, dynamic": _levels("activity", "dynamic"),
    "by amount, static": _ranges("static"),
    "by amount, dynamic": _ranges("dynamic"),
}


def outcomes(issue: Issue) -> set[str]:
    """Return what happened in a session: won, not won, fallback, and a draw without any chance."""
    found = set()
    fallbacks = set(issue.rewards.filter(is_fallback=True).values_list("pk", flat=True))
    for row in SessionDraw.objects.filter(batch__issue=issue):
        log = DrawLog.objects.get(batch_id=row.batch_id, idx=row.idx)
        found.add("fallback" if log.reward_id in fallbacks else "won" if row.outcome == 1 else "not won")
        if log.roll is None:
            found.add("no roll")
    return found
