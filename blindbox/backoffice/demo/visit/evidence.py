"""Check proofs with the verifier of the public docs, which shares no code with the shop that it checks."""

from importlib import util
from pathlib import Path
from typing import Any

from django.conf import settings

from blindbox.backoffice.demo.visit.client import Body, Server, StepFailed, need

VERIFIER = Path("docs/verifier/verify.py")
LOG_PAGE = 100


def verifier() -> Any:
    """:raises StepFailed: if the docs were not installed with the code"""
    script = settings.BASE_DIR / VERIFIER
    spec = util.spec_from_file_location("docs_verifier", script)
    if spec is None or spec.loader is None or not script.exists():
        raise StepFailed(f"找不到独立验证程序 {VERIFIER}")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check(proof: Body) -> tuple[int, int]:
    """
    Recompute a proof; return how many checks hold, and how many wait for a secret that is not revealed yet.

    :raises StepFailed: naming the first check that fails
    """
    found = list(verifier().check(proof))
    for what, holds in found:
        need(holds or holds is None, f"验证不通过：{what}")
    waiting = sum(holds is None for _, holds in found)
    return len(found) - waiting, waiting


def whole_log(shop: Server) -> list[Body]:
    """Return every entry of the public log of commitments, the newest first."""
    path = f"/api/app/draw_commitments?limit={LOG_PAGE}"
    page = shop.get(path)
    entries: list[Body] = page["list"]
    while page["next_cursor"]:
        page = shop.get(f"{path}&cursor={page['next_cursor']}")
        entries += page["list"]
    return entries
