"""Fields: what D says of every point of a plane, and which way that would move the samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from gan_school.plotting.samples import as_points
from gan_school.plotting.style import in_style

FINENESS = 80  # points of the ground along either side


@in_style
def field(
    opinion: Callable[[Tensor], Tensor],
    real: Any,
    fake: Any = None,
    *,
    arrows: int = 60,
    title: str = "",
) -> Figure:
    """D's opinion as the ground's colour, blue for real and red for generated, and points on it.

    An arrow shows which way a sample would have to move for D to rate it higher: the direction of
    the opinion's gradient, all that the generator learns from.

    Args:
        opinion: from points, shape (n, 2), to one number each, shape (n,) or (n, 1):
            `run.opinion` of one GAN, for example.
        real: real points, shape (n, 2), which set the frame.
        fake: generated points, shape (m, 2).
        arrows: of how many of these, at most.
        title: a line above the picture.

    Raises:
        ValueError: if points do not have two numbers, or opinions are not one number a point.
    """
    real, fake = (None if x is None else as_points(x, "the points") for x in (real, fake))
    if any(x is not None and x.shape[1] != 2 for x in (real, fake)):
        raise ValueError("a field is drawn in the plane: expected points of two numbers.")
    middle, reach = (real.max(0) + real.min(0)) / 2, 0.6 * np.ptp(real, axis=0).max()
    if not 0 < reach < np.inf:
        raise ValueError("real does not vary, or holds NaN or infinity: nothing to set a frame by.")
    (left, bottom), (right, top) = middle - reach, middle + reach
    figure, axes = plt.subplots(figsize=(5.6, 5.6))
    x, y = np.linspace(left, right, FINENESS), np.linspace(bottom, top, FINENESS)
    ground = _asked(opinion, np.stack(np.meshgrid(x, y), -1).reshape(-1, 2))
    # A probability has its own limits; a score is red below its middle and blue above.
    limits = (0, 1) if ground.min() >= 0 and ground.max() <= 1 else (None, None)
    axes.imshow(
        ground.reshape(FINENESS, FINENESS), cmap="RdBu", origin="lower", alpha=0.75,
        vmin=limits[0], vmax=limits[1], extent=(left, right, bottom, top),
    )  # fmt: skip
    axes.plot(*real.T, ".", color="0.15", ms=2, rasterized=True)
    if fake is not None:
        axes.plot(*fake.T, "o", mfc="white", mec="0.1", mew=0.8, ms=5)
        draw_arrows(axes, opinion, fake[:arrows], step=reach / FINENESS)
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[], title=title)
    return figure


def draw_arrows(
    axes: Axes, opinion: Callable[[Tensor], Tensor], points: np.ndarray, step: float
) -> None:
    """Arrows of one length along the gradient, by central differences over two steps."""
    slopes = [
        _asked(opinion, points + offset) - _asked(opinion, points - offset)
        for offset in step * np.eye(2)
    ]
    slope = np.stack(slopes, -1)
    length = np.linalg.norm(slope, axis=1, keepdims=True)
    arrows = np.divide(slope, length, out=np.zeros_like(slope), where=length > 0)
    axes.quiver(*points.T, *arrows.T, scale=14, width=0.007, color="0.1")


def _asked(opinion: Callable[[Tensor], Tensor], points: np.ndarray) -> np.ndarray:
    """The opinion of each point, shape (n,)."""
    answers = torch.as_tensor(opinion(torch.from_numpy(points).float())).detach().cpu()
    if answers.numel() != len(points):
        raise ValueError(
            f"of {len(points)} points the opinions have shape {tuple(answers.shape)}, expected one "
            "number each. Of a population, ask one member: run[0].opinion."
        )
    return answers.double().reshape(-1).numpy()
