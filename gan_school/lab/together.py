"""Train recipes together that differ in numbers alone: rates, momenta, the weight of a penalty.

A population has one recipe and many seeds. Here its members have rates, momenta and penalties of
their own as well, which costs no more. Each comes out as the run that its recipe and its seed give
by themselves, up to rounding.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gan_school.checks import check
from gan_school.datasets import Dataset
from gan_school.games import R1
from gan_school.games.penalties import Score
from gan_school.games.samples import Samples
from gan_school.randomness import Randomness
from gan_school.training import Adam, DivergenceWarning, Recipe, Run, storage, train
from gan_school.training.loop import Snapshot

Callback = Callable[[Snapshot[Run]], object]


def train_together(
    recipes: Sequence[Recipe],
    data: Dataset,
    seeds: Sequence[int],
    callbacks: Iterable[Callback] = (),
    record: bool = True,
) -> list[Run]:
    """One run for each recipe and its seed.

    Args:
        recipes: one or more, equal but for the rates and β₁ of Adam and the weight of R1.
        data: what all learn from.
        seeds: one for each.
        callbacks: see `train`; they meet the population.
        record: see `train`.

    Raises:
        ValueError: if the recipes differ in anything else.
    """
    check(
        len({repr(alike(one)) for one in recipes}) == 1,
        "these recipes differ in more than rates, momenta and the weight of R1.",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)
        many = train(
            _merged(recipes), data, seeds=seeds, callbacks=callbacks, record=record, progress=False
        )
    return [_member(many, place, one) for place, one in enumerate(recipes)]


def alike(recipe: Recipe) -> Recipe:
    """The same for all recipes that can be trained together."""
    changes = {
        name: replace(optimizer, lr=1.0, betas=(0.0, optimizer.betas[1]))
        for name in ("d_optimizer", "g_optimizer")
        if type(optimizer := getattr(recipe, name)) is Adam
    }
    if type(recipe.game.penalty) is R1:
        changes["game"] = replace(recipe.game, penalty=R1(1.0))
    return recipe.with_(**changes)


def _merged(recipes: Sequence[Recipe]) -> Recipe:
    first = recipes[0]
    changes = {}
    for name in ("d_optimizer", "g_optimizer"):
        own = [getattr(one, name) for one in recipes]
        if type(own[0]) is Adam:
            rates, firsts = (one.lr for one in own), (one.betas[0] for one in own)
            changes[name] = _Adams(
                1.0, own[0].schedule, own[0].betas[1], tuple(rates), tuple(firsts)
            )
    if type(first.game.penalty) is R1:
        weights = tuple(one.game.penalty.weight for one in recipes)
        changes["game"] = replace(first.game, penalty=_R1s(1.0, weights))
    return first.with_(**changes)


def _member(many: Run, place: int, recipe: Recipe) -> Run:
    """As `many[place]`, with a recipe of its own."""
    member = Run(recipe, many.latent, many.seeds[place], many.device, many.work / len(many))
    storage.copy_member(many, member, place)
    member.attach(many.data)
    return member


@dataclass(frozen=True)
class _R1s(R1):
    """R1 with a weight for each member."""

    weights: tuple[float, ...] = ()

    def __call__(self, score: Score, real: Samples, fake: Samples, random: Randomness) -> Tensor:
        return torch.tensor(self.weights)[:, None, None] * super().__call__(
            score, real, fake, random
        )


@dataclass(frozen=True)
class _Adams(Adam):
    """Adam with a rate and a β₁ for each member."""

    betas: float = 0.999  # β₂ alone
    rates: tuple[float, ...] = ()
    firsts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Each has been checked where it came from."""

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        return _Stacked(parameters, torch.tensor(self.rates), torch.tensor(self.firsts), self.betas)


class _Stacked(torch.optim.Optimizer):
    """Adam on stacked parameters (K, …). It remembers what PyTorch's does, by the same names."""

    def __init__(
        self, parameters: Iterable[torch.nn.Parameter], rates: Tensor, firsts: Tensor, second: float
    ):
        super().__init__(parameters, {"lr": 1.0})
        self.rates, self.firsts, self.second = rates, firsts, second

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                state, like = self.state[weight], (-1, *[1] * (weight.ndim - 1))
                if not state:
                    state["step"] = torch.tensor(0.0)
                    state |= {name: torch.zeros_like(weight) for name in ("exp_avg", "exp_avg_sq")}
                first, rate = self.firsts.view(like), self.rates.view(like)
                state["step"] += 1
                t, slope = state["step"].item(), weight.grad
                mean = state["exp_avg"].mul_(first).add_((1 - first) * slope)
                square = state["exp_avg_sq"].mul_(self.second)
                square.addcmul_(slope, slope, value=1 - self.second)
                root = (square / (1 - self.second**t)).sqrt_().add_(1e-8)
                weight -= group["lr"] * rate / (1 - first**t) * mean / root
