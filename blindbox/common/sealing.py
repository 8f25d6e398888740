"""Secrets at rest: AES-256-GCM, fresh nonce, key id, the purpose as associated data (docs/fairness.md)."""

import binascii
import os
import re
from base64 import b64decode, b64encode
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE_BYTES, KEY_BYTES = 12, 32
KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")


@cache
def parse_keys(configured: str) -> dict[str, bytes]:
    """
    Return the keys by their ids, the one that seals first.

    :raises ImproperlyConfigured: unless each entry is a name and 32 bytes in base64; it never says a key
    """
    keys: dict[str, bytes] = {}
    for number, entry in enumerate(configured.split(","), start=1):
        key_id, _, encoded = entry.strip().partition(":")
        key = _decoded(encoded)
        if not KEY_ID.fullmatch(key_id) or len(key) != KEY_BYTES:
            raise ImproperlyConfigured(f"DRAW_SECRET_KEYS: entry {number} is not id:base64 of {KEY_BYTES} bytes")
        if key_id in keys:
            raise ImproperlyConfigured(f"DRAW_SECRET_KEYS: entry {number} repeats an id")
        keys[key_id] = key
    return keys


def _decoded(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except binascii.Error:
        return b""


def seal(secret: bytes, *, purpose: str) -> str:
    """Return the secret encrypted under the first configured key."""
    keys = parse_keys(settings.DRAW_SECRET_KEYS)
    key_id = next(iter(keys))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(keys[key_id]).encrypt(nonce, secret, purpose.encode())
    return f"{key_id}:{b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, purpose: str) -> bytes:
    """
    Return the secret.

    :raises KeyError: if the key it was sealed with is no longer configured
    :raises cryptography.exceptions.InvalidTag: if it was altered or sealed for another purpose
    """
    key_id, _, encoded = sealed.partition(":")
    raw = b64decode(encoded)
    return AESGCM(parse_keys(settings.DRAW_SECRET_KEYS)[key_id]).decrypt(
        raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()
    )
