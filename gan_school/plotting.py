"""Pictures: large letters for a projector, colours that colour-blind readers can tell apart.

Every function returns a matplotlib figure. A notebook shows it when it is the last line of a cell;
`figure.savefig("picture.png")` writes it to a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter
from torch import Tensor, nn

from gan_school.datasets import Dataset
from gan_school.games import GAN
from gan_school.networks.description import Network, evaluating
from gan_school.randomness import undisturbed

if TYPE_CHECKING:
    from gan_school.training import Run

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


def _in_style(function: Callable[..., Figure]) -> Callable[..., Figure]:
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


@_in_style
def points(real: Any = None, fake: Any = None, *, title: str = "") -> Figure:
    """Real and generated points in one picture, in two or three dimensions.

    Args:
        real, fake: points of shape (n, 2) or (n, 3); either may be left out.
        title: a line above the picture.
    """
    given = [x for x in (real, fake) if x is not None]
    if not given:
        raise ValueError("nothing to draw: give real points, generated points, or both.")
    figure = plt.figure(figsize=(7, 5.6))
    axes = _point_axes(figure, 111, given[0])
    _scatter(axes, real, fake)
    axes.set_title(title)
    _point_legend(figure, real, fake)
    return figure


@_in_style
def side_by_side(real: Any, fakes: dict[str, Any], *, columns: int | None = None) -> Figure:
    """Real samples alone, then next to them one picture for each named set of generated ones.

    Args:
        real: points or images.
        fakes: name and samples of each other picture.
        columns: of images, how many in a row; without it, as fits.
    """
    figure = plt.figure(figsize=(4.6 * (1 + len(fakes)), 4.6))
    for place, (name, fake) in enumerate({"real": None, **fakes}.items(), start=1):
        if _are_images(_array(real)):
            axes = figure.add_subplot(1, 1 + len(fakes), place)
            shown = _array(real if fake is None else fake)
            _show_images(axes, shown, columns or _columns(len(shown), wide=1))
            axes.set_title(name)
            continue
        axes = _point_axes(figure, (1, 1 + len(fakes), place), real)
        _scatter(axes, real if fake is None else None, fake, frame=real)
        _title(axes, name, in_space=0.97)
    return figure


@_in_style
def images(
    x: Any, *, columns: int | None = None, rows: Sequence[str] = (), title: str = ""
) -> Figure:
    """Pictures in a grid.

    Args:
        x: images from −1 to 1, shape (n, channels, height, width).
        columns: how many in a row; without it, as fits.
        rows: a name to stand before each row.
        title: a line above the grid.
    """
    x = _array(x)
    _check_images(x)
    columns = columns or (-(-len(x) // len(rows)) if rows else _columns(len(x)))
    lines = -(-len(x) // columns)
    scale = min(1.5, max(0.75, 6 / columns), 12 / columns, 9 / lines)  # inches a picture
    names = 0.13 * max((len(name) for name in rows), default=0)
    figure, axes = plt.subplots(
        figsize=(scale * columns + names + 0.2, scale * lines + 0.2 + 0.4 * bool(title))
    )
    _show_images(axes, x, columns)
    axes.set_title(title)
    if rows:
        height = x.shape[2] + _gap(x)
        axes.set_yticks([_gap(x) + x.shape[2] / 2 + height * i for i in range(len(rows))], rows)
        axes.tick_params(length=0)
    return figure


@_in_style
def feature_maps(network: Network, *inputs: Tensor) -> Figure:
    """What becomes of one sample on its way through a network: the size of everything in between.

    A stack of sheets stands for feature maps, the more sheets the more maps; a bar for a vector.

    Args:
        network: a description, such as `networks.dcgan_generator(16)`, or a module.
        inputs: what to feed it, a batch of one or more.
    """
    stages = _stages(network, *inputs)
    ends = DISCRIMINATOR if stages[-1] == (1,) else GENERATOR
    figure, axes = plt.subplots()
    axes.set_aspect("equal")
    gap, x, top = 0.75, 0.0, 0.0
    for place, stage in enumerate(stages):
        colour = ends if place in (0, len(stages) - 1) else "0.6"
        maps, side = (1, 0.12) if len(stage) == 1 else (stage[0], 0.35 * np.log2(stage[-1]))
        height = 0.3 * np.log2(stage[0] + 1) if len(stage) == 1 else side
        sheets = maps if maps < 5 else 1 + int(np.log2(maps))
        for sheet in reversed(range(sheets)):
            corner = (x + 0.09 * sheet, 0.09 * sheet)
            axes.add_patch(plt.Rectangle(corner, side, height, fc=colour, ec="white", lw=1.2))
        width = side + 0.09 * (sheets - 1)
        words = f"{stage[0]}" if len(stage) == 1 else f"{maps} ×\n{stage[1]}×{stage[2]}"
        axes.text(x + width / 2, -0.15, words, ha="center", va="top")
        if place:
            axes.annotate(
                "", (x - 0.12, 0.5), (x - gap + 0.12, 0.5),
                arrowprops=dict(arrowstyle="-|>", lw=1.8, color="0.3"),
            )  # fmt: skip
        x += width + gap
        top = max(top, height + 0.09 * (sheets - 1))
    axes.set(xlim=(-0.5, x - gap + 0.5), ylim=(-1.1, top + 0.1))
    axes.axis("off")
    figure.set_size_inches(0.95 * (x - gap + 1), 0.95 * (top + 1.2))
    return figure


@_in_style
def progress(values: pd.Series, label: str = "", best: float | None = None) -> Figure:
    """A metric over the steps of a training.

    Args:
        values: one number per step, the steps being the index.
        label: what is measured.
        best: a yardstick to draw as a dotted line, what real samples score for example.
    """
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


@_in_style
def losses(history: pd.DataFrame) -> Figure:
    """The losses of discriminator and generator over the steps, with their values at balance.

    Args:
        history: `run.history`, of one GAN or of a population.
    """
    figure, axes = plt.subplots(figsize=(8, 4.2))
    _losses(axes, history)
    return figure


@_in_style
def opinions(history: pd.DataFrame) -> Figure:
    """D's average answer on real and on generated samples over the steps, with a band of one sd.

    Args:
        history: `run.history`, of one GAN or of a population.
    """
    figure, axes = plt.subplots(figsize=(8, 4.2))
    _opinions(axes, history)
    return figure


@_in_style
def members(run: Run, *, count: int = 12, order: Sequence[int] | None = None) -> Figure:
    """The samples of the members of a population, one small picture each; points over real ones.

    Args:
        run: a population.
        count: how many members to show at most.
        order: which members, by their place in the population; without it, the first ones.

    Raises:
        ValueError: if the run is a single GAN, or was loaded without its data.
    """
    if not run.random.population:
        raise ValueError("this run is a single GAN, without members. plotting.run draws it.")
    _check_data(run)
    chosen = list(range(len(run)) if order is None else order)[:count]
    rows, columns = _layout(len(chosen))
    figure = plt.figure(figsize=(3.4 * columns, 3.4 * rows + 0.5))
    _members(figure, (rows, columns), run, chosen)
    if not _are_images(run.data.x):
        _point_legend(figure, run.data.x, run.data.x)
    return figure


@_in_style
def run(run: Run) -> Figure:
    """One figure for a whole run: its samples above, losses and D's opinion below.

    Samples that are neither images nor points of two or three dimensions are left out.

    Raises:
        ValueError: if the run was loaded without its data.
    """
    _check_data(run)
    real = run.data.x
    if not _are_images(real) and (real.ndim != 2 or real.shape[1] not in (2, 3)):
        figure, (left, right) = plt.subplots(1, 2, figsize=(14, 4.2))
        _losses(left, run.history, run)
        _opinions(right, run.history, run)
        return figure
    chosen = list(range(min(12, len(run)))) if run.random.population else []
    rows, columns = _layout(len(chosen), most=6) if chosen else (1, 1)
    upper, lower = min(5.3, rows * (14 / columns + 0.3)), 4.2
    figure = plt.figure(figsize=(14, upper + lower))
    above, below = figure.subfigures(2, 1, height_ratios=(upper, lower))
    if chosen:
        _members(above, (rows, columns), run, chosen)
    elif _are_images(real):
        labels = run.labels
        shown = _image_sample(run.data)
        fake = run.sample(len(shown), labels=None if labels is None else shown.labels)
        for place, (name, x) in enumerate({"real": shown.x, "generated": fake}.items(), 1):
            axes = above.add_subplot(1, 2, place)
            _show_images(axes, _array(x), 12)
            axes.set_title(name, color={"real": REAL, "generated": FAKE}[name])
    else:
        fake = run.sample(len(real))
        for place, (name, pair) in enumerate(
            {"real": (real, None), "generated": (None, fake), "both": (real, fake)}.items(), 1
        ):
            axes = _point_axes(above, (1, 3, place), real)
            _scatter(axes, *pair, frame=real)
            _title(
                axes,
                name,
                color={"real": REAL, "generated": FAKE}.get(name, "black"),
                in_space=0.97,
            )
    left, right = below.subplots(1, 2)
    _losses(left, run.history, run)
    _opinions(right, run.history, run)
    return figure


@_in_style
def film(frames: dict[str, Any], real: Any = None) -> Figure:
    """Pictures in a row, each under its name: how samples change along the way, for example.

    Args:
        frames: name and points, or images, of each picture.
        real: real points to draw behind the others, and to set the frame by.
    """
    figure = plt.figure(figsize=(3.1 * len(frames), 3.3))
    for place, (name, fake) in enumerate(frames.items(), start=1):
        if _are_images(_array(fake)):
            axes = figure.add_subplot(1, len(frames), place)
            _show_images(axes, _array(fake), _columns(len(fake), wide=1))
            axes.set_title(name)
            continue
        axes = _point_axes(figure, (1, len(frames), place), fake, small=True)
        _scatter(axes, real, fake, size=4)
        _title(axes, name, in_space=1.04)
    return figure


@_in_style
def forest(effects: pd.DataFrame) -> Figure:
    """What many tricks gain, with 95 % intervals: a line for each, a panel for each task.

    Right of the dotted line is better. Filled where the interval leaves zero out and the gain is
    large enough to matter, hollow where no difference was seen. Circles are for the long budget,
    triangles above them for the short one.

    Args:
        effects: `trick`, `variant`, `task`, `budget`, `metric`, `gain`, `gain_low`, `gain_high` and
            `verdict`, as `Ledger.effects` gives them.
    """
    tasks = list(dict.fromkeys(effects["task"]))
    lines = list(dict.fromkeys(zip(effects["trick"], effects["variant"], strict=True)))
    budgets = list(dict.fromkeys(effects["budget"]))
    place = {line: -row for row, line in enumerate(lines)}
    named = [f"{trick}  {name}" for trick, name in lines]
    tall = 0.3 if len(budgets) == 1 else 0.5
    figure, panels = plt.subplots(
        1,
        len(tasks),
        sharey=True,
        squeeze=False,
        figsize=(0.5 + 0.105 * max(map(len, named)) + 3.1 * len(tasks), 1.6 + tall * len(lines)),
    )
    colours = {"helps": DISCRIMINATOR, "hurts": FAKE}
    for axes, task in zip(panels[0], tasks, strict=True):
        of_task = effects[effects["task"] == task]
        for row in of_task.itertuples():
            above = 0.17 if row.budget == "short" else -0.17
            y = place[row.trick, row.variant] + above * (len(budgets) > 1)
            colour = colours.get(row.verdict, "0.55")
            axes.plot([row.gain_low, row.gain_high], [y, y], color=colour, lw=2)
            filled = colour if row.verdict in colours else "white"
            shape = "^" if row.budget == "short" else "o"
            axes.plot(row.gain, y, shape, color=colour, mfc=filled, ms=7)
        axes.axvline(0, color="0.3", ls=":", lw=1.2)
        metric = of_task["metric"].iloc[0].replace("_", " ").replace("wasserstein", "Wasserstein")
        axes.set(title=task, xlabel=f"gain in {metric}")
        axes.xaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2))
        axes.tick_params(axis="y", length=0)
    panels[0][0].set_yticks(list(place.values()), named)
    panels[0][0].set_ylim(-len(lines) + 0.5, 0.5)
    key = [
        plt.Line2D([], [], color=colour, mfc=fill, marker="s", ls="", ms=7, label=name)
        for name, colour, fill in (
            *((name, colour, colour) for name, colour in colours.items()),
            ("no difference seen", "0.55", "white"),
        )
    ]
    if len(budgets) > 1:
        key += [
            plt.Line2D([], [], color="0.3", marker=shape, ls="", ms=7, label=f"{name} budget")
            for name, shape in (("short", "^"), ("long", "o"))
        ]
    figure.legend(handles=key, loc="outside lower center", ncols=len(key))
    return figure


@_in_style
def spread(values: dict[str, Any], label: str = "") -> Figure:
    """Every value as a dot, one row for each name; a bar marks the mean.

    Args:
        values: name and numbers of each row, one number for each seed for example.
        label: what is measured; without it, the name where there is only one.
    """
    figure, axes = plt.subplots(figsize=(9, 1.5 + 0.8 * len(values)))
    jitter = np.random.default_rng(0)
    for row, numbers in enumerate(values.values()):
        numbers = _array(numbers)
        offsets = jitter.uniform(-0.16, 0.16, len(numbers))
        size = 70 if len(numbers) < 60 else 16
        axes.scatter(numbers, row + offsets, s=size, color=FAKE, alpha=0.7, lw=0)
        axes.plot([numbers.mean()] * 2, [row - 0.34, row + 0.34], color="black", lw=3)
    names = list(values)
    axes.set_yticks(range(len(names)), names if len(names) > 1 else [""])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel(label or (names[0] if len(names) == 1 else ""))
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure


class Diagram:
    """Boxes and arrows: who gives what to whom.

    Args:
        width, height: of the drawing, in inches; places in it are given in these, too.
        size: of the letters, in points; without it, what the style says.
        pad: between words and the edge of their box.
        line: the width of arrows; that of edges is nearly as much.
    """

    def __init__(
        self, width: float, height: float, size: float | None = 15, pad: float = 0.55,
        line: float = 2.2,
    ) -> None:  # fmt: skip
        self.figure, self.axes = plt.subplots(figsize=(width, height))
        self.axes.set(xlim=(0, width), ylim=(0, height))
        self.axes.axis("off")
        self.size, self.pad, self.line = size, pad, line

    def box(self, x: float, y: float, text: str, colour: str, filled: bool = False) -> None:
        """Words in a box around (x, y)."""
        self.axes.text(
            x, y, text, ha="center", va="center", fontsize=self.size, linespacing=1.5,
            color="white" if filled else colour, fontweight="bold" if filled else "normal",
            bbox=dict(
                boxstyle=f"round,pad={self.pad}", lw=2, ec=colour,
                fc=colour if filled else "white",
            ),
        )  # fmt: skip

    def arrow(
        self, start: tuple, end: tuple, colour: str = "0.25", bend: float = 0, **style: Any
    ) -> None:
        """An arrow, straight or bent; `ls="--"` dashes it."""
        self.axes.annotate(
            "", end, start,
            arrowprops=dict(
                arrowstyle="-|>", lw=self.line, color=colour, mutation_scale=9 * self.line + 0.2,
                connectionstyle=f"arc3,rad={bend}", **style,
            ),
        )  # fmt: skip


@_in_style
def game() -> Figure:
    """A GAN in one picture: who gives what to whom, and who learns from what."""
    drawn = Diagram(12, 4.6)
    drawn.box(1.15, 2.0, "latent z\nrandom numbers", "0.25")
    drawn.box(3.95, 2.0, "generator\nG", GENERATOR, filled=True)
    drawn.box(6.35, 2.0, "generated\nG(z)", FAKE)
    drawn.box(6.35, 3.9, "real\nx", REAL)
    drawn.box(8.85, 2.95, "discriminator\nD", DISCRIMINATOR, filled=True)
    drawn.box(11.15, 2.95, "real or\ngenerated?", "0.25")
    drawn.arrow((2.3, 2.0), (3.05, 2.0))
    drawn.arrow((4.85, 2.0), (5.45, 2.0))
    drawn.arrow((7.2, 2.15), (7.75, 2.6))
    drawn.arrow((6.95, 3.75), (7.75, 3.3))
    drawn.arrow((9.95, 2.95), (10.3, 2.95))
    drawn.arrow((11.1, 2.3), (4.0, 1.25), GENERATOR, bend=-0.22, ls="--")
    drawn.arrow((11.1, 3.6), (8.95, 3.6), DISCRIMINATOR, bend=0.45, ls="--")
    drawn.axes.text(
        7.9, 0.5, "G learns to be called real", color=GENERATOR, fontsize=15, ha="center"
    )
    drawn.axes.text(
        10.1, 4.4, "D learns the right answer", color=DISCRIMINATOR, fontsize=15, ha="center"
    )
    return drawn.figure


# ---------------------------------------------------------------- parts


def _check_data(run: Run) -> None:
    if run.data is None:
        raise ValueError("this run has no data to draw. Load it with Run.load(folder, data).")


def _layout(count: int, most: int = 4) -> tuple[int, int]:
    """Rows and columns for so many small pictures: as few rows as needed, and all about full."""
    rows = -(-count // most)
    return rows, -(-count // rows)


def _members(figure: Any, shape: tuple[int, int], run: Run, chosen: list[int]) -> None:
    images = _are_images(run.data.x)
    samples = run.sample(36 if images else 500)
    for place, index in enumerate(chosen, start=1):
        if images:
            axes = figure.add_subplot(*shape, place)
            _show_images(axes, _array(samples[index]), 6)
            axes.set_title(f"seed {run.random.seeds[index]}", fontsize=13)
            continue
        axes = _point_axes(figure, (*shape, place), run.data.x, small=True)
        _scatter(axes, run.data.x, samples[index], frame=run.data.x, size=3)
        _title(axes, f"seed {run.random.seeds[index]}", fontsize=13, in_space=1.0)


def _are_images(x: Any) -> bool:
    return x.ndim == 4 and x.shape[1] in (1, 3)


def _check_images(x: np.ndarray) -> None:
    if not _are_images(x):
        raise ValueError(
            f"samples of shape {x.shape[1:]} cannot be drawn as pictures. Expected (channels, "
            "height, width), with 1 channel for grey or 3 for colour."
        )
    if not len(x):
        raise ValueError("nothing to draw: there are no pictures.")


def _image_sample(data: Dataset, count: int = 96) -> Dataset:
    """Pictures from all over the data set."""
    return data[np.linspace(0, len(data) - 1, min(count, len(data))).astype(int)]


def _columns(count: int, wide: float = 2.0) -> int:
    """How many pictures to a row, so that the grid is about so many times wider than high."""
    return max(1, min(count, round(np.sqrt(wide * count))))


def _gap(x: np.ndarray) -> int:
    """Pixels between pictures."""
    return max(1, x.shape[2] // 16)


def _show_images(axes: Axes, x: np.ndarray, columns: int) -> None:
    """Draw pictures side by side, with white lines between them."""
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


def _stages(network: Any, *inputs: Tensor) -> list[tuple[int, ...]]:
    """The shapes of one sample on its way, wherever the shape changes."""
    with undisturbed():
        module = network.build() if isinstance(network, Network) else network
    shapes = [tuple(inputs[0].shape[1:])]
    hooks = [
        layer.register_forward_hook(
            lambda _layer, _inputs, out: shapes.append(tuple(out.shape[1:]))
        )
        for layer in module.modules()
        if not list(layer.children()) and not isinstance(layer, nn.Flatten | nn.Embedding)
    ]
    with evaluating(module), torch.no_grad():
        module(*inputs)
    for hook in hooks:
        hook.remove()
    changed = [new for old, new in pairwise([(), *shapes]) if new != old]
    # a linear layer whose numbers are at once arranged as feature maps is one stage, not two
    return [
        stage for stage, after in zip(changed, [*changed[1:], ()], strict=True)
        if not (len(stage) == 1 and len(after) == 3 and stage[0] == np.prod(after))
    ]  # fmt: skip


def _point_axes(figure: Any, place: Any, like: Any, small: bool = False) -> Axes:
    """Axes for points of two or three dimensions."""
    shape = _array(like).shape
    if len(shape) != 2 or shape[1] not in (2, 3):
        raise ValueError(
            f"samples of shape {shape[1:]} cannot be drawn as points: only those of 2 or 3 numbers."
        )
    features = shape[1]
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
        axis.set_major_locator(plt.MaxNLocator(4))
        if small:
            # not set_ticklabels([]): with it, matplotlib 3.10 finds no room for the picture
            axis.set_major_formatter(NullFormatter())
        elif features == 3:
            axis.set_tick_params(labelsize=11, pad=-1)
            axis.labelpad = 1
    return axes


def _title(axes: Axes, text: str, in_space: float, **style: Any) -> None:
    """A title, in three dimensions at so many heights of the axes, where they leave room inside."""
    axes.set_title(text, y=in_space if axes.name == "3d" else None, **style)


def _scatter(
    axes: Axes, real: Any = None, fake: Any = None, *, frame: Any = None, size: float = 9
) -> None:
    """Draw the points. The axes are cut to the real ones, so that an outlier shrinks nothing."""
    for points, colour, marker in ((real, REAL, "o"), (fake, FAKE, "^")):
        if points is not None:
            axes.scatter(*_array(points).T, s=size, c=colour, marker=marker, alpha=0.7, lw=0)
    frame = real if frame is None else frame
    if frame is not None:
        low, high = _array(frame).min(0), _array(frame).max(0)
        margin = 0.08 * (high - low)
        for dimension, start, end in zip("xyz", low - margin, high + margin, strict=False):
            getattr(axes, f"set_{dimension}lim")(start, end)
        if fake is not None:
            _hide_outside(axes, low - margin, high + margin, _array(fake))


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


def _point_legend(figure: Figure, real: Any, fake: Any) -> None:
    handles = []
    for points, colour, marker, name in (
        (real, REAL, "o", "real"), (fake, FAKE, "^", "generated"),
    ):  # fmt: skip
        if points is not None:
            handles.append(plt.Line2D([], [], color=colour, marker=marker, ls="", ms=4, label=name))
    figure.legend(handles=handles, loc="outside lower center", ncols=2)


def _losses(axes: Axes, history: pd.DataFrame, run: Run | None = None) -> None:
    game = GAN() if run is None else run.game
    for name, colour, balance in zip(
        ("discriminator", "generator"), (DISCRIMINATOR, GENERATOR), game.balance(), strict=True
    ):
        _curve(axes, history, f"{name[0]}_loss", colour, name)
        axes.axhline(balance, color=colour, ls=":", lw=1.3)
    axes.set(xlabel="step", ylabel="loss", title="Losses (dotted: if D could only guess)")
    axes.legend(loc="upper right", ncols=2)
    _headroom(axes)


def _opinions(axes: Axes, history: pd.DataFrame, run: Run | None = None) -> None:
    game = GAN() if run is None else run.game
    for column, colour, name in (("d_real", REAL, "real"), ("d_fake", FAKE, "generated")):
        _curve(axes, history, column, colour, f"on {name}", sd=f"{column}_sd")
    axes.axhline(game.opinion(torch.tensor(game.guess)).item(), color="0.35", ls=":", lw=1.3)
    band = "middle 80 % of the seeds" if "seed" in history else "± 1 sd"
    axes.set(xlabel="step", title=f"What D says (band: {band})")
    if game.judges_by_probability:
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


def _headroom(axes: Axes) -> None:
    """Leave room for the legend above the curves."""
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0), high + 0.18 * (high - min(low, 0)))


def _array(points: Any) -> np.ndarray:
    if isinstance(points, Dataset):
        points = points.x
    if isinstance(points, Tensor):
        return points.detach().cpu().numpy()
    return np.asarray(points)
