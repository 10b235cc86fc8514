"""Figures of part 3: conditional GAN and DCGAN."""

from __future__ import annotations

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn import functional as F

from gan_school import checkpoints, datasets, metrics, plotting, recipes, train
from gan_school.datasets import Dataset
from gan_school.plotting import DISCRIMINATOR, FAKE, GENERATOR, REAL
from slides.figures import HALF, WIDE, figure
from slides.figures.parts import images

QUIET = "0.25"
SHORT = 80  # steps of the two trainings of this module


@cache
def _digits() -> Dataset:
    return datasets.digits(16)


def _of(label: int) -> Tensor:
    """All training pictures of one digit."""
    return _digits().x[_digits().labels == label]


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _rows(axes: Axes, x: Tensor, columns: int, names: list[str] | None = None) -> None:
    """Pictures in rows with white lines between them, and a name before each row."""
    sharp = x.repeat_interleave(6, -1).repeat_interleave(6, -2)  # else a browser blurs the pixels
    framed = F.pad(sharp, (4, 4, 4, 4), value=1.0)
    images(axes, framed, columns)
    for row, name in enumerate(names or []):
        middle = framed.shape[-2] * (row + 0.5)
        axes.text(-12, middle, name, ha="right", va="center")


# -------------------------------------------------------------------------------------- notebook 02


@figure
def real_digits() -> Figure:
    """Real digits, one kind a row."""
    figure, axes = plt.subplots(figsize=HALF)
    _rows(axes, torch.cat([_of(label)[:12] for label in range(10)]), 12, list("0123456789"))
    return figure


@figure
def told_the_label() -> Figure:
    """Who gives what to whom in a conditional GAN."""
    drawn = plotting.Diagram(12, 4.8, size=None, pad=0.5, line=2.4)
    drawn.box(1.15, 3.05, "latent z", QUIET)
    drawn.box(1.15, 1.05, "label y", FAKE, filled=True)
    drawn.box(3.75, 2.2, "generator\nG", GENERATOR, filled=True)
    drawn.box(6.3, 2.2, "generated\nG(z, y)", QUIET)
    drawn.box(6.3, 4.1, "real x\nwith its own y", REAL)
    drawn.box(9.0, 3.15, "discriminator\nD", DISCRIMINATOR, filled=True)
    drawn.box(11.2, 3.15, "a real y?", QUIET)
    drawn.arrow((1.9, 2.95), (2.85, 2.5))
    drawn.arrow((1.9, 1.2), (2.85, 1.9), FAKE)
    drawn.arrow((4.65, 2.2), (5.4, 2.2))
    drawn.arrow((7.2, 2.4), (7.85, 2.75))
    drawn.arrow((7.45, 3.95), (7.95, 3.65))
    drawn.arrow((10.15, 3.15), (10.5, 3.15))
    drawn.arrow((1.95, 0.9), (9.0, 2.45), FAKE, bend=0.25)
    drawn.axes.text(8.75, 1.0, "D is told, too", color=FAKE, ha="left")
    return drawn.figure


@figure
def label_embedding() -> Figure:
    """The vector that a trained generator has learned for each label."""
    weights = checkpoints.load("conditional-digits").generator.embedding.weight.detach()
    most = weights.abs().max()
    figure, axes = plt.subplots(figsize=HALF)
    sharp = weights.repeat_interleave(12, 0).repeat_interleave(12, 1)
    axes.imshow(
        sharp, cmap="PuOr", vmin=-most, vmax=most, extent=(0.5, 10.5, 9.5, -0.5),
        interpolation="none",
    )  # fmt: skip
    axes.set(yticks=range(10), xticks=[], ylabel="label", xlabel="ten learned numbers for each")
    axes.yaxis.labelpad = 10
    axes.tick_params(length=0)
    return figure


@figure
def asked_for() -> Figure:
    """A trained generator, asked for every digit in turn."""
    wanted = torch.arange(10).repeat_interleave(20)
    made = checkpoints.load("conditional-digits").sample(labels=wanted)
    figure, axes = plt.subplots(figsize=WIDE)
    _rows(axes, made, 20, list("0123456789"))
    return figure


