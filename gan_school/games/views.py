"""What the discriminator gets to see of the samples while it learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gan_school.checks import check
from gan_school.games.samples import Samples, values, with_values
from gan_school.randomness import Randomness
from gan_school.schedules import Linear, Schedule
from gan_school.settings import setting


@dataclass(frozen=True)
class View:
    """A change to the samples on their way to the discriminator, real and generated ones alike.

    The generator's gradient comes back through it. It is there while both networks learn, and not
    when somebody asks the discriminator afterwards.

    Attributes:
        penalised: whether a penalty looks at D through it, for D sees nothing else.
    """

    penalised: ClassVar[bool] = False

    def __call__(self, samples: Samples, random: Randomness, progress: float) -> Samples:
        """What is seen of a batch when `progress` (0 to 1) of the run is over."""
        raise NotImplementedError


@setting
@dataclass(frozen=True)
class Clear(View):
    """Samples as they are."""

    def __call__(self, samples: Samples, random: Randomness, progress: float) -> Samples:
        return samples


@setting
@dataclass(frozen=True)
class Noisy(View):
    """Gaussian noise on every number, less and less of it (Sønderby et al. 2017).

    Real data often lies on a thin sheet, and so do generated samples; two sheets that do not touch
    are told apart with certainty. Noise makes both thick, so that they overlap, and D has something
    to weigh (Arjovsky & Bottou 2017, section 3).

    Attributes:
        sd: the standard deviation of the noise at first, in the units of the data.
        schedule: how it goes on; without one, down to nothing along a straight line.
    """

    sd: float = 0.3
    schedule: Schedule = Linear()

    def __post_init__(self) -> None:
        check(self.sd >= 0, f"Noisy(sd={self.sd}): a standard deviation is 0 or more.")

    def __call__(self, samples: Samples, random: Randomness, progress: float) -> Samples:
        sd = self.sd * self.schedule(progress)
        if sd == 0:
            return samples
        x = values(samples)
        return with_values(samples, x + sd * random.normal(*x.shape[len(random.size) :]))
