"""The doctor's examination by lot: runs whose settings nobody chose, and what is true of them.

A run has a number, and eight runs make a *ward*. The ward's number decides the data, a mixture of
Gaussians of its own, and what a population has in common: networks, game, latent, batch size, step
ratio, steps. The run's number decides its rates, momentum, penalty and seed. All of it is drawn
from sensible ranges; then, in one ward of three and in one run of three, one setting is drawn anew
from ranges that reach far into the absurd. Runs 0 to 399 set the doctor's thresholds, and runs 400
to 799 examine it; the halves share neither seeds nor data.

**What is true of a run** is read off the modes of its mixture, which the doctor does not know, on
2,000 samples of the live generator at each of nine *looks*: before training, and after each eighth
of the steps. *At* a mode are the samples within the radius that holds 99 % of it (3σ in two
dimensions). *Width* of a mode: the geometric mean of the standard deviations of the samples at it
along their principal axes, in units of the same of real points. *Mass* is the sum over the modes of
the smaller of two shares: of the samples that are at the mode, and of the data; it is nearly 1 when
all is well. *Distance* is the sliced Wasserstein distance from the data, on 32 directions.

diverged
    A loss is NaN or infinite, or more than half of the samples lie over three standard deviations
    of the data from its centre, at the last look and at the one before.
healthy
    80 % of the samples are at a mode, every mode has at least half of its share of these, and the
    median mode is .5 to 1.5 wide.
discriminator too strong
    Mass is under .5, and D ranks 98 % of pairs of a real and a generated sample rightly, at the
    last look and at the one before; and the run is not still improving.
generator too strong
    Mass is under .5, and D ranks no more than 60 % of such pairs rightly, at the last look and at
    the one before, while the samples have moved, since before training, by more than half of the
    distance that they then had to the data.
oscillating without progress
    Mass is under .8, and from each look of the second half to the next, on average 30 % of the mass
    changes its mode, or comes to or leaves the modes; and the run is not still improving.
hardly learned
    At no look was mass more than .2 above what it was before training, and the samples have not
    moved so far.
mode collapse
    The samples spread less than a quarter as wide as the data.
missing modes
    Some mode has less than .4 of its share: of the samples at a mode, if these are 60 % of all; or
    of the samples nearest to a mode, if 80 % lie within three times the radius.
wrong spread within modes
    Every mode has at least half of its share of the samples nearest to it, 80 % of the samples lie
    within three times the radius, and: fewer than 70 % lie within the radius, or the median mode is
    less than .4 or more than 1.7 wide.
still improving
    Mass was, on average, .08 higher at the last two looks than at the third and fourth after the
    beginning, or distance a quarter lower.

Several can hold of one run, and a doctor who names any of them is right: a generator that stands
still before a discriminator that knows everything has hardly learned, too. But of a run that is
diverged or healthy nothing else is said, and of one that has hardly learned neither missing modes
nor a wrong spread: those are for generators that have come somewhere. A run counts as of the kind
that comes first in this list. Between healthy and its neighbours are gaps, and a run of which
nothing holds is *unclear*: it is counted, and decides nothing.

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
others, such as a spiral, the lot says nothing, and only `gan_school.lab.examination` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.stats import binomtest, chi2
from torch import Tensor

from gan_school.datasets import Dataset
from gan_school.datasets.points import others
from gan_school.games import R1, SaturatingGAN
from gan_school.lab.conditions import Condition
from gan_school.lab.doctor import diagnose
from gan_school.lab.signs import ranked
from gan_school.lab.together import train_together
from gan_school.networks import mlp, rescaled
from gan_school.places import shipped
from gan_school.schedules import Constant, Cosine
from gan_school.training import Adam, Recipe, Run
from gan_school.training.loop import Snapshot

LOOKS = 8  # after each eighth of the steps
SAMPLES = 2_000  # at each look
UNCLEAR = "unclear"
HALVES = ("sets", "examines")
RUNS = 800  # the first half of them sets thresholds
WARD = 8  # runs: trained together, since that costs hardly more than one


# ----------------------------------------------------------------------------------- what is drawn


def ward_of(number: int) -> int:
    """The ward of a run, even or odd as its number is."""
    return 2 * (number // (2 * WARD)) + number % 2


def numbers_in(ward: int) -> tuple[int, ...]:
    """The runs of a ward."""
    first = ward // 2 * 2 * WARD + ward % 2
    return tuple(range(first, first + 2 * WARD, 2))


def mixture(ward: int) -> Dataset:
    """The data of a ward: three to five Gaussians somewhere in two to four dimensions."""
    rng = np.random.default_rng([ward, 1])
    modes, features = int(rng.integers(3, 6)), int(rng.integers(2, 5))
    apart = 0.0
    while apart < 1.0:
        centres = rng.normal(size=(modes, features))
        apart = min(np.linalg.norm(centres[i] - centres[:i], axis=1).min() for i in range(1, modes))
    equal = np.full(modes, 1 / modes)
    shares = equal if rng.random() < 0.5 else (2 * equal + rng.dirichlet(np.full(modes, 2.0))) / 3
    sigma = apart / rng.uniform(6, 8.5)
    mean = shares @ centres
    scale = np.sqrt((shares @ (centres - mean) ** 2).mean() + sigma**2)
    places = torch.tensor((centres - mean) / scale, dtype=torch.float32)
    width, weights = float(sigma / scale), torch.tensor(shares)

    def dataset(n: int, seed: int) -> Dataset:
        generator = torch.Generator().manual_seed(seed)
        labels = torch.multinomial(weights, n, replacement=True, generator=generator)
        x = places[labels] + width * torch.randn(n, features, generator=generator)
        return Dataset(
            x,
            f"mixture {ward}",
            labels=labels,
            modes=places,
            sigma=width,
            draw=others(dataset, seed),
        )

    return dataset(2_000, ward)


def recipe(number: int, ward: int) -> Recipe:
    """How a run is trained."""
    in_common, rng = _of_ward(ward), np.random.default_rng([number, 3])
    rate, ratio, beta = between(rng, 3e-3, 6e-3), between(rng, 0.7, 1.5), rng.choice([0.0, 0.5])
    penalty = between(rng, 0.05, 0.4)
    if isinstance(in_common.game, SaturatingGAN):  # the ward of the strong discriminators
        rate, ratio, penalty = between(rng, 5e-4, 3e-3), between(rng, 3, 30), 0.0
    d, g = rate * ratio, rate / ratio
    if rng.random() < 0.35:
        fault = rng.choice(["low", "high", "slow G", "slow D", "momentum", "penalty", "fast D"])
        if fault == "low":
            d, g = between(rng, 1e-6, 1e-4), between(rng, 1e-6, 1e-4)
        elif fault == "high":
            d, g = between(rng, 1e-2, 10), between(rng, 1e-2, 10)
        elif fault == "slow G":
            g = between(rng, 1e-7, 1e-4)
        elif fault == "slow D":
            d = between(rng, 1e-7, 1e-4)
        elif fault == "momentum":
            faster = between(rng, 1, 10)
            d, g, beta, penalty = d * faster, g * faster, rng.choice([0.9, 0.95, 0.98]), 0.0
        elif fault == "penalty":
            penalty = between(rng, 3, 3e4)
        elif fault == "fast D":
            d, g, penalty = between(rng, 3e-3, 3e-2), between(rng, 1e-5, 1e-3), 0.0
    return in_common.with_(
        game=replace(in_common.game, penalty=R1(penalty)),
        d_optimizer=replace(in_common.d_optimizer, lr=d, betas=(float(beta), 0.999)),
        g_optimizer=replace(in_common.g_optimizer, lr=g, betas=(float(beta), 0.999)),
    )


def _of_ward(ward: int) -> Recipe:
    """What the recipes of a ward have in common."""
    rng, (features,) = np.random.default_rng([ward, 2]), mixture(ward).shape
    width, depth = int(rng.choice([24, 32, 48])), int(rng.choice([2, 2, 3]))
    latent, activation = int(rng.choice([3, 4, 8])), str(rng.choice(["relu", "leaky_relu"]))
    schedule = Cosine() if rng.random() < 0.9 else Constant()
    drawn = Recipe(
        generator=mlp(latent, *[width] * depth, features, activation=activation),
        discriminator=mlp(features, *[width] * depth, 1, activation="leaky_relu"),
        steps=int(rng.choice([1_200, 1_400, 1_600])),
        batch_size=int(rng.choice([48, 64, 80])),
        d_steps=int(rng.choice([1, 1, 1, 2])),
        d_optimizer=Adam(1e-3, schedule),
        g_optimizer=Adam(1e-3, schedule),
    )
    return FAULTS[rng.integers(len(FAULTS))](drawn, rng) if rng.random() < 0.3 else drawn


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from low to high, evenly in its logarithm, to two digits."""
    return float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.2g}")


