"""Bring the demo shop into the state that a visitor should find; what is there already stays as it is."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from activities import selectors
from activities.enums import ActivityStatus
from activities.services import approving, configuring, days, drafting, opening
from activities.services.glue import planning
from activities.services.glue.planning import Spread
from blindbox.backoffice.demo import DEMO, boss, goods
from blindbox.backoffice.demo.plans import CATEGORY, Plan, plans
from blindbox.common.errors import DomainError
from blindbox.common.retry import in_transaction
from blindbox.system import selectors as system
from blindbox.system.services import notices

NOTICE = "欢迎来到演示店铺"
NOTICE_DAYS = 3650
ISSUE_DAYS = 365  # what is no box ends by its published end only; the next start opens another


def stock_up(*, now: datetime) -> list[str]:
    """Make what is missing of products, activities, open issues and the notice; return in Chinese what was done."""
    days.turn(now=now)  # before anything is on sale: a commitment of its own day proves less
    product_ids = goods.put_on_shelf(now=now)
    category_id = _category(now=now)
    done = [_offer_if_possible(plan, category_id, product_ids, now=now) for plan in plans()]
    return [line for line in [*done, boss.challenge(now=now), _welcome(now=now)] if line]


def _category(*, now: datetime) -> int:
    known = selectors.all_categories().filter(name=CATEGORY).first()
    if known is None:
        known = configuring.save_category(category_id=None, values={"name": CATEGORY, "sort": 1}, actor=DEMO, now=now)
    return known.pk


def _offer_if_possible(plan: Plan, category_id: int, product_ids: Mapping[str, int], *, now: datetime) -> str:
    """An operator may have ended or changed a demo activity; that keeps nothing else from starting."""
    try:
        return _offer(plan, category_id, product_ids, now=now)
    except DomainError as refusal:
        return f"未开放「{plan.name}」：{refusal}"


@in_transaction
def _offer(plan: Plan, category_id: int, product_ids: Mapping[str, int], *, now: datetime) -> str:
    """Make the activity, and its next issue if none is on sale. An archived one is left in peace."""
    activity = selectors.all_activities().filter(name=plan.name).first()
    if activity is None:
        values = {**plan.activity, "category_id": category_id, "starts_at": now - timedelta(minutes=1), "ends_at": None}
        activity = configuring.create_activity(values=values, actor=DEMO, now=now)
    if activity.status == ActivityStatus.ARCHIVED or selectors.open_issues().filter(activity=activity).exists():
        return ""
    ends = {} if plan.allocator == "deck" else {"ends_at": now + timedelta(days=ISSUE_DAYS)}
    issue = drafting.create_issue(activity_id=activity.pk, values=ends, actor=DEMO, now=now)
    rewards = drafting.add_rewards(issue_id=issue.pk, rewards=plan.rewards(product_ids), actor=DEMO, now=now)
    ids = {reward.level: reward.pk for reward in rewards}
    for level, substitute in plan.substitutes.items():
        values = {"substitute_id": ids[substitute]}
        drafting.change_reward(issue_id=issue.pk, reward_id=ids[level], values=values, actor=DEMO, now=now)
    for reward in rewards:
        if reward.level in plan.releases:
            slots, hours = plan.releases[reward.level]
            how = Spread(reward.pk, reward.quantity or 0, now, slots, timedelta(hours=hours))
            planning.spread(issue_id=issue.pk, how=how, actor=DEMO, now=now)
    _approve(plan, issue.pk, now=now)
    goods.restock(opening.preview(issue_id=issue.pk).stock_needed, now=now)
    opening.open_issue(issue_id=issue.pk, actor=DEMO, now=now, reason="演示店铺")
    return f"已开放「{plan.name}」第 {issue.number} 期"


def _approve(plan: Plan, issue_id: int, *, now: datetime) -> None:
    if plan.budget_fen:
        budget, why = plan.budget_fen, "演示店铺"
        approving.approve_loss(issue_id=issue_id, budget_fen=budget, reason=why, actor=DEMO, now=now)


def _welcome(*, now: datetime) -> str:
    if system.notices().filter(title=NOTICE).exists():
        return ""
    values = {
        "title": NOTICE,
        "body": "这里的商品、价格和付款都是演示。每一抽都可以在「验证」页里复算。",
        "is_published": True,
        "starts_at": now,
        "ends_at": now + timedelta(days=NOTICE_DAYS),
    }
    notices.create(values=values, actor=DEMO, now=now)
    return f"已发布公告「{NOTICE}」"
