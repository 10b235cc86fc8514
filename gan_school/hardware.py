"""Which device to train on, how many threads, how much work: chosen here, and said aloud.

Three environment variables overrule the choice: `GAN_SCHOOL_DEVICE` (`cpu`, `cuda`, `mps`),
`GAN_SCHOOL_THREADS` (a number) and `GAN_SCHOOL_BUDGET` (`quick` or `full`).
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

import torch

T = TypeVar("T")

# Floating-point operations of one training step below which a GPU costs more than it saves: the
# time goes into starting its kernels.
SMALL_FOR_GPU = 2e8

# The same for a second thread. Set high on purpose: where a step is done in milliseconds, a second
# thread gains little on an idle machine, and on a busy one the two wait for each other. A step of
# the spiral took 3 ms on one thread and 100 ms on two, on two cores that had other work to do.
SMALL_FOR_THREADS = 5e9


def device(name: str | torch.device | None = None, *, work: float | None = None) -> torch.device:
    """The device to train on: the one asked for, or the best that is there.

    Args:
        name: `"cpu"`, `"cuda"`, `"cuda:1"` or `"mps"`. Without it, `GAN_SCHOOL_DEVICE` decides, and
            without that, the first of CUDA, MPS and CPU that is there.
        work: floating-point operations of one training step, if known. Steps too small to fill a
            GPU stay on the CPU, unless a device was asked for.

    Raises:
        ValueError: if there is no such kind of device.
        RuntimeError: if the device is not there on this machine.
    """
    name = name or os.environ.get("GAN_SCHOOL_DEVICE") or None
    if name is None:
        if work is not None and work < SMALL_FOR_GPU:
            return torch.device("cpu")
        return torch.device(_present()[0])
    kind = str(name).partition(":")[0]
    try:
        chosen = torch.device(name)
    except RuntimeError:
        chosen = None
    if chosen is None or kind not in ("cpu", "cuda", "mps"):
        raise ValueError(
            f"unknown device {str(name)!r}. Choose 'cpu', 'cuda' (or 'cuda:1') or 'mps'."
        )
    present = _present()
    missing = kind not in present or (
        kind == "cuda" and (chosen.index or 0) >= torch.cuda.device_count()
    )
    if missing:
        raise RuntimeError(
            f"device {str(name)!r} is not there. This machine has: {', '.join(present)}."
        )
    return chosen


def _present() -> list[str]:
    """The kinds of device on this machine, best first."""
    kinds = []
    if torch.cuda.is_available():
        kinds.append("cuda")
    if torch.backends.mps.is_available():
        kinds.append("mps")
    return [*kinds, "cpu"]


def describe_device() -> str:
    """One line for a person: the device, its name, and how many threads small networks get."""
    chosen = device()
    if chosen.type == "cuda":
        memory = torch.cuda.get_device_properties(chosen).total_memory / 2**30
        name = f"{torch.cuda.get_device_name(chosen)}, {memory:.0f} GiB"
    else:
        name = platform.processor() or platform.machine()
    cores = os.cpu_count() or 1
    return (
        f"{chosen} ({name}); {cores} CPU cores, {threads(0)} thread for small networks, "
        f"{threads(float('inf'))} for large ones; PyTorch {torch.__version__}"
    )


def threads(work: float) -> int:
    """How many threads a training step of so many floating-point operations should use.

    A tiny network on a busy machine wants one: its matrices are done before a second thread has
    woken up, and two threads that wait for each other are slower than one that does not.
    """
    asked = os.environ.get("GAN_SCHOOL_THREADS")
    if asked:
        cores = os.cpu_count() or 1
        # Thousands of threads would never come to an end, waiting for one another.
        if not asked.isdecimal() or not 1 <= int(asked) <= cores:
            raise ValueError(
                f"GAN_SCHOOL_THREADS is {asked!r}. Expected a whole number from 1 to {cores}, the "
                "cores of this machine. Unset it to have a good one chosen."
            )
        return int(asked)
    return 1 if work < SMALL_FOR_THREADS else max(1, torch.get_num_threads())


def limited_threads(count: int) -> AbstractContextManager[None]:
    """Run a block with so many threads, and give the old number back afterwards."""
    return nullcontext() if count == torch.get_num_threads() else _with_threads(count)


@contextmanager
def _with_threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def budget(quick: T, full: T) -> T:
    """The one switch for how much work is done: returns `quick` or `full`.

    `GAN_SCHOOL_BUDGET=quick|full` decides; without it, full on a GPU and quick on a CPU.
    """
    asked = os.environ.get("GAN_SCHOOL_BUDGET") or ("quick" if device().type == "cpu" else "full")
    if asked not in ("quick", "full"):
        raise ValueError(f"GAN_SCHOOL_BUDGET is {asked!r}. It can be 'quick' or 'full'.")
    return full if asked == "full" else quick
