"""The mini-program's server API: tokens, login codes, phone codes, with WeChat's error numbers."""

import base64
import hashlib
import hmac
import secrets
import time
from typing import Any

from blindbox.integrations.wechat.sandbox.keys import Keyring
from blindbox.integrations.wechat.sandbox.store import Store
from blindbox.integrations.wechat.sandbox.wire import Answer, Request, Routes

TOKEN_SECONDS = 7200
INVALID_CREDENTIAL, INVALID_APPID, INVALID_SECRET, INVALID_CODE, USED_CODE = 40001, 40013, 40125, 40029, 40163
ANYBODY = "dev:"


class MiniProgram:
    """
    One mini-program and everybody who might use it.

    The code `dev:<name>` always logs in as that person; other codes are made at /control/codes and work once.
    """

    def __init__(self, store: Store, keys: Keyring) -> None:
        self._store, self._keys = store, keys
        self._token = ""

    def add_to(self, routes: Routes) -> None:
        routes.add("GET", "/cgi-bin/token", self.token)
        routes.add("POST", "/cgi-bin/stable_token", self.stable_token)
        routes.add("GET", "/sns/jscode2session", self.login)
        routes.add("POST", "/wxa/business/getuserphonenumber", self.phone)
        routes.add("POST", "/control/codes", self.make_code)

    def token(self, request: Request) -> Answer:
        """The old call: every new token ends the one before."""
        wrong = self._wrong_caller(request.query)
        return wrong or self._give_token(fresh=True)

    def stable_token(self, request: Request) -> Answer:
        wrong = self._wrong_caller(request.json())
        return wrong or self._give_token(fresh=request.json().get("force_refresh") is True)

    def login(self, request: Request) -> Answer:
        wrong = self._wrong_caller(request.query)
        if wrong:
            return wrong
        name = self._redeem(request.query.get("js_code", ""))
        if isinstance(name, Answer):
            return name
        person = {"openid": openid_of(self._keys, name), "unionid": unionid_of(self._keys, name)}
        return _plain({**person, "session_key": base64.b64encode(secrets.token_bytes(16)).decode()})

    def phone(self, request: Request) -> Answer:
        if not self._token or request.query.get("access_token") != self._token:
            return _error(INVALID_CREDENTIAL, "invalid credential, access_token is invalid or not latest")
        name = self._redeem(str(request.json().get("code", "")))
        if isinstance(name, Answer):
            return name
        number = name if name.isdecimal() else f"139{int(_digest(self._keys, 'phone', name).hex()[:8], 16) % 10**8:08}"
        watermark = {"timestamp": int(time.time()), "appid": self._keys.app_id}
        info = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": "86", "watermark": watermark}
        return Answer.of({"errcode": 0, "errmsg": "ok", "phone_info": info})

    def make_code(self, request: Request) -> Answer:
        """Make a code that works once, as `wx.login` does: {"name": …} → {"code": …}."""
        code, name = secrets.token_hex(16), str(request.json().get("name") or "guest")
        self._store.run("INSERT INTO codes (code, name) VALUES (?, ?)", code, name)
        return Answer.of({"code": code}, 201)

    def _redeem(self, code: str) -> str | Answer:
        if code.startswith(ANYBODY) and code != ANYBODY:
            return code.removeprefix(ANYBODY)
        row = self._store.one("SELECT name FROM codes WHERE code = ?", code)
        if row is None:
            return _error(INVALID_CODE, "invalid code, this sandbox takes dev:<name>, such as dev:anna")
        if not self._store.run("UPDATE codes SET used = 1 WHERE code = ? AND used = 0", code):
            return _error(USED_CODE, "code been used")
        return str(row["name"])

    def _wrong_caller(self, given: dict[str, Any]) -> Answer | None:
        if given.get("appid") != self._keys.app_id:
            return _error(INVALID_APPID, "invalid appid")
        if given.get("secret") != self._keys.app_secret:
            return _error(INVALID_SECRET, "invalid appsecret")
        return None

    def _give_token(self, *, fresh: bool) -> Answer:
        if fresh or not self._token:
            self._token = secrets.token_urlsafe(96)
        return Answer.of({"access_token": self._token, "expires_in": TOKEN_SECONDS})


def openid_of(keys: Keyring, name: str) -> str:
    """Return a person's openid: 28 characters, the same for the same name, other in another sandbox."""
    return "o" + base64.urlsafe_b64encode(_digest(keys, "openid", name)).decode()[:27]


def unionid_of(keys: Keyring, name: str) -> str:
    """Return a person's unionid, as `openid_of` does."""
    return "u" + base64.urlsafe_b64encode(_digest(keys, "unionid", name)).decode()[:27]


def _digest(keys: Keyring, purpose: str, name: str) -> bytes:
    return hmac.digest(keys.app_secret.encode(), f"{purpose}:{name}".encode(), hashlib.sha256)


def _error(number: int, text: str) -> Answer:
    return _plain({"errcode": number, "errmsg": f"{text}, rid: {secrets.token_hex(4)}"})


def _plain(value: dict[str, Any]) -> Answer:
    """WeChat labels the JSON of its older calls as text."""
    answer = Answer.of(value)
    answer.content_type = "text/plain"
    return answer
