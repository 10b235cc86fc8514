"""What a comparison found: every value, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gan_school.metrics.metric import METRICS, Metric

HELPS, HURTS, NOTHING = "helps", "hurts", "no difference seen"


class Comparison(pd.DataFrame):
    """A tidy table of a comparison, one row for each recipe, seed, step and metric.

    Columns: `recipe`, `seed`, `step`, `metric`, `value`, `seconds` (of training up to that step,
    per GAN), `diverged`, and `played`, the steps that were really played: fewer than `step` for one
    that stopped early. It is a `pandas.DataFrame` in everything; `effects()` and `plot()` are
    what it has besides.
    """

    _metadata: ClassVar[list[str]] = ["judged_by"]  # what pandas hands on to parts of the table
    judged_by: dict[str, Metric]

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return Comparison

    @classmethod
    def of(
        cls, results: Mapping[str, Mapping[int, list[dict[str, Any]]]], metrics: Sequence[Metric]
    ) -> Self:
        """The table of what was measured, by recipe and seed."""
        rows = [
            {
                "recipe": name, "seed": seed, "step": row["step"], "metric": metric.name,
                "value": row["metrics"][metric.name], "seconds": row["seconds"],
                "diverged": row["diverged"], "played": row.get("played", row["step"]),
            }
            for name, by_seed in results.items()
            for seed, steps in by_seed.items()
            for row in steps
            for metric in metrics
        ]  # fmt: skip
        table = cls(rows)
        table.judged_by = {metric.name: metric for metric in metrics}
        return table

    def effects(self, baseline: str | None = None) -> pd.DataFrame:
        """What each recipe changes, compared with the baseline, seed by seed.

        Values are compared at the same step. Only where the baseline has none at a recipe's last
        step, because it plays for longer or for less, the ends of both are compared.

        Args:
            baseline: a recipe; without it, the first.

        Returns:
            One row for each other recipe, step and metric, with the columns of `effect`, and
            `seconds`, the time taken in units of the baseline's.

        Raises:
            ValueError: if there is no such recipe.
        """
        names = list(dict.fromkeys(self["recipe"]))
        baseline = names[0] if baseline is None and names else baseline
        if baseline not in names:
            raise ValueError(f"no recipe is called {baseline!r}. There are: {', '.join(names)}.")
        rows = []
        for name, of_metric in pd.DataFrame(self).groupby("metric", sort=False):
            metric = self.judged_by.get(name) or METRICS[name]
            sides = {
                recipe: dict(list(of_recipe.set_index("seed").groupby("step")))
                for recipe, of_recipe in of_metric.groupby("recipe", sort=False)
            }
            known = sides.pop(baseline)
            for recipe, by_step in sides.items():
                for step, other in by_step.items():
                    if step not in known and step != max(by_step):
                        continue
                    one = known.get(step, known[max(known)])
                    found = effect(one["value"], other["value"], metric)
                    found |= {
                        "diverged": int(other["diverged"].sum()),
                        "seconds": other["seconds"].mean() / one["seconds"].mean(),
                    }
                    rows.append({"recipe": recipe, "step": step, "metric": name, **found})
        return pd.DataFrame(rows)

    def plot(self, metric: str | None = None) -> Figure:
        """Every value of one metric, the first without a name, with mean and interval.

        Raises:
            ValueError: if it was not measured.
        """
        from gan_school import plotting

        table = pd.DataFrame(self)
        metrics = list(dict.fromkeys(table["metric"]))
        metric = metric or metrics[0]
        if metric not in metrics:
            raise ValueError(f"{metric!r} was not measured. There are: {', '.join(metrics)}.")
        table = table[(table["metric"] == metric) & (table["step"] == table["step"].max())]
        values = {
            name: group["value"].to_numpy() for name, group in table.groupby("recipe", sort=False)
        }
        return plotting.spread(values, label=metric.replace("_", " "))


def effect(baseline: pd.Series, changed: pd.Series, metric: Metric) -> dict[str, Any]:
    """The mean difference between pairs of runs with the same seed, and how sure it is.

    Args:
        baseline, changed: a value for each seed, indexed by seed.
        metric: which way is better, and how much matters.

    Returns:
        `baseline` and `mean`, the means over the seeds that both have; `difference`; `low` and
        `high`, its 95 % bootstrap interval (BCa, Efron 1987); `seeds`, how many; and the `verdict`:
        "helps" or "hurts" if the interval leaves zero out and the difference is as large as
        `metric.matters`, else "no difference seen".
    """
    pairs = pd.concat([baseline, changed], axis=1, keys=["baseline", "changed"]).dropna()
    differences = (pairs["changed"] - pairs["baseline"]).to_numpy()
    low, high = interval(differences)
    difference = differences.mean() if len(differences) else np.nan
    return {
        "baseline": pairs["baseline"].mean(), "mean": pairs["changed"].mean(),
        "difference": difference, "low": low, "high": high,
        "seeds": len(pairs), "verdict": verdict(difference, low, high, metric),
    }  # fmt: skip


def verdict(difference: float, low: float, high: float, metric: Metric) -> str:
    """In words, whether it helps; see `effect`."""
    sure = low > 0 or high < 0
    if not sure or abs(difference) < metric.matters:
        return NOTHING
    return HELPS if (difference > 0) == metric.higher_is_better else HURTS


def interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """A bootstrap confidence interval of the mean, BCa (Efron 1987), 9,999 resamples.

    Args:
        values: shape (n,), n of 2 or more; with fewer the interval is unknown: NaN, NaN.
        level: of confidence.
    """
    from scipy.stats import bootstrap

    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return np.nan, np.nan
    if np.allclose(values, values[0], rtol=1e-9, atol=1e-12):
        return float(values[0]), float(values[0])  # resampled, they stay the same
    found = bootstrap(
        (values,), np.mean, confidence_level=level, rng=np.random.default_rng(0), method="BCa"
    ).confidence_interval
    return float(found.low), float(found.high)
