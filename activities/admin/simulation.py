"""The page on which an operator sees what an issue would do: the same simulation as `manage.py simulate_issue`."""

from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from activities.admin.bars import bars
from activities.errors import IssueCannotSimulate
from activities.models import Issue
from activities.services import simulating
from activities.services.simulating import MOST_DRAWS

USUAL_DRAWS = 10_000


class SimulationForm(forms.Form):
    """What is simulated."""

    draws = forms.IntegerField(label="模拟抽数", min_value=1, max_value=MOST_DRAWS, initial=USUAL_DRAWS)
    seed = forms.CharField(label="种子", max_length=40, initial="1", help_text="同样的种子得到同样的结果")
    daily = forms.IntegerField(
        label="每天抽数", min_value=1, max_value=10**6, required=False, help_text="留空取近 7 天的平均"
    )


def page(site: AdminSite, request: HttpRequest, issue_id: int) -> HttpResponse:
    """
    Render the simulation of a draft or an opened issue.

    :raises Http404: if there is none
    """
    issue = Issue.objects.select_related("activity", "counter").filter(pk=issue_id).first()
    if issue is None:
        raise Http404
    wanted = {"draws": USUAL_DRAWS, "seed": "1", **request.GET.dict()}
    form = SimulationForm(wanted)
    context = {**site.each_context(request), "title": f"{issue} 模拟", "issue": issue, "form": form}
    return TemplateResponse(request, "backoffice/simulation.html", {**context, **_outcome(issue, form)})


def _outcome(issue: Issue, form: SimulationForm) -> dict[str, Any]:
    if not form.is_valid():
        return {}
    try:
        found = simulating.simulate(issue=issue, now=timezone.now(), **form.cleaned_data)
    except IssueCannotSimulate as refusal:
        return {"problem": refusal.details["problem"]}
    return {"found": found, "bars": bars(found.lines)}
