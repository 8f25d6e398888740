"""The history of an issue has what was done to its rewards and its plan, each entry named after the issue."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activities.services import drafting
from activities.services.glue import planning
from blindbox.system.audit import SYSTEM
from blindbox.system.models import OperationLog
from tests.factories.glue import make_session, make_tool, points

pytestmark = pytest.mark.django_db


def history(office, issue):
    entries = office.get(f"/admin/activities/issue/{issue.pk}/history/").context["entries"]
    return [entry.action for entry, _ in reversed(entries)]


def test_it_has_the_rewards_and_the_plan_also_when_they_are_gone(office):
    now = timezone.now()
    issue = make_session(make_tool(now=now), [points("A", quantity=3, odds_ppm=5)], now=now)
    other = make_session(make_tool(now=now, name="别的"), [points("B", odds_ppm=5)], now=now)
    reward, how = issue.rewards.get(), {"issue_id": issue.pk, "actor": SYSTEM, "now": now}
    drafting.change_reward(reward_id=reward.pk, values={"points": 7}, **how)
    [drop] = planning.add(
        drops=[{"reward_id": reward.pk, "release_at": now + timedelta(hours=1), "quantity": 1}], **how
    )
    planning.delete(drop_id=drop.pk, **how)
    drafting.delete_reward(reward_id=reward.pk, **how)
    said = ["创建期次", "创建奖品", "批准亏损预算", "修改奖品", "新增投放计划", "删除投放计划", "删除奖品"]
    assert history(office, issue) == said
    assert history(office, other) == ["创建期次", "创建奖品", "批准亏损预算"]
    assert OperationLog.objects.get(action="修改奖品").object_label == f"{issue} · A 5 积分"
    assert f"{issue} · A 5 积分" in office.get(f"/admin/activities/issue/{issue.pk}/history/").content.decode()
