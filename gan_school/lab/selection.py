"""What tricks do together: a recipe is built up from the catalogue, one trick at a time.

This is forward selection, by rules that were written down before anything was measured:

- **The tasks** that select have seeds from 0 on. What was selected is then measured with other
  seeds, and on tasks that selected nothing.
- **Equal time.** Every recipe gets the time that the start takes for its steps. What a step costs
  is measured as in `gan_school.lab.survey`, and rounded to a power of 1.05.
- **Stage 1** tries every variant of the catalogue that changes the start, and plain settings, such
  as learning rates: a gain that these give needs no trick to explain it. Only 4.7, early stopping,
  is left out: its looks at the samples are in no step's cost.
- **Later stages** try again, on top of what is in: all learning rates; and of each other trick the
  two variants that did best alone, of which the `keep` best are left.
- **Who enters.** Of those that *help*, in the family of their stage, the one with the largest gain:
  the mean over the tasks. Where none does, or after `most`, the climb ends.
- **Which is best.** The climb's recipe, or its rival, a recipe that was made by hand: whichever
  covers more on the tasks that selected, with seeds that did not, in the time that the rival takes.
  If the climb's then covers surely less on the unseen tasks, the rival stays all the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import torch
from matplotlib.figure import Figure

from gan_school import datasets, recipes
from gan_school.checks import check
from gan_school.datasets import Dataset
from gan_school.datasets.points import others
from gan_school.lab.catalogue import tricks
from gan_school.lab.changes import BOTH, OPTIMIZERS, change, connected, in_networks, in_optimizers
from gan_school.lab.inference import HELPS, HURTS, effects, interval, with_gains
from gan_school.lab.ledger import Ledger, evidence
from gan_school.lab.survey import Survey, described
from gan_school.lab.tasks import TASKS, Task
from gan_school.lab.terms import FACTORS, FINEST, STEPS, TIME, Pair, power_of_cost, with_rates
from gan_school.lab.trick import Trick, Variant
from gan_school.metrics.metric import METRICS, Metric
from gan_school.networks import mlp
from gan_school.places import shipped
from gan_school.training import Cosine, Recipe

# -------------------------------------------------------------------------------- what may be tried


def _times_as_wide(recipe: Recipe, data: Dataset) -> Recipe:
    """Hidden layers twice as wide, in both networks."""
    for name in BOTH:
        sizes = getattr(recipe, name).option("hidden")
        recipe = in_networks(name, hidden=tuple(2 * size for size in sizes))(recipe, data)
    return recipe


def _one_more_layer(recipe: Recipe, data: Dataset) -> Recipe:
    """The last hidden layer of each network once more."""
    for name in BOTH:
        sizes = getattr(recipe, name).option("hidden")
        recipe = in_networks(name, hidden=(*sizes, sizes[-1]))(recipe, data)
    return recipe


def _at_rates(factor: float, recipe: Recipe, data: Dataset) -> Recipe:
    return with_rates(recipe, factor)


RATES = Trick(
    "0.1", "Other learning rates", "Both so many times as high.", "plain settings",
    variants=tuple(Variant(f"× {f:g}", partial(_at_rates, f)) for f in FACTORS if f != 1),
)  # fmt: skip

SETTINGS = (
    RATES,
    Trick(
        "0.2", "A falling learning rate", "Down to nothing, along a cosine.", "plain settings",
        variants=(Variant("cosine", in_optimizers(*OPTIMIZERS, schedule=Cosine())),),
    ),
    Trick(
        "0.3", "Larger networks", "More of both.", "plain settings",
        variants=(
            Variant("both twice as wide", _times_as_wide, where=connected),
            Variant("one more layer in both", _one_more_layer, where=connected),
        ),
    ),
    Trick(
        "0.4", "A longer moving average", "Of the generator's weights.", "plain settings",
        variants=(Variant("0.999", change(average=0.999)),),
    ),
)  # fmt: skip
"""Plain settings, tried beside the catalogue's tricks."""

_LEFT_OUT = ("4.7",)


class Step(NamedTuple):
    """A variant of a trick, by their names."""

    trick: str
    variant: str

    def __str__(self) -> str:
        return f"{self.trick} {self.variant}"


