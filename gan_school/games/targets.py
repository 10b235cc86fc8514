"""What the discriminator is told that samples are: certainly real, nearly so, or sometimes a lie.

Cross entropy with a target t between 0 and 1 is −t·log D(x) − (1 − t)·log(1 − D(x)). It is a
straight line in t. So only the mean of the targets decides what a discriminator learns in the end:
drawing them afresh, or flipping some of them, adds noise to the way there and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import softplus

from gan_school.checks import check
from gan_school.randomness import Randomness
from gan_school.settings import setting


@dataclass(frozen=True)
class Targets:
    """The probability of "real" that the discriminator is to give, for either kind of sample."""

    @property
    def means(self) -> tuple[float, float]:
        """The mean target of real samples, and of generated ones."""
        raise NotImplementedError

    def of_real(self, logits: Tensor, random: Randomness) -> Tensor | float:
        """What D should say of real samples, one target for each of its logits or one for all."""
        return self.draw(logits, self.means[0], random)

    def of_fake(self, logits: Tensor, random: Randomness) -> Tensor | float:
        """What D should say of generated samples."""
        return self.draw(logits, self.means[1], random)

    def draw(self, logits: Tensor, mean: float, random: Randomness) -> Tensor | float:
        """Targets with that mean, one for each logit or the same for all."""
        return mean

    def optimal(self, real: Tensor, fake: Tensor) -> Tensor:
        """The best answer where real and generated samples are so dense.

        With hard targets it is real / (real + fake) (Goodfellow et al. 2014, proposition 1); with
        means t and s, (t·real + s·fake) / (real + fake).
        """
        t, s = self.means
        return (t * real + s * fake) / (real + fake)


@setting
@dataclass(frozen=True)
class Hard(Targets):
    """Real samples are real, and generated ones are not."""

    @property
    def means(self) -> tuple[float, float]:
        return 1.0, 0.0


@setting
@dataclass(frozen=True)
class Smooth(Targets):
    """Less than certain: real samples are real with probability 0.9, say.

    One-sided smoothing leaves `fake` at 0 (Salimans et al. 2016, section 3.4). With a target above
    0 for generated samples, they have less reason to leave places where there is no real data.

    Attributes:
        real, fake: the targets, 0 to 1.
        fresh: draw a target for every sample and update, evenly from between the certain answer and
            as far on the other side of the target. Their mean is the target.
    """

    real: float = 0.9
    fake: float = 0.0
    fresh: bool = False

    def __post_init__(self) -> None:
        for name in ("real", "fake"):
            value = getattr(self, name)
            check(
                0 <= value <= 1,
                f"Smooth({name}={value}): a target is a probability, from 0 to 1. Usual are "
                "real=0.9 and fake=0.",
            )
        check(
            self.fake < self.real,
            f"Smooth(real={self.real}, fake={self.fake}): the target of real samples must be the "
            "higher one.",
        )
        check(
            not self.fresh or (self.real >= 0.5 and self.fake <= 0.5),
            f"Smooth(real={self.real}, fake={self.fake}, fresh=True): targets are drawn on both "
            "sides of these, and would leave 0 to 1. Give real ≥ 0.5 and fake ≤ 0.5.",
        )

    @property
    def means(self) -> tuple[float, float]:
        return self.real, self.fake

    def draw(self, logits: Tensor, mean: float, random: Randomness) -> Tensor | float:
        """Targets with that mean."""
        if not self.fresh:
            return mean
        reach = min(mean, 1 - mean)
        return mean + reach * (2 * _uniform(logits, random) - 1)


@setting
@dataclass(frozen=True)
class Flip(Targets):
    """A lie now and then: a share of the labels is swapped, others in every update.

    On average D is told what `Smooth(1 − share, share)` tells it.

    Attributes:
        share: of the labels, from 0 to just under 0.5.
    """

    share: float = 0.1

    def __post_init__(self) -> None:
        check(
            0 <= self.share < 0.5,
            f"Flip(share={self.share}): a share from 0 up to, not including, 0.5. With half of "
            "them swapped, the labels say nothing.",
        )

    @property
    def means(self) -> tuple[float, float]:
        return 1 - self.share, self.share

    def draw(self, logits: Tensor, mean: float, random: Randomness) -> Tensor:
        """Ones and zeros with that mean."""
        return (_uniform(logits, random) < mean).to(logits.dtype)


def _uniform(logits: Tensor, random: Randomness) -> Tensor:
    return random.uniform(*logits.shape[len(random.size) :])


def cross_entropy(logits: Tensor, target: Tensor | float) -> Tensor:
    """−t·log D − (1 − t)·log(1 − D) for D = σ(logit), without ever taking the logarithm of zero."""
    if isinstance(target, float) and target in (0.0, 1.0):  # a term that is zero costs time
        return softplus(-logits if target else logits)
    return target * softplus(-logits) + (1 - target) * softplus(logits)
