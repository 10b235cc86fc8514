"""Optimisers as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gan_school.checks import check
from gan_school.schedules import Constant, Schedule
from gan_school.settings import setting

Memory = Mapping[str, Any]
"""What PyTorch's optimiser remembers of a parameter: running means and the like, by name."""


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

    def moved(
        self, weight: Tensor, slope: Tensor, state: Memory, lr: float
    ) -> tuple[Tensor, Memory]:
        """Where one step would take a weight, as a function of the slope that gradients flow into.

        Args:
            weight, slope: a parameter, and the gradient at it.
            state: what the optimiser remembers of the parameter, empty before the first step.
            lr: the learning rate of this step.

        Returns:
            The weight, and what would be remembered then.
        """
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

    def moved(
        self, weight: Tensor, slope: Tensor, state: Memory, lr: float
    ) -> tuple[Tensor, Memory]:
        """θ − lr · m̂ / (√v̂ + 1e-8) (Kingma & Ba 2015, algorithm 1)."""
        (first, second), step = self.betas, state.get("step", 0) + 1
        m = first * state.get("exp_avg", 0) + (1 - first) * slope
        v = second * state.get("exp_avg_sq", 0) + (1 - second) * slope.square()
        moved = weight - lr * m / (1 - first**step) / (_root(v / (1 - second**step)) + 1e-8)
        return moved, {"step": step, "exp_avg": m, "exp_avg_sq": v}


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

    def moved(
        self, weight: Tensor, slope: Tensor, state: Memory, lr: float
    ) -> tuple[Tensor, Memory]:
        """θ − lr · (momentum · earlier steps + slope)"""
        step = self.momentum * state.get("momentum_buffer", 0) + slope
        return weight - lr * step, {"momentum_buffer": step}


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

    def moved(
        self, weight: Tensor, slope: Tensor, state: Memory, lr: float
    ) -> tuple[Tensor, Memory]:
        """θ − lr · slope / (√v + 1e-8)"""
        v = self.memory * state.get("square_avg", 0) + (1 - self.memory) * slope.square()
        return weight - lr * slope / (_root(v) + 1e-8), {"square_avg": v}


def _root(x: Tensor) -> Tensor:
    """√x, with a slope of 0 rather than infinity at 0."""
    return x.clamp_min(1e-30).sqrt()
