"""Pages that span all apps."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("blindbox.backoffice.api.urls")),
    path("", include("blindbox.backoffice.landing.urls")),
    path("", include("blindbox.backoffice.verify.urls")),
]
