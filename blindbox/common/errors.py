"""Anticipated refusals: each has one stable code, one HTTP status and one Chinese message."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

_by_code: dict[str, type["DomainError"]] = {}


class DomainError(Exception):
    """An anticipated business failure that the caller can act on."""

    code: ClassVar[str] = "common.error"
    status: ClassVar[int] = 400
    message: ClassVar[str] = "请求无法处理"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            taken = _by_code.setdefault(cls.code, cls)
            if (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
                raise TypeError(f"error code {cls.code} belongs to {taken.__module__}.{taken.__qualname__}")

    def __init__(self, **details: Any) -> None:
        super().__init__(self.message.format(**details))
        self.details = details


class Invalid(DomainError):
    """The request itself is wrong; details list the fields."""

    code, status, message = "common.invalid", 400, "提交的内容有误"

    def __init__(self, *fields: dict[str, str]) -> None:
        super().__init__()
        self.fields = list(fields)

    @classmethod
    def field(cls, field: str, message: str, code: str = "invalid") -> "Invalid":
        """Return the refusal of one field."""
        return cls({"field": field, "code": code, "message": message})

    def renamed(self, name: Callable[[str], str]) -> "Invalid":
        """Return the same refusal with its fields called otherwise."""
        return Invalid(*({**each, "field": name(each["field"])} for each in self.fields))


@contextmanager
def entry(place: int) -> Iterator[None]:
    """Name the fields of what is refused as those of a list's entry: `1.quantity`."""
    try:
        yield
    except Invalid as refusal:
        raise refusal.renamed(lambda field: f"{place}.{field}") from refusal


class Unauthenticated(DomainError):
    code, status, message = "auth.not_authenticated", 401, "请先登录"


class Forbidden(DomainError):
    code, status, message = "common.forbidden", 403, "没有权限"


class NotFound(DomainError):
    """What was named is not there, or not for this caller. Subclasses say what, under this one code."""

    code, status, message = "common.not_found", 404, "内容不存在"


class Conflict(DomainError):
    """The request is right, the present state refuses it. Subclasses name the reason."""

    status = 409


class NeedsPerson(Conflict):
    """The facts contradict each other, and will when they are looked at again: no repeat mends it, only a person."""


class Unprocessable(DomainError):
    status = 422


class Unavailable(DomainError):
    """Something outside or a lock is busy; the same request may succeed later."""

    code, status, message = "common.busy", 503, "系统繁忙，请稍后再试"


class BadJson(DomainError):
    code, status, message = "common.bad_json", 400, "请求体不是有效的 JSON"


class RepeatedKey(BadJson):
    """Of two equal keys one would silently not count."""

    message = "字段 {name} 出现了两次"


class NotAnObject(Invalid):
    """The body as a whole is of the wrong kind, so the refusal names no field."""

    message = "请求体必须是 JSON 对象"

    def __init__(self, *, or_list: bool = False) -> None:
        expected = self.message + ("或列表" if or_list else "")
        super().__init__({"field": "", "code": "not_an_object", "message": expected})


class TooLarge(DomainError):
    code, status, message = "common.too_large", 413, "请求体过大"


def catalogue() -> list[type[DomainError]]:
    """Return every registered error, by code."""
    return [_by_code[code] for code in sorted(_by_code)]
