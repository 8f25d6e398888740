"""The look of the back office (Unfold); what stands on its pages is in blindbox/backoffice."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static


def _stylesheet(_request: HttpRequest) -> str:
    return static("backoffice/admin.css")


def _menu_search(_request: HttpRequest) -> str:
    return static("backoffice/menu_search.js")


def _favicon(_request: HttpRequest) -> str:
    return static("backoffice/favicon.svg")


ADMIN_APPS = ["unfold", "unfold.contrib.filters"]
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "盲盒后台",
    "SITE_HEADER": "盲盒后台",
    "SITE_SUBHEADER": "运营管理",
    "SITE_SYMBOL": "redeem",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _favicon}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "STYLES": [_stylesheet],
    "SCRIPTS": [_menu_search],
    "BORDER_RADIUS": "6px",
    "DASHBOARD_CALLBACK": "blindbox.backoffice.home.dashboard.dashboard",
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "blindbox.backoffice.menu.navigation",
    },
    "COLORS": {
        "primary": {
            "50": "#eef2ff",
            "100": "#e0e7ff",
            "200": "#c7d2fe",
            "300": "#a5b4fc",
            "400": "#818cf8",
            "500": "#6366f1",
            "600": "#4f46e5",
            "700": "#4338ca",
            "800": "#3730a3",
            "900": "#312e81",
            "950": "#1e1b4b",
        }
    },
}
