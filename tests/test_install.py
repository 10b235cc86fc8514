"""The installer at work: real uv, real links, and a project with the smallest of wheels."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from uv import find_uv_bin

from tools import install
from wheels import index, pin, wheel

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
needs_posix = pytest.mark.skipif(os.name == "nt", reason="links need rights, uv.sh a shell")

PYPROJECT = """\
[project]
name = "gan-school"
version = "1"
scripts = { greet = "greeting:main" }
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """\
from wheels import wheel
def build_editable(folder, *_):
    main = "import os, sys\\ndef main():\\n    print('hello', *sys.argv[1:])\\n    sys.exit(3)\\n"
    scripts = "[console_scripts]\\ngreet = greeting:main\\n"
    return wheel(folder, "gan-school", "1", {"greeting.py": main}, scripts).name
"""
# What the installer imports at the end, and for the CPU leaves out.
MODULES = {
    "torch": "torch/__init__.py",
    "torchvision": "torchvision/__init__.py",
    "triton": "triton/__init__.py",
    "nvidia-blas": "nvidia/blas.py",
    "safetensors": "safetensors/torch.py",
    "scipy": "scipy/stats.py",
    "scikit-learn": "sklearn/metrics.py",
    "matplotlib": "matplotlib/pyplot.py",
    "ipykernel": "ipykernel/kernelapp.py",
    "pandas": "pandas/__init__.py",
}
CTRL_C = """
import os, signal
if "CTRL_C" in os.environ:
    os.kill(0, signal.SIGINT)  # to the installer and what it runs, as a terminal does
"""


class Project:
    """A project in a folder, with wheels beside it, and what comes of installing it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        (self.root / "requirements").mkdir(parents=True)
        (self.root / "tools").mkdir()
        (self.root / "pyproject.toml").write_text(PYPROJECT)
        (self.root / "backend.py").write_text(BACKEND)
        shutil.copy(ROOT / "tests" / "wheels.py", self.root)
        shutil.copy(ROOT / "tools" / "install.py", self.root / "tools")
        (self.root / "requirements" / "constraints.txt").write_text("torch<3\n")
        code = {"pandas": CTRL_C}
        made = [
            wheel(self.wheels, name, "1", {file: code.get(name, "")})
            for name, file in MODULES.items()
        ]
        tester = wheel(self.wheels, "tester", "1", {"tester.py": ""})
        self.lock("course", *map(pin, made))
        self.lock("test", *map(pin, [*made, tester]))
        pytorchs = folder / "pytorchs"
        pytorchs.mkdir()
        for name in install.TORCH_PAIR:
            wheel(pytorchs, name, "2+cpu", {MODULES[name]: ""})
        self.environment = {
            "PATH": os.environ["PATH"],
            "UV": find_uv_bin(),
            "UV_CACHE_DIR": str(folder / "cache"),
            "UV_DEFAULT_INDEX": index(self.wheels),
            "UV_PYTHON_DOWNLOADS": "never",
            "TORCH_CPU_INDEX": index(pytorchs),
        }

    def lock(self, name: str, *pins: str) -> None:
        (self.root / "requirements" / f"{name}.lock").write_text("".join(pins))

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "tools/install.py", *arguments],
            cwd=self.root,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            start_new_session=True,
        )

    def install(self, *arguments: str) -> bool:
        """Install; whether anything had to be done for it."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return bool(done.stdout + done.stderr)

    def versions(self) -> dict[str, str]:
        found = (path.name.split("-")[:2] for path in self.venv.rglob("*.dist-info"))
        return {name: version.removesuffix(".dist") for name, version in found}

    def put_a_stranger(self) -> Path:
        """Something that is gone when .venv is made anew."""
        (self.venv / "stranger").touch()
        return self.venv / "stranger"


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


COURSE = {name.replace("-", "_"): "1" for name in [*MODULES, "gan-school"]}


def test_the_locked_packages_and_this_package_are_installed_once(project):
    assert project.install("course")
    assert project.versions() == COURSE
    assert not project.install("course")


def test_what_is_imported_is_compiled_even_where_that_is_switched_off(project):
    project.run("course", PYTHONDONTWRITEBYTECODE="1")
    assert list(project.venv.rglob("sklearn/__pycache__/metrics.*.pyc"))


def test_a_command_runs_in_the_environment_with_its_own_result(project):
    done = project.run("course", "greet", "--loud", "you")
    assert done.stdout.endswith("hello --loud you\n")
    assert done.returncode == 3
    done = project.run("course", "dance")
    assert done.returncode == 1
    assert "no command 'dance'" in done.stderr


