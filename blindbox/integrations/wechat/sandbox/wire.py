"""Requests, answers and routes: the little of HTTP that the sandbox's protocols share."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

JSON = "application/json; charset=utf-8"


class WechatError(Exception):
    """A refusal in WeChat Pay's own form: HTTP status, code, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Request:
    """One HTTP request; `target` is path and query exactly as they were sent, since that is what was signed."""

    method: str
    target: str
    headers: Message
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def json(self) -> dict[str, Any]:
        """:raises WechatError: if there is a body and it is no JSON object"""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise WechatError(400, "PARAM_ERROR", "请求体不是 JSON 对象")
        return value


@dataclass
class Answer:
    """One HTTP answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, status: int = 200) -> "Answer":
        return cls(status=status, body=json.dumps(value, ensure_ascii=False).encode())

    @classmethod
    def refusal(cls, error: WechatError) -> "Answer":
        return cls.of({"code": error.code, "message": error.message}, error.status)


Handler = Callable[..., Answer]


class Routes:
    """Paths with {names}; each name is passed on to its handler."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, method: str, path: str, handler: Handler) -> None:
        self._routes.append((method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), handler))

    def answer(self, request: Request) -> Answer:
        """:raises WechatError: if no route fits, or from the handler"""
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return handler(request, **{name: unquote(value) for name, value in match.groupdict().items()})
        raise WechatError(404, "NOT_FOUND", "没有这个接口")
