"""What a payment provider can answer that is not what we asked for."""

from blindbox.common.errors import Conflict, NotFound, Unavailable


class GatewayUnknown(NotFound):
    """No adapter has this name."""

    message = "不支持的支付渠道"


class ProviderUnavailable(Unavailable):
    """
    No answer that can be believed: time-out, 5xx, rate limit, or an answer that is unsigned or about something else.

    What happened at the provider is unknown. The same call may be repeated as it is, every call of the gateway is
    idempotent by its own number.
    """

    code, message = "payment.provider_unavailable", "微信支付暂时不可用，请稍后再试"


class ProviderRefused(Conflict):
    """The provider said no, and will say no again: `reason` is its own code, such as ORDER_CLOSED or NOT_ENOUGH."""

    code, message = "payment.provider_refused", "微信支付拒绝了本次请求（{reason}）"

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class NoticeRefused(Exception):
    """A notification that is not from the provider, not for us, or not of now; answer it with `status` (4xx)."""

    def __init__(self, reason: str, *, status: int = 401) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status
