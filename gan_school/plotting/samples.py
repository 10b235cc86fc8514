"""Samples: points of two or three dimensions, and images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from gan_school.checks import whole
from gan_school.plotting.style import FAKE, REAL, VIEW, as_array, check_names, in_style


@in_style
def points(real: Any = None, fake: Any = None, *, title: str = "") -> Figure:
    """Real and generated points in one picture, in two or three dimensions.

    Args:
        real, fake: points of shape (n, 2) or (n, 3); either may be left out.
        title: a line above the picture.

    Raises:
        ValueError: if there are no points, or not of two or three numbers, the same for both.
    """
    given = [x for x in (real, fake) if x is not None]
    if not given:
        raise ValueError("nothing to draw: give real points, generated points, or both.")
    figure = plt.figure(figsize=(7, 5.6))
    axes = point_axes(figure, 111, given[0])
    draw_points(axes, real, fake)
    axes.set_title(title)
    add_legend(figure, real, fake)
    return figure


@in_style
def side_by_side(real: Any, fakes: dict[str, Any], *, columns: int | None = None) -> Figure:
    """Real samples alone, then next to them one picture for each named set of generated ones.

    Args:
        real: points or images.
        fakes: name and samples of each other picture.
        columns: of images, how many in a row; without it, as fits.

    Raises:
        ValueError: if these are neither points that can be drawn nor images, the same for all.
    """
    sets = {"real": (real, None)} | {name: (None, fake) for name, fake in fakes.items()}
    figure = plt.figure(figsize=(4.6 * len(sets), 4.6))
    for place, (name, pair) in enumerate(sets.items(), start=1):
        _draw_panel(figure, (1, len(sets), place), name, *pair, frame=real, columns=columns)
    return figure


@in_style
def film(frames: dict[str, Any], real: Any = None) -> Figure:
    """Pictures in a row, each under its name: how samples change along the way, for example.

    Args:
        frames: name and points, or images, of each picture.
        real: real points to draw behind the others, and to set the frame by.

    Raises:
        ValueError: if there are no frames, or these are neither points that can be drawn nor
            images.
    """
    check_names(frames, "samples")
    figure = plt.figure(figsize=(3.1 * len(frames), 3.3))
    for place, (name, fake) in enumerate(frames.items(), start=1):
        _draw_panel(figure, (1, len(frames), place), name, real, fake, small=True)
    return figure


@in_style
def images(
    x: Any, *, columns: int | None = None, rows: Sequence[str] = (), title: str = ""
) -> Figure:
    """Pictures in a grid.

    Args:
        x: images from −1 to 1, shape (n, channels, height, width).
        columns: how many in a row; without it, as fits.
        rows: a name to stand before each row.
        title: a line above the grid.

    Raises:
        ValueError: if these are no such images, or there are more or fewer names than rows.
    """
    x = as_images(x)
    if columns is None:
        columns = -(-len(x) // len(rows)) if len(rows) else _columns(len(x))
    columns = whole(columns, "columns")
    lines = -(-len(x) // columns)
    if len(rows) not in (0, lines):
        raise ValueError(f"{len(x)} pictures fill {lines} rows, and there are {len(rows)} names.")
    scale = min(1.5, max(0.75, 6 / columns), 12 / columns, 9 / lines)  # inches a picture
    names = 0.13 * max((len(name) for name in rows), default=0)
    figure, axes = plt.subplots(
        figsize=(scale * columns + names + 0.2, scale * lines + 0.2 + 0.4 * bool(title))
    )
    draw_images(axes, x, columns)
    axes.set_title(title)
    if len(rows):
        height = x.shape[2] + _gap(x)
        axes.set_yticks([_gap(x) + x.shape[2] / 2 + height * i for i in range(len(rows))], rows)
        axes.tick_params(length=0)
    return figure


def _draw_panel(
    figure: Figure, place: tuple[int, int, int], name: str, real: Any, fake: Any, *,
    frame: Any = None, columns: int | None = None, small: bool = False,
) -> None:  # fmt: skip
    """One of several pictures in a row: generated images, or points over real ones."""
    shown = real if fake is None else fake
    if are_images(as_array(shown)):
        axes, x = figure.add_subplot(*place), as_images(shown)
        draw_images(axes, x, columns or _columns(len(x), wide=1))
        axes.set_title(name)
        return
    axes = point_axes(figure, place, shown if frame is None else frame, small)
    draw_points(axes, real, fake, frame=frame, size=4 if small else 9)
    set_title(axes, name, in_space=1.04 if small else 0.97)


# ----------------------------------------------------------------------------------------- points


def as_points(x: Any, name: str) -> np.ndarray:
    """Points of two or three numbers, as floats. Those of a generator that diverged may be NaN.

    Raises:
        ValueError: if there are none, or they are something else.
    """
    array = as_array(x, name)
    if array.ndim != 2 or array.shape[1] not in (2, 3):
        raise ValueError(
            f"samples of shape {array.shape[1:]} cannot be drawn as points: only those of 2 or 3 "
            "numbers."
        )
    if not len(array):
        raise ValueError(f"nothing to draw: {name} has no points.")
    return array if array.dtype.kind == "f" else array.astype(float)


def point_axes(figure: Any, place: Any, like: Any, small: bool = False) -> Axes:
    """Axes for points of two or three dimensions."""
    features = as_points(like, "what is to be drawn").shape[1]
    place = place if isinstance(place, tuple) else (place,)
    if features == 2:
        axes = figure.add_subplot(*place, aspect="equal")
        names = ("x₁", "x₂")
    else:
        axes = figure.add_subplot(*place, projection="3d")
        axes.view_init(**VIEW)
        axes.set_box_aspect((4, 4, 3), zoom=1.12 if small else 0.93)
        # What is drawn later lies on top: real points never hide generated ones.
        axes.computed_zorder = False
        names = ("x₁", "x₂", "x₃")
    for dimension, name in zip("xyz", names, strict=False):
        getattr(axes, f"set_{dimension}label")("" if small else name)
        axis = getattr(axes, f"{dimension}axis")
        axis.set_major_locator(MaxNLocator(4))
        if small:
            # not set_ticklabels([]): with it, matplotlib 3.10 finds no room for the picture
            axis.set_major_formatter(NullFormatter())
        elif features == 3:
            axis.set_tick_params(labelsize=11, pad=-1)
            axis.labelpad = 1
    return axes


def set_title(axes: Axes, text: str, in_space: float, **style: Any) -> None:
    """A title, in three dimensions at so many heights of the axes, where they leave room inside."""
    axes.set_title(text, y=in_space if axes.name == "3d" else None, **style)


def draw_points(
    axes: Axes, real: Any = None, fake: Any = None, *, frame: Any = None, size: float = 9
) -> None:
    """Draw the points. The axes are cut to the real ones, so that an outlier shrinks nothing.

    Of real points no more are drawn than of generated ones, and paler, lest they hide these.
    """
    of_real, of_fake, frame = (
        None if x is None else as_points(x, name)
        for x, name in ((real, "real"), (fake, "fake"), (real if frame is None else frame, "real"))
    )
    features = 3 if axes.name == "3d" else 2
    pale = 0.7
    if of_real is not None and of_fake is not None and len(of_fake):
        of_real, pale = of_real[:: max(1, len(of_real) // len(of_fake))], 0.45
    for array, colour, marker, alpha in (
        (of_real, REAL, "o", pale), (of_fake, FAKE, "^", 0.7),
    ):  # fmt: skip
        if array is None:
            continue
        if array.shape[1] != features:
            raise ValueError(
                f"points of {array.shape[1]} numbers cannot be drawn among points of {features}."
            )
        axes.scatter(*array.T, s=size, c=colour, marker=marker, alpha=alpha, lw=0)
    if frame is None:
        return
    low, high = frame.min(0), frame.max(0)
    if not np.isfinite([low, high]).all():
        raise ValueError("real holds NaN or infinity: there is nothing to set the frame by.")
    margin = np.where(high > low, 0.08 * (high - low), 0.5)
    for dimension, start, end in zip("xyz", low - margin, high + margin, strict=False):
        getattr(axes, f"set_{dimension}lim")(start, end)
    if of_fake is not None:
        _hide_outside(axes, low - margin, high + margin, of_fake)


def _hide_outside(axes: Axes, low: np.ndarray, high: np.ndarray, fake: np.ndarray) -> None:
    """In three dimensions matplotlib draws points beyond the axes' box: count them instead."""
    outside = ((fake < low) | (fake > high)).any(1)
    if not outside.any():
        return
    cloud = axes.collections[-1]
    inside = fake[~outside]
    if fake.shape[1] == 3:
        cloud._offsets3d = tuple(inside.T)
    share = f"{outside.mean():.0%} outside" if outside.mean() >= 0.01 else "<1% outside"
    style = dict(transform=axes.transAxes, color=FAKE, fontsize=12)
    if fake.shape[1] == 3:
        axes.text2D(0.5, -0.04, share, ha="center", **style)
    else:  # below the axes, there are numbers already
        axes.text(0.99, 0.01, share, ha="right", va="bottom", **style)


