"""Figures of part 6: levels 3 and 4, drastic changes and other games."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor, nn

from gan_school import checkpoints, datasets, metrics, networks, plotting, train
from gan_school.games import (
    GAN,
    Flip,
    Gaussian,
    GradientPenalty,
    Hard,
    Noisy,
    Smooth,
    WassersteinGAN,
)
from gan_school.lab import TASKS, Ledger, evidence, studies, tricks
from gan_school.plotting import DISCRIMINATOR, FAKE, GENERATOR, REAL
from gan_school.randomness import Randomness
from gan_school.training import Adam, Player
from slides.figures import HALF, WIDE, figure
from slides.figures.parts import images

COLOURS = {"helps": DISCRIMINATOR, "hurts": FAKE, "equivalent": "0.35", "undecided": "0.65"}


# ------------------------------------------------------------------------------------------ level 3


@figure
def deeper() -> Figure:
    """One more layer in G: samples at three steps, next to what the plain recipe ends with."""
    data, recipe = TASKS["ring"].data(), TASKS["ring"].recipe
    frames = {"two hidden layers,\nat the end": train(recipe, data, seed=0).sample(500)}

    def keep(snapshot) -> None:
        if snapshot.step in (1_600, 1_800, 2_000):
            frames[f"one more,\nstep {snapshot.step:,}"] = snapshot.run.sample(500)

    train(tricks["3.1"](recipe, data), data, seed=0, callbacks=[keep])
    figure, panels = plt.subplots(1, 4, figsize=(12, 3.9))
    for axes, (name, fake) in zip(panels, frames.items(), strict=True):
        axes.plot(*data.x[:500].T, ".", ms=5, color=REAL, rasterized=True)
        axes.plot(*fake.T, ".", ms=5, color=FAKE, alpha=0.6, rasterized=True)
        axes.set(title=name, aspect="equal", xlim=(-2.7, 2.7), ylim=(-2.7, 2.7))
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(True)
    return figure


@figure
def start() -> Figure:
    """How widely G's first samples spread, and what the runs came to: by hidden layers and gain."""
    starts = {
        "gain 1": ("", FAKE, "o"),
        "gain √2 in G": (", both with gain √2 in G", GENERATOR, "s"),
    }
    figure, panels = plt.subplots(1, 3, figsize=(12, 3.9), sharey=True)
    for name, (under, colour, shape) in starts.items():
        look = dict(color=colour, marker=shape, ms=11)
        rows = [f"one more{under}", f"two more{under}"]
        for axes, task in zip(panels[1:], ("ring", "spiral"), strict=True):
            found = evidence().effects("3.1", task, "long").set_index("variant").loc[rows]
            axes.plot([2, 3, 4], [found["baseline"].iloc[0], *found["mean"]], **look)
            axes.set_title(f"coverage, {task}")
            if task == "ring":
                spreads = [found["spread_without"].iloc[0], *found["spread_with"]]
                panels[0].plot([2, 3, 4], spreads, label=name, **look)
    panels[0].set_title("first spread, ring")
    for axes in panels:
        axes.set(xticks=[2, 3, 4], xlabel="hidden layers", ylim=(0, 0.95), yticks=[0, 0.4, 0.8])
    figure.legend(loc="outside lower center", ncols=2, markerscale=1)
    return figure


ROWS = {"as it is": "as it is", "3.1": "3.1 deeper G", "3.2": "3.2 SGD for D",
        "3.3": "3.3 separate", "3.4": "3.4 VAE"}  # fmt: skip
COLUMNS = {"alone": "alone", "and 2.1": "2.1\ndropout", "and 2.2": "2.2\nleaky",
           "and 2.3": "2.3\nD twice", "and 2.4": "2.4\nG twice"}  # fmt: skip


