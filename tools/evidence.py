"""Measure what is new about tricks, or was measured by other code, and add it to the evidence.

    python tools/evidence.py points                # spiral, ring and grid, 16 or 32 seeds
    python tools/evidence.py images                # small digits, 8 or 16 seeds
    python tools/evidence.py points --tricks S.13  # only these
    python tools/evidence.py points --list         # say what would be measured, and do nothing
    python tools/evidence.py points --accept       # the code has moved and the numbers have not;
                                                   # so for images, and for best points below
    python tools/evidence.py mnist                 # there again, what is sure on the digits
    python tools/evidence.py labels                # with and without labels, on digits, 5 seeds
    python tools/evidence.py any_label             # which label, on digits, 5 seeds
    python tools/evidence.py stopping              # early stopping on the spiral, 16 seeds
    python tools/evidence.py longer_ring           # a Wasserstein GAN for longer, 16 seeds
    python tools/evidence.py clock                 # costs, measured again, in 12 minutes
    python tools/evidence.py coverage              # how often intervals are right
    python tools/evidence.py best points           # select a recipe out of all tricks, in an hour
    python tools/evidence.py unseen points         # and measure it where nothing was selected
    python tools/evidence.py length points-onwards # the same for as long as the rival comes with
    python tools/evidence.py repeat ring "2.3 2 times: with" 7   # one row, measured again
    python tools/evidence.py changed HEAD~1        # verdicts, and who speaks of them
    python tools/evidence.py plot                  # verdicts.csv and the README's picture anew

Every recipe is on record with a key made of all that decides its values (`lab/result_cache.py`
and `lab/dependencies.py`): what has the key of today is not measured again. How many seeds, and
against what, says `lab/survey.py`. An interrupted run goes on; tricks are added one by one.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from gan_school.lab import (
    STUDIES,
    TASKS,
    Ledger,
    Task,
    Trick,
    coverage_study,
    renewal,
    selection,
    studies,
    survey,
    tricks,
)
from gan_school.lab.inference import UNDECIDED
from gan_school.lab.tasks import ELSEWHERE
from gan_school.lab.terms import STEPS

ROOT = Path(__file__).resolve().parent.parent
SELECTING = ("best", "unseen", "length")
FOLDER = ROOT / "data" / "evidence"
TRICKS, VERDICTS, BEST = FOLDER / "tricks", FOLDER / "verdicts.csv", FOLDER / "best"
GROUPS = {"points": ("spiral", "ring", "grid"), "images": ("digits",)}
PROSE = ("README.md", "docs/*.md", "notebooks/source/*.py", "slides/decks/*.md")


def main(arguments: list[str] | None = None) -> None:
    """Measure, write, draw, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "what",
        choices=[
            *GROUPS,
            *ELSEWHERE,
            *STUDIES,
            "coverage",
            "clock",
            *SELECTING,
            "repeat",
            "changed",
            "plot",
        ],
    )
    parser.add_argument(
        "which",
        nargs="*",
        help=f"of repeat: task, recipe, seed; of changed: since; of {', '.join(SELECTING)}: what",
    )
    parser.add_argument("--tricks", nargs="+", metavar="NUMBER", help="only these, such as S.13")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--list", action="store_true", help="say what would be measured")
    parser.add_argument("--accept", action="store_true", help="keep the numbers, renew the keys")
    options = parser.parse_args(arguments)
    what, tasks = options.what, [TASKS[name] for name in GROUPS.get(options.what, ())]
    if not tasks and (options.tricks or options.list):
        parser.error(f"--tricks and --list are for {' and '.join(GROUPS)}.")
    if options.accept and not tasks and what != "best":
        parser.error(f"--accept is for best, and for {' and '.join(GROUPS)}.")
    if len(options.which) != {"repeat": 3, "changed": 1, **dict.fromkeys(SELECTING, 1)}.get(
        what, 0
    ):
        parser.error(
            "repeat wants a task, a recipe and a seed; changed, a revision; "
            f"{', '.join(SELECTING)}, {' or '.join(selection.SEARCHES)}."
        )
    began = time.perf_counter()
    if what == "repeat":
        repeat(*options.which)
    elif what == "changed":
        changed(*options.which)
    elif what in SELECTING:
        select("accept" if options.accept else what, *options.which, options.jobs)
    elif what in ELSEWHERE:
        replicate(ELSEWHERE[what], FOLDER / what, options.jobs)
    elif what == "coverage":
        ledger = Ledger.load(TRICKS)
        counted = coverage_study.intervals(coverage_study.distributions(ledger))
        alone = coverage_study.one_by_one(ledger)
        for name, table in {"coverage": counted, "coverage_one_by_one": alone}.items():
            table.round(4).to_csv(FOLDER / f"{name}.csv", index=False, lineterminator="\n")
        print(counted.pivot(index=["values", "seeds"], columns="method", values="covered"))
        print(alone.describe().round(3))
    elif what == "clock":
        ledger = Ledger.load(TRICKS)
        again = pd.concat([survey.clock(task, ledger) for task in TASKS.values()])
        again.to_csv(FOLDER / "clock.csv", index=False, lineterminator="\n")
    elif what in STUDIES:
        found = STUDIES[what].measure(options.jobs)
        studies.save(found, what, FOLDER)
        columns = ["recipe", "metric", "baseline", "mean", "low", "high", "verdict", "seconds"]
        print(found.effects()[columns].round(3).to_string(index=False))
    elif options.list:
        for line in to_do(Ledger.load(TRICKS), tasks, options.tricks):
            print(line)
        return
    elif options.accept:
        renewal.accept(TRICKS, tasks, options.jobs)
    elif tasks:
        measure(tasks, options.tricks, options.jobs)
    if tasks or what == "plot":
        ledger = Ledger.load(TRICKS)
        every_effect(ledger).round(4).to_csv(VERDICTS, index=False, lineterminator="\n")
        figure = ledger.plot(budget="long", titles=True)
        figure.savefig(ROOT / "docs" / "evidence.png", dpi=80)
    print(f"{time.perf_counter() - began:.0f} s")