def test_through_uv_it_needs_nothing_else(project):
    command = [find_uv_bin(), "run", "--python", sys.executable, "tools/install.py", "course"]
    environment = {key: value for key, value in project.environment.items() if key != "UV"}
    subprocess.run(command, cwd=project.root, env=environment, check=True, capture_output=True)
    assert project.versions() == COURSE
    assert not list(project.root.rglob("uv.lock"))


def test_the_tests_add_to_the_course_and_are_not_taken_away(project):
    project.install("course")
    assert project.install("test")
    assert project.versions() == COURSE | {"tester": "1"}
    assert not project.install("course")


def test_a_change_of_the_requirements_installs_what_has_changed(project):
    project.install("course")
    stranger = project.put_a_stranger()
    project.lock("course", *map(pin, project.wheels.glob("*.whl")))
    assert project.install("course")
    assert project.versions() == COURSE | {"tester": "1"}
    assert stranger.exists()
    (project.root / "pyproject.toml").write_text(PYPROJECT.replace('"1"', '"1.0"'))
    assert project.install("course")


def test_the_choice_of_torch_is_remembered_and_a_change_makes_the_environment_anew(project):
    project.install("--torch", "cpu", "course")
    without = {key: value for key, value in COURSE.items() if key not in ("triton", "nvidia_blas")}
    assert project.versions() == without | {"torch": "2+cpu", "torchvision": "2+cpu"}
    stranger = project.put_a_stranger()
    assert not project.install("course")
    assert project.install("test")
    assert project.versions()["torch"] == "2+cpu"
    assert stranger.exists()
    assert project.install("--torch", "default", "test")
    assert project.versions() == COURSE | {"tester": "1"}
    assert not stranger.exists()


@needs_posix
@pytest.mark.parametrize("before", [False, True], ids=["at first", "later"])
def test_an_interrupted_installation_does_not_pass_for_a_finished_one(project, before):
    if before:
        project.install("course")
    done = project.run("test", CTRL_C="pressed")
    assert done.returncode == 130
    assert "Interrupted: .venv is unfinished. The same command goes on" in done.stderr
    assert "Traceback" not in done.stderr
    stranger = project.put_a_stranger()
    assert project.install("test")
    assert not stranger.exists()


def test_a_download_that_fails_leaves_the_environment_usable(project):
    project.install("course")
    lock = (project.root / "requirements" / "course.lock").read_text()
    project.lock("course", lock, "absent==1 --hash=sha256:" + "0" * 64 + "\n")
    done = project.run("course")
    assert done.returncode == 1
    assert "absent" in done.stderr and "The same command starts again" in done.stderr
    project.lock("course", lock)
    assert not project.install("course")


def test_a_replaced_download_is_refused(project):
    wheel(project.wheels, "scipy", "1", {"scipy/stats.py": "evil = True"})
    done = project.run("course")
    assert done.returncode == 1
    assert "Hash mismatch" in done.stderr and "replaced on the way: try again" in done.stderr
    assert "scipy" not in project.versions()


def test_a_project_that_was_moved_gets_a_new_environment(project):
    project.install("course")
    stranger = project.put_a_stranger().relative_to(project.root)
    project.root = project.root.rename(project.root.with_name("moved"))
    assert project.install("course")
    assert not (project.root / stranger).exists()


@needs_posix
def test_an_environment_whose_python_is_gone_is_made_anew(project):
    project.install("course")
    (project.venv / "bin" / "python").unlink()
    (project.venv / "bin" / "python").symlink_to(project.root / "no-python-here")
    # Nothing of it may pass for installed, even if that does not work at once.
    assert project.run("course", UV_DEFAULT_INDEX="file:///nowhere", UV_NO_CACHE="1").returncode
    assert project.install("course")
    assert project.versions() == COURSE
    assert project.run("course", "python", "--version").returncode == 0


def test_another_python_is_kept_unless_this_one_is_asked_for(project):
    project.install("course")
    (packages,) = project.venv.rglob("site-packages")
    (packages / "sitecustomize.py").write_text("import sys; sys.version_info = (3, 9)")
    assert not project.install("course")
    assert project.install("--exact-python", "course")
    assert not (packages / "sitecustomize.py").exists()
    assert not project.install("--exact-python", "course")


