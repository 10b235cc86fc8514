"""Does the doctor's advice cure? Sick runs, trained again with it, and with tricks drawn by lot.

The runs are of a fresh lot: see `lot` for what is drawn, and `truth` for what healthy means.
Everybody who is sick there, whatever the doctor says of them, is trained ten times more, with a new
seed each time, and judged by the modes again. Whoever is still improving is not sick.

==================  ===========================================================================
again               the same recipe: what a new seed does by itself
longer              the same recipe for twice the steps: what time does by itself
first, second,      the doctor's first, second and third advice, each alone
third
lot 1, lot 2,       three tricks drawn from all that would change this recipe: those of the
lot 3               catalogue, and the corrections that the doctor makes before any trick
all three           the doctor's three advices, one after another
settings            every correction of the recipe at once, whatever the doctor says
==================  ===========================================================================

What the doctor names and does not advise is passed over. Advice that is missing, since the doctor
calls the run healthy or has no more to say, leaves the recipe as it is. A trick that doubles the
steps is on a par with *longer*; all others with *again*. The last two play for as long as each
other: for as many steps as whichever of them asks for more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch
from scipy import stats

from gan_school.datasets import Dataset
from gan_school.lab.advice import Advice
from gan_school.lab.catalogue import tricks
from gan_school.lab.conditions import Condition
from gan_school.lab.corrections import CORRECTIONS, LONGER
from gan_school.lab.doctor import diagnose
from gan_school.lab.examination.counting import share
from gan_school.lab.examination.lot import mixture
from gan_school.lab.examination.truth import Truth
from gan_school.lab.examination.witness import SAMPLES, trained, truth_of
from gan_school.lab.together import alike, train_together
from gan_school.lab.trick import Trick
from gan_school.places import shipped
from gan_school.training import Recipe, Run

WARDS = range(2_000, 2_040)
RUNS = 100  # sick ones, that are counted
SIZE = 16  # runs of a ward: more than in the examination, and as many mixtures fewer
DOCTOR, LOT = ("first", "second", "third"), ("lot 1", "lot 2", "lot 3")
ARMS = ("again", "longer", *DOCTOR, *LOT, "all three", "settings")
UNDRAWN = ("again", "longer")  # whatever tricks there are

Arm = tuple[str, str, Recipe]
"""Its name, the trick, and the recipe with it."""


def examine(ward: int) -> pd.DataFrame:
    """Train a ward, and everybody in it who is sick ten times more.

    Returns:
        One row per sick run and arm: `ward`, `number`, `kind`, `diagnosis`, `arm`, `trick`,
        `steps`, and `healthy`.
    """
    data, numbers = mixture(ward), range(SIZE * ward, SIZE * (ward + 1))
    tried = []
    for number, (run, truth) in zip(numbers, trained(ward, numbers), strict=True):
        holds = truth_of(run, truth)
        if not holds or holds[0] in (Condition.HEALTHY, Condition.STILL_IMPROVING):
            continue
        found = diagnose(run)
        for name, trick, plan in arms(run.recipe, data, found.advice, number):
            about = {
                "ward": ward, "number": number, "kind": holds[0].value,
                "diagnosis": found.condition.value, "arm": name, "trick": trick,
                "steps": plan.steps,
            }  # fmt: skip
            tried.append((about, plan))
    tried.sort(key=lambda one: one[0]["arm"] == "settings")  # so that the others keep their seeds
    table = pd.DataFrame([about for about, _ in tried])
    table = table.assign(healthy=treated([plan for _, plan in tried], data))
    return table if table.empty else table.sort_values("number", kind="stable")


def arms(own: Recipe, data: Dataset, advice: Sequence[Advice], number: int) -> Iterator[Arm]:
    """What is tried with a sick run."""
    yield "again", "", own
    yield "longer", LONGER.number, LONGER(own, data)
    everything, advised = own, [one for one in advice if one.advised]
    for place, name in enumerate(DOCTOR):
        one = advised[place] if place < len(advised) else None
        yield name, one.trick.number if one else "", one(own, data) if one else own
        if one and one.trick.changes(everything, data):
            everything = one(everything, data)
    rng = np.random.default_rng([number, 4])
    able = [trick for trick in (*tricks, *CORRECTIONS, LONGER) if trick.changes(own, data)]
    for name, place in zip(LOT, rng.permutation(len(able)), strict=False):
        yield name, able[place].number, drawn(able[place], own, data, rng)
    usual = own
    for correction in CORRECTIONS:
        usual = correction(usual, data) if correction.changes(usual, data) else usual
    steps = max(everything.steps, usual.steps)
    yield "all three", "", everything.with_(steps=steps)
    yield "settings", "", usual.with_(steps=steps)


def drawn(trick: Trick, own: Recipe, data: Dataset, rng: np.random.Generator) -> Recipe:
    """The recipe with one of the trick's variants."""
    able = [variant for variant in trick.variants if variant.changes(own, data)]
    return able[rng.integers(len(able))].on(own, data)


