"""When to stop before the last step."""

from __future__ import annotations

from dataclasses import dataclass

from gan_school.checks import check
from gan_school.metrics.metric import Metric
from gan_school.settings import setting


@setting
@dataclass(frozen=True)
class EarlyStop:
    """Judge the samples every so often; stop when they have not become better for a while.

    The run then gets back the weights that were judged best. In a population each member has its
    own best, and what it does after its patience has run out no longer counts.

    Attributes:
        metric: a name of `metrics.METRICS`, or a `Metric`.
        every: steps between two looks.
        patience: looks without improvement that it takes to stop.
        least: how much better is better, in units of the metric.
        samples: so many from always the same latent vectors, and as many real ones that training
            has not seen.
    """

    metric: str | Metric = "coverage"
    every: int = 250
    patience: int = 5
    least: float = 0.0
    samples: int = 1000

    def __post_init__(self) -> None:
        for name in ("every", "patience", "samples"):
            value = getattr(self, name)
            check(
                value >= 1,
                f"EarlyStop({name}={value!r}): it must be a whole number, 1 or more.",
            )
        check(self.least >= 0, f"EarlyStop(least={self.least}): it must be 0 or more.")
