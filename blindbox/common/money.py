"""Integer money: parts of a split sum to the whole, and people read yuan."""

from collections.abc import Sequence

PPM = 1_000_000


def split(total: int, weights: Sequence[int]) -> list[int]:
    """
    Split a whole over weights by largest remainder; ties go to the earlier part.

    :raises ValueError: if there is nothing to weigh by
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and sum to more than zero")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def yuan(fen: int) -> str:
    """Return fen as people read it: 6000 → ¥60.00."""
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100}.{abs(fen) % 100:02d}"
