"""Make .venv and install the locked packages and this package into it.

usage: python tools/install.py course|test [--torch default|cpu] [--exact-python]

`make start`, `make lab` and `make test` call this first, every time: when nothing is to be done it
returns at once. It needs nothing but Python itself, so on Windows, without make, it does the same.

What is installed is recorded in a mark inside .venv. The mark goes before pip changes anything and
comes back only after the last step, so that an interrupted installation never passes for a finished
one: without a mark, .venv is made anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
MARK = VENV / "gan-school.json"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
SETS = ("course", "test")  # each contains the one before

# What the CPU-only option leaves out of the lock: the pair that comes from PyTorch's own index
# instead, and the GPU libraries that only the ordinary torch asks for.
TORCH_PAIR = ("torch", "torchvision")
GPU_LIBRARIES = re.compile(r"(nvidia|cuda)-|triton$")
LARGE_PACKAGES = (
    "torch",
    "torchvision",
    "safetensors.torch",
    "pandas",
    "scipy.stats",
    "sklearn.metrics",
    "matplotlib.pyplot",
    "ipykernel.kernelapp",
)
CPU_INDEX = os.environ.get("TORCH_CPU_INDEX", "https://download.pytorch.org/whl/cpu")


def main() -> int:
    parser = argparse.ArgumentParser(description="Make .venv and install the locked packages.")
    parser.add_argument("set", choices=SETS)
    parser.add_argument(
        "--torch",
        choices=("default", "cpu"),
        help="cpu: without GPU libraries, from PyTorch's own index; default: what .venv has",
    )
    parser.add_argument(
        "--exact-python",
        action="store_true",
        help="make .venv anew unless it has the version of the Python that runs this",
    )
    arguments = parser.parse_args()
    try:
        install(arguments.set, arguments.torch, arguments.exact_python)
    except KeyboardInterrupt:
        return failure("Interrupted. The same command starts again; finished downloads are kept.")
    except InstallationError as error:
        return failure(str(error))
    return 0


def failure(message: str) -> int:
    print(f"\n{message}", file=sys.stderr)
    return 1


class InstallationError(Exception):
    """A step of the installation failed; the message says which, and what to do."""


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
        print(f"Making .venv with Python {platform.python_version()}")
        MARK.unlink(missing_ok=True)
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    install_packages(wanted, torch)
    # A failure from here on does not ask for new packages.
    write_mark(wanted, torch, "the package itself is missing")
    import_once()
    install_this_package()
    write_mark(wanted, torch, fingerprint())


# -- the mark --------------------------------------------------------------------------------------


def read_mark() -> dict[str, str]:
    try:
        return json.loads(MARK.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def write_mark(installed: str, torch: str, state: str) -> None:
    mark = {"set": installed, "torch": torch, "root": str(ROOT), "fingerprint": state}
    draft = MARK.with_suffix(".draft")
    draft.write_text(json.dumps(mark), encoding="utf-8")
    draft.replace(MARK)


def fingerprint() -> str:
    """What the installation depends on. By content: a checkout changes times, a save need not."""
    files = [ROOT / "pyproject.toml", *sorted((ROOT / "requirements").iterdir()), Path(__file__)]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


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


# -- the packages ----------------------------------------------------------------------------------


def install_packages(wanted: str, torch: str) -> None:
    requirements = ROOT / "requirements"
    lock = requirements / f"{wanted}.lock"
    print(f"Installing the packages of {lock.relative_to(ROOT)}")
    if torch == "cpu":
        pair = ["--index-url", CPU_INDEX, "-c", str(requirements / "constraints.txt"), *TORCH_PAIR]
        pip("torch for the CPU", pair, len(TORCH_PAIR))
        without_torch = VENV / lock.name
        text = "".join(without_gpu(lock.read_text(encoding="utf-8")))
        without_torch.write_text(text, encoding="utf-8")
        lock = without_torch
    total = len(entries(lock.read_text(encoding="utf-8")))
    pip("packages", ["--require-hashes", "-r", str(lock)], total)


def install_this_package() -> None:
    # What builds it is in the lock: nothing is fetched here.
    pip("gan_school", ["--no-build-isolation", "-e", str(ROOT)], 1)


def import_once() -> None:
    """Import the large packages, to find out now whether they fit together and this machine.

    It also compiles what they import to bytecode, even where that is switched off: otherwise each
    start of a notebook would compile torch again, which takes longer than the import itself.
    """
    with Progress("first import", 1):
        run([str(PYTHON), "-c", f"import {', '.join(LARGE_PACKAGES)}"])


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


def pip(what: str, arguments: list[str], total: int) -> None:
    """Run `pip install` for `total` packages; show one line of progress instead of pip's hundreds.

    --no-deps: the lock is complete, nothing outside it may come in. --no-compile: Python compiles
    what is imported when it is imported, which is a small part of what is installed.
    """
    options = ["--no-deps", "--no-compile", "--no-input", "--progress-bar=off"]
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", *options]
    with Progress(what, total) as progress:
        run([*command, *arguments], progress.read)


def run(command: list[str], read: Callable[[str], None] = lambda line: None) -> None:
    """Run a command, handing each line of its output to `read`; if it fails, say how."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": ""}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
        cwd=ROOT,
    )
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            read(line)
    finally:
        process.wait()
    if process.returncode:
        raise InstallationError("".join(lines[-15:]) + "\n" + advice("".join(lines)))


