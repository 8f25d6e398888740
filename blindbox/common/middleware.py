"""Request ids, security headers, and sessions only where there is a page."""

import re
import secrets
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from blindbox.common.logging import set_request_id

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
STRICT = "default-src 'self'; img-src 'self' data: https:; frame-ancestors 'none'"
# Unfold's Alpine evaluates expressions and Swagger UI starts from an inline script
SCRIPTED = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval'; img-src 'self' data: blob: https:; "
    "frame-ancestors 'self'; worker-src 'self' blob:"
)
SCRIPTED_PAGES = ("/admin/", "/api/docs")
SESSIONLESS = ("/api/app/", "/api/payments/", "/healthz", "/readyz")


class RequestIdMiddleware:
    """Give each request an id, or keep the proxy's, for the answer and every log line."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        set_request_id(request_id)
        try:
            response = self.get_response(request)
        finally:
            set_request_id("")
        response["X-Request-ID"] = request_id
        return response


class SecurityHeadersMiddleware:
    """A fixed content security policy: strict but for the two prefixes whose libraries need scripts inline."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        scripted = request.path.startswith(SCRIPTED_PAGES)
        response.headers.setdefault("Content-Security-Policy", SCRIPTED if scripted else STRICT)
        return response


class _PagesOnly:
    """Skip a middleware for callers that bring a token or a signature instead of a session."""

    def __call__(self, request: HttpRequest) -> Any:
        whole: Any = super()
        return self.get_response(request) if request.path.startswith(SESSIONLESS) else whole.__call__(request)

    get_response: Any


class PageSessionMiddleware(_PagesOnly, SessionMiddleware):
    """Sessions for pages and operators."""


class PageCsrfMiddleware(_PagesOnly, CsrfViewMiddleware):
    """CSRF tokens for pages and operators."""


class PageAuthenticationMiddleware(_PagesOnly, AuthenticationMiddleware):
    """The operator of a session."""


class PageMessageMiddleware(_PagesOnly, MessageMiddleware):
    """Messages for operators."""
