"""`compare`: does it help? Asked of many seeds, and answered with an interval."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from joblib import Parallel, delayed
from tqdm.auto import tqdm

from gan_school.datasets import Dataset, as_dataset
from gan_school.lab.comparison import Comparison
from gan_school.lab.result_cache import Kept, default_folder
from gan_school.metrics.metric import Metric, chosen
from gan_school.progress import watched
from gan_school.training import DivergenceWarning, Recipe, Run, Snapshot, train
from gan_school.training.model import few_threads
from gan_school.training.run import checked_seeds

Rows = list[dict[str, Any]]


def compare(
    recipes: Mapping[str, Recipe] | Iterable[tuple[str, Recipe]],
    data: Any,
    seeds: Iterable[int] = range(16),
    *,
    at: Iterable[int] = (),
    metrics: Sequence[str | Metric] | None = None,
    jobs: int | None = None,
    keep: bool | Path = True,
    progress: bool | None = None,
) -> Comparison:
    """Train every recipe with every seed, and judge the samples.

    All seeds of a recipe train at once, as a population, where the data is points; images, whose
    convolutions gain nothing by that, one seed after the other. What is done is kept: a comparison
    that was interrupted goes on where it stopped, and one more recipe or seed costs only itself.

    The work runs through joblib. `jobs=2` uses two processes of this machine, and inside
    `joblib.parallel_config("dask")` or `("ray")` it runs on that cluster.

    Args:
        recipes: two or more, by name, or pairs of name and recipe. The first is the baseline that
            the others are compared with.
        data: what they learn from; see `train`.
        seeds: 16 or more for a claim about points.
        at: steps at which to judge as well, besides the last.
        metrics: names of `METRICS`, or a `Metric` of your own; without any, those that suit the
            data.
        jobs: processes; without it, one, or what joblib's configuration says.
        keep: whether to keep results, or the folder where; without a folder, in the cache.
        progress: show a progress bar; without it, in terminals and notebooks.

    Returns:
        A `Comparison`: a data frame with one row for each recipe, seed, step and metric. Its
        `effects()` says what helps.

    Raises:
        ValueError: for fewer than two recipes, a name or a seed given twice, steps beyond the end,
            or whatever `train` refuses; before anything is trained.
        KeyboardInterrupt: on Ctrl-C. What was finished is kept.
    """
    recipes, data, seeds = _checked(recipes, data, seeds)
    metrics = chosen(metrics, data)
    at = tuple(sorted(set(at)))
    folder = (default_folder() if keep is True else Path(keep)) if keep else None
    plans = {name: _Plan(recipe, data, at, metrics, folder) for name, recipe in recipes.items()}

    found: dict[tuple[str, int], Rows] = {}
    missing: dict[str, list[int]] = {}
    for name, plan in plans.items():
        for seed in seeds:
            rows = plan.kept.read(seed)
            if rows is None:
                missing.setdefault(name, []).append(seed)
            else:
                found[name, seed] = rows
    tasks = [(name, group) for name in missing for group in plans[name].groups(missing[name])]
    bar = tqdm(
        total=len(tasks), desc="comparing", leave=False,
        disable=not (watched() if progress is None else progress),
    )  # fmt: skip
    work = (delayed(_measured)(name, plans[name].bare(), group) for name, group in tasks)
    with bar:
        for name, results in Parallel(n_jobs=jobs, return_as="generator_unordered")(work):
            for seed, rows in results.items():
                plans[name].kept.write(seed, rows)
                found[name, seed] = rows
            bar.update()
    return Comparison.of(
        {name: {seed: found[name, seed] for seed in seeds} for name in recipes}, metrics
    )


@dataclass
class _Plan:
    """What is to be done for one recipe, whatever the seed."""

    recipe: Recipe
    data: Dataset
    at: tuple[int, ...]
    metrics: tuple[Metric, ...]
    folder: Path | None

    def __post_init__(self) -> None:
        self.recipe.fit_to(self.data)
        late = [step for step in self.at if not 0 < step <= self.recipe.steps]
        if late:
            raise ValueError(
                f"at={late}: the recipe plays {self.recipe.steps} steps. Give steps from 1 to that."
            )
        self.steps = tuple(sorted({*self.at, self.recipe.steps}))
        self.kept = Kept(self.recipe, self.data, self.steps, self.metrics, self.folder)

    def groups(self, seeds: list[int]) -> list[list[int]]:
        """The seeds that train together."""
        together = len(self.data.shape) == 1 and self._can_be_stacked()
        return [seeds] if together else [[seed] for seed in seeds]

    def _can_be_stacked(self) -> bool:
        """Whether `torch.vmap` can run the networks; not, for example, if they look at numbers."""
        try:
            next(Run.start(self.recipe, self.data, [0, 1], "cpu").play())
        except (RuntimeError, ValueError):
            return False
        return True

    def bare(self) -> _Plan:
        """Without the folder: results are kept where the comparison was started."""
        return _Plan(self.recipe, self.data, self.at, self.metrics, None)


def _measured(name: str, plan: _Plan, seeds: list[int]) -> tuple[str, dict[int, Rows]]:
    """Train these seeds of a recipe, judge them, and say whose results these are."""
    real = plan.data.fresh(1000)
    results: dict[int, Rows] = {seed: [] for seed in seeds}

    def judge(step: int, run: Run) -> None:
        for seed, row in zip(seeds, _judged(run, real, plan.metrics), strict=True):
            results[seed].append({"step": step, **row})

    def look(snapshot: Snapshot) -> None:
        # The last step comes after training, when an early stop has gone back to the best weights.
        if snapshot.step in plan.steps and snapshot.step < plan.recipe.steps:
            judge(snapshot.step, snapshot.run)

    alone = len(seeds) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)  # it is in the table
        run = train(
            plan.recipe, plan.data, seeds[0] if alone else 0, seeds=None if alone else seeds,
            callbacks=[look], record=False, progress=False,
        )  # fmt: skip
    if run.stopped and run.stopped.startswith("interrupted"):
        raise KeyboardInterrupt
    judged = {row["step"] for row in results[seeds[0]]}
    for step in plan.steps:  # where all have diverged or stopped early, training has ended before
        if step not in judged:
            judge(step, run)
    return name, results


def _judged(run: Run, real: Dataset, metrics: Sequence[Metric]) -> Iterator[dict[str, Any]]:
    """One row for each member. Of one that diverged, every metric is at its worst."""
    drawn = run.sample(len(real))
    members = drawn if run.random.population else drawn[None]
    with few_threads(run.work):
        of_each = (run.diverged.reshape(-1).tolist(), run.played.reshape(-1).tolist(), members)
        for diverged, played, fake in zip(*of_each, strict=True):
            lost = bool(diverged) or not torch.isfinite(fake).all()
            yield {
                "seconds": run.seconds / len(run),
                "diverged": lost,
                "played": played,
                "metrics": {
                    metric.name: metric.worst if lost else float(metric.measure(real, fake))
                    for metric in metrics
                },
            }


def _checked(
    recipes: Any, data: Any, seeds: Any
) -> tuple[dict[str, Recipe], Dataset, tuple[int, ...]]:
    """The same three, if they make a comparison."""
    if not isinstance(recipes, Mapping):
        recipes = list(recipes)
        names = [name for name, _ in recipes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two recipes have the same name: {', '.join(twice)}.")
        recipes = dict(recipes)
    if len(recipes) < 2:
        raise ValueError(
            f"a comparison needs two recipes or more, not {len(recipes)}: "
            'compare({"as it is": recipe, "longer": recipe.with_(steps=10_000)}, data).'
        )
    for name, recipe in recipes.items():
        if not isinstance(recipe, Recipe):
            raise TypeError(f"{name!r} is a {type(recipe).__name__}, not a Recipe.")
    if isinstance(seeds, int):
        raise TypeError(f"seeds is a sequence, such as range({max(seeds, 16)}).")
    seeds = tuple(seeds)
    if len(seeds) < 2:
        raise ValueError(f"a comparison needs two seeds or more, not {len(seeds)}. 16 is a start.")
    return recipes, as_dataset(data), checked_seeds(seeds)
