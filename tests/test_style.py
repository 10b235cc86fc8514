"""Code and notebooks are formatted and linted; `make format` corrects most of what fails here."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_has_no_complaints(command):
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "."]
    finished = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
