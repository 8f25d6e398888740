"""Activities on one page with their issues and rewards; what was drawn, to look at."""

from activities.admin import (
    activity,
    boss,
    boss_panels,
    category,
    deliveries,
    draws,
    figures,
    issue,
    limits,
    luck,
    panels,
    refunds,
    session_draws,
    wording,
)

__all__ = [
    "activity",
    "boss",
    "boss_panels",
    "category",
    "deliveries",
    "draws",
    "figures",
    "issue",
    "limits",
    "luck",
    "panels",
    "refunds",
    "session_draws",
    "wording",
]
