"""Where WeChat reports payments and refunds; answers are WeChat's own format, outside ours."""

import logging

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from blindbox.common.errors import Unavailable
from blindbox.common.retry import is_database_unavailable
from blindbox.integrations.wechat.pay.errors import GatewayUnknown, NoticeRefused
from blindbox.integrations.wechat.pay.gateway import PaymentGateway, Reply, get_gateway
from orders.payments import callbacks

logger = logging.getLogger(__name__)

LARGEST_NOTICE = 64 * 1024


@csrf_exempt
@require_POST
def notify(request: HttpRequest, gateway: str) -> HttpResponse:
    """Verify a notice, store it, answer; everything else happens later."""
    try:
        adapter = get_gateway(gateway)
    except GatewayUnknown:
        return HttpResponse(status=404)
    reply = _take(adapter, request)
    return HttpResponse(reply.body, status=reply.status, content_type=adapter.reply_content_type)


def _take(adapter: PaymentGateway, request: HttpRequest) -> Reply:
    """Store the notice; whatever keeps us from it makes WeChat send it again."""
    now = timezone.now()
    try:
        notice = adapter.parse_notify(request.headers, _raw(request), now)
        callbacks.record(notice, gateway=adapter.name, now=now)
    except NoticeRefused as refused:
        return adapter.refuse(refused.reason, refused.status)
    except UnreadablePostError:  # whoever it was hung up in the middle
        return adapter.refuse("unreadable", 400)
    except Exception as error:
        if not (isinstance(error, Unavailable) or is_database_unavailable(error)):
            raise
        logger.warning("Notice not stored, it will come again: %s", error)
        return adapter.refuse("busy", 503)
    return adapter.acknowledge()


def _raw(request: HttpRequest) -> bytes:
    """Return the body, at most one byte more than any notice has: the adapter refuses what is too long."""
    return request.read(LARGEST_NOTICE + 1)
