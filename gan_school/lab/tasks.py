"""The tasks that tricks are measured on: data, a recipe to begin with, and two budgets.

The recipes keep all of level 1. They are small, so that sixteen seeds of a hundred variants are
done in minutes, and neither hopeless nor perfect, so that a trick can help and can hurt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from gan_school import datasets
from gan_school.datasets import Dataset
from gan_school.lab.catalogue import tricks
from gan_school.lab.trick import Trick, Variant
from gan_school.networks import Network, dcgan_discriminator, dcgan_generator, mlp
from gan_school.training import Adam, Recipe


@dataclass(frozen=True)
class Task:
    """What a trick is measured on.

    Attributes:
        name: of the task.
        data: makes the data.
        recipe: to begin with; it plays the long budget.
        short: steps of the short budget. Rankings can differ between the two.
        seeds: how many at first, and how many where these do not settle it: see
            `gan_school.lab.survey`.
        metrics: by name; the first is the one that verdicts are about.
        also: tricks to measure here besides those of the catalogue.
    """

    name: str
    data: Callable[[], Dataset]
    recipe: Recipe
    short: int
    seeds: tuple[int, int]
    metrics: tuple[str, ...]
    also: tuple[Trick, ...] = ()

    def variants(self, trick: Trick) -> list[Variant]:
        """The variants of a trick that can be measured here."""
        data = self.data()
        return [variant for variant in trick.variants if variant.where(self.recipe, data)]


def _recipe(generator: Network, discriminator: Network, steps: int) -> Recipe:
    adam = Adam(1e-3, betas=(0.5, 0.999))
    return Recipe(
        generator, discriminator, steps=steps, batch_size=64, d_optimizer=adam, g_optimizer=adam
    )


def _points(features: int) -> Recipe:
    return _recipe(mlp(8, 32, 32, features), mlp(features, 32, 32, 1), steps=2_000)


# After each change of level 3, try level 2 again, says the source.
_LEVEL_2_AGAIN = tuple(
    quick.after(drastic) for drastic in tricks.level(3) for quick in tricks.level(2)
)


def _small_grid() -> Dataset:
    return datasets.grid(side=3)


def _small_digits() -> Dataset:
    return datasets.digits(16)


_PICTURES = _recipe(
    dcgan_generator(16, latent=16, width=16),
    dcgan_discriminator(16, width=16, norm=None), steps=1_000,
)  # fmt: skip

TASKS = {
    task.name: task
    for task in (
        Task(
            "spiral",
            datasets.spiral,
            _points(3),
            500,
            (16, 32),
            ("coverage", "precision"),
            _LEVEL_2_AGAIN,
        ),
        Task(
            "ring",
            datasets.ring,
            _points(2),
            500,
            (16, 32),
            ("coverage", "precision", "modes"),
            _LEVEL_2_AGAIN,
        ),
        Task(
            "grid",
            _small_grid,
            _points(2).with_(steps=4_000),
            1_000,
            (16, 32),
            ("coverage", "precision", "modes"),
        ),
        Task("digits", _small_digits, _PICTURES, 250, (8, 16), ("coverage", "precision")),
    )
}
"""Three of points, and small digits for the tricks that are about images."""

ELSEWHERE = {
    "mnist": replace(TASKS["digits"], name="mnist", data=partial(datasets.mnist, 16)),
}
"""Tasks whose data must be had first. What is sure on the tasks above is measured again there."""
