"""What a discriminator can be made to pay for, besides its mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_school.checks import check
from gan_school.games.samples import Samples, values, with_values
from gan_school.randomness import Randomness
from gan_school.settings import setting

Score = Callable[[Samples], Tensor]
"""Gives D's verdict on samples: one logit each, shape (batch, 1), or (K, batch, 1)."""


@dataclass(frozen=True)
class Penalty:
    """A term of the discriminator's loss, one number per sample.

    It looks at the discriminator as it is: a view's noise is not between them. Where pictures are
    augmented it sees them so, since D was never asked about others.
    """

    def __call__(
        self, score: Score, real: Samples, fake: Samples, random: Randomness
    ) -> Tensor | float:
        """The penalty at a batch of real and one of generated samples, shape (batch, 1)."""
        raise NotImplementedError

    def __add__(self, other: Penalty) -> Sum:
        one, two = (each.parts if isinstance(each, Sum) else (each,) for each in (self, other))
        return Sum((*one, *two))


@setting
@dataclass(frozen=True)
class NoPenalty(Penalty):
    """The discriminator may be as steep as it likes."""

    def __call__(self, score: Score, real: Samples, fake: Samples, random: Randomness) -> float:
        return 0.0


@setting
@dataclass(frozen=True)
class R1(Penalty):
    """γ/2 · |∇ₓ D(x)|² at real samples x, D being the logit (Mescheder et al. 2018, equation 9).

    Where the real data is, the discriminator should become flat, so that the generator, once it has
    arrived there, is not pushed away again.
    """

    weight: float = 1.0

    def __post_init__(self) -> None:
        check(self.weight >= 0, f"the weight of R1 is {self.weight}. It must be 0 or more.")

    def __call__(self, score: Score, real: Samples, fake: Samples, random: Randomness) -> Tensor:
        return self.weight / 2 * squared_slope(score, real, random)


@setting
@dataclass(frozen=True)
class R2(Penalty):
    """γ/2 · |∇ₓ D(x)|² at generated samples x (Mescheder et al. 2018, equation 10)."""

    weight: float = 1.0

    def __post_init__(self) -> None:
        check(self.weight >= 0, f"the weight of R2 is {self.weight}. It must be 0 or more.")

    def __call__(self, score: Score, real: Samples, fake: Samples, random: Randomness) -> Tensor:
        return self.weight / 2 * squared_slope(score, fake, random)


@setting
@dataclass(frozen=True)
class GradientPenalty(Penalty):
    """λ · (|∇ₓ D(x)| − k)² between real and generated samples (Gulrajani et al. 2017, equation 3).

    Each point x = ε·real + (1 − ε)·fake lies somewhere on the line between one sample of either
    kind, with its own ε, evenly from 0 to 1, also in a pack. The slope is taken sample by sample,
    so D should have no BatchNorm, through which one sample's logit depends on the others.

    Attributes:
        weight: λ.
        slope: k; the best critic has slope 1 almost everywhere on these lines.
    """

    weight: float = 10.0
    slope: float = 1.0

    def __post_init__(self) -> None:
        for name in ("weight", "slope"):
            value = getattr(self, name)
            check(value >= 0, f"GradientPenalty({name}={value}): it must be 0 or more.")

    def __call__(self, score: Score, real: Samples, fake: Samples, random: Randomness) -> Tensor:
        one, other = values(real), values(fake)
        members = len(random.size)
        share = random.uniform(one.shape[members], *[1] * (one.ndim - members - 1))
        between = with_values(real, torch.lerp(other, one, share))
        return (
            self.weight
            * (slopes(score, between, random).norm(dim=-1, keepdim=True) - self.slope) ** 2
        )


@setting
@dataclass(frozen=True)
class Sum(Penalty):
    """Several penalties at once: `R1(1.0) + R2(1.0)`."""

    parts: tuple[Penalty, ...]

    def __call__(
        self, score: Score, real: Samples, fake: Samples, random: Randomness
    ) -> Tensor | float:
        return sum(part(score, real, fake, random) for part in self.parts)


def squared_slope(score: Score, samples: Samples, random: Randomness) -> Tensor:
    """|∇ₓ D(x)|² for every sample, shape (batch, 1), or (K, batch, 1) for a population."""
    return slopes(score, samples, random).square().sum(-1, keepdim=True)


def slopes(score: Score, samples: Samples, random: Randomness) -> Tensor:
    """∇ₓ D(x) for every sample; the discriminator can be trained on it.

    Returns:
        Shape (batch, features), or (K, batch, features) for a population.
    """
    x = values(samples).detach().requires_grad_()
    # Each logit depends on its own sample alone, so the gradient of the sum holds all gradients.
    logits = score(with_values(samples, x))
    (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return slope.flatten(1 + len(random.size))
