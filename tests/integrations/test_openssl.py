"""
Both halves of the cryptography against a third party.

The adapter (wechatpayv3) and the sandbox were written apart, but could still share a misreading of WeChat's documents.
Here `openssl` signs and verifies what the documents say, and the sealed part was made once by node's crypto.
"""

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from blindbox.integrations.wechat.pay.errors import ProviderUnavailable
from blindbox.integrations.wechat.pay.gateway import get_gateway
from blindbox.integrations.wechat.sandbox.keys import MERCHANT_PUBLIC, PLATFORM_PRIVATE, PLATFORM_PUBLIC

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")

# crypto.createCipheriv("aes-256-gcm", key, nonce).setAAD(associated_data), node 20
API_V3_KEY = "0123456789abcdef0123456789abcdef"
SEALED = {
    "original_type": "transaction",
    "algorithm": "AEAD_AES_256_GCM",
    "associated_data": "transaction",
    "nonce": "fdasflkja484",
    "ciphertext": (
        "DUcegK33A8MEOgdCtMPWwAdrzVDy3c3BTENCdjZ/7K2gbkFM2sU/cZ/UPNrLir4DXaSrqBdzgGy/sMCWIPKVQdMoXpY4xG4iYhF7TH0MBs4T"
        "7FaM9hoFjn/sa9TCWtjLTRzZiknVkW9IXW37a35VmVaeZyQYgusGnnisNS4A5dUAMLCno0J6LHDN5GXutOi+aMmWJMtSbZltG3H2Cu2Vou2J"
        "s2PVFnyTfOk0kYJAGpoCL2ommjUrvbBvauITRk+k/y/n+JuGpdOpOis3M/eGUHdtAIyAvV/ITkfIG5HrFyBdGa2YLbf+GInakMOOp3keLCkC"
        "rXxqpGgj/93tkVOlMxLsBE4+v6PxO4W/XgV/4wFoXgWza2tJSZWVQQ2PhtlRqB3wYR1oLOQLchwJxi52V1ku3ClmMKFUp+fxqVUY9Xd2v0aY"
        "u790sSKRsOWHztB93+hiJGRzz5d0g5EFcVOBDeBJ+CtvEvqoSFSV3DzAqI0D3zzR060zfnbXXysdautyGRF+j7AozFs8c2Ldakp8CQHJceZa"
        "HgRSsVia0vDsMyFbJYBI0oq7YvknpQkMnvymUyFwJh26Gz40zNR8ZAY="
    ),
}
BODY = json.dumps(
    {
        "id": "EV-2018022511223320873",
        "create_time": "2026-11-22T10:34:57+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": SEALED,
    },
    ensure_ascii=False,
).encode()


@pytest.fixture
def key(sandbox):
    return lambda name: sandbox.keys.folder / name


def verifies(public: Path, message: bytes, signature: str, tmp_path: Path) -> bool:
    (tmp_path / "signature").write_bytes(b64decode(signature))
    command = ["openssl", "dgst", "-sha256", "-verify", str(public), "-signature", str(tmp_path / "signature")]
    return subprocess.run(command, input=message, capture_output=True, check=False).stdout == b"Verified OK\n"


def signature_of(private: Path, message: bytes) -> str:
    command = ["openssl", "dgst", "-sha256", "-sign", str(private)]
    return b64encode(subprocess.run(command, input=message, capture_output=True, check=True).stdout).decode()


def test_openssl_verifies_what_the_adapter_asks(sandbox, receiver, settings, number, now, key, tmp_path):
    settings.WECHAT_PAY_BASE = receiver.url
    with pytest.raises(ProviderUnavailable):  # the receiver is no WeChat: it signs nothing
        get_gateway().prepay(
            out_trade_no=number,
            amount_fen=100,
            openid="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
            description="盲盒 🎁",
            expires_at=now + timedelta(minutes=3),
            now=now,
        )
    sent = receiver.wait_for(1)[0]
    scheme, _, rest = sent.headers["Authorization"].partition(" ")
    given = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    lines = ("POST", "/v3/pay/transactions/jsapi", given["timestamp"], given["nonce_str"])
    message = "".join(f"{line}\n" for line in lines).encode() + sent.body + b"\n"
    assert scheme == "WECHATPAY2-SHA256-RSA2048"
    assert (given["mchid"], given["serial_no"]) == (sandbox.keys.mch_id, sandbox.keys.mch_serial)
    assert verifies(key(MERCHANT_PUBLIC), message, given["signature"], tmp_path)
    assert json.loads(sent.body)["amount"] == {"total": 100, "currency": "CNY"}


def test_openssl_verifies_what_the_client_gets(gateway, settings, now, key, tmp_path):
    params = gateway.client_params("wx201410272009395522657a690389285100", now)
    lines = (settings.WECHAT_APP_ID, params["timeStamp"], params["nonceStr"], params["package"])
    message = "".join(f"{line}\n" for line in lines).encode()
    assert verifies(key(MERCHANT_PUBLIC), message, params["paySign"], tmp_path)


def test_openssl_verifies_what_the_sandbox_answers(sandbox, key, tmp_path):
    with pytest.raises(urllib.error.HTTPError) as refusal:  # not signed by the merchant
        urllib.request.urlopen(f"{sandbox.url}/v3/pay/transactions/out-trade-no/T1?mchid={sandbox.keys.mch_id}")
    headers, body = refusal.value.headers, refusal.value.read()
    message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode() + body + b"\n"
    assert (refusal.value.code, json.loads(body)["code"]) == (401, "SIGN_ERROR")
    assert verifies(key(PLATFORM_PUBLIC), message, headers["Wechatpay-Signature"], tmp_path)


def test_openssl_verifies_the_sandbox_s_notices(genuine, key, tmp_path):
    message = f"{genuine.headers['Wechatpay-Timestamp']}\n{genuine.headers['Wechatpay-Nonce']}\n".encode()
    signature = genuine.headers["Wechatpay-Signature"]
    assert verifies(key(PLATFORM_PUBLIC), message + genuine.body + b"\n", signature, tmp_path)


def test_a_notice_that_node_sealed_and_openssl_signed_is_accepted(sandbox, settings, now, key):
    settings.WECHAT_API_V3_KEY = API_V3_KEY
    settings.WECHAT_MCH_ID, settings.WECHAT_APP_ID = "1900000109", "wxd678efh567hg6787"
    timestamp, nonce = str(int(now.timestamp())), "EcKUdiLLzmZuJ3F7"
    headers = {
        "Wechatpay-Serial": sandbox.keys.public_key_id,
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": signature_of(key(PLATFORM_PRIVATE), f"{timestamp}\n{nonce}\n".encode() + BODY + b"\n"),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }
    notice = get_gateway().parse_notify(headers, BODY, now)
    assert (notice.id, notice.kind, notice.state) == ("EV-2018022511223320873", "payment", "success")
    assert (notice.out_trade_no, notice.amount_fen) == ("1217752501201407033233368018", 100)
    assert notice.transaction_id == "4200000000201407033233368018"
    assert notice.at == datetime.fromisoformat("2026-11-22T10:34:56+08:00")
    assert notice.payload["trade_state_desc"] == "支付成功"