@figure
def two_cheats() -> Figure:
    """Samples, agreement and coverage: ours, two cheats, and real pictures."""
    digits, ours = _digits(), checkpoints.load("conditional-digits")
    judge, held_out = metrics.classifier(digits), digits.held_out
    n, asked = len(held_out), torch.tensor([2, 5, 8] * 2)
    by_heart = torch.stack([_of(label)[7] for label in range(10)])
    in_any_order = digits.x[torch.randperm(len(digits), generator=_seeded(0))]
    contestants = {
        "ours": (ours.sample(labels=asked), ours.sample(labels=held_out.labels, seed=3)),
        "lazy: one picture\nfor each label": (by_heart[asked], by_heart[held_out.labels]),
        "deaf: real ones\nin any order": (in_any_order[-6:], in_any_order[:n]),
        "real ones": (_in_order(asked), _in_order(held_out.labels)),
    }
    scores = {
        name: (
            float(metrics.label_agreement(judged, held_out.labels, judge)),
            metrics.density_coverage(held_out, judged, k=5).coverage,
        )
        for name, (_, judged) in contestants.items()
    }
    figure = plt.figure(figsize=WIDE, layout="none")
    axes = figure.add_axes((0.19, 0.02, 0.44, 0.86))
    _rows(axes, torch.cat([shown for shown, _ in contestants.values()]), 6, list(contestants))
    axes.set_aspect("auto")
    wide = axes.get_xlim()[1] / 6
    for column, label in enumerate(asked.tolist()):
        axes.text(wide * (column + 0.5), -10, str(label), ha="center", va="bottom")
    axes.text(-12, -10, "asked for", ha="right", va="bottom", color="0.35")
    for place, name in enumerate(("agreement", "coverage")):
        bars = figure.add_axes((0.66 + 0.175 * place, 0.02, 0.16, 0.86))
        values = [pair[place] for pair in scores.values()]
        colours = [GENERATOR, FAKE, FAKE, REAL]
        bars.barh(range(4), values, 0.62, color=colours)
        for row, value in enumerate(values):
            inside = value > 0.5
            bars.text(
                value - 0.04 if inside else value + 0.04, row, f"{value:.2f}", va="center",
                ha="right" if inside else "left", color="white" if inside else "black",
            )  # fmt: skip
        bars.set(title=name, ylim=(3.5, -0.5), xlim=(0, 1), xticks=[], yticks=[])
        bars.spines["bottom"].set_visible(False)
    return figure


def _in_order(labels: Tensor) -> Tensor:
    """Real training pictures with these labels, none twice."""
    digits = _digits()
    mixed = digits[torch.randperm(len(digits), generator=_seeded(1))]
    by_label = [iter(mixed.x[mixed.labels == label]) for label in range(10)]
    return torch.stack([next(by_label[label]) for label in labels])


@figure
def same_hand() -> Figure:
    """Four latent vectors, each with all ten labels."""
    finished = checkpoints.load("conditional-digits")
    z = torch.randn(12, finished.latent.size, generator=_seeded(1))[[6, 8, 0, 3]]
    made = finished.generate(z.repeat_interleave(10, 0), torch.arange(10).repeat(4))
    figure, axes = plt.subplots(figsize=WIDE)
    _rows(axes, made, 10, ["one z", "another", "a third", "a fourth"])
    return figure