def treated(plans: Sequence[Recipe], data: Dataset) -> list[bool]:
    """Which of these recipes, each with a seed of its own, give a healthy generator."""
    healthy, fresh = [False] * len(plans), data.fresh(SAMPLES, seed=5).x
    groups: dict[str, list[int]] = {}
    for place, plan in enumerate(plans):
        groups.setdefault(repr(alike(plan)), []).append(place)
    for places in groups.values():
        runs = train_together([plans[place] for place in places], data, places, record=False)
        for place, run in zip(places, runs, strict=True):
            healthy[place] = well(run, Truth(data, fresh))
    return healthy


def well(run: Run, truth: Truth) -> bool:
    """Whether the samples that one would draw from a run are healthy."""
    x = run.sample(SAMPLES, seed=5)
    if run.guard.noticed.any() or not torch.isfinite(x).all():
        return False
    truth.look(x, torch.zeros(1), torch.zeros(1))
    return truth.is_well(truth.looks[0])


# ------------------------------------------------------------------------------------ what came out


def on_record() -> pd.DataFrame:
    """What `examine` found of a hundred sick runs: `tools/doctor.py --cure 100` wrote it.

    Raises:
        FileNotFoundError: if this copy of the course comes without it.
    """
    table = pd.read_csv(shipped("evidence") / "cures.csv", keep_default_na=False)
    return table[table["number"].isin(table["number"].drop_duplicates().head(RUNS))]


def by_arm(cures: pd.DataFrame) -> pd.DataFrame:
    """How many became healthy with each arm, with 95 % intervals (Wilson 1927)."""
    arms = cures.groupby("arm", sort=False)["healthy"]
    return pd.DataFrame({name: share(int(some.sum()), len(some)) for name, some in arms}).T


def differences(cures: pd.DataFrame) -> pd.DataFrame:
    """The doctor's arms against the lot's, run by run, with 95 % intervals.

    Runs of one ward share their data, and are alike: the intervals are those of Student's t for as
    many wards as there are, with residuals that are summed ward by ward (Liang & Zeger 1986).

    `each`: the mean of three against the mean of three. `any`: whether one of three cured at least.
    `first, again`: the first advice against a new seed alone; `first, longer` against time alone;
    `first, settings` against all settings put back.
    `all three, settings`: all three advices against all settings put back, whoever is ill of what.
    """
    wide = cures.pivot(index="number", columns="arm", values="healthy").astype(float)
    wards = cures.groupby("number")["ward"].first()
    doctor, lot = wide[list(DOCTOR)], wide[list(LOT)]
    pairs = {
        "each": (doctor.mean(axis=1), lot.mean(axis=1)),
        "any": (doctor.max(axis=1), lot.max(axis=1)),
        "first, again": (wide["first"], wide["again"]),
        "first, longer": (wide["first"], wide["longer"]),
        "first, settings": (wide["first"], wide["settings"]),
        "all three, settings": (wide["all three"], wide["settings"]),
    }
    rows = {}
    for name, (one, other) in pairs.items():
        low, high = by_ward(one - other, wards)
        rows[name] = {
            "doctor": one.mean(), "other": other.mean(), "difference": (one - other).mean(),
            "low": low, "high": high,
        }  # fmt: skip
    return pd.DataFrame(rows).T


def by_ward(differences: pd.Series, wards: pd.Series) -> tuple[float, float]:
    """The 95 % interval of the mean of values that are alike within their wards."""
    mean = differences.mean()
    rest = (differences - mean).groupby(wards).sum()
    count = len(rest)
    error = (count / (count - 1) * (rest**2).sum()) ** 0.5 / len(differences)
    low, high = stats.t.interval(0.95, count - 1, mean, error) if error else (mean, mean)
    return float(low), float(high)
