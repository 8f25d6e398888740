"""Routes of the landing page and of the icon that browsers ask for by themselves."""

from django.urls import path

from blindbox.backoffice.landing.views import favicon, landing

urlpatterns = [path("", landing, name="landing"), path("favicon.ico", favicon)]
