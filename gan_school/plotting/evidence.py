"""What was measured over many runs: gains with their intervals, values one by one, and names."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from gan_school.plotting.style import (
    DISCRIMINATOR,
    FAKE,
    REAL,
    as_array,
    check_columns,
    check_names,
    in_style,
)

if TYPE_CHECKING:
    import pandas as pd

EFFECTS = (
    "trick", "variant", "task", "budget", "metric", "gain", "gain_low", "gain_high", "verdict",
)  # fmt: skip


@in_style
def forest(effects: pd.DataFrame) -> Figure:
    """What many tricks gain, with 95 % intervals: a line for each, a panel for each task.

    Right of the dotted line is better. In colour where it helps or hurts; grey and filled where
    with and without are equivalent; hollow where it is undecided. Circles are for the long budget,
    triangles above them for the short one.

    Args:
        effects: `trick`, `variant`, `task`, `budget`, `metric`, `gain`, `gain_low`, `gain_high` and
            `verdict`, as `Ledger.effects` gives them.

    Raises:
        ValueError: if a column is missing, or there are no rows.
    """
    check_columns(effects, EFFECTS, "Ledger.effects()")
    if effects.empty:
        raise ValueError("nothing to draw: there are no effects.")
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
    colours = {"helps": DISCRIMINATOR, "hurts": FAKE, "equivalent": "0.55"}
    for axes, task in zip(panels[0], tasks, strict=True):
        of_task = effects[effects["task"] == task]
        for row in of_task.itertuples():
            above = 0.17 if row.budget == "short" else -0.17
            y = place[row.trick, row.variant] + above * (len(budgets) > 1)
            colour = colours.get(row.verdict, "0.55")
            axes.plot([row.gain_low, row.gain_high], [y, y], color=colour, lw=2)
            filled = colour if row.verdict in colours else "white"
            shape = "^" if row.budget == "short" else "o"
            axes.plot(row.gain, y, shape, color=colour, mfc=filled, ms=8, mew=2)
        axes.axvline(0, color="0.3", ls=":", lw=1.2)
        metric = of_task["metric"].iloc[0].replace("_", " ").replace("wasserstein", "Wasserstein")
        axes.set(title=task, xlabel=f"gain in {metric}")
        axes.xaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2))
        axes.tick_params(axis="y", length=0)
    panels[0][0].set_yticks(list(place.values()), named)
    panels[0][0].set_ylim(-len(lines) + 0.5, 0.5)
    key = [
        plt.Line2D([], [], color=colour, mfc=fill, marker="s", ls="", ms=8, mew=2, label=name)
        for name, colour, fill in (
            *((name, colour, colour) for name, colour in colours.items()),
            ("undecided", "0.55", "white"),
        )
    ]
    if len(budgets) > 1:
        key += [
            plt.Line2D([], [], color="0.3", marker=shape, ls="", ms=7, label=f"{name} budget")
            for name, shape in (("short", "^"), ("long", "o"))
        ]
    figure.legend(handles=key, loc="outside lower center", ncols=len(key))
    return figure


@in_style
def board(effects: pd.DataFrame) -> Figure:
    """Many gains at a glance: a line for each variant and task, a column for each question.

    In colour where it helps or hurts, grey where with and without are equivalent, and framed where
    it is undecided; empty where nobody asked. On the right, where it is known, what a step costs.

    Args:
        effects: `variant`, `task`, `question`, `gain`, `verdict` and `cost`, one row for each
            square.

    Raises:
        ValueError: if a column is missing, or there are no rows.
    """
    columns = ("variant", "task", "question", "gain", "verdict", "cost")
    check_columns(effects, columns, "table of effects")
    if effects.empty:
        raise ValueError("nothing to draw: there are no effects.")
    questions = list(dict.fromkeys(effects["question"]))
    costs = effects.groupby(["variant", "task"], sort=False)["cost"].first()
    names = list(costs.index.unique("variant"))
    lines = sorted(costs.index, key=lambda line: names.index(line[0]))
    said = {name: textwrap.fill(name, 20) for name in names}
    wide = max(len(line) for text in said.values() for line in text.split("\n"))
    tasks = 0.1 * max(len(task) for _, task in lines)  # inches that names take
    size = 0.6 + tasks + 0.12 * wide + 0.86 * (1 + len(questions))
    figure, axes = plt.subplots(figsize=(size, 1.5 + 0.4 * len(lines)))
    grounds = {"helps": DISCRIMINATOR, "hurts": FAKE, "equivalent": "0.88", "undecided": "white"}
    for row in effects.itertuples():
        x, y = questions.index(row.question), lines.index((row.variant, row.task))
        edge = "0.75" if row.verdict == "undecided" else grounds[row.verdict]
        axes.add_patch(
            plt.Rectangle((x - 0.46, y - 0.42), 0.92, 0.84, fc=grounds[row.verdict], ec=edge)
        )
        ink = "white" if row.verdict in ("helps", "hurts") else "0.25"
        axes.text(x, y, _signed(row.gain), color=ink, ha="center", va="center")
    for y, (variant, task) in enumerate(lines):
        if np.isfinite(cost := costs[variant, task]):
            axes.text(len(questions), y, f"× {cost:.1f}", color="0.25", ha="center", va="center")
        if y == 0 or lines[y - 1][0] != variant:
            of_variant = sum(name == variant for name, _ in lines)
            middle = y + min(of_variant - 1, said[variant].count("\n")) / 2
            axes.annotate(
                said[variant], (0, middle), (-72 * (0.2 + tasks), 0), ha="right", va="center",
                weight="bold", linespacing=1.1,
                xycoords=axes.get_yaxis_transform(), textcoords="offset points",
            )  # fmt: skip
            axes.axhline(y - 0.5, color="0.75" if y else "white", lw=1)
    heads = [
        textwrap.fill(name.replace("_", " "), 7, break_long_words=False)
        for name in (*questions, *["cost of a step"] * int(costs.notna().any()))
    ]
    axes.set_xticks(range(len(heads)), heads, fontsize=13)
    axes.set_yticks(range(len(lines)), [task for _, task in lines])
    axes.xaxis.tick_top()
    axes.set(xlim=(-0.5, len(heads) - 0.5), ylim=(len(lines) - 0.5, -0.5))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    key = [
        plt.Rectangle((0, 0), 1, 1, fc=colour, ec="0.7", label=name)
        for name, colour in grounds.items()
    ]
    figure.legend(handles=key, loc="outside lower center", ncols=len(key))
    return figure


@in_style
def trade_offs(effects: pd.DataFrame, others: pd.DataFrame) -> Figure:
    """What tricks gain by two metrics, or after two budgets: a point for each variant.

    There is a panel for each task. Right is better by the first, up by the second. In colour, and
    with their numbers, are those that surely help by one and surely hurt by the other.

    Args:
        effects: as `Ledger.effects` gives them: `trick`, `variant`, `task`, `metric`, `gain` and
            `verdict`, in one row for each variant and task.
        others: the same by another metric, or after another budget. What has no row in both is left
            out.

    Raises:
        ValueError: if a column is missing, or nothing is left.
    """
    for table in (effects, others):
        check_columns(table, EFFECTS, "Ledger.effects()")
    both = effects.merge(others, on=["trick", "variant", "task"], suffixes=("", "_other"))
    if both.empty:
        raise ValueError("nothing to draw: no variant is in both tables.")
    tasks = list(dict.fromkeys(both["task"]))
    figure, panels = plt.subplots(
        1, len(tasks), squeeze=False, sharex=True, sharey=True, layout="constrained",
        figsize=(0.6 + 3.7 * len(tasks), 4.4),
    )  # fmt: skip
    for axes, task in zip(panels[0], tasks, strict=True):
        own = both[both["task"] == task]
        axes.axhline(0, color="0.6", lw=1, ls=":")
        axes.axvline(0, color="0.6", lw=1, ls=":")
        up = own["verdict"].eq("hurts") & own["verdict_other"].eq("helps")
        down = own["verdict"].eq("helps") & own["verdict_other"].eq("hurts")
        for rows, colour in ((own[~up & ~down], "0.7"), (own[up], REAL), (own[down], FAKE)):
            axes.plot(rows["gain"], rows["gain_other"], "o", ms=6, color=colour)
        for rows, side in ((own[up], "right"), (own[down], "left")):
            _name_points(axes, rows, side)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.set(title=task, xlabel=f"gain in {_judged(own)}")
    one, other = _judged(both), _judged(both, "_other")
    panels[0, 0].set_ylabel(f"gain in {other}")
    dots = [Line2D([], [], ls="", marker="o", ms=8, color=colour) for colour in (REAL, FAKE, "0.7")]
    said = [f"surely less {one}, more {other}", f"surely more {one}, less {other}", "all others"]
    figure.legend(dots, said, loc="outside lower center", ncols=3, markerscale=1)
    return figure


def _judged(both: pd.DataFrame, side: str = "") -> str:
    """By which metric; and after which budget, where the two sides have another one."""
    first = both.iloc[0]
    metric = first[f"metric{side}"].replace("_", " ")
    if first["metric"] != first["metric_other"]:
        return metric
    return f"{metric} after the {first[f'budget{side}']} budget"


def _name_points(axes: Axes, rows: pd.DataFrame, side: str) -> None:
    """A trick's number beside its point; once for points close together, and none upon another."""
    places: list[tuple[str, float, float]] = []
    for row in rows.sort_values("gain_other", ascending=False).itertuples():
        lowest = min((y for _, x, y in places if abs(x - row.gain) < 0.2), default=np.inf)
        alike = (trick == row.trick and abs(x - row.gain) < 0.14 and y - row.gain_other < 0.14
                 for trick, x, y in places)  # fmt: skip
        if any(alike):
            continue
        places.append((row.trick, row.gain, min(row.gain_other, lowest - 0.09)))
    for trick, x, y in places:
        axes.annotate(
            trick, (x, y), (-8 if side == "right" else 8, 0), ha=side, va="center",
            textcoords="offset points", fontsize=12,
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )  # fmt: skip


