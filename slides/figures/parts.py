"""What the figures have in common."""

from __future__ import annotations

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from gan_school.plotting import DISCRIMINATOR, FAKE, GENERATOR, REAL
from gan_school.training import Run
from slides.figures import WIDE


def images(axes: Axes, x: Tensor, columns: int) -> None:
    """Pictures in rows, in one panel."""
    x = (x.clamp(-1, 1) + 1) / 2
    rows = [torch.cat(list(row), dim=-1) for row in x.split(columns)]
    picture = torch.cat(rows, dim=-2)
    shown = picture[0] if len(picture) == 1 else picture.permute(1, 2, 0)
    axes.imshow(shown, cmap="gray", vmin=0, vmax=1, interpolation="none")
    axes.set_axis_off()


def curves(run: Run) -> Figure:
    """Losses, and what D says, side by side."""
    figure, (left, right) = plt.subplots(1, 2, figsize=WIDE)
    history = run.history
    for name, colour, balance in zip(
        ("discriminator", "generator"), (DISCRIMINATOR, GENERATOR), run.game.balance(), strict=True
    ):
        left.plot(history["step"], history[f"{name[0]}_loss"], color=colour, label=name)
        left.axhline(balance, color=colour, ls=":", lw=2)
    for name, column, colour in (("on real", "d_real", REAL), ("on generated", "d_fake", FAKE)):
        right.plot(history["step"], history[column], color=colour, label=name)
    right.axhline(0.5, color="0.4", ls=":", lw=2)
    left.set(xlabel="step", title="losses", ylim=(0, None))
    right.set(xlabel="step", title="what D says: probability of real", ylim=(0, 1))
    for axes in (left, right):
        axes.legend(loc="upper right", ncols=2)
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.18 * (high - low))
    return figure
