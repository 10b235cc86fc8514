"""The evidence ledger: what was measured about every trick, seed by seed.

`gan_school.lab.survey` says how it is measured, and `tools/evidence.py` does it; notebooks, slides
and the README read it. Its files are described in `gan_school.lab.ledger_files`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from gan_school import files
from gan_school.checks import check
from gan_school.lab import ledger_files
from gan_school.lab.catalogue import tricks
from gan_school.lab.families import Families
from gan_school.lab.inference import HURTS, effect, interval
from gan_school.lab.ledger_files import PLAIN, Record
from gan_school.lab.tasks import TASKS
from gan_school.lab.terms import (
    BUDGETS,
    CAUSES,
    FACTORS,
    FIRST_OF_TUNING,
    OWN,
    RATE,
    STEPS,
    TERMS,
    TIME,
    Pair,
    best_factor,
    scale_rates,
)
from gan_school.metrics.metric import METRICS
from gan_school.places import shipped
from gan_school.training import Recipe

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

    def updated(self, new: Ledger) -> Self:
        """This ledger with what another has about some tricks, instead of what it has itself."""
        fresh = new.recipe_pairs()
        replaced = {(pair.task, pair.trick) for pair in fresh}
        pairs = [pair for pair in self.recipe_pairs() if (pair.task, pair.trick) not in replaced]
        entries, plain = self.entries() | new.entries(), self._plain() | new._plain()
        return self.of(pairs + fresh, entries, plain, self.tasks | new.tasks)

    # ----------------------------------------------------------------------------- its parts

    @classmethod
    def of(
        cls, pairs: list[Pair], entries: Entries, plain: dict[str, Recipe], tasks: dict[str, Any]
    ) -> Self:
        """Tasks first; tricks as the catalogue has them; recipes called after their first pair."""
        order = [name for name in dict.fromkeys([*TASKS, *tasks]) if name in tasks]
        rows, records, tables = [], {}, []
        for task in order:
            names = {plain[task]: PLAIN}
            for factor in FACTORS:
                if (task, recipe := scale_rates(plain[task], factor)) in entries:
                    names.setdefault(recipe, _at_rate(factor))
            own = [pair for pair in pairs if pair.task == task]
            first = {(one.trick, one.variant): one for one in own if one.terms == STEPS}
            for pair in sorted(own, key=lambda one: (TERMS.index(one.terms), *_place(one.trick))):
                label = f"{pair.trick} {pair.variant}"
                terms = "" if pair.terms == STEPS else f", {pair.terms}"
                without = names.setdefault(pair.without, f"{label}: without{terms}")
                with_ = names.setdefault(pair.with_, f"{label}: with{terms}")
                rows.append(pair._replace(without=without, with_=with_))
                if pair.terms == OWN:
                    _name_tuned(names, label, task, entries, first[pair.trick, pair.variant])
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

    def recipe_pairs(self) -> list[Pair]:
        """The pairs, with recipes for their names."""
        recipes = self.recipes
        named = map(Pair._make, self.pairs.itertuples(index=False))
        return [
            pair._replace(
                without=recipes[pair.task, pair.without], with_=recipes[pair.task, pair.with_]
            )
            for pair in named
        ]

    def entries(self) -> Entries:
        """By task and recipe, what is on record and the values."""
        return {
            (task, record.recipe): (record, self._sides[task, name])
            for (task, name), record in self.records.items()
        }

    def side(self, task: str, name: str, seed: int | None = None) -> pd.DataFrame:
        """The rows of a recipe, all or those of one seed.

        Raises:
            KeyError: if there are none.
        """
        values = self._sides.get((task, name))
        rows = values if seed is None or values is None else values[values["seed"] == seed]
        if rows is None or rows.empty:
            raise KeyError(f"on {task} nothing is on record about {name!r}, seed {seed}.")
        return rows

    @cached_property
    def _sides(self) -> dict[tuple[str, str], pd.DataFrame]:
        return dict(list(self.values.groupby(["task", "recipe"])))

    def _plain(self) -> dict[str, Recipe]:
        return {task: self.records[task, PLAIN].recipe for task in self.tasks}

    # --------------------------------------------------------------------------------- reading

    def effects(
        self,
        trick: str | Sequence[str] | None = None,
        task: str | None = None,
        budget: str | None = None,
        terms: str | None = STEPS,
        metric: str | None = None,
    ) -> pd.DataFrame:
        """What each variant changes, by the metric that decides, or by another.

        All that was measured on a task with one budget and on the same terms is one family, in
        which the false discovery rate is held; combinations of two tricks are among it. Where the
        recipes are those of equal steps, because a step costs the same or the learning rate was the
        best already, nothing new was asked, and the verdict is the one that it has there.

        Args:
            trick: the number of one trick, or those of several; without it, all but the
                combinations of two.
            task, budget: leave out all others; the budget is "short" or "long".
            terms: "equal steps", "equal time" or "tuned rate"; see `gan_school.lab.survey`. Not all
                was measured with a tuned rate.
            metric: another that is on record, on the tasks that have it, such as "modes" or
                "precision"; its verdicts are a family of their own.

        Returns:
            One row for each variant, task and budget: `trick`, `variant`, `task`, `budget`, `terms`
            and `metric`; the columns of `gan_school.lab.inference.effects`; `gain`, `gain_low` and
            `gain_high`, the difference and its interval with the sign turned so that more is
            better; `diverged`, how many runs with it have; `cost`, of a step with it in units of
            one without; and `spread_without` and `spread_with`, how wide the samples of an
            untrained generator spread, in units of the data.

        Raises:
            KeyError: if nothing of the kind was measured.
        """
        every = self._families.asked(task, budget, terms, metric)
        numbers = [trick] if isinstance(trick, str) else trick
        alone = ~every["trick"].str.contains("+", regex=False)
        asked = alone if trick is None else every["trick"].isin(numbers)
        if not asked.any():
            raise KeyError(
                f"nothing was measured about trick {trick} on task {task}, budget {budget}, "
                f"{terms}. Tasks: {', '.join(self.tasks)}; budgets: {', '.join(BUDGETS)}; terms: "
                f"{', '.join(TERMS)}."
            )
        return every[asked].reset_index(drop=True)

    @cached_property
    def _families(self) -> Families:
        return Families(self.tasks, self.pairs, self.at)

    def at(self, task: str, name: str, budget: str = "long") -> pd.DataFrame:
        """The rows of a recipe when a budget is spent, by seed; without those of tuning."""
        check(budget in BUDGETS, f"a budget is {' or '.join(BUDGETS)}, and not {budget!r}.")
        rows = self.side(task, name)
        step = (min if budget == "short" else max)(rows["step"])
        return rows[(rows["step"] == step) & (rows["seed"] < FIRST_OF_TUNING)].set_index("seed")

    def differences(self) -> list[np.ndarray]:
        """Of each comparison at equal steps, with each budget, the differences seed by seed."""
        found = []
        for pair in self.pairs[self.pairs["terms"] == STEPS].itertuples():
            metric = self.tasks[pair.task]["metrics"][0]
            for budget in BUDGETS:
                one, other = (
                    self.at(pair.task, name, budget) for name in (pair.without, pair.with_)
                )
                found.append((other[metric] - one[metric]).dropna().to_numpy())
        return found

    def rate(self, task: str) -> float:
        """The factor of a task's learning rates that suits its own recipe best."""
        means = self.tuning(task)["mean"].to_dict()
        return best_factor(means, METRICS[self.tasks[task]["metrics"][0]])

    def tuning(self, task: str) -> pd.DataFrame:
        """How a task's own recipe fares at all learning rates that were tried.

        Returns:
            A row for each factor of the rates: the `mean` of the metric that decides, from the
            seeds that tune; `change`, to that from the best; and the 95 % interval of that change,
            from `low` to `high`. Where it contains 0, chance may have decided between the two.
        """
        metric, ends = METRICS[self.tasks[task]["metrics"][0]], {}
        for factor in FACTORS:
            rows = self.side(task, PLAIN if factor == 1 else _at_rate(factor))
            last = (rows["step"] == rows["step"].max()) & (rows["seed"] >= FIRST_OF_TUNING)
            ends[factor] = rows[last].set_index("seed")[metric.name]
        tried = pd.DataFrame(ends)
        best = best_factor(tried.mean().to_dict(), metric)
        changes = tried.sub(tried[best], axis=0)
        rows = [(tried[f].mean(), changes[f].mean(), *interval(changes[f])) for f in FACTORS]
        index = pd.Index(FACTORS, name="factor")
        return pd.DataFrame(rows, index, columns=["mean", "change", "low", "high"])

    def summary(self, trick: str, task: str | None = None) -> pd.DataFrame:
        """What was found about one trick, to be read by people.

        Returns:
            A row for each variant and task: by which metric; the means without and with the trick
            when the long budget was spent; for both budgets the gain (more is better) with its 95 %
            interval and a verdict, and where a comparison alone would have got another verdict,
            that; the gain of the long run by the task's other metric, if it has one; what a step
            costs; and the verdicts at equal time, with a tuned rate, and where
            another cause was taken away, after the long budget.
        """
        rows = ["variant", "task"]
        effects = self.effects(trick, task).set_index(rows)
        effects["gain"] = [said(row) for row in effects.itertuples()]
        short, long = (effects[effects["budget"] == budget] for budget in BUDGETS)
        table = pd.DataFrame(
            {
                "metric": long["metric"].str.replace("_", " "),
                "without, long": long["baseline"].round(2),
                "with, long": long["mean"].round(2),
                "gain, short": short["gain"],
                "gain, long": long["gain"],
                "cost": long["cost"].round(1),
            }
        )
        also = self._also(trick, task)
        table.insert(5, "also", [also.get(place, "") for place in table.index])
        for terms in TERMS[1:]:
            found = self._other_verdicts(trick, task, terms)
            if terms not in CAUSES or not found.empty:
                table[terms] = found.reindex(table.index, fill_value="")
        return table

    def _also(self, trick: str, task: str | None) -> dict[tuple[str, str], str]:
        """By variant and task, what other metrics say after the long budget, in words."""
        said: dict[tuple[str, str], list[str]] = {}
        for row in self._by_other_metrics(trick, task).itertuples():
            words = f"{row.metric} {row.gain:+.2f} {row.verdict}"
            said.setdefault((row.variant, row.task), []).append(words)
        return {place: "; ".join(words) for place, words in said.items()}

    def _by_other_metrics(self, trick: str, task: str | None) -> pd.DataFrame:
        """What other metrics than the one that decides say after the long budget."""
        found = [
            self._families.asked(name, "long", STEPS, metric)
            for name, about in self.tasks.items()
            for metric in about["metrics"][1:]
            if task in (None, name)
        ]
        parts = [table[table["trick"].eq(trick)] for table in found]
        return pd.concat(parts) if parts else pd.DataFrame(columns=["metric"])

    def causes(self, task: str | None = None) -> pd.DataFrame:
        """What hurts, and whether it still does where another cause of it is taken away.

        Returns:
            A row for each variant and task that was asked again, see `gan_school.lab.other_causes`:
            what was said at equal steps, at equal time, and without each other cause, after the
            long budget; empty where that was not asked.
        """
        every = self._families.asked(task, "long", None)
        key = ["trick", "variant", "task"]
        hurts = every["terms"].eq(STEPS) & every["plain"].eq(HURTS)
        asked = every[every["terms"].isin(CAUSES)].set_index(key).index.unique()
        again = asked[asked.isin(every[hurts].set_index(key).index)]
        rows = every[every["terms"].ne(RATE)].assign(said=lambda t: [*map(said, t.itertuples())])
        table = rows.pivot(index=key, columns="terms", values="said").reindex(again)
        return table.reindex(columns=[STEPS, TIME, *CAUSES]).fillna("")

    def _other_verdicts(self, trick: str, task: str | None, terms: str) -> pd.Series:
        """By variant and task, after the long budget."""
        every = self._families.asked(task, "long", terms)
        return every[every["trick"].eq(trick)].set_index(["variant", "task"])["verdict"]

    def verdicts(self, trick: str, budget: str, terms: str = STEPS) -> pd.DataFrame:
        """What each variant of a trick did, in words: a row a variant, a column a task."""
        effects = self.effects(trick, budget=budget, terms=terms)
        return effects.pivot(index="variant", columns="task", values="verdict")

    def between(self, task: str, one: str, other: str, budget: str = "long") -> dict[str, Any]:
        """What changes from one trick to another, as `gan_school.lab.inference.effect` says it.

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
        pairs = self.pairs.query("task == @task and trick == @trick and terms == @STEPS")
        if pairs.empty and trick != PLAIN:
            raise KeyError(f"trick {trick} was not measured on {task}.")
        name = PLAIN if trick == PLAIN else pairs["with_"].iloc[0]
        return self.at(task, name, budget)[self.tasks[task]["metrics"][0]]

    def plot(
        self,
        trick: str | Sequence[str] | None = None,
        task: str | None = None,
        budget: str | None = None,
        terms: str = STEPS,
        *,
        titles: bool = False,
    ) -> Figure:
        """A forest plot: the gain of every variant with its interval, task by task.

        Args:
            trick, task, budget, terms: see `effects`.
            titles: write the titles of the tricks next to their numbers.
        """
        from gan_school import plotting

        effects = self.effects(trick, task, budget, terms)
        effects = effects.sort_values(  # those that were measured on one task only fall into place
            "trick", key=lambda numbers: numbers.map(_place), kind="stable"
        )
        if titles:
            effects["trick"] = [f"{one} {tricks[one].title}," for one in effects["trick"]]
        return plotting.forest(effects)

    def at_a_glance(
        self, trick: str, task: str | None = None, variants: Sequence[str] | None = None
    ) -> Figure:
        """All that is known about one trick: its gains, task by task and question by question.

        At equal steps after both budgets; then, in the long run, by the task's other metric, at
        equal time, with a tuned rate, and where another cause of harm was taken away. What a step
        costs is in units of one without. For the intervals see `summary`, or `plot`.

        Args:
            trick, task: see `effects`.
            variants: only these, in this order.
        """
        from gan_school import plotting

        first = self.effects(trick, task)
        first = first.assign(question=first["budget"] + " run")
        also = self._by_other_metrics(trick, task)
        parts = [first, also.assign(question="by " + also["metric"])]
        for terms in TERMS[1:]:
            every = self._families.asked(task, "long", terms)
            parts.append(every[every["trick"].eq(trick)].assign(question=terms))
        table = pd.concat([part for part in parts if not part.empty])
        if variants is not None:
            of_variant = table.set_index("variant", drop=False).rename_axis(None)
            table = of_variant.loc[list(variants)]
        order = ["short run", "long run", *(f"by {name}" for name in METRICS), *TERMS]
        place = table["question"].map(order.index)
        return plotting.board(table.iloc[np.argsort(place, kind="stable")])

    def against(self, metric: str, task: str | None = None, terms: str = STEPS) -> Figure:
        """What all tricks gain by the metric that decides, and by another, after the long budget.

        Args:
            metric: the other, such as "precision"; of the tasks that were judged by it.
            task, terms: see `effects`.
        """
        from gan_school import plotting

        every = list(self.pairs["trick"].unique())
        of_other = self.effects(every, task, "long", terms, metric)
        return plotting.trade_offs(self.effects(every, task, "long", terms), of_other)

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
            (Ledger.load(folder).updated(self) if there else self).write(folder)

    def write(self, folder: Path) -> None:
        """Write it there, instead of what there is; see `save`."""
        ledger_files.write(folder, (self.values, self.pairs, self.records, self.tasks))

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Read the ledger that comes with the course, or another.

        Raises:
            FileNotFoundError: if there is none.
            ValueError: if it was written in another format, or is damaged.
        """
        found = cls(*ledger_files.read(folder or shipped("evidence", "tricks")))
        return cls.of(
            found.recipe_pairs(), found.entries(), found._plain(), found.tasks
        )  # in order


