"""A whole run in one figure, and the members of a population side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from gan_school.checks import whole
from gan_school.datasets import Dataset
from gan_school.plotting.curves import draw_losses, draw_opinions
from gan_school.plotting.samples import (
    add_legend,
    are_images,
    draw_images,
    draw_points,
    point_axes,
    set_title,
)
from gan_school.plotting.style import FAKE, REAL, as_array, in_style

if TYPE_CHECKING:
    import pandas as pd


class Game(Protocol):
    """What a figure asks a game: how D's answers read, and what they are if it can only guess."""

    uses_labels: bool
    judges_by_probability: bool

    @property
    def guess(self) -> float: ...
    def balance(self) -> tuple[float, float]: ...
    def opinion(self, logits: Tensor) -> Tensor: ...


class Run(Protocol):
    """What a figure asks a run: `Run` of the package has it, and so may something smaller."""

    data: Dataset | None
    seeds: int | tuple[int, ...]

    @property
    def game(self) -> Game: ...
    @property
    def history(self) -> pd.DataFrame: ...
    def sample(self, n: int | None = None, *, labels: Any = None) -> Tensor: ...


@in_style
def run(run: Run) -> Figure:
    """One figure for a whole run: its samples above, losses and D's opinion below.

    Samples that are neither images nor points of two or three dimensions are left out.

    Raises:
        ValueError: if it is no run, or was loaded without its data.
    """
    real = _data(run).x
    if not are_images(real) and (real.ndim != 2 or real.shape[1] not in (2, 3)):
        _draw_curves(figure := plt.figure(figsize=(14, 4.2)), run)
        return figure
    chosen = list(range(len(run.seeds)))[:12] if isinstance(run.seeds, tuple) else []
    rows, columns = _layout(len(chosen), most=6) if chosen else (1, 1)
    upper, lower = min(5.3, rows * (14 / columns + 0.3)), 4.2
    figure = plt.figure(figsize=(14, upper + lower))
    above, below = figure.subfigures(2, 1, height_ratios=(upper, lower))
    if chosen:
        _draw_members(above, (rows, columns), run, chosen)
    elif are_images(real):
        shown = _image_sample(run.data)
        fake = run.sample(len(shown), labels=shown.labels if run.game.uses_labels else None)
        for place, (name, x) in enumerate({"real": shown.x, "generated": fake}.items(), 1):
            axes = above.add_subplot(1, 2, place)
            draw_images(axes, as_array(x), 12)
            axes.set_title(name, color={"real": REAL, "generated": FAKE}[name])
    else:
        fake = run.sample(len(real))
        for place, (name, pair, colour) in enumerate(
            (("real", (real, None), REAL), ("generated", (None, fake), FAKE),
             ("both", (real, fake), "black")), 1
        ):  # fmt: skip
            axes = point_axes(above, (1, 3, place), real)
            draw_points(axes, *pair, frame=real)
            set_title(axes, name, color=colour, in_space=0.97)
    _draw_curves(below, run)
    return figure


@in_style
def members(run: Run, *, count: int = 12, order: Sequence[int] | None = None) -> Figure:
    """The samples of the members of a population, one small picture each; points over real ones.

    Args:
        run: a population.
        count: how many members to show at most.
        order: which members, by their place in the population; without it, the first ones.

    Raises:
        ValueError: if the run is a single GAN or was loaded without its data, or has no such
            members.
    """
    data, everyone = _data(run), range(len(run.seeds) if isinstance(run.seeds, tuple) else 0)
    if not everyone:
        raise ValueError("this run is a single GAN, without members. plotting.run draws it.")
    try:
        chosen = [everyone[place] for place in (everyone if order is None else order)]
    except (IndexError, TypeError) as error:
        raise ValueError(
            f"order={order!r}, expected places from 0 to {len(everyone) - 1}, one for each member."
        ) from error
    if not chosen:
        raise ValueError("nothing to draw: order names no member.")
    chosen = chosen[: whole(count, "count")]
    rows, columns = _layout(len(chosen))
    figure = plt.figure(figsize=(3.4 * columns, 3.4 * rows + 0.8))
    _draw_members(figure, (rows, columns), run, chosen)
    if not are_images(data.x):
        add_legend(figure, data.x, data.x)
    return figure


def _data(run: Run) -> Dataset:
    """The data of a run, without which nothing can be drawn."""
    if not all(hasattr(run, part) for part in ("data", "seeds", "game", "history", "sample")):
        raise ValueError(f"{run!r:.80} is no run. Give what train(recipe, data) returns.")
    if run.data is None:
        raise ValueError("this run has no data to draw. Load it with Run.load(folder, data).")
    return run.data


def _draw_curves(figure: Any, run: Run) -> None:
    """The losses, and what D says, side by side."""
    left, right = figure.subplots(1, 2)
    game = run.game
    draw_losses(left, run.history, game.balance())
    guess = game.opinion(torch.tensor(game.guess)).item()
    draw_opinions(right, run.history, guess, game.judges_by_probability)


def _draw_members(figure: Any, shape: tuple[int, int], run: Run, chosen: list[int]) -> None:
    real, pictures = run.data.x, are_images(run.data.x)
    samples = run.sample(36 if pictures else 500)
    for place, index in enumerate(chosen, start=1):
        name = f"seed {run.seeds[index]}"
        if pictures:
            axes = figure.add_subplot(*shape, place)
            draw_images(axes, as_array(samples[index]), 6)
            axes.set_title(name, fontsize=13)
            continue
        axes = point_axes(figure, (*shape, place), real, small=True)
        draw_points(axes, real, samples[index], frame=real, size=3)
        set_title(axes, name, fontsize=13, in_space=1.0)


def _layout(count: int, most: int = 4) -> tuple[int, int]:
    """Rows and columns for so many small pictures: as few rows as needed, and all about full."""
    rows = -(-count // most)
    return rows, -(-count // rows)


def _image_sample(data: Dataset, count: int = 96) -> Dataset:
    """Pictures from all over the data set."""
    return data[np.linspace(0, len(data) - 1, min(count, len(data))).astype(int)]
