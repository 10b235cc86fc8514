"""What the README tells people to do can be done."""

import os
import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest

import gan_school
from gan_school import train
from tools import install, notebooks

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "data/README.md")]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))

CODE = r"(?ms)^```.*?^```|`[^`\n]+`"
LINK = re.compile(r"\]\(([^)\s]+)|\b(?:src|href)=\"([^\"]+)\"")


def code_of(page: str) -> str:
    return "\n".join(re.findall(CODE, page))


def links_of(page: str) -> list[str]:
    without_code = re.sub(r"(?ms)^```.*?^```", "", page)
    return [first or second for first, second in LINK.findall(without_code)]


def make(*arguments: str) -> str:
    # Bare, so that what the tests' own make was called with does not come through.
    environment = {"PATH": os.environ["PATH"]}
    options = {"cwd": ROOT, "env": environment, "capture_output": True, "text": True}
    return subprocess.run(["make", *arguments], check=True, **options).stdout


each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@each_page
def test_every_make_command_exists(page):
    mentioned = set(re.findall(r"\bmake ([a-z]+)", code_of(page.read_text(encoding="utf-8"))))
    assert mentioned <= TARGETS


def test_the_readme_names_the_commands_everybody_needs():
    commands = set(re.findall(r"\bmake ([a-z]+)", code_of(README)))
    assert {"start", "lab", "test", "quick"} <= commands
    assert "make start TORCH=cpu" in code_of(README)


def test_make_alone_lists_every_target():
    assert set(re.findall(r"^  make (\w+) +\S", make(), re.MULTILINE)) == TARGETS


def test_continuous_integration_installs_a_browser_and_runs_the_readmes_test_command():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    first, second, *browser, last = [line for line in lines if line and not line.startswith("#")]
    assert [first, second] == ["set -euo pipefail", 'cd "$(dirname "$0")/.."']
    assert last == "make test"
    assert browser[0].startswith("if ! command -v chromium") and browser[-1] == "fi"
    assert "apt-get install --yes --no-install-recommends chromium" in " ".join(browser)


def test_the_commands_do_what_the_readme_says_of_them():
    start, lab, test = (make("--dry-run", target) for target in ("start", "lab", "test"))
    assert re.search(r"tools/uv.sh run --quiet +tools/install.py +course$", start, re.MULTILINE)
    assert ".venv/bin/gan-school start" in start
    assert "--ip=127.0.0.1" in lab  # nobody else on the network
    assert re.search(r"tools/install.py +test$", test, re.MULTILINE)
    assert ".venv/bin/python -m pytest --numprocesses=2" in test.splitlines()[-1]
    chosen = make("--dry-run", "start", "TORCH=cpu", "PYTHON=3.12")
    assert 'run --quiet --python "3.12" tools/install.py' in chosen
    assert '--torch "cpu" --exact-python course' in re.sub(r"\s+", " ", chosen.replace("\\\n", ""))


@pytest.mark.parametrize("status", [1, 2], ids=["the installer's error", "uv's own"])
def test_where_uv_has_no_such_python_make_says_which_would_do(status, tmp_path):
    stub = tmp_path / "uv"
    stub.write_text(f'#!/bin/sh\ntest "$1" = --version || exit {status}\n')
    stub.chmod(0o755)
    command = ["make", "start", "PYTHON=python3.10", f"UV={stub}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and f"Error {status}" in done.stderr
    advice = "Python 3.11, 3.12 or 3.13: `make start` alone finds or fetches one."
    assert (advice in done.stderr) is (status == 2)


def test_the_lines_without_make_do_what_make_does():
    """With uv, on Windows too; the installer's own tests run them on a small project."""
    first, second = re.findall(r"^uv run tools/install.py (.*)$", README, re.MULTILINE)
    assert first == "course gan-school start"
    assert second == "course jupyter lab notebooks"
    for line in re.findall(r"uv run tools/install.py ([^`\n]*)", code_of(README)):
        arguments = install.parser().parse_args(line.split())
        assert arguments.set in install.SETS and arguments.command


def test_the_readmes_pictures_are_shown_anywhere_and_are_those_of_this_repository():
    place = f"https://raw.githubusercontent.com/{notebooks.repository(ROOT)}/main/"
    pictures = re.findall(r"(?<!\[)!\[[^\]]*\]\(([^)]+)\)", README)
    assert len(pictures) >= 2
    for picture in pictures:
        assert picture.startswith(place)
        assert (ROOT / picture.removeprefix(place)).exists(), picture


def test_badges_open_the_notebooks_of_this_repository():
    repository = notebooks.repository(ROOT)
    opened = re.findall(r"colab\.research\.google\.com/github/([^)\"\s]+)", README)
    committed = {path.name for path in notebooks.NOTEBOOKS.glob("*.ipynb")}
    assert {link.rpartition("/")[2] for link in opened} == committed
    for link in opened:
        assert link.startswith(f"{repository}/blob/main/notebooks/")


def test_a_table_comes_back_in_its_own_units(tmp_path, monkeypatch):
    example = next(code for code in re.findall(CODE, README) if "inverse" in code)
    rows = pd.DataFrame({"height": range(150, 190), "smoker": ["yes", "no"] * 20})
    rows.to_csv(tmp_path / "rows.csv", index=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gan_school, "train", lambda recipe, x: train(recipe.with_(steps=3), x))
    exec(example.strip("`").removeprefix("python"), {})
    made = pd.read_csv("generated.csv")
    assert len(made) == 100 and made.dtypes.equals(pd.read_csv("rows.csv").dtypes)
    assert made["height"].between(150, 189).all() and set(made["smoker"]) <= {"yes", "no"}


@each_page
def test_relative_links_lead_somewhere(page):
    for link in links_of(page.read_text(encoding="utf-8")):
        if not re.match(r"https?://|mailto:|#", link):
            assert (page.parent / link.partition("#")[0]).exists(), link


@each_page
def test_links_to_this_repository_name_the_right_one(page):
    repository = notebooks.repository(ROOT)
    name = repository.partition("/")[2]
    text = page.read_text(encoding="utf-8")
    for owner in re.findall(rf"github\.com/([\w.-]+)/{re.escape(name)}\b", text):
        assert f"{owner}/{name}" == repository