@dataclass(frozen=True)
class Search:
    """What is selected for, and out of what.

    Attributes:
        tasks: that select. The recipe of each is where the climb starts. `Task.seeds` says how many
            seeds select, and how many there are with those that measure.
        unseen: tasks that select nothing.
        rival: the recipe that was made by hand, for some data.
        rival_steps: what it plays when the two meet.
        choices: tricks to choose from.
        most: tricks that may enter.
        keep: candidates after the first stage, besides the learning rates.
        first: only so many in the first stage: those with the largest gain on the first task, says
            the ledger. None tries all.
    """

    tasks: tuple[Task, ...]
    unseen: tuple[Task, ...]
    rival: Callable[[Dataset], Recipe]
    rival_steps: int
    choices: tuple[Trick, ...] = (*SETTINGS, *tricks)
    most: int = 5
    keep: int = 10
    first: int | None = None

    def __post_init__(self) -> None:
        names = [task.name for task in (*self.tasks, *self.unseen)]
        check(len(set(names)) == len(names), f"two tasks have the same name: {', '.join(names)}.")
        seeds = {task.seeds for task in (*self.tasks, *self.unseen)}
        check(len(seeds) == 1, f"tasks with other seeds cannot be averaged: {sorted(seeds)}.")

    @property
    def selecting(self) -> range:
        """The seeds that select."""
        return range(self.tasks[0].seeds[0])

    @property
    def measuring(self) -> range:
        """The seeds that measure what was selected."""
        return range(*self.tasks[0].seeds)

    def variant(self, step: Step) -> Variant:
        """The variant of that name."""
        trick = next(trick for trick in self.choices if trick.number == step.trick)
        return next(one for one in trick.variants if one.name == step.variant)

    def applied(self, path: list[Step], task: Task) -> Recipe:
        """The start of a task, with these steps made."""
        recipe, data = task.recipe, task.data()
        for step in path:
            recipe = self.variant(step).on(recipe, data)
        return recipe

    def possible(self, path: list[Step]) -> list[Step]:
        """The steps that change what a path has made of the start, each in another way."""
        places = [(task.data(), self.applied(path, task)) for task in self.tasks]
        found: dict[tuple[Recipe, ...], Step] = {}
        for trick in self.choices:
            if not trick.is_built or trick.number in _LEFT_OUT:
                continue
            for variant in trick.variants:
                if all(variant.changes(recipe, data) for data, recipe in places):
                    made = tuple(variant.on(recipe, data) for data, recipe in places)
                    found.setdefault(made, Step(trick.number, variant.name))
        return [step for step in found.values() if step not in path]

    def candidates(self, path: list[Step], climb: Climb | None = None) -> list[Step]:
        """What is tried on top of a path."""
        possible = self.possible(path)
        if not path:
            return possible if self.first is None else self._first(possible)
        alone = climb.stage(1).sort_values("gain", ascending=False, kind="stable")
        kept: list[Step] = []
        for step in map(Step._make, alone.index):
            rivals = sum(other.trick == step.trick for other in kept)
            if step in possible and step.trick != RATES.number and rivals < 2:
                kept.append(step)
        kept = kept[: self.keep]
        return [step for step in possible if step in kept or step.trick == RATES.number]

    def _first(self, possible: list[Step]) -> list[Step]:
        """Those that the ledger has the largest gains of, and the learning rates."""
        known = evidence().effects(task=self.tasks[0].name, budget="long")
        gains = known.set_index(["trick", "variant"])["gain"].sort_values(ascending=False)
        best = [step for step in map(Step._make, gains.index) if step in possible][: self.first]
        return [step for step in possible if step in best or step.trick == RATES.number]


# -------------------------------------------------------------------------------------- the climb


def climb(search: Search, folder: Path, jobs: int | None = None) -> Iterator[Climb]:
    """Forward selection. What is measured is kept in the folder, and not measured again.

    Yields:
        What is known after each stage.
    """
    path: list[Step] = []
    bench, known = _Bench(search, folder, jobs), None
    while len(path) < search.most:
        stage = len(path) + 1
        candidates = search.candidates(path, known)
        for number in dict.fromkeys(step.trick for step in candidates):
            bench.measure(stage, path, [step for step in candidates if step.trick == number])
        known = Climb(Ledger.load(folder), search)
        yield known
        best = known.entered(stage)
        if best is None:
            return
        path.append(best)