@figure
def combinations() -> Figure:
    """Each change of level 3, alone and with one of level 2 on top."""
    ledger = evidence()
    figure, panels = plt.subplots(1, 2, figsize=WIDE, sharey=True)
    for axes, task in zip(panels, ("ring", "spiral"), strict=True):
        cells = ledger.combinations(task).loc[list(ROWS), list(COLUMNS)]
        unchanged = cells.loc["as it is", "alone"]
        colours = TwoSlopeNorm(unchanged, 0, unchanged + 0.25)  # centred on the unchanged recipe
        axes.imshow(cells, cmap="BrBG", norm=colours, aspect="auto")
        axes.set_xticks(range(len(COLUMNS)), COLUMNS.values(), fontsize=16)
        axes.set_yticks(range(len(ROWS)), ROWS.values())
        axes.set_title(f"mean coverage, {task}")
        axes.tick_params(length=0)
        for (row, column), value in np.ndenumerate(cells.to_numpy()):
            axes.text(
                column, row, f"{value:.2f}", ha="center", va="center", fontsize=18,
                color="white" if value < 0.3 * unchanged else "black",
            )  # fmt: skip
    return figure


LEVEL_3 = {
    ("3.1", "one more"): "3.1  one more layer",
    ("3.1", "one more, both with gain √2 in G"): "3.1  the same, gain √2",
    ("3.2", "same rate"): "3.2  SGD, same rate",
    ("3.2", "50 times the rate"): "3.2  SGD, 50 times",
    ("3.3", "an update after each"): "3.3  an update for each",
    ("3.4", "adversarial VAE"): "3.4  adversarial VAE",
    ("3.4", "autoencoder-shaped"): "3.4  autoencoder-shaped",
    ("3.4", "constant width, not widening"): "3.4  constant width",
    ("S.7", "with BatchNorm in D"): "S.7  never mixed, BatchNorm",
    ("S.7", "with BatchNorm in a DCGAN's D"): "S.7  never mixed, BatchNorm",
}


@figure
def level_3() -> Figure:
    """The gains of the whole level, with intervals."""
    return _forest(LEVEL_3, tuple(TASKS))


def _forest(
    lines: dict[tuple[str, str], str],
    tasks: Sequence[str],
    budgets: Sequence[str] = ("long",),
    size: tuple[float, float] = (12.0, 5.1),
) -> Figure:
    """Gains with intervals in large letters: `plotting.forest` for a slide."""
    ledger: Ledger = evidence()
    effects = ledger.effects(list(dict.fromkeys(trick for trick, _ in lines)))
    names = list(dict.fromkeys(lines.values()))
    figure, panels = plt.subplots(1, len(tasks), figsize=size, sharey=True)
    for axes, task in zip(panels, tasks, strict=True):
        of_task = effects[(effects["task"] == task) & effects["budget"].isin(budgets)]
        for row in of_task.itertuples():
            if (row.trick, row.variant) not in lines:
                continue
            y = -names.index(lines[row.trick, row.variant])
            if len(budgets) > 1:
                y += 0.17 if row.budget == "short" else -0.17
            colour = COLOURS[row.verdict]
            shape = "^" if row.budget == "short" else "o"
            filled = "white" if row.verdict == "undecided" else colour
            axes.plot([row.gain_low, row.gain_high], [y, y], color=colour)
            axes.plot(row.gain, y, shape, color=colour, mfc=filled, ms=10, mew=2)
        axes.axvline(0, color="0.3", ls=":", lw=2)
        axes.set(title=task, xlabel="more coverage", ylim=(0.6 - len(names), 0.4))
        axes.xaxis.set_major_locator(MaxNLocator(3, min_n_ticks=2, prune="both"))
        axes.margins(x=0.1)
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks([-place for place in range(len(names))], names)
    handles = [
        plt.Line2D([], [], color=colour, mfc="white" if verdict == "undecided" else colour, mew=2,
                   marker="s", ls="", ms=4, label=verdict)
        for verdict, colour in COLOURS.items()
    ]  # fmt: skip
    if len(budgets) > 1:
        handles += [
            plt.Line2D([], [], color="0.3", marker=shape, ls="", ms=4, label=f"{name} budget")
            for name, shape in (("short", "^"), ("long", "o"))
        ]
    figure.get_layout_engine().set(wspace=0.04)
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles),
                  columnspacing=1.2, handletextpad=0.3)  # fmt: skip
    return figure


# ------------------------------------------------------------------------------------------- labels


@figure
def label_worth() -> Figure:
    """What is done with a label, and what it is worth: a dot for each seed."""
    return _study("labels", "CGAN", ("agreement", "coverage", "recall"))


