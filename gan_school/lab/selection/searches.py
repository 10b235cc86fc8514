"""The searches of the course, and what they found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from gan_school import datasets, recipes
from gan_school.datasets import Dataset
from gan_school.datasets.points import others
from gan_school.lab.ledger import Ledger
from gan_school.lab.selection.result import Climb
from gan_school.lab.selection.search import Search
from gan_school.lab.selection.settings import SETTINGS
from gan_school.lab.tasks import TASKS, Task
from gan_school.networks import mlp
from gan_school.places import shipped
from gan_school.training import Recipe


def unequal_mixture(n: int = 10_000, seed: int = 0) -> Dataset:
    """Five Gaussians in four dimensions, which have 40, 25, 20, 10 and 5 % of the points.

    One lies on each axis, at a distance of 2 from the origin, and the rarest at the origin itself.
    σ is 0.1. Not rescaled.

    Returns:
        A Dataset with `x` of shape (n, 4), `labels` (which mode), `modes` and `sigma`.
    """
    centres = torch.cat([2 * torch.eye(4), torch.zeros(1, 4)])
    generator = torch.Generator().manual_seed(seed)
    shares = torch.tensor([0.4, 0.25, 0.2, 0.1, 0.05])
    labels = torch.multinomial(shares, n, replacement=True, generator=generator)
    x = centres[labels] + 0.1 * torch.randn(n, 4, generator=generator)
    draw = others(unequal_mixture, seed)
    return Dataset(x, "unequal mixture", labels=labels, modes=centres, sigma=0.1, draw=draw)


def _ring_of_5() -> Dataset:
    return datasets.ring(modes=5)


def _ring_of_12() -> Dataset:
    return datasets.ring(modes=12)


def _classic(features: int, steps: int) -> Recipe:
    """The classic recipe of the spiral, for points of so many coordinates."""
    return recipes.CLASSIC_SPIRAL.with_(
        generator=mlp(20, 50, features), discriminator=mlp(features, 50, 1), steps=steps
    )


def _points(features: int, steps: int) -> Recipe:
    """The recipe that was made by hand, for points of so many coordinates."""
    varied = torch.randn(250, features, generator=torch.Generator().manual_seed(0))
    return recipes.points(varied).with_(steps=steps)


def _tasks(
    start: Callable[[int, int], Recipe], steps: int, *some: tuple[str, Callable[[], Dataset], int]
) -> tuple[Task, ...]:
    """Data by name, with the number of coordinates, and so many steps of the start."""
    return tuple(
        Task(name, data, start(features, steps), steps // 2, (8, 24), ("coverage",))
        for name, data, features in some
    )


_SELECTING = (("spiral", datasets.spiral, 3), ("ring", datasets.ring, 2))
_UNSEEN = (
    ("ring of 5", _ring_of_5, 2),
    ("ring of 12", _ring_of_12, 2),
    ("grid of 25", datasets.grid, 2),
    ("unequal mixture", unequal_mixture, 4),
    ("swiss roll", datasets.swiss_roll, 3),
)

POINTS = Search(
    tasks=_tasks(_classic, 2_000, *_SELECTING),
    unseen=_tasks(_classic, 2_000, *_UNSEEN),
    rival=recipes.points,
    rival_steps=2_000,
)

LONGER = Search(
    tasks=_tasks(_classic, 5_600, *_SELECTING),
    unseen=_tasks(_classic, 5_600, *_UNSEEN),
    rival=recipes.points,
    always=SETTINGS,
    most=6,
    keep=8,
    first=12,
)

ONWARDS = Search(
    tasks=_tasks(_points, 2_000, *_SELECTING),
    unseen=_tasks(_points, 2_000, *_UNSEEN),
    rival=recipes.points,
    always=SETTINGS,
    keep=8,
    first=16,
)

IMAGES = Search(
    tasks=(replace(TASKS["digits"], seeds=(4, 12), metrics=("coverage",), short=500),),
    unseen=(),  # chosen, frozen and committed before any of these is looked at
    rival=recipes.dcgan,
    always=SETTINGS,
    most=4,
    keep=8,
    first=8,
)

SEARCHES = {
    "points": POINTS, "points-longer": LONGER, "points-onwards": ONWARDS, "images": IMAGES,
}  # fmt: skip


def on_record(kind: str = "points") -> Climb:
    """The climb that comes with the course.

    Raises:
        KeyError: if there is none for this kind of data.
        FileNotFoundError: if this copy of the course comes without it.
    """
    if kind not in SEARCHES:
        raise KeyError(f"there is no search {kind!r}. There are: {', '.join(SEARCHES)}.")
    return Climb(Ledger.load(shipped("evidence", "best", kind)), SEARCHES[kind])
