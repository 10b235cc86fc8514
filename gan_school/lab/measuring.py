"""Training a recipe with several seeds, and judging the samples: one row for each seed and step."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch

from gan_school.checks import check
from gan_school.datasets import Dataset
from gan_school.metrics.metric import Metric
from gan_school.training import DivergenceWarning, Recipe, Run, Snapshot, train
from gan_school.training.model import few_threads

Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Measurement:
    """What is to be measured, whatever the seed. Called with seeds, it trains and judges.

    Attributes:
        recipe: what is trained.
        data: what it learns from.
        steps: after which the samples are judged, the last of the recipe among them.
        metrics: how.
    """

    recipe: Recipe
    data: Dataset
    steps: tuple[int, ...]
    metrics: tuple[Metric, ...]

    @classmethod
    def of(
        cls, recipe: Recipe, data: Dataset, at: Iterable[int], metrics: tuple[Metric, ...]
    ) -> Self:
        """Judge at these steps and at the end.

        Raises:
            ValueError: for steps beyond the end, or a recipe that does not fit the data.
        """
        recipe.fit_to(data)
        late = [step for step in at if not 0 < step <= recipe.steps]
        wanted = f"at={late}: the recipe plays {recipe.steps} steps. Give steps from 1 to that."
        check(not late, wanted)
        return cls(recipe, data, tuple(sorted({*at, recipe.steps})), metrics)

    def groups(self, seeds: list[int]) -> list[list[int]]:
        """The seeds that train together: all, or, where that gains or works nothing, one by one."""
        if not seeds or len(self.data.shape) > 1:
            return [[seed] for seed in seeds]
        try:  # can `torch.vmap` run the networks? Not, for example, if they look at numbers
            next(Run.start(self.recipe, self.data, [0, 1], "cpu").play())
        except (RuntimeError, ValueError):
            return [[seed] for seed in seeds]
        return [seeds]

    def __call__(self, seeds: Sequence[int]) -> dict[int, Rows]:
        """Train these seeds together, and judge them.

        Raises:
            KeyboardInterrupt: on Ctrl-C.
        """
        real = self.data.fresh(1000)
        judged: dict[int, list[dict[str, Any]]] = {}  # by step, a row for each seed

        def look(snapshot: Snapshot) -> None:
            # The last comes after training, when an early stop has gone back to the best weights.
            if snapshot.step in self.steps and snapshot.step < self.recipe.steps:
                judged[snapshot.step] = list(_judged(snapshot.run, real, self.metrics))

        alone = len(seeds) == 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DivergenceWarning)  # it is in the table
            run = train(
                self.recipe, self.data, seeds[0] if alone else 0, seeds=None if alone else seeds,
                callbacks=[look], record=False, progress=False,
            )  # fmt: skip
        if run.stopped and run.stopped.startswith("interrupted"):
            raise KeyboardInterrupt
        for step in self.steps:  # where all diverged or stopped early, training has ended before
            if step not in judged:
                judged[step] = list(_judged(run, real, self.metrics))
        return {
            seed: [{"step": step, **judged[step][k]} for step in self.steps]
            for k, seed in enumerate(seeds)
        }


def _judged(run: Run, real: Dataset, metrics: Sequence[Metric]) -> Iterator[dict[str, Any]]:
    """One row for each member. Of one that diverged, every metric is at its worst."""
    drawn = run.sample(len(real))
    members = drawn if run.random.population else drawn[None]
    with few_threads(run.work):
        of_each = (run.diverged.reshape(-1).tolist(), run.played.reshape(-1).tolist(), members)
        for diverged, played, fake in zip(*of_each, strict=True):
            lost = bool(diverged) or not torch.isfinite(fake).all()
            values = {
                metric.name: metric.worst if lost else float(metric.measure(real, fake))
                for metric in metrics
            }
            seconds = run.seconds / len(run)
            yield {"seconds": seconds, "diverged": lost, "played": played, "metrics": values}
