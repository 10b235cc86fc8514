"""What is selected for, and out of what: a `Search`, which lists the steps that are open to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from gan_school.checks import check
from gan_school.datasets import Dataset
from gan_school.lab.catalogue import tricks
from gan_school.lab.ledger import evidence
from gan_school.lab.selection.settings import RATES, SETTINGS
from gan_school.lab.tasks import Task
from gan_school.lab.terms import STEPS
from gan_school.lab.trick import Trick, Variant
from gan_school.metrics.metric import METRICS
from gan_school.training import Recipe

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
        rival_steps: what it plays when the two meet. None: what the climb's time allows.
        choices: tricks to choose from.
        always: those that are tried at every stage.
        most: tricks that may enter.
        keep: candidates after the first stage, besides those that are always tried.
        first: only so many in the first stage, besides those: the ones with the largest mean gain
            on the tasks, says the ledger, with the seeds that select. None tries all.
    """

    tasks: tuple[Task, ...]
    unseen: tuple[Task, ...]
    rival: Callable[[Dataset], Recipe]
    rival_steps: int | None = None
    choices: tuple[Trick, ...] = (*SETTINGS, *tricks)
    always: tuple[Trick, ...] = (RATES,)
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

    def candidates(self, path: list[Step], alone: pd.DataFrame | None = None) -> list[Step]:
        """What is tried on top of a path.

        Args:
            alone: after the first stage, what that has found: see `Climb.stage`.
        """
        possible = self.possible(path)
        if not path:
            return possible if self.first is None else self._first(possible)
        kept: list[Step] = []
        best = alone.sort_values("gain", ascending=False, kind="stable").index
        for step in map(Step._make, best):
            rivals = sum(other.trick == step.trick for other in kept)
            if step in possible and not self._is_always(step) and rivals < 2:
                kept.append(step)
        return self._with_always(possible, kept[: self.keep])

    def _first(self, possible: list[Step]) -> list[Step]:
        gains = sum(self._gains(task) for task in self.tasks).dropna()
        best = gains.sort_values(ascending=False, kind="stable").index
        kept = [step for step in map(Step._make, best) if step in possible]
        return self._with_always(possible, kept[: self.first])

    def _gains(self, task: Task) -> pd.Series:
        """What the ledger knows of a task at equal steps, with the seeds that select alone."""
        ledger, metric = evidence(), METRICS[task.metrics[0]]

        def mean(name: str) -> float:
            return ledger.at(task.name, name)[metric.name].loc[list(self.selecting)].mean()

        pairs = ledger.pairs
        pairs = pairs[(pairs["task"] == task.name) & (pairs["terms"] == STEPS)]
        gains = [
            metric.gain(mean(with_) - mean(without))
            for with_, without in zip(pairs["with_"], pairs["without"], strict=True)
        ]
        return pd.Series(gains, pd.MultiIndex.from_frame(pairs[["trick", "variant"]]))

    def _is_always(self, step: Step) -> bool:
        return step.trick in {trick.number for trick in self.always}

    def _with_always(self, possible: list[Step], kept: list[Step]) -> list[Step]:
        return [step for step in possible if step in kept or self._is_always(step)]
