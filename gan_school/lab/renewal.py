"""Whether what is on record would be found again, by the code of today and on this machine.

Every recipe on record has a key, made of the code that decides its values. Where the code has
moved, the recipe is measured anew; or it is shown that the numbers are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from gan_school import files
from gan_school.lab.comparing import results
from gan_school.lab.ledger import Ledger
from gan_school.lab.ledger_files import PLAIN
from gan_school.lab.survey import as_rows, key_of, plan_of
from gan_school.lab.tasks import Task
from gan_school.lab.terms import FIRST_OF_TUNING


def stale(ledger: Ledger, task: Task) -> list[str]:
    """The names of recipes that would be measured anew: what decides their values has changed.

    Those of the catalogue that were never measured are not among them.
    """
    return [
        name for (of, name), record in ledger.records.items()
        if of == task.name and record.key != key_of(task, record.recipe)
    ]  # fmt: skip


def accept(folder: Path, tasks: Sequence[Task], jobs: int | None = None) -> None:
    """Put the keys of today on record: the code has moved, and the numbers are the same.

    Each task's own recipe is trained again, to see whether they are. It stands for the others: code
    that only they use, and that was changed besides, goes unnoticed.

    Raises:
        ValueError: if one gives other values than those on record; or if its key is still valid, so
            that it says nothing of those whose code has moved. Then all stays as it is.
    """
    for task in tasks:
        moved = stale(Ledger.load(folder), task)
        if moved and PLAIN not in moved:
            raise ValueError(
                f"on {task.name} the code of the recipe as it is has not moved, only that of "
                f"{len(moved)} others, such as {moved[0]!r}. Measure these anew, with --tricks."
            )
    known = Ledger.load(folder)
    seeds = {task.name: _group(task, int(known.at(task.name, PLAIN).index.min())) for task in tasks}
    again = {task.name: _again(task, seeds[task.name], jobs).round(4) for task in tasks}
    with files.locked(folder):
        ledger, of_name = Ledger.load(folder), {task.name: task for task in tasks}
        for name, new in again.items():
            columns = ["step", "seed", *of_name[name].metrics]
            old = ledger.side(name, PLAIN)
            old = old[old["seed"].isin(seeds[name])]
            if not np.allclose(new[columns], old[columns], 0, 0, equal_nan=True):
                raise ValueError(
                    f"on {name} the recipe as it is gives other values than those on record. "
                    "Where the code is another, or the machine, measure anew."
                )
        for (name, recipe), record in ledger.records.items():
            if name in of_name:
                key = key_of(of_name[name], record.recipe)
                ledger.records[name, recipe] = replace(record, key=key)
        ledger.write(folder)


def repeated(ledger: Ledger, task: Task, name: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row on record, and the same measured again, together with the seeds it was trained with.

    On another kind of processor sums are rounded differently, and training makes much of it.

    Raises:
        KeyError: if there is none.
    """
    old = ledger.side(task.name, name, seed)
    plan = plan_of(task, ledger.records[task.name, name].recipe)
    together = plan.groups([*_group(task, seed)])
    seeds = next(group for group in together if seed in group)
    new = as_rows(
        results({PLAIN: plan}, seeds, None, progress=False)[PLAIN], plan, task.name, seeds
    )
    columns = ["step", "seed", *task.metrics]
    return old[columns], new[new["seed"] == seed][columns].round(4)


def _group(task: Task, seed: int) -> range:
    """The seeds that were trained together with one."""
    few, many = task.seeds
    if seed >= FIRST_OF_TUNING:
        return range(FIRST_OF_TUNING, FIRST_OF_TUNING + few)
    return range(few) if seed < few else range(few, many)


def _again(task: Task, seeds: Sequence[int], jobs: int | None = None) -> pd.DataFrame:
    """A task's own recipe, trained once more."""
    plan = plan_of(task, task.recipe)
    found = results({PLAIN: plan}, seeds, None, jobs, progress=False)[PLAIN]
    return as_rows(found, plan, task.name, seeds)