@figure
def three_to_eight() -> Figure:
    """From the label 3 to the label 8, and what a classifier makes of it."""
    finished, judge = checkpoints.load("conditional-digits"), metrics.classifier(_digits())
    z = torch.randn(12, finished.latent.size, generator=_seeded(1))[5]
    t = torch.linspace(0, 1, 12)[:, None]
    shares = (1 - t) * torch.eye(10)[3] + t * torch.eye(10)[8]
    made = finished.generate(z.expand(12, -1), shares)
    seen = judge.probabilities(made)
    figure = plt.figure(figsize=WIDE, layout="none")
    strip = figure.add_axes((0.08, 0.76, 0.91, 0.24))
    _rows(strip, made, 12)
    axes = figure.add_axes((0.08, 0.17, 0.91, 0.53))
    for label, colour in ((3, REAL), (8, FAKE)):
        axes.plot(range(12), seen[:, label], "o-", color=colour, ms=9)
    axes.text(0, 0.88, "a 3", color=REAL, va="top", ha="center", fontsize=19)
    axes.text(11, 0.88, "an 8", color=FAKE, va="top", ha="center", fontsize=19)
    axes.set(
        xlim=(-0.5, 11.5), ylim=(-0.06, 1.06), yticks=[0, 0.5, 1], ylabel="says the judge",
        xlabel="share of the 8 in the label",
    )  # fmt: skip
    axes.set_xticks([0, 5.5, 11], ["0", "a half", "1"])
    return figure


# -------------------------------------------------------------------------------------- notebook 03


def _order() -> Tensor:
    """A fixed order of the 256 pixels of a digit."""
    return torch.randperm(256, generator=_seeded(0))


def _shuffled() -> Tensor:
    """The training pictures with their pixels in that order."""
    x = _digits().x
    return x.flatten(1)[:, _order()].reshape(x.shape)


@figure
def shuffled_pixels() -> Figure:
    """Digits, and the same digits with their pixels shuffled."""
    figure, axes = plt.subplots(figsize=(12, 2.7))
    pictures = torch.cat([_digits().x[:10], _shuffled()[:10]])
    _rows(axes, pictures, 10, ["as they are", "shuffled"])
    return figure


@figure
def kernel_at_work() -> Figure:
    """A digit, two kernels, and their feature maps."""
    upright = torch.tensor([-1.0, -1, 4, -1, -1]).expand(5, 5) / 10
    kernels = torch.stack([upright, upright.T])
    x = _of(4)[:1]
    # what is paper is 0 here, so that the rim draws no frame
    maps = F.conv2d((x + 1) / 2, kernels[:, None], stride=2, padding=2)[0].relu()
    figure = plt.figure(figsize=HALF, layout="none")
    for place, (title, y) in {
        (0.0, 0.22, 0.43, 0.55): ("picture, 16×16", x[0, 0]),
        (0.48, 0.57, 0.16, 0.21): ("kernel", kernels[0]),
        (0.48, 0.12, 0.16, 0.21): ("", kernels[1]),
        (0.7, 0.5, 0.3, 0.384): ("map, 8×8", maps[0]),
        (0.7, 0.05, 0.3, 0.384): ("", maps[1]),
    }.items():
        axes = figure.add_axes(place)
        axes.imshow(y.repeat_interleave(12, 0).repeat_interleave(12, 1), cmap="gray",
                    interpolation="none")  # fmt: skip
        axes.set(xticks=[], yticks=[], title=title)
    window = plt.Rectangle((6 * 12, 3 * 12), 60, 60, fill=False, ec=FAKE, lw=4)
    figure.axes[0].add_patch(window)
    return figure


@figure
def checkerboard() -> Figure:
    """What two ways of doubling make of a white square, with untrained weights."""
    layers = {
        "transposed": nn.ConvTranspose2d(1, 1, kernel_size=4, stride=2, padding=1),
        "resized": nn.Sequential(
            nn.Upsample(scale_factor=2), nn.Conv2d(1, 1, kernel_size=5, padding=2)
        ),
    }
    figure, panels = plt.subplots(1, 2, figsize=(6.4, 3.7))
    for axes, (name, layer) in zip(panels, layers.items(), strict=True):
        with torch.no_grad():
            tile = layer(torch.ones(1, 1, 12, 12))[..., 4:-4, 4:-4]
        _rows(axes, (tile - tile.mean()) / max(tile.abs().max(), 1e-9), 1)
        axes.set_title(name)
    return figure


@figure
def whole_way() -> Figure:
    """The sizes of everything between a latent vector and a flower."""
    generator = recipes.dcgan(datasets.flowers(n=100, size=32)).generator
    figure = plotting.feature_maps(generator, torch.zeros(1, 64))
    for text in figure.axes[0].texts:
        text.set_fontsize(17)
    return figure


