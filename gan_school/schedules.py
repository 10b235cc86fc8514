"""How a number changes over a run: a learning rate, or how much noise there is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gan_school.checks import check
from gan_school.settings import setting


@dataclass(frozen=True)
class Schedule:
    """A factor, as a function of how much of the run is over."""

    def __call__(self, progress: float) -> float:
        """The factor when `progress` (0 to 1) of the run is over."""
        raise NotImplementedError


@setting
@dataclass(frozen=True)
class Constant(Schedule):
    """The same from the first step to the last."""

    def __call__(self, progress: float) -> float:
        return 1.0


@setting
@dataclass(frozen=True)
class Cosine(Schedule):
    """Down from 1 to `end`, along half a cosine wave.

    Loshchilov & Hutter 2017, equation 5, without restarts.
    """

    end: float = 0.0

    def __post_init__(self) -> None:
        check(0 <= self.end <= 1, f"Cosine(end={self.end}): the factor must lie between 0 and 1.")

    def __call__(self, progress: float) -> float:
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * progress)) / 2


@setting
@dataclass(frozen=True)
class Linear(Schedule):
    """Down from 1 to `end` along a straight line, reached when `until` of the run is over."""

    end: float = 0.0
    until: float = 1.0

    def __post_init__(self) -> None:
        check(0 <= self.end <= 1, f"Linear(end={self.end}): the factor must lie between 0 and 1.")
        check(
            0 < self.until <= 1,
            f"Linear(until={self.until}): a share of the run, above 0 and up to 1.",
        )

    def __call__(self, progress: float) -> float:
        return 1 + (self.end - 1) * min(progress / self.until, 1.0)
