"""Figures of part 7: judging samples, and knowing when to stop."""

from __future__ import annotations

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Ellipse
from torch import Tensor
from torch.nn.functional import conv2d, pad

from gan_school import Recipe, checkpoints, datasets, metrics, networks, train
from gan_school.games import GAN, R1
from gan_school.lab import TASKS, studies
from gan_school.metrics.distances import cubic_kernel
from gan_school.plotting import DISCRIMINATOR, FAKE, GENERATOR, REAL
from gan_school.training import Adam, Cosine, EarlyStop, Run
from slides.figures import HALF, WIDE, figure
from slides.figures.parts import images

LINE = (12.0, 4.3)
"""In inches: below a heading and a line of words."""

# ------------------------------------------------------------------------------------------ losses


@cache
def _two_runs() -> dict[str, Run]:
    """A run that goes well; and one whose D, by a typing error, pays dearly for every slope."""
    rate = Adam(4e-3, Cosine(), (0.5, 0.999))
    recipe = Recipe(
        networks.mlp(4, 48, 48, 2, activation="leaky_relu"),
        networks.mlp(2, 48, 48, 1, activation="leaky_relu"),
        d_optimizer=rate, g_optimizer=rate, batch_size=100, steps=800,
    )  # fmt: skip
    ring = datasets.ring(2_000)
    weights = {"run A": 0.1, "run B": 1e4}
    return {
        name: train(recipe.with_(game=GAN(penalty=R1(weight))), ring, seed=0)
        for name, weight in weights.items()
    }


@figure
def fooled_by_losses() -> Figure:
    """Two runs with the same losses in the end, and their samples."""
    runs = _two_runs()
    figure, (left, *panels) = plt.subplots(1, 3, figsize=WIDE, width_ratios=(1.25, 1, 1))
    for (name, run), dash in zip(runs.items(), ("-", "--"), strict=True):
        for column, colour in (("d_loss", DISCRIMINATOR), ("g_loss", GENERATOR)):
            label = f"{column[0].upper()}, {name}"
            left.plot(run.history["step"], run.history[column], dash, color=colour, label=label)
    left.set(ylim=(0, 4), xlabel="step", title="losses", xticks=[0, 400, 800], yticks=range(5))
    left.legend(loc="upper right")
    for axes, (name, run) in zip(panels, runs.items(), strict=True):
        points = run.sample(1_000)
        covered = metrics.density_coverage(run.data.fresh(1_000), points, k=5).coverage
        axes.plot(*run.data.x.T, ".", ms=3, color=REAL, alpha=0.4, rasterized=True)
        axes.plot(*points.T, ".", ms=4, color=FAKE, rasterized=True)
        axes.set(aspect="equal", xlim=(-2.9, 2.9), ylim=(-2.9, 2.9))
        axes.set_axis_off()
        axes.set_title(f"{name}: coverage {covered:.2f}")
    return figure


def _framed(x: Tensor) -> Tensor:
    """Pictures with a white line around each."""
    return pad(x, (1, 1, 1, 1), value=1.0)


# ------------------------------------------------------------------------------------------- cheats


@figure
def lazy_and_deaf() -> Figure:
    """Two generators that cheat, and real pictures: what two numbers say of them."""
    digits = datasets.digits(16)
    held_out, judge = digits.held_out, metrics.classifier(digits)
    by_heart = torch.stack([digits.x[digits.labels == label][7] for label in range(10)])
    mixed = digits[torch.randperm(len(digits), generator=_chance())]
    by_label = [iter(mixed.x[mixed.labels == label]) for label in range(10)]
    sets = {
        "lazy": by_heart[held_out.labels],
        "deaf": mixed.x[: len(held_out)],
        "real": torch.stack([next(by_label[label]) for label in held_out.labels.tolist()]),
    }
    figure, rows = plt.subplots(3, 2, figsize=HALF, width_ratios=(1, 0.8))
    for (name, x), (left, right) in zip(sets.items(), rows, strict=True):
        asked = [torch.nonzero(held_out.labels == label).flatten() for label in range(5)]
        shown = torch.cat([x[places[turn]][None] for turn in range(2) for places in asked])
        images(left, _framed(shown), 5)
        left.set_axis_on()
        left.set(xticks=[], yticks=[], ylabel=name)
        left.spines[:].set_visible(False)
        agreement = metrics.label_agreement(x, held_out.labels, judge)
        coverage = metrics.density_coverage(held_out, x, k=5).coverage
        bars = right.barh(["coverage", "agreement"], [coverage, agreement], color=[FAKE, REAL])
        right.bar_label(bars, fmt="%.2f", padding=4, fontsize=15)
        right.set(xlim=(0, 1.45), xticks=[])
        right.tick_params(axis="y", length=0, labelsize=15)
        right.spines[:].set_visible(False)
    rows[0][0].set_title("asked for 0, 1, 2, 3, 4", fontsize=17)
    return figure


