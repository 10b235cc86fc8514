"""What a comparison found: every value, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Self

import pandas as pd
from matplotlib.figure import Figure

from gan_school.lab.inference import effects
from gan_school.metrics.metric import METRICS, Metric


class Comparison(pd.DataFrame):
    """A tidy table of a comparison, one row for each recipe, seed, step and metric.

    Columns: `recipe`, `seed`, `step`, `metric`, `value`, `seconds` (of training up to that step,
    per GAN), `diverged`, and `played`, the steps that were really played: fewer than `step` for one
    that stopped early. It is a `pandas.DataFrame` in everything; `effects()` and `plot()` are
    what it has besides.
    """

    _metadata: ClassVar[list[str]] = ["judged_by"]  # what pandas hands on to parts of the table
    judged_by: Mapping[str, Metric] = MappingProxyType({})

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
            One row for each other recipe, step and metric, with the columns of
            `gan_school.lab.inference.effects`, where the other recipes at one step, judged by one
            metric, are a family; `diverged`, how many runs, each of which counts with the metric's
            worst value; and `seconds`, the time taken in units of the baseline's.

        Raises:
            ValueError: if there is no such recipe.
        """
        names = list(dict.fromkeys(self["recipe"]))
        baseline = names[0] if baseline is None and names else baseline
        if baseline not in names:
            raise ValueError(f"no recipe is called {baseline!r}. There are: {', '.join(names)}.")
        families: dict[tuple[str, int], dict[str, tuple[pd.DataFrame, pd.DataFrame]]] = {}
        for metric, of_metric in pd.DataFrame(self).groupby("metric", sort=False):
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
                    families.setdefault((metric, step), {})[recipe] = one, other
        found = [_of_family(*place, pairs, self.judged_by) for place, pairs in families.items()]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame()

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


def _of_family(
    name: str,
    step: int,
    sides: dict[str, tuple[pd.DataFrame, pd.DataFrame]],
    judged_by: Mapping[str, Metric],
) -> pd.DataFrame:
    """The effects of all recipes at one step, by one metric."""
    metric = judged_by.get(name) or METRICS.get(name)
    if metric is None:
        raise ValueError(
            f"what {name!r} means is no longer known: a table that was put together from others "
            "knows the package's own metrics. Ask each of the others for its effects."
        )
    table = effects([(one["value"], other["value"], metric) for one, other in sides.values()])
    table["diverged"] = [int(other["diverged"].sum()) for _, other in sides.values()]
    table["seconds"] = [
        other["seconds"].mean() / one["seconds"].mean() for one, other in sides.values()
    ]
    table.insert(0, "recipe", list(sides))
    table.insert(1, "step", step)
    table.insert(2, "metric", name)
    return table
