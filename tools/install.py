# /// script
# requires-python = ">=3.11,<3.14"
# ///
"""Bring .venv to the locked packages and this package, with uv; then run a command in it.

usage: uv run tools/install.py [--torch default|cpu] [--exact-python] course|test [COMMAND ...]

`make start`, `make lab` and `make test` call this first, every time: when nothing is to be done it
returns at once. Without make, `uv run tools/install.py course gan-school start` does the same.

What is installed is recorded in a mark inside .venv. The mark goes before anything is changed and
comes back only after the last step, so that an interrupted installation never passes for a finished
one: without a mark, .venv is made anew, from uv's cache.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
MARK = VENV / "gan-school.json"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
SETS = ("course", "test")  # each contains the one before
PYTHONS = ((3, 11), (3, 13))  # as above: uv only warns where another was asked for by name

# What the CPU-only option leaves out of the lock: the pair that comes from PyTorch's own index
# instead, and the GPU libraries that only the ordinary torch asks for.
TORCH_PAIR = ("torch", "torchvision")
GPU_LIBRARIES = re.compile(r"(nvidia|cuda)-|triton$")
CPU_INDEX = os.environ.get("TORCH_CPU_INDEX", "https://download.pytorch.org/whl/cpu")
FIRST_IMPORT = """
import signal
signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback: who started it says what is left
import torch, torchvision, safetensors.torch, pandas, scipy.stats, sklearn.metrics
import matplotlib.pyplot, ipykernel.kernelapp
"""


class InstallationError(Exception):
    """The installation cannot go on; the message says why, and what to do."""


def main() -> int:
    arguments = parser().parse_args()
    try:
        install(arguments.set, arguments.torch, arguments.exact_python)
        return run_inside(arguments.command) if arguments.command else 0
    except KeyboardInterrupt:
        print("\nInterrupted: .venv is unfinished. The same command goes on.", file=sys.stderr)
        return 130
    except InstallationError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(description="Install the locked packages into .venv.")
    option = result.add_argument
    option("--torch", choices=("default", "cpu"), help="cpu: without GPU libraries; kept in .venv")
    option("--exact-python", action="store_true", help="make .venv anew if it has another Python")
    option("set", choices=SETS)
    option("command", nargs=argparse.REMAINDER, help="what to run in .venv afterwards")
    return result


def install(wanted: str, torch: str | None = None, exact_python: bool = False) -> None:
    """Bring .venv to the `wanted` set of packages; do nothing if it is there already."""
    mark = read_mark()
    torch = torch or mark.get("torch", "default")
    if fits(mark, torch, exact_python):
        # A test environment stays one: `make start` after `make test` has nothing to take away.
        wanted = max(wanted, mark["set"], key=SETS.index)
        if (mark["set"], mark["fingerprint"]) == (wanted, fingerprint()):
            return
    else:
        mark = {}
        make_venv()
    MARK.unlink(missing_ok=True)
    before = installed()
    try:
        install_packages(wanted, torch)
    except InstallationError:
        if mark and installed() == before:  # a download failed: .venv is as usable as it was
            MARK.write_text(json.dumps(mark), encoding="utf-8")
        raise
    # Imported once, to find out now whether the large packages fit together and this machine, and
    # to have them compiled, even where that is switched off: torch takes ten seconds every time
    # otherwise. (uv's --compile-bytecode compiles what nobody imports, too, and takes longer.)
    print("Importing the packages for the first time", flush=True)
    run([PYTHON, "-c", FIRST_IMPORT], PYTHONDONTWRITEBYTECODE="")
    mark = {"set": wanted, "torch": torch, "root": str(ROOT), "fingerprint": fingerprint()}
    MARK.write_text(json.dumps(mark), encoding="utf-8")


# -- the environment and its mark ------------------------------------------------------------------


def read_mark() -> dict[str, str]:
    try:
        return json.loads(MARK.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def fingerprint() -> str:
    """What the installation depends on. By content: a checkout changes times, a save need not."""
    files = [ROOT / "pyproject.toml", *sorted((ROOT / "requirements").iterdir()), Path(__file__)]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def installed() -> list[tuple[str, int]]:
    """The packages of .venv and when each came, to see whether anything has changed."""
    return sorted((str(path), path.stat().st_mtime_ns) for path in VENV.rglob("*.dist-info"))


def fits(mark: dict[str, str], torch: str, exact_python: bool) -> bool:
    """Can this .venv be brought up to date, or must it be made anew?

    Anew when there is none or it was never finished, when it has the other torch, when the project
    was moved (a virtual environment holds absolute paths), or when its Python is gone.
    """
    if mark.get("root") != str(ROOT) or mark["torch"] != torch:
        return False
    version = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([PYTHON, "-c", version], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    same = answer.stdout.split() == [str(part) for part in sys.version_info[:2]]
    return same or not exact_python


def make_venv() -> None:
    """An empty .venv with the Python that runs this. Never through a link: what is behind it stays.

    What a link leads to may be another project's, or everything that somebody has.
    """
    target = VENV.resolve()
    if target != ROOT / ".venv" and (not target.is_dir() or any(target.iterdir())):
        raise InstallationError(
            f".venv is a link to {target}, which is no environment of this project, or an "
            "unfinished one. Nothing there was touched. Remove the link, or let it lead to an "
            "empty folder."
        )
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        raise InstallationError(
            f"GAN School needs Python 3.11, 3.12 or 3.13; this is {platform.python_version()}. "
            "`make start` alone finds or fetches one, `make start PYTHON=3.12` chooses; without "
            "make, `uv run --python 3.12 tools/install.py course gan-school start`."
        )
    uv("venv", "--clear", "--python", sys.executable, VENV)


# -- the packages ----------------------------------------------------------------------------------


def install_packages(wanted: str, torch: str) -> None:
    lock = ROOT / "requirements" / f"{wanted}.lock"
    constraints = ROOT / "requirements" / "constraints.txt"
    into = ["--python", PYTHON]
    if torch == "cpu":
        kept = "".join(without_gpu(lock.read_text(encoding="utf-8")))
        lock = VENV / lock.name
        lock.write_text(kept, encoding="utf-8")
    uv("pip", "sync", *into, "--require-hashes", lock)
    if torch == "cpu":
        pair = ["--default-index", CPU_INDEX, "--constraints", constraints, *TORCH_PAIR]
        uv("pip", "install", *into, "--no-deps", *pair)
    # What builds this package is in the lock: nothing is fetched here.
    uv("pip", "install", *into, "--no-deps", "--no-build-isolation", "--editable", ROOT)


def without_gpu(lock: str) -> Iterator[str]:
    """The entries of a lock that are neither torch's pair nor GPU libraries."""
    for entry in entries(lock):
        name = re.match(r"[\w.-]+", entry)[0]
        if name not in TORCH_PAIR and not GPU_LIBRARIES.match(name):
            yield entry


