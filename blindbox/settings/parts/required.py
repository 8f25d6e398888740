"""What production must be told. A start without it would look healthy and lose money: orders in a file, no payments."""

from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured

from blindbox.common.sealing import parse_keys

ADDRESSES = ("DATABASE_URL", "CACHE_URL", "BROKER_URL", "WECHAT_NOTIFY_BASE")
RANDOM_TEXTS = ("SECRET_KEY", "JWT_KEY")
SHORTEST_TEXT, API_V3_KEY_LENGTH = 32, 32


def require(given: Mapping[str, str]) -> None:
    """:raises ImproperlyConfigured: in one line that names every variable that is missing or cannot be right"""
    missing = [name for name, value in given.items() if not value]
    problems = [f"{', '.join(missing)} must be set"] if missing else []
    problems += [problem for name, value in given.items() if value and (problem := _problem(name, value))]
    if not problems and given["SECRET_KEY"] == given["JWT_KEY"]:
        problems.append("SECRET_KEY and JWT_KEY must differ")
    if problems:
        raise ImproperlyConfigured(f"production cannot start: {'; '.join(problems)}. See docs/production.md")


def _problem(name: str, value: str) -> str | None:
    if name in RANDOM_TEXTS and len(value) < SHORTEST_TEXT:
        return f"{name} must have at least {SHORTEST_TEXT} characters"
    if name in ADDRESSES and "://" not in value:
        return f"{name} must be an address with its scheme"
    if name == "WECHAT_API_V3_KEY" and len(value.encode()) != API_V3_KEY_LENGTH:
        return f"{name} must have {API_V3_KEY_LENGTH} characters"
    return _problem_of_keys(value) if name == "DRAW_SECRET_KEYS" else None


def _problem_of_keys(value: str) -> str | None:
    try:
        parse_keys(value)
    except ImproperlyConfigured as error:
        return str(error)
    return None
