"""How likely it is that honest draws miss their published odds by this much: a chi-square test."""

import math
from collections.abc import Iterable, Sequence

LEAST_EXPECTED = 5
LEAST_P = 1e-6  # below this an honest shop is one in a million


def fits(p: float | None) -> bool | None:
    """Tell whether chance explains a deviation; None where nobody can say."""
    return None if p is None else p >= LEAST_P


def p_value(observed: Sequence[int], odds: Sequence[int], *, whole: int | None = None) -> float:
    """
    Return the chance of a deviation at least as large as this one.

    `odds` are ppm, or the quantities in a box of `whole` tickets: what is drawn from a box does not lie in it any more,
    so it strays less. Rewards too rare to be expected five times are counted together; what says nothing yet is 1.
    """
    pairs = _lumped(observed, odds)
    left = None if whole is None else whole - sum(observed)
    if len(pairs) < 2 or left == 0:
        return 1.0
    statistic = sum((seen - due) ** 2 / due for seen, due in pairs)
    shrunk = 1.0 if whole is None or left is None else (whole - 1) / left
    return _survival(statistic * shrunk, len(pairs) - 1)


def p_of_expected(tables: Iterable[Sequence[tuple[int, float]]]) -> float | None:
    """
    Return the chance of a deviation at least as large from what was expected, None where nothing can be said yet.

    Each table has (how often something came, how often it was to be expected), as often together. The chances may
    have changed from draw to draw: that only makes them stray less than this test allows, so that it accuses nobody
    wrongly.
    """
    tested = [cells for cells in map(_kept, tables) if len(cells) > 1]
    if not tested:
        return None
    statistic = sum((seen - due) ** 2 / due for cells in tested for seen, due in cells)
    return _survival(statistic, sum(len(cells) - 1 for cells in tested))


def _lumped(observed: Sequence[int], odds_ppm: Sequence[int]) -> list[tuple[int, float]]:
    total, whole = sum(observed), sum(odds_ppm)
    return _kept([(seen, total * ppm / whole) for seen, ppm in zip(observed, odds_ppm, strict=True)])


def _kept(cells: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the cells that are expected often enough, the others as one."""
    kept = [cell for cell in cells if cell[1] >= LEAST_EXPECTED]
    rare = [cell for cell in cells if cell[1] < LEAST_EXPECTED]
    together = (sum(seen for seen, _ in rare), sum(due for _, due in rare))
    return [*kept, together] if together[1] >= LEAST_EXPECTED else kept


def _survival(statistic: float, freedom: int) -> float:
    """Return P(X >= statistic) of the chi-square distribution, whose sum for whole degrees of freedom is finite."""
    half = statistic / 2
    if freedom % 2:
        terms = (half ** (i - 0.5) / math.gamma(i + 0.5) for i in range(1, (freedom + 1) // 2))
        return math.erfc(math.sqrt(half)) + math.exp(-half) * math.fsum(terms)
    return math.exp(-half) * math.fsum(half**i / math.factorial(i) for i in range(freedom // 2))
