"""The evidence ledger: what was measured about every trick, seed by seed.

`tools/evidence.py` writes it; notebooks, slides and the README read it. Its files are described in
`gan_school.lab.ledger_files`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import pandas as pd
from matplotlib.figure import Figure

from gan_school import files
from gan_school.lab import ledger_files
from gan_school.lab.catalogue import tricks
from gan_school.lab.comparing import results
from gan_school.lab.comparison import Comparison, effect
from gan_school.lab.ledger_files import PLAIN, Record
from gan_school.lab.measuring import Measurement
from gan_school.lab.result_cache import folder_of, result_key
from gan_school.lab.tasks import TASKS, Task
from gan_school.lab.trick import Trick
from gan_school.metrics.metric import METRICS
from gan_school.places import shipped
from gan_school.training import Recipe
from gan_school.training.storage import versions

BUDGETS = ("short", "long")


class Pair(NamedTuple):
    """Both sides of a variant on a task."""

    trick: str
    variant: str
    task: str
    without: Recipe
    with_: Recipe


Entries = dict[tuple[str, Recipe], tuple[Record, pd.DataFrame]]
"""By task and recipe, what is on record and the values."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """Everything that was measured.

    Attributes:
        values: one row for each task, recipe, step and seed, with a column for each metric.
        pairs: one row for each task and variant: the names of the recipes without and with it.
        records: by task and name, what is on record about a recipe.
        tasks: for each, the steps of its budgets, and its metrics, the first deciding.
    """

    values: pd.DataFrame
    pairs: pd.DataFrame
    records: dict[tuple[str, str], Record]
    tasks: dict[str, dict[str, Any]]

    @property
    def recipes(self) -> dict[tuple[str, str], Recipe]:
        """By task and name."""
        return {place: record.recipe for place, record in self.records.items()}

    # ------------------------------------------------------------------------------- measuring

    @classmethod
    def measure(
        cls,
        tasks: Iterable[Task],
        chosen: Iterable[Trick] | None = None,
        *,
        known: Ledger | None = None,
        jobs: int | None = None,
        progress: bool | None = None,
    ) -> Self:
        """Measure tricks on tasks: all seeds of both sides of every variant.

        Args:
            tasks: on which.
            chosen: which tricks; without any, the catalogue and what a task has besides. Those that
                are not built yet are passed over.
            known: where values are taken from whose keys are still right. The `seconds` of new ones
                are then brought to the pace of the machine that those were measured on.
            jobs, progress: see `compare`.
        """
        chosen = None if chosen is None else list(chosen)
        tasks = list(tasks)
        pairs: list[Pair] = []
        entries: Entries = {}
        for task in tasks:
            own = list(pairs_of(task, (*tricks, *task.also) if chosen is None else chosen))
            sides = dict.fromkeys([task.recipe, *(s for p in own for s in (p.without, p.with_))])
            plans = {side: _plan(task, side) for side in sides}
            keys = {side: result_key(plan, task.data) for side, plan in plans.items()}
            kept = {
                side: (record, table)
                for (of, side), (record, table) in (known._entries() if known else {}).items()
                if of == task.name and record.key is not None and record.key == keys.get(side)
                if set(range(task.seeds)) <= set(table["seed"])
            }
            missing = {side: plan for side, plan in plans.items() if side not in kept}
            found = results(missing, range(task.seeds), folder_of(True), jobs, progress)
            pace = _pace(task, kept[task.recipe][1]) if missing and task.recipe in kept else 1.0
            for side, plan in missing.items():
                table = _wide(Comparison.of({PLAIN: found[side]}, plan.metrics), task.name, pace)
                kept[side] = Record(side, keys[side], versions()), table
            pairs += own
            entries |= {(task.name, side): entry for side, entry in kept.items()}
        plain = {task.name: task.recipe for task in tasks}
        about = {
            task.name: {
                "short": task.short, "long": task.recipe.steps, "metrics": [*task.metrics]
            }
            for task in tasks
        }  # fmt: skip
        return cls._of(pairs, entries, plain, about)

    def updated(self, new: Ledger) -> Self:
        """This ledger with what another has about some tricks, instead of what it has itself."""
        fresh = new._pairs()
        replaced = {(pair.task, pair.trick) for pair in fresh}
        pairs = [pair for pair in self._pairs() if (pair.task, pair.trick) not in replaced]
        recipes = self.recipes | new.recipes
        tasks = self.tasks | new.tasks
        plain = {task: recipes[task, PLAIN] for task in tasks}
        return self._of(pairs + fresh, self._entries() | new._entries(), plain, tasks)

    def stale(self, task: Task) -> list[str]:
        """The names of recipes that would be measured anew: what decides their values has changed.

        Those of the catalogue that were never measured are not among them.
        """
        of_task = {name: record for (of, name), record in self.records.items() if of == task.name}
        return [name for name, record in of_task.items() if record.key != _key(task, record.recipe)]

    @classmethod
    def accept(cls, folder: Path, tasks: Sequence[Task], jobs: int | None = None) -> None:
        """Put the keys of today on record: the code has moved, and the numbers are the same.

        Each task's own recipe is trained again, to see whether they are.

        Raises:
            ValueError: if one gives other values than those on record. Then all stays as it is.
        """
        for task in tasks:
            old, new = (
                cls.load(folder)._side(task.name, PLAIN),
                _again(task, range(task.seeds), jobs),
            )
            columns = ["step", "seed", *task.metrics]
            if not (new[columns].round(4).to_numpy() == old[columns].to_numpy()).all():
                raise ValueError(
                    f"on {task.name} the recipe as it is gives other values than those on record. "
                    "Where the code is another, or the machine, measure anew."
                )
        with files.locked(folder):
            ledger = cls.load(folder)
            for (name, recipe), record in ledger.records.items():
                for task in (task for task in tasks if task.name == name):
                    key = _key(task, record.recipe)
                    ledger.records[name, recipe] = replace(record, key=key)
            ledger._write(folder)

    @classmethod
    def _of(
        cls, pairs: list[Pair], entries: Entries, plain: dict[str, Recipe], tasks: dict[str, Any]
    ) -> Self:
        """Tasks first; tricks as the catalogue has them; recipes called after their first pair."""
        order = [name for name in dict.fromkeys([*TASKS, *tasks]) if name in tasks]
        rows, records, tables = [], {}, []
        for task in order:
            names = {plain[task]: PLAIN}
            own = (pair for pair in pairs if pair.task == task)
            for pair in sorted(own, key=lambda pair: _place(pair.trick)):
                label = f"{pair.trick} {pair.variant}"
                without = names.setdefault(pair.without, f"{label}: without")
                with_ = names.setdefault(pair.with_, f"{label}: with")
                rows.append(pair._replace(without=without, with_=with_))
            for recipe, name in names.items():
                records[task, name], table = entries[task, recipe]
                tables.append(table.assign(recipe=name).sort_values(["step", "seed"]))
        values = pd.concat(tables, ignore_index=True)
        metrics = sorted(set(values) - set(ledger_files.COLUMNS))
        return cls(
            values[[*ledger_files.COLUMNS, *metrics]],
            pd.DataFrame(rows, columns=Pair._fields),
            records,
            {task: tasks[task] for task in order},
        )

    def _pairs(self) -> list[Pair]:
        """The pairs, with recipes for their names."""
        return [
            pair._replace(
                without=self.recipes[pair.task, pair.without],
                with_=self.recipes[pair.task, pair.with_],
            )
            for pair in map(Pair._make, self.pairs.itertuples(index=False))
        ]

    def _entries(self) -> Entries:
        tables = dict(list(self.values.groupby(["task", "recipe"])))
        return {
            (place[0], record.recipe): (record, tables[place])
            for place, record in self.records.items()
        }

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
        alone = ~pairs["trick"].str.contains("+", regex=False)
        numbers = [trick] if isinstance(trick, str) else trick
        pairs = pairs[alone if trick is None else pairs["trick"].isin(numbers)]
        pairs = pairs if task is None else pairs[pairs["task"] == task]
        budgets = [one for one in BUDGETS if budget in (None, one)]
        if pairs.empty or not budgets:
            raise KeyError(
                f"nothing was measured about trick {trick} on task {task}, budget {budget}. Tasks: "
                f"{', '.join(self.tasks)}; budgets: {', '.join(BUDGETS)}."
            )
        return pd.DataFrame(
            [self._effect(pair, one) for pair in pairs.itertuples() for one in budgets]
        )

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

    def _side(self, task: str, name: str, step: int | None = None) -> pd.DataFrame:
        """The rows of a recipe, at one step by seed."""
        values = self.values[(self.values["task"] == task) & (self.values["recipe"] == name)]
        return values if step is None else values[values["step"] == step].set_index("seed")

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
        name = self.tasks[task]["metrics"][0]
        sides = (self._first(task, trick, "with_", budget)[name] for trick in (one, other))
        return effect(*sides, METRICS[name])

    def combinations(self, task: str, budget: str = "long") -> pd.DataFrame:
        """Two tricks at once: the mean of the metric that decides.

        Returns:
            A row for the plain recipe and for each trick that others were measured after; a column
            for that alone, and for each of the others on top of it.
        """
        numbers = self.pairs[self.pairs["task"] == task]["trick"].unique()
        metric = self.tasks[task]["metrics"][0]

        def mean(trick: str) -> float:
            return self._first(task, trick, "with_", budget)[metric].mean()

        plain = self._side(task, PLAIN, self.tasks[task][budget])[metric].mean()
        cells: dict[str, dict[str, float]] = {PLAIN: {"alone": plain}}
        for number in (number for number in numbers if "+" in number):
            first, second = number.split(" + ")
            cells.setdefault(first, {"alone": mean(first)})[f"and {second}"] = mean(number)
            cells[PLAIN][f"and {second}"] = mean(second)
        return pd.DataFrame(cells).T

    def _first(self, task: str, trick: str, side: str, budget: str) -> pd.DataFrame:
        """The rows of one side of a trick's first variant."""
        found = self.pairs[(self.pairs["task"] == task) & (self.pairs["trick"] == trick)]
        if found.empty:
            raise KeyError(f"trick {trick} was not measured on {task}.")
        return self._side(task, found[side].iloc[0], self.tasks[task][budget])

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
        effects = effects.sort_values(  # those that were measured on one task only fall into place
            "trick", key=lambda numbers: numbers.map(_place), kind="stable"
        )
        if titles:
            effects = effects.assign(
                trick=[f"{number} {tricks[number].title}," for number in effects["trick"]]
            )
        return plotting.forest(effects)

    # ----------------------------------------------------------------------------------- files

    def save(self, folder: Path) -> None:
        """Add it to the ledger in a folder, or begin one there: see `updated`.

        What others have added in the meantime stays; one process writes at a time.

        Raises:
            OSError: if that cannot be done.
            ValueError: if what is there cannot be read.
        """
        with files.locked(folder):
            there = any(folder.glob("*.json"))
            (Ledger.load(folder).updated(self) if there else self)._write(folder)

    def _write(self, folder: Path) -> None:
        parts = self.values, self.pairs.to_dict("records"), self.records, self.tasks
        ledger_files.write(folder, parts)

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Read the ledger that comes with the course, or another.

        Raises:
            FileNotFoundError: if there is none.
            ValueError: if it was written in another format, or is damaged.
        """
        values, pairs, records, tasks = ledger_files.read(folder or shipped("evidence", "tricks"))
        found = cls(values, pd.DataFrame(pairs, columns=Pair._fields), records, tasks)
        plain = {task: records[task, PLAIN].recipe for task in tasks}
        return cls._of(found._pairs(), found._entries(), plain, tasks)  # in order


def pairs_of(task: Task, chosen: Iterable[Trick]) -> Iterator[Pair]:
    """Both sides of each variant that can be measured on a task, of those tricks that are built."""
    data = task.data()
    for trick in chosen:
        for variant in task.variants(trick) if trick.is_built else ():
            sides = trick.pair(task.recipe, data, variant.name)
            yield Pair(trick.number, variant.name, task.name, *sides)


def _place(number: str) -> tuple[bool, list[int]]:
    """For sorting: as the catalogue has them, and then what is tried after another trick."""
    numbers = [trick.number for trick in tricks]
    places = [numbers.index(part) if part in numbers else 99 for part in number.split(" + ")]
    return "+" in number, places


def _plan(task: Task, recipe: Recipe) -> Measurement:
    metrics = tuple(METRICS[name] for name in task.metrics)
    return Measurement.of(recipe, task.data(), [task.short], metrics)


def _key(task: Task, recipe: Recipe) -> str | None:
    return result_key(_plan(task, recipe), task.data)


def _again(task: Task, seeds: Sequence[int], jobs: int | None = None) -> pd.DataFrame:
    """A task's own recipe, trained once more."""
    plan = _plan(task, task.recipe)
    found = results({PLAIN: plan}, seeds, None, jobs, progress=False)
    return _wide(Comparison.of(found, plan.metrics), task.name)


def _pace(task: Task, plain: pd.DataFrame) -> float:
    """How many seconds on record one second of this machine is, by the task's own recipe."""
    seeds = _plan(task, task.recipe).groups(list(range(task.seeds)))[0]
    now = _again(task, seeds)
    return plain[plain["seed"].isin(seeds)]["seconds"].mean() / now["seconds"].mean()


def _wide(table: pd.DataFrame, task: str, pace: float = 1.0) -> pd.DataFrame:
    """One row for each recipe, step and seed, with a column for each metric."""
    wide = pd.DataFrame(table).assign(task=task, seconds=pace * table["seconds"])
    wide = wide.pivot(index=ledger_files.COLUMNS, columns="metric", values="value").reset_index()
    wide.columns.name = None
    return wide


def evidence() -> Ledger:
    """The ledger that comes with the course; see `Ledger.load`."""
    return Ledger.load()
