"""The evidence ledger: what was measured about every trick, seed by seed.

`tools/evidence.py` writes it; notebooks, slides and the README read it. Its files are described in
`gan_school.lab.ledger_files`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
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
        tasks, chosen = list(tasks), None if chosen is None else list(chosen)
        pairs: list[Pair] = []
        entries: Entries = {}
        about: dict[str, Any] = {}
        on_record = known._entries() if known else {}
        for task in tasks:
            own = list(pairs_of(task, (*tricks, *task.also) if chosen is None else chosen))
            sides = dict.fromkeys([task.recipe, *(s for p in own for s in (p.without, p.with_))])
            plans = {side: _plan(task, side) for side in sides}
            keys = {side: result_key(plan, task.data) for side, plan in plans.items()}
            kept = {
                side: (record, table)
                for (of, side), (record, table) in on_record.items()
                if of == task.name and record.key is not None and record.key == keys.get(side)
                if set(range(task.seeds)) <= set(table["seed"])
            }
            missing = {side: plan for side, plan in plans.items() if side not in kept}
            found = results(missing, range(task.seeds), folder_of(True), jobs, progress)
            pace = 1.0  # seconds on record for one of this machine, by the task's own recipe
            if missing and task.recipe in kept:
                now = _again(task, plans[task.recipe].groups(list(range(task.seeds)))[0])
                pace = kept[task.recipe][1]["seconds"].mean() / now["seconds"].mean()
            for side, plan in missing.items():
                table = _wide({PLAIN: found[side]}, plan, task.name)
                table["seconds"] *= pace
                kept[side] = Record(side, keys[side], versions()), table
            pairs += own
            entries |= {(task.name, side): entry for side, entry in kept.items()}
            about[task.name] = {
                "short": task.short, "long": task.recipe.steps, "metrics": [*task.metrics]
            }  # fmt: skip
        return cls._of(pairs, entries, {task.name: task.recipe for task in tasks}, about)

    def updated(self, new: Ledger) -> Self:
        """This ledger with what another has about some tricks, instead of what it has itself."""
        fresh = new._pairs()
        replaced = {(pair.task, pair.trick) for pair in fresh}
        pairs = [pair for pair in self._pairs() if (pair.task, pair.trick) not in replaced]
        entries, plain = self._entries() | new._entries(), self._plain() | new._plain()
        return self._of(pairs + fresh, entries, plain, self.tasks | new.tasks)

    def stale(self, task: Task) -> list[str]:
        """The names of recipes that would be measured anew: what decides their values has changed.

        Those of the catalogue that were never measured are not among them.
        """
        return [
            name for (of, name), record in self.records.items()
            if of == task.name and record.key != _key(task, record.recipe)
        ]  # fmt: skip

    @classmethod
    def accept(cls, folder: Path, tasks: Sequence[Task], jobs: int | None = None) -> None:
        """Put the keys of today on record: the code has moved, and the numbers are the same.

        Each task's own recipe is trained again, to see whether they are. It stands for the others:
        code that only they use, and that was changed besides, goes unnoticed.

        Raises:
            ValueError: if one gives other values than those on record; or if its key is still
                valid, so that it says nothing of those whose code has moved. Then all stays as it
                is.
        """
        for task in tasks:
            moved = cls.load(folder).stale(task)
            if moved and PLAIN not in moved:
                raise ValueError(
                    f"on {task.name} the code of the recipe as it is has not moved, only that of "
                    f"{len(moved)} others, such as {moved[0]!r}. Measure these anew, with --tricks."
                )
        again = {task.name: _again(task, range(task.seeds), jobs).round(4) for task in tasks}
        with files.locked(folder):
            ledger, of_name = cls.load(folder), {task.name: task for task in tasks}
            for name, new in again.items():
                columns = ["step", "seed", *of_name[name].metrics]
                if not np.allclose(
                    new[columns], ledger._side(name, PLAIN)[columns], 0, 0, equal_nan=True
                ):
                    raise ValueError(
                        f"on {name} the recipe as it is gives other values than those on record. "
                        "Where the code is another, or the machine, measure anew."
                    )
            for (name, recipe), record in ledger.records.items():
                if name in of_name:
                    key = _key(of_name[name], record.recipe)
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
                tables.append(table.assign(recipe=name))
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
        recipes = self.recipes
        return [
            Pair(*row[:3], *(recipes[row.task, name] for name in row[3:]))
            for row in self.pairs.itertuples(index=False)
        ]

    def _plain(self) -> dict[str, Recipe]:
        return {task: self.records[task, PLAIN].recipe for task in self.tasks}

    def _entries(self) -> Entries:
        tables = dict(list(self.values.groupby(["task", "recipe"])))
        return {
            (task, record.recipe): (record, tables[task, name])
            for (task, name), record in self.records.items()
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
        numbers, every = [trick] if isinstance(trick, str) else trick, self.pairs["trick"]
        alone = ~every.str.contains("+", regex=False)
        asked = alone if trick is None else every.isin(numbers)
        pairs = self.pairs[asked & (self.pairs["task"].eq(task) | (task is None))]
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
        without = self._side(pair.task, pair.without, about[budget])
        with_ = self._side(pair.task, pair.with_, about[budget])
        found = effect(without[metric.name], with_[metric.name], metric)
        sign = 1 if metric.higher_is_better else -1
        low, high = sorted(sign * found[name] for name in ("low", "high"))
        return {
            "trick": pair.trick, "variant": pair.variant, "task": pair.task, "budget": budget,
            "metric": metric.name, **found,
            "gain": sign * found["difference"], "gain_low": low, "gain_high": high,
            "diverged": int(with_["diverged"].sum()),
            "seconds": with_["seconds"].mean() / without["seconds"].mean(),
        }  # fmt: skip

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
        effects = self.effects(trick, task).set_index(["variant", "task"])
        effects["gain"] = [
            f"{row.gain:+.2f} ({row.gain_low:+.2f} to {row.gain_high:+.2f}) {row.verdict}"
            for row in effects.itertuples()
        ]
        short, long = (effects[effects["budget"] == budget] for budget in BUDGETS)
        return pd.DataFrame(
            {
                "metric": long["metric"].str.replace("_", " "),
                "without, long": long["baseline"].round(2),
                "with, long": long["mean"].round(2),
                "gain, short": short["gain"],
                "gain, long": long["gain"],
            }
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
        sides = (self._first(task, trick, budget) for trick in (one, other))
        return effect(*sides, METRICS[self.tasks[task]["metrics"][0]])

    def combinations(self, task: str, budget: str = "long") -> pd.DataFrame:
        """Two tricks at once: the mean of the metric that decides.

        Returns:
            A row for the plain recipe and for each trick that others were measured after; a column
            for that alone, and for each of the others on top of it.
        """
        numbers = self.pairs[self.pairs["task"] == task]["trick"].unique()
        plain = {"alone": self._first(task, PLAIN, budget).mean()}
        cells: dict[str, dict[str, float]] = {PLAIN: plain}
        for number in (number for number in numbers if "+" in number):
            first, second = number.split(" + ")
            alone, after, both = (
                self._first(task, one, budget).mean() for one in (first, second, number)
            )
            cells.setdefault(first, {"alone": alone})[f"and {second}"] = both
            plain[f"and {second}"] = after
        return pd.DataFrame(cells).T

    def _first(self, task: str, trick: str, budget: str) -> pd.Series:
        """The metric that decides, with a trick's first variant, or as it is; by seed."""
        found = self.pairs[(self.pairs["task"] == task) & (self.pairs["trick"] == trick)]
        if found.empty and trick != PLAIN:
            raise KeyError(f"trick {trick} was not measured on {task}.")
        name = PLAIN if trick == PLAIN else found["with_"].iloc[0]
        about = self.tasks[task]
        return self._side(task, name, about[budget])[about["metrics"][0]]

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
            effects["trick"] = [f"{one} {tricks[one].title}," for one in effects["trick"]]
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
        ledger_files.write(folder, (self.values, self.pairs, self.records, self.tasks))

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Read the ledger that comes with the course, or another.

        Raises:
            FileNotFoundError: if there is none.
            ValueError: if it was written in another format, or is damaged.
        """
        found = cls(*ledger_files.read(folder or shipped("evidence", "tricks")))
        return cls._of(found._pairs(), found._entries(), found._plain(), found.tasks)  # in order


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
    return _wide(results({PLAIN: plan}, seeds, None, jobs, progress=False), plan, task.name)


def _wide(found: dict[str, Any], plan: Measurement, task: str) -> pd.DataFrame:
    """One row for each recipe, step and seed, with a column for each metric."""
    table = pd.DataFrame(Comparison.of(found, plan.metrics)).assign(task=task)
    wide = table.pivot(index=ledger_files.COLUMNS, columns="metric", values="value").reset_index()
    return wide.rename_axis(columns=None)


def evidence() -> Ledger:
    """The ledger that comes with the course; see `Ledger.load`."""
    return Ledger.load()
