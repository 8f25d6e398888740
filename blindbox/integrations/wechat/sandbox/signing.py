"""
WeChat Pay's half of the cryptography: verify what merchants sign, sign and seal what they receive.

Written from WeChat's documents and without wechatpayv3, which is the other half: a mistake would have to be made twice.
"""

import json
import re
import secrets
import time
from base64 import b64decode, b64encode
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from blindbox.integrations.wechat.sandbox.keys import MERCHANT_PUBLIC, PLATFORM_PRIVATE, Keyring
from blindbox.integrations.wechat.sandbox.wire import Request, WechatError

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESH_SECONDS = 300


class Platform:
    """Holds WeChat Pay's private key and knows the merchant's public one."""

    def __init__(self, keys: Keyring) -> None:
        private = load_pem_private_key(keys.pem(PLATFORM_PRIVATE), password=None)
        merchant = load_pem_public_key(keys.pem(MERCHANT_PUBLIC))
        if not isinstance(private, RSAPrivateKey) or not isinstance(merchant, RSAPublicKey):
            raise TypeError("the sandbox's keys are RSA keys")
        self.keys, self._private, self._merchant = keys, private, merchant

    def verify(self, request: Request) -> None:
        """:raises WechatError: 401 SIGN_ERROR unless the merchant signed this very request just now"""
        scheme, _, parameters = request.headers.get("Authorization", "").partition(" ")
        given = dict(re.findall(r'(\w+)="([^"]*)"', parameters))
        timestamp, nonce = given.get("timestamp", ""), given.get("nonce_str", "")
        body = request.body.decode(errors="replace")
        message = "".join(f"{line}\n" for line in (request.method, request.target, timestamp, nonce, body))
        genuine = (
            scheme == SCHEME
            and (given.get("mchid"), given.get("serial_no")) == (self.keys.mch_id, self.keys.mch_serial)
            and timestamp.isdecimal()
            and abs(time.time() - int(timestamp)) <= FRESH_SECONDS
            and self._is_by_merchant(given.get("signature", ""), message)
        )
        if not genuine:
            raise WechatError(401, "SIGN_ERROR", "签名错误")

    def verify_client(self, parameters: Any, prepay_id: str) -> None:
        """:raises WechatError: unless `wx.requestPayment` would accept these parameters for this payment"""
        given = parameters if isinstance(parameters, dict) else {}
        package = f"prepay_id={prepay_id}"
        lines = (self.keys.app_id, given.get("timeStamp"), given.get("nonceStr"), package)
        message = "".join(f"{line}\n" for line in lines)
        is_ours = (given.get("signType"), given.get("package")) == ("RSA", package)
        if not is_ours or not self._is_by_merchant(str(given.get("paySign")), message):
            raise WechatError(400, "SIGN_ERROR", "调起支付的签名错误")

    def sign(self, body: bytes, *, at: int | None = None) -> dict[str, str]:
        """Return the Wechatpay-* headers over an answer or a notice."""
        timestamp, nonce = str(at or int(time.time())), secrets.token_hex(16)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = self._private.sign(message, PKCS1v15(), SHA256())
        return {
            "Wechatpay-Serial": self.keys.public_key_id,
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": b64encode(signature).decode(),
            "Wechatpay-Signature-Type": SCHEME,
        }

    def seal(self, resource: dict[str, Any], kind: str) -> dict[str, str]:
        """Return a notice's encrypted part, AES-256-GCM under the merchant's APIv3 key."""
        nonce = secrets.token_hex(6)
        plain = json.dumps(resource, ensure_ascii=False).encode()
        sealed = AESGCM(self.keys.api_v3_key.encode()).encrypt(nonce.encode(), plain, kind.encode())
        return {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": b64encode(sealed).decode(),
            "associated_data": kind,
            "nonce": nonce,
        }

    def _is_by_merchant(self, signature: str, message: str) -> bool:
        try:
            self._merchant.verify(b64decode(signature), message.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True
