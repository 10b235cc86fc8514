"""Figures of part 2: the first GAN, live. The runs are those of notebook 01, with its seeds."""

from __future__ import annotations

import math
from functools import cache
from itertools import product
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import proj3d
from torch import Tensor
from torch.nn.functional import softplus

from gan_school import checkpoints, datasets, metrics, networks, plotting, recipes, train
from gan_school.datasets.points import spiral_curve
from gan_school.plotting import DISCRIMINATOR, FAKE, GENERATOR, REAL
from gan_school.training import Run
from slides.figures import HALF, WIDE, figure
from slides.figures.parts import curves

N = 1000
STEPS = 6_000  # 150 epochs of 40 turns
EARLY, MIDDLE = 400, 2_000
PULLED = 10  # points whose gradients are shown
GREY = "0.35"


def _normal(n: int, seed: int) -> Tensor:
    """Latent vectors, from a stream of random numbers of their own as in the notebook."""
    return torch.randn(n, 20, generator=torch.Generator().manual_seed(seed))


@cache
def _by_hand() -> tuple[Run, dict[int, Tensor], tuple[Tensor, ...]]:
    """The loop of notebook 01: the run, samples along its way, and half-way both gradients."""
    frames: dict[int, Tensor] = {}
    early: list[Tensor] = []

    def keep(snapshot: Any) -> None:
        if snapshot.step in (EARLY, MIDDLE, STEPS):
            frames[snapshot.step] = snapshot.run.generate(_normal(N, 2))
        if snapshot.step == MIDDLE:
            x = _apart(frames[MIDDLE], PULLED).requires_grad_(True)
            logit = snapshot.run.discriminator.network(x)
            for loss in (softplus(-logit), softplus(logit)):  # G's own, and that of D
                early.append(-torch.autograd.grad(loss.sum(), x, retain_graph=True)[0])
            early.insert(0, x.detach())

    recipe = recipes.CLASSIC_SPIRAL.with_(steps=STEPS)
    run = train(recipe, datasets.spiral(), seed=0, callbacks=[keep])
    return run, frames, tuple(early)


def _apart(x: Tensor, n: int) -> Tensor:
    """Of these points, some inside the picture that lie far from each other."""
    x = x[(x[:, :2].abs() < 1.9).all(1)]
    chosen = x[:1]
    while len(chosen) < n:
        nearest = torch.cdist(x[:, :2], chosen[:, :2]).min(1).values
        chosen = torch.cat([chosen, x[nearest.argmax()][None]])
    return chosen


@cache
def _fresh() -> datasets.Dataset:
    return datasets.spiral().fresh(N)


def _coverage(x: Tensor) -> float:
    return metrics.density_coverage(_fresh(), x, k=5).coverage


def _space(figure: Figure, place: Any, title: str = "", zoom: float = 1.2) -> Axes:
    """Three dimensions, without a box around them."""
    axes = figure.add_subplot(place, projection="3d")
    axes.view_init(**plotting.VIEW)
    axes.computed_zorder = False
    axes.set_axis_off()
    axes.set_box_aspect((4, 4, 3), zoom=zoom)
    low, high = datasets.spiral().x.min(0).values, datasets.spiral().x.max(0).values
    for dimension, start, end in zip("xyz", low, high, strict=True):
        getattr(axes, f"set_{dimension}lim")(float(start), float(end))
    if title:
        axes.set_title(title, y=0.98)
    return axes


def _dots(axes: Axes, x: Tensor, colour: str, size: float = 3, alpha: float = 0.7) -> None:
    axes.plot(*x.T, ".", ms=size, color=colour, alpha=alpha, mew=0, rasterized=True)


def _real_and_fake(axes: Axes, fake: Tensor) -> None:
    """Real points behind generated ones; what lies far outside is left out."""
    x = datasets.spiral().x
    inside = ((fake >= x.min(0).values - 0.4) & (fake <= x.max(0).values + 0.4)).all(1)
    _dots(axes, x, REAL, alpha=0.35)
    _dots(axes, fake[inside], FAKE, 4)


@figure
def spiral_sides() -> Figure:
    """The real points in space and from three sides, coloured by their place on the curve."""
    x = datasets.spiral().x
    figure = plt.figure(figsize=(12, 3.7))
    places = figure.add_gridspec(1, 4, width_ratios=(1.25, 1, 1, 1))
    where = dict(c=np.arange(N), cmap="viridis", s=7, lw=0, rasterized=True)
    _space(figure, places[0], zoom=1.35).scatter(*x.T, **where)
    for place, (across, up) in enumerate(((0, 1), (0, 2), (1, 2)), start=1):
        axes = figure.add_subplot(places[place], aspect="equal")
        axes.scatter(x[:, across], x[:, up], **where)
        axes.set(xlim=(-2.6, 2.6), ylim=(-2.6, 3.4), xticks=[-2, 0, 2], yticks=[-2, 0, 2],
                 xlabel=f"x{'₁₂₃'[across]}", ylabel=f"x{'₁₂₃'[up]}")  # fmt: skip
    return figure


