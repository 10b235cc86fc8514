"""The original game."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from gan_school.described import described
from gan_school.games.latent import Latent
from gan_school.randomness import Randomness


@described
@dataclass(frozen=True)
class GAN:
    """The non-saturating game (Goodfellow et al. 2014, section 3). The discriminator gives logits.

    With D(x) = σ(logit), the probability that x is real: −log D(x) is softplus(−logit), and
    −log(1 − D(x)) is softplus(logit). Written so, neither ever takes the logarithm of zero.

    A variant of the game is a subclass with other losses. Losses come back one per sample, shape
    (batch, 1), or (K, batch, 1) for a population; the training loop does the averaging.
    """

    def discriminator_loss(self, real: Tensor) -> Tensor:
        """−log D(x) − log(1 − D(G(z))): real points are to be called real, and fakes fake."""
        with torch.no_grad():  # here the discriminator learns, and it alone
            fake = self.sample_like(real)
        return softplus(-self.discriminator(real)) + softplus(self.discriminator(fake))

    def generator_loss(self, real: Tensor) -> Tensor:
        """−log D(G(z)): fakes are to be called real."""
        return softplus(-self.discriminator(self.sample_like(real)))

    def sample_like(self, real: Tensor) -> Tensor:
        """As many generated samples as there are real ones."""
        batch = real.shape[len(self.random.size)]
        return self.generator(self.latent.sample(self.random, batch))

    def between(
        self, generator: nn.Module, discriminator: nn.Module, latent: Latent, random: Randomness
    ) -> Self:
        """This game, played by two given networks."""
        game = copy.copy(self)
        players = dict(
            generator=generator, discriminator=discriminator, latent=latent, random=random
        )
        for name, value in players.items():
            object.__setattr__(game, name, value)  # the settings stay frozen, the players join
        return game
