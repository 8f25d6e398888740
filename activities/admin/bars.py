"""Published against met odds as two bars a reward."""

from collections.abc import Sequence
from typing import Any

from activities.services.odds_lines import Line


def bars(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return each reward's two bars, as percents of the longest."""
    longest = max((max(line.odds_ppm, line.share_ppm) for line in lines), default=0) or 1
    return [
        {
            "line": line,
            "odds": f"{line.odds_ppm / 10_000:.4f}%",
            "share": f"{line.share_ppm / 10_000:.4f}%",
            "odds_width": f"{100 * line.odds_ppm / longest:.2f}",
            "share_width": f"{100 * line.share_ppm / longest:.2f}",
        }
        for line in lines
    ]
