from django.urls import path

from orders.api.payments.views import notify

urlpatterns = [path("<str:gateway>/notify", notify), path("<str:gateway>/refund_notify", notify)]
