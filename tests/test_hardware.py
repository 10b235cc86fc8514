"""Which device, how many threads, how much work: what is chosen, and what it is told."""

import sys
from types import SimpleNamespace

import pytest
import torch

from gan_school import budget, describe_device, device
from gan_school.hardware import limited_threads, threads

module = sys.modules["gan_school.hardware"]  # the function hides it


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch):
    for name in ("DEVICE", "THREADS", "BUDGET"):
        monkeypatch.delenv(f"GAN_SCHOOL_{name}", raising=False)


@pytest.fixture
def machine(monkeypatch):
    """Pretend to be a machine with certain devices."""

    def pretend(*kinds: str, gpus: int = 1) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in kinds)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus if "cuda" in kinds else 0)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in kinds)

    pretend()
    return pretend


# ------------------------------------------------------------------------------------------- choice


@pytest.mark.parametrize(
    ("kinds", "best"),
    [((), "cpu"), (("mps",), "mps"), (("cuda",), "cuda"), (("cuda", "mps"), "cuda")],
)
def test_the_best_that_is_there(kinds, best, machine):
    machine(*kinds)
    assert device() == torch.device(best)
    assert device(work=1e12) == torch.device(best)


def test_small_work_stays_on_the_cpu_unless_a_device_was_asked_for(machine, monkeypatch):
    machine("cuda")
    assert device(work=1e6).type == "cpu"
    assert device("cuda", work=1e6).type == "cuda"
    monkeypatch.setenv("GAN_SCHOOL_DEVICE", "cuda")
    assert device(work=1e6).type == "cuda"


def test_what_is_asked_for(machine, monkeypatch):
    machine("cuda", "mps", gpus=2)
    assert device("cpu") == torch.device("cpu")
    assert device("mps") == torch.device("mps")
    assert device("cuda:1") == torch.device("cuda:1")
    assert device(torch.device("cpu")) == torch.device("cpu")
    monkeypatch.setenv("GAN_SCHOOL_DEVICE", "mps")
    assert device() == torch.device("mps")
    assert device("cpu") == torch.device("cpu")  # who calls by name has the last word


def test_an_empty_wish_is_none(machine, monkeypatch):
    monkeypatch.setenv("GAN_SCHOOL_DEVICE", "")
    assert device() == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "tpu", "CUDA", "cuda:x", "cuda:-1", "meta", "xpu", " cpu"])
def test_unknown_names(name, machine):
    machine("cuda")
    with pytest.raises(ValueError, match=f"unknown device '{name}'. Choose 'cpu', 'cuda'"):
        device(name)


@pytest.mark.parametrize(
    ("kinds", "name", "has"),
    [((), "cuda", "cpu"), ((), "mps", "cpu"), (("mps",), "cuda", "mps, cpu"),
     (("cuda",), "mps", "cuda, cpu"), (("cuda",), "cuda:1", "cuda, cpu")],
)  # fmt: skip
def test_devices_that_are_not_there(kinds, name, has, machine):
    machine(*kinds)
    with pytest.raises(RuntimeError, match=f"'{name}' is not there. This machine has: {has}"):
        device(name)


def test_a_wish_that_cannot_be_granted_is_an_error_and_not_forgotten(machine, monkeypatch):
    monkeypatch.setenv("GAN_SCHOOL_DEVICE", "cuda")
    with pytest.raises(RuntimeError, match="not there"):
        device()
    monkeypatch.setenv("GAN_SCHOOL_DEVICE", "quantum")
    with pytest.raises(ValueError, match="unknown device 'quantum'"):
        device()


# ---------------------------------------------------------------------------------------- in words


def test_one_line_for_a_person(machine, monkeypatch):
    line = describe_device()
    assert "\n" not in line
    assert line.startswith("cpu (")
    assert "1 thread for small networks" in line
    assert torch.__version__ in line


def test_a_gpu_by_its_name(machine, monkeypatch):
    machine("cuda")
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "Imagined 9000")
    memory = SimpleNamespace(total_memory=24 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: memory)
    assert describe_device().startswith("cuda (Imagined 9000, 24 GiB)")


# ----------------------------------------------------------------------------------------- threads


def test_small_work_gets_one_thread_and_large_work_what_there_is():
    with limited_threads(3):
        assert threads(0) == threads(module.SMALL_FOR_THREADS * 0.99) == 1
        assert threads(module.SMALL_FOR_THREADS) == threads(float("inf")) == 3


def test_the_spiral_is_small_even_as_a_population_of_32():
    from gan_school import datasets, recipes

    for recipe in (recipes.SPIRAL, recipes.CLASSIC_SPIRAL):
        assert threads(recipe.fit_to(datasets.spiral())[1] * 32) == 1


def test_a_number_of_threads_that_was_asked_for(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 5)
    monkeypatch.setenv("GAN_SCHOOL_THREADS", "5")
    assert threads(0) == threads(float("inf")) == 5


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", " ", "10000"])
def test_a_number_of_threads_that_is_none(text, monkeypatch):
    monkeypatch.setenv("GAN_SCHOOL_THREADS", text)
    with pytest.raises(ValueError, match=f"GAN_SCHOOL_THREADS is '{text}'"):
        threads(0)


def test_the_old_number_comes_back():
    before = torch.get_num_threads()
    with limited_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
    with pytest.raises(KeyError), limited_threads(before + 1):
        raise KeyError
    assert torch.get_num_threads() == before


# ------------------------------------------------------------------------------------------ budget


@pytest.mark.parametrize(
    ("kinds", "wish", "expected"),
    [((), None, "a"), (("cuda",), None, "b"), (("mps",), None, "b"), ((), "", "a"),
     ((), "full", "b"), (("cuda",), "quick", "a"), ((), "quick", "a"), (("cuda",), "full", "b")],
)  # fmt: skip
def test_quick_on_a_cpu_and_full_on_a_gpu_unless_asked(kinds, wish, expected, machine, monkeypatch):
    machine(*kinds)
    if wish is not None:
        monkeypatch.setenv("GAN_SCHOOL_BUDGET", wish)
    assert budget("a", "b") == budget(quick="a", full="b") == expected


def test_a_budget_that_is_none(monkeypatch):
    monkeypatch.setenv("GAN_SCHOOL_BUDGET", "huge")
    with pytest.raises(
        ValueError, match=r"GAN_SCHOOL_BUDGET is 'huge'. It can be 'quick' or 'full'"
    ):
        budget(1, 2)


def test_a_gpu_that_is_not_used_does_not_count(machine, monkeypatch):
    machine("cuda")
    monkeypatch.setenv("GAN_SCHOOL_DEVICE", "cpu")
    assert budget("quick", "full") == "quick"
