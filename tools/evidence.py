"""Measure what is new about tricks, or was measured by other code, and add it to the evidence.

    python tools/evidence.py points                # spiral, ring and grid, 16 seeds of each variant
    python tools/evidence.py images                # small digits, 5 seeds
    python tools/evidence.py points --tricks S.13  # only these
    python tools/evidence.py points --list         # say what would be measured, and do nothing
    python tools/evidence.py points --accept       # the code has moved and the numbers have not
    python tools/evidence.py labels                # with and without labels, on digits, 5 seeds
    python tools/evidence.py any_label             # which label, on digits, 5 seeds
    python tools/evidence.py stopping              # early stopping on the spiral, 16 seeds
    python tools/evidence.py plot                  # draw the README's forest plot anew

Every recipe is on record with a key made of all that decides its values (`lab/result_cache.py`
and `lab/dependencies.py`): what has the key of today is not measured again.
An interrupted run goes on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from pathlib import Path

from gan_school.lab import STUDIES, TASKS, Ledger, Task, Trick, studies, tricks
from gan_school.lab.ledger import pairs_of

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "data" / "evidence"
TRICKS = FOLDER / "tricks"
GROUPS = {"points": ("spiral", "ring", "grid"), "images": ("digits",)}


def main(arguments: list[str] | None = None) -> None:
    """Measure, write, draw, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=[*GROUPS, *STUDIES, "plot"])
    parser.add_argument("--tricks", nargs="+", metavar="NUMBER", help="only these, such as S.13")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--list", action="store_true", help="say what would be measured")
    parser.add_argument("--accept", action="store_true", help="keep the numbers, renew the keys")
    options = parser.parse_args(arguments)
    if options.what not in GROUPS and (options.tricks or options.list or options.accept):
        parser.error(f"--tricks, --list and --accept are for {' and '.join(GROUPS)}.")
    began = time.perf_counter()
    tasks = [TASKS[name] for name in GROUPS.get(options.what, ())]
    if options.what in STUDIES:
        found = STUDIES[options.what].measure(options.jobs)
        studies.save(found, options.what, FOLDER)
        columns = ["recipe", "metric", "baseline", "mean", "low", "high", "verdict", "seconds"]
        print(found.effects()[columns].round(3).to_string(index=False))
    elif options.list:
        for line in to_do(Ledger.load(TRICKS), tasks, options.tricks):
            print(line)
        return
    elif options.accept:
        Ledger.accept(TRICKS, tasks, options.jobs)
    elif tasks:
        measure(tasks, options.tricks, options.jobs)
    if options.what in (*GROUPS, "plot"):
        figure = Ledger.load(TRICKS).plot(budget="long", titles=True)
        figure.savefig(ROOT / "docs" / "evidence.png", dpi=80)
    print(f"{time.perf_counter() - began:.0f} s")


def measure(tasks: Iterable[Task], numbers: list[str] | None, jobs: int) -> None:
    """Measure on one task after another, and add what was found to the files of the tricks."""
    for task in tasks:
        known = Ledger.load(TRICKS) if (TRICKS / "tasks.json").exists() else None
        new = Ledger.measure([task], chosen(task, numbers), known=known, jobs=jobs)
        new.save(TRICKS)
        if new.pairs.empty:
            print(f"{task.name}: nothing to measure")
            continue
        columns = ["trick", "variant", "task", "budget", "gain", "gain_low", "gain_high", "verdict"]
        effects = new.effects(list(new.pairs["trick"].unique()))
        print(effects[columns].round(3).to_string(index=False))


def to_do(ledger: Ledger, tasks: Iterable[Task], numbers: list[str] | None) -> Iterable[str]:
    """What would be measured: recipes that are not on record, or whose keys are of another day."""
    for task in tasks:
        stale = {(task.name, name) for name in ledger.stale(task)}
        known = {
            recipe for place, recipe in ledger.recipes.items()
            if place[0] == task.name and place not in stale
        }  # fmt: skip
        for pair in pairs_of(task, chosen(task, numbers)):
            for side, recipe in (("without", pair.without), ("with", pair.with_)):
                if recipe not in known:
                    yield f"{task.name}: {pair.trick} {pair.variant}: {side}"


def chosen(task: Task, numbers: list[str] | None) -> list[Trick]:
    """The tricks of these numbers; without any, all that are tried on a task."""
    every = (*tricks, *task.also)
    for number in numbers or ():
        if number not in {trick.number for trick in every}:
            raise SystemExit(f"{task.name}: there is no trick {number!r} that is tried on it.")
    return [trick for trick in every if numbers is None or trick.number in numbers]


if __name__ == "__main__":
    main()