class _Bench:
    """Where recipes are trained, and the rows put on record."""

    def __init__(self, search: Search, folder: Path, jobs: int | None) -> None:
        self.search, self.folder = search, folder
        self.known = Ledger.load(folder) if (folder / "tasks.json").exists() else None
        self.surveys = {task.name: Survey(task, jobs) for task in (*search.tasks, *search.unseen)}
        self.costs: dict[tuple[str, Recipe], float] = {}
        if self.known is not None:
            for survey in self.surveys.values():
                survey.recall(self.known)
            for pair in self.known.recipe_pairs():
                self.costs[pair.task, self._plain(pair.task, pair.with_)] = pair.cost

    def measure(self, stage: int, path: list[Step], steps: list[Step]) -> None:
        """Steps on top of a path, with the seeds that select."""
        pairs = []
        for task in self.search.tasks:
            without, _ = self.at_equal_time(task, self.search.applied(path, task))
            for step in steps:
                with_, cost = self.at_equal_time(task, self.search.applied([*path, step], task))
                named = f"stage-{stage} {step.trick}", step.variant, task.name, TIME
                pairs.append(Pair(*named, without, with_, cost))
        self.put(pairs, self.search.selecting)

    def put(self, pairs: list[Pair], seeds: range) -> None:
        """Train what is missing on both sides of each, and save it."""
        entries = {}
        for task in (*self.search.tasks, *self.search.unseen):
            survey, own = self.surveys[task.name], [p for p in pairs if p.task == task.name]
            sides = [side for pair in own for side in (pair.without, pair.with_)]
            if own:
                survey.need([task.recipe, *sides], len(seeds), seeds.start)
                for recipe in (task.recipe, *sides):
                    entries[task.name, recipe] = survey.entries[recipe]
        places = {task: self.surveys[task].task for task, _ in entries}
        plain = {name: task.recipe for name, task in places.items()}
        about = {name: described(task) for name, task in places.items()}
        if pairs:
            Ledger.of(pairs, entries, plain, about).save(self.folder)

    def at_equal_time(
        self, task: Task, recipe: Recipe, budget: float | None = None
    ) -> tuple[Recipe, float]:
        """The recipe, with as many steps as the time allows, and what one of its steps costs.

        Args:
            budget: the time, in steps of the start; without it, those that the start plays.
        """
        recipe, budget = self._plain(task.name, recipe), budget or task.recipe.steps
        if recipe == task.recipe:
            return recipe.with_(steps=round(budget)), 1.0
        if (place := (task.name, recipe)) not in self.costs:
            pair = Pair("", "", task.name, STEPS, task.recipe, recipe)
            self.costs[place] = self.surveys[task.name].cost(pair)
        cost = self.costs[place]
        return recipe.with_(steps=round(budget * FINEST ** -power_of_cost(cost))), cost

    def _plain(self, task: str, recipe: Recipe) -> Recipe:
        """With the steps of the start: what a step costs does not depend on their number."""
        return recipe.with_(steps=self.surveys[task].task.recipe.steps)


def measure_unseen(search: Search, folder: Path, jobs: int | None = None) -> Climb:
    """Measure what was selected with other seeds, and on other tasks. To be done once.

    On the tasks that selected, all of the path, at equal time and at equal steps. Everywhere the
    end of the path, the start and the start at its best learning rate against the rival, in the
    time that the rival takes.
    """
    bench, found = _Bench(search, folder, jobs), Climb(Ledger.load(folder), search)
    path, seeds = found.path(), search.measuring
    tuned = found.tuned()
    for task in search.tasks:
        pairs = []
        for k in range(1, len(path) + 1):
            recipe = search.applied(path[:k], task)
            timed, cost = bench.at_equal_time(task, recipe)
            named = "path", f"{k} {path[k - 1]}", task.name
            pairs.append(Pair(*named, TIME, task.recipe, timed, cost))
            pairs.append(Pair(*named, STEPS, task.recipe, recipe, cost))
        bench.put(pairs, seeds)
    for task in (*search.tasks, *search.unseen):
        rival = search.rival(task.data()).with_(steps=search.rival_steps)
        _, cost = bench.at_equal_time(task, rival)
        budget = rival.steps * FINEST ** power_of_cost(cost)
        pairs = []
        for name, steps in {BEST: path, "start": [], "start, tuned": tuned}.items():
            timed, cost = bench.at_equal_time(task, search.applied(steps, task), budget)
            pairs.append(Pair("rival", name, task.name, TIME, rival, timed, cost))
        bench.put(pairs, seeds)
    return Climb(Ledger.load(folder), search)


BEST = "end of the path"


# -------------------------------------------------------------------------------- what was found


