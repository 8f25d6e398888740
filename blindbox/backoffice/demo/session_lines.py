"""What the demo shop's sessions of the generic draw tool give away, node by node."""

from typing import Any

Line = dict[str, Any]

WHEEL: list[Line] = [
    {"level": "A", "good": "towel", "quantity": 20, "odds_ppm": 10_000},
    {"level": "B", "good": "badge", "quantity": 200, "odds_ppm": 90_000},
    {"level": "C", "points": 50, "odds_ppm": 150_000},
    {"level": "D", "points": 10, "odds_ppm": 350_000},
]
LEVELS: list[Line] = [
    {"level": "一关", "node": 1, "points": 5, "odds_ppm": 1_000_000},
    {"level": "二关", "node": 2, "points": 30, "odds_ppm": 200_000},
    {"level": "二关", "node": 2, "points": 10, "odds_ppm": 800_000},
    {"level": "三关", "node": 3, "good": "badge", "quantity": 100, "odds_ppm": 100_000},
    {"level": "三关", "node": 3, "points": 20, "odds_ppm": 900_000, "is_fallback": True},
]
UP_TO_100_YUAN, UP_TO_500_YUAN = 10_000, 50_000
BY_AMOUNT: list[Line] = [
    {"level": "A", "node": UP_TO_100_YUAN, "good": "badge", "quantity": 100, "weight": 1},
    {"level": "A", "node": UP_TO_100_YUAN, "points": 20, "quantity": 900, "weight": 1},
    {"level": "B", "node": UP_TO_500_YUAN, "good": "towel", "quantity": 50, "weight": 1},
    {"level": "B", "node": UP_TO_500_YUAN, "points": 60, "quantity": 450, "weight": 1},
    {"level": "C", "good": "plush", "quantity": 18, "weight": 5},
    {"level": "D", "points": 200, "quantity": 200, "weight": 1},
]
