"""The public face, as a practitioner's program meets it. `make types` checks it; nobody runs it.

It is checked strictly: a public function without types, or a name that a type checker cannot find,
is an error here.
"""

from pathlib import Path
from typing import assert_type

import pandas as pd
from torch import Tensor

import gan_school
from gan_school import (
    Recipe,
    Run,
    checkpoints,
    compare,
    datasets,
    diagnose,
    games,
    metrics,
    networks,
    plotting,
    recipes,
    resume,
    train,
    tricks,
)
from gan_school.training import Observer, Snapshot


def first_run(folder: Path) -> Tensor:
    ring = datasets.ring()
    recipe = Recipe(
        generator=networks.mlp(8, 32, 2),
        discriminator=networks.mlp(2, 32, 1),
        game=games.GAN(),
        steps=100,
    ).with_(batch_size=50)
    run = train(recipe, ring, seed=0)
    assert_type(run, Run)
    run.plot()
    run.save(folder)
    again = resume(Run.load(folder, data=ring))
    assert_type(again, Run)
    samples = again.sample(100)
    plotting.points(samples)
    return samples


class Sizes(Observer):
    """How many samples have been looked at."""

    seen = 0

    def __call__(self, snapshot: Snapshot[Run]) -> None:
        self.seen += len(snapshot.run.sample(10))


def played_by_hand(recipe: Recipe) -> list[float]:
    run = Run.start(recipe, datasets.ring())
    run.observe("sizes", Sizes())
    losses = []
    for snapshot in run.play():
        losses.append(float(snapshot.d_loss))
        if snapshot.step == 50:
            run.retune(d_lr=1e-4)
        assert_type(snapshot.run, Run)
    assert_type(run.model().sample(5), Tensor)
    return losses


def a_population() -> pd.DataFrame:
    spiral = datasets.spiral()
    population = train(recipes.SPIRAL, spiral, seeds=range(4))
    return population.evaluate()


def many_seeds() -> str:
    ring = datasets.ring()
    plain = recipes.points(ring)
    table = compare({"plain": plain, "more often": tricks["2.3"](plain)}, ring, seeds=range(16))
    assert_type(table.effects(), pd.DataFrame)
    return str(diagnose(train(plain, ring)))


def images() -> float:
    digits = datasets.digits(16)
    assert digits.held_out is not None
    run = train(recipes.CONDITIONAL_DIGITS, digits)
    judge = metrics.classifier(digits)
    plotting.images(run.sample(30, labels=7))
    return float(metrics.fid(digits.held_out, run.sample(100), judge))


def a_game_of_my_own() -> games.GAN:
    class Least(games.GAN):
        def loss_on_real(self, logits: Tensor) -> Tensor:
            return (logits - 1) ** 2

        def generator_loss(self, real: Tensor | games.Labelled) -> Tensor:
            # what `between` attaches
            fake: Tensor = self.generator(self.latent.sample(self.random, len(real)))
            logits: Tensor = self.discriminator(fake)
            return self.loss_of_generator(logits)

    return Least()


def what_comes_with_the_course() -> tuple[str, Tensor]:
    return gan_school.describe_device(), checkpoints.load("spiral").sample(10)