def measure(tasks: Iterable[Task], numbers: list[str] | None, jobs: int) -> None:
    """Measure one trick after another on each task, and add it to the files as it comes."""
    for task in tasks:
        for trick in chosen(task, numbers):
            known = Ledger.load(TRICKS) if (TRICKS / "tasks.json").exists() else None
            began = time.perf_counter()
            new = survey.measure([task], [trick], known=known, jobs=jobs)
            if new.pairs.empty:
                continue
            new.save(TRICKS)
            print(f"{task.name} {trick.number}: {time.perf_counter() - began:.0f} s", flush=True)


def replicate(task: Task, folder: Path, jobs: int) -> None:
    """Measure elsewhere, one trick after another, what is sure on the small digits."""
    found = every_effect(Ledger.load(TRICKS)).query("task == 'digits' and budget == 'long'")
    sure = found[(found["terms"] == STEPS) & (found["verdict"] != UNDECIDED)]
    for trick, rows in sure.groupby("trick", sort=False):
        known = Ledger.load(folder) if (folder / "tasks.json").exists() else None
        variants = [(trick, variant) for variant in rows["variant"]]
        new = survey.replicate(task, variants, known=known, jobs=jobs)
        if not new.pairs.empty:
            new.save(folder)
            print(f"{task.name} {trick}", flush=True)


def select(what: str, kind: str, jobs: int) -> None:
    """Climb, stage by stage, or measure where the climb has ended; and print what was found.

    Or accept what is on record of all that, where the code has moved and the numbers have not.
    """
    if kind not in selection.SEARCHES:
        raise SystemExit(f"there is no search {kind!r}: {', '.join(selection.SEARCHES)}.")
    search, folder = selection.SEARCHES[kind], BEST / kind
    columns = ["gain", "gain_low", "gain_high", "cost", "verdict"]
    if what == "accept":
        renewal.accept(folder, (*search.tasks, *search.unseen), jobs)
    elif what == "best":
        for climb in selection.climb(search, folder, jobs):
            stage = climb.last()
            found = climb.stage(stage).sort_values("gain", ascending=False)
            print(f"\nstage {stage}: {climb.entered(stage)}\n{found[columns].head(12).round(3)}")
    else:
        how = {"unseen": selection.measure_unseen, "length": selection.measure_at_length}[what]
        climbed = how(search, folder, jobs)
        found = climbed.unseen() if what == "unseen" else climbed.at_length()
        print(found[["recipe", "task", "baseline", "mean", *columns]].round(3).to_string())


