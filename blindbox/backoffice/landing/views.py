"""Links for whoever opens the address in a browser. Production names no sandbox and no account."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

ICON = Path(__file__).parents[1] / "static" / "backoffice" / "favicon.svg"


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Answer the page of links."""
    return render(request, "backoffice/landing.html", {"sandbox_url": settings.SANDBOX_URL})


@require_safe
@cache_control(public=True, max_age=24 * 3600)
def favicon(request: HttpRequest) -> HttpResponse:
    """Answer the icon at the one address that browsers ask even where no page names it."""
    return HttpResponse(ICON.read_bytes(), content_type="image/svg+xml")
