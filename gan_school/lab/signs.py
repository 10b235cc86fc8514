"""What the doctor looks at: the record of a run, its samples today, and its recipe, in figures."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gan_school.lab.heaps import Heaps
from gan_school.metrics import sliced_wasserstein
from gan_school.metrics.features import Features, seen
from gan_school.training import Recipe, Run
from gan_school.training.model import few_threads

END = 0.2  # of the run: the part at its end that says how it is
DRAWN = 1_000  # samples, and as many real ones, that are compared with each other
NEAR, AROUND = 5, 50  # neighbours, of 1,000: what is near a real point, and what is around it
REPEATED = 0.05  # of the data: rows with as many equals as neighbours are looked at
POOR = 0.4  # of its share of samples: a part of the data that has less is starved


@dataclass(frozen=True)
class Signs:
    """What a run comes to.

    What is not known is NaN: without the data, or with data that often repeat a row, a run is read
    by its record alone.

    Attributes:
        rows: of the record.
        diverged: the step at which a loss was no longer a finite number, or 0.
        end: the mean of every column over the last part of the run; of `motion`, over a part twice
            as long.
        halfway: the mean over a part in the middle of the run, as long as the last.
        best: the highest `quality`, the mean of coverage and precision, of any row.
        trend: how quality goes with the steps over the last half: their rank correlation, −1 to 1.
        now: what its samples show today; see `look`.
        recipe: how it was trained.
    """

    rows: int
    diverged: int
    end: pd.Series
    halfway: pd.Series
    best: float
    trend: float
    now: pd.Series = field(default_factory=lambda: pd.Series(np.nan, list(NOW)))
    recipe: Recipe | None = None

    @classmethod
    def of(
        cls,
        history: pd.DataFrame,
        diverged: int = 0,
        now: dict[str, float] | None = None,
        recipe: Recipe | None = None,
    ) -> Signs:
        """Sum up the record of one run, and what was seen of it besides."""
        table = history.assign(quality=(history["coverage"] + history["precision"]) / 2)
        part, middle = max(1, round(END * len(table))), len(table) // 2
        end = table.iloc[-part:].mean()
        end["motion"] = table["motion"].iloc[-2 * part :].mean()
        half = table.iloc[middle:]
        moves = half["quality"].nunique() > 1  # else there is no correlation to speak of
        now = pd.Series(now or {}, dtype=float).reindex(list(NOW))
        judged = now[["coverage", "precision"]].dropna()  # through features, and by more samples
        end[judged.index] = judged
        return cls(
            rows=len(table),
            diverged=diverged,
            end=end,
            halfway=table.iloc[middle - part // 2 : middle + (part + 1) // 2].mean(),
            best=table["quality"].max(),
            trend=half["quality"].corr(half["step"], method="spearman") if moves else 0.0,
            now=now,
            recipe=recipe,
        )


NOW = {
    "ranked": "the share of pairs of a real and a generated sample that D ranks rightly",
    "moved": "the samples' distance from those before training, in units of what these had to go",
    "closer": "the samples' distance from the data, in the same units",
    "width": "how far apart neighbouring samples are, in units of the same of real ones",
    "precise": "the share of the samples that have data near them",
    "starved": "the share of the data that has less than .4 of its share of samples around it",
    "gained": "how much smaller that share is than before training",
    "astray": "the share of the samples that have no data around them",
    "heaps": "the number of heaps that the data lie in, if they do",
    "inside": "the share of the samples that are at a heap",
    "beside": "the share that is within three times as far from one",
    "fewest": "what the poorest heap has of the samples nearest to it, in units of its share",
    "fewest_at": "the same, of the samples that are at a heap",
    "breadth": "how wide the samples at the median heap lie, in units of real ones",
    "mass": "the sum over the heaps of the smaller of two shares: of the data, of the samples",
    "mass_gained": "how much higher that is than before training",
    "coverage": "the share of the data that has a sample nearby, through features",
    "precision": "the share of the samples that have data nearby, through features",
}
"""What `look` gives, by name."""


@torch.no_grad()
def look(run: Run, features: Features = None) -> list[dict[str, float]]:
    """What the samples of each member show today; nothing without data, or if they are not finite.

    *Near* a real sample is what is no farther from it than its 5th real neighbour of 1,000, and
    *around* it what is no farther than twice the 50th. What is near or around, and `width`, are of
    points; `coverage` and `precision` are given where there are features to see them through. What
    is said of heaps is known where the data lie in heaps: see `gan_school.lab.heaps`.
    """
    members = len(run)
    if run.data is None:
        return [{} for _ in range(members)]
    few = DRAWN if len(run.data.shape) == 1 else DRAWN // 4
    places = torch.linspace(0, len(run.data) - 1, min(few, len(run.data))).long()
    real, given = run.data.x[places], None if run.labels is None else run.labels[places]
    points = real.ndim == 2 and not repeats(real)
    heaps = Heaps.of(real) if points else None
    with few_threads(run.work):
        start = Run.start(run.recipe, run.data, run.seeds, run.device)
        drawn = dict(n=len(real), seed=1, labels=given, average=False)
        before, today = (one.sample(**drawn).cpu() for one in (start, run))
        opinions = run.opinion(real, given), run.opinion(today, given)
        found = []
        for who in range(members):
            own = who if run.random.population else ...
            then, fake = before[own], today[own]
            finite = bool(torch.isfinite(fake).all())
            judged = _judged(real, then, fake, features, points, heaps) if finite else {}
            said = ranked(*(each[own].cpu() for each in opinions))
            found.append({**judged, "ranked": said} if finite else {})
    return found


def _judged(
    real: Tensor,
    then: Tensor,
    fake: Tensor,
    features: Features,
    points: bool,
    heaps: Heaps | None,
) -> dict[str, float]:
    flat, first, last = (x.flatten(1) for x in (real, then, fake))
    far = _distance(flat, first)
    found = {"moved": _distance(first, last) / far, "closer": _distance(flat, last) / far}
    if points:
        found |= _neighbourhoods(flat, last)
        found["gained"] = _neighbourhoods(flat, first)["starved"] - found["starved"]
    if heaps is not None:
        found |= heaps.look(fake)
        found["mass_gained"] = found["mass"] - heaps.look(then)["mass"]
    if features is not None:
        shown = (seen(x, features, name).float() for x, name in ((real, "real"), (fake, "fake")))
        _, radius, apart, _ = _distances(*shown)
        near = apart <= radius[:, None]
        found["coverage"] = near.any(1).float().mean().item()
        found["precision"] = near.any(0).float().mean().item()
    return found


def repeats(x: Tensor) -> bool:
    """Whether many rows have their like so often that nothing is between a row and its neighbours.

    So it is with whole numbers, and with categories. A distance of 0 measures nothing.
    """
    near = torch.cdist(x, x).kthvalue(min(NEAR, len(x) - 1) + 1).values
    return (near == 0).float().mean().item() > REPEATED


def _neighbourhoods(real: Tensor, fake: Tensor) -> dict[str, float]:
    own, near, apart, among = _distances(real, fake)
    around = 2 * own[:, min(AROUND, len(real) - 1)]
    within = apart <= around[:, None]
    share = within.sum(1) / (own <= around[:, None]).sum(1)
    place = min(NEAR, len(real) - 1)
    return {
        "width": (among[:, place].median() / near.median()).item(),
        "precise": (apart <= near[:, None]).any(0).float().mean().item(),
        "starved": (share < POOR).float().mean().item(),
        "astray": (~within.any(0)).float().mean().item(),
    }


def _distances(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Sorted real–real, to the 5th real neighbour, real–generated, sorted generated–generated."""
    own, among = (torch.cdist(x, x).sort(-1).values for x in (real, fake))
    return own, own[:, min(NEAR, len(real) - 1)], torch.cdist(real, fake), among


def _distance(x: Tensor, y: Tensor) -> float:
    return sliced_wasserstein(x, y, projections=64)


def ranked(on_real: Tensor, on_fake: Tensor) -> float:
    """The area under the ROC curve of D's opinions; ties count half."""
    real, fake = (x.double().flatten().numpy() for x in (on_real, on_fake))
    fake = np.sort(fake)
    below, up_to = np.searchsorted(fake, real, "left"), np.searchsorted(fake, real, "right")
    return float((below + up_to).mean() / 2 / len(fake))