@dataclass(frozen=True, eq=False)
class Climb:
    """What a climb has found.

    Attributes:
        ledger: every value.
        search: what was selected for.
    """

    ledger: Ledger
    search: Search

    def stage(self, k: int) -> pd.DataFrame:
        """What was tried in a stage: a row for each variant, indexed by trick and variant.

        Returns:
            The columns of `gan_school.lab.inference.effects`, of the mean over the tasks, where the
            stage is a family; `gain`, `gain_low` and `gain_high`, with more being better; the gain
            on each task; and `cost`, of a step in units of one of the start.

        Raises:
            KeyError: if there was no such stage.
        """
        if k not in self._stages:
            raise KeyError(f"there was no stage {k}. There were {len(self._stages)}.")
        return self._stages[k]

    @cached_property
    def _stages(self) -> dict[int, pd.DataFrame]:
        pairs = self.ledger.pairs[self.ledger.pairs["trick"].str.startswith("stage-")]
        stages = pairs["trick"].str.extract(r"stage-(\d+)", expand=False).astype(int)
        return {
            int(k): self._effects(of_stage.assign(trick=of_stage["trick"].str.split().str[-1]))
            for k, of_stage in pairs.groupby(stages)
        }

    def last(self) -> int:
        """The last stage."""
        return max(self._stages)

    def entered(self, k: int) -> Step | None:
        """What came in at a stage; None if nothing did."""
        helping = self.stage(k)
        helping = helping[helping["verdict"] == HELPS]
        return None if helping.empty else Step(*helping["gain"].idxmax())

    def path(self) -> list[Step]:
        """All that came in, in turn."""
        steps = (self.entered(k) for k in sorted(self._stages))
        return [step for step in steps if step is not None]

    def has_ended(self) -> bool:
        """Whether nothing entered at the last stage, or as many have as may."""
        return self.entered(self.last()) is None or len(self.path()) == self.search.most

    def wins(self) -> bool:
        """Whether the end of the path is better than the rival, by the rule of this module.

        Not as long as the climb has not ended, or the two have not met.
        """
        tasks = (*self.search.tasks, *self.search.unseen)
        if not self.has_ended() or not self._measured("rival", tasks):
            return False
        met = self.unseen().query("recipe == @BEST").set_index("task")
        ahead = met.loc["selecting tasks", "gain"] > 0
        return bool(ahead and met.loc["unseen tasks", "verdict"] != HURTS)

    def tuned(self) -> list[Step]:
        """The learning rate that suits the start best, as a path of one step or of none."""
        gains = self.stage(1)["gain"]
        rates = gains[gains.index.get_level_values("trick") == RATES.number]
        return [Step(*rates.idxmax())] if (rates > 0).any() else []

    def table(self) -> pd.DataFrame:
        """The path: which trick entered when, and what each gained.

        Returns:
            A row for each stage: `trick`, `variant`, `title`; `alone`, the gain on the start;
            `company`, the gain on what was in already; `low` and `high`, the interval of that; all
            of the seeds that selected; `cost`, of a step in units of one of the start; and `tried`,
            how many were.
        """
        rows = []
        for k, step in enumerate(self.path(), 1):
            found, alone = self.stage(k).loc[step], self.stage(1)["gain"].get(step, math.nan)
            rows.append(
                {"trick": step.trick, "variant": step.variant, "title": self._title(step),
                 "alone": alone, "company": found["gain"], "low": found["gain_low"],
                 "high": found["gain_high"], "cost": found["cost"], "tried": len(self.stage(k))}
            )  # fmt: skip
        return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="stage"))

    def staircase(self, terms: str = TIME) -> pd.DataFrame:
        """Mean coverage after each stage, over the tasks that selected.

        Args:
            terms: "equal time" or "equal steps", of which the seeds that selected have the first.

        Returns:
            A row for each stage, from 0, the start, on, and each half of the seeds: `stage`,
            `name`, `half` ("selecting" or "measuring"), `mean`, `low` and `high`.
        """
        path, rows = self.path(), []
        for k in range(len(path) + 1):
            for half, seeds in self._halves(terms).items():
                values = self._mean(self._after(k, half, terms), seeds)
                low, high = interval(values)
                name = f"{self._title(path[k - 1])}: {path[k - 1].variant}" if k else "the start"
                rows.append(
                    dict(stage=k, name=name, half=half, mean=values.mean(), low=low, high=high)
                )
        return pd.DataFrame(rows)

    def _title(self, step: Step) -> str:
        return next(one.title for one in self.search.choices if one.number == step.trick)

    def _measured(self, what: str, tasks: tuple[Task, ...]) -> bool:
        """Whether something was measured on all of these."""
        pairs = self.ledger.pairs
        return {task.name for task in tasks} <= set(pairs.loc[pairs["trick"] == what, "task"])

    def _halves(self, terms: str) -> dict[str, range]:
        measured = self._measured("path", self.search.tasks)
        selecting = {"selecting": self.search.selecting} if terms == TIME else {}
        return selecting | ({"measuring": self.search.measuring} if measured else {})

    def _after(self, k: int, half: str, terms: str) -> dict[str, str]:
        """By task, the name of the recipe after a stage."""
        if k == 0:
            return {task.name: "as it is" for task in self.search.tasks}
        step = self.path()[k - 1]
        if half == "selecting":
            own = self._pairs(f"stage-{k} {step.trick}", step.variant, terms)
        else:
            own = self._pairs("path", f"{k} {step}", terms)
        return dict(zip(own["task"], own["with_"], strict=True))

    def _pairs(self, trick: str, variant: str, terms: str = TIME) -> pd.DataFrame:
        wanted = {"trick": trick, "variant": variant, "terms": terms}
        pairs = self.ledger.pairs
        return pairs[(pairs[list(wanted)] == pd.Series(wanted)).all(axis=1)]

    def interactions(self) -> pd.DataFrame:
        """What a step gains alone, and what on top of others: every step that was tried twice.

        Returns:
            A row for each step and stage after the first: `trick`, `variant`, `stage`; `alone` and
            `company`, the gains; `verdict_alone` and `verdict_company`, in the families of their
            stages; and of the difference between the gains the columns of
            `gan_school.lab.inference.effects`, where all rows are one family.
        """
        rows, sides = [], []
        metric = replace(self._metric, relative=None)  # a gain is a difference, and no share
        for k in sorted(self._stages)[1:]:
            for step, found in self.stage(k).iterrows():
                if step in self.stage(1).index:
                    first = self.stage(1).loc[step]
                    rows.append(
                        {"trick": step[0], "variant": step[1], "stage": k, "alone": first["gain"],
                         "company": found["gain"], "verdict_alone": first["verdict"],
                         "verdict_company": found["verdict"]}
                    )  # fmt: skip
                    sides.append((self._gains(1, step), self._gains(k, step), metric))
        return pd.concat([pd.DataFrame(rows), effects(sides)], axis=1)

    def _gains(self, k: int, step: tuple[str, str]) -> pd.Series:
        """By seed, what a step gains in a stage."""
        own = self._pairs(f"stage-{k} {step[0]}", step[1])
        one, other = (
            self._mean(dict(zip(own["task"], own[side], strict=True)), self.search.selecting)
            for side in ("without", "with_")
        )
        return self._metric.gain(other - one)

    def unseen(self) -> pd.DataFrame:
        """The end of the path, the start, and the start at its best rate, against the rival.

        Returns:
            A row for each of these and each task, and for the means over the tasks that selected,
            `"selecting tasks"`, and over the others, `"unseen tasks"`: `recipe`, `task`, and the
            columns of `gan_school.lab.inference.effects`, where the rival is the baseline and the
            rows for single tasks are one family, those for means another.
        """
        pairs = self.ledger.pairs[self.ledger.pairs["trick"] == "rival"]
        groups = {
            "selecting tasks": [task.name for task in self.search.tasks],
            "unseen tasks": [task.name for task in self.search.unseen],
        }
        single, mean = (
            pd.concat(
                self._effects(pairs[pairs["task"].isin(tasks)], self.search.measuring)
                .reset_index(level="trick", drop=True).rename_axis("recipe").assign(task=name)
                for name, tasks in asked.items()
            ).reset_index()
            for asked in ({task: [task] for tasks in groups.values() for task in tasks}, groups)
        )  # fmt: skip
        return pd.concat([single, mean], ignore_index=True)

    def _effects(self, pairs: pd.DataFrame, seeds: range | None = None) -> pd.DataFrame:
        """Of the mean over the tasks; all together one family."""
        seeds, metric = self.search.selecting if seeds is None else seeds, self._metric
        sides, places, of_tasks = [], [], []
        for place, own in pairs.groupby(["trick", "variant"], sort=False):
            without, with_ = (
                dict(zip(own["task"], own[side], strict=True)) for side in ("without", "with_")
            )
            sides.append((self._mean(without, seeds), self._mean(with_, seeds), metric))
            places.append(place)
            gains = {
                task: metric.gain(
                    self._end(task, with_[task], seeds).mean()
                    - self._end(task, without[task], seeds).mean()
                )
                for task in without
            }
            of_tasks.append(gains | {"cost": own["cost"].mean()})
        found = with_gains(pd.concat([effects(sides), pd.DataFrame(of_tasks)], axis=1), metric)
        found.index = pd.MultiIndex.from_tuples(places, names=["trick", "variant"])
        return found

    @property
    def _metric(self) -> Metric:
        return METRICS[self.search.tasks[0].metrics[0]]

    def _mean(self, names: dict[str, str], seeds: range) -> pd.Series:
        """What decides, by seed, the mean over tasks."""
        return sum(self._end(task, name, seeds) for task, name in names.items()) / len(names)

    def _end(self, task: str, name: str, seeds: range) -> pd.Series:
        """What decides, by seed, when all steps are played."""
        rows = self.ledger.side(task, name)
        rows = rows[(rows["step"] == rows["step"].max()) & rows["seed"].isin(seeds)]
        values = rows.set_index("seed")[self._metric.name].sort_index()
        check(
            list(values.index) == list(seeds),
            f"{name!r} on {task} has the seeds {list(values.index)}, and the others have "
            f"{seeds.start} to {seeds.stop - 1}. Measure what is missing: tools/evidence.py best.",
        )
        return values

    def plot(self) -> Figure:
        """The staircase, with both halves of the seeds."""
        from gan_school import plotting

        return plotting.staircase(self.staircase())