def entries(lock: str) -> list[str]:
    """Split a lock into its requirements, each with the lines of hashes that continue it."""
    lines = [line for line in lock.splitlines(keepends=True) if not line.startswith("#")]
    return re.findall(r"^\S.*\n(?:[ \t]+.*\n)*", "".join(lines), flags=re.MULTILINE)


# -- commands --------------------------------------------------------------------------------------


def uv(*arguments: str | Path) -> None:
    """Run the uv that runs this: it sets UV to its own path."""
    command = os.environ.get("UV") or shutil.which("uv")
    if command is None:
        raise InstallationError("Run this with uv: uv run tools/install.py …")
    run([command, *arguments])


def run(command: list[str | Path], **environment: str) -> None:
    """Run a command, which shows its own progress and errors; if it fails, say what to do."""
    if subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}).returncode:
        raise InstallationError(advice())


def advice() -> str:
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        return "PyTorch has no packages for Macs with Intel processors any more: use Google Colab."
    if shutil.disk_usage(ROOT).free < 1e9:
        return "The disk is full. `make start TORCH=cpu` needs far less space."
    return (
        "The installation stopped here, for the reason above. The same command starts again; "
        "downloads are kept. If a hash did not match, the download was damaged, or replaced on the "
        f"way: try again. If {CPU_INDEX} is out of reach, do without TORCH=cpu, or --torch cpu."
    )


def run_inside(command: list[str]) -> int:
    """Run a command as in the activated .venv; it alone decides what Ctrl-C does."""
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    program = shutil.which(command[0], path=path)
    if program is None:
        raise InstallationError(f"There is no command {command[0]!r} in .venv.")
    signal.signal(signal.SIGINT, lambda *_: None)
    environment = {**os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV)}
    return subprocess.run([program, *command[1:]], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
