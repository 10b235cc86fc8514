"""Metrics by name: a first look at samples, and how a comparison judges them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from gan_school.checks import check
from gan_school.datasets import Dataset
from gan_school.metrics.coverage import density_coverage, precision_recall
from gan_school.metrics.distances import sliced_wasserstein
from gan_school.metrics.factors import factor_report
from gan_school.metrics.modes import mode_report
from gan_school.metrics.two_sample import two_sample_test

Measure = Callable[[Dataset, Tensor], float]

SUMMARY = ("coverage", "sliced_wasserstein", "two_sample")
"""What `summary` reports, and the columns of `Run.evaluate`."""


def summary(real: Any, fake: Any, seed: int = 0) -> dict[str, float]:
    """Three numbers for a first look, which notice different things.

    Args:
        real, fake: shape (n, …) and (m, …).
        seed: decides how the two-sample test splits its points.

    Returns:
        `coverage` with k = 5 (0 to 1, 1 is best), `sliced_wasserstein` (0 is best) and `two_sample`
        (accuracy of a classifier, 0.5 is best). NaN where there are too few samples: coverage needs
        6 real ones, the two-sample test 10 of either kind.

    Raises:
        ValueError: as the three metrics do otherwise.
    """
    fewest = min(len(real), len(fake))
    values = (
        density_coverage(real, fake, k=5).coverage if len(real) > 5 else math.nan,
        sliced_wasserstein(real, fake),
        two_sample_test(real, fake, seed=seed) if fewest >= 10 else math.nan,
    )
    return dict(zip(SUMMARY, values, strict=True))


@dataclass(frozen=True)
class Metric:
    """A number that tells better samples from worse ones.

    Attributes:
        name: a column in tables.
        measure: from real samples, and as many generated ones, to the number.
        higher_is_better: which way is up.
        worst: the number for samples that are not even finite, and of a run that has diverged.
        margin: differences below it are too small to matter, in the metric's own unit.
        relative: the same as a share of the value that is compared with: 0.25 stands for 1/1.25 to
            1.25 times as much. Where both are given, both must hold; where neither is, nothing can
            be called equivalent.
        unit: of the number.
    """

    name: str
    measure: Measure
    higher_is_better: bool = True
    worst: float = 0.0
    margin: float | None = None
    relative: float | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        for name, value in {"margin": self.margin, "relative": self.relative}.items():
            wrong = f"{name}={value} of the metric {self.name!r} is not above 0."
            check(value is None or value > 0, wrong)

    def gain(self, difference: Any) -> Any:
        """The difference with its sign turned so that more is better."""
        return difference if self.higher_is_better else -difference

    def alike(self, value: Any) -> tuple[Any, Any]:
        """The lowest and the highest number within the margins of this one; NaN without any."""
        low, high = np.full(np.shape(value), np.nan), np.full(np.shape(value), np.nan)
        if self.margin is not None:
            low, high = value - self.margin, value + self.margin
        if self.relative is not None:  # fmax and fmin pass over NaN
            ratio = 1 + self.relative
            low, high = np.fmax(low, value / ratio), np.fmin(high, value * ratio)
        return low, high


# A twentieth is what luck alone can do to one measurement: ten draws of 1,000 real points of the
# ring lie .04 apart in coverage and .05 in the accuracy of a two-sample test. Distances have no
# unit of their own: 80 to 125 % are the limits within which two drugs count as the same. They hold
# for small shares, too: where hardly anything is covered yet, .05 more is a great deal.
_DISTANCE: dict[str, Any] = {"relative": 0.25}
_SHARE: dict[str, Any] = {"margin": 0.05, "relative": 0.25, "unit": "share of 1"}


def _coverage(real: Dataset, fake: Tensor) -> float:
    return density_coverage(real.x, fake, k=5).coverage


def _precision(real: Dataset, fake: Tensor) -> float:
    return precision_recall(real.x, fake, k=5).precision


def _sliced_wasserstein(real: Dataset, fake: Tensor) -> float:
    return sliced_wasserstein(real.x, fake)


def _two_sample(real: Dataset, fake: Tensor) -> float:
    return two_sample_test(real.x, fake)


def _modes(real: Dataset, fake: Tensor) -> float:
    report = mode_report(fake, real.modes, real.sigma)
    return report.modes_covered / len(real.modes)


def _quality(real: Dataset, fake: Tensor) -> float:
    return mode_report(fake, real.modes, real.sigma).high_quality_share


def _factors(real: Dataset, fake: Tensor) -> float:
    return factor_report(fake).coverage


METRICS = {
    metric.name: metric
    for metric in (
        Metric("coverage", _coverage, **_SHARE),
        Metric("precision", _precision, **_SHARE),
        Metric(
            "sliced_wasserstein", _sliced_wasserstein, False, 10.0, unit="of the data", **_DISTANCE
        ),
        Metric("two_sample", _two_sample, False, 1.0, **_SHARE),
        Metric("modes", _modes, **_SHARE),
        Metric("quality", _quality, **_SHARE),
        Metric("factor_coverage", _factors, **_SHARE),
    )
}
"""Metrics that a comparison knows by name.

`coverage`, `precision`: of `density_coverage` and `precision_recall`, with k = 5. `modes` and
`quality`, for data that knows its modes: the share of them with 1 % of the samples or more within 3
standard deviations, and the share of samples within 3 standard deviations of some mode.
`factor_coverage`, for flowers: the share of the cells of `factor_report` that are covered.
"""


def chosen(wanted: Sequence[str | Metric] | None, data: Dataset) -> tuple[Metric, ...]:
    """The metrics asked for; without any, those that suit the data.

    Raises:
        ValueError: for an unknown name, a name given twice, or modes or factors where the data has
            none.
    """
    if wanted is None:
        wanted = ["coverage", "sliced_wasserstein"]
        if data.modes is not None:
            wanted += ["modes", "quality"]
    check(len(wanted) > 0, "metrics is empty. Leave it out, or give one name or more.")
    found = []
    for metric in wanted:
        if not isinstance(metric, Metric):
            known = ", ".join(METRICS)
            unknown = f"unknown metric {metric!r}. Choose of {known}, or give a Metric."
            check(metric in METRICS, unknown)
            metric = METRICS[metric]
        can = data.modes is not None or metric.name not in ("modes", "quality")
        check(can, f"{data.name} has no modes, which the metric {metric.name!r} needs.")
        drawn = data.factors is not None and "petals" in data.factors
        can = drawn or metric.name != "factor_coverage"
        lacking = f"{data.name} has no factors of flowers, which the metric {metric.name!r} needs."
        check(can, lacking)
        found.append(metric)
    names = [metric.name for metric in found]
    twice = len(set(names)) < len(names)
    check(not twice, f"two metrics have the same name: {', '.join(names)}.")
    return tuple(found)
