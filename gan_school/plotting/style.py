"""How all figures look, and how what they show is checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.figure import Figure

from gan_school.metrics.samples import as_tensor

# Okabe & Ito, "Color universal design" (2008)
REAL, FAKE = "#0072B2", "#D55E00"
DISCRIMINATOR, GENERATOR = "#009E73", "#AA4499"

STYLE = {
    "font.size": 14,
    "axes.titlesize": 15,
    "axes.labelsize": 14,
    "legend.fontsize": 13,
    "legend.frameon": False,
    "legend.markerscale": 2.5,
    "axes.prop_cycle": cycler(color=[REAL, FAKE, DISCRIMINATOR, GENERATOR, "#E69F00", "#56B4E9"]),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 2,
    "figure.dpi": 80,
    "figure.constrained_layout.use": True,
}

# The spiral hides its windings from most sides. From here one sees all of them.
VIEW = {"elev": 34, "azim": -70}


def in_style(function: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw with the style above, whatever the reader's own settings are, and close the figure.

    A closed figure is still a figure. It is only no longer pyplot's, which would otherwise show it
    a second time below the cell, and keep it in memory.
    """

    @wraps(function)
    def draw(*args: Any, **kwargs: Any) -> Figure:
        before = plt.get_fignums()
        try:
            with plt.rc_context(STYLE):
                return function(*args, **kwargs)
        finally:  # of an error as well, so that no empty figure is shown below it
            for number in set(plt.get_fignums()).difference(before):
                plt.close(number)

    return draw


def as_array(data: Any, name: str = "what is to be drawn") -> np.ndarray:
    """Numbers in any form: a tensor on any device, an array, a data frame, or a `Dataset`.

    Raises:
        ValueError: if they are no real numbers.
    """
    return as_tensor(data, name).numpy()


def check_names(given: Any, what: str) -> None:
    """Raise a ValueError if this is not a dictionary with something in it."""
    if not isinstance(given, Mapping) or not given:
        raise ValueError(
            f"nothing to draw: expected a dictionary of names and {what}, got {given!r:.80}."
        )


def check_columns(table: Any, columns: Collection[str], source: str) -> None:
    """Raise a ValueError if this is not a table with these columns."""
    missing = [column for column in columns if column not in getattr(table, "columns", ())]
    if missing:
        raise ValueError(f"this is no {source}: it has no {', '.join(missing)}. Give {source}.")
