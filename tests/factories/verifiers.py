"""The two verifiers that know nothing of the kernel: the example of the docs, and the page's own checks in node."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from importlib import import_module, util
from pathlib import Path
from typing import Any

import pytest

from tests.factories.proofs import Proof

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/verifier/verify.py"
VECTORS = ROOT / "docs/verifier/vectors.json"
SCRIPTS = ROOT / "blindbox/backoffice/static/verify"
RUNNERS = ROOT / "tests/backoffice/verify"

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed; the browser tests remain")


def _load(script: Path) -> Any:
    spec = util.spec_from_file_location("docs_verifier", script)
    assert spec and spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


example = _load(EXAMPLE)  # puts its own parts within reach


def example_part(name: str) -> Any:
    """Return one of the files that the example consists of."""
    return import_module(f"proofcheck.{name}")


def example_verdict(proof: Proof) -> str:
    """Return "ok", "bad", or "wait" where anything waits for a secret."""
    found = [holds for _, holds in example.check(proof)]
    if any(holds is not None and not holds for holds in found):
        return "bad"
    return "wait" if None in found else "ok"


def node(*arguments: Path, stdin: str = "") -> Any:
    """Run a script of the page's own modules and return the JSON that it prints."""
    command = ["node", *map(str, arguments)]
    return json.loads(subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout)


def page_findings(proofs: Sequence[Proof]) -> Any:
    """Return {verdict, steps} for each proof, as the page would show them."""
    return node(RUNNERS / "checks.mjs", SCRIPTS / "checks.js", stdin=json.dumps(proofs))


def page_issue_findings(pairs: Sequence[tuple[Proof, Proof]]) -> Any:
    """Return the steps that the page shows of whole issues, each asked for from one of its draws."""
    asked = [{"issue": issue, "draw": draw} for issue, draw in pairs]
    return node(RUNNERS / "issues.mjs", SCRIPTS / "issue.js", stdin=json.dumps(asked))


def page_issue_verdicts(pairs: Sequence[tuple[Proof, Proof]]) -> list[str]:
    """Return bad where any step is, else wait where any waits, else ok."""
    states = [{step["state"] for step in steps} for steps in page_issue_findings(pairs)]
    return ["bad" if "bad" in found else "wait" if "wait" in found else "ok" for found in states]


def page_verdicts(proofs: Sequence[Proof]) -> list[str]:
    return [finding["verdict"] for finding in page_findings(proofs)]
