"""
wechatpayv3 with our own transport under it.

The library signs, verifies and decrypts. What we do not leave to it is when it may call out: it uses bare `requests`
without limits, decodes answers by guessing, and goes to the network for certificates when a header names a serial it
does not know.
"""

import json
from collections.abc import Mapping
from typing import Any

from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import build_authorization

from blindbox.common.http import guarded_session
from blindbox.integrations.wechat.pay.v3.merchant import Merchant


class UnverifiedAnswer(Exception):
    """
    An answer without a valid signature of WeChat Pay, which therefore says nothing.

    Refusals count: whoever stands in between could answer "no such order" and have us give up what was paid.
    """


class SignedCore(Core):
    """The library's core: same signatures, guarded calls, one known key."""

    def __init__(self, merchant: Merchant) -> None:
        super().__init__(
            mchid=merchant.mch_id,
            cert_serial_no=merchant.serial,
            private_key=merchant.private_key,
            apiv3_key=merchant.api_v3_key,
            public_key=merchant.public_key,
            public_key_id=merchant.public_key_id,
        )
        self._gate_way = merchant.pay_base
        self._session = guarded_session()

    def request(
        self, path: str, method: RequestType = RequestType.GET, data: dict[str, Any] | None = None, **_unused: Any
    ) -> tuple[int, str]:
        """
        Call WeChat Pay and return status and text; both successes and refusals are verified before anybody reads them.

        :raises UnverifiedAnswer: if the answer is not signed with WeChat Pay's key
        :raises requests.RequestException: if there is no answer
        """
        body = json.dumps(data) if data else ""
        response = self._session.request(
            method.value,
            self._gate_way + path,
            data=body.encode() or None,
            headers=self._headers(path, method, body),
            allow_redirects=False,
        )
        text = response.content.decode(errors="replace")
        if not self._is_signed(response.headers, text):
            raise UnverifiedAnswer(f"unsigned {response.status_code}")
        return response.status_code, text

    def _headers(self, path: str, method: RequestType, body: str) -> dict[str, str]:
        return {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "blindbox",
            "Wechatpay-Serial": self._public_key_id,
            "Authorization": build_authorization(
                path, method.value, self._mchid, self._cert_serial_no, self._private_key, data=body
            ),
        }

    def _is_signed(self, headers: Mapping[str, str], text: str) -> bool:
        try:
            return bool(self._verify_signature(headers, text))
        except Exception:  # the library raises bare Exceptions for missing headers and odd algorithms
            return False

    def _update_certificates(self) -> None:
        """In public-key mode there is nothing to fetch: an unknown serial is unknown, and no reason to call anybody."""


def signed_client(merchant: Merchant) -> WeChatPay:
    """Return the library's client over our transport; nothing is called until it is used."""
    client = WeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG,
        mchid=merchant.mch_id,
        private_key=merchant.private_key,
        cert_serial_no=merchant.serial,
        appid=merchant.app_id,
        apiv3_key=merchant.api_v3_key,
        notify_url=merchant.notify_url("notify"),
        public_key=merchant.public_key,
        public_key_id=merchant.public_key_id,
    )
    client._core = SignedCore(merchant)
    return client
