"""Curves over the steps of a training: losses, opinions, metrics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gan_school.plotting.style import (
    DISCRIMINATOR,
    FAKE,
    GENERATOR,
    REAL,
    check_columns,
    in_style,
)

if TYPE_CHECKING:
    import pandas as pd


@in_style
def progress(values: pd.Series, label: str = "", best: float | None = None) -> Figure:
    """A metric over the steps of a training.

    Args:
        values: one number per step, the steps being the index.
        label: what is measured.
        best: a yardstick to draw as a dotted line, what real samples score for example.
    """
    import pandas as pd

    values = pd.Series(values)
    figure, axes = plt.subplots(figsize=(8, 4.2))
    axes.plot(values.index, values, color=GENERATOR, marker="o", ms=5)
    if best is not None:
        axes.axhline(best, color=REAL, ls=":", label="real samples")
        axes.legend(loc="upper right")
    axes.set(xlabel="step", ylabel=label or values.name)
    least = values.min() if best is None else min(best, values.min())
    if 0 < 20 * least < values.max():
        axes.set_yscale("log")  # else the start alone would fill the picture
    else:
        axes.set_ylim(bottom=min(0, values.min()))
    return figure


@in_style
def losses(history: pd.DataFrame) -> Figure:
    """The losses of discriminator and generator over the steps, with their values at balance.

    Args:
        history: `run.history`, of one GAN or of a population.

    Raises:
        ValueError: if it is no such record.
    """
    figure, axes = plt.subplots(figsize=(8, 4.2))
    draw_losses(axes, history)
    return figure


@in_style
def opinions(history: pd.DataFrame) -> Figure:
    """D's average answer on real and on generated samples over the steps, with a band of one sd.

    Args:
        history: `run.history`, of one GAN or of a population.

    Raises:
        ValueError: if it is no such record.
    """
    figure, axes = plt.subplots(figsize=(8, 4.2))
    draw_opinions(axes, history)
    return figure


def draw_losses(
    axes: Axes, history: Any, balance: tuple[float, float] = (2 * math.log(2), math.log(2))
) -> None:
    """Both losses, and dotted what they are where D can only guess: in the original game 2 log 2
    and log 2.
    """
    check_columns(history, ("step", "d_loss", "g_loss"), "run.history")
    for name, colour, level in zip(
        ("discriminator", "generator"), (DISCRIMINATOR, GENERATOR), balance, strict=True
    ):
        _curve(axes, history, f"{name[0]}_loss", colour, name)
        axes.axhline(level, color=colour, ls=":", lw=1.3)
    axes.set(xlabel="step", ylabel="loss", title="Losses (dotted: if D could only guess)")
    axes.legend(loc="upper right", ncols=2)
    low, high = axes.get_ylim()
    low = min(low, 0)
    axes.set_ylim(low, high + 0.18 * (high - low))  # room for the legend above the curves


def draw_opinions(axes: Axes, history: Any, guess: float = 0.5, probability: bool = True) -> None:
    """D's mean opinions, and dotted what it says where it can only guess."""
    columns = {"d_real": (REAL, "on real"), "d_fake": (FAKE, "on generated")}
    check_columns(history, ("step", *columns, *(f"{c}_sd" for c in columns)), "run.history")
    for column, (colour, name) in columns.items():
        _curve(axes, history, column, colour, name, sd=f"{column}_sd")
    axes.axhline(guess, color="0.35", ls=":", lw=1.3)
    band = "middle 80 % of the seeds" if "seed" in history else "± 1 sd"
    axes.set(xlabel="step", title=f"What D says (band: {band})")
    if probability:
        axes.set_ylabel("D: probability of real")
        axes.set_ylim(0, 1.18)  # room for the legend above what may be 1
        axes.set_yticks(np.linspace(0, 1, 6))
    else:
        axes.set_ylabel("D: score")
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.18 * (high - low))
    axes.legend(loc="upper right", ncols=2)


def _curve(
    axes: Axes, history: pd.DataFrame, column: str, colour: str, name: str, sd: str | None = None
) -> None:
    """A line for one GAN; for a population the median and the band of its middle 80 %."""
    if "seed" in history:
        by_step = history.groupby("step")[column]
        middle, low, high = by_step.median(), by_step.quantile(0.1), by_step.quantile(0.9)
    else:
        middle = history.set_index("step")[column]
        width = 0 if sd is None else history.set_index("step")[sd]
        low, high = middle - width, middle + width
    axes.plot(middle.index, middle, color=colour, label=name)
    axes.fill_between(middle.index, low, high, color=colour, alpha=0.2, lw=0)
