"""Is this machine ready for the course? Each check says what it found, and what to do about it."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

# Modules whose names differ from their packages'.
_MODULES = {"scikit-learn": "sklearn"}
_GIGABYTE = 1e9
_ENOUGH_DISK = 2 * _GIGABYTE


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        state: "ok", "note" (the course works, but …) or "problem".
        subject: what was looked at.
        text: what was found.
        advice: what to do about it, where something should be done.
    """

    state: str
    subject: str
    text: str
    advice: str = ""

    def __str__(self) -> str:
        mark = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}[self.state]
        advice = f"\n{'':19}→ {self.advice}" if self.advice else ""
        return f"{mark}  {self.subject:<9} {self.text}{advice}"


def check_python() -> Finding:
    """The course is tested on Python 3.11 to 3.13."""
    version = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("ok", "Python", f"{version}, {sys.executable}")
    advice = "Install Python 3.11, 3.12 or 3.13 and run `make start` again."
    return Finding("problem", "Python", f"{version}; the course is tested on 3.11 to 3.13.", advice)


def check_packages() -> Iterator[Finding]:
    """Everything this package needs is installed in a suitable version, and can be imported."""
    advice = "Run `make start`, or `pip install .` in the project's folder."
    try:
        requirements = importlib.metadata.requires("gan-school") or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding("problem", "packages", "gan-school itself is not installed.", advice)
        return
    found, bad = [], False
    for requirement in map(Requirement, requirements):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue  # belongs to an extra
        try:
            version = importlib.metadata.version(requirement.name)
            importlib.import_module(_MODULES.get(requirement.name, requirement.name))
        except importlib.metadata.PackageNotFoundError:
            bad = True
            yield Finding("problem", "packages", f"{requirement.name} is missing.", advice)
            continue
        except Exception as error:  # whatever an import can raise, this is a report of it
            bad = True
            yield Finding(
                "problem", "packages", f"{requirement.name}: {error}", _cure(error, advice)
            )
            continue
        if version in requirement.specifier:
            found.append(f"{requirement.name} {version}")
        else:
            bad = True
            text = f"{requirement.name} is {version}; needed is {requirement.specifier}."
            yield Finding("problem", "packages", text, advice)
    if not bad:
        yield Finding("ok", "packages", ", ".join(found))


def _cure(error: Exception, advice: str) -> str:
    if "torchvision::nms" in str(error):
        return (
            "torch and torchvision come from different places. Delete .venv and run `make start`, "
            "which installs a pair that fits."
        )
    return advice


def check_notebooks() -> Finding:
    """JupyterLab is there, to open the course with."""
    try:
        version = importlib.metadata.version("jupyterlab")
    except importlib.metadata.PackageNotFoundError:
        advice = "pip install 'gan-school[lab]', or open the notebooks in another editor."
        return Finding("note", "notebooks", "JupyterLab is not installed.", advice)
    return Finding("ok", "notebooks", f"JupyterLab {version}")


def check_device() -> Finding:
    """Which device training uses, and whether one asked for by name is there."""
    from gan_school.hardware import describe_device

    try:
        return Finding("ok", "device", describe_device())
    except (RuntimeError, ValueError) as error:
        advice = "Unset GAN_SCHOOL_DEVICE to use what is there."
        return Finding("problem", "device", str(error), advice)


def check_speed() -> Finding:
    """How long the classic first GAN would take, extrapolated from a short piece of it."""
    from gan_school import datasets, recipes, train

    data, recipe = datasets.spiral(), recipes.CLASSIC_SPIRAL
    train(recipe.with_(steps=20), data, progress=False)  # the first steps load code
    began = time.perf_counter()
    train(recipe.with_(steps=300), data, progress=False)
    seconds = (time.perf_counter() - began) / 300 * recipe.steps
    text = f"the first GAN, 500 epochs, would take about {seconds:.0f} s"
    if seconds <= 60:
        return Finding("ok", "speed", text)
    advice = "Close other programs, plug the laptop in, or set GAN_SCHOOL_THREADS=1."
    return Finding("note", "speed", text, advice)


def check_disk(folder: Path = Path()) -> Finding:
    """Room for runs, pictures and downloaded data."""
    free = shutil.disk_usage(folder).free
    if free >= _ENOUGH_DISK:
        return Finding("ok", "disk", f"{free / _GIGABYTE:.0f} GB free")
    text = f"{free / _GIGABYTE:.1f} GB free; {_ENOUGH_DISK / _GIGABYTE:.0f} GB are wanted."
    return Finding("note", "disk", text, "Free some space before you train or download.")


def check_data() -> Finding:
    """What the notebooks learn from is made on the spot, and can be made."""
    from gan_school import datasets

    makers: tuple[Callable[[], datasets.Dataset], ...] = (
        datasets.spiral, datasets.ring, datasets.grid, datasets.swiss_roll,
    )  # fmt: skip
    names = ", ".join(maker().name for maker in makers)
    return Finding("ok", "data", f"{names}: made on the spot, nothing to download")


def check_network(host: str = "github.com", seconds: float = 3.0) -> Finding:
    """Whether the internet can be reached. The course works without."""
    try:
        socket.create_connection((host, 443), timeout=seconds).close()
    except OSError:
        text = f"{host} cannot be reached."
        return Finding(
            "note", "network", text, "Nothing to do: the course works without a network."
        )
    return Finding("ok", "network", f"{host} can be reached; the course works without, too")


def examine(offline: bool = False) -> Iterator[Finding]:
    """Make all checks, one after another."""
    yield check_python()
    broken = False
    for finding in check_packages():
        broken |= finding.state == "problem"
        yield finding
    yield check_notebooks()
    yield check_disk()
    if not broken:
        device = check_device()
        yield device
        if device.state == "ok":
            yield check_speed()
        yield check_data()
    if not offline:
        yield check_network()


def main(offline: bool = False) -> int:
    """Print all findings; the result is 1 if there is a problem, else 0."""
    states = []
    for finding in examine(offline):
        print(finding, flush=True)
        states.append(finding.state)
    problems = states.count("problem")
    print(f"\n{problems} to mend." if problems else "\nReady for the course.")
    return 1 if problems else 0
