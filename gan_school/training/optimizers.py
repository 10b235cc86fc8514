"""Optimisers as data, and how their learning rates change over a run."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from gan_school.described import check, described


@described
@dataclass(frozen=True)
class Constant:
    """The same learning rate from the first step to the last."""

    def __call__(self, progress: float) -> float:
        """The factor on the learning rate when `progress` (0 to 1) of the run is over."""
        return 1.0


@described
@dataclass(frozen=True)
class Cosine:
    """Down from the full learning rate to `end` times it, along half a cosine wave.

    Loshchilov & Hutter 2017, equation 5, without restarts.
    """

    end: float = 0.0

    def __post_init__(self) -> None:
        check(0 <= self.end <= 1, f"Cosine(end={self.end}): the factor must lie between 0 and 1.")

    def __call__(self, progress: float) -> float:
        """The factor on the learning rate when `progress` (0 to 1) of the run is over."""
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * progress)) / 2


@dataclass(frozen=True)
class Optimizer:
    """What every optimiser has: a learning rate, and a schedule for it."""

    lr: float = 1e-3
    schedule: Constant | Cosine = Constant()

    def __post_init__(self) -> None:
        check(self.lr > 0, f"the learning rate must be above 0. Got {self.lr}.")

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Make PyTorch's optimiser for these parameters."""
        raise NotImplementedError


@described
@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam (Kingma & Ba 2015). `betas` are the memories of its two moving averages."""

    betas: tuple[float, float] = (0.9, 0.999)

    def __post_init__(self) -> None:
        super().__post_init__()
        check(
            len(self.betas) == 2 and all(0 <= beta < 1 for beta in self.betas),
            f"betas are two numbers from 0 up to, not including, 1. Got {self.betas}.",
        )

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        # fused: the whole update in one call rather than a dozen, which counts for small networks
        return torch.optim.Adam(parameters, self.lr, self.betas, fused=True)


@described
@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for."""

    momentum: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check(0 <= self.momentum < 1, f"momentum must be from 0 up to 1. Got {self.momentum}.")

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, self.lr, self.momentum, fused=True)