# ----------------------------------------------------------------------------- one metric at a time


def _chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _cloud(n: int, centre: tuple[float, float], width: float, seed: int) -> Tensor:
    return torch.tensor(centre) + width * torch.randn(n, 2, generator=_chance(seed))


@figure
def score_of_classes() -> Figure:
    """What a classifier says of single pictures, and on average over all of them."""
    digits = datasets.digits(16)
    judge, samples = metrics.classifier(digits), _damaged()
    noisy = samples["noise on every pixel"]
    sure = judge.probabilities(samples[NONE]).amax(1).argmax()
    unsure = judge.probabilities(noisy).amax(1).argmin()
    figure = plt.figure(figsize=LINE)
    parts = figure.subfigures(1, 2)
    panels = [axes for part in parts for axes in part.subplots(1, 2, sharey=True)]
    said = {
        "clear": judge.probabilities(samples[NONE])[sure],
        "unclear": judge.probabilities(noisy)[unsure],
        "real digits": judge.probabilities(samples[NONE]).mean(0),
        "half of them ones": judge.probabilities(samples["half of them ones"]).mean(0),
    }
    for axes, (name, p), colour in zip(panels, said.items(), (REAL, FAKE) * 2, strict=True):
        axes.bar(range(10), p, color=colour)
        axes.set(xlabel=name, xticks=[0, 3, 6, 9], ylim=(0, 1.02), yticks=[0, 0.5, 1])
    for axes, x in zip(panels, (samples[NONE][sure], noisy[unsure]), strict=False):
        images(axes.inset_axes((0.58, 0.56, 0.4, 0.4)), x[None], 1)
    parts[0].suptitle("one picture: sure of one digit?")
    parts[1].suptitle("all on average: every digit?")
    return figure


@figure
def fitted_gaussians() -> Figure:
    """Points and the Gaussians that FID takes them for: far apart, and wrongly the same."""
    ring = datasets.ring(1_000).x
    root = torch.linalg.cholesky(ring.T.cov())
    same = ring.mean(0) + torch.randn(1_000, 2, generator=_chance()) @ root.T
    cloud = torch.randn(1_000, 2, generator=_chance(1)) * torch.tensor([1.0, 0.5])
    pairs = {"seen": (cloud, _cloud(1_000, (2.2, 1.4), 0.8, 2)), "not seen": (ring, same)}
    figure, panels = plt.subplots(1, 2, figsize=LINE)
    for axes, (name, (real, fake)) in zip(panels, pairs.items(), strict=True):
        distance = metrics.frechet_distance(real.mean(0), real.T.cov(), fake.mean(0), fake.T.cov())
        for x, colour in ((real, REAL), (fake, FAKE)):
            axes.plot(*x[:400].T, ".", ms=4, color=colour, alpha=0.5, rasterized=True)
            _ellipse(axes, x, colour)
        low, high = torch.cat([real, fake]).quantile(torch.tensor([0.005, 0.995]), 0)
        axes.set(aspect="equal", xticks=[], yticks=[])
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        axes.set_title(f"{name}: distance {distance:.2f}")
        axes.spines[:].set_visible(False)
    return figure


def _ellipse(axes: Axes, x: Tensor, colour: str) -> None:
    """A Gaussian fitted to points: its mean, and two standard deviations around it."""
    values, vectors = torch.linalg.eigh(x.T.cov())
    angle = torch.rad2deg(torch.atan2(vectors[1, 1], vectors[0, 1])).item()
    height, width = (4 * values.sqrt()).tolist()
    axes.add_patch(Ellipse(x.mean(0).tolist(), width, height, angle=angle, fill=False, lw=4,
                           color=colour))  # fmt: skip
    axes.plot(*x.mean(0), "o", ms=11, color=colour, mec="white")


