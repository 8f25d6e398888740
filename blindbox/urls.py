"""Every URL, by app; no trailing slashes."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

handler400 = "blindbox.common.error_pages.bad_request"
handler403 = "blindbox.common.error_pages.forbidden"
handler404 = "blindbox.common.error_pages.not_found"
handler500 = "blindbox.common.error_pages.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/app/", include("activities.api.app.urls")),  # the busiest first: each is tried in turn
    path("api/app/", include("orders.api.app.urls")),
    path("api/app/", include("accounts.api.app.urls")),
    path("api/app/", include("catalog.api.app.urls")),
    path("admin/", admin.site.urls),
    path("", include("blindbox.system.api.urls")),
    path("", include("blindbox.backoffice.urls")),
    path("v1/glue/", include("activities.api.glue.urls")),
    path("api/admin/", include("accounts.api.admin.urls")),
    path("api/admin/", include("catalog.api.admin.urls")),
    path("api/admin/", include("orders.api.admin.urls")),
    path("api/admin/", include("activities.api.admin.urls")),
    path("api/payments/", include("orders.api.payments.urls")),
]
