"""The page on which staff read an issue's realised odds and its result."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from activities import selectors
from activities.admin.bars import bars
from activities.enums import IssueStatus
from activities.errors import IssueNotFound
from activities.services import reporting


def page(site: AdminSite, request: HttpRequest, issue_id: int) -> HttpResponse:
    """
    Render the report of an opened issue.

    :raises Http404: if there is none
    """
    try:
        issue = selectors.issue(issue_id)
    except IssueNotFound as error:
        raise Http404 from error
    if issue.counter.status == IssueStatus.DRAFT:
        raise Http404
    found = reporting.of_issue(issue)
    context: dict[str, Any] = {"title": f"{issue} 实际概率", "issue": issue, "found": found, "bars": bars(found.lines)}
    return TemplateResponse(request, "backoffice/report.html", {**site.each_context(request), **context})