@figure
def kernel_means() -> Figure:
    """Points, and how alike the kernel finds each pair of them."""
    real, fake = _cloud(24, (0.0, 0.0), 0.7, 0), _cloud(24, (0.9, 0.5), 0.7, 1)
    both = torch.cat([real, fake])
    alike = cubic_kernel(both, both)
    figure, (left, right) = plt.subplots(1, 2, figsize=LINE)
    left.plot(*real.T, "o", ms=10, color=REAL, label="real")
    left.plot(*fake.T, "^", ms=10, color=FAKE, label="generated")
    left.set(xticks=[], yticks=[], xlim=(-2.8, 2.8))
    left.legend(loc="upper left", markerscale=1)
    left.spines[:].set_visible(False)
    right.imshow(alike, cmap="viridis", vmin=0, vmax=float(alike.quantile(0.95)))
    right.axhline(23.5, color="white", lw=4)
    right.axvline(23.5, color="white", lw=4)
    means = {}
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        block = alike[24 * row : 24 * (row + 1), 24 * column : 24 * (column + 1)]
        same = row == column  # a point is not paired with itself
        means[row, column] = ((block.sum() - same * block.trace()) / (24 * (24 - same))).item()
        right.text(
            24 * column + 11.5, 24 * row + 11.5, f"{means[row, column]:.1f}", ha="center",
            va="center", fontsize=26, bbox={"fc": "white", "ec": "none", "boxstyle": "round"},
        )  # fmt: skip
    right.set_xticks([11.5, 35.5], ["real", "generated"])
    right.set_yticks([11.5, 35.5], ["real", "generated"], rotation=90, va="center")
    right.tick_params(length=0)
    distance = metrics.kernel_distance(real, fake, kernel="cubic")
    right.set_title(
        f"{means[0, 0]:.1f} + {means[1, 1]:.1f} − 2 × {means[0, 1]:.1f}: distance {distance:.1f}"
    )
    right.spines[:].set_visible(False)
    return figure


def _radii(x: Tensor, k: int) -> Tensor:
    """How far each point's k-th nearest neighbour is."""
    return torch.cdist(x, x).sort(1).values[:, k]


@cache
def _sets_for_balls() -> tuple[Tensor, Tensor]:
    """Real points in two heaps; generated ones in one of them, and in one of their own."""
    real = torch.cat([_cloud(10, (-1.7, 0.4), 0.45, 3), _cloud(10, (1.7, 0.4), 0.45, 4)])
    found = [[-2.2, 0.6], [-1.7, 0.9], [-1.25, 0.5], [-1.75, 0.35], [-1.5, -0.1], [-1.95, -0.05]]
    invented = [[0.0, -1.2], [0.5, -1.6], [0.05, -2.0], [-0.35, -1.6]]
    return real, torch.tensor(found + invented)


def _balls(axes: Axes, centres: Tensor, radii: Tensor, colour: str, filled: Tensor) -> None:
    for centre, radius, full in zip(centres, radii, filled, strict=True):
        kind = {"alpha": 0.16, "lw": 0} if full else {"fill": False, "ls": ":", "lw": 1.5}
        axes.add_patch(Circle(centre.tolist(), radius.item(), color=colour, **kind))
    axes.plot(*centres.T, "o", ms=6, color=colour)
    axes.set(aspect="equal", xticks=[], yticks=[], xlim=(-3.3, 4.1), ylim=(-2.9, 1.75))
    axes.spines[:].set_visible(False)


def _marks(axes: Axes, x: Tensor, inside: Tensor, colour: str) -> None:
    """Points that are inside some ball as triangles, the others as crosses."""
    axes.plot(*x[inside].T, "^", ms=11, color=colour, mec="white")
    axes.plot(*x[~inside].T, "X", ms=13, color="0.1", mec="white")


@figure
def balls_both() -> Figure:
    """Balls around real points for precision, and around generated ones for recall."""
    (real, fake), k = _sets_for_balls(), 3
    found = metrics.precision_recall(real, fake, k=k)
    figure, panels = plt.subplots(1, 2, figsize=LINE)
    sides = {"precision": (real, REAL, fake, FAKE), "recall": (fake, FAKE, real, REAL)}
    for axes, (name, (centres, colour, x, other)) in zip(panels, sides.items(), strict=True):
        radii = _radii(centres, k)
        _balls(axes, centres, radii, colour, torch.ones(len(centres)))
        inside = (torch.cdist(x, centres) <= radii).any(1)
        _marks(axes, x, inside, other)
        what = "generated" if name == "precision" else "real"
        share = getattr(found, name)
        axes.set_title(f"{name}: {int(inside.sum())} of {len(x)} {what} inside, {share:.2f}")
    return figure