@figure
def scales() -> Figure:
    """The three coordinates: in their own units, standardised, and from an untrained generator."""
    raw = spiral_curve(2 * math.pi * torch.arange(N) / N, torch.randn(N))
    recipe, data = recipes.CLASSIC_SPIRAL.with_(steps=1), datasets.spiral()
    untrained = Run.start(recipe, data, seeds=0).sample(N)
    figure, panels = plt.subplots(1, 3, figsize=HALF, sharey=True)
    for axes, (name, (x, colour)) in zip(
        panels,
        {
            "own units": (raw, REAL),
            "standardised": (data.x, REAL),
            "G at step 0": (untrained, FAKE),
        }.items(),
        strict=True,
    ):
        for coordinate in range(3):
            across = coordinate + 0.5 * (torch.rand(N) - 0.5)
            axes.plot(across, x[:, coordinate], ".", ms=3, mew=0, color=colour, rasterized=True)
        axes.axhspan(-2, 2, color="0.93", lw=0, zorder=0)
        axes.set_title(name, fontsize=17)
        axes.set(xticks=range(3), xticklabels=["x₁", "x₂", "x₃"], xlim=(-0.5, 2.5))
        axes.set_yticks([-4, -2, 0, 2, 4, 6])
        axes.tick_params(axis="x", length=0)
    return figure


@figure
def one_batch() -> Figure:
    """The latent vectors of a batch, the points made of them, and a batch of real points."""
    run, _, _ = _by_hand()
    z = _normal(25, 4)
    data = datasets.spiral()
    real = data.x[torch.randperm(N)[:25]]
    figure = plt.figure(figsize=(12, 4.2))
    places = figure.add_gridspec(1, 3, width_ratios=(0.8, 1, 1))
    left = figure.add_subplot(places[0])
    left.imshow(z, cmap="Greys", vmin=-3, vmax=3, aspect="auto")
    left.set(title="25 latent vectors", xlabel="20 numbers each", xticks=[], yticks=[])
    left.annotate(
        "", (1.24, 0.5), (1.03, 0.5), xycoords="axes fraction",
        arrowprops=dict(arrowstyle="-|>", lw=3, color=GENERATOR, mutation_scale=26),
    )  # fmt: skip
    left.text(1.13, 0.55, "G", transform=left.transAxes, color=GENERATOR, ha="center",
              fontsize=24, fontweight="bold")  # fmt: skip
    for place, name, x, colour, shape in (
        (1, "25 generated points", run.generate(z), FAKE, "^"),
        (2, "25 real points", real, REAL, "o"),
    ):
        axes = _space(figure, places[place])
        axes.set_title(name, y=1.0)
        _dots(axes, data.x, "0.6", 2.5, alpha=0.5)
        axes.plot(*x.T, shape, ms=9, color=colour, mec="white", mew=0.8)
    return figure


@figure
def two_turns() -> Figure:
    """Which way the gradient goes in either turn, and where it is cut."""
    drawn = plotting.Diagram(12, 4.8, size=19, pad=0.45, line=2.6)
    for y, turn, loss, colour in (
        (3.75, "D's turn", "loss of D", DISCRIMINATOR),
        (1.25, "G's turn", "loss of G", GENERATOR),
    ):
        of_d = turn == "D's turn"
        drawn.axes.text(0.05, y, turn, fontsize=21, fontweight="bold", color=colour, va="center")
        drawn.box(2.35, y, "z", "0.25", False)
        drawn.box(4.2, y, "G", GENERATOR if not of_d else "0.55", not of_d)
        drawn.box(6.6, y, "fake", FAKE, False)
        drawn.box(8.75, y, "D", DISCRIMINATOR if of_d else "0.55", of_d)
        drawn.box(11.05, y, loss, "0.25", False)
        for start, end in ((2.7, 3.75), (4.65, 5.95), (7.25, 8.3), (9.2, 10.1)):
            drawn.arrow((start, y + 0.08), (end, y + 0.08))
        back = y - 0.62
        drawn.arrow((11.05, back), (8.75 if of_d else 4.2, back), colour, ls="--")
        if of_d:
            drawn.axes.plot([5.3, 5.3], [y - 0.75, y + 0.6], color=FAKE, lw=5)
            drawn.axes.text(5.3, y + 0.72, ".detach()", fontsize=18, color=FAKE, ha="center",
                            family="monospace", fontweight="bold")  # fmt: skip
            words, x = "gradient stops at D; D steps", 9.9
        else:
            words, x = "gradient passes through D, into G; G alone steps", 7.6
        drawn.axes.text(x, back - 0.36, words, fontsize=17, color=colour, ha="center", va="center")
    return drawn.figure