def test_a_python_that_will_not_do_is_refused_before_anything_is_lost(tmp_path, monkeypatch):
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    with pytest.raises(
        install.InstallationError, match=r"3\.11, 3\.12 or 3\.13.*`make start PYTHON"
    ):
        install.make_venv()


# -- links -------------------------------------------------------------------------------------


@needs_posix
@pytest.mark.parametrize("finished", [False, True], ids=["a folder", "another's environment"])
def test_what_a_link_leads_to_is_never_emptied(project, tmp_path, finished):
    if finished:  # by another project, which says so in its mark
        project.install("course")
        project.root = shutil.copytree(project.root, tmp_path / "other", symlinks=True)
        elsewhere = shutil.move(project.venv, tmp_path / "elsewhere")
    else:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "thesis.tex").write_text("the only copy")
    before = sorted(elsewhere.rglob("*"))
    project.venv.symlink_to(elsewhere)
    done = project.run("course")
    assert done.returncode == 1
    assert f".venv is a link to {elsewhere}" in done.stderr and "Remove the link" in done.stderr
    assert sorted(elsewhere.rglob("*")) == before
    assert project.venv.is_symlink()


@needs_posix
def test_a_link_to_an_empty_folder_is_followed_and_kept_up_to_date(project, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    project.venv.symlink_to(elsewhere)
    assert project.install("course")
    assert not project.install("course")
    assert project.install("test")
    assert (elsewhere / "gan-school.json").exists() and project.venv.is_symlink()


@needs_posix
def test_a_link_to_nowhere_is_an_error_that_says_so(project, tmp_path):
    project.venv.symlink_to(tmp_path / "nowhere")
    assert ".venv is a link to" in project.run("course").stderr


# -- what is left out for the CPU ----------------------------------------------------------------


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


# -- advice --------------------------------------------------------------------------------------


def test_what_to_do_on_a_full_disk_and_on_a_mac_with_an_intel_processor(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10_000))
    assert "The disk is full" in install.advice()
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(install.platform, "machine", lambda: "x86_64")
    assert "Google Colab" in install.advice()


# -- where there is no uv ------------------------------------------------------------------------


@pytest.fixture
def bare(tmp_path):
    """A project on a machine with a Python and no uv, whose index has one small uv."""
    for folder in ("bin", "tools", "requirements", "index"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / "tools" / "uv.sh", tmp_path / "tools")
    small = {"uv-9.data/scripts/uv": "#!/bin/sh\necho small uv $*\n"}
    made = wheel(tmp_path / "index", "uv", "9", small)
    (tmp_path / "requirements" / "uv.lock").write_text(pin(made))
    (tmp_path / "bin" / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "bin" / "python3").chmod(0o755)
    for tool in ("sh", "cat", "dirname", "rm"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
        index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "index")}
        place = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
        command = ["sh", str(tmp_path / "tools" / "uv.sh"), *arguments]
        environment = place | index | environment
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    return SimpleNamespace(root=tmp_path, run=run)


@needs_posix
def test_uv_is_fetched_once_into_a_folder_of_its_own(bare):
    first = bare.run("pip", "sync")
    assert first.stdout == "small uv pip sync\n", first.stderr
    assert "Fetching uv" in first.stderr
    assert (bare.root / ".uv" / "bin" / "uv").exists()
    again = bare.run("--version")
    assert (again.stdout, again.stderr) == ("small uv --version\n", "")


@needs_posix
def test_a_python_that_is_only_a_name_is_passed_over(bare):
    (bare.root / "bin" / "python3").rename(bare.root / "bin" / "python")
    (bare.root / "bin" / "python3").write_text("#!/bin/sh\necho shim: not installed\nexit 127\n")
    (bare.root / "bin" / "python3").chmod(0o755)
    assert bare.run("sync").stdout == "small uv sync\n"


@needs_posix
def test_the_uv_of_the_machine_or_the_one_that_is_named_goes_first(bare):
    for name in ("uv", "other"):
        (bare.root / "bin" / name).write_text(f"#!/bin/sh\necho {name} of the machine $*\n")
        (bare.root / "bin" / name).chmod(0o755)
    assert bare.run("sync").stdout == "uv of the machine sync\n"
    assert bare.run("sync", UV="other").stdout == "other of the machine sync\n"
    assert not (bare.root / ".uv").exists()


@needs_posix
def test_a_uv_that_was_replaced_on_the_way_is_refused(bare):
    wheel(bare.root / "index", "uv", "9", {"uv.py": "evil = True"})
    done = bare.run("sync")
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert "Other ways to" in done.stderr
