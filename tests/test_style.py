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


@pytest.mark.slow
def test_the_public_face_has_types():
    """A strict type checker finds no fault with a program that imports the package."""
    finished = subprocess.run(
        [sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