@figure
def balls_real() -> Figure:
    """What an outlier does to precision and density; and which balls of real points are covered."""
    (usual, fake), k = _sets_for_balls(), 3
    real = torch.cat([usual, torch.tensor([[1.2, -2.2]])])
    radii = _radii(real, k)
    inside = torch.cdist(fake, real) < radii
    figure, panels = plt.subplots(1, 2, figsize=LINE)
    _balls(panels[0], real, radii, REAL, torch.ones(len(real)))
    _balls(panels[1], real, radii, REAL, inside.any(0))
    for (x, y), count in zip(fake.tolist(), inside.sum(1).tolist(), strict=True):
        circle = {"boxstyle": "circle,pad=0.15", "fc": FAKE, "ec": "white"}
        panels[0].text(
            x, y, count, color="white", ha="center", va="center", fontsize=16, bbox=circle
        )
    panels[1].plot(*fake.T, "^", ms=11, color=FAKE, mec="white")
    found = [metrics.density_coverage(x, fake, k=k) for x in (usual, real)]
    precision = [metrics.precision_recall(x, fake, k=k).precision for x in (usual, real)]
    panels[0].set_title(
        f"precision {precision[0]:.2f} → {precision[1]:.2f}, "
        f"density {found[0].density:.2f} → {found[1].density:.2f}"
    )
    covered = int(inside.any(0).sum())
    panels[1].set_title(f"coverage: {covered} of {len(real)} balls, {found[1].coverage:.2f}")
    return figure


@figure
def fresh_judge() -> Figure:
    """A new classifier between real points and others: its ground, and points it has not seen."""
    from sklearn.ensemble import ExtraTreesClassifier

    run = _two_runs()["run A"]
    real = run.data.fresh(1_000, seed=1).x
    others = {"other real points": run.data.fresh(1_000, seed=2).x, "run A": run.sample(1_000)}
    along = torch.linspace(-0.3, 2.5, 120)
    grid = torch.cartesian_prod(along, along)
    figure, panels = plt.subplots(1, 2, figsize=LINE)
    for axes, (name, fake) in zip(panels, others.items(), strict=True):
        judge = ExtraTreesClassifier(100, random_state=0)
        judge.fit(torch.cat([real[:500], fake[:500]]).numpy(), np.repeat([1, 0], 500))
        ground = judge.predict_proba(grid.numpy())[:, 1].reshape(120, 120).T[::-1]
        axes.imshow(ground, cmap="RdBu", vmin=0, vmax=1, extent=(-0.3, 2.5) * 2, alpha=0.7)
        for x, mark, colour in ((real, "o", REAL), (fake, "^", FAKE)):
            axes.plot(*x[500:].T, mark, ms=8, color=colour, mec="white", mew=0.5)
        accuracy = metrics.two_sample_test(real, fake, seed=0)
        axes.set(title=f"{name}: accuracy {accuracy:.2f}", xticks=[], yticks=[])
        axes.set(xlim=(-0.3, 2.5), ylim=(-0.3, 2.5))
    return figure


@figure
def modes_counted() -> Figure:
    """Modes of a ring counted, and the classes of generated digits."""
    ring = datasets.ring(1_000)
    lost = (ring.labels != 2) & (ring.labels != 3) & ((ring.labels != 6) | (ring.x[:, 0] > 0.1))
    astray = _cloud(40, (0.0, 0.0), 0.8, 0)
    samples = torch.cat([ring.x[lost], astray])
    report = metrics.mode_report(samples, ring.modes, ring.sigma)
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=LINE)
    left.plot(*samples.T, ".", ms=5, color=FAKE, rasterized=True)
    for place, centre in enumerate(ring.modes.tolist()):
        left.add_patch(Circle(centre, 3 * ring.sigma, fill=False, lw=2.5, color=REAL))
        outwards = [1.38 * x for x in centre]
        left.text(*outwards, place, ha="center", va="center", color=REAL)
    left.set(aspect="equal", xlim=(-3.1, 3.1), ylim=(-3.1, 3.1), xticks=[], yticks=[])
    left.set_title(
        f"{report.modes_covered} of 8 modes, {100 * report.high_quality_share:.0f} % near"
    )
    left.spines[:].set_visible(False)
    counts = np.array(report.counts) / sum(report.counts)
    shares = metrics.class_shares(
        checkpoints.load("dcgan-digits").sample(1_000), metrics.classifier(datasets.digits(16))
    )
    for axes, values, title in (
        (middle, counts, "share of each mode"), (right, shares, "digits, read by a judge")
    ):  # fmt: skip
        axes.bar(range(len(values)), values, color=FAKE)
        axes.axhline(1 / len(values), color=REAL, ls=":", lw=3)
        axes.set(title=title, xticks=range(len(values)), yticks=[0, 0.1, 0.2], ylim=(0, 0.26))
    return figure


