"""The dependence line, as import-linter reads it, with nothing excused."""

import subprocess
import sys

from tests.architecture.sources import ROOT


def test_every_contract_is_kept():
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    run = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
    assert "0 broken" in run.stdout


def test_no_import_is_excused():
    assert "ignore_imports" not in (ROOT / ".importlinter").read_text()
