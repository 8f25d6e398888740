"""WeChat: real endpoints by default; whoever names other base URLs and keys talks to those (the sandbox does)."""

import json
from pathlib import Path
from typing import Any

from blindbox.settings.parts.env import DATA_DIR, PORT, SANDBOX_PORT, env

PAYMENT_GATEWAY = env.str("PAYMENT_GATEWAY", default="wechat_v3")
WECHAT_NAMES = [  # as the sandbox names what it made
    "WECHAT_APP_ID",
    "WECHAT_APP_SECRET",
    "WECHAT_MCH_ID",
    "WECHAT_MCH_SERIAL",
    "WECHAT_MCH_PRIVATE_KEY_FILE",
    "WECHAT_API_V3_KEY",
    "WECHAT_PAY_PUBLIC_KEY_FILE",
    "WECHAT_PAY_PUBLIC_KEY_ID",
]


def local_sandbox_keys(data_dir: Path = DATA_DIR) -> dict[str, Any]:
    """What the sandbox of this data directory made for its one merchant; empty before it ran."""
    path = data_dir / "sandbox" / "keys.json"
    return json.loads(path.read_text()) if path.exists() else {}


_LOCAL = local_sandbox_keys() if env.bool("WECHAT_SANDBOX", default=False) else {}
_value = {name: env.str(name, default=_LOCAL.get(name, "")) for name in WECHAT_NAMES}
_sandbox_url = f"http://127.0.0.1:{SANDBOX_PORT}"
SANDBOX_URL = _sandbox_url if env.bool("WECHAT_SANDBOX", default=False) else ""  # for the page of links only
_real = not _LOCAL

WECHAT_APP_ID = _value["WECHAT_APP_ID"]
WECHAT_APP_SECRET = _value["WECHAT_APP_SECRET"]
WECHAT_MCH_ID = _value["WECHAT_MCH_ID"]
WECHAT_MCH_SERIAL = _value["WECHAT_MCH_SERIAL"]
WECHAT_MCH_PRIVATE_KEY_FILE = _value["WECHAT_MCH_PRIVATE_KEY_FILE"]
WECHAT_API_V3_KEY = _value["WECHAT_API_V3_KEY"]
WECHAT_PAY_PUBLIC_KEY_FILE = _value["WECHAT_PAY_PUBLIC_KEY_FILE"]
WECHAT_PAY_PUBLIC_KEY_ID = _value["WECHAT_PAY_PUBLIC_KEY_ID"]
WECHAT_API_BASE = env.str("WECHAT_API_BASE", default="https://api.weixin.qq.com" if _real else _sandbox_url)
WECHAT_PAY_BASE = env.str("WECHAT_PAY_BASE", default="https://api.mch.weixin.qq.com" if _real else _sandbox_url)
AVATAR_HOSTS = env.list("AVATAR_HOSTS", default=["thirdwx.qlogo.cn", "wx.qlogo.cn"])  # whose pictures operators see
WECHAT_NOTIFY_BASE = env.str("WECHAT_NOTIFY_BASE", default=f"http://127.0.0.1:{PORT}")
