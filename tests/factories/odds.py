"""Issues by published odds, as tests need them: every prize is points, levels name the rewards."""

from collections.abc import Sequence
from typing import Any

from activities.gameplay.base import Prize, Terms
from activities.models import Issue, Reward
from activities.services import opening
from blindbox.system.audit import SYSTEM
from tests.factories.activities import NOW, make_activity, make_draft

Line = tuple[str, int] | tuple[str, int, int | None] | tuple[str, int, int | None, str]


def draft_of(
    lines: Sequence[Line], *, gameplay: str = "infinite", config: dict[str, Any] | None = None, **activity: Any
) -> Issue:
    """
    Return a draft; a line is (level, ppm, quantity, level of the substitute), the last two optional.

    Every prize is points, or that `product`.
    """
    now, product = activity.pop("now", NOW), activity.pop("product", None)
    content = {"kind": "product", "product_id": product.pk} if product else {"kind": "points", "points": 1}
    own = {**content, "reference_value_fen": 100}
    rewards = [
        {**own, "level": level, "name": f"{level} 赏积分", "odds_ppm": ppm, "quantity": rest[0] if rest else None}
        | {"sort": sort}
        for sort, (level, ppm, *rest) in enumerate(lines)
    ]
    issue = make_draft(make_activity(gameplay=gameplay, config=config or {}, now=now, **activity), rewards, now=now)
    for level, _, *rest in lines:
        if len(rest) == 2:
            substitute = Reward.objects.get(issue=issue, level=rest[1])
            Reward.objects.filter(issue=issue, level=level).update(substitute=substitute)
    return issue


def open_issue_of(lines: Sequence[Line], **options: Any) -> Issue:
    """Return an open issue of such lines."""
    issue = draft_of(lines, **options)
    return opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=options.get("now", NOW))


def terms_of(lines: Sequence[Line], *, gameplay: str = "infinite", config: dict[str, Any] | None = None) -> Terms:
    """Return terms that no database knows; rewards are numbered from 1."""
    ids = {line[0]: number for number, line in enumerate(lines, start=1)}
    prizes = [
        Prize(
            id=ids[level], level=level, name=level, kind="points", position="ticket", odds_ppm=ppm, points=1,
            quantity=rest[0] if rest else None, substitute_id=ids[str(rest[1])] if len(rest) == 2 else None,
            reference_value_fen=100,
        )
        for level, ppm, *rest in lines
    ]  # fmt: skip
    return Terms(
        issue_id=22, activity_id=1, title="", gameplay=gameplay, algorithm="weighted/1", price_fen=1, price_points=1,
        bundle_prices={}, total=None, endgame=0, hold_seconds=180, largest_order=10, starts_at=NOW, ends_at=None,
        prizes=prizes, config=config or {}, prize_by_id={prize.id: prize for prize in prizes},
    )  # fmt: skip
