"""摘要、随机流和洗牌（../../fairness.md 第 2 节）。"""

from hashlib import sha256
from hmac import digest as hmac_digest


def lines(*fields):
    return "\n".join(map(str, fields)).encode()


def sha(*fields):
    return sha256(lines(*fields)).hexdigest()


def hmac(secret, *fields):
    return hmac_digest(bytes.fromhex(secret), lines(*fields), "sha256")


def stream(secret, *fields):
    """Return `below`: a function that gives the stream's next integer of 0 … n-1."""

    def words():
        block = 0
        while True:
            digest = hmac(secret, *fields, block)
            yield from (int.from_bytes(digest[at : at + 8], "big") for at in (0, 8, 16, 24))
            block += 1

    source = words()

    def below(n):
        limit = 2**64 - 2**64 % n
        return next(word for word in source if word < limit) % n

    return below


def shuffle(items, below):
    """Shuffle in place, as every deck is."""
    for i in range(len(items) - 1, 0, -1):
        j = below(i + 1)
        items[i], items[j] = items[j], items[i]
    return items
