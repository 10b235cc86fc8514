"""Optimisers as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from gan_school.checks import check
from gan_school.schedules import Constant, Schedule
from gan_school.settings import setting


@dataclass(frozen=True)
class Optimizer:
    """What every optimiser has: a learning rate, and a schedule for it."""

    lr: float = 1e-3
    schedule: Schedule = Constant()

    def __post_init__(self) -> None:
        check(self.lr > 0, f"the learning rate must be above 0. Got {self.lr}.")

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Make PyTorch's optimiser for these parameters."""
        raise NotImplementedError


@setting
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


@setting
@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for."""

    momentum: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check(0 <= self.momentum < 1, f"momentum must be from 0 up to 1. Got {self.momentum}.")

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, self.lr, self.momentum, fused=True)


@setting
@dataclass(frozen=True)
class RMSprop(Optimizer):
    """RMSprop (Hinton 2012): Adam without momentum, and without its correction at the beginning.

    `memory` is that of its moving average of squared gradients.
    """

    memory: float = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        check(0 <= self.memory < 1, f"memory must be from 0 up to 1. Got {self.memory}.")

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.RMSprop(parameters, self.lr, self.memory)