@figure
def left_over() -> Figure:
    """For some generated points: where G's loss pulls them, and where that of D would."""
    _, _, (x, wanted, caught) = _by_hand()
    data = datasets.spiral().x
    figure, axes = plt.subplots(figsize=HALF)
    axes.plot(*data[:, :2].T, ".", ms=4, mew=0, color=REAL, alpha=0.4, rasterized=True)
    for pull, colour, name in (
        (caught, DISCRIMINATOR, "left by D: be caught"),
        (wanted, GENERATOR, "G's own: look real"),
    ):
        direction = pull[:, :2] / pull[:, :2].norm(dim=1, keepdim=True)
        axes.quiver(*x[:, :2].T, *direction.T, color=colour, scale=8, width=0.012)
        axes.plot([], [], color=colour, lw=4, label=name)
    axes.plot(*x[:, :2].T, "o", ms=11, color=FAKE, mec="white", mew=0.8)
    axes.set(xlabel="x₁", ylabel="x₂", xlim=(-2.6, 2.6), ylim=(-3, 4.6), xticks=[-2, 0, 2],
             yticks=[-2, 0, 2])  # fmt: skip
    axes.legend(loc="upper center", handlelength=1.2)
    return figure


@figure
def boxed() -> Figure:
    """What a sigmoid output can reach, and what a GAN with one has made of it."""
    recipe = recipes.CLASSIC_SPIRAL.with_(generator=networks.mlp(20, 50, 3, output="sigmoid"))
    fake = train(recipe.with_(steps=2_000), datasets.spiral(), seed=0).sample(N)
    data = datasets.spiral().x
    reachable = int(((data > 0) & (data < 1)).all(1).sum())
    figure = plt.figure(figsize=HALF)
    axes = _space(figure, 111, zoom=1.35)
    _dots(axes, data, REAL, 4)
    for start, end in product(product((0, 1), repeat=3), repeat=2):
        if sum(end) - sum(start) == 1 == sum(abs(b - a) for a, b in zip(start, end, strict=True)):
            axes.plot(*zip(start, end, strict=True), color=GREY, lw=2.5)
    axes.plot(*fake.T, "^", ms=7, color=FAKE, mew=0, rasterized=True)
    flat = proj3d.proj_transform(*fake.mean(0).tolist(), axes.get_proj())[:2]
    axes.annotate(
        f"{N:,} generated\npoints", flat, (0.02, 0.2), textcoords="axes fraction", color=FAKE,
        fontsize=18, arrowprops=dict(arrowstyle="-|>", lw=2, color=FAKE, mutation_scale=18),
    )  # fmt: skip
    axes.set_title(f"real points in the box: {reachable} of {N:,}", y=1.0)
    return figure


@figure
def first_curves() -> Figure:
    """The curves of the loop of notebook 01."""
    return curves(_by_hand()[0])


@figure
def same_loss() -> Figure:
    """Samples at three steps, above the loss that hardly moves between them."""
    run, frames, _ = _by_hand()
    figure = plt.figure(figsize=(12, 5.1))
    places = figure.add_gridspec(2, 3, height_ratios=(2.1, 1))
    for place, (step, x) in enumerate(frames.items()):
        axes = _space(figure, places[0, place], zoom=1.3)
        _real_and_fake(axes, x)
        axes.set_title(f"step {step:,}: coverage {_coverage(x):.2f}", y=1.02, fontsize=17)
    below = figure.add_subplot(places[1, :])
    history = run.history
    for name, colour in (("D", DISCRIMINATOR), ("G", GENERATOR)):
        loss = history[f"{name.lower()}_loss"]
        below.plot(history["step"], loss, color=colour)
        below.text(1.015 * STEPS, loss.iloc[-1], name, color=colour, fontsize=19, va="center")
    for step in frames:
        below.axvline(step, color=FAKE, lw=2.5, ls="--")
    below.set(xlabel="step", ylabel="losses", ylim=(0, 2), yticks=[0, 1, 2])
    below.set_xlim(0, 1.01 * STEPS)
    return figure


def _opinions() -> tuple[Tensor, Tensor]:
    """What the trained D says of the real points, and of as many generated ones."""
    run, _, _ = _by_hand()
    fake = run.generate(_normal(N, 1))
    return run.probability_real(run.data.x), run.probability_real(fake)


