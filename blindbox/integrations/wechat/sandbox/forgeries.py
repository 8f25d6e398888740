"""The ways in which a notice can be wrong. Each is one field of one recipe; an honest notice uses none of them."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from blindbox.integrations.wechat.sandbox import clock
from blindbox.integrations.wechat.sandbox.signing import Platform
from blindbox.integrations.wechat.sandbox.wire import WechatError

Resource = dict[str, Any]
Headers = dict[str, str]
MONTH = 30 * 24 * 3600


def _as_it_is(value: Any) -> Any:
    return value


def _other_amount(resource: Resource) -> Resource:
    amount = resource["amount"]
    name = "refund" if "refund" in amount else "total"
    return resource | {"amount": amount | {name: amount[name] + 1}}


def _bent_signature(headers: Headers) -> Headers:
    signature = headers["Wechatpay-Signature"]
    return headers | {"Wechatpay-Signature": ("B" if signature[0] == "A" else "A") + signature[1:]}


def _probe(headers: Headers) -> Headers:
    return headers | {"Wechatpay-Signature": f"WECHATPAY/SIGNTEST/{headers['Wechatpay-Signature']}"}


@dataclass(frozen=True)
class Recipe:
    """How a notice is made: before sealing, while signing, and after the signature was put on."""

    resource: Callable[[Resource], Resource] = _as_it_is
    age_seconds: int = 0
    swapped: Callable[[Resource], Resource] | None = None
    headers: Callable[[Headers], Headers] = _as_it_is
    body: Callable[[bytes], bytes] = _as_it_is


HONEST = Recipe()
RECIPES = {
    # altered on the way: well encrypted, but the signature is of another body
    "amount": Recipe(swapped=_other_amount),
    # really from WeChat, and still not what the order asked for
    "wrong_amount": Recipe(resource=_other_amount),
    "mchid": Recipe(resource=lambda resource: resource | {"mchid": "1900000001"}),
    "appid": Recipe(resource=lambda resource: resource | {"appid": "wx0000000000000000"}),
    "timestamp": Recipe(age_seconds=MONTH),
    "signature": Recipe(headers=_bent_signature),
    "serial": Recipe(headers=lambda headers: headers | {"Wechatpay-Serial": "PUB_KEY_ID_" + "9" * 28}),
    "unsigned": Recipe(headers=lambda headers: {}),
    "probe": Recipe(headers=_probe),
    "garbage": Recipe(body=lambda body: secrets.token_bytes(len(body))),
}


def recipe(tamper: Any) -> Recipe:
    """:raises WechatError: if nobody knows this way"""
    if tamper is None:
        return HONEST
    if not isinstance(tamper, str) or tamper not in RECIPES:
        raise WechatError(400, "PARAM_ERROR", f"tamper 只能是 {'|'.join(RECIPES)}")
    return RECIPES[tamper]


def compose(
    platform: Platform, *, notice_id: str, event: str, resource: Resource, how: Recipe = HONEST
) -> tuple[Headers, bytes]:
    """Return the headers and the body of one notice, freshly sealed and signed."""

    def envelope(content: Resource) -> bytes:
        kind = "refund" if event.startswith("REFUND") else "transaction"
        return json.dumps(
            {
                "id": notice_id,
                "create_time": clock.written(clock.now()),
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": {"TRANSACTION.SUCCESS": "支付成功", "REFUND.SUCCESS": "退款成功"}.get(event, "退款异常"),
                "resource": platform.seal(content, kind),
            },
            ensure_ascii=False,
        ).encode()

    body = envelope(how.resource(resource))
    headers = platform.sign(body, at=int(clock.now().timestamp()) - how.age_seconds)
    if how.swapped:
        body = envelope(how.swapped(resource))
    return how.headers(headers), how.body(body)