@figure
def any_label() -> Figure:
    """Three kinds of label against none: a dot for each seed."""
    return _study("any_label", "no labels", ("coverage", "recall"))


def _study(name: str, baseline: str, judged_by: Sequence[str]) -> Figure:
    """Every seed of a study as a dot, in the colour of its recipe's verdict against a baseline."""
    record = studies.on_record(name)
    verdicts = record.effects(baseline).set_index(["recipe", "metric"])["verdict"]
    recipes = list(dict.fromkeys(record["recipe"]))
    figure, panels = plt.subplots(1, len(judged_by), figsize=WIDE, sharey=True)
    for axes, metric in zip(panels, judged_by, strict=True):
        for row, recipe in enumerate(recipes):
            chosen = (record["recipe"] == recipe) & (record["metric"] == metric)
            values = record[chosen]["value"].to_numpy()
            colour = REAL if recipe == baseline else COLOURS[verdicts[recipe, metric]]
            heights = row + np.linspace(-0.16, 0.16, len(values))
            axes.plot(values, heights, "o", color=colour, ms=9, alpha=0.75, mew=0)
            axes.plot([values.mean()] * 2, [row - 0.34, row + 0.34], color="0.1", lw=4)
        axes.set(title=metric, ylim=(len(recipes) - 0.5, -0.5))
        axes.xaxis.set_major_locator(MaxNLocator(3, min_n_ticks=2))
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.12)
        if metric == "agreement":
            axes.set(xlim=(-0.05, 1.1), xticks=[0, 0.5, 1])
    panels[0].set_yticks(range(len(recipes)), [name.replace(", ", ",\n") for name in recipes])
    seen = {COLOURS[word]: word for word in set(verdicts.loc[:, list(judged_by)])}
    words = {f"{baseline}, to compare with": REAL} | {
        word: colour for word, colour in COLOURS.items() if colour in seen
    }
    handles = [
        plt.Line2D([], [], color=colour, marker="o", ls="", ms=4, label=word)
        for word, colour in words.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4,
                  columnspacing=1.2, handletextpad=0.3)  # fmt: skip
    return figure


# ------------------------------------------------------------------------------------------ InfoGAN


@figure
def codes() -> Figure:
    """Who gives what to whom in an InfoGAN."""
    drawn = plotting.Diagram(12, 3.7, size=17, pad=0.45, line=2.4)
    drawn.box(1.0, 3.1, "noise z", "0.25")
    drawn.box(1.0, 1.6, "codes c", REAL)
    drawn.box(3.6, 2.35, "generator\nG", GENERATOR, filled=True)
    drawn.box(6.1, 2.35, "picture\nG(z, c)", FAKE)
    drawn.box(8.6, 2.35, "one body,\ntwo heads", DISCRIMINATOR, filled=True)
    drawn.box(11.0, 3.1, "D: real?", "0.25")
    drawn.box(11.0, 1.6, "Q: which c?", REAL)
    drawn.arrow((1.75, 3.0), (2.75, 2.6))
    drawn.arrow((1.75, 1.7), (2.75, 2.1))
    drawn.arrow((4.5, 2.35), (5.3, 2.35))
    drawn.arrow((6.95, 2.35), (7.6, 2.35))
    drawn.arrow((9.6, 2.55), (10.2, 2.95))
    drawn.arrow((9.6, 2.15), (10.0, 1.85))
    drawn.arrow((10.9, 1.15), (1.1, 1.15), REAL, bend=-0.12, ls="--")
    drawn.axes.text(6.0, 0.75, "must be read again", color=REAL, fontsize=17, ha="center")
    return drawn.figure


@cache
def _read() -> pd.DataFrame:
    """How well each true factor of real flowers can be told from each code."""
    trained = checkpoints.load("infogan-flowers")
    fresh = datasets.flowers(size=16).fresh(2_000, seed=11)
    choice, numbers = trained.read(fresh.x)
    read = {f"number {place}": numbers[:, place] for place in range(5)} | {"choice": choice}
    return metrics.code_table(read, fresh.factors)