# ------------------------------------------------------------------------------------ the searches


def unequal_mixture(n: int = 10_000, seed: int = 0) -> Dataset:
    """Five Gaussians in four dimensions, which have 40, 25, 20, 10 and 5 % of the points.

    One lies on each axis, at a distance of 2 from the origin, and the rarest at the origin itself.
    σ is 0.1. Not rescaled.

    Returns:
        A Dataset with `x` of shape (n, 4), `labels` (which mode), `modes` and `sigma`.
    """
    centres = torch.cat([2 * torch.eye(4), torch.zeros(1, 4)])
    generator = torch.Generator().manual_seed(seed)
    shares = torch.tensor([0.4, 0.25, 0.2, 0.1, 0.05])
    labels = torch.multinomial(shares, n, replacement=True, generator=generator)
    x = centres[labels] + 0.1 * torch.randn(n, 4, generator=generator)
    draw = others(unequal_mixture, seed)
    return Dataset(x, "unequal mixture", labels=labels, modes=centres, sigma=0.1, draw=draw)


def _ring_of_5() -> Dataset:
    return datasets.ring(modes=5)


def _ring_of_12() -> Dataset:
    return datasets.ring(modes=12)


def _classic(features: int) -> Recipe:
    """The classic recipe of the spiral, for points of so many coordinates, and a short time."""
    return recipes.CLASSIC_SPIRAL.with_(
        generator=mlp(20, 50, features), discriminator=mlp(features, 50, 1), steps=2_000
    )


