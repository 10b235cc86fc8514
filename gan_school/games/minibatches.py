"""How real and generated samples reach the discriminator: in one update or two, in one pass or two.

Cross entropy is a sum over samples, so these differ only through what an update, or a normalising
layer, does with the samples that come together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from gan_school.games.samples import Samples, joined
from gan_school.settings import setting

Look = Callable[[Samples], Tensor]
"""Gives all that D says of samples, shape (batch, answers), or with K in front."""


@dataclass(frozen=True)
class Minibatches:
    """What the discriminator makes of one mini-batch of real and one of generated samples.

    Attributes:
        updates: of the discriminator with each.
    """

    updates: ClassVar[int] = 1

    def look(self, look: Look, real: Samples, fake: Samples, members: int) -> tuple[Tensor, Tensor]:
        """What D says of real samples, and what of generated ones: here in a pass for each.

        Args:
            look: asks D.
            real, fake: as many of either.
            members: dimensions in front of the batch, 1 for a population.
        """
        return look(real), look(fake)


@setting
@dataclass(frozen=True)
class Together(Minibatches):
    """Both are scored, each mini-batch by itself, and one update learns from both: the usual way.

    A layer that normalises over the batch sees real samples alone, then generated ones alone.
    """


@setting
@dataclass(frozen=True)
class Apart(Minibatches):
    """An update on real samples alone, then another on generated ones alone (onimaru 2019)."""

    updates: ClassVar[int] = 2


@setting
@dataclass(frozen=True)
class Mixed(Minibatches):
    """Both are scored in one pass, and one update learns from both.

    It makes a difference only to layers that normalise over the batch: they see a mixture, in which
    every sample is measured against those of the other kind.
    """

    def look(self, look: Look, real: Samples, fake: Samples, members: int) -> tuple[Tensor, Tensor]:
        on_real, on_fake = look(joined(real, fake, members)).chunk(2, members)
        return on_real, on_fake