@figure
def traversals() -> Figure:
    """One flower, and one of five numbers going from −1 to 1 in each row."""
    trained = checkpoints.load("infogan-flowers")
    latent = trained.latent
    z = latent.sample(Randomness(3), 1).repeat(5, 9, 1)
    for row in range(5):
        z[row, :, latent.place(1).start + row] = torch.linspace(-1, 1, 9)
    x = trained.generate(z.flatten(0, 1))
    framed = nn.functional.pad(x, (1, 1, 1, 1), value=1.0)
    figure, axes = plt.subplots(figsize=WIDE)
    images(axes, framed, 9)
    axes.set_axis_on()
    axes.spines[:].set_visible(False)
    axes.set_yticks([9 + 18 * row for row in range(5)], [f"number {row}" for row in range(5)])
    axes.set_xticks([9, 81, 153], ["−1", "0", "1"])
    axes.tick_params(length=0)
    return figure


@figure
def code_table() -> Figure:
    """Factors against codes, on real flowers."""
    table = _read()
    names = [name.replace("number ", "") for name in table.columns]
    figure, axes = plt.subplots(figsize=HALF)
    axes.imshow(table, cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(table)), table.index)
    axes.tick_params(length=0)
    axes.set_xlabel("number 0 to 4, choice, and all together", fontsize=16)
    axes.spines[:].set_visible(False)
    for (row, column), value in np.ndenumerate(table.to_numpy(dtype=float)):
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=15)
    axes.set_title("how well a code tells a factor")
    return figure


# ---------------------------------------------------------------------------- a D that is less sure


@figure
def soft_targets() -> Figure:
    """The best discriminator, if it is told other targets."""
    x = torch.linspace(-4, 6, 300)
    p = torch.distributions.Normal(0.0, 1.0).log_prob(x).exp()
    q = torch.distributions.Normal(2.0, 1.0).log_prob(x).exp()
    kinds = {"hard": (Hard(), "0.15", "-"), "0.9, one-sided": (Smooth(0.9), DISCRIMINATOR, "-"),
             "0.9 and 0.2": (Smooth(0.9, 0.2), GENERATOR, "-"),
             "10 % flipped": (Flip(0.1), "#e69f00", "--")}  # fmt: skip
    figure, axes = plt.subplots(figsize=HALF)
    axes.fill_between(x, p, color=REAL, alpha=0.25, lw=0)
    axes.fill_between(x, q, color=FAKE, alpha=0.25, lw=0)
    for name, (targets, colour, dash) in kinds.items():
        axes.plot(x, targets.optimal(p, q), dash, color=colour, label=name)
    axes.set(xlabel="x", ylabel="the best D(x)", ylim=(-0.02, 1.03), yticks=[0, 0.2, 0.9, 1])
    axes.set(xticks=[-4, 0, 2, 6])
    axes.legend(loc="upper right")
    return figure


@figure
def noisy_lines() -> Figure:
    """Two lines as D sees them through less and less noise."""
    figure, panels = plt.subplots(1, 3, figsize=(12, 3.9), sharey=True)
    for axes, progress in zip(panels, (0.0, 0.5, 1.0), strict=True):
        for seed, (place, colour) in enumerate(((0.0, REAL), (0.5, FAKE))):
            seen = Noisy(0.3)(_line(place), Randomness(seed), progress)
            axes.plot(*seen.T, ".", color=colour, ms=6, rasterized=True)
        axes.set(title=f"{progress:.0%} of the run".replace("%", " %"), xlim=(-1, 1.5))
        axes.set(xlabel="x₁", xticks=[0, 0.5], yticks=[0, 1])
    panels[0].set_ylabel("x₂")
    return figure


TOLD = {
    ("4.3", "0.9, one-sided"): "4.3  0.9, one-sided",
    ("4.3", "0.9 and 0.2"): "4.3  0.9 and 0.2",
    ("4.3", "around 0.9 and 0.1, freshly drawn"): "4.3  freshly drawn",
    ("4.3", "10 % flipped"): "4.3  10 % flipped",
    ("4.3", "0.9, one-sided, a fast D"): "4.3  0.9, a fast D",
    ("4.5", "0.1, down to nothing"): "4.5  noise 0.1",
    ("4.5", "0.3, down to nothing"): "4.5  noise 0.3",
    ("4.5", "0.3, a fast D"): "4.5  noise 0.3, a fast D",
}


