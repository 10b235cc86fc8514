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
from gan_school.lab.trick import Trick, Variant
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
