"""Modes of a known mixture: which ones the samples have found, and how evenly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from gan_school.checks import between, positive
from gan_school.metrics.samples import distances_between, two_sets


@dataclass(frozen=True)
class ModeReport:
    """What `mode_report` found.

    Attributes:
        modes_covered: how many modes were found, 0 to `len(counts)`.
        high_quality_share: the share of samples within 3σ of a mode, 0..1. Perfect samples of
            two-dimensional Gaussians score 1 − e^−4.5 = 0.989.
        counts: the number of high-quality samples of each mode, in the order of `modes`.
        kl: the Kullback-Leibler divergence of `counts` from uniform, in nats: 0 when all modes are
            equally frequent, log(number of modes) when there is only one. From n perfect samples
            of K modes it is about (K − 1) / 2n, by chance.
        total_variation: the share of high-quality samples that would have to change to another
            mode for all modes to be equally frequent, 0 to 1 − 1/K.
    """

    modes_covered: int
    high_quality_share: float
    counts: tuple[int, ...]
    kl: float
    total_variation: float

    def __str__(self) -> str:
        return (
            f"{self.modes_covered} of {len(self.counts)} modes, "
            f"{self.high_quality_share:.1%} of the samples within 3σ of a mode, "
            f"{self.kl:.3f} nats and {self.total_variation:.1%} from an equal share for each"
        )


def mode_report(samples: Any, modes: Any, sigma: float, min_share: float = 0.01) -> ModeReport:
    """Which modes of a known mixture the samples have found, and how evenly.

    A sample is of high quality if it lies within 3σ of the nearest mode; only these count for a
    mode. Without any, there is no distribution over modes, and its distance from uniform is given
    as that of a single mode, the largest there is.

    Papers differ on how many samples it takes to cover a mode. One is enough in VEEGAN and PacGAN,
    which is generous: the tail of a neighbour, or a transient between two modes, will do. Here it
    takes a share of all samples; `min_share=0` gives the papers' rule.

    Args:
        samples: shape (n, d).
        modes: the centres, shape (K, d), all equally likely in the data.
        sigma: the standard deviation of each mode in each direction, in units of the data.
        min_share: the share of all samples, in 0..1, that it takes to cover a mode. By default
            0.01: with many modes, choose well below 1/K.

    Returns:
        A `ModeReport`.

    Raises:
        ValueError: if sigma is not positive, min_share is not in 0..1, or samples and modes do not
            have the same number of features.

    Source:
        Srivastava et al. (2017, VEEGAN) and Lin et al. (2018, PacGAN), experiments on synthetic
        data. As in the code of the latter, the distribution over modes is that of good samples.
    """
    samples, modes = two_sets(samples, modes, ("samples", "modes"))
    sigma = positive(sigma, "sigma")
    min_share = between(min_share, "min_share", 0, 1, "a share from 0 to 1, such as 0.01")
    distance, mode = distances_between(samples, modes).min(dim=1)
    counts = torch.bincount(mode[distance <= 3 * sigma], minlength=len(modes)).double()
    total = int(counts.sum())
    # Without any good sample: all the weight on one mode, the farthest from uniform there is.
    shares = counts / total if total else (torch.arange(len(modes)) == 0).double()
    return ModeReport(
        modes_covered=int(((counts / len(samples) >= min_share) & (counts > 0)).sum()),
        high_quality_share=total / len(samples),
        counts=tuple(int(count) for count in counts),
        kl=max(0.0, torch.special.xlogy(shares, shares * len(modes)).sum().item()),
        total_variation=(shares - 1 / len(modes)).abs().sum().item() / 2,
    )