def _more_generator(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(g_steps=int(rng.integers(4, 16)), steps=drawn.steps // 3)


def _more_discriminator(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    more = int(rng.integers(3, 8))
    return drawn.with_(d_steps=more, steps=drawn.steps // 2, game=SaturatingGAN())


def _small_batches(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(batch_size=int(rng.integers(4, 17)))


def _few_steps(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(steps=int(rng.integers(20, 60)) * 10)


def _narrow_latent(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(generator=drawn.generator.with_(latent=1))


def _faint_latent(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    faint = between(rng, 3e-4, 3e-2)
    return drawn.with_(generator=rescaled(drawn.generator, inputs=(faint, 0.0)))


def _bounded_output(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(generator=drawn.generator.with_(output=str(rng.choice(["relu", "sigmoid"]))))


def _small_generator(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(generator=drawn.generator.with_(hidden=(int(rng.integers(3, 9)),)))


def _small_discriminator(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    return drawn.with_(discriminator=drawn.discriminator.with_(hidden=(int(rng.integers(2, 7)),)))


def _short_sight(drawn: Recipe, rng: np.random.Generator) -> Recipe:
    short = rescaled(drawn.discriminator, inputs=(between(rng, 1e-3, 3e-2), 0.0))
    return drawn.with_(discriminator=short)


FAULTS = (
    _more_generator, _more_discriminator, _small_batches, _few_steps, _narrow_latent,
    _faint_latent, _bounded_output, _small_generator, _small_discriminator, _short_sight,
)  # fmt: skip


# ------------------------------------------------------------------------------------ what is true


@dataclass(frozen=True)
class Look:
    """A run at one moment, seen through the modes of its mixture; the module says what is what.

    Attributes:
        at: the share of the samples that is at each mode, shape (modes,).
        nearest: the share of the samples that is nearest to each mode, shape (modes,).
        around: the share of the samples within three times the radius of a mode.
        width: of the median mode; NaN if there are too few samples at every mode to tell.
        mass, distance: see the module.
        moved: the distance from the samples before training.
        spread: of all samples, in units of the data's.
        left: the share of the samples that is far from the data.
        ranked: the share of pairs of a real and a generated sample that D ranks rightly.
    """

    at: Tensor
    nearest: Tensor
    around: float
    width: float
    mass: float
    distance: float
    moved: float
    spread: float
    left: float
    ranked: float


class Truth:
    """What is true of one run."""

    def __init__(self, data: Dataset, fresh: Tensor):
        modes, _ = data.modes.shape
        self.data, self.fresh = data, fresh
        self.shares = torch.bincount(data.labels, minlength=modes) / len(data)
        self.radius = data.sigma * chi2.ppf(0.99, data.shape[0]) ** 0.5
        self.volumes = [_volume(self._real(k)) for k in range(modes)]
        generator = torch.Generator().manual_seed(5)
        directions = torch.randn(data.shape[0], 32, generator=generator)
        self.directions = directions / directions.norm(dim=0)
        self.looks: list[Look] = []

    def look(self, x: Tensor, on_real: Tensor, on_fake: Tensor) -> None:
        """Take a look at samples, and at what D says of real and of these."""
        self.first = x if not self.looks else self.first
        self.looks.append(self._seen(x, ranked(on_real, on_fake)))

    def _seen(self, x: Tensor, ranked: float) -> Look:
        centre, spread = self.fresh.mean(0), _spread(self.fresh)
        if not torch.isfinite(x).all():
            x = torch.full_like(x, 1e6)
        distance, mode = torch.cdist(x, self.data.modes).min(1)
        inside = distance <= self.radius
        count = len(self.data.modes)
        at = torch.bincount(mode[inside], minlength=count) / len(x)
        widths = [
            _volume(x[inside & (mode == k)]) / self.volumes[k]
            for k in range(count)
            if at[k] * len(x) >= 20
        ]
        return Look(
            at=at,
            nearest=torch.bincount(mode, minlength=count) / len(x),
            around=(distance <= 3 * self.radius).float().mean().item(),
            width=float(np.median(widths)) if widths else float("nan"),
            mass=torch.minimum(at, self.shares).sum().item(),
            distance=self._distance(x, self.fresh),
            moved=self._distance(x, self.first),
            spread=(_spread(x) / spread).item(),
            left=((x - centre).norm(dim=1) > 3 * spread).float().mean().item(),
            ranked=ranked,
        )

    def _distance(self, x: Tensor, other: Tensor) -> float:
        one, other = ((points @ self.directions).sort(0).values for points in (x, other))
        return (one - other).abs().mean().item()

    def _real(self, k: int) -> Tensor:
        own = self.data.x[self.data.labels == k]
        return own[(own - self.data.modes[k]).norm(dim=1) <= self.radius]

    def is_well(self, look: Look) -> bool:
        """Whether a run that looks like this is healthy."""
        good = look.at.sum()
        evenly = (look.at >= 0.5 * self.shares * good).all()
        return bool(good >= 0.8 and evenly and 0.5 <= look.width <= 1.5)

    def conditions(self, diverged: bool = False) -> tuple[Condition, ...]:
        """All that hold, in the order of the list above; none if the run is unclear."""
        if diverged or min(look.left for look in self.looks[-2:]) > 0.5:
            return (Condition.DIVERGED,)
        looks, (before, end) = self.looks, self.looks[-2:]
        if self.is_well(end):
            return (Condition.HEALTHY,)
        good, shares = end.at.sum(), self.shares
        mass = np.array([look.mass for look in looks])
        distance = np.array([look.distance for look in looks])
        rise = mass[-2:].mean() - mass[3:5].mean()
        improving = rise >= 0.08 or distance[-2:].mean() <= 0.75 * distance[3:5].mean()
        changed = np.mean([_changed(*pair) for pair in pairwise(looks[LOOKS // 2 :])])
        bad, ranked, around = end.mass < 0.5, (before.ranked, end.ranked), end.around >= 0.8
        elsewhere = end.moved > 0.5 * distance[0]
        learned = mass.max() > mass[0] + 0.2 or elsewhere
        holds = {
            Condition.DISCRIMINATOR_TOO_STRONG: bad and min(ranked) >= 0.98 and not improving,
            Condition.GENERATOR_TOO_STRONG: bad and max(ranked) <= 0.6 and elsewhere,
            Condition.OSCILLATING: end.mass < 0.8 and changed >= 0.3 and not improving,
            Condition.NOT_YET_LEARNED: not learned,
            Condition.MODE_COLLAPSE: end.spread < 0.25,
            Condition.MISSING_MODES: learned
            and (
                (good >= 0.6 and (end.at < 0.4 * shares * good).any())
                or (around and (end.nearest < 0.4 * shares).any())
            ),
            Condition.WRONG_SPREAD: learned
            and (end.nearest >= 0.5 * shares).all()
            and around
            and (good < 0.7 or not 0.4 <= end.width <= 1.7),
            Condition.STILL_IMPROVING: improving,
        }
        return tuple(condition for condition, held in holds.items() if held)


def _changed(one: Look, other: Look) -> float:
    """The share of the samples that changed their mode, or came to or left the modes."""
    difference = other.at - one.at
    return max(difference.clamp_min(0).sum().item(), (-difference).clamp_min(0).sum().item())


def _spread(x: Tensor) -> Tensor:
    return x.var(0).sum().sqrt()


def _volume(x: Tensor) -> float:
    """The geometric mean of the standard deviations along the principal axes."""
    return (
        torch.linalg.eigvalsh(x.double().T.cov()).clamp_min(1e-20).log().mean().div(2).exp().item()
    )


class Witness:
    """Looks at a population eight times while it trains, as a callback of its training."""

    def __init__(self, data: Dataset, members: int):
        self.fresh = data.fresh(SAMPLES, seed=5).x
        self.truths = [Truth(data, self.fresh) for _ in range(members)]

    def __call__(self, snapshot: Snapshot[Run]) -> None:
        steps = snapshot.run.recipe.steps
        if snapshot.step in {steps * part // LOOKS for part in range(1, LOOKS + 1)}:
            self.look(snapshot.run)

    def look(self, run: Run) -> None:
        """Take a look at every member."""
        x = run.sample(SAMPLES, seed=5, average=False)
        seen = zip(x, run.opinion(self.fresh), run.opinion(x), strict=True)
        for truth, one in zip(self.truths, seen, strict=True):
            truth.look(*one)


def trained(ward: int, numbers: Sequence[int]) -> list[tuple[Run, Truth]]:
    """Train runs of a ward, and look on."""
    data, witness = mixture(ward), Witness(mixture(ward), len(numbers))
    recipes = [recipe(number, ward) for number in numbers]
    witness.look(Run.start(recipes[0], data, numbers))
    runs = train_together(recipes, data, numbers, callbacks=[witness])
    return list(zip(runs, witness.truths, strict=True))


def truth_of(run: Run, truth: Truth) -> tuple[Condition, ...]:
    """What is true of a run."""
    return truth.conditions(bool(run.guard.noticed.any()))


# --------------------------------------------------------------------------------- the examination


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


def shares(examined: pd.DataFrame) -> pd.DataFrame:
    """For each kind of run, how many were named rightly, with 95 % intervals (Wilson 1927).

    A healthy run is named rightly if it is called healthy or still improving, any other by any
    name that is true of it: `right`, between `low` and `high`. `as its kind` is the share that has
    the first of these names; and `if said`, how often a name is true where the doctor gives it to a
    run of which something is known. The last rows: `others` is the mean over the kinds that are not
    healthy, with the interval of a mean of independent shares; `not enough to tell` is the share of
    that answer among all runs of 500 steps or more.
    """
    right = examined["right"].astype(str) == "True"
    kinds = [one.value for one in Condition if (examined["kind"] == one.value).any()]
    own = {kind: right[examined["kind"] == kind] for kind in kinds}
    table = pd.DataFrame({kind: share(int(some.sum()), len(some)) for kind, some in own.items()}).T
    said, known = examined["diagnosis"], examined["kind"] != UNCLEAR
    table["as its kind"] = [(said[examined["kind"] == kind] == kind).mean() for kind in kinds]
    table["if said"] = [right[(said == kind) & known].mean() for kind in kinds]
    others = table.drop(index=Condition.HEALTHY.value, errors="ignore")
    likely = (others["right"] * others["runs"] + 2) / (others["runs"] + 4)  # Agresti & Coull 1998
    error = 1.96 * (likely * (1 - likely) / (others["runs"] + 4)).sum() ** 0.5
    mean, error = others["right"].mean(), error / max(1, len(others))
    table.loc["others", ["runs", "right"]] = others["runs"].sum(), mean
    table.loc["others", ["low", "high"]] = mean - error, min(1.0, mean + error)
    table.loc["others", "as its kind"] = others["as its kind"].mean()
    long = examined[examined["steps"] >= 500]
    unknown = int((long["diagnosis"] == Condition.UNKNOWN.value).sum())
    table.loc[Condition.UNKNOWN.value] = share(unknown, len(long))
    return table.astype({"runs": int})


def share(some: int, of: int) -> pd.Series:
    """A share, with its 95 % interval."""
    between = binomtest(some, of).proportion_ci(method="wilson")
    return pd.Series({"runs": of, "right": some / of, "low": between.low, "high": between.high})


def confusion(examined: pd.DataFrame) -> pd.DataFrame:
    """How many runs of each kind (rows) were given each name (columns), in the same order."""
    table = pd.crosstab(examined["kind"], examined["diagnosis"])
    seen = {*table.index, *table.columns}
    order = [one.value for one in Condition if one.value in seen]
    rows = [*order, UNCLEAR] if UNCLEAR in seen else order
    return table.reindex(index=rows, columns=order, fill_value=0)
