"""The frame of the page; its script fetches the proof and computes everything in the browser."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from activities import selectors

PROOF_URL = "/api/app/draw_logs/{draw_log_id}/proof"


@require_safe
def verify_draw(request: HttpRequest, draw_log_id: int) -> HttpResponse:
    """
    Answer the frame with the name of the issue, which is shown beside what is verified; the proof carries no names that
    could change. A number of no draw is not found, which the page says without a script.
    """
    title = selectors.title_of_draw(draw_log_id)
    if title is None:
        return render(request, "verify/missing.html", {"draw_log_id": draw_log_id}, status=HTTPStatus.NOT_FOUND)
    proof_url = PROOF_URL.format(draw_log_id=draw_log_id)
    return render(request, "verify/page.html", {"draw_log_id": draw_log_id, "proof_url": proof_url, "title": title})
