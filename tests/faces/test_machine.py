"""`gan-school check`, on machines that lack one thing or another, and on this one."""

import importlib.metadata
import re
import shutil
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from packaging.requirements import Requirement

from gan_school.faces import cli, machine
from gan_school.faces.machine import Finding


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """No test asks a real network. Here is who was asked for, and what goes wrong if anything."""
    state = SimpleNamespace(asked=[], error=None, closed=0)

    def create_connection(address, timeout=None):
        assert timeout is not None
        state.asked.append(address)
        if state.error is not None:
            raise state.error
        return SimpleNamespace(close=lambda: setattr(state, "closed", state.closed + 1))

    monkeypatch.setattr(socket, "create_connection", create_connection)
    for name in ("DEVICE", "THREADS", "BUDGET"):
        monkeypatch.delenv(f"GAN_SCHOOL_{name}", raising=False)
    return state


@pytest.fixture
def site(tmp_path):
    """A folder of installed packages, to be put before, or in place of, those that are there."""
    place = tmp_path / "site"
    place.mkdir()

    def install(name: str, version: str, module: str, source: str = "", needs=()) -> None:
        needed = "".join(f"Requires-Dist: {line}\n" for line in needs)
        about = place / f"{name.replace('-', '_')}-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}"
        )
        (place / module).mkdir(exist_ok=True)
        (place / module / "__init__.py").write_text(source)
        (about / "RECORD").write_text(f"{module}/__init__.py,,\n{about.name}/METADATA,,\n")

    install.folder = place
    return install


@pytest.fixture
def bare(site, shell):
    """`gan-school check` where nothing is installed but `packaging` and what a test installs."""
    import packaging

    def check() -> tuple[int, str]:
        if not (site.folder / "packaging").exists():
            shutil.copytree(Path(packaging.__file__).parent, site.folder / "packaging")
        result = shell("check", "--offline", first=(site.folder,), python=["-S"])
        return result.returncode, (result.stdout + result.stderr).decode()

    return check


# --------------------------------------------------------------------------------------- Python


@pytest.mark.parametrize(
    ("version", "state"),
    [((3, 10), "problem"), ((3, 11), "ok"), ((3, 12), "ok"), ((3, 13), "ok"), ((3, 14), "problem")],
)
def test_python(version, state, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (*version, 1))
    finding = machine.check_python()
    assert finding.state == state
    assert ("make start" in finding.advice) == (state == "problem")


# ------------------------------------------------------------------------------------- packages


@pytest.mark.slow
def test_the_environment_that_these_tests_run_in(shell):
    """A sound one: no package is reported whose module has another name."""
    result = shell("check", "--offline")
    text = result.stdout.decode()
    assert result.returncode == 0, text
    assert "PROBLEM" not in text and result.stderr == b""
    [line] = [line for line in text.splitlines() if line.startswith("ok       packages")]
    for requirement in map(Requirement, importlib.metadata.requires("gan-school")):
        if requirement.marker is None:
            version = importlib.metadata.version(requirement.name)
            assert f" {requirement.name} {version}" in line
    for subject in ("Python", "disk", "device", "speed", "data"):
        assert f"ok       {subject}" in text or f"note     {subject}" in text
    assert "github" not in text
    assert text.endswith("Ready for the course.\n")


def test_modules_that_are_not_called_as_their_packages():
    for package, module in {
        "pillow": "PIL", "scikit-learn": "sklearn", "torch": "torch", "matplotlib": "matplotlib",
    }.items():  # fmt: skip
        assert machine._main_module(importlib.metadata.distribution(package)) == module


@pytest.mark.slow
def test_a_package_whose_module_is_broken(site, shell):
    """Here a broken safetensors lies before the sound one, and is all that is wrong."""
    (site.folder / "safetensors.py").write_text("raise ImportError('no librust \\x1b[2J')")
    result = shell("check", "--offline", first=(site.folder,))
    text = result.stdout.decode()
    assert result.returncode == 1
    assert "PROBLEM  packages  safetensors: no librust \\x1b[2J\n" in text
    assert text.count("PROBLEM") == text.count("→ Run `make start`") == 1
    assert text.endswith("1 to mend.\n")
    # what needs the packages is not tried
    assert not re.search("device|speed|data ", text.replace(str(site.folder), ""))


def test_what_is_missing_too_old_or_broken_is_named_with_what_to_do(site, bare):
    needs = ["lost>=1", "old>=2.9", "sound>=1", "torch>=2", "lab ; extra == 'lab'"]
    site("gan-school", "0.1.0", "nothing", needs=[*needs, "other ; sys_platform == 'nowhere'"])
    site("old", "2.8.1", "old")
    site("sound", "1.0", "of_another_name")
    site("torch", "2.0", "torch", "raise RuntimeError('operator torchvision::nms does not exist')")
    status, text = bare()
    assert status == 1
    assert "PROBLEM  packages  lost is missing." in text
    assert "PROBLEM  packages  old is 2.8.1; needed is >=2.9." in text
    assert "PROBLEM  packages  torch: operator torchvision::nms does not exist" in text
    assert "different places. Delete .venv" in text
    assert text.endswith("3 to mend.\n") and "sound" not in text.replace("sound.py", "")
    assert "note     notebooks JupyterLab is not installed." in text


