"""Random numbers that belong to a run, and to nobody else.

Every member of a population draws from a stream of its own, seeded with its own seed. So member 7
of a population of 32 sees the numbers that a single GAN with seed 7 sees, and no run disturbs, or
is disturbed by, anybody who uses PyTorch's global random numbers.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

# PyTorch has one global stream for all threads. Only one of ours may borrow it at a time.
_BORROWED = threading.RLock()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Give PyTorch's global random numbers back after a block, as if it had drawn none."""
    with _BORROWED, torch.random.fork_rng(devices=[]):
        yield


class Randomness:
    """One stream of random numbers, or K of them side by side.

    The numbers are drawn on the CPU and then moved, so that they are the same on every device.

    Args:
        seeds: an integer for a single stream, or a sequence of K for a population.
        device: where the numbers are wanted.
    """

    def __init__(self, seeds: int | Sequence[int], device: torch.device | str = "cpu"):
        self.population = isinstance(seeds, Sequence)
        self.seeds = tuple(map(operator.index, seeds if self.population else (seeds,)))
        self.device = torch.device(device)
        self.streams = [torch.Generator().manual_seed(seed) for seed in self.seeds]
        # Splitting a tensor into a row for each stream takes longer than copying it: split once.
        self._drafts: dict[tuple[int, ...], tuple[Tensor, tuple[Tensor, ...]]] = {}

    @cached_property
    def _global(self) -> _GlobalState:
        """For layers that can only use PyTorch's global random numbers, such as Dropout."""
        return _GlobalState(self.seeds, self.device)

    @property
    def size(self) -> tuple[int, ...]:
        """() for a single stream, (K,) for a population: the dimensions it puts in front."""
        return (len(self.seeds),) if self.population else ()

    def normal(self, *shape: int) -> Tensor:
        """Numbers ~ N(0, 1), of the given shape for every stream."""
        return self._fill(torch.Tensor.normal_, shape)

    def uniform(self, *shape: int) -> Tensor:
        """Numbers equally likely anywhere in [0, 1), of the given shape for every stream."""
        return self._fill(torch.Tensor.uniform_, shape)

    def permutation(self, n: int) -> Tensor:
        """The numbers 0 … n−1 in random order, another order for every stream."""
        rows = [torch.randperm(n, generator=stream) for stream in self.streams]
        return (torch.stack(rows) if self.population else rows[0]).to(self.device)

    def _fill(self, draw: Callable[..., Tensor], shape: tuple[int, ...]) -> Tensor:
        if not self.population:
            return draw(torch.empty(shape), generator=self.streams[0]).to(self.device)
        if shape not in self._drafts:
            draft = torch.empty(*self.size, *shape)
            self._drafts[shape] = draft, draft.unbind()
        draft, rows = self._drafts[shape]
        for row, stream in zip(rows, self.streams, strict=True):
            draw(row, generator=stream)
        return draft.clone().to(self.device)

    @contextmanager
    def as_seed_of_torch(self, member: int) -> Iterator[None]:
        """Let PyTorch's global random numbers be those of one stream inside the block.

        Layers draw their first weights from the global stream. Inside this block, building a
        network and then training it reads as if `torch.manual_seed(seed)` had been called first.
        """
        with undisturbed():
            torch.set_rng_state(self.streams[member].get_state())
            yield
            self.streams[member].set_state(torch.get_rng_state())

    def lent_to_torch(self) -> AbstractContextManager[None]:
        """Lend PyTorch's global random numbers a stream of this run's own inside the block."""
        return self._global  # no generator of contextlib's around it: this is done in every round

    def state_dict(self) -> dict[str, Tensor]:
        """Where every stream stands."""
        streams = torch.stack([stream.get_state() for stream in self.streams])
        return {"streams": streams, **self._global.state_dict()}

    def state_of_member(self, index: int) -> dict[str, Tensor]:
        """Where the stream of one member stands."""
        return {"streams": self.streams[index].get_state()[None]}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Continue every stream where it stood."""
        for stream, saved in zip(self.streams, state["streams"], strict=True):
            stream.set_state(saved.clone())  # a row of a larger tensor makes PyTorch 2.11 crash
        if "cpu" in state:  # a member of a population begins one of its own
            self._global.load_state_dict(state)


class _GlobalState:
    """A state of PyTorch's global generators that can be swapped in and out."""

    def __init__(self, seeds: Sequence[int], device: torch.device):
        self.module = {"cuda": torch.cuda, "mps": torch.mps}.get(device.type)
        self.seed = int(np.random.SeedSequence(list(seeds)).generate_state(1)[0])
        self.cpu = torch.Generator().manual_seed(self.seed).get_state()
        self.other: Tensor | None = None

    def __enter__(self) -> None:
        _BORROWED.acquire()
        self.before = torch.get_rng_state()
        torch.set_rng_state(self.cpu)
        if self.module is not None:
            self.other_before = self.module.get_rng_state()
            if self.other is None:
                self.module.manual_seed(self.seed)
            else:
                self.module.set_rng_state(self.other)

    def __exit__(self, *problem: object) -> None:
        self.cpu = torch.get_rng_state()
        torch.set_rng_state(self.before)
        if self.module is not None:
            self.other = self.module.get_rng_state()
            self.module.set_rng_state(self.other_before)
        _BORROWED.release()

    def state_dict(self) -> dict[str, Tensor]:
        return {"cpu": self.cpu} | ({} if self.other is None else {"other": self.other})

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        self.cpu, self.other = state["cpu"], state.get("other")
