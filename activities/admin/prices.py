"""What a draw costs, as operators read it wherever they meet it."""

from blindbox.common.money import yuan


def single(*, fen: int | None, points: int | None) -> str:
    """Return each way to pay for one draw; empty where there is none."""
    cash = None if fen is None else yuan(fen)
    by_points = None if points is None else f"{points} 积分"
    return " 或 ".join(each for each in (cash, by_points) if each)
