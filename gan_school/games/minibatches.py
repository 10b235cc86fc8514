"""How real and generated samples reach the discriminator: in one update or two, in one pass or two.

Cross entropy is a sum over samples, so these differ only through what an update, or a normalising
layer, does with the samples that come together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor

from gan_school.games.samples import Samples, joined
from gan_school.settings import setting

if TYPE_CHECKING:
    from gan_school.games.gan import GAN


@dataclass(frozen=True)
class Minibatches:
    """What the discriminator makes of one mini-batch of real and one of generated samples.

    Attributes:
        updates: of the discriminator with each.
    """

    updates: ClassVar[int] = 1

    def losses(self, game: GAN, real: Samples) -> Iterator[Tensor]:
        """One loss for each update, shape (batch, 1). Each is asked for after the update before."""
        raise NotImplementedError


@setting
@dataclass(frozen=True)
class Together(Minibatches):
    """Both are scored, each mini-batch by itself, and one update learns from both: the usual way.

    A layer that normalises over the batch sees real samples alone, then generated ones alone.
    """

    def losses(self, game: GAN, real: Samples) -> Iterator[Tensor]:
        yield game.discriminator_loss(real)


@setting
@dataclass(frozen=True)
class Apart(Minibatches):
    """An update on real samples alone, then another on generated ones alone (onimaru 2019)."""

    updates: ClassVar[int] = 2

    def losses(self, game: GAN, real: Samples) -> Iterator[Tensor]:
        fake = game.fakes_for(real)
        yield game.cost_of_real(game.look(real), real) + game.penalty(game, real, fake)
        yield game.cost_of_fake(game.look(fake), fake)


@setting
@dataclass(frozen=True)
class Mixed(Minibatches):
    """Both are scored in one pass, and one update learns from both.

    It makes a difference only to layers that normalise over the batch: they see a mixture, in which
    every sample is measured against those of the other kind.
    """

    def losses(self, game: GAN, real: Samples) -> Iterator[Tensor]:
        fake = game.fakes_for(real)
        batch = len(game.random.size)  # the dimension that the samples of a mini-batch lie along
        on_real, on_fake = game.look(joined(real, fake, batch)).chunk(2, batch)
        mistakes = game.cost_of_real(on_real, real) + game.cost_of_fake(on_fake, fake)
        yield mistakes + game.penalty(game, real, fake)