def advice(output: str) -> str:
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        return "PyTorch has no packages for Macs with Intel processors any more: use Google Colab."
    if "No space left" in output:
        return "The disk is full. `make start TORCH=cpu` needs far less space."
    if "do not match the hashes" in output.lower():
        return (
            "A download was not what the lock expects: damaged, or replaced on the way. Try again."
        )
    if CPU_INDEX in output:
        return (
            f"Is {CPU_INDEX} within reach? If not, `make start` without TORCH=cpu takes PyTorch "
            "from the ordinary index."
        )
    return "The installation stopped here. The same command starts again; downloads are kept."


class Progress:
    """One line of progress, made from what pip prints."""

    def __init__(self, what: str, total: int) -> None:
        self.what = what
        self.total = total
        self.doing = "starting"
        self.collected = 0
        self.started = time.monotonic()
        self.finished = threading.Event()

    def read(self, line: str) -> None:
        if match := re.match(r"(Collecting|Processing|Requirement already satisfied:) (\S+)", line):
            self.collected += 1
            self.doing = f"{self.collected} of {self.total}, {Path(match[2]).name}"
        elif line.startswith("Ignoring "):  # for another system or another Python
            self.total -= 1
        elif match := re.search(r"Downloading \S+ (\([^)]+\))", line):
            self.doing += f" {match[1]}"
        elif line.startswith("Installing collected packages"):
            # From here on .venv changes. A failure until here leaves it as usable as it was.
            MARK.unlink(missing_ok=True)
            self.doing = "unpacking"

    def __enter__(self) -> Progress:
        if sys.stdout.isatty():
            self.thread = threading.Thread(target=self.tick, daemon=True)
            self.thread.start()
        return self

    def tick(self) -> None:
        while not self.finished.wait(0.2):
            self.show(self.doing, end="")

    def __exit__(self, kind: type | None, *_: object) -> None:
        self.finished.set()
        if sys.stdout.isatty():
            self.thread.join()
        self.show("done" if kind is None else "stopped", end="\n")

    def show(self, doing: str, end: str) -> None:
        seconds = time.monotonic() - self.started
        start = "\r\033[K" if sys.stdout.isatty() else ""
        width = shutil.get_terminal_size().columns - 1  # a longer line would not be overwritten
        print(start + f"  {self.what}: {doing}, {seconds:.0f} s"[:width], end=end, flush=True)


if __name__ == "__main__":
    sys.exit(main())