def _task(name: str, data: Callable[[], Dataset], features: int) -> Task:
    return Task(name, data, _classic(features), 1_000, (8, 24), ("coverage",))


POINTS = Search(
    tasks=(_task("spiral", datasets.spiral, 3), _task("ring", datasets.ring, 2)),
    unseen=(
        _task("ring of 5", _ring_of_5, 2),
        _task("ring of 12", _ring_of_12, 2),
        _task("grid of 25", datasets.grid, 2),
        _task("unequal mixture", unequal_mixture, 4),
        _task("swiss roll", datasets.swiss_roll, 3),
    ),
    rival=recipes.points,
    rival_steps=2_000,
)

IMAGES = Search(
    tasks=(replace(TASKS["digits"], seeds=(4, 12), metrics=("coverage",), short=500),),
    unseen=(),  # chosen, frozen and committed before any of these is looked at
    rival=recipes.dcgan,
    rival_steps=2_000,
    most=4,
    keep=8,
    first=8,
)

SEARCHES = {"points": POINTS, "images": IMAGES}


def on_record(kind: str = "points") -> Climb:
    """The climb that comes with the course.

    Raises:
        KeyError: if there is none for this kind of data.
        FileNotFoundError: if this copy of the course comes without it.
    """
    if kind not in SEARCHES:
        raise KeyError(f"there is no search {kind!r}. There are: {', '.join(SEARCHES)}.")
    return Climb(Ledger.load(shipped("evidence", "best", kind)), SEARCHES[kind])
