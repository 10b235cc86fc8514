"""The three ways to install agree: pyproject.toml, environment.yml and the locks."""

import re
import tomllib
from itertools import product
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools import install

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCKS = {name: (ROOT / "requirements" / f"{name}.lock").read_text() for name in install.SETS}

PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "macOS": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "Windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}

# What a Colab machine has. Were a range to exclude one of these, setting up a notebook there would
# replace it, and with torch or numpy that takes minutes and breaks what is loaded.
COLAB = {
    "python": "3.13",
    "torch": "2.11.0",
    "torchvision": "0.26.0",
    "numpy": "2.1.0",
    "pandas": "2.2.0",
    "scikit-learn": "1.6.0",
    "matplotlib": "3.10.0",
    "pillow": "11.3.0",
    "ipywidgets": "7.7.1",
    "ipykernel": "6.17.0",
}

CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


def ranges(requirements):
    """{name: specifiers} of a list of requirements."""
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(each.name): each.specifier for each in parsed}


COURSE = ranges(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"])
BUILD = ranges(PYPROJECT["dependency-groups"]["build"])
DIRECT = {
    "course": COURSE | BUILD,
    "test": COURSE | BUILD | ranges(PROJECT["optional-dependencies"]["test"]),
}


def pins(lock):
    """The requirements of a lock, without their hashes."""
    return [Requirement(re.split(r"\s*\\\n", entry)[0]) for entry in install.entries(lock)]


def installed(lock, python, system):
    """{name: version} of what a lock installs on a system."""
    environment = {
        **SYSTEMS[system],
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    chosen = [pin for pin in pins(lock) if not pin.marker or pin.marker.evaluate(environment)]
    versions = {}
    for pin in chosen:
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert pin.name not in versions, f"{pin.name} is pinned twice"
        versions[canonicalize_name(pin.name)] = specifier.version
    return versions


everywhere = pytest.mark.parametrize(("python", "system"), [*product(PYTHONS, SYSTEMS)])
each_lock = pytest.mark.parametrize("name", LOCKS)


@each_lock
@everywhere
def test_a_lock_pins_every_direct_dependency_within_its_range(name, python, system):
    versions = installed(LOCKS[name], python, system)
    assert set(DIRECT[name]) <= set(versions)
    outside = {
        package: version
        for package, version in versions.items()
        if package in DIRECT[name] and version not in DIRECT[name][package]
    }
    assert not outside


@everywhere
def test_the_test_lock_is_the_course_lock_and_more(python, system):
    course, test = (installed(LOCKS[name], python, system) for name in ("course", "test"))
    assert course.items() < test.items()


@each_lock
def test_a_lock_has_one_version_of_a_package_and_its_checksums(name):
    names = [pin.name for pin in pins(LOCKS[name])]
    assert len(names) == len(set(names)) > 100
    for entry in install.entries(LOCKS[name]):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


@each_lock
def test_a_lock_says_nothing_about_the_machine_it_was_made_on(name):
    assert "://" not in LOCKS[name]
    assert not re.search(r"(^|\s)/|-index|find-links", LOCKS[name])


@each_lock
def test_the_locks_keep_to_the_constraints(name):
    text = (ROOT / "requirements" / "constraints.txt").read_text(encoding="utf-8")
    constraints = ranges(line for line in text.splitlines() if line and not line.startswith("#"))
    assert {"torch", "torchvision"} <= set(constraints)
    versions = installed(LOCKS[name], "3.11", "Linux")
    for package, specifier in constraints.items():
        assert versions[package] in specifier


def test_the_ranges_admit_what_colab_has():
    admitted = COURSE | {"python": SpecifierSet(PROJECT["requires-python"])}
    for package, version in COLAB.items():
        assert version in admitted[package], package


def test_the_locked_torch_is_colabs():
    versions = installed(LOCKS["course"], COLAB["python"], "Linux")
    assert [versions[name] for name in install.TORCH_PAIR] == [
        COLAB[name] for name in install.TORCH_PAIR
    ]


def test_conda_gets_the_same_names_and_ranges():
    packages = [each for each in ENVIRONMENT["dependencies"] if isinstance(each, str)]
    conda = ranges(packages)
    assert conda.pop("pip") == SpecifierSet()
    assert conda.pop("python") == SpecifierSet(PROJECT["requires-python"])
    assert conda == {CONDA_NAMES.get(name, name): spec for name, spec in COURSE.items()}
    assert ENVIRONMENT["dependencies"][-1] == {"pip": ["-e ."]}


def test_the_pythons_of_the_range_are_those_that_are_tried():
    supported = SpecifierSet(PROJECT["requires-python"])
    minors = [f"3.{minor}" for minor in range(8, 20) if f"3.{minor}" in supported]
    assert minors == list(PYTHONS)
    search = (ROOT / "tools" / "find-python.sh").read_text(encoding="utf-8")
    lowest, highest = (version.replace(".", ", ") for version in (minors[0], minors[-1]))
    assert f"({lowest}) <= sys.version_info[:2] <= ({highest})" in search
    assert all(f"python{version}" in search for version in minors)
