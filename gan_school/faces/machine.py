"""Is this machine ready for the course? Each check says what it found, and what to do about it."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import shutil
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from gan_school.faces.terminal import say

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_INSTALL = "Run `make start`, or `pip install .` in the project's folder."
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
    from packaging.requirements import Requirement  # which may be missing, too

    try:
        requirements = importlib.metadata.requires("gan-school") or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding("problem", "packages", "gan-school itself is not installed.", _INSTALL)
        return
    found, bad = [], False
    for requirement in map(Requirement, requirements):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue  # belongs to an extra
        problem = _problem(requirement)
        if problem is None:
            version = importlib.metadata.version(requirement.name)
            found.append(f"{requirement.name} {version}")
        else:
            bad = True
            yield problem
    if not bad:
        yield Finding("ok", "packages", ", ".join(found))


def _problem(requirement: Requirement) -> Finding | None:
    """What is wrong with a package that is required, if anything."""
    name = requirement.name
    try:
        distribution = importlib.metadata.distribution(name)
        module = _main_module(distribution)
        if module is not None:
            importlib.import_module(module)
    except importlib.metadata.PackageNotFoundError:
        return Finding("problem", "packages", f"{name} is missing.", _INSTALL)
    except Exception as error:  # whatever an import can raise, this is a report of it
        return Finding("problem", "packages", f"{name}: {error}", _cure(error))
    if distribution.version in requirement.specifier:
        return None
    text = f"{name} is {distribution.version}; needed is {requirement.specifier}."
    return Finding("problem", "packages", text, _INSTALL)


def _main_module(distribution: importlib.metadata.Distribution) -> str | None:
    """The module that holds most of a package, which need not have its name: pillow's is PIL.

    None if the package does not tell.
    """
    files = [file for file in distribution.files or () if file.suffix in (".py", ".so", ".pyd")]
    names = Counter(file.parts[0].partition(".")[0] for file in files)
    stated = (distribution.read_text("top_level.txt") or "").split()
    return next((name for name, _ in names.most_common() if name.isidentifier()), None) or next(
        iter(stated), None
    )


def _cure(error: Exception) -> str:
    if "torchvision::nms" in str(error):
        return (
            "torch and torchvision come from different places. Delete .venv and run `make start`, "
            "which installs a pair that fits."
        )
    return _INSTALL


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
        advice = "Unset GAN_SCHOOL_DEVICE and GAN_SCHOOL_THREADS to use what is there."
        return Finding("problem", "device", str(error), advice)


def check_speed() -> Finding:
    """How long the classic first GAN would take, extrapolated from a short piece of it."""
    from gan_school import datasets, recipes, train

    data, recipe = datasets.spiral(), recipes.CLASSIC_SPIRAL
    train(recipe.with_(steps=20), data, progress=False)  # the first steps load code
    began = time.perf_counter()
    train(recipe.with_(steps=300), data, progress=False)
    return _speed((time.perf_counter() - began) / 300 * recipe.steps)


def _speed(seconds: float) -> Finding:
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
    yield from _safely("Python", check_python)
    broken = False
    for finding in _safely("packages", check_packages):
        broken |= finding.state == "problem"
        yield finding
    yield from _safely("notebooks", check_notebooks)
    yield from _safely("disk", check_disk)
    if not broken:
        device = list(_safely("device", check_device))
        yield from device
        if device[0].state == "ok":
            yield from _safely("speed", check_speed)
        yield from _safely("data", check_data)
    if not offline:
        yield from _safely("network", check_network)


def _safely(subject: str, check: Callable[[], Finding | Iterator[Finding]]) -> Iterator[Finding]:
    """What a check finds; on a machine where it fails, that it did, and the others go on."""
    try:
        found = check()
        yield from [found] if isinstance(found, Finding) else found
    except Exception as error:
        yield Finding("problem", subject, f"{type(error).__name__}: {error}", _INSTALL)


def main(offline: bool = False, others: Iterable[Finding] = ()) -> int:
    """Print all findings, and others before them; 1 if there is a problem, else 0."""
    states = []
    for finding in chain(others, examine(offline)):
        say(finding)
        states.append(finding.state)
    problems = states.count("problem")
    say(f"\n{problems} to mend." if problems else "\nReady for the course.")
    return 1 if problems else 0
