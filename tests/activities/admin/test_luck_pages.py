"""Whom chance does not explain is a task of the home page, until a person writes down what it was."""

import pytest
from django.utils import timezone

from activities.models import DrawLog, RiskNote
from activities.services.luck import watching
from blindbox.system.models import OperationLog
from tests.factories.activities import NOW, open_odds
from tests.factories.draws import buy
from tests.factories.pages import press, said

pytestmark = pytest.mark.django_db
NOTE = "activities.risknote"


@pytest.fixture
def note(member):
    issue = open_odds()
    for _ in range(3):
        buy(member, issue, 10, now=NOW)
    DrawLog.objects.update(roll=0)
    watching.watch(now=timezone.now())
    return RiskNote.objects.get()


def todos(office):
    return {each.title: each.value for each in office.get("/admin/").context["todos"]}


def test_the_home_page_leads_to_it_and_the_page_says_why(office, note):
    todo = todos(office)["手气异常的用户"]
    assert todo.count == 1
    assert [each.pk for each in office.get(todo.url).context["cl"].result_list] == [note.pk]
    text = office.get(f"/admin/activities/risknote/{note.pk}/change/").content.decode()
    assert [word in text for word in ("倍标准差", "不超过", "待处理", "处理完毕")] == [True] * 4


def test_the_conclusion_closes_it_once(office, note):
    assert said(press(office, NOTE, "close", note.pk, reason="内部测试账号，已关联")) == ["已记录结论"]
    note.refresh_from_db()
    assert (note.conclusion, note.closed_at is not None) == ("内部测试账号，已关联", True)
    assert press(office, NOTE, "close", note.pk, reason="再来").status_code == 403
    assert OperationLog.objects.filter(action="处理风险提示").count() == 1
    assert not office.get("/admin/activities/risknote/", {"waiting": "yes"}).context["cl"].result_list


def test_who_may_only_look_closes_nothing(office_of, make_operator, note):
    looking = office_of(make_operator(permissions=["activities.view_risknote"]))
    assert press(looking, NOTE, "close", note.pk, reason="x").status_code == 403
    assert RiskNote.objects.get().closed_at is None


def test_a_members_page_shows_each_issue_and_all_together(office, member, note):
    panels = dict(office.get(f"/admin/accounts/member/{member.pk}/change/").context["panels"])
    rows = panels["手气统计"].rows
    assert [(row[0] == "全部期次", row[1]) for row in rows] == [(True, 30), (False, 30)]
    assert rows[0][2] == rows[1][2]
