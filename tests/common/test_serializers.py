"""Request fields at their edges: nothing that merely looks like a number, a text or a moment passes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from blindbox.common.serializers import (
    BIGGEST,
    MOST_FEN,
    Choice,
    Code,
    Count,
    Fen,
    Id,
    ImageUrl,
    Line,
    Moment,
    QueryId,
    SignedInt,
    StrictBoolean,
    Text,
)

NOT_INTEGERS = [1.0, 1.5, float("nan"), float("inf"), True, False, "1", "", None, [], {}, [1], b"1"]


def refused(field: serializers.Field[Any, Any, Any, Any], value: Any) -> bool:
    try:
        field.run_validation(value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("value", NOT_INTEGERS)
@pytest.mark.parametrize("field", [Id(), Count(), Fen(), SignedInt(most=5)])
def test_only_a_json_integer_is_an_integer(field: Any, value: Any):
    assert refused(field, value)


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [
        (Id(), 1, BIGGEST),
        (Count(), 1, 1_000_000),
        (Count(min_value=0, max_value=3), 0, 3),
        (Fen(), 0, MOST_FEN),
        (Fen(min_value=1, max_value=100), 1, 100),
        (SignedInt(most=5), -5, 5),
    ],
)
def test_a_range_is_closed(field: Any, least: int, most: int):
    assert [field.run_validation(edge) for edge in (least, most)] == [least, most]
    assert refused(field, least - 1)
    assert refused(field, most + 1)
    assert refused(field, 2**63)
    assert refused(field, 10**39)


@pytest.mark.parametrize("value", [0, 1, "true", "false", "1", None, [], 1.0])
def test_only_true_and_false_are_boolean(value: Any):
    assert [StrictBoolean().run_validation(each) for each in (True, False)] == [True, False]
    assert refused(StrictBoolean(), value)


@pytest.mark.parametrize(
    "value",
    ["小明", "👨‍👩‍👧 一家", "é" + "\u0301" * 300, "第一行\n第二行", "a\tb", "𠮷野家", "<img onerror=x>", "=cmd"],
)
def test_text_keeps_what_people_write(value: str):
    assert Text().run_validation(value) == value


@pytest.mark.parametrize(
    "value",
    ["\x00", "a\x00b", "a\x1bb", "a\rb", "\x7f", "\x85", "\ud800", "\u202egnp", "\u2066x", 5, True, None, ["a"], {}],
)
def test_text_refuses_what_cannot_be_stored_or_shown(value: Any):
    assert refused(Text(), value)


def test_text_has_one_kind_of_line_end_and_no_padding():
    assert Text().run_validation(" 第一行\r\n第二行 ") == "第一行\n第二行"
    assert refused(Text(), "  ")
    assert Text(allow_blank=True).run_validation("  ") == ""


def test_length_is_counted_in_characters():
    assert Text(max_length=2).run_validation("😀😀") == "😀😀"
    assert refused(Text(max_length=2), "😀😀😀")


@pytest.mark.parametrize("value", ["两\n行", "两\r\n行", "a\tb", "a\x00", "\u2028a", "a\u2028", "a\u2029b"])
def test_a_line_is_one_line(value: str):
    assert Line().run_validation("一行 😀") == "一行 😀"
    assert refused(Line(), value)


@pytest.mark.parametrize(
    "value", ["\u200b", "\u200b\u200d\ufeff", " \u200b ", "\u3164", "\u2800", "\ufe0f", "\xad", "\u0301"]
)
def test_a_line_shows_something(value: str):
    assert refused(Line(), value)
    assert refused(Line(allow_blank=True), value)
    assert Line().run_validation(f"a{value}b") == f"a{value}b"


@pytest.mark.parametrize("value", ["👨‍👩‍👧", "❤️", "e\u0301", "\u0628\u200d", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\U0001fae8", "-"])
def test_a_line_may_join_what_it_shows(value: str):
    assert Line().run_validation(value) == value


@pytest.mark.parametrize("value", ["a b", " a", "a ", "a\n", "码", "a\u200b", "", "x" * 65, "\x7f", 5, None])
def test_a_code_is_visible_ascii(value: Any):
    assert Code().run_validation("!~aZ9-_") == "!~aZ9-_"
    assert refused(Code(), value)


@pytest.mark.parametrize("value", ["2026-11-22T12:00:00+08:00", "2026-11-22T04:00:00Z"])
def test_a_moment_has_an_offset(value: str):
    assert Moment().run_validation(value) == datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-22T12:00:00",
        "2026-11-22",
        "12:00",
        "1999-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-12:00",
        "2026-02-30T00:00:00Z",
        "今天",
        1_763_784_000,
        1.5,
        True,
        None,
        "",
        "x" * 10_000,
    ],
)
def test_what_is_no_moment_is_refused(value: Any):
    assert refused(Moment(), value)


def test_each_moment_that_passes_can_be_stored():
    earliest = Moment().run_validation("2000-01-01T00:00:00+14:00")
    assert earliest.astimezone(UTC) + timedelta(hours=14) == datetime(2000, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("value", ["1", str(BIGGEST)])
def test_an_id_in_a_query_is_digits(value: str):
    assert QueryId().run_validation(value) == int(value)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "x", "", str(2**63), "9" * 5000, "NaN"])
def test_what_is_no_id_in_a_query_is_refused(value: str):
    assert refused(QueryId(), value)


@pytest.mark.parametrize("value", ["https://a.cn/1.png", "http://127.0.0.1:8001/x.png?w=3#f", "/media/兔.png"])
def test_an_image_lies_at_an_address(value: str):
    assert ImageUrl().run_validation(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "data:image/png;base64,x",
        "//evil.cn/1.png",
        "/\\evil.cn",
        "https://",
        "https:///x",
        "/",
        "ftp://a.cn/1.png",
        "a.png",
        "https://a.cn/1 2.png",
        'https://a.cn/"onerror="x',
        "https://a.cn/<script>",
        "https://a.cn/\n1.png",
        "https://a.cn/" + "x" * 500,
        5,
        None,
    ],
)
def test_anything_else_is_no_image(value: Any):
    assert refused(ImageUrl(), value)


def message_of(field: serializers.Field[Any, Any, Any, Any], value: Any) -> str:
    with pytest.raises(ValidationError) as refusal:
        field.run_validation(value)
    [message] = refusal.value.detail
    return str(message)


def test_a_refusal_says_what_would_do():
    pays = Choice([("points", "积分"), ("weixin", "微信支付")])
    assert message_of(pays, "bitcoin") == "“bitcoin” 不是合法选项，可选：points、weixin"
    assert message_of(Count(max_value=10_000), 10_001) == "不能大于 10000。"
    assert message_of(Count(), 0) == "不能小于 1。"
    assert pays.run_validation("points") == "points"
