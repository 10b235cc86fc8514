"""Runs that were drawn by lot, trained while somebody looks on who knows the modes."""

from __future__ import annotations

from collections.abc import Sequence

from gan_school.datasets import Dataset
from gan_school.lab.conditions import Condition
from gan_school.lab.examination.lot import mixture, recipe
from gan_school.lab.examination.truth import LOOKS, Truth
from gan_school.lab.together import train_together
from gan_school.training import Run
from gan_school.training.loop import Snapshot

SAMPLES = 2_000  # at each look


class Witness:
    """Looks at a population eight times while it trains, as a callback of its training."""

    def __init__(self, data: Dataset, members: int):
        self.fresh = data.fresh(SAMPLES, seed=5).x
        self.truths = [Truth(data, self.fresh) for _ in range(members)]

    def __call__(self, snapshot: Snapshot[Run]) -> None:
        steps = snapshot.run.recipe.steps
        if snapshot.step in {steps * part // LOOKS for part in range(1, LOOKS + 1)}:
            self.look(snapshot.run)

    def look(self, run: Run) -> None:
        """Take a look at every member."""
        x = run.sample(SAMPLES, seed=5, average=False)
        seen = zip(x, run.opinion(self.fresh), run.opinion(x), strict=True)
        for truth, one in zip(self.truths, seen, strict=True):
            truth.look(*one)


def trained(ward: int, numbers: Sequence[int]) -> list[tuple[Run, Truth]]:
    """Train runs of a ward, and look on."""
    data, witness = mixture(ward), Witness(mixture(ward), len(numbers))
    recipes = [recipe(number, ward) for number in numbers]
    witness.look(Run.start(recipes[0], data, numbers))
    runs = train_together(recipes, data, numbers, callbacks=[witness])
    return list(zip(runs, witness.truths, strict=True))


def truth_of(run: Run, truth: Truth) -> tuple[Condition, ...]:
    """What is true of a run."""
    return truth.conditions(bool(run.guard.noticed.any()))
