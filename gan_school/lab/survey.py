"""How the evidence on tricks is gathered: which recipes are trained, and with how many seeds.

Every variant of a trick is put to the question three times.

- **At equal steps**: the recipe without it and the recipe with it, for as many steps.
- **At equal time**: whichever is cheaper plays for longer. What a step of one costs in units of the
  other is measured once, and rounded to a power of 1.05, so that the steps, and with them every
  value, are found again on a slower machine. Costs of 0.93 to 1.07 count as 1: so little time buys
  hardly anything, and a cost that is measured again (`clock`) is seldom farther from the first. It
  is measured as the ledger trains: GANs of points as a population of sixteen. For one that trains
  alone most costs lie nearer to 1, as its time goes into calls and not into arithmetic; `clock` has
  them, too.
- **With a tuned rate**: the same trick on the plain recipe at the best of five learning rates,
  found with other seeds, so that a trick cannot seem to help because the rate was wrong. Where
  several are best within chance (`Ledger.tuning`), it is another good rate, and the question
  whether a verdict holds there. This is asked where the first answer was not *undecided*.

Where a trick of levels 1 to 3 hurts, `gan_school.lab.other_causes` asks why.

How many seeds there are follows a rule: first the fewer of `Task.seeds`; and all of them where the
95 % interval of the difference after the long budget straddles a margin. For points it was fixed
before anything was measured. On the digits some had more than it asks for, from an earlier count
of 12; they keep them.
`gan_school.lab.coverage_study` shows what that does to the intervals: at worst, where a true
difference lies just at a margin, they cover it in 91 to 93 of 100 cases, and 6 of 100 such
differences are called equivalent.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from gan_school.datasets import Dataset
from gan_school.hardware import limited_threads
from gan_school.lab.catalogue import tricks
from gan_school.lab.changes import OPTIMIZERS, scaled_once
from gan_school.lab.comparing import results
from gan_school.lab.comparison import Comparison
from gan_school.lab.inference import HURTS, UNDECIDED, effect, unsettled
from gan_school.lab.ledger import Entries, Ledger
from gan_school.lab.ledger_files import COLUMNS, PLAIN, Record
from gan_school.lab.measuring import Measurement
from gan_school.lab.other_causes import asked_again, first_spread, other_causes
from gan_school.lab.result_cache import folder_of, result_key
from gan_school.lab.tasks import Task
from gan_school.lab.terms import (
    FACTORS,
    FINEST,
    FIRST_OF_TUNING,
    OWN,
    RATE,
    STEPS,
    TIME,
    Pair,
    best_factor,
    costs_the_same,
    power_of_cost,
    scale_rates,
)
from gan_school.lab.trick import Trick
from gan_school.metrics.metric import METRICS, Metric
from gan_school.places import shipped
from gan_school.training import Recipe, Run
from gan_school.training.storage import versions

ROUNDS, BLOCKS = 2, 100  # how a cost is measured: so many rounds at a time, so often


def measure(
    tasks: Iterable[Task],
    chosen: Iterable[Trick] | None = None,
    *,
    known: Ledger | None = None,
    jobs: int | None = None,
    progress: bool | None = None,
) -> Ledger:
    """Measure tricks on tasks.

    Args:
        tasks: on which.
        chosen: which tricks; without any, the catalogue and what a task has besides. Those that
            are not built yet are passed over.
        known: where values are taken from whose keys are still right, and the costs of their steps.
        jobs, progress: see `compare`.
    """
    chosen = None if chosen is None else list(chosen)
    pairs: list[Pair] = []
    entries: Entries = {}
    tasks = list(tasks)
    for task in tasks:
        survey = Survey(task, jobs, progress)
        if known is not None:
            survey.recall(known)
        pairs += survey.all_pairs((*tricks, *task.also) if chosen is None else chosen)
        entries |= {(task.name, recipe): entry for recipe, entry in survey.entries.items()}
    return Ledger.of(
        pairs, entries, {task.name: task.recipe for task in tasks},
        {task.name: described(task) for task in tasks},
    )  # fmt: skip


def replicate(
    task: Task,
    chosen: Iterable[tuple[str, str]],
    *,
    known: Ledger | None = None,
    jobs: int | None = None,
    progress: bool | None = None,
) -> Ledger:
    """Measure variants that are sure elsewhere on another task, at equal steps.

    Args:
        task: on which.
        chosen: the numbers of tricks, and their variants. What cannot be measured there is left
            out.
        known: values whose keys are still right are taken from there.
        jobs, progress: see `compare`.
    """
    survey = Survey(task, jobs, progress)
    if known is not None:
        survey.recall(known)
    chosen = set(chosen)
    pairs = [pair for pair in pairs_of(task, tricks) if (pair.trick, pair.variant) in chosen]
    survey.at_equal_steps(pairs)
    entries = {(task.name, recipe): entry for recipe, entry in survey.entries.items()}
    return Ledger.of(pairs, entries, {task.name: task.recipe}, {task.name: described(task)})


def described(task: Task) -> dict[str, Any]:
    """What the ledger says about a task itself."""
    return {
        "short": task.short, "long": task.recipe.steps, "seeds": [*task.seeds],
        "metrics": [*task.metrics],
        "units": {
            name: {"unit": metric.unit, "higher is better": metric.higher_is_better,
                   "margin": metric.margin, "relative": metric.relative, "diverged": metric.worst}
            for name, metric in ((name, METRICS[name]) for name in task.metrics)
        },
    }  # fmt: skip


@dataclass
class Survey:
    """What is measured on one task, recipe by recipe."""

    task: Task
    jobs: int | None = None
    progress: bool | None = None
    entries: dict[Recipe, tuple[Record, pd.DataFrame]] = field(default_factory=dict)
    known: dict[Recipe, tuple[Record, pd.DataFrame]] = field(default_factory=dict)
    costs: dict[tuple[Recipe, Recipe], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data, self.metric = self.task.data(), METRICS[self.task.metrics[0]]

    def recall(self, ledger: Ledger) -> None:
        """Take over what was measured by the code of today."""
        for (task, recipe), (record, table) in ledger.entries().items():
            if task == self.task.name and record.key == key_of(self.task, recipe):
                self.known[recipe] = record, table
        self.costs = {
            (scaled_once(pair.without), scaled_once(pair.with_)): pair.cost
            for pair in ledger.recipe_pairs()
            if pair.task == self.task.name and pair.terms == STEPS and not math.isnan(pair.cost)
            if pair.without in self.known and pair.with_ in self.known
        }  # fmt: skip

    def all_pairs(self, chosen: Sequence[Trick]) -> Iterator[Pair]:
        """Measure them on all three terms."""
        alone = self.at_equal_steps(
            pair._replace(cost=self.cost(pair)) for pair in pairs_of(self.task, chosen)
        )
        yield from alone
        yield from self._settled(at_equal_time(alone))
        sure = {(pair.trick, pair.variant) for pair in alone if self._verdict(pair) != UNDECIDED}
        self._need_rates([self.task.recipe])
        at_best = replace(self.task, recipe=self._tuned(self.task.recipe))
        again = pairs_of(at_best, chosen)
        asked = (one for one in again if (one.trick, one.variant) in sure)
        yield from self._settled(pair._replace(terms=RATE) for pair in asked)
        yield from self._settled(self._other_causes(alone))

    def at_equal_steps(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Measure these, and the task's own recipe."""
        self.need([self.task.recipe], self.task.seeds[0])
        return self._settled(pairs)

    def _other_causes(self, alone: Iterable[Pair]) -> Iterator[Pair]:
        """What hurts, asked again: see `gan_school.lab.other_causes`."""
        hurting = [
            pair for pair in alone if asked_again(pair.trick) and self._verdict(pair) == HURTS
        ]
        for pair in hurting:
            if len(self.data.shape) == 1:  # five rates of pictures take longer than all else
                self._need_rates([pair.without, pair.with_])
                best = self._tuned(pair.without), self._tuned(pair.with_)
                yield pair._replace(terms=OWN, without=best[0], with_=best[1])
            yield from other_causes(pair, self.data, range(self.task.seeds[0]))

    def _settled(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Measure both sides of each, with as many seeds as the rule asks for."""
        pairs, (few, many) = list(pairs), self.task.seeds
        self.need([side for pair in pairs for side in (pair.without, pair.with_)], few)
        open_ = [pair for pair in pairs if unsettled(*self._values(pair, few), self.metric)]
        self.need([side for pair in open_ for side in (pair.without, pair.with_)], many)
        return pairs

    def _need_rates(self, recipes: Iterable[Recipe]) -> None:
        """See to it that each was tried at all learning rates."""
        tried = [scale_rates(recipe, factor) for recipe in recipes for factor in FACTORS]
        self.need(tried, self.task.seeds[0], FIRST_OF_TUNING)

    def _tuned(self, recipe: Recipe) -> Recipe:
        """A recipe at the learning rates that suit it best."""
        tried = {factor: scale_rates(recipe, factor) for factor in FACTORS}
        ends = {factor: self._end(recipe) for factor, recipe in tried.items()}
        means = {f: end[end.index >= FIRST_OF_TUNING].mean() for f, end in ends.items()}
        return tried[best_factor(means, self.metric)]

    def _verdict(self, pair: Pair) -> str:
        return str(effect(*self._values(pair), self.metric)["plain"])

    def _values(self, pair: Pair, seeds: int = FIRST_OF_TUNING) -> Iterator[pd.Series]:
        """What decides, of both sides, from so many seeds."""
        for end in (self._end(pair.without), self._end(pair.with_)):
            yield end[end.index < seeds]

    def _end(self, recipe: Recipe) -> pd.Series:
        """The metric that decides, by seed, when all its steps are played."""
        table = self.entries[recipe][1]
        return table[table["step"] == recipe.steps].set_index("seed")[self.metric.name]

    def need(self, recipes: Iterable[Recipe], count: int, first: int = 0) -> None:
        """See to it that so many seeds of each are there."""
        absent: dict[tuple[int, ...], list[Recipe]] = {}
        for recipe in dict.fromkeys(recipes):
            if recipe not in self.entries and recipe in self.known:
                self.entries[recipe] = self.known[recipe]
            have = set(self.entries[recipe][1]["seed"]) if recipe in self.entries else set()
            if missing := tuple(s for s in range(first, first + count) if s not in have):
                absent.setdefault(missing, []).append(recipe)
        for missing, group in absent.items():
            self._train(group, missing)

    def _train(self, recipes: list[Recipe], seeds: Sequence[int]) -> None:
        plans = {recipe: plan_of(self.task, recipe) for recipe in recipes}
        found = results(plans, seeds, folder_of(True), self.jobs, self.progress)
        for recipe, plan in plans.items():
            new = as_rows(found[recipe], plan, self.task.name, seeds)
            if recipe in self.entries:
                record, old = self.entries[recipe]
                new = pd.concat([old, new]).sort_values(["step", "seed"])
            else:
                record = Record(recipe, key_of(self.task, recipe), versions())
            self.entries[recipe] = record, new

    def cost(self, pair: Pair) -> float:
        """What a step of its second side takes, in units of one of the first.

        Networks that meet the data in other units stand for data that were scaled once, before
        training, which costs nothing at a step.
        """
        sides = scaled_once(pair.without), scaled_once(pair.with_)
        if _cost_the_same(*sides):  # a measured cost would be noise
            return 1.0
        for priced, cost in self.costs.items():
            if all(map(_cost_the_same, sides, priced)):  # and two would be two noises
                return cost
        self.costs[sides] = _timed(self.task, self.data, sides)
        return self.costs[sides]


def pairs_of(task: Task, chosen: Iterable[Trick]) -> Iterator[Pair]:
    """Both sides of each variant that can be measured on a task, of those tricks that are built."""
    data = task.data()
    for trick in chosen:
        for variant in task.variants(trick) if trick.is_built else ():
            sides = trick.pair(task.recipe, data, variant.name)
            yield Pair(trick.number, variant.name, task.name, STEPS, *sides)


def at_equal_time(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The same, where the cheaper side plays for longer; where both cost the same, none."""
    for pair in pairs:
        if costs_the_same(pair.cost):
            continue
        k = power_of_cost(pair.cost)
        sides = {"without": pair.without, "with_": pair.with_}
        cheaper = "without" if k > 0 else "with_"
        recipe = sides[cheaper]
        longer = recipe.with_(steps=round(recipe.steps * FINEST ** abs(k)))
        yield pair._replace(terms=TIME, **{cheaper: longer})


def differ_in_numbers_alone(one: Recipe, other: Recipe) -> bool:
    """Whether a step of both must cost the same.

    That is where they differ in numbers of their optimisers alone, or in their first weights.
    """
    if any(type(getattr(one, name)) is not type(getattr(other, name)) for name in OPTIMIZERS):
        return False
    return one == other.with_(
        d_optimizer=one.d_optimizer, g_optimizer=one.g_optimizer, initialize=one.initialize
    )


def _cost_the_same(one: Recipe, other: Recipe) -> bool:
    return one == other or differ_in_numbers_alone(one, other)


def relative_cost(one: Recipe, other: Recipe, data: Dataset, seeds: Sequence[int]) -> float:
    """What a step of one recipe takes in units of the other's: `other` / `one`.

    Both play in turns, a moment each, so that a machine that is busy with something else slows down
    both; who begins changes from turn to turn. The processor's time counts, on one thread, and of
    the turns' ratios the median. `tools/evidence.py clock` finds how far that is wrong.

    Args:
        seeds: one trains alone, several as a population.
    """
    alone = len(seeds) == 1
    with limited_threads(1):
        runs = [
            Run.start(
                side.with_(stop=None, steps=ROUNDS * (1 + BLOCKS)),
                data,
                seeds[0] if alone else seeds,
                "cpu",
            )
            for side in (one, other)
        ]
        for run in runs:
            run.recorder.every = 0  # what is measured is trained without a record, too
        plays = [run.play() for run in runs]
        ratios = []
        for turn in range(1 + BLOCKS):
            order = plays if turn % 2 else plays[::-1]
            taken = {play: _taken(play) for play in order}
            ratios.append(taken[plays[1]] / taken[plays[0]])
    return float(np.median(ratios[1:]))  # the first turn warms up


def _taken(play: Iterator[Any]) -> float:
    began = time.process_time()
    for _ in range(ROUNDS):
        next(play)
    return time.process_time() - began


def clock(task: Task, ledger: Ledger) -> pd.DataFrame:
    """Measure again what everything costs.

    Returns:
        A row for each variant of each trick: `cost` on record, `again`, and `alike` where a step
        must cost the same, so that `again` would be 1 if clocks were right. `alone` is the cost for
        one GAN that trains by itself; on pictures all do.
    """
    rows, data = [], task.data()
    for pair in ledger.recipe_pairs():
        if pair.task != task.name or pair.terms != STEPS:
            continue
        sides = scaled_once(pair.without), scaled_once(pair.with_)
        again, together = _timed(task, data, sides), _trained_together(task, sides[0])
        alone = again if len(together) == 1 else round(relative_cost(*sides, data, [0]), 3)
        rows.append({
            "task": task.name, "trick": pair.trick, "variant": pair.variant, "cost": pair.cost,
            "again": again, "alone": alone, "alike": differ_in_numbers_alone(*sides),
        })  # fmt: skip
    return pd.DataFrame(rows)


def costs_on_record() -> pd.DataFrame:
    """What `clock` found when it was last asked, indexed by task, trick and variant."""
    table = pd.read_csv(shipped("evidence") / "clock.csv", dtype={"trick": str})
    return table.set_index(["task", "trick", "variant"]).sort_index()


def _timed(task: Task, data: Dataset, sides: tuple[Recipe, Recipe]) -> float:
    """The cost of the second in units of the first, as they are trained for the ledger."""
    return round(relative_cost(*sides, data, _trained_together(task, sides[0])), 3)


def _trained_together(task: Task, recipe: Recipe) -> Sequence[int]:
    """The seeds of a population of the ledger."""
    return plan_of(task, recipe).groups(list(range(task.seeds[0])))[0]


def plan_of(task: Task, recipe: Recipe) -> Measurement:
    """Judged at its end, and where the short budget is spent: earlier by as much as usual."""
    metrics: tuple[Metric, ...] = tuple(METRICS[name] for name in task.metrics)
    short = round(recipe.steps * task.short / task.recipe.steps)
    return Measurement.of(recipe, task.data(), [short], metrics)


def key_of(task: Task, recipe: Recipe) -> str | None:
    """What stands for all that decides the values of a recipe: see `result_cache`."""
    return result_key(plan_of(task, recipe), task.data)


def as_rows(found: Any, plan: Measurement, task: str, seeds: Sequence[int]) -> pd.DataFrame:
    """One row for each step and seed, with a column for each metric."""
    table = pd.DataFrame(Comparison.of({PLAIN: found}, plan.metrics)).assign(task=task)
    spread = dict(zip(seeds, first_spread(plan.recipe, plan.data, seeds), strict=True))
    table["first_spread"] = table["seed"].map(spread)
    wide = table.pivot(index=COLUMNS, columns="metric", values="value").reset_index()
    return wide.rename_axis(columns=None)
