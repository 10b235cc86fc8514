"""`compare`: does it help? Asked of many seeds, and answered with an interval."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed, effective_n_jobs
from tqdm.auto import tqdm

from gan_school.checks import check
from gan_school.datasets import Dataset, as_dataset
from gan_school.lab.comparison import Comparison
from gan_school.lab.measuring import Measurement, Rows
from gan_school.lab.result_cache import ResultCache, folder_of
from gan_school.metrics.metric import Metric, chosen
from gan_school.progress import watched
from gan_school.training import Recipe
from gan_school.training.run import checked_seeds

_EXAMPLE = 'compare({"as it is": recipe, "longer": recipe.with_(steps=10_000)}, data)'


def compare(
    recipes: Mapping[str, Recipe] | Iterable[tuple[str, Recipe]],
    data: Any,
    seeds: Iterable[int] = range(16),
    *,
    at: Iterable[int] = (),
    metrics: Sequence[str | Metric] | None = None,
    jobs: int | None = None,
    keep: bool | str | Path = True,
    progress: bool | None = None,
) -> Comparison:
    """Train every recipe with every seed, and judge the samples.

    All seeds of a recipe train at once, as a population, where the data is points; images, whose
    convolutions gain nothing by that, one seed after the other. What is done is kept: a comparison
    that was interrupted goes on where it stopped, and one more recipe or seed costs only itself.

    The work runs through joblib. `jobs=2` uses two processes of this machine, and inside
    `joblib.parallel_config("dask")` or `("ray")` it runs on that cluster; for Ray, call
    `ray.util.joblib.register_ray()` first.

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
        ValueError, TypeError: for fewer than two recipes, a name or a seed given twice, steps
            beyond the end, a `keep` that is a file, or whatever `train` refuses; before anything is
            trained.
        KeyboardInterrupt: on Ctrl-C. What was finished is kept.
    """
    recipes, data, seeds, at = _checked(recipes, data, seeds, at)
    metrics = chosen(metrics, data)
    folder = folder_of(keep)
    plans = {name: Measurement.of(recipe, data, at, metrics) for name, recipe in recipes.items()}
    return Comparison.of(results(plans, seeds, folder, jobs, progress), metrics)


def results(
    plans: Mapping[str, Measurement],
    seeds: Sequence[int],
    folder: Path | None,
    jobs: int | None = None,
    progress: bool | None = None,
) -> dict[str, dict[int, Rows]]:
    """What was measured of each, by name and seed: kept in the folder, or measured now."""
    caches = {name: ResultCache(plan, folder) for name, plan in plans.items()}
    found: dict[str, dict[int, Rows | None]] = {
        name: {seed: kept.read(seed) for seed in seeds} for name, kept in caches.items()
    }
    tasks = [
        (name, few)
        for name, of_seeds in found.items()
        for few in plans[name].groups([seed for seed, rows in of_seeds.items() if rows is None])
    ]
    work = [delayed(_named)(name, plans[name], some) for name, some in tasks]
    finished = tqdm(
        _finished(work, jobs), "comparing", len(tasks),
        leave=False, disable=not (watched() if progress is None else progress),
    )  # fmt: skip
    for name, measured in finished:
        for seed, rows in measured.items():
            caches[name].write(seed, rows)
        found[name] |= measured
    return found


def _finished(work: list[Any], jobs: int | None) -> Iterator[Any]:
    """What comes back, in any order, as soon as it can be had."""
    try:
        parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
    except ValueError:  # Ray gives a list, when all is done: so a few at a time, lest much be lost
        few = 2 * effective_n_jobs(jobs)
        for start in range(0, len(work), few):
            yield from Parallel(n_jobs=jobs)(work[start : start + few])
    else:
        yield from parallel(work)


def _named(name: str, plan: Measurement, seeds: list[int]) -> tuple[str, dict[int, Rows]]:
    """What was measured, and whose it is: results come in any order."""
    return name, plan(seeds)


def _checked(
    recipes: Any, data: Any, seeds: Any, at: Any
) -> tuple[dict[str, Recipe], Dataset, tuple[int, ...], tuple[int, ...]]:
    """The same four, if they make a comparison."""
    kind = f"recipes is a {type(recipes).__name__}. Give them by name, {_EXAMPLE}."
    check(isinstance(recipes, Iterable), kind, TypeError)
    if not isinstance(recipes, Mapping):
        recipes = list(recipes)
        names = [name for name, _ in recipes]
        twice = ", ".join(sorted({name for name in names if names.count(name) > 1}))
        check(not twice, f"two recipes have the same name: {twice}.")
        recipes = dict(recipes)
    few = f"a comparison needs two recipes or more, not {len(recipes)}: {_EXAMPLE}."
    check(len(recipes) >= 2, few)
    for name, recipe in recipes.items():
        what = f"{name!r} is a {type(recipe).__name__}, not a Recipe."
        check(isinstance(recipe, Recipe), what, TypeError)
    if isinstance(seeds, int):
        raise TypeError(f"seeds is a sequence, such as range({max(seeds, 16)}).")
    check(not isinstance(at, int), f"at is a sequence of steps, such as [{at}].", TypeError)
    seeds, at = tuple(seeds), tuple(at)
    few = f"a comparison needs two seeds or more, not {len(seeds)}. 16 is a start."
    check(len(seeds) >= 2, few)
    return recipes, as_dataset(data), checked_seeds(seeds), at