def add_legend(figure: Figure, real: Any, fake: Any) -> None:
    """Which points are real and which generated, below the picture; of None nothing."""
    handles = [
        plt.Line2D([], [], color=colour, marker=marker, ls="", ms=4, label=name)
        for points, colour, marker, name in (
            (real, REAL, "o", "real"), (fake, FAKE, "^", "generated"),
        ) if points is not None
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside lower center", ncols=2)


# ----------------------------------------------------------------------------------------- images


def are_images(x: Any) -> bool:
    """Whether samples have the shape of grey or coloured pictures."""
    return x.ndim == 4 and x.shape[1] in (1, 3)


def as_images(x: Any) -> np.ndarray:
    """Pictures from −1 to 1.

    Raises:
        ValueError: if there are none, or they are something else.
    """
    x = as_array(x)
    if not are_images(x):
        raise ValueError(
            f"samples of shape {x.shape[1:]} cannot be drawn as pictures. Expected (channels, "
            "height, width), with 1 channel for grey or 3 for colour."
        )
    if not len(x):
        raise ValueError("nothing to draw: there are no pictures.")
    if x.dtype.kind != "f":
        raise ValueError(
            f"pictures of whole numbers, {x.dtype}, cannot be drawn: expected −1 to 1. Pixels from "
            "0 to 255 become that by x / 127.5 - 1."
        )
    return x


def _columns(count: int, wide: float = 2.0) -> int:
    """How many pictures to a row, so that the grid is about so many times wider than high."""
    return max(1, min(count, round(np.sqrt(wide * count))))


def _gap(x: np.ndarray) -> int:
    """Pixels between pictures."""
    return max(1, x.shape[2] // 16)


def draw_images(axes: Axes, x: np.ndarray, columns: int) -> None:
    """Draw pictures side by side, with white lines between them and around."""
    n, channels, height, width = x.shape
    gap, rows = _gap(x), -(-n // columns)
    sheet = np.ones((rows * (height + gap) + gap, columns * (width + gap) + gap, channels))
    for place, picture in enumerate(x):
        top = gap + place // columns * (height + gap)
        left = gap + place % columns * (width + gap)
        sheet[top : top + height, left : left + width] = (picture.transpose(1, 2, 0) + 1) / 2
    sheet = sheet.clip(0, 1)
    axes.imshow(sheet[..., 0] if channels == 1 else sheet, cmap="gray", vmin=0, vmax=1)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
