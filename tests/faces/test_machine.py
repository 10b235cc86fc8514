"""The doctor, on machines that lack one thing or another."""

import importlib
import importlib.metadata
import re
import shutil
import socket
import sys
from types import SimpleNamespace

import pytest
import torch

from gan_school.faces import machine
from gan_school.faces.machine import Finding

GOOD_VERSIONS = {"torch": "2.11.0+cu130", "torchvision": "0.26.0", "scikit-learn": "1.9.1"}
REQUIREMENTS = [
    "torch>=2.9",
    "torchvision>=0.24",
    "scikit-learn>=1.5",
    "jupyterlab>=4.2 ; extra == 'lab'",
    "colorama ; sys_platform == 'nowhere'",
]


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
def packages(monkeypatch):
    """Pretend that certain packages are installed, in certain versions, and import or fail."""
    state = SimpleNamespace(
        versions=dict(GOOD_VERSIONS, jupyterlab="4.6.6"), errors={}, requirements=REQUIREMENTS
    )
    imported = []

    def version(name: str) -> str:
        if name not in state.versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return state.versions[name]

    def import_module(name: str):
        imported.append(name)
        if name in state.errors:
            raise state.errors[name]

    def requires(name: str) -> list[str]:
        assert name == "gan-school"
        if state.requirements is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return state.requirements

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(importlib.metadata, "requires", requires)
    monkeypatch.setattr(importlib, "import_module", import_module)
    state.imported = imported
    return state


def only(findings) -> Finding:
    [finding] = list(findings)
    return finding


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


def test_all_packages_are_there(packages):
    finding = only(machine.check_packages())
    assert finding.state == "ok"
    assert finding.text == "torch 2.11.0+cu130, torchvision 0.26.0, scikit-learn 1.9.1"
    assert packages.imported == ["torch", "torchvision", "sklearn"]


def test_a_missing_package(packages):
    del packages.versions["torchvision"]
    finding = only(machine.check_packages())
    assert finding.state == "problem"
    assert finding.text == "torchvision is missing."
    assert "make start" in finding.advice


def test_an_old_package(packages):
    packages.versions["torch"] = "2.8.1"
    finding = only(machine.check_packages())
    assert finding.state == "problem"
    assert finding.text == "torch is 2.8.1; needed is >=2.9."
    assert "make start" in finding.advice


def test_torch_and_torchvision_that_do_not_fit(packages):
    packages.errors["torchvision"] = RuntimeError("operator torchvision::nms does not exist")
    finding = only(machine.check_packages())
    assert finding.state == "problem"
    assert "torchvision::nms" in finding.text
    assert "different places" in finding.advice
    assert "Delete .venv" in finding.advice


@pytest.mark.parametrize("error", [ImportError("no libcudart"), OSError("bad image"), ValueError()])
def test_a_package_that_cannot_be_imported(error, packages):
    packages.errors["sklearn"] = error
    finding = only(machine.check_packages())
    assert finding.state == "problem"
    assert finding.text == f"scikit-learn: {error}"
    assert "make start" in finding.advice


def test_every_problem_is_named(packages):
    packages.versions = {"torch": "1.0"}
    states = [(finding.state, finding.text.split()[0]) for finding in machine.check_packages()]
    assert states == [("problem", "torch"), ("problem", "torchvision"), ("problem", "scikit-learn")]


def test_the_course_itself_is_not_installed(packages):
    packages.requirements = None
    finding = only(machine.check_packages())
    assert finding.state == "problem"
    assert "gan-school itself" in finding.text


def test_notebooks(packages):
    assert machine.check_notebooks() == Finding("ok", "notebooks", "JupyterLab 4.6.6")
    del packages.versions["jupyterlab"]
    finding = machine.check_notebooks()
    assert finding.state == "note"
    assert "gan-school[lab]" in finding.advice


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
    monkeypatch.setenv("GAN_SCHOOL_THREADS", "many")
    finding = machine.check_device()
    assert finding.state == "problem"
    assert "GAN_SCHOOL_THREADS" in finding.text


@pytest.mark.parametrize(("seconds", "state"), [(0.3, "ok"), (3.0, "note")])
def test_speed(seconds, state, monkeypatch):
    """300 rounds in 0.3 s: 20,000 in 20 s. In 3 s: 200 s, which is slow."""
    clock = iter([100.0, 100.0 + seconds])
    monkeypatch.setattr(machine.time, "perf_counter", lambda: next(clock))
    import gan_school

    monkeypatch.setattr(gan_school, "train", lambda *_, **__: None)
    finding = machine.check_speed()
    assert finding.state == state
    assert f"about {seconds / 300 * 20_000:.0f} s" in finding.text
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


@pytest.fixture
def healthy(packages, monkeypatch):
    monkeypatch.setattr(machine, "check_speed", lambda: Finding("ok", "speed", "about 20 s"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50e9))
    return packages


ALL = ["Python", "packages", "notebooks", "disk", "device", "speed", "data", "network"]


def test_a_healthy_machine(healthy, network, capsys):
    assert machine.main() == 0
    text = capsys.readouterr().out
    assert [line.split()[1] for line in text.splitlines() if line.startswith("ok ")] == ALL
    assert text.endswith("Ready for the course.\n")
    assert "PROBLEM" not in text
    assert len(network.asked) == 1


def test_offline_nobody_is_asked(healthy, network, capsys):
    assert machine.main(offline=True) == 0
    assert network.asked == []
    assert "github" not in capsys.readouterr().out


def test_notes_do_not_fail(healthy, network, capsys):
    network.error = TimeoutError()
    del healthy.versions["jupyterlab"]
    assert machine.main() == 0
    text = capsys.readouterr().out
    assert text.count("note ") == 2
    assert "Ready for the course" in text


def test_problems_fail_with_their_number_and_what_to_do(healthy, capsys):
    healthy.versions["torch"] = "2.0"
    del healthy.versions["scikit-learn"]
    assert machine.main() == 1
    text = capsys.readouterr().out
    assert text.count("PROBLEM") == 2
    assert text.count("→ Run `make start`") == 2
    assert text.endswith("2 to mend.\n")


def test_with_broken_packages_nothing_is_tried_that_needs_them(healthy, monkeypatch, capsys):
    def fail(*_):
        raise AssertionError("this needs the packages")

    healthy.versions = {}
    for name in ("check_device", "check_speed", "check_data"):
        monkeypatch.setattr(machine, name, fail)
    assert machine.main(offline=True) == 1


def test_without_its_device_nothing_is_trained(healthy, monkeypatch, capsys):
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
