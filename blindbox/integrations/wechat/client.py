"""
The mini-program's server API, through wechatpy 1.8 with what it leaves undone put right.

wechatpy has no time limits, keeps its access token per process, fetches it by the old call and retries a refused
token without end. Here every call is limited, the token lives in Django's cache for all processes and comes from
`stable_token`, and a refused token is replaced once.
"""

from functools import lru_cache
from typing import Any

import requests
from django.conf import settings
from django.core.cache import cache
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException
from wechatpy.session import SessionStorage

from blindbox.common.http import guarded_session, is_loopback
from blindbox.integrations.wechat.errors import WechatUnavailable

API = "https://api.weixin.qq.com/"
TOKEN_REFUSED = {40001, 40014, 42001}
TOKEN_MARGIN_SECONDS = 300  # WeChat honours the old token this long after it gave a new one


class CacheStorage(SessionStorage):
    """wechatpy's token store, over the cache that all our processes share."""

    def get(self, key: str, default: Any = None) -> Any:
        return cache.get(f"wechat:{key}", default)

    def set(self, key: str, value: Any, ttl: int | None = None) -> None:
        cache.set(f"wechat:{key}", value, ttl)

    def delete(self, key: str) -> None:
        cache.delete(f"wechat:{key}")


class HostRewrite(HTTPAdapter):
    """Send what wechatpy addresses to its literal host to another base URL: a proxy of ours, or the sandbox."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base.rstrip("/") + "/"

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = (request.url or "").replace(API, self.base, 1)
        if is_loopback(self.base):
            kwargs["proxies"] = {}
        return super().send(request, *args, **kwargs)


class MiniProgram(WeChatClient):
    """One mini-program's client; `call` is how we use it, the rest is wechatpy's."""

    def __init__(self, appid: str, secret: str, base: str) -> None:
        super().__init__(appid, secret, session=CacheStorage(), auto_retry=False)
        self._http = guarded_session()
        self._http.mount(API, HostRewrite(base))

    @property
    def access_token(self) -> str:
        """The shared token. A cache that is down costs a call, not a failure: the stable token does not change."""
        return str(self.session.get(self.access_token_key) or self.fetch_access_token()["access_token"])

    def fetch_access_token(self, *, force: bool = False) -> dict[str, Any]:
        """:raises WechatUnavailable: if WeChat gives no token"""
        body = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret, "force_refresh": force}
        answer = self.raw("POST", "cgi-bin/stable_token", json=body)
        token, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not isinstance(lifetime, int):
            raise WechatUnavailable(errcode=answer.get("errcode"))
        self.session.set(self.access_token_key, token, max(lifetime - TOKEN_MARGIN_SECONDS, 1))
        return answer

    def raw(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        """
        Call without an access token and return WeChat's JSON object, whatever its errcode.

        :raises WechatUnavailable: if there is no answer or it is no JSON object
        """
        try:
            response = self._http.request(method, API + path, **kwargs)
            response.raise_for_status()
            answer = response.json()
        except (requests.RequestException, ValueError) as error:
            # Not chained: the text of the original holds the URL, and with it the app secret.
            raise WechatUnavailable(reason=type(error).__name__) from None
        if not isinstance(answer, dict):
            raise WechatUnavailable(reason="not an object")
        return answer

    def call(self, path: str, data: dict[str, Any]) -> dict[str, Any]:
        """
        POST with the access token, once more with a fresh one if it was refused.

        :raises WeChatClientException: with WeChat's errcode, for the caller to judge
        :raises WechatUnavailable: if there is no answer
        """
        try:
            return self._post_json(path, data)
        except WeChatClientException as refused:
            if refused.errcode not in TOKEN_REFUSED:
                raise
        self.fetch_access_token(force=True)
        return self._post_json(path, data)

    def _post_json(self, path: str, data: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self.post(API + path, data=data)
        except (requests.RequestException, ValueError) as error:
            raise WechatUnavailable(reason=type(error).__name__) from None  # its text holds the access token
        if not isinstance(answer, dict):
            raise WechatUnavailable(reason="not an object")
        return answer


@lru_cache(maxsize=4)
def _client(appid: str, secret: str, base: str) -> MiniProgram:
    return MiniProgram(appid, secret, base)


def mini_program() -> MiniProgram:
    """Return the client of the configured mini-program; other settings give another client."""
    return _client(settings.WECHAT_APP_ID, settings.WECHAT_APP_SECRET, settings.WECHAT_API_BASE)
