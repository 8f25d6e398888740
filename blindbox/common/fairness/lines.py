"""L(a, b, …): the one way in which fields become bytes before they are hashed."""

import hashlib
import hmac

Field = str | int | bytes

SECRET_BYTES = 32
SEPARATOR = "\n"


def join(*fields: Field) -> bytes:
    """
    Return the fields as UTF-8 lines: integers decimal, bytes as lower-case hex, no line feed after the last.

    :raises ValueError: if a field is empty or holds a line feed, so that two lists of fields never give the same bytes
    :raises TypeError: if a field is anything but text, an integer or bytes
    """
    lines = [field if type(field) is str else _text(field) for field in fields]
    joined = SEPARATOR.join(lines)
    if not all(lines) or joined.count(SEPARATOR) != len(lines) - 1:
        raise ValueError("there is at least one field, and none is empty or holds a line feed")
    return joined.encode()


def digest(*fields: Field) -> bytes:
    """Return SHA-256 of the joined fields."""
    return hashlib.sha256(join(*fields)).digest()


def mac(secret: bytes, message: bytes) -> bytes:
    """Return HMAC-SHA256 under a secret that `checked` has seen."""
    return hmac.digest(secret, message, "sha256")


def checked(secret: bytes) -> bytes:
    """:raises ValueError: if the secret is not 32 raw bytes, the usual slip being its hex text"""
    if not isinstance(secret, bytes) or len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret is {SECRET_BYTES} raw bytes")
    return secret


def _text(field: Field) -> str:
    if isinstance(field, str):
        return field
    if isinstance(field, bytes):
        return field.hex()
    if isinstance(field, int) and not isinstance(field, bool):
        return str(int(field))
    raise TypeError(f"a field is text, an integer or bytes, not {type(field).__name__}")
