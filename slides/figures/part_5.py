"""Figures of part 5: levels 1 and 2, and the five dials."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from gan_school import datasets, train, tricks
from gan_school.lab import TASKS, evidence
from gan_school.lab.inference import EQUIVALENT, HELPS, HURTS, UNDECIDED
from gan_school.lab.terms import TIME
from gan_school.metrics.metric import METRICS
from gan_school.plotting import DISCRIMINATOR, FAKE, GENERATOR, REAL
from gan_school.training import Recipe
from slides.figures import HALF, WIDE, figure

COLOURS = {HELPS: DISCRIMINATOR, HURTS: FAKE, EQUIVALENT: "0.5", UNDECIDED: "0.5"}
ENOUGH = METRICS["coverage"].margin  # the smallest gain that we care about


# ---------------------------------------------------------------------------------- the anecdotes


@cache
def _two(recipe: Recipe) -> list[Tensor]:
    """Samples of two GANs on the ring, after half of the long budget."""
    return list(train(recipe.with_(steps=1_000), TASKS["ring"].data(), seeds=range(2)).sample(600))


def _anecdote(trick: str) -> Figure:
    """Two GANs without a trick and two with it: notebooks 05 and 06 have the same picture."""
    task, reach = TASKS["ring"], 2.7
    ring = task.data()
    figure, panels = plt.subplots(1, 4, figsize=(12, 3.7))
    sides = zip(("without", "with"), tricks[trick].pair(task.recipe, ring), strict=True)
    frames = [(name, n, x) for name, side in sides for n, x in enumerate(_two(side))]
    for axes, (name, seed, x) in zip(panels, frames, strict=True):
        axes.plot(*ring.x[:500].T, ".", color=REAL, ms=4, alpha=0.5, rasterized=True)
        axes.plot(*x.T, ".", color=FAKE, ms=4, alpha=0.7, rasterized=True)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal",
                 title=f"{name}, seed {seed}")  # fmt: skip
        outside = (x.abs() > reach).any(1).float().mean()
        if outside >= 0.01:
            axes.set_xlabel(f"{outside:.0%} outside", color=FAKE)
    return figure


@figure
def adam_anecdote() -> Figure:
    """Two GANs with plain gradient descent, two with Adam."""
    return _anecdote("1.5")


@figure
def leaky_anecdote() -> Figure:
    """Two GANs with ReLU, two with LeakyReLU in D."""
    return _anecdote("2.2")


# ----------------------------------------------------------------------------- how it is measured


@figure
def pairs() -> Figure:
    """The seeds without Adam and with it; their differences, the mean and its interval."""
    trick, variant = "1.5", "not SGD with 50 times the rate"
    ledger = evidence()
    values = ledger.values.query("task == 'ring' and step == @ledger.tasks['ring']['long']")
    table = values.pivot(index="seed", columns="recipe", values="coverage")
    asked = "trick == @trick and variant == @variant and task == 'ring' and terms == 'equal steps'"
    pair = ledger.pairs.query(asked).iloc[0]
    both = table[[pair["without"], pair["with_"]]].dropna()  # the seeds that both have
    without, with_ = both[pair["without"]], both[pair["with_"]]
    effect = ledger.effects(trick, "ring", "long").set_index("variant").loc[variant]

    figure, (left, right) = plt.subplots(1, 2, figsize=WIDE, width_ratios=(1, 1.35))
    for before, after in zip(without, with_, strict=True):
        left.plot([0, 1], [before, after], color="0.7", lw=1.5)
    left.plot([0] * len(without), without, "o", color="0.35", ms=10, alpha=0.8)
    left.plot([1] * len(with_), with_, "o", color=DISCRIMINATOR, ms=10, alpha=0.8)
    left.set_xticks([0, 1], ["SGD", "Adam"])
    left.set(xlim=(-0.35, 1.35), ylim=(0, 1), yticks=[0, 0.5, 1], title="a line for each seed",
             ylabel="coverage")  # fmt: skip

    right.axvspan(-ENOUGH, ENOUGH, color="0.9", lw=0)
    right.axvline(0, color="0.4", ls=":", lw=2)
    gains = with_ - without
    right.plot(gains, [1 + 0.09 * (n % 5 - 2) for n in range(len(gains))], "o", color="0.35", ms=10)
    right.plot([effect["low"], effect["high"]], [0, 0], color=DISCRIMINATOR, lw=6)
    right.plot(effect["difference"], 0, "o", color=DISCRIMINATOR, ms=16)
    right.set_yticks([1, 0], ["each\nseed", "mean,\n95 %\ninterval"])
    right.set(ylim=(-0.6, 1.6), title="what Adam gains in coverage")
    right.tick_params(axis="y", length=0)
    right.text(0.06, -0.52, "grey: too small to matter", color="0.35", fontsize=15)
    return figure


# ----------------------------------------------------------------------------- one trick, by task


def _stroke(axes: Axes, y: float, row: pd.Series, size: float = 11) -> None:
    """One gain and its interval."""
    colour = COLOURS[row["verdict"]]
    fill = "white" if row["verdict"] == UNDECIDED else colour
    shape = "^" if row["budget"] == "short" else "o"
    axes.plot([row["gain_low"], row["gain_high"]], [y, y], color=colour, lw=3)
    axes.plot(row["gain"], y, shape, color=colour, mfc=fill, ms=size, mew=2.5)


def _key(figure: Figure, columns: int, budgets: bool = True) -> None:
    """What colours and shapes mean, below a figure."""
    handles = [
        plt.Line2D([], [], color=colour, mfc="white" if name == UNDECIDED else colour, marker="s",
                   ls="", ms=11, mew=2.5, label=name)
        for name, colour in COLOURS.items()
    ]  # fmt: skip
    if budgets:
        handles += [
            plt.Line2D([], [], color="0.3", marker=shape, ls="", ms=11, label=name)
            for name, shape in (("short run", "^"), ("long run", "o"))
        ]
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, markerscale=1,
                  columnspacing=1.4, handletextpad=0.4)  # fmt: skip


def _by_task(
    chosen: dict[str, tuple[str, str]], size: tuple[float, float], columns: int = 6
) -> Figure:
    """A column for each variant, a line for each task and budget.

    Args:
        chosen: by title, the number of a trick and its variant.
        size: in inches.
        columns: of the key.
    """
    ledger, tasks = evidence(), list(TASKS)
    figure, panels = plt.subplots(
        1, len(chosen), figsize=size, sharey=True, sharex=True, squeeze=False
    )
    for axes, (title, (trick, variant)) in zip(panels[0], chosen.items(), strict=True):
        effects = ledger.effects(trick)
        for _, row in effects[effects["variant"] == variant].iterrows():
            above = 0.18 if row["budget"] == "short" else -0.18
            _stroke(axes, above - tasks.index(row["task"]), row)
        axes.axvline(0, color="0.3", ls=":", lw=2)
        axes.set_yticks(range(0, -len(tasks), -1), tasks)
        axes.set_ylim(0.5 - len(tasks), 0.5)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(3, min_n_ticks=2))
        axes.set(title=title, xlabel="more coverage")
    _key(figure, columns)
    return figure


@figure
def fair_rate() -> Figure:
    """Adam against two kinds of SGD."""
    return _by_task(
        {
            "not SGD with the same rate": ("1.5", "not SGD with the same rate"),
            "not SGD with 50 times the rate": ("1.5", "not SGD with 50 times the rate"),
        },
        (12, 4.6),
    )


@figure
def swapped() -> Figure:
    """Swapped labels against the saturating loss, with a strong D."""
    return _by_task(
        {"swapped labels, D trained 5 times": ("1.3", "the same, D trained 5 times")}, HALF, 3
    )


@figure
def noise_and_weights() -> Figure:
    """Normal noise, and two alternatives to Xavier-normal weights."""
    return _by_task(
        {
            "1.4  not uniform": ("1.4", "not uniform"),
            "1.6  not PyTorch's own": ("1.6", "not PyTorch's own"),
            "1.6  not N(0, 0.02²)": ("1.6", "not N(0, 0.02²)"),
        },
        (12, 4.6),
    )


@figure
def dropout() -> Figure:
    """Dropout in D, in a fast D, and in G."""
    return _by_task(
        {
            "in D": ("2.1", "in D"),
            "in D, a fast one": ("2.1", "in D, a fast one"),
            "in G": ("2.1", "in G"),
        },
        (12, 4.6),
    )


# --------------------------------------------------------------------------------------- 1.1: reach


@figure
def reach() -> Figure:
    """Standardised data, and where a tanh and a sigmoid can put a sample."""
    x = datasets.spiral().x
    figure, axes = plt.subplots(figsize=HALF)
    axes.plot(*x[:, [0, 2]].T, ".", color=REAL, ms=6, alpha=0.7, rasterized=True)
    for low, colour, name in ((-1, GENERATOR, "tanh"), (0, FAKE, "sigmoid")):
        inside = ((x >= low) & (x <= 1)).all(1).float().mean()
        axes.fill([low, 1, 1, low], [low, low, 1, 1], fc=colour, alpha=0.15, lw=0)
        axes.plot([low, 1, 1, low, low], [low, low, 1, 1, low], color=colour, lw=4,
                  label=f"a {name} reaches {inside:.0%}")  # fmt: skip
    axes.set(xlim=(-2, 2), ylim=(-1.7, 2.1), xticks=[-1, 0, 1], yticks=[-1, 0, 1],
             xlabel="x₁", ylabel="x₃", title="the spiral, standardised")  # fmt: skip
    figure.legend(loc="outside lower center", ncols=2, columnspacing=1.2, handlelength=1.2)
    return figure


# ---------------------------------------------------------------------------------- forest plots


def _forest(lines: Sequence[tuple[str, str, str]], size: tuple[float, float]) -> Figure:
    """What many variants gain in the long run: a line for each, a panel for each task.

    Args:
        lines: number of a trick, its variant, and what the slide calls it.
        size: in inches.
    """
    ledger = evidence()
    effects = ledger.effects([trick for trick, _, _ in lines], budget="long")
    effects = effects.set_index(["task", "trick", "variant"])
    figure, panels = plt.subplots(1, len(TASKS), figsize=size, sharey=True)
    for axes, task in zip(panels, TASKS, strict=True):
        for place, (trick, variant, _) in enumerate(lines):
            if place % 2 == 0:
                axes.axhspan(-place - 0.5, -place + 0.5, color="0.95", lw=0, zorder=0)
            if (task, trick, variant) in effects.index:
                _stroke(axes, -place, effects.loc[task, trick, variant], size=9)
        axes.axvline(0, color="0.3", ls=":", lw=2)
        axes.set(title=task, xlabel="more coverage", ylim=(0.5 - len(lines), 0.5))
        axes.xaxis.set_major_locator(MaxNLocator(3, min_n_ticks=2))
        axes.margins(x=0.08)
        axes.tick_params(axis="y", length=0)
        for side in axes.spines.values():
            side.set_visible(False)
    names = [f"{trick}  {name}" for trick, _, name in lines]
    panels[0].set_yticks(range(0, -len(lines), -1), names, ha="left", fontsize=18)
    figure.draw_without_rendering()
    wide = max(label.get_window_extent().width for label in panels[0].get_yticklabels())
    panels[0].tick_params(axis="y", pad=72 * wide / figure.dpi + 4)
    _key(figure, 4, budgets=False)
    return figure


@figure
def level_1() -> Figure:
    """Level 1 in the long run."""
    return _forest(
        [
            ("1.1", "scaled, not in its own units", "scaled data"),
            ("1.1", "(−1, 1) and tanh", "(−1, 1) and tanh"),
            ("1.1", "(0, 1) and sigmoid", "(0, 1) and sigmoid"),
            ("1.2", "not the squared error", "cross entropy"),
            ("1.3", "not the saturating loss", "swapped labels"),
            ("1.3", "the same, D trained 5 times", "… with a strong D"),
            ("1.4", "not uniform", "normal noise"),
            ("1.5", "not SGD with 50 times the rate", "Adam"),
            ("1.6", "not PyTorch's own", "Xavier-normal"),
        ],
        (12, 5.1),
    )


@figure
def level_2() -> Figure:
    """Level 2 in the long run."""
    return _forest(
        [
            ("2.1", "in D", "dropout in D"),
            ("2.1", "in G", "dropout in G"),
            ("2.2", "in D", "LeakyReLU in D"),
            ("2.2", "in G as well", "… in G as well"),
            ("2.3", "2 times", "D 2 times"),
            ("2.3", "5 times", "D 5 times"),
            ("2.3", "2 times, against a fast generator", "D 2 times, G fast"),
            ("2.4", "2 times", "G 2 times"),
            ("2.4", "5 times", "G 5 times"),
            ("2.4", "2 times, against a fast discriminator", "G 2 times, D fast"),
        ],
        (12, 5.1),
    )


@figure
def dials() -> Figure:
    """The five dials in the long run."""
    return _forest(
        [
            ("S.1", "2e-4, not 1e-3", "rate 2e-4, not 1e-3"),
            ("S.1", "2e-4 with β₁ = 0.5, not 1e-3 with 0.9", "… and β₁ 0.5, not 0.9"),
            ("S.2", "β₁ = 0.5, not 0.9", "β₁ 0.5, not 0.9"),
            ("S.2", "β₁ = 0, not 0.5", "β₁ 0, not 0.5"),
            ("S.3", "D 4 times faster", "D 4 times faster"),
            ("S.3", "D 4 times slower", "D 4 times slower"),
            ("S.3", "G 4 times slower", "G 4 times slower"),
            ("S.4", "4 times as large", "batch 4 times as large"),
            ("S.4", "a quarter", "batch a quarter"),
            ("S.5", "0.99", "average of G"),
        ],
        (12, 5.1),
    )


# ---------------------------------------------------------------- updates of D: what, when, at cost

PACE = {"once": "0.25", "2 times": REAL, "5 times": GENERATOR}


def _reached(task: str) -> dict[str, list[float]]:
    """The mean coverage after the short and the long budget, by how often D was trained."""
    effects = evidence().effects("2.3", task).set_index(["variant", "budget"])
    both = {name: [effects.loc[(name, b), "mean"] for b in ("short", "long")] for name in PACE
            if name != "once"}  # fmt: skip
    return {"once": [effects.loc[("2 times", b), "baseline"] for b in ("short", "long")]} | both


def _pace(axes: Axes, name: str, costs: dict[str, float], timed: bool = False) -> None:
    """Coverage after both budgets, for three paces of D, with what a step of each costs."""
    task = evidence().tasks[name]
    ends = _reached(name)
    for pace, reached in ends.items():
        colour = PACE[pace]
        x = [costs[pace] * steps for steps in (task["short"], task["long"])]
        axes.plot(x, reached, "-o", color=colour, ms=12, label=pace)
        others = [y for other, y in ((o, e[1]) for o, e in ends.items()) if other != pace]
        near = min(others, key=lambda y, end=reached[1]: abs(y - end)) - reached[1]
        aside = (12, 0 if abs(near) > 0.06 else -9 if near > 0 else 9)
        if timed and pace != "5 times":  # the plain recipe goes on where there is room otherwise
            aside = (-12, 20) if pace == "once" else (8, -20)
        axes.annotate(pace, (x[1], reached[1]), xytext=aside, va="center", color=colour,
                      ha="right" if aside[0] < 0 else "left", textcoords="offset points",
                      fontsize=17)  # fmt: skip
    axes.set(title=name, ylim=(0, 0.85), yticks=[0, 0.4, 0.8], xlim=(0, x[1] * 1.3))


@figure
def crossing() -> Figure:
    """Coverage after the short and after the long run, for D trained once, 2 and 5 times."""
    figure, panels = plt.subplots(1, 2, figsize=WIDE, sharey=True)
    for axes, name in zip(panels, ("spiral", "ring"), strict=True):
        task = evidence().tasks[name]
        _pace(axes, name, dict.fromkeys(PACE, 1.0))
        axes.set(xlabel="steps of G", xticks=[task["short"], task["long"]])
        axes.xaxis.set_major_formatter("{x:,.0f}")
    panels[0].set_ylabel("coverage")
    return figure


@figure
def cost() -> Figure:
    """The same against time, and the plain recipe when it may play for as long."""
    figure, panels = plt.subplots(1, 2, figsize=(12, 4.3), sharey=True)
    for axes, name in zip(panels, ("spiral", "ring"), strict=True):
        long = evidence().tasks[name]["long"]
        as_long = evidence().effects("2.3", name, "long", TIME).set_index("variant")
        costs = {"once": 1.0} | {pace: as_long.loc[pace, "cost"] for pace in ("2 times", "5 times")}
        _pace(axes, name, {pace: one / long for pace, one in costs.items()}, timed=True)
        longer = [_reached(name)["once"][1], *as_long.loc[["2 times", "5 times"], "baseline"]]
        axes.plot(list(costs.values()), longer, "--", color=PACE["once"])
        axes.plot(list(costs.values())[1:], longer[1:], "o", color=PACE["once"], mfc="white", ms=12)
        axes.set(xlabel="time", xticks=[1, 2])
    panels[0].set_ylabel("coverage")
    return figure


def _line(verdict: str) -> str:
    return ":" if verdict == UNDECIDED else "-"


@figure
def symptom() -> Figure:
    """Tricks 2.3 and 2.4, without the symptom that they are against and with it."""
    rows = {
        "D 2 times": ("2.3", "2 times"),
        "D 2 times, G too fast": ("2.3", "2 times, against a fast generator"),
        "G 2 times": ("2.4", "2 times"),
        "G 2 times, D fast": ("2.4", "2 times, against a fast discriminator"),
    }
    figure, panels = plt.subplots(1, 3, figsize=(12, 4.4), sharey=True)
    for axes, task in zip(panels, ("spiral", "ring", "grid"), strict=True):
        effects = evidence().effects(["2.3", "2.4"], task, "long").set_index(["trick", "variant"])
        for place, which in enumerate(rows.values()):
            row = effects.loc[which]
            colour = COLOURS[row["verdict"]]
            axes.plot([row["baseline"], row["mean"]], [-place] * 2, _line(row["verdict"]),
                      color=colour, lw=5)  # fmt: skip
            axes.plot(row["baseline"], -place, "o", color=colour, mfc="white", ms=14, mew=3)
            axes.plot(row["mean"], -place, "o", color=colour, ms=15)
        axes.set(title=task, xlabel="coverage", xlim=(0, 0.88), xticks=[0, 0.4, 0.8])
        axes.set_ylim(-len(rows) + 0.5, 0.5)
        axes.axhline(-1.5, color="0.8", lw=1.5)
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks(range(0, -len(rows), -1), list(rows))
    handles = [
        plt.Line2D([], [], color="0.3", mfc=fill, marker="o", ls="", ms=13, mew=3, label=name)
        for name, fill in (("without", "white"), ("with", "0.3"))
    ]
    handles += [
        plt.Line2D([], [], color=colour, lw=6, ls=_line(name), label=name)
        for name, colour in COLOURS.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=6, markerscale=1,
                  columnspacing=1.4, handlelength=1.2)  # fmt: skip
    return figure
