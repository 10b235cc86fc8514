"""What follows from the values of a ledger: effects and their verdicts, family by family.

All that was measured on a task with one budget and on the same terms is one family, in which the
false discovery rate is held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from gan_school.checks import check
from gan_school.lab.inference import effects, with_gains
from gan_school.lab.terms import BUDGETS, STEPS, TERMS, TIME, costs_the_same
from gan_school.metrics.metric import METRICS


@dataclass(frozen=True)
class Families:
    """The effects of a ledger, worked out when they are asked for, and once.

    A family takes a fifth of a second, and there are some thirty.

    Attributes:
        tasks, pairs: see `gan_school.lab.Ledger`.
        at: the rows of a recipe, by task, name and budget.
    """

    tasks: dict[str, dict[str, Any]]
    pairs: pd.DataFrame
    at: Callable[[str, str, str], pd.DataFrame]
    _known: dict[tuple[str | None, ...], pd.DataFrame] = field(default_factory=dict)

    def asked(
        self, task: str | None, budget: str | None, terms: str | None, metric: str | None = None
    ) -> pd.DataFrame:
        """Whole families, each worked out once; in the order of the pairs."""
        tasks = [one for one in self.tasks if metric in (None, *self.tasks[one]["metrics"])]
        check(bool(tasks), f"nothing was judged by {metric!r}.", KeyError)
        parts = {"task": (task, tasks), "budget": (budget, BUDGETS), "terms": (terms, TERMS)}
        for name, (one, known) in parts.items():
            if one is not None and one not in known:
                raise KeyError(f"nothing was measured on {name} {one!r}, but: {', '.join(known)}.")
        places = product(*(known if one is None else [one] for one, known in parts.values()))
        families = [self._family(*place, metric) for place in places]
        table = pd.concat(families, ignore_index=True)
        key = ["trick", "variant", "task"]
        asked = self.pairs[key].drop_duplicates()
        place = {row: k for k, row in enumerate(asked.itertuples(index=False, name=None))}
        order = [place[row] for row in table[key].itertuples(index=False, name=None)]
        return table.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)

    def _family(self, *place: str | None) -> pd.DataFrame:
        """One family; and what is the same as at equal steps, with the verdict that it has there.

        That is a step that costs the same, or a learning rate that was the best already. A question
        that was asked once gets one answer, and counts in one family.
        """
        if place not in self._known:
            self._known[place] = self._worked_out(*place)
        return self._known[place]

    def _worked_out(self, task: str, budget: str, terms: str, metric: str | None) -> pd.DataFrame:
        pairs = self.pairs[self.pairs["task"] == task]
        first, own = (pairs[pairs["terms"] == one] for one in (STEPS, terms))
        if terms == STEPS:
            return self._compared(task, terms, budget, own, metric)
        key = ["trick", "variant", "without", "with_"]
        known = first.set_index(key).index
        copies = own[own.set_index(key).index.isin(known)]
        if terms == TIME:
            copies = first[first["cost"].map(costs_the_same)]
        found = self._family(task, budget, STEPS, metric).set_index(["trick", "variant"])
        same = found.loc[[*zip(copies["trick"], copies["variant"], strict=True)]].reset_index()
        asked = own[~own.set_index(key).index.isin(known)]
        parts = [] if asked.empty else [self._compared(task, terms, budget, asked, metric)]
        return pd.concat([*parts, same.assign(terms=terms)], ignore_index=True)

    def _compared(
        self, task: str, terms: str, budget: str, pairs: pd.DataFrame, name: str | None
    ) -> pd.DataFrame:
        metric = METRICS[name or self.tasks[task]["metrics"][0]]
        names = set(pairs["without"]) | set(pairs["with_"])
        at = {name: self.at(task, name, budget) for name in names}
        sides = [(at[pair.without], at[pair.with_]) for pair in pairs.itertuples()]
        found = effects([(one[metric.name], other[metric.name], metric) for one, other in sides])
        named = pairs[["trick", "variant", "task"]].reset_index(drop=True)
        table = pd.concat([named, found], axis=1)
        table = table.assign(budget=budget, terms=terms, metric=metric.name)
        return with_gains(table, metric).assign(
            diverged=[int(other["diverged"].sum()) for _, other in sides],
            cost=pairs["cost"].to_numpy(),
            spread_without=[one["first_spread"].mean() for one, _ in sides],
            spread_with=[other["first_spread"].mean() for _, other in sides],
        )  # fmt: skip
