"""What the evidence says about a trick before anybody tries it: helped here, hurt there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import pandas as pd

from gan_school.datasets import Dataset
from gan_school.lab.inference import HELPS, HURTS
from gan_school.lab.terms import STEPS, TIME
from gan_school.lab.trick import Trick, unchanged
from gan_school.places import shipped
from gan_school.training import Recipe

MANY_MODES = 9  # from here on, a mixture is more like the grid than like the ring of 8


@dataclass(frozen=True)
class Advice:
    """A trick, and what became of it where it was measured.

    Attributes:
        trick: to try.
        variant: the way of doing it that is most promising for the recipe at hand.
        nearest: the task that is most like the run.
        verdicts: by task, after the long budget at equal steps; empty if it was measured nowhere.
        timed: the same at equal time, on the tasks where that was measured.
    """

    trick: Trick
    variant: str
    nearest: str
    verdicts: dict[str, str]
    timed: dict[str, str] = field(default_factory=dict)

    def __call__(self, recipe: Recipe, data: Dataset) -> Recipe:
        """The recipe with the trick applied."""
        return self.trick(recipe, data, self.variant or None)

    @property
    def promise(self) -> int:
        """2 where it helped on the nearest task, −2 where it hurt there; else ±1 for the others."""
        score = {HELPS: 1, HURTS: -1}
        near = score.get(self.verdicts.get(self.nearest, ""), 0)
        total = sum(score.get(verdict, 0) for verdict in self.verdicts.values())
        return 2 * near or (total > 0) - (total < 0)

    @property
    def advised(self) -> bool:
        """Whether it hurt no more than it helped."""
        return self.promise >= 0

    def __str__(self) -> str:
        if self.trick.level == "C":  # no trick, but what the recipe says against itself
            return str(self.trick)
        first = not self.variant or self.variant == self.trick.variants[0].name
        known = f"{self.trick}{'' if first else f', {self.variant}'}: {self.record}"
        return known if self.advised else f"{known}; not advised"

    @property
    def record(self) -> str:
        """In words: "helped on 2 of 4 tasks (spiral, ring), hurt on 1 (grid)".

        What helped at equal steps and not at equal time is named.
        """
        if not self.verdicts:
            return "not measured"
        found = []
        for said, verdict in (("helped", HELPS), ("hurt", HURTS)):
            where = [task for task, one in self.verdicts.items() if one == verdict]
            of = f" of {len(self.verdicts)} tasks" * (not found)
            if where:
                found.append(f"{said} on {len(where)}{of} ({', '.join(where)})")
        lost = [
            task for task, one in self.verdicts.items()
            if one == HELPS and self.timed.get(task, HELPS) != HELPS
        ]  # fmt: skip
        if lost:
            found.append(f"not at equal time on {', '.join(lost)}")
        return ", ".join(found) or f"no clear effect on {len(self.verdicts)} tasks"


def by_evidence(tricks: Iterable[Trick], recipe: Recipe, data: Dataset) -> tuple[Advice, ...]:
    """The tricks with their evidence, the most promising first; equals keep their order."""
    advice = [_advice(trick, recipe, data) for trick in tricks]
    return tuple(sorted(advice, key=lambda one: -one.promise))


def _advice(trick: Trick, recipe: Recipe, data: Dataset) -> Advice:
    """The most promising variant that was measured on its own and can be tried; else the first."""
    able = [one for one in trick.variants if one.changes(recipe, data)]
    near, known, timed = nearest_task(data), _measured(STEPS), _measured(TIME)
    asked = [one.name for one in able if one is able[0] or one.under is unchanged]
    found = [
        Advice(trick, name, near, known.get((trick.number, name), {}),
               timed.get((trick.number, name), {}))
        for name in asked
    ]  # fmt: skip
    measured = [one for one in found if one.verdicts] or found or [Advice(trick, "", near, {})]
    return max(measured, key=lambda one: one.promise)


def nearest_task(data: Dataset) -> str:
    """Which of the measured tasks is most like it: by its shape, and by how many modes it has."""
    if len(data.shape) > 1:
        return "digits"
    if data.modes is None:
        return "spiral"
    return "grid" if len(data.modes) >= MANY_MODES else "ring"


@cache
def _measured(terms: str) -> dict[tuple[str, str], dict[str, str]]:
    """By trick and variant, the verdicts by task."""
    try:
        table = verdicts_on_record()
    except FileNotFoundError:  # a copy of the package without the evidence
        return {}
    table = table[(table["budget"] == "long") & (table["terms"] == terms)]
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in table.itertuples():
        found.setdefault((row.trick, row.variant), {})[row.task] = row.verdict
    return found


def verdicts_on_record() -> pd.DataFrame:
    """Every effect of the ledger, as `tools/evidence.py` wrote it down when it was measured.

    Raises:
        FileNotFoundError: if this copy of the course comes without it.
    """
    return pd.read_csv(shipped("evidence") / "verdicts.csv", dtype={"trick": str})
