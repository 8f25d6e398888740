"""Activities on sale, ready to draw from."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from activities.gameplay import registry
from activities.models import Activity, ActivityCategory, Issue
from activities.services import configuring, drafting, opening
from blindbox.system.audit import SYSTEM
from catalog.models import Product

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def make_product(*, name: str = "手办", stock: int = 1000, **columns: Any) -> Product:
    made = {"price_fen": 9900, "cost_fen": 3000, "image_urls": ["/static/demo/figure.svg"], "is_on_sale": True}
    return Product.objects.create(name=name, stock=stock, **{**made, **columns})


def make_activity(*, gameplay: str = "ichiban", now: datetime = NOW, **values: Any) -> Activity:
    """Return an activity; both prices are set unless told otherwise."""
    category = ActivityCategory.objects.filter(name="盲盒").first()
    if category is None:
        category = configuring.save_category(category_id=None, values={"name": "盲盒"}, actor=SYSTEM, now=now)
    made = {
        "name": "海洋系列",
        "category_id": category.pk,
        "gameplay": gameplay,
        "price_fen": 6000,
        "price_points": 600,
        "starts_at": now - timedelta(days=1),
        "ends_at": None,
        "status": "active",
        "config": {},
    }
    return configuring.create_activity(values={**made, **values}, actor=SYSTEM, now=now)


def box_rewards(product: Product, *, total: int, last: bool = True) -> list[dict[str, Any]]:
    """Return the rewards of a box: one A, the rest C, and a Last prize."""
    own = {"kind": "product", "product_id": product.pk, "position": "ticket", "reference_value_fen": 9900}
    rewards = [
        {**own, "level": "A", "name": "手办", "quantity": 1, "cost_fen": 8000, "sort": 1},
        {**own, "level": "C", "name": "徽章", "quantity": total - 1, "cost_fen": 1000, "sort": 3},
    ]
    extra = {**own, "level": "LAST", "name": "特别版", "quantity": 1, "position": "last", "sort": 9}
    return [*rewards, extra] if last else rewards


def odds_rewards(product: Product) -> list[dict[str, Any]]:
    """Return the rewards of a weighted issue: 0.5 %, 9.5 %, 90 % (the last of them points)."""
    own = {"kind": "product", "product_id": product.pk, "position": "ticket", "reference_value_fen": 9900}
    return [
        {**own, "level": "A", "name": "手办", "odds_ppm": 5_000, "sort": 1},
        {**own, "level": "B", "name": "毛巾", "odds_ppm": 95_000, "sort": 2},
        {"kind": "points", "points": 50, "level": "C", "name": "50 积分", "odds_ppm": 900_000, "sort": 3},
    ]


def make_draft(activity: Activity, rewards: Sequence[dict[str, Any]], *, now: datetime = NOW, **values: Any) -> Issue:
    """Return a draft; what is no box ends in a year unless told otherwise."""
    if activity.ends_at is None and registry.get(activity.gameplay).allocator != "deck":
        values = {"ends_at": now + timedelta(days=365), **values}
    issue = drafting.create_issue(activity_id=activity.pk, values=values, actor=SYSTEM, now=now)
    drafting.add_rewards(issue_id=issue.pk, rewards=rewards, actor=SYSTEM, now=now)
    return issue


def open_box(*, total: int = 20, last: bool = True, now: datetime = NOW, **activity: Any) -> Issue:
    """Return an open 一番赏 issue of that many tickets."""
    issue = make_draft(make_activity(now=now, **activity), box_rewards(make_product(), total=total, last=last), now=now)
    return opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=now)


def open_numbers(
    *, total: int = 20, now: datetime = NOW, config: dict[str, Any] | None = None, **activity: Any
) -> Issue:
    """Return an open 洞洞乐 issue whose numbers members pick: one A, the rest C, and a Last prize."""
    own = {"pick_number": True, **(config or {})}
    return open_box(total=total, now=now, gameplay="hole_grid", config=own, **activity)


def open_odds(*, now: datetime = NOW, **activity: Any) -> Issue:
    """Return an open 无限赏 issue."""
    made = make_activity(gameplay="infinite", now=now, **activity)
    issue = make_draft(made, odds_rewards(make_product()), now=now)
    return opening.open_issue(issue_id=issue.pk, actor=SYSTEM, now=now)
