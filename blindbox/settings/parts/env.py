"""The environment, read once; every setting that differs between machines comes through here."""

from pathlib import Path

import environ

env = environ.Env()
DATA_DIR = Path(env.str("BLINDBOX_DATA", default=".data")).resolve()
PORT = env.int("PORT", default=8000)
SANDBOX_PORT = env.int("SANDBOX_PORT", default=8001)
