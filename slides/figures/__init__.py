"""The figures of the slides, each drawn by the package from data, checkpoints and the ledger.

A deck names a figure as `figures/NAME.svg`, and the function NAME of one of these modules, one for
each deck, draws it. What has to be trained is small, always with the same seed, and takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure

from gan_school import plotting

# A slide shows a figure about 1,150 pixels wide: 12 inches, so that a letter of 17 points has 23.
STYLE = plotting.STYLE | {
    "font.size": 17,
    "axes.titlesize": 19,
    "axes.labelsize": 17,
    "legend.fontsize": 17,
    "lines.linewidth": 3,
    "svg.hashsalt": "gan-school",  # the same figure gives the same file
}
WIDE, HALF = (12.0, 4.8), (6.4, 5.0)
"""In inches: below a heading, and beside words."""

Draw = Callable[[], Figure]
DRAWN: dict[str, Draw] = {}


def figure(function: Draw) -> Draw:
    """Let decks use a function's figure by its name."""
    if function.__name__ in DRAWN:
        raise ValueError(f"two figures are called {function.__name__!r}.")
    DRAWN[function.__name__] = function
    return function


def names() -> list[str]:
    """All figures that there are."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return sorted(DRAWN)


def draw(name: str, path: Path) -> None:
    """Write one figure as SVG.

    Raises:
        KeyError: if there is no figure with this name.
    """
    if name not in names():
        raise KeyError(f"no figure is called {name!r}. There are: {', '.join(names())}.")
    before = plt.get_fignums()
    with plt.rc_context(STYLE), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        drawn = DRAWN[name]()
        drawn.savefig(path, dpi=110, metadata={"Date": None, "Creator": None})
    for number in set(plt.get_fignums()).difference(before):
        plt.close(number)
