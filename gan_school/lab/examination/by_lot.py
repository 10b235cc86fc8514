"""The doctor's examination by lot: runs whose settings nobody chose, and what is true of them.

What is drawn stands in `lot`, and what is true of it in `truth`. Runs 0 to 399 set the doctor's
thresholds, and runs 400 to 799 examine it; the halves share neither seeds nor data.

All of this was written down, and committed, before the doctor was asked about any of the runs. Two
things were changed when it had been asked about the first 200, and nobody had looked at any other.
Hardly learned had been "mass under .3 at every look", which is too little for a generator that
sits, untrained, on one of three modes. And oscillation and the two players that are too strong
stood last in the list, so that hardly any run counted as of their kind.

This is the second examination. In the first one, runs with even numbers below 400 set thresholds,
and those with odd numbers examined: 49 of 50 healthy runs were called healthy or still improving,
and of the others .80 were named rightly, on average over their kinds; of those with a wrong spread
3 of 10, of those that miss modes 27 of 39. The doctor judged samples by their nearest neighbours
alone, and where they were scattered around a heap of the data it said that the heap had none. So it
was taught to look for heaps (`gan_school.lab.heaps`); all of those runs, and 400 more of wards 4000
to 4049, then set its thresholds; and runs 400 to 799 were drawn. All of these data lie in heaps: of
others, such as a spiral, the lot says nothing, and only `bench` does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gan_school.lab.conditions import Condition
from gan_school.lab.doctor import diagnose
from gan_school.lab.examination import counting
from gan_school.lab.examination.counting import UNCLEAR, share
from gan_school.lab.examination.lot import numbers_in
from gan_school.lab.examination.witness import trained, truth_of
from gan_school.places import shipped
from gan_school.schedules import Cosine
from gan_school.training import Recipe

HALVES = ("sets", "examines")
RUNS = 800  # the first half of them sets thresholds


def examine(ward: int) -> pd.DataFrame:
    """Train the runs of a ward, and ask the doctor.

    Returns:
        One row per run: `number`, `ward`, `half` ("sets" thresholds, or "examines"), `kind` and
        `truth` (all that holds), `diagnosis`, `right`, and the settings.
    """
    numbers = numbers_in(ward)
    return pd.DataFrame(
        [
            row(number, ward, run.recipe, truth_of(run, truth), diagnose(run).condition)
            for number, (run, truth) in zip(numbers, trained(ward, numbers), strict=True)
        ]
    )


def row(
    number: int, ward: int, how: Recipe, truth: tuple[Condition, ...], said: Condition
) -> dict[str, Any]:
    """One row of the table."""
    right = said in truth or (truth == (Condition.HEALTHY,) and said is Condition.STILL_IMPROVING)
    return {
        "number": number, "ward": ward, "half": HALVES[number >= RUNS // 2],
        "kind": truth[0].value if truth else UNCLEAR,
        "truth": "; ".join(one.value for one in truth),
        "diagnosis": said.value, "right": right if truth else None,
        "steps": how.steps, "batch_size": how.batch_size,
        "d_steps": how.d_steps, "g_steps": how.g_steps,
        "d_rate": how.d_optimizer.lr, "g_rate": how.g_optimizer.lr,
        "momentum": how.d_optimizer.betas[0], "decaying": how.d_optimizer.schedule == Cosine(),
        "penalty": how.game.penalty.weight, "game": type(how.game).__name__,
        "generator": repr(how.generator), "discriminator": repr(how.discriminator),
    }  # fmt: skip


def on_record() -> pd.DataFrame:
    """What `examine` found of runs 0 to 799: `tools/doctor.py --lot` wrote it.

    Raises:
        FileNotFoundError: if this copy of the course comes without it.
    """
    return pd.read_csv(
        shipped("evidence") / "doctor_by_lot.csv",
        keep_default_na=False,
        float_precision="round_trip",
    )


def confusion(examined: pd.DataFrame) -> pd.DataFrame:
    """How many runs of each kind (rows) were given each name (columns)."""
    return counting.confusion(examined["kind"], examined["diagnosis"])


def shares(examined: pd.DataFrame) -> pd.DataFrame:
    """For each kind of run, how many were named rightly, with 95 % intervals (Wilson 1927).

    A healthy run is named rightly if it is called healthy or still improving, any other by any
    name that is true of it: `right`, between `low` and `high`. `as its kind` is the share that has
    the first of these names; and `if said`, how often a name is true where the doctor gives it to a
    run of which something is known. The last rows: `others` is the mean over the kinds that are not
    healthy; runs of a ward share their data and are alike, so its interval is a bootstrap over
    wards. `not enough to tell` is the share of that answer among all runs of 500 steps or more.
    """
    right = examined["right"].astype(str) == "True"
    kinds = [one.value for one in Condition if (examined["kind"] == one.value).any()]
    own = {kind: right[examined["kind"] == kind] for kind in kinds}
    table = pd.DataFrame({kind: share(int(some.sum()), len(some)) for kind, some in own.items()}).T
    said, known = examined["diagnosis"], examined["kind"] != UNCLEAR
    table["as its kind"] = [(said[examined["kind"] == kind] == kind).mean() for kind in kinds]
    table["if said"] = [right[(said == kind) & known].mean() for kind in kinds]
    others = table.drop(index=Condition.HEALTHY.value, errors="ignore")
    sick = examined[examined["kind"].isin(others.index)].assign(right=right)
    table.loc["others", ["runs", "right"]] = len(sick), others["right"].mean()
    table.loc["others", ["low", "high"]] = _by_ward(sick)
    table.loc["others", "as its kind"] = others["as its kind"].mean()
    long = examined[examined["steps"] >= 500]
    unknown = int((long["diagnosis"] == Condition.UNKNOWN.value).sum())
    table.loc[Condition.UNKNOWN.value] = share(unknown, len(long))
    return table.astype({"runs": int})


def _by_ward(sick: pd.DataFrame, draws: int = 2_000) -> np.ndarray:
    """The 95 % interval of the mean over kinds of what is right, by a bootstrap over wards."""
    counts = sick.groupby(["ward", "kind"])["right"].agg(["sum", "size"]).unstack(fill_value=0)
    right, runs = (counts[what].to_numpy() for what in ("sum", "size"))
    drawn = np.random.default_rng(0).multinomial(
        len(counts), np.full(len(counts), 1 / len(counts)), draws
    )
    with np.errstate(invalid="ignore"):  # a kind that was not drawn says nothing
        return np.quantile(np.nanmean(drawn @ right / (drawn @ runs), axis=1), [0.025, 0.975])


def of_one_name(examined: pd.DataFrame) -> pd.Series:
    """What a doctor would be right about who gives everybody the same name: the mean over kinds.

    Kinds that are not healthy, as in the row `others` of `shares`; the best name first.
    """
    sick = examined[~examined["kind"].isin([Condition.HEALTHY.value, UNCLEAR])]
    true = sick["truth"].str.get_dummies("; ").groupby(sick["kind"]).mean()
    return true.mean().sort_values(ascending=False)