@pytest.mark.parametrize("error", ["ImportError('no libcudart')", "OSError('bad image')"])
def test_whatever_an_import_raises_is_reported(error, site, bare):
    site("gan-school", "0.1.0", "nothing", needs=["broken"])
    site("broken", "1", "broken", f"raise {error}")
    assert f"PROBLEM  packages  broken: {eval(error)}\n" in bare()[1]


def test_the_course_itself_is_not_installed(bare):
    status, text = bare()
    assert status == 1
    assert "PROBLEM  packages  gan-school itself is not installed." in text


def test_with_nothing_installed_the_check_still_answers(shell):
    result = shell("check", "--offline", python=["-S"])
    text = result.stdout.decode()
    assert result.returncode == 1
    assert "PROBLEM  packages  ModuleNotFoundError: No module named 'packaging'" in text
    assert "ok       disk" in text or "note     disk" in text
    assert result.stderr == b""


def test_with_nothing_installed_other_commands_point_to_the_check(shell):
    result = shell("train", "ring", python=["-S"])
    assert result.returncode == 1
    assert re.fullmatch(
        rb"gan-school: No module named '\w+'\. `gan-school check` says .*\n", result.stderr
    )


def test_notebooks():
    found = importlib.metadata.version("jupyterlab")
    assert machine.check_notebooks() == Finding("ok", "notebooks", f"JupyterLab {found}")


# ------------------------------------------------------------- device, speed, disk, data, network


def test_device(monkeypatch):
    assert machine.check_device().state == "ok"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for wish in ("cuda", "nonsense"):
        monkeypatch.setenv("GAN_SCHOOL_DEVICE", wish)
        finding = machine.check_device()
        assert finding.state == "problem"
        assert wish in finding.text
        assert "Unset GAN_SCHOOL_DEVICE" in finding.advice


def test_a_wrong_number_of_threads(monkeypatch):
    for wish in ("many", "10000"):
        monkeypatch.setenv("GAN_SCHOOL_THREADS", wish)
        finding = machine.check_device()
        assert finding.state == "problem"
        assert f"GAN_SCHOOL_THREADS is '{wish}'" in finding.text
        assert "GAN_SCHOOL_THREADS" in finding.advice


@pytest.mark.parametrize(("seconds", "state"), [(20, "ok"), (200, "note")])
def test_speed(seconds, state):
    finding = machine._speed(seconds)
    assert finding.state == state
    assert f"about {seconds} s" in finding.text
    assert ("GAN_SCHOOL_THREADS=1" in finding.advice) == (state == "note")


def test_speed_is_measured_by_training():
    finding = machine.check_speed()
    assert float(re.search(r"about (\d+) s", finding.text)[1]) > 1


@pytest.mark.parametrize(("free", "state"), [(50e9, "ok"), (1.2e9, "note"), (0, "note")])
def test_disk(free, state, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    finding = machine.check_disk(tmp_path)
    assert finding.state == state
    assert f"{free / 1e9:.0f} GB free" in finding.text or f"{free / 1e9:.1f} GB" in finding.text
    assert ("Free some space" in finding.advice) == (state == "note")


def test_data():
    finding = machine.check_data()
    assert finding.state == "ok"
    assert "spiral, ring of 8, grid of 25, swiss roll" in finding.text


def test_network(network):
    assert machine.check_network().state == "ok"
    assert network.asked == [("github.com", 443)]
    assert network.closed == 1


@pytest.mark.parametrize(
    "error", [TimeoutError(), ConnectionRefusedError(), socket.gaierror(-2, "?")]
)
def test_no_network_is_no_problem(error, network):
    network.error = error
    finding = machine.check_network()
    assert finding.state == "note"
    assert "works without a network" in finding.advice


# ------------------------------------------------------------------------------------- all of it


def test_the_old_name_of_the_command(capsys):
    assert cli.main(["doctor", "--offline"]) == 0
    out, err = capsys.readouterr()
    assert err == "gan-school: `gan-school doctor` is now called `gan-school check`.\n"
    assert out.endswith("Ready for the course.\n")


def test_no_network_is_a_note_and_no_failure(network, capsys):
    network.error = TimeoutError()
    assert machine.main() == 0
    text = capsys.readouterr().out
    assert "note     network" in text
    assert "Ready for the course" in text
    assert len(network.asked) == 1


def test_without_its_device_nothing_is_trained(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("GAN_SCHOOL_DEVICE", "cuda")
    assert machine.main(offline=True) == 1
    assert "speed" not in capsys.readouterr().out


def test_findings_line_up():
    plain = str(Finding("ok", "disk", "50 GB free"))
    advised = str(Finding("problem", "Python", "3.9", "Install another."))
    assert plain == "ok       disk      50 GB free"
    first, second = advised.splitlines()
    assert first.index("3.9") == second.index("→") == plain.index("50 GB")
