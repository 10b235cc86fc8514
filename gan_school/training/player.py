"""One side of the game: a network that learns."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gan_school.training.optimizers import Optimizer


class Player:
    """A network and the optimiser that trains it.

    Args:
        network: the network, or a population of K.
        optimizer: how it learns.
        updates: how many updates a whole run makes, for the learning-rate schedule.
        average: memory of a moving average of the weights; 0 keeps none.
        population: whether losses come with a dimension for the members in front.
        constrain: brings the weights back to where they may be, after every update.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: Optimizer,
        updates: int,
        average: float = 0.0,
        population: bool = False,
        constrain: Callable[[list[nn.Parameter]], None] = lambda weights: None,
    ):
        self.network = network
        self.parameters = list(network.parameters())
        self.schedule = optimizer.schedule
        self.lr = optimizer.lr
        self.optimizer = optimizer.build(self.parameters)
        # PyTorch announces every step to its profiler, which takes as long as the update of a small
        # network. The function inside that wrapper does the update and nothing else.
        step = type(self.optimizer).step
        self._step = getattr(step, "__wrapped__", step)
        self.updates = updates
        self.update = 0
        self.population = population
        self.constrain = constrain
        self.average = MovingAverage(network, average) if average else None

    def descend(self, loss: Tensor) -> Tensor:
        """Take one step that lowers the loss, and change no network but this one.

        The loss of a population is the sum over its members of the mean over their samples. A sum
        keeps the members apart: the gradient of one does not depend on the others.

        Args:
            loss: one number per sample, (batch, …), or (K, batch, …) for a population.

        Returns:
            The mean loss, shape () or (K,).
        """
        means = loss.flatten(1).mean(1) if self.population else loss.mean()
        total = means.sum() if self.population else means
        for parameter in self.parameters:
            parameter.grad = None
        total.backward(inputs=self.parameters)  # no gradient reaches the opponent's weights
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr * self.schedule(self.update / self.updates)
        self._step(self.optimizer)
        self.constrain(self.parameters)
        self.update += 1
        if self.average is not None:
            self.average.follow(self.network)
        return means.detach()

    def gradient_norm(self) -> Tensor:
        """Length of the latest gradient, shape () or (K,)."""
        squares = [
            (p.grad.unsqueeze(-1).flatten(int(self.population)) ** 2).sum(-1)
            for p in self.parameters
            if p.grad is not None
        ]
        return torch.stack(squares).sum(0).sqrt()

    def best(self) -> nn.Module:
        """The network to draw samples from: the moving average where there is one."""
        return self.network if self.average is None else self.average.network


class MovingAverage:
    """Follows a network slowly: average ← m·average + (1 − m)·weights, after every update.

    Two networks that play a game circle around the equilibrium; the average of a circle is its
    centre (Yazıcı et al. 2019). The memory m starts short, so that the random first weights are
    soon forgotten, and grows to the value asked for.
    """

    def __init__(self, network: nn.Module, memory: float):
        self.network = copy.deepcopy(network).requires_grad_(False)
        self.memory = memory
        self.updates = 0

    @torch.no_grad()
    def follow(self, network: nn.Module) -> None:
        """Move a little towards the network's present weights."""
        self.updates += 1
        memory = min(self.memory, self.updates / (self.updates + 10))
        for own, new in zip(self.network.parameters(), network.parameters(), strict=True):
            own.lerp_(new, 1 - memory)
        for own, new in zip(self.network.buffers(), network.buffers(), strict=True):
            own.copy_(new)
