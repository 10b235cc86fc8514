"""The evidence ledger: what was measured about every trick, seed by seed.

`make evidence` writes it; notebooks, slides and the README read it. Two files for each group of
tasks: a table with a row for every recipe, step and seed, and a record that says which recipes the
names stand for, which two make a pair, and with which versions all of that was measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pandas as pd
from matplotlib.figure import Figure

from gan_school.lab.catalogue import tricks
from gan_school.lab.comparing import compare
from gan_school.lab.comparison import effect
from gan_school.lab.tasks import TASKS, Task
from gan_school.lab.trick import Trick
from gan_school.metrics.metric import METRICS
from gan_school.places import shipped
from gan_school.settings import from_json, to_json
from gan_school.training import Recipe
from gan_school.training.storage import versions

FORMAT = 1
BUDGETS = ("short", "long")
PLAIN = "as it is"  # the name of a task's own recipe


@dataclass(frozen=True, eq=False)
class Ledger:
    """Everything that was measured.

    Attributes:
        values: one row for each task, recipe, step and seed, with a column for each metric.
        pairs: one row for each task and variant: the names of the recipes without and with it.
        recipes: by task and name.
        tasks: for each, the steps of its budgets, and its metrics, the first deciding.
        versions: of the package and of what it rests on.
    """

    values: pd.DataFrame
    pairs: pd.DataFrame
    recipes: dict[tuple[str, str], Recipe]
    tasks: dict[str, dict[str, Any]]
    versions: dict[str, str]

    # ------------------------------------------------------------------------------- measuring

    @classmethod
    def measure(
        cls,
        tasks: Iterable[Task],
        chosen: Iterable[Trick] | None = None,
        *,
        jobs: int | None = None,
        progress: bool | None = None,
    ) -> Self:
        """Measure tricks on tasks: all seeds of both sides of every variant.

        Args:
            tasks: on which.
            chosen: which tricks; without any, the catalogue and what a task has besides. Those that
                are not built yet are passed over.
            jobs, progress: see `compare`.
        """
        tables, pairs, recipes, about = [], [], {}, {}
        chosen = None if chosen is None else list(chosen)
        for task in tasks:
            wanted = (*tricks, *task.also) if chosen is None else chosen
            named, of_task = sides(task, [trick for trick in wanted if trick.is_built])
            table = compare(
                named, task.data(), range(task.seeds),
                at=[task.short], metrics=task.metrics, jobs=jobs, progress=progress,
            )  # fmt: skip
            tables.append(_wide(table, task.name))
            pairs += of_task
            recipes |= {(task.name, name): recipe for name, recipe in named.items()}
            about[task.name] = {
                "short": task.short,
                "long": task.recipe.steps,
                "metrics": list(task.metrics),
            }
        values = pd.concat(tables, ignore_index=True)
        return cls(values, pd.DataFrame(pairs), recipes, about, versions())

    # --------------------------------------------------------------------------------- reading

    def effects(
        self,
        trick: str | Sequence[str] | None = None,
        task: str | None = None,
        budget: str | None = None,
    ) -> pd.DataFrame:
        """What each variant changes, by the metric that decides, as `Comparison.effects` says it.

        Args:
            trick: the number of one trick, or those of several; without it, all but the
                combinations of two.
            task, budget: leave out all others; the budget is "short" or "long".

        Returns:
            One row for each variant, task and budget: `trick`, `variant`, `task`, `budget` and
            `metric`; the columns of `gan_school.lab.comparison.effect`; `gain`, `gain_low` and
            `gain_high`, the difference and its interval with the sign turned so that more is
            better; and `seconds`, the time of a step with the trick in units of one without.

        Raises:
            KeyError: if nothing of the kind was measured.
        """
        pairs = self.pairs
        if trick is None:
            pairs = pairs[~pairs["trick"].str.contains("+", regex=False)]
        else:
            pairs = pairs[pairs["trick"].isin([trick] if isinstance(trick, str) else trick)]
        if task is not None:
            pairs = pairs[pairs["task"] == task]
        if pairs.empty:
            raise KeyError(f"nothing was measured about trick {trick} on task {task}.")
        rows = [
            self._effect(pair, one)
            for pair in pairs.itertuples()
            for one in BUDGETS
            if budget in (None, one)
        ]
        return pd.DataFrame(rows)

    def _effect(self, pair: Any, budget: str) -> dict[str, Any]:
        about = self.tasks[pair.task]
        metric = METRICS[about["metrics"][0]]
        without, with_ = (
            self._side(pair.task, name, about[budget]) for name in (pair.without, pair.with_)
        )
        found = effect(without[metric.name], with_[metric.name], metric)
        sign = 1 if metric.higher_is_better else -1
        low, high = sorted(sign * found[name] for name in ("low", "high"))
        return {
            "trick": pair.trick,
            "variant": pair.variant,
            "task": pair.task,
            "budget": budget,
            "metric": metric.name,
            **found,
            "gain": sign * found["difference"],
            "gain_low": low,
            "gain_high": high,
            "diverged": int(with_["diverged"].sum()),
            "seconds": with_["seconds"].mean() / without["seconds"].mean(),
        }

    def _side(self, task: str, name: str, step: int) -> pd.DataFrame:
        values = self.values
        chosen = (values["task"] == task) & (values["recipe"] == name) & (values["step"] == step)
        return values[chosen].set_index("seed")

    def summary(self, trick: str, task: str | None = None) -> pd.DataFrame:
        """What was found about one trick, to be read by people.

        Returns:
            A row for each variant and task: by which metric, the mean without and with the trick
            when the long budget was spent, and for both budgets the gain (more is better) with its
            95 % interval and a verdict.
        """
        effects = self.effects(trick, task)
        keys = ["variant", "task"]
        text = effects.assign(
            said=[
                f"{row.gain:+.2f} ({row.gain_low:+.2f} to {row.gain_high:+.2f}) {row.verdict}"
                for row in effects.itertuples()
            ]
        ).pivot(index=keys, columns="budget", values="said")
        of_long = effects[effects["budget"] == "long"].set_index(keys)
        return pd.DataFrame(
            {
                "metric": of_long["metric"].str.replace("_", " "),
                "without, long": of_long["baseline"].round(2),
                "with, long": of_long["mean"].round(2),
                "gain, short": text["short"],
                "gain, long": text["long"],
            },
            index=of_long.index,
        )

    def verdicts(self, trick: str, budget: str) -> pd.DataFrame:
        """What each variant of a trick did, in words: a row a variant, a column a task."""
        effects = self.effects(trick, budget=budget)
        return effects.pivot(index="variant", columns="task", values="verdict")

    def between(self, task: str, one: str, other: str, budget: str = "long") -> dict[str, Any]:
        """What changes from one trick to another, as `gan_school.lab.comparison.effect` says it.

        Args:
            task: on which.
            one, other: numbers of tricks, of which the first variants are taken.
            budget: "short" or "long".
        """
        about = self.tasks[task]
        metric = METRICS[about["metrics"][0]]
        firsts = self.pairs[self.pairs["task"] == task].drop_duplicates("trick").set_index("trick")
        sides = (
            self._side(task, firsts.loc[trick, "with_"], about[budget]) for trick in (one, other)
        )
        return effect(*(side[metric.name] for side in sides), metric)

    def combinations(self, task: str, budget: str = "long") -> pd.DataFrame:
        """Two tricks at once: the mean of the metric that decides.

        Returns:
            A row for the plain recipe and for each trick that others were measured after; a column
            for that alone, and for each of the others on top of it.
        """
        pairs = self.pairs[self.pairs["task"] == task].drop_duplicates("trick").set_index("trick")
        about = self.tasks[task]
        metric = about["metrics"][0]

        def mean(name: str) -> float:
            return self._side(task, name, about[budget])[metric].mean()

        doubles = [number.split(" + ") for number in pairs.index if "+" in number]
        cells: dict[str, dict[str, float]] = {"as it is": {"alone": mean(PLAIN)}}
        for first, second in doubles:
            cells.setdefault(first, {"alone": mean(pairs.loc[first, "with_"])})
            cells[first][f"and {second}"] = mean(pairs.loc[f"{first} + {second}", "with_"])
            cells["as it is"][f"and {second}"] = mean(pairs.loc[second, "with_"])
        return pd.DataFrame(cells).T

    def plot(
        self,
        trick: str | Sequence[str] | None = None,
        task: str | None = None,
        budget: str | None = None,
        *,
        titles: bool = False,
    ) -> Figure:
        """A forest plot: the gain of every variant with its interval, task by task.

        Args:
            trick, task, budget: see `effects`.
            titles: write the titles of the tricks next to their numbers.
        """
        from gan_school import plotting

        effects = self.effects(trick, task, budget)
        order = {trick.number: place for place, trick in enumerate(tricks)}
        effects = effects.sort_values(  # those that were measured on one task only fall into place
            "trick",
            key=lambda numbers: numbers.map(lambda n: order.get(n, len(order))),
            kind="stable",
        )
        if titles:
            effects = effects.assign(
                trick=[f"{number} {tricks[number].title}," for number in effects["trick"]]
            )
        return plotting.forest(effects)

    # ----------------------------------------------------------------------------------- files

    def save(self, folder: Path, name: str) -> None:
        """Write `name.csv` and `name.json`.

        Raises:
            OSError: if that cannot be done.
        """
        folder.mkdir(parents=True, exist_ok=True)
        record = {
            "format": FORMAT,
            "versions": self.versions,
            "tasks": self.tasks,
            "pairs": self.pairs.to_dict("records"),
            "recipes": [
                {"task": task, "name": name, "recipe": to_json(recipe)}
                for (task, name), recipe in self.recipes.items()
            ],
        }
        self.values.round(4).to_csv(folder / f"{name}.csv", index=False)
        text = json.dumps(record, indent=1, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Read the ledger that comes with the course, or another.

        Raises:
            FileNotFoundError: if there is none.
            ValueError: if it was written in another format.
        """
        folder = folder or shipped("evidence")
        records = sorted(folder.glob("*.json"))
        if not records:
            raise FileNotFoundError(f"no ledger in {folder}. `make evidence` writes one.")
        values, pairs, recipes, tasks, written = [], [], {}, {}, {}
        for place in records:
            record = json.loads(place.read_text(encoding="utf-8"))
            if record.get("format") != FORMAT:
                raise ValueError(
                    f"{place} has format {record.get('format')}, written by gan_school "
                    f"{record.get('versions', {}).get('gan_school')}; this version reads format "
                    f"{FORMAT}. `make evidence` writes it anew."
                )
            values.append(pd.read_csv(place.with_suffix(".csv")))
            pairs += record["pairs"]
            tasks |= record["tasks"]
            written |= record["versions"]
            recipes |= {
                (part["task"], part["name"]): from_json(part["recipe"])
                for part in record["recipes"]
            }
        order = [*TASKS, *(name for name in tasks if name not in TASKS)]
        frames = pd.concat(values), pd.DataFrame(pairs)
        in_order = [
            frame.sort_values("task", key=lambda names: names.map(order.index), kind="stable")
            for frame in frames
        ]
        return cls(*(frame.reset_index(drop=True) for frame in in_order), recipes, tasks, written)