@cache
def _short(shuffled: bool) -> tuple[dict[int, Tensor], Tensor]:
    """A short training, of digits as they are or shuffled: samples on the way and at the end."""
    seen: dict[int, Tensor] = {}

    def keep(snapshot) -> None:
        if snapshot.step in (10, 30, SHORT):
            seen[snapshot.step] = snapshot.run.sample(25)

    recipe = recipes.dcgan(_digits()).with_(steps=SHORT)
    run = train(recipe, _shuffled() if shuffled else _digits(), seed=0, callbacks=[keep])
    return seen, run.sample(32)


@figure
def fog_to_digits() -> Figure:
    """The same 25 latent vectors at four moments of a training."""
    frames, _ = _short(shuffled=False)
    finished = checkpoints.load("dcgan-digits")
    frames = frames | {finished.card["steps"]: finished.sample(25)}
    figure, panels = plt.subplots(1, 4, figsize=(12, 3.7))
    for axes, (step, samples) in zip(panels, frames.items(), strict=True):
        _rows(axes, samples, 5)
        axes.set_title(f"step {step:,}")
    return figure


@figure
def no_neighbours() -> Figure:
    """What the same short training makes of digits, and of shuffled ones."""
    back = _order().argsort()
    made = _short(shuffled=True)[1]
    sides = {
        "digits as they are": _short(shuffled=False)[1],
        "shuffled digits, put back": made.flatten(1)[:, back].reshape(made.shape),
    }
    figure, panels = plt.subplots(1, 2, figsize=(12, 3.8))
    for axes, (name, x) in zip(panels, sides.items(), strict=True):
        _rows(axes, x, 8)
        axes.set_title(name)
    return figure


@figure
def no_copies() -> Figure:
    """Samples above their nearest training pictures; how far it is to the nearest, for three."""
    digits, finished = _digits(), checkpoints.load("dcgan-digits")
    samples = finished.sample(12, seed=4)
    nearest = torch.cdist(samples.flatten(1), digits.x.flatten(1)).argmin(1)
    noise = 0.05 * torch.randn(397, 1, 16, 16, generator=_seeded(0))
    kinds = {
        "new real ones": (digits.held_out.x, REAL),
        "generated": (finished.sample(397), FAKE),
        "copies, with noise": (digits.x[:397] + noise, QUIET),
    }
    figure = plt.figure(figsize=WIDE, layout="none")
    strip = figure.add_axes((0.19, 0.64, 0.81, 0.36))
    _rows(strip, torch.cat([samples, digits.x[nearest]]), 12, ["generated", "nearest real"])
    axes = figure.add_axes((0.19, 0.17, 0.79, 0.42))
    jitter = np.random.default_rng(0)
    for row, (x, colour) in enumerate(kinds.values()):
        gaps = torch.cdist(x.flatten(1), digits.x.flatten(1)).min(1).values
        height = row + jitter.uniform(-0.2, 0.2, len(gaps))
        axes.plot(gaps, height, "o", ms=4, color=colour, alpha=0.5, mew=0, rasterized=True)
        axes.plot([gaps.median()] * 2, [row - 0.36, row + 0.36], color="black", lw=4)
    axes.set_yticks(range(3), list(kinds))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set(xlim=(0, None), ylim=(2.5, -0.5), xlabel="distance to the nearest training picture")
    return figure


@figure
def flowers_of_two() -> Figure:
    """Real flowers, and those of a fully connected GAN and a DCGAN."""
    sides = {
        "real": datasets.flowers(n=500, size=32).x[:36],
        "fully connected": checkpoints.load("mlp-flowers").sample(36),
        "DCGAN": checkpoints.load("dcgan-flowers").sample(36),
    }
    figure, panels = plt.subplots(1, 3, figsize=(12, 4.6))
    for axes, (name, x) in zip(panels, sides.items(), strict=True):
        _rows(axes, x, 6)
        axes.set_title(name)
    return figure
