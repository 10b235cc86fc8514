"""A test bench for the doctor: runs that are sick, or well, because they were made so.

The condition of a patient comes from how its recipe was made. A metric confirms it on fresh
samples, where there is one, one that the doctor does not look at; the few runs that escape their
fate are counted, and left out.

The doctor's thresholds were set on settings 0 and 1 of every patient. They are tested on setting 2.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from torch import Tensor

from gan_school import metrics
from gan_school.datasets import Dataset
from gan_school.games import GAN, R1, Gaussian, SaturatingGAN
from gan_school.lab.conditions import Condition
from gan_school.lab.doctor import Diagnoses, diagnose
from gan_school.lab.examination import counting
from gan_school.networks import Network, mlp, rescaled
from gan_school.places import shipped
from gan_school.randomness import Randomness
from gan_school.settings import setting
from gan_school.training import SGD, Adam, Cosine, DivergenceWarning, Recipe, train

Change = Callable[[Recipe, Dataset, int], Recipe]
"""From the usual recipe, the data, and a number that chooses among settings, to a recipe."""


@dataclass(frozen=True)
class Patient:
    """One kind of run.

    Attributes:
        name: how it was made.
        condition: what follows from that.
        change: what was done to the usual recipe, in the setting 0, 1 or 2: the doctor's thresholds
            were set with the first two, and are tested with the third.
        confirmed: whether fresh samples show it.
    """

    name: str
    condition: Condition
    change: Change
    confirmed: Callable[[Dataset, Tensor], bool]

    def recipe(self, data: Dataset, setting: int) -> Recipe:
        """How to make it."""
        return self.change(usual(data, setting), data, setting)


def usual(data: Dataset, setting: int) -> Recipe:
    """What the patients have in common: two hidden layers, in three sizes."""
    (features,) = data.shape
    width = (64, 48, 80)[setting]
    return Recipe(
        generator=mlp(4, width, width, features, activation="leaky_relu"),
        discriminator=mlp(features, width, width, 1, activation="leaky_relu"),
        d_optimizer=Adam(1e-3, betas=(0.5, 0.999)),
        g_optimizer=Adam(1e-3, betas=(0.5, 0.999)),
        batch_size=(64, 80, 100)[setting],
        steps=(2_000, 2_500, 1_800)[setting],
    )


def with_rates(recipe: Recipe, d: float, g: float) -> Recipe:
    """Other learning rates."""
    d_optimizer, g_optimizer = replace(recipe.d_optimizer, lr=d), replace(recipe.g_optimizer, lr=g)
    return recipe.with_(d_optimizer=d_optimizer, g_optimizer=g_optimizer)


def in_half_of_space(generator: Network, data: Dataset, axis: int) -> Network:
    """A generator whose samples have a coordinate above the data's mean, and no other limits."""
    middle, reach = data.x.mean(0), 1.1 * (data.x - data.x.mean(0)).abs().max(0).values
    low, high = middle - reach, middle + reach
    low[axis] = middle[axis]
    scale, shift = (high - low) / 2, (high + low) / 2
    bounded = generator.with_(output="tanh")
    return rescaled(bounded, outputs=(tuple(scale.tolist()), tuple(shift.tolist())))


@setting
@dataclass(frozen=True)
class Whole(Gaussian):
    """Normal numbers, rounded: some forty different samples come of two of them."""

    def sample(self, random: Randomness, batch: int) -> Tensor:
        return super().sample(random, batch).round()


def _far(limit: float) -> Callable[[Dataset, Tensor], bool]:
    return lambda data, samples: not metrics.sliced_wasserstein(data.x, samples) < limit


def _well(data: Dataset, samples: Tensor) -> bool:
    """Every mode has half of its share or more, or close to the data where there are none."""
    if data.modes is None:
        return metrics.sliced_wasserstein(data.x, samples) < 0.15
    counts = metrics.mode_report(samples, data.modes, data.sigma).counts
    return min(counts) >= 0.5 * sum(counts) / len(counts) and sum(counts) >= 0.5 * len(samples)


# Recall and density against fresh real points: the doctor sees neither.
def _hardly_recalled(limit: float) -> Callable[[Dataset, Tensor], bool]:
    return lambda data, samples: metrics.precision_recall(data.x, samples, k=5).recall < limit


def _not_dense(data: Dataset, samples: Tensor) -> bool:
    return metrics.density_coverage(data.x, samples, k=5).density < 0.6


DECAYING = Adam(2e-3, Cosine(), (0.5, 0.999))
HASTY = Adam(1e-2, betas=(0.98, 0.999))

