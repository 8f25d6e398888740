"""The fields of every proof, whatever kind of randomness it shows."""

from typing import Any

VERIFIABLE, PENDING, POSITION_PENDING = "verifiable", "pending", "position_pending"
TEXTS = {
    VERIFIABLE: "现在即可验证",
    PENDING: "明日公布后可验证",
    POSITION_PENDING: "票现在即可验证，附加奖的位置在本期结束、公布密钥后可验证",
}
NOTHING: dict[str, Any] = dict.fromkeys(
    ["salt", "path", "day", "day_commitment", "day_log", "day_secret", "player", "seq", "nonce", "choice"]
    + ["table", "roll", "play", "card"]
    + ["purpose", "guarantee_before", "guarantee_after", "guarantee_table", "guarantee_roll", "substituted_for"]
    + ["session_draw", "redraw_of"]
)


def status(word: str) -> dict[str, str]:
    """Return whether the draw can be recomputed already, as a word and in Chinese."""
    return {"status": word, "status_text": TEXTS[word]}