@figure
def less_sure() -> Figure:
    """The gains of softer targets and of noise, with intervals."""
    return _forest(TOLD, ("spiral", "ring", "grid"))


# -------------------------------------------------------------------------------------- Wasserstein


def _line(theta: float) -> Tensor:
    """400 points of a vertical line at θ."""
    along = torch.rand(400, 1, generator=torch.Generator().manual_seed(0))
    return torch.cat([torch.full_like(along, theta), along], 1)


def _learn(game: GAN, real: Tensor, fake: Tensor, steps: int = 300, **options) -> nn.Module:
    """A discriminator that has learned to play this game against samples that stay as they are."""
    torch.manual_seed(0)
    network = networks.mlp(real.shape[1], 64, 64, 1, activation="leaky_relu", **options).build()
    played = game.between(nn.Identity(), network, Gaussian(1), Randomness(0))
    player = Player(network, Adam(2e-3, betas=(0.5, 0.9)), steps, constrain=played.constrain)
    for _ in range(steps):
        player.descend(played.discriminator_loss(real, fake))
    return network.eval().requires_grad_(False)


def _pull(network: nn.Module, loss: Callable[[Tensor], Tensor], theta: float) -> float:
    """How strongly this loss pulls θ, through this network."""
    at = torch.tensor(theta, requires_grad=True)
    along = _line(0.0)[:, 1:]
    loss(network(torch.cat([at.expand(len(along), 1), along], 1))).mean().backward()
    return abs(at.grad.item())


def _saturating(logits: Tensor) -> Tensor:
    """log(1 − D)"""
    return -nn.functional.softplus(logits)


@figure
def lines_apart() -> Figure:
    """What a discriminator and a critic measure between two lines, and how hard losses pull."""
    game, thetas = WassersteinGAN(penalty=GradientPenalty(10.0)), (0.25, 0.5, 1.0, 2.0)
    real = _line(0.0)
    divergence, distance = [], []
    pulls: dict[str, list[float]] = {"−log D": [], "critic": [], "log(1 − D)": []}
    for theta in thetas:
        fake = _line(theta)
        judge, critic = _learn(GAN(), real, fake, steps=600), _learn(game, real, fake)
        loss = (GAN().loss_on_real(judge(real)) + GAN().loss_on_fake(judge(fake))).mean()
        divergence.append(math.log(2) - loss.item() / 2)
        distance.append((critic(real) - critic(fake)).mean().item())
        pulls["−log D"].append(_pull(judge, GAN().loss_of_generator, theta))
        pulls["critic"].append(_pull(critic, game.loss_of_generator, theta))
        pulls["log(1 − D)"].append(_pull(judge, _saturating, theta))
    figure, (left, right) = plt.subplots(1, 2, figsize=WIDE)
    ends = [0, 2.1]
    left.plot(ends, ends, "--", color=REAL, lw=2)
    left.plot(ends, [math.log(2)] * 2, "--", color=FAKE, lw=2)
    left.plot(thetas, distance, "^", color=REAL, ms=12)
    left.plot(thetas, divergence, "o", color=FAKE, ms=12)
    left.text(1.05, 1.75, "Wasserstein", color=REAL, ha="right")
    left.text(2.1, 0.42, "Jensen–Shannon", color=FAKE, ha="right")
    left.set(title="how far apart? (dashed: theory)", xlabel="θ, the distance of the lines")
    left.set(xticks=[0, 0.5, 1, 2], yticks=[0, 1, 2], ylim=(0, 2.4))
    for (name, values), colour in zip(pulls.items(), (GENERATOR, REAL, FAKE), strict=True):
        right.plot(thetas, values, "o-", color=colour, ms=10)
        _beside(right, thetas[-1], values[-1], name, colour)
    right.set(title="how hard does G's loss pull?", xlabel="θ, the distance of the lines")
    right.set(yscale="log", xlim=(0, 3.1), xticks=[0, 0.5, 1, 2], yticks=[1e-8, 1e-4, 1])
    right.minorticks_off()
    return figure


