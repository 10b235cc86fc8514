"""What is true of a run that was drawn by lot.

It is read off the modes of its mixture, which the doctor does not know, on
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
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from scipy.stats import chi2
from torch import Tensor

from gan_school.datasets import Dataset
from gan_school.lab.conditions import Condition
from gan_school.lab.signs import ranked

LOOKS = 8  # after each eighth of the steps


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
