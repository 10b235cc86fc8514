"""The three ways to install agree: pyproject.toml, environment.yml and the locks."""

import email
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
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


def lines(path):
    """What a file of requirements says, without its comments."""
    text = path.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def ranges(requirements):
    """{name: specifiers} of a list of requirements."""
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(each.name): each.specifier for each in parsed}


COURSE = ranges(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"])
BUILD = ranges(lines(ROOT / "requirements" / "build.in"))
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
    constraints = ranges(lines(ROOT / "requirements" / "constraints.txt"))
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


def test_the_pythons_of_the_range_are_those_that_uv_looks_for():
    supported = SpecifierSet(PROJECT["requires-python"])
    minors = [f"3.{minor}" for minor in range(8, 20) if f"3.{minor}" in supported]
    assert minors == list(PYTHONS)
    classified = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if ":: 3." in each]
    assert classified == minors
    head = (ROOT / "tools" / "install.py").read_text(encoding="utf-8").partition('"""')[0]
    assert f'requires-python = "{PROJECT["requires-python"]}"' in head
    assert [f"{major}.{minor}" for major, minor in install.PYTHONS] == [minors[0], minors[-1]]


def test_no_command_of_uv_writes_a_lock_of_its_own():
    assert PYPROJECT["tool"]["uv"]["managed"] is False
    assert not (ROOT / "uv.lock").exists()


# -- what names a version, or the repository, once more --------------------------------------------


def test_the_same_uv_and_the_same_ruff_are_used_everywhere():
    versions = installed(LOCKS["test"], "3.12", "Linux")
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(workflow)["env"]["UV_VERSION"] == versions["uv"]
    assert f"uv=={versions['uv']} " in (ROOT / "requirements" / "uv.lock").read_text()
    (before_commits,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in before_commits["hooks"]:
        assert hook["additional_dependencies"] == [f"ruff=={versions['ruff']}"]


def test_the_workflow_runs_only_actions_that_cannot_change():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (.*)", workflow)
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v[\d.]+", action) for action in used)


def test_the_citation_is_of_this_version_and_repository():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"]
    assert citation["repository-code"] == PROJECT["urls"]["Source"]
    assert citation["license"] == PROJECT["license"]
    assert [author["name"] for author in citation["authors"]] == [
        author["name"] for author in PROJECT["authors"]
    ]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", changes, re.MULTILINE)[:2] == ["Unreleased", PROJECT["version"]]


# -- what is published -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A source distribution, and the wheel that is built from it, as a stranger would."""
    folder = tmp_path_factory.mktemp("published")
    build(ROOT, "sdist", folder)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as sources:
        sources.extractall(folder, filter="data")
    source = folder / archive.name.removesuffix(".tar.gz")
    build(source, "wheel", folder)
    (wheel,) = folder.glob("*.whl")
    return source, zipfile.ZipFile(wheel)


def build(source, target, folder):
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)


def test_the_sources_hold_the_package_its_data_and_its_pages(published):
    source, _ = published
    for name in ("README.md", "CHANGELOG.md", "LICENSE", "CITATION.cff", "data/README.md"):
        assert (source / name).read_bytes() == (ROOT / name).read_bytes()
    assert {path.name for path in source.iterdir() if path.is_dir()} == {"gan_school", "data"}
    assert not (source / "data" / "cache").exists()


def test_the_wheel_holds_what_the_package_needs_and_nothing_else(published):
    _, wheel = published
    names = set(wheel.namelist())
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "gan_school").rglob("*.py")}
    data = {
        f"gan_school/{path.relative_to(ROOT).as_posix()}"
        for folder in ("checkpoints", "evidence")
        for path in (ROOT / "data" / folder).rglob("*.*")
    }
    kept = {name for name in names if ".dist-info/" not in name}
    assert kept == modules | data | {"gan_school/py.typed"}


def test_the_wheel_says_who_made_it_for_whom_and_shows_its_pictures(published):
    _, wheel = published
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = email.message_from_bytes(wheel.read(name))
    assert metadata["Author"] == "GAN School contributors"
    assert "Typing :: Typed" in metadata.get_all("Classifier")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert metadata.get_payload(decode=True).decode().strip() == readme.strip()