def said(row: Any) -> str:
    """An effect in words: the gain, its interval, and the verdict or verdicts."""
    alone = "" if row.plain == row.verdict else f", alone {row.plain}"
    return f"{row.gain:+.2f} ({row.gain_low:+.2f} to {row.gain_high:+.2f}) {row.verdict}{alone}"


def _name_tuned(
    names: dict[Recipe, str], label: str, task: str, entries: Entries, pair: Pair
) -> None:
    """Name what was trained to find the best rates of both sides."""
    for side, recipe in (("without", pair.without), ("with", pair.with_)):
        for factor in FACTORS:
            if (task, tried := scale_rates(recipe, factor)) in entries:
                names.setdefault(tried, f"{label}: {side}, rate × {factor:g}")


def _at_rate(factor: float) -> str:
    return f"{PLAIN}, rate × {factor:g}"


def _place(number: str) -> tuple[bool, list[int]]:
    """For sorting: as the catalogue has them, and then what is tried after another trick."""
    numbers = [trick.number for trick in tricks]
    places = [numbers.index(part) if part in numbers else 99 for part in number.split(" + ")]
    return "+" in number, places


@cache
def evidence() -> Ledger:
    """The ledger that comes with the course; see `Ledger.load`. It is read once."""
    return Ledger.load()