PATIENTS = (
    Patient(
        "R1 and a decaying rate", Condition.HEALTHY,
        lambda usual, data, setting: usual.with_(
            game=GAN(penalty=R1(0.02)), steps=4_000, batch_size=128,
            d_optimizer=DECAYING, g_optimizer=DECAYING,
        ),
        _well,
    ),
    Patient(
        "large batches and a decaying rate", Condition.HEALTHY,
        lambda usual, data, setting: usual.with_(
            steps=4_000, batch_size=256, d_optimizer=DECAYING, g_optimizer=DECAYING
        ),
        _well,
    ),
    Patient(
        "learning rates of whole numbers", Condition.DIVERGED,
        lambda usual, data, setting: with_rates(
            usual, d=(3.0, 10.0, 20.0)[setting], g=(3.0, 10.0, 20.0)[setting]
        ),
        _far(2.0),
    ),
    Patient(
        "SGD with a rate of thousands", Condition.DIVERGED,
        lambda usual, data, setting: usual.with_(
            d_optimizer=SGD((1e3, 1e4, 2e4)[setting]), g_optimizer=SGD((1e3, 1e4, 2e4)[setting])
        ),
        _far(0.3),
    ),
    Patient(
        "a generator that hardly learns", Condition.DISCRIMINATOR_TOO_STRONG,
        lambda usual, data, setting: with_rates(usual, 1e-3, (1e-7, 1e-6, 5e-7)[setting]),
        _far(0.3),
    ),
    Patient(
        "a saturating loss against a fast discriminator", Condition.DISCRIMINATOR_TOO_STRONG,
        lambda usual, data, setting: with_rates(
            usual, d=(1e-2, 5e-3, 1.5e-2)[setting], g=1e-4
        ).with_(game=SaturatingGAN(), d_steps=5),
        _far(0.3),
    ),
    Patient(
        "a discriminator that pays dearly for every slope", Condition.GENERATOR_TOO_STRONG,
        lambda usual, data, setting: usual.with_(game=GAN(penalty=R1((1e4, 1e5, 2e4)[setting]))),
        _far(0.2),
    ),
    Patient(
        "a short-sighted discriminator", Condition.GENERATOR_TOO_STRONG,
        lambda usual, data, setting: usual.with_(
            discriminator=rescaled(usual.discriminator, inputs=((1e-3, 1e-2, 5e-3)[setting], 0.0))
        ),
        _far(0.2),
    ),
    Patient(
        "a latent of almost nothing", Condition.MODE_COLLAPSE,
        lambda usual, data, setting: usual.with_(
            generator=rescaled(usual.generator, inputs=((1e-3, 3e-3, 5e-4)[setting], 0.0))
        ),
        _hardly_recalled(0.05),
    ),
    Patient(
        "a generator trained far more often", Condition.MODE_COLLAPSE,
        lambda usual, data, setting: usual.with_(g_steps=(20, 15, 18)[setting], steps=800),
        _hardly_recalled(0.05),
    ),
    Patient(
        "a generator that cannot reach half of the space", Condition.MISSING_MODES,
        lambda usual, data, setting: usual.with_(
            generator=in_half_of_space(usual.generator, data, axis=(0, 1, -1)[setting]),
            steps=3_000,
        ),
        _hardly_recalled(0.7),
    ),
    Patient(
        "too much momentum", Condition.OSCILLATING,
        lambda usual, data, setting: usual.with_(d_optimizer=HASTY, g_optimizer=HASTY),
        _far(0.2),
    ),
    Patient(
        "learning rates of next to nothing", Condition.NOT_YET_LEARNED,
        lambda usual, data, setting: with_rates(
            usual, d=(1e-5, 3e-6, 6e-6)[setting], g=(3e-6, 1e-5, 6e-6)[setting]
        ).with_(steps=500),
        _far(0.3),
    ),
    Patient(
        "a latent of whole numbers", Condition.WRONG_SPREAD,
        lambda usual, data, setting: usual.with_(
            latent=Whole(2), generator=usual.generator.with_(latent=2),
            steps=(3_000, 3_500, 2_500)[setting],
            game=GAN(penalty=R1(0.1)), d_optimizer=DECAYING, g_optimizer=DECAYING,
        ),
        _hardly_recalled(0.4),
    ),
    Patient(
        "too little time", Condition.STILL_IMPROVING,
        lambda usual, data, setting: usual.with_(steps=(900, 1_000, 800)[setting]),
        _not_dense,
    ),
)  # fmt: skip


def examine(
    data: Dataset, seeds: Sequence[int], setting: int = 2, patients: Iterable[Patient] = PATIENTS
) -> pd.DataFrame:
    """Train every patient with every seed, and ask the doctor.

    Args:
        data: points that more can be drawn of.
        seeds: two or more.
        setting: of the patients, 0, 1 or 2.
        patients: which ones.

    Returns:
        One row per run: `data`, `patient`, `seed`, `condition` (what it was made to have),
        `confirmed` (whether fresh samples show it), `diagnosis`, and `right`.
    """
    fresh = data.fresh(1_000, seed=99)
    rows = []
    for patient in patients:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DivergenceWarning)
            run = train(patient.recipe(data, setting), data, seeds=seeds, progress=False)
        found = diagnose(run)
        assert isinstance(found, Diagnoses)
        for one, samples in zip(found, run.sample(1_000, seed=7), strict=True):
            rows.append(
                {
                    "data": data.name, "patient": patient.name, "seed": one.seed,
                    "condition": patient.condition.value,
                    "confirmed": bool(patient.confirmed(fresh, samples)),
                    "diagnosis": one.condition.value,
                    "right": one.condition is patient.condition,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def on_record() -> pd.DataFrame:
    """What `examine` found on the unseen setting, 20 seeds of each patient: `make doctor` wrote it.

    Raises:
        FileNotFoundError: if this copy of the course comes without it.
    """
    return pd.read_csv(shipped("evidence") / "doctor.csv")


def confusion(examined: pd.DataFrame) -> pd.DataFrame:
    """How often each condition (rows) was given each name (columns), among the confirmed runs."""
    sure = examined[examined["confirmed"]]
    return counting.confusion(sure["condition"], sure["diagnosis"])


def shares(examined: pd.DataFrame) -> pd.DataFrame:
    """For sick and for healthy runs: how many were confirmed, and what share was named rightly.

    `right` counts those that were confirmed, and `right of all` the others as well, which may not
    have what they were made to have.
    """
    healthy = examined["condition"] == Condition.HEALTHY.value
    kind = healthy.map({True: "healthy", False: "sick"}).rename("kind")
    sure = examined[examined["confirmed"]]
    return pd.DataFrame(
        {
            "runs": kind.groupby(kind).size(),
            "confirmed": examined["confirmed"].groupby(kind).sum(),
            "right": sure["right"].groupby(kind).mean(),
            "right of all": examined["right"].groupby(kind).mean(),
        }
    )
