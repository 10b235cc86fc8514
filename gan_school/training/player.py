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
        self.network, self.description = network, optimizer
        self._names = [name for name, _ in network.named_parameters()]
        self.parameters = list(network.parameters())
        self.schedule, self.lr = optimizer.schedule, optimizer.lr
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
        means = self._means(loss)
        total = means.sum() if self.population else means
        for parameter in self.parameters:
            parameter.grad = None
        total.backward(inputs=self.parameters)  # no gradient reaches the opponent's weights
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self._step(self.optimizer)
        self.constrain(self.parameters)
        self.update += 1
        if self.average is not None:
            self.average.follow(self.network)
        return means.detach()

    def _means(self, loss: Tensor) -> Tensor:
        """The mean loss of each member, shape () or (K,)."""
        return loss.flatten(1).mean(1) if self.population else loss.mean()

    def rate(self, later: int = 0) -> float:
        """The learning rate of the next update, or of so many later."""
        return self.lr * self.schedule(min(1.0, (self.update + later) / self.updates))

    def ahead(
        self, loss: Callable[[dict[str, Tensor]], Tensor], steps: int = 1
    ) -> dict[str, Tensor]:
        """Where so many steps that lower a loss would take the weights. They stay where they are.

        Gradients flow through all of them, into whatever the loss depends on: a generator can ask
        what its samples would make of the discriminator. They are steps of the optimiser as it
        stands, with its memory of earlier gradients; only `constrain` is left out.

        Args:
            loss: one number per sample, given weights by their names in the network.
            steps: how many.

        Returns:
            Weights by their names.
        """
        weights = dict(zip(self._names, self.parameters, strict=True))
        remembered = {
            name: self.optimizer.state.get(weight, {}) for name, weight in weights.items()
        }
        for later in range(steps):
            total = self._means(loss(weights)).sum()
            slopes = torch.autograd.grad(total, [*weights.values()], create_graph=True)
            for name, slope in zip([*weights], slopes, strict=True):
                weights[name], remembered[name] = self.description.moved(
                    weights[name], slope, remembered[name], self.rate(later)
                )
        return weights

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

    # ------------------------------------------------------------------------------- to be saved

    def state_dict(self) -> dict[str, Tensor]:
        """Weights, what the optimiser remembers, the average, and how far it has got.

        What the optimiser remembers has the name `optimizer.`, the number of the parameter, and
        the name of the quantity.
        """
        state = _prefixed({name: net.state_dict() for name, net in self._networks().items()})
        for i, parameter in enumerate(self.parameters):
            remembered = self.optimizer.state.get(parameter, {})
            state |= _prefixed({f"optimizer.{i}": _tensors(remembered)})
        return state | self._counts()

    def _networks(self) -> dict[str, nn.Module]:
        average = {} if self.average is None else {"average": self.average.network}
        return {"network": self.network, **average}

    def _counts(self) -> dict[str, Tensor]:
        averaged = 0 if self.average is None else self.average.updates
        counts = {"updates": self.update, "averaged": averaged}
        exact = {name: torch.tensor(count) for name, count in counts.items()}
        return exact | {"lr": torch.tensor(self.lr, dtype=torch.float64)}

    def state_of_member(self, index: int) -> dict[str, Tensor]:
        """The same of one member of a population, as it would be of a network by itself."""
        networks = self._networks().items()
        state = _prefixed({name: net.member(index).state_dict() for name, net in networks})
        return state | {
            name: x[index] if x.ndim else x
            for name, x in self.state_dict().items()
            if not name.startswith(("network.", "average."))
        }

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on where another one was. Without "lr", the rate stays that of the recipe."""
        self.network.load_state_dict(part_of(state, "network"))
        self.update = int(state["updates"])
        self.lr = float(state.get("lr", self.lr))
        if self.average is not None:
            self.average.network.load_state_dict(part_of(state, "average"))
            self.average.updates = int(state["averaged"])
        remembered: dict[int, dict[str, Tensor]] = {}
        for key, x in part_of(state, "optimizer").items():
            i, _, name = key.partition(".")
            like = self.parameters[int(i)]
            # A fused optimiser goes through memory as it lies: its numbers must lie as the weights.
            x = torch.empty_like(like).copy_(x) if x.shape == like.shape else x
            remembered.setdefault(int(i), {})[name] = x
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": remembered, "param_groups": groups})


def part_of(state: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """What in a flat state belongs to one part, under the part's own names."""
    prefix = f"{name}."
    return {key.removeprefix(prefix): x for key, x in state.items() if key.startswith(prefix)}


def _prefixed(parts: dict[str, dict[str, Tensor]]) -> dict[str, Tensor]:
    return {f"{part}.{key}": x for part, state in parts.items() for key, x in state.items()}


def _tensors(state: dict) -> dict[str, Tensor]:
    return {name: x for name, x in state.items() if isinstance(x, Tensor)}


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
