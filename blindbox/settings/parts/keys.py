"""Secrets. Production takes them from the environment; the embedded default makes them once in its data directory."""

import json
import os
import secrets
from base64 import b64encode

from blindbox.settings.parts.env import DATA_DIR, env

KEY_NAMES = ("SECRET_KEY", "JWT_KEY", "DRAW_SECRET_KEYS")


def _made_once() -> dict[str, str]:
    path = DATA_DIR / "keys.json"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "JWT_KEY": secrets.token_hex(32),
            "DRAW_SECRET_KEYS": f"local:{b64encode(secrets.token_bytes(32)).decode()}",
        }
        draft = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
        try:
            os.link(draft, path)  # fails if another process was first: then its keys count
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    keys: dict[str, str] = json.loads(path.read_text())
    return keys


_given = env.bool("REQUIRE_ENV_KEYS", default=False) or all(name in os.environ for name in KEY_NAMES)
_fallback = {} if _given else _made_once()
SECRET_KEY = env.str("SECRET_KEY", default=_fallback.get("SECRET_KEY", ""))
JWT_KEY = env.str("JWT_KEY", default=_fallback.get("JWT_KEY", ""))
# "id:base64 of 32 bytes", comma separated; the first encrypts, all decrypt
DRAW_SECRET_KEYS = env.str("DRAW_SECRET_KEYS", default=_fallback.get("DRAW_SECRET_KEYS", ""))
ACCESS_TOKEN_SECONDS = 15 * 60
REFRESH_TOKEN_DAYS = 30
