"""The installer: what it leaves out for the CPU, and when it may say that all is installed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools import install

ROOT = Path(__file__).parent.parent
LOCK = """\
# made by a tool
filelock==4.2 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
nvidia-cublas==13.1 ; sys_platform == 'linux' \\
    --hash=sha256:cc
torch==2.11.0 \\
    --hash=sha256:dd
torch-extras==1.0 \\
    --hash=sha256:ee
triton==3.6.0 ; sys_platform == 'linux' \\
    --hash=sha256:ff
"""


def test_a_lock_is_split_into_entries_with_their_hashes():
    entries = install.entries(LOCK)
    assert [entry.split("==")[0] for entry in entries] == [
        *("filelock", "nvidia-cublas", "torch", "torch-extras", "triton"),
    ]
    assert "".join(entries) == LOCK.partition("\n")[2]


def test_for_the_cpu_the_pair_and_the_gpu_libraries_are_left_out():
    kept = "".join(install.without_gpu(LOCK))
    assert re.findall(r"^[\w-]+", kept, re.MULTILINE) == ["filelock", "torch-extras"]
    assert re.findall("sha256:(..)", kept) == ["aa", "bb", "ee"]


@pytest.mark.parametrize("name", install.SETS)
def test_what_is_left_out_of_the_real_lock_is_for_linux_only_or_the_pair(name):
    entries = install.entries((ROOT / "requirements" / f"{name}.lock").read_text())
    kept = set(install.without_gpu("".join(entries)))
    left_out = [Requirement(entry.split("\\")[0]) for entry in entries if entry not in kept]
    names = {requirement.name for requirement in left_out}
    assert {"torch", "torchvision", "triton", "nvidia-cudnn-cu13"} <= names
    for requirement in left_out:
        if requirement.name not in install.TORCH_PAIR:
            assert str(requirement.marker) == 'sys_platform == "linux"'


# -- the mark ----------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A project whose installation is only recorded: the list of commands that would have run."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]")
    for name in install.SETS:
        (tmp_path / "requirements" / f"{name}.lock").write_text(LOCK)
    venv = tmp_path / ".venv"
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "VENV", venv)
    monkeypatch.setattr(install, "MARK", venv / "gan-school.json")
    monkeypatch.setattr(install, "PYTHON", Path(sys.executable))
    return Place(tmp_path, monkeypatch)


class Place:
    def __init__(self, root, monkeypatch):
        self.root = root
        self.commands = []
        self.broken_at = None  # pip's line after which the next installation breaks off
        monkeypatch.setattr(install, "run", self.run)

    def run(self, command, read=lambda line: None):
        self.commands.append(" ".join(command))
        if "venv" in command:
            install.VENV.mkdir(exist_ok=True)
        if "install" in command:
            for line in ("Collecting torch==2.11.0", "Installing collected packages: torch"):
                read(line)
                if line.startswith(self.broken_at or "never"):
                    raise KeyboardInterrupt

    def install(self, *arguments):
        """Install; give the kinds of commands that ran."""
        self.commands.clear()
        try:
            install.install(*arguments)
        except KeyboardInterrupt:
            return "interrupted"
        kinds = {" venv ": "venv", "--index-url": "cpu", "-r ": "lock", "-e ": "package"}
        found = [kind for text, kind in kinds.items() for each in self.commands if text in each]
        return " ".join(sorted(found, key=["venv", "cpu", "lock", "package"].index))


def test_installing_again_does_nothing(place):
    assert place.install("course") == "venv lock package"
    assert place.install("course") == ""


def test_the_tests_add_to_the_course_and_are_not_taken_away(place):
    place.install("course")
    assert place.install("test") == "lock package"
    assert "test.lock" in " ".join(place.commands)
    assert place.install("course") == ""


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements/course.lock"])
def test_a_change_of_the_requirements_installs_again(place, name):
    place.install("course")
    (place.root / name).write_text("changed==1\n")
    assert place.install("course") == "lock package"
    assert place.install("course") == ""


def test_the_choice_of_torch_is_remembered_and_a_change_makes_the_environment_anew(place):
    assert place.install("course", "cpu") == "venv cpu lock package"
    assert place.install("course") == ""
    assert place.install("test") == "cpu lock package"
    assert place.install("test", "default") == "venv lock package"


def test_the_cpu_pair_is_installed_before_a_lock_without_it(place):
    place.install("course", "cpu")
    pair, lock = (each for each in place.commands if "--index-url" in each or "-r " in each)
    assert f"--index-url {install.CPU_INDEX} " in pair
    assert pair.endswith("torch torchvision")
    assert "--no-deps" in pair
    without_torch = Path(lock.split("-r ")[1]).read_text()
    assert "filelock" in without_torch
    assert "torch==" not in without_torch


def test_an_interrupted_installation_does_not_pass_for_a_finished_one(place):
    place.broken_at = "Installing"
    assert place.install("course") == "interrupted"
    place.broken_at = None
    assert place.install("course") == "venv lock package"

    place.broken_at = "Installing"
    assert place.install("test") == "interrupted"
    place.broken_at = None
    assert place.install("test") == "venv lock package"


def test_a_download_that_fails_leaves_the_environment_usable(place):
    place.install("course")
    place.broken_at = "Collecting"
    assert place.install("test") == "interrupted"
    assert place.install("course") == ""


def test_a_project_that_was_moved_gets_a_new_environment(place, monkeypatch):
    place.install("course")
    monkeypatch.setattr(install, "ROOT", place.root.rename(place.root.with_name("moved")))
    monkeypatch.setattr(install, "VENV", install.ROOT / ".venv")
    monkeypatch.setattr(install, "MARK", install.VENV / "gan-school.json")
    assert place.install("course") == "venv lock package"


def test_an_environment_whose_python_is_gone_is_made_anew(place, monkeypatch):
    place.install("course")
    monkeypatch.setattr(install, "PYTHON", place.root / "no-python-here")
    assert place.install("course") == "venv lock package"


def test_a_command_that_fails_is_an_error_with_its_last_words():
    with pytest.raises(install.InstallationError, match="no such wheel"):
        install.run([sys.executable, "-c", "import sys; sys.exit('no such wheel')"])


# -- which Python ------------------------------------------------------------------------------


def find_python(folder, scripts, name=""):
    """Run the search where the only commands are `scripts`, {name: answer or None for this one}."""
    folder.mkdir()
    for command, answer in scripts.items():
        body = f'exec "{sys.executable}" "$@"' if answer is None else f"echo {answer} >&2; exit 1"
        (folder / command).write_text(f"#!/bin/sh\n{body}\n")
        (folder / command).chmod(0o755)
    for tool in ("sh", "head", "cat"):
        found = subprocess.run(["sh", "-c", f"command -v {tool}"], capture_output=True, text=True)
        (folder / tool).symlink_to(found.stdout.strip())
    command = ["sh", str(ROOT / "tools" / "find-python.sh"), name]
    return subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True)


def test_a_python_that_is_only_a_name_is_passed_over(tmp_path):
    found = find_python(tmp_path / "bin", {"python3": "shim: not installed", "python3.12": None})
    assert found.stdout.strip() == sys.executable


def test_without_a_suitable_python_the_message_says_what_there_is_and_what_to_do(tmp_path):
    found = find_python(tmp_path / "bin", {"python3": "is Python 3.14"})
    assert found.returncode == 1
    assert found.stdout == ""
    assert "needs Python 3.11, 3.12 or 3.13" in found.stderr
    assert "python3 is Python 3.14" in found.stderr
    assert "make start PYTHON=" in found.stderr


def test_a_named_python_is_the_only_one_tried(tmp_path):
    found = find_python(tmp_path / "bin", {"python3": None, "python3.14": "is 3.14"}, "python3.14")
    assert found.returncode == 1
    assert "under the name python3.14" in found.stderr