def to_do(ledger: Ledger, tasks: Iterable[Task], numbers: list[str] | None) -> Iterator[str]:
    """What would be measured: recipes that are not on record, or whose keys are of another day."""
    for task in tasks:
        stale = renewal.stale(ledger, task)
        if numbers is None:
            yield from (f"{task.name}: {name}, whose code has moved" for name in stale)
        known = {
            recipe for (of, name), recipe in ledger.recipes.items()
            if of == task.name and (numbers is None or name not in stale)
        }  # fmt: skip
        for pair in survey.pairs_of(task, chosen(task, numbers)):
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


def repeat(task: str, name: str, seed: str) -> None:
    """Measure a row again, and say whether it is the same to the last digit on record."""
    if not seed.isdecimal():
        raise SystemExit(f"Which row? A seed's number is wanted, and not {seed!r}.")
    folder, tasks = TRICKS, TASKS
    for kind, search in selection.SEARCHES.items():  # its rows are of stages, a path and a rival
        here = {one.name: one for one in (*search.tasks, *search.unseen)}
        if task in here and re.match(r"(stage-\d+|path|rival) ", name):
            folder, tasks = BEST / kind, here
    if task not in tasks:
        raise SystemExit(f"Which row? There is no task {task!r}, but {', '.join(tasks)}.")
    try:
        old, new = renewal.repeated(Ledger.load(folder), tasks[task], name, int(seed))
    except KeyError as error:
        raise SystemExit(error.args[0]) from None
    both = {"on record": old, "measured now": new}
    print(pd.concat({said: table.reset_index(drop=True) for said, table in both.items()}))
    if not (old.to_numpy() == new.to_numpy()).all():
        raise SystemExit("They differ: other code, or another kind of processor.")


def every_effect(ledger: Ledger) -> pd.DataFrame:
    """Of all tricks and combinations, with both budgets, on all terms."""
    return ledger.effects(list(ledger.pairs["trick"].unique()), terms=None)


def changed(revision: str) -> None:
    """Print every verdict that is another one than at a revision, and the lines that may say so."""
    place = f"{revision}:{VERDICTS.relative_to(ROOT).as_posix()}"
    shown = subprocess.run(["git", "show", place], cwd=ROOT, check=True, capture_output=True)
    before = pd.read_csv(io.BytesIO(shown.stdout), dtype={"trick": str})
    for line in differences(before, every_effect(Ledger.load(TRICKS))):
        print(line)


def differences(before: pd.DataFrame, now: pd.DataFrame) -> Iterator[str]:
    """What was said and what is said, trick by trick, each followed by who speaks of the trick."""
    key = ["trick", "variant", "task", "budget", "terms"]
    sides = {"before": before.set_index(key)["verdict"], "now": now.set_index(key)["verdict"]}
    both = pd.concat(sides, axis=1).fillna("not measured")
    moved = both[both["before"] != both["now"]]
    for trick, rows in moved.groupby(level="trick", sort=False):
        for place, row in rows.iterrows():
            yield f"{' · '.join(place)}: {row['before']} → {row['now']}"
        yield from (f"    {mention}" for mention in mentions(trick))


def mentions(trick: str) -> Iterator[str]:
    """The lines of prose and its checks that name a trick."""
    for pattern in PROSE:
        for place in sorted(ROOT.glob(pattern)):
            for number, line in enumerate(place.read_text("utf-8").splitlines(), 1):
                if re.search(rf"(?<![\w.]){re.escape(trick)}(?![\w.]*\d)", line):
                    yield f"{place.relative_to(ROOT)}:{number}: {line.strip()}"


if __name__ == "__main__":
    main()