def _beside(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    """A name at the end of a curve."""
    axes.annotate(text, (x, y), (14, 0), textcoords="offset points", color=colour, va="center")


HOLD = {
    "a classifier": "probability of real\nnobody holds it",
    "clipped": "weights cut\nto ±c",
    "gradient penalty": "pay (|∇f| − 1)²\nbetween the heaps",
    "spectral norm": "layers divided by\ntheir largest stretch",
}


@figure
def held() -> Figure:
    """A classifier and three critics that are held, between two heaps on a line."""
    torch.manual_seed(0)
    real, fake = torch.randn(400, 1) * 0.3, torch.randn(400, 1) * 0.3 + 3
    learned = {
        "a classifier": _learn(GAN(), real, fake),
        "clipped": _learn(WassersteinGAN(clip=0.1), real, fake),
        "gradient penalty": _learn(WassersteinGAN(penalty=GradientPenalty(10.0)), real, fake),
        "spectral norm": _learn(WassersteinGAN(), real, fake, spectral_norm=True),
    }
    x = torch.linspace(-1.5, 4.5, 200)[:, None]
    figure, panels = plt.subplots(1, 4, figsize=WIDE)
    for axes, (name, network) in zip(panels, learned.items(), strict=True):
        score = network(x).flatten()
        says = torch.sigmoid(score) if name == "a classifier" else score
        low, high = says.min().item(), says.max().item()
        foot = low - 0.08 * (high - low)
        for heap, colour in ((real, REAL), (fake, FAKE)):
            axes.plot(heap, [foot] * 400, "|", color=colour, ms=16, alpha=0.3, rasterized=True)
        axes.plot(x.flatten(), says, color=DISCRIMINATOR, lw=4)
        between = network(torch.tensor([[0.5], [2.5]])).flatten()
        slope = (between[0] - between[1]).item() / 2
        axes.set(title=name, xticks=[0, 3])
        axes.yaxis.set_major_locator(MaxNLocator(3))
        axes.set_xlabel(
            HOLD[name] if name == "a classifier" else f"slope {slope:.2f}\n{HOLD[name]}"
        )
    return figure


@figure
def meaningful() -> Figure:
    """D's loss against the coverage of the samples, along runs of two games."""
    ring, plain = TASKS["ring"].data(), TASKS["ring"].recipe.with_(d_steps=5, steps=1_000)
    patient = Adam(1e-3, betas=(0.0, 0.9))
    wasserstein = plain.with_(game=WassersteinGAN(penalty=GradientPenalty(1.0)),
                              d_optimizer=patient, g_optimizer=patient)  # fmt: skip
    figure, panels = plt.subplots(1, 2, figsize=WIDE, sharey=True)
    for axes, (name, recipe) in zip(
        panels, {"GAN": plain, "Wasserstein GAN": wasserstein}.items(), strict=True
    ):
        history = train(recipe, ring, seeds=range(2)).history
        for colour, shape, (seed, of_seed) in zip(
            (REAL, FAKE), "o^", history.groupby("seed"), strict=True
        ):
            early = of_seed["step"] <= 100
            for rows, look in (
                (of_seed[early], dict(color="0.75")),
                (of_seed[~early], dict(color=colour, alpha=0.7, label=f"seed {seed}")),
            ):
                axes.plot(rows["d_loss"], rows["coverage"], shape, ms=7, mew=0, **look)
        axes.set(title=name, xlabel="D's loss")
        axes.xaxis.set_major_locator(MaxNLocator(4))
    panels[0].set_ylabel("coverage")
    panels[0].plot([], [], "o", color="0.75", label="first 100 steps")
    panels[0].legend(loc="upper right", markerscale=1.5)
    return figure


CRITICS = {
    ("4.8", "gradient penalty"): "penalty, D once",
    ("4.8", "gradient penalty, both with D 5 times"): "penalty, D 5 times",
    ("4.8", "clipping, both with D 5 times"): "clipping, D 5 times",
}


@figure
def critics() -> Figure:
    """The gains of Wasserstein GANs at both budgets, with intervals."""
    return _forest(CRITICS, ("spiral", "ring", "grid"), ("short", "long"), (12.0, 4.0))
