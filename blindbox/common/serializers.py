"""Strict request fields: integers of a stated range, printable text."""

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from blindbox.common.text import breaks_line, shows_nothing, unprintable

BIGGEST = 2**63 - 1
MOST_STRANGE = 20  # named in one refusal; a body of a megabyte has room for many
MOST_FEN = 10**10  # ¥100,000,000: beyond any order, far below overflow in a sum


class StrictInteger(serializers.IntegerField):
    """An integer that arrived as a JSON integer: no float, boolean or text."""

    default_error_messages = {"strict": "必须是整数"}

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("strict")
        return super().to_internal_value(data)


class Id(StrictInteger):
    """A row's id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=BIGGEST, **kwargs)


class Count(StrictInteger):
    """How many; at least one unless told."""

    def __init__(self, *, min_value: int = 1, max_value: int = 1_000_000, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)


class Fen(StrictInteger):
    """Money in fen, never negative."""

    def __init__(self, *, min_value: int = 0, max_value: int = MOST_FEN, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)


class SignedInt(StrictInteger):
    """A change in either direction, such as points given or taken."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(min_value=-most, max_value=most, **kwargs)


class StrictBoolean(serializers.BooleanField):
    """A JSON boolean, not a word or number that looks like one."""

    default_error_messages = {"strict": "必须是 true 或 false"}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("strict")
        return data


class Choice(serializers.ChoiceField):
    """One of a few words; a refusal lists them."""

    default_error_messages = {"invalid_choice": "“{input}” 不是合法选项，可选：{options}"}

    def fail(self, key: str, **values: Any) -> NoReturn:
        super().fail(key, options="、".join(map(str, self.choices)), **values)


class Text(serializers.CharField):
    """Printable text that arrived as a JSON string; line ends as one character."""

    default_error_messages = {"strict": "必须是文本", "unprintable": "{reason}"}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("strict")
        value = data.replace("\r\n", "\n")
        reason = self.problem(value)
        if reason:
            self.fail("unprintable", reason=reason)
        return super().to_internal_value(value)

    def problem(self, value: str) -> str | None:
        """Return why a text is refused, or None."""
        return unprintable(value)


class Line(Text):
    """Text of one line: names, titles, reasons."""

    def problem(self, value: str) -> str | None:
        if breaks_line(value):
            return "不能换行或含制表符"
        if value.strip() and shows_nothing(value):
            return "不能只有看不见的字符"
        return super().problem(value)


class Reasoned(serializers.Serializer[Any]):
    """A change that may say why. The reason is the actor's and goes into the operation log, not among the values."""

    reason = Line(max_length=200, required=False, allow_blank=True, help_text="修改原因，记入操作日志")

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        values.pop("reason", None)
        return values


class Exact(serializers.Serializer[Any]):
    """
    A request that spends or gives: a key that it does not know is refused.

    Ignored, a misspelt `quote_token` or `ticket_nos` would be a purchase without the protection that was asked for.
    """

    def to_internal_value(self, data: Any) -> Any:
        sent = data if isinstance(data, Mapping) else {}  # what is no object is refused by the rules of all serializers
        strange = [name for name in sent if name not in self.fields][:MOST_STRANGE]
        unknown = {name: [ErrorDetail("没有这个字段", code="unknown")] for name in strange}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**unknown, **error.detail}) from None  # type: ignore[dict-item]  # a dict here
        if unknown:
            raise serializers.ValidationError(unknown)
        return values


class Code(Text):
    """Visible ASCII without spaces: nonces, codes, keys."""

    default_error_messages = {"code": "只能是可见的 ASCII 字符"}

    def __init__(self, *, max_length: int = 64, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if any(not "\x21" <= character <= "\x7e" for character in value):
            self.fail("code")
        return value


class Moment(serializers.DateTimeField):
    """An aware moment as ISO 8601 with an offset, within what every database can store."""

    default_error_messages = {"aware": "时间必须带时区", "range": "时间必须在 2000 年到 2199 年之间"}

    def enforce_timezone(self, value: Any) -> Any:
        if value.tzinfo is None:
            self.fail("aware")
        if not 2000 <= value.year < 2200:
            self.fail("range")
        return super().enforce_timezone(value)


class QueryId(serializers.IntegerField):
    """A row's id in a query string."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=BIGGEST, **kwargs)


_IMAGE_URL = re.compile(r"""(https?://[^/\s"'<>\\]|/[^/\s"'<>\\])[^\s"'<>\\]*""")


class ImageUrl(Text):
    """Where an image lies: a path of our own, http or https."""

    default_error_messages = {"url": "必须是 http(s):// 开头的地址或本站路径"}

    def __init__(self, *, max_length: int = 500, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if value and not _IMAGE_URL.fullmatch(value):
            self.fail("url")
        return value


@extend_schema_field(OpenApiTypes.NONE)
class NotOffered(serializers.Field[Any, Any, Any, Any]):
    """What a client may know from the plans but this release cannot do: refused, where silence would look like done."""

    def __init__(self, reason: str) -> None:
        super().__init__(required=False, allow_null=True, help_text=reason)
        self._reason = reason

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if data in (None, serializers.empty):
            raise serializers.SkipField
        raise serializers.ValidationError(self._reason)


class Nothing(serializers.Serializer[Any]):
    """An empty object: a command's answer where there is no resource, a body that carries nothing."""


class ApiErrorSerializer(serializers.Serializer[Any]):
    """Every refusal's shape."""

    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.JSONField()
    request_id = serializers.CharField()
