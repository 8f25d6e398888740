"""Route of the verification page."""

from django.urls import path

from blindbox.backoffice.verify.views import verify_draw

urlpatterns = [path("verify/<int:draw_log_id>", verify_draw, name="verify-draw")]