def _signed(gain: float) -> str:
    """With two digits, and a sign unless they are zeros."""
    return f"{gain:+.2f}".replace("-", "−") if round(gain, 2) else "0.00"


@in_style
def spread(values: dict[str, Any], label: str = "") -> Figure:
    """Every value as a dot, one row for each name; a bar marks the mean.

    Args:
        values: name and numbers of each row, one number for each seed for example.
        label: what is measured; without it, the name where there is only one.

    Raises:
        ValueError: if there are no rows, or something in them is not a list of numbers.
    """
    check_names(values, "numbers")
    values = {name: as_array(numbers, repr(name)) for name, numbers in values.items()}
    for name, numbers in values.items():
        if numbers.ndim != 1 or not len(numbers):
            raise ValueError(f"{name!r} has shape {numbers.shape}, expected one number or more.")
    figure, axes = plt.subplots(figsize=(9, 1.5 + 0.8 * len(values)))
    jitter = np.random.default_rng(0)
    for row, numbers in enumerate(values.values()):
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


@in_style
def interval_coverage(counted: pd.DataFrame, level: float = 0.95) -> Figure:
    """How often intervals of several methods cover the truth: a panel for each kind of values.

    Args:
        counted: `values`, `seeds`, `method` and `covered`, as `coverage_study.intervals` gives
            them.
        level: what they promise, drawn as a dotted line.

    Raises:
        ValueError: if a column is missing, or there are no rows.
    """
    check_columns(counted, ("values", "seeds", "method", "covered"), "coverage_study.intervals()")
    if counted.empty:
        raise ValueError("nothing to draw: no intervals were counted.")
    kinds = list(dict.fromkeys(counted["values"]))
    columns = min(3, len(kinds))
    figure, panels = plt.subplots(
        -(-len(kinds) // columns), columns, sharex=True, sharey=True, squeeze=False,
        figsize=(1.5 + 4 * columns, 1 + 3 * -(-len(kinds) // columns)),
    )  # fmt: skip
    for axes, kind in zip(panels.flat, kinds, strict=False):
        of_kind = counted[counted["values"] == kind]
        for (name, row), marker in zip(
            of_kind.groupby("method", sort=False), "os^vD", strict=False
        ):
            axes.plot(row["seeds"], row["covered"], marker=marker, ms=7, label=name)
        axes.axhline(level, color="0.3", ls=":", lw=1.5)
        axes.set(title=kind.replace(" (", "\n("), xscale="log")
        axes.set_xticks(sorted(set(counted["seeds"])), sorted(set(counted["seeds"])))
        axes.minorticks_off()
    for axes in panels.flat[len(kinds) :]:
        axes.set_visible(False)
    for axes in panels[-1]:
        axes.set_xlabel("seeds")
    for axes in panels[:, 0]:
        axes.set_ylabel("covers the truth")
    figure.legend(*panels[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


@in_style
def staircase(steps: pd.DataFrame, label: str = "mean coverage") -> Figure:
    """How good a recipe is after each step, with 95 % intervals.

    In blue with the seeds that selected the steps, which flatter them; in orange with others.

    Args:
        steps: `stage`, `name`, `half`, `mean`, `low` and `high`, as `Climb.staircase` gives them.
        label: what is measured.

    Raises:
        ValueError: if a column is missing, or there are no rows.
    """
    columns = ("stage", "name", "half", "mean", "low", "high")
    check_columns(steps, columns, "Climb.staircase()")
    if steps.empty:
        raise ValueError("nothing to draw: there are no steps.")
    names = steps.drop_duplicates("stage").set_index("stage")["name"]
    figure, axes = plt.subplots(figsize=(9, 1.7 + 0.62 * len(names)))
    looks = {
        "selecting": (REAL, "o", -0.13, "seeds that selected"),
        "measuring": (FAKE, "s", 0.13, "other seeds"),
    }
    for half, table in steps.groupby("half", sort=False):
        colour, shape, aside, name = looks[half]
        y = table["stage"] + aside
        reach = [table["mean"] - table["low"], table["high"] - table["mean"]]
        axes.errorbar(table["mean"], y, xerr=reach, color=colour, fmt=shape, ms=8, lw=2, label=name)
        axes.step(table["mean"], y, where="pre", color=colour, lw=1, alpha=0.6)
    said = [name if stage == 0 else f"{stage}.  + {name}" for stage, name in names.items()]
    axes.set_yticks(names.index, said)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel(label)
    axes.tick_params(axis="y", length=0)
    figure.legend(loc="outside lower center", ncols=2, markerscale=1)
    return figure


@in_style
def confusion(counts: pd.DataFrame, said: str = "what was said") -> Figure:
    """Who was taken for what: a row for each kind, a column for each name that was given.

    Kinds have numbers, and columns those of their names. What is right is black, an error orange;
    the ground is the darker the larger a count is in its row.

    Args:
        counts: of each kind (index) and name (columns). Every name is a kind, too.
        said: what the columns are.

    Raises:
        ValueError: if there are no counts, or a name is no kind.
    """
    if counts.empty:
        raise ValueError("nothing to draw: there are no counts.")
    kinds = list(counts.index)
    if strange := [name for name in counts.columns if name not in kinds]:
        raise ValueError(f"{strange[0]!r} is no kind: there are {', '.join(map(str, kinds))}.")
    figure, axes = plt.subplots(figsize=(3 + 0.5 * counts.shape[1], 1.2 + 0.42 * len(kinds)))
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    axes.imshow(shares**0.5, cmap="Blues", vmin=0, vmax=1.8, aspect="auto")
    for (row, column), count in np.ndenumerate(counts.to_numpy()):
        right = kinds[row] == counts.columns[column]
        style = {"color": "black"} if right else {"color": FAKE, "weight": "bold"}
        if count:
            axes.text(column, row, count, ha="center", va="center", **style)
    axes.set_yticks(range(len(kinds)), [f"{kind}  {row}" for row, kind in enumerate(kinds, 1)])
    axes.set_xticks(range(counts.shape[1]), [kinds.index(name) + 1 for name in counts.columns])
    axes.set_xlabel(said)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure
