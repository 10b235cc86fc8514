"""The training loop. There is one, and this is all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from torch import Tensor

from gan_school.training.state import TrainingState

RunT = TypeVar("RunT", bound=TrainingState)


@dataclass(frozen=True)
class Snapshot(Generic[RunT]):
    """What a round leaves behind.

    Attributes:
        step: rounds played so far, 1 after the first.
        d_loss, g_loss: mean losses of the last batch, shape (), or (K,) for a population.
        run: the run itself, to draw samples from, to plot, or to save.
    """

    step: int
    d_loss: Tensor
    g_loss: Tensor
    run: RunT


def play(run: RunT) -> Iterator[Snapshot[RunT]]:
    """Play the rounds that are left; yield after each, so that a caller may look, save or stop."""
    recipe, game = run.recipe, run.game
    while run.step < recipe.steps:
        for _ in range(recipe.d_steps):
            real = next(run.batches)
            d_loss = sum(map(run.discriminator.descend, game.discriminator_losses(real)))
        for _ in range(recipe.g_steps):
            g_loss = run.generator.descend(game.generator_objective(real))
        run.step += 1
        yield Snapshot(run.step, d_loss, g_loss, run)