def sides(task: Task, chosen: list[Trick]) -> tuple[dict[str, Recipe], list[dict[str, str]]]:
    """The different recipes that a task needs, by name, and which two make a pair.

    Args:
        task: on which data, and beginning with which recipe.
        chosen: tricks that are built.

    Returns:
        Recipes by name; and for each variant that can be measured: `trick`, `variant`, `task`, and
        the names of the recipes `without` and `with_` it.
    """
    data = task.data()
    names: dict[str, Recipe] = {PLAIN: task.recipe}
    pairs = []

    def name_of(recipe: Recipe, wish: str) -> str:
        for name, known in names.items():
            if known == recipe:
                return name
        names[wish] = recipe
        return wish

    for trick in chosen:
        for variant in task.variants(trick):
            without, with_ = trick.pair(task.recipe, data, variant.name)
            label = f"{trick.number} {variant.name}"
            pairs.append(
                {
                    "trick": trick.number,
                    "variant": variant.name,
                    "task": task.name,
                    "without": name_of(without, f"{label}: without"),
                    "with_": name_of(with_, f"{label}: with"),
                }
            )
    return names, pairs


def _wide(table: pd.DataFrame, task: str) -> pd.DataFrame:
    """One row for each recipe, step and seed, with a column for each metric."""
    keys = ["recipe", "step", "seed", "seconds", "diverged", "played"]
    wide = pd.DataFrame(table).pivot(index=keys, columns="metric", values="value").reset_index()
    wide.insert(0, "task", task)
    wide.columns.name = None
    return wide


def evidence() -> Ledger:
    """The ledger that comes with the course; see `Ledger.load`."""
    return Ledger.load()