# ------------------------------------------------------------------------------------------- damage

NONE = "nothing"


@cache
def _damaged() -> dict[str, Tensor]:
    """Real digits, as they are and damaged in six ways: those of notebook 09."""
    digits = datasets.digits(16)
    n = len(digits.held_out)
    order = torch.randperm(len(digits), generator=_chance())
    x, labels = digits.x[order], digits.labels[order]
    real = x[n : 2 * n]
    row = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    soft = conv2d(pad(real, (2, 2, 2, 2), value=-1.0), (row[:, None] * row)[None, None])
    noise = 0.3 * torch.randn(real.shape, generator=_chance())
    ones = x[labels == 1].repeat(2, 1, 1, 1)[: n // 2]
    return {
        NONE: real,
        "blurred": soft,
        "noise on every pixel": (real + noise).clamp(-1, 1),
        "0 to 4 only": x[labels < 5][:n],
        "half of them ones": torch.cat([ones, real[: n - n // 2]]),
        "40, ten times each": x[:40].repeat(10, 1, 1, 1)[:n],
        "training data, copied": x[:n],
    }


@figure
def damaged() -> Figure:
    """Real digits damaged on purpose, and what each of eight metrics notices."""
    digits, samples = datasets.digits(16), _damaged()
    reference, judge = digits.held_out, metrics.classifier(digits)

    def judged(fake: Tensor) -> dict[str, float]:
        """Eight numbers, less being better."""
        near = metrics.precision_recall(reference.x, fake, k=5, features=judge)
        balls = metrics.density_coverage(reference.x, fake, k=5, features=judge)
        return {
            "Inception S.": -metrics.inception_score(fake, judge),
            "FID": metrics.fid(reference.x, fake, judge),
            "KID": metrics.kid(reference.x, fake, judge),
            "precision": -near.precision,
            "recall": -near.recall,
            "density": -balls.density,
            "coverage": -balls.coverage,
            "two-sample": metrics.two_sample_test(reference.x, fake, seed=0),
        }

    table = pd.DataFrame({name: judged(x) for name, x in samples.items()}).T.astype(float)
    mixed = digits.x[torch.randperm(len(digits), generator=_chance())]  # as in the notebook
    drawn = [mixed[torch.randperm(len(mixed), generator=_chance(seed))] for seed in range(10)]
    undamaged = pd.DataFrame([judged(x[: len(reference)]) for x in drawn]).astype(float)
    worse = table.sub(undamaged.mean()).div(undamaged.std()).drop(NONE)
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.9), width_ratios=(1, 2.6))
    shown = [x[-6:] for name, x in samples.items() if name != NONE]
    images(left, torch.cat(shown), 6)
    left.set_axis_on()
    left.spines[:].set_visible(False)
    left.set(xticks=[], aspect="auto")
    left.set_yticks([16 * row + 7.5 for row in range(len(shown))], worse.index)
    right.imshow(worse.clip(0, 30), cmap="Oranges", vmin=0, vmax=40, aspect="auto")
    for (row, column), value in np.ndenumerate(worse.to_numpy()):
        right.text(column, row, f"{max(value, 0):.0f}", ha="center", va="center")
    right.set_xlabel("standard deviations worse than undamaged digits")
    right.set_xticks(range(len(worse.columns)), worse.columns, rotation=28, ha="left")
    right.xaxis.tick_top()
    right.set_yticks([])
    right.spines[:].set_visible(False)
    for axes in (left, right):
        axes.tick_params(length=0)
        for row in range(1, len(shown)):
            axes.axhline(row - 0.5 if axes is right else 16 * row - 0.5, color="white", lw=3)
    return figure


@figure
def sample_size() -> Figure:
    """FID and KID between real pictures and other real ones, by how many there are."""
    digits = datasets.digits(16)
    judge, rows = metrics.classifier(digits), []
    for seed in range(4):
        mixed = digits.x[torch.randperm(len(digits), generator=_chance(seed))]
        many, others = mixed[:700], mixed[700:]
        for count in SIZES:
            for name, metric in (("FID", metrics.fid), ("KID", metrics.kid)):
                value = float(metric(many, others[:count], judge))
                rows.append({"metric": name, "samples": count, "value": value})
    table = pd.DataFrame(rows)
    figure, panels = plt.subplots(1, 2, figsize=WIDE)
    for axes, name in zip(panels, ("FID", "KID"), strict=True):
        of = table[table["metric"] == name]
        axes.plot(of["samples"], of["value"], "o", color=REAL, ms=9, alpha=0.6)
        axes.plot(of.groupby("samples")["value"].mean(), color=FAKE, lw=4)
        axes.axhline(0, color="0.3", ls=":", lw=2)
        axes.set(title=name, xlabel="samples", xscale="log", ylabel="real against real")
        axes.set_xticks(SIZES, SIZES)
        axes.minorticks_off()
        axes.locator_params(axis="y", nbins=5)
    return figure


SIZES = (50, 100, 200, 400, 700)


@figure
def which_real() -> Figure:
    """Two sets of digits, one of them generated."""
    digits, dcgan = datasets.digits(16), checkpoints.load("dcgan-digits")
    chosen = torch.randperm(len(digits), generator=_chance())[:40]
    figure, panels = plt.subplots(1, 2, figsize=WIDE)
    for axes, (name, x) in zip(
        panels, {"A": dcgan.sample(40), "B": digits.x[chosen]}.items(), strict=True
    ):
        images(axes, _framed(x), 8)
        axes.set_title(name, fontsize=26)
    return figure


# ---------------------------------------------------------------------------------------- stopping


@figure
def patience() -> Figure:
    """Coverage at each look of two runs: the best look, and when patience has run out."""
    task, rate = TASKS["spiral"], Adam(3e-3, betas=(0.5, 0.999))
    stop = EarlyStop("coverage", every=125, patience=4)
    recipe = task.recipe.with_(steps=2_500, d_optimizer=rate, g_optimizer=rate, stop=stop)
    watch = train(recipe, task.data(), seeds=range(2), record=False).watch
    looks = watch.looks.pivot(index="step", columns="seed", values="coverage")
    figure, panels = plt.subplots(1, 2, figsize=WIDE, sharey=True)
    for seed, axes in enumerate(panels):
        best, end = int(watch.best_step[seed]), int(watch.stopped_at[seed])
        before = looks[seed].loc[: end or None]
        axes.plot(looks[seed], ":", color="0.5")
        axes.plot(before, "-o", color=GENERATOR, ms=7)
        axes.plot(best, looks[seed][best], "k*", ms=26)
        axes.text(best, looks[seed][best] + 0.07, "best", ha="center")
        if end:
            axes.axvspan(best, end, color=FAKE, alpha=0.14, lw=0)
            axes.text(end + 60, 0.06, "stop", color=FAKE)
        axes.set(xlabel="step", title=f"seed {seed}: best at step {best:,}")
        axes.locator_params(axis="x", nbins=5)
    panels[0].set(ylabel="coverage", ylim=(0, 0.95))
    return figure


@figure
def selected_by() -> Figure:
    """The study of stopping: the same runs by the metric they were stopped by, and by another."""
    record = studies.on_record("stopping")
    names = {
        "all steps": "all steps", "patience 4": "patience 4",
        "falling rate, half the steps": "falling rate,\nhalf the steps",
    }  # fmt: skip
    titles = {
        "coverage": "coverage: more is better",
        "sliced_wasserstein": "sliced Wasserstein: less is better",
    }
    figure, panels = plt.subplots(1, 2, figsize=WIDE, sharey=True)
    jitter = np.random.default_rng(0)
    for axes, (metric, title) in zip(panels, titles.items(), strict=True):
        for row, recipe in enumerate(names):
            of = record[(record["recipe"] == recipe) & (record["metric"] == metric)]["value"]
            colour = (REAL, FAKE, DISCRIMINATOR)[row]
            height = row + jitter.uniform(-0.16, 0.16, len(of))
            axes.scatter(of, height, s=70, color=colour, alpha=0.7, lw=0)
            axes.plot([of.mean()] * 2, [row - 0.36, row + 0.36], color="black", lw=4)
        axes.set(title=title)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.locator_params(axis="x", nbins=5)
    panels[0].set_yticks(range(len(names)), list(names.values()))
    panels[0].set_ylim(2.6, -0.6)
    return figure