@figure
def confused() -> Figure:
    """What D says at the end, and the same as a confusion matrix."""
    real, fake = (x.flatten() for x in _opinions())
    figure, (left, right) = plt.subplots(1, 2, figsize=WIDE, width_ratios=(1.25, 1))
    bins = np.linspace(0, 1, 41)
    for x, colour, name in ((real, REAL, "on real"), (fake, FAKE, "on generated")):
        label = f"{name}: {x.mean():.2f} ± {x.std():.2f}"
        left.hist(x, bins, color=colour, alpha=0.55, label=label)
    left.axvline(0.5, ymax=0.68, color=GREY, ls=":", lw=2.5)
    left.set(xlabel="what D says: probability of real", ylabel="points", xticks=[0, 0.5, 1])
    left.set_ylim(0, 1.45 * left.get_ylim()[1])
    left.yaxis.set_major_locator(plt.MaxNLocator(3))
    left.legend(loc="upper left")
    table = torch.tensor([[(x > 0.5).sum(), (x <= 0.5).sum()] for x in (real, fake)])
    right.imshow(table, cmap="Blues", vmin=0, vmax=1.6 * N)
    for (row, column), count in np.ndenumerate(table.numpy()):
        right.text(column, row, f"{count}", ha="center", va="center", fontsize=30)
    right.set_xticks([0, 1], ["called real", "called\ngenerated"])
    right.set_yticks([0, 1], ["real", "generated"])
    right.tick_params(length=0)
    right.spines[:].set_visible(False)
    rightly = (table[0, 0] + table[1, 1]) / table.sum()
    right.set_title(f"right answers: {100 * rightly:.0f} %")
    return figure


@figure
def too_weak() -> Figure:
    """How often our D is right about fresh points, and a new classifier about the same ones."""
    run, frames, _ = _by_hand()
    fake, fresh = frames[STEPS], _fresh()
    new = metrics.two_sample_test(fresh, fake, seed=0)
    says_real = torch.cat([run.probability_real(fresh.x), 1 - run.probability_real(fake)])
    ours = (says_real > 0.5).float().mean().item()
    figure, axes = plt.subplots(figsize=HALF)
    bars = {"our D": (ours, DISCRIMINATOR), "a new\nclassifier": (new, GREY)}
    for place, (share, colour) in enumerate(bars.values()):
        axes.bar(place, 100 * share, width=0.55, color=colour)
        axes.text(place, 100 * share + 2, f"{100 * share:.0f} %", ha="center", fontsize=22)
    axes.axhline(50, color=FAKE, ls="--", lw=3)
    axes.text(1.42, 52, "coin", color=FAKE, ha="left", fontsize=18)
    axes.set_xticks(range(2), list(bars), fontsize=19)
    axes.set(ylabel="right answers, %", ylim=(0, 105), yticks=[0, 50, 100], xlim=(-0.5, 1.75))
    axes.tick_params(axis="x", length=0)
    return figure


@figure
def thirty_two() -> Figure:
    """The coverage of 32 seeds of one recipe, and the samples of the unluckiest and luckiest."""
    run = train(recipes.CLASSIC_SPIRAL.with_(steps=STEPS // 2), datasets.spiral(), seeds=range(32))
    covered = np.array([_coverage(x) for x in run.sample(N)])
    figure = plt.figure(figsize=WIDE)
    places = figure.add_gridspec(1, 3, width_ratios=(1.15, 1, 1))
    left = figure.add_subplot(places[0])
    across = np.random.default_rng(0).uniform(-0.2, 0.2, len(covered))
    left.scatter(across, covered, s=110, color=FAKE, alpha=0.7, lw=0)
    left.plot([-0.4, 0.4], [covered.mean()] * 2, color="black", lw=3)
    left.set(xlim=(-0.6, 0.6), xticks=[], ylabel="coverage", title="32 seeds, one recipe")
    left.set_ylim(0, 1.2 * covered.max())
    left.text(0, 0.02 * covered.max(), f"two differ by\nup to {np.ptp(covered):.2f}", ha="center")
    left.yaxis.set_major_locator(plt.MaxNLocator(4))
    for place, (name, member) in enumerate(
        {"unluckiest": covered.argmin(), "luckiest": covered.argmax()}.items(), start=1
    ):
        axes = _space(figure, places[place])
        _real_and_fake(axes, run[int(member)].sample(N))
        axes.set_title(f"{name}: {covered[member]:.2f}", y=0.98)
    return figure


@figure
def better() -> Figure:
    """Samples of the GAN written by hand, and of the better recipe."""
    _, frames, _ = _by_hand()
    figure = plt.figure(figsize=(6.4, 4.2))
    places = figure.add_gridspec(1, 2)
    for place, (name, x) in enumerate(
        {"by hand": frames[STEPS], "better recipe": checkpoints.load("spiral").sample(N)}.items()
    ):
        axes = _space(figure, places[place], zoom=1.25)
        _real_and_fake(axes, x)
        axes.set_title(f"{name}\ncoverage {_coverage(x):.2f}", y=1.05)
    return figure
