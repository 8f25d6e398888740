"""Secrets at rest: sealed differently each time, opened only whole and for their purpose."""

from base64 import b64decode, b64encode
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.core.exceptions import ImproperlyConfigured

from blindbox.common.sealing import seal, unseal

OLD, NEW = (f"{name}:{b64encode(bytes([number]) * 32).decode()}" for name, number in (("old", 1), ("new", 2)))


def test_a_secret_comes_back():
    assert unseal(seal(b"secret", purpose="issue:7"), purpose="issue:7") == b"secret"


def test_the_same_secret_is_sealed_differently_each_time():
    assert len({seal(b"secret", purpose="p") for _ in range(50)}) == 50


def test_another_purpose_does_not_open_it():
    with pytest.raises(InvalidTag):
        unseal(seal(b"secret", purpose="issue:7"), purpose="issue:8")


@pytest.mark.parametrize("place", [0, 12, -1])
def test_one_altered_bit_does_not_open(place: int):
    key_id, _, encoded = seal(b"secret", purpose="p").partition(":")
    raw = bytearray(b64decode(encoded))
    raw[place] ^= 1
    with pytest.raises(InvalidTag):
        unseal(f"{key_id}:{b64encode(raw).decode()}", purpose="p")


def test_the_first_key_seals_and_each_configured_one_opens(settings: Any):
    settings.DRAW_SECRET_KEYS = OLD
    sealed = seal(b"secret", purpose="p")
    settings.DRAW_SECRET_KEYS = f"{NEW},{OLD}"
    assert (unseal(sealed, purpose="p"), sealed.split(":")[0]) == (b"secret", "old")
    assert seal(b"secret", purpose="p").startswith("new:")


def test_a_retired_key_is_named(settings: Any):
    settings.DRAW_SECRET_KEYS = OLD
    sealed = seal(b"secret", purpose="p")
    settings.DRAW_SECRET_KEYS = NEW
    with pytest.raises(KeyError, match="old"):
        unseal(sealed, purpose="p")


def test_a_short_key_is_refused(settings: Any):
    settings.DRAW_SECRET_KEYS = f"short:{b64encode(b'x' * 16).decode()}"
    with pytest.raises(ImproperlyConfigured):
        seal(b"secret", purpose="p")
