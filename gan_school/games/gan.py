"""The original game."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from gan_school.described import described
from gan_school.games.latent import Latent
from gan_school.games.penalties import NoPenalty, Penalty
from gan_school.games.samples import Samples, labels_of, values
from gan_school.randomness import Randomness


@described
@dataclass(frozen=True)
class GAN:
    """The non-saturating game (Goodfellow et al. 2014, section 3). The discriminator gives logits.

    With D(x) = σ(logit), the probability that x is real: −log D(x) is softplus(−logit), and
    −log(1 − D(x)) is softplus(logit). Written so, neither ever takes the logarithm of zero.

    A variant of the game is a subclass with other losses. Losses come back one per sample, shape
    (batch, 1), or (K, batch, 1) for a population; the training loop does the averaging.

    Attributes:
        penalty: what the discriminator pays besides, for being steep for example.
    """

    penalty: Penalty = field(default=NoPenalty(), kw_only=True)

    uses_labels: ClassVar[bool] = False
    """Whether samples come with their labels, as `Labelled`, or as a tensor alone."""

    def discriminator_loss(self, real: Samples) -> Tensor:
        """−log D(x) − log(1 − D(G(z))): real points are to be called real, and fakes fake."""
        with torch.no_grad():  # here the discriminator learns, and it alone
            fake = self.sample_like(real)
        mistakes = softplus(-self.score(real)) + softplus(self.score(fake))
        return mistakes + self.penalty(self, real, fake)

    def generator_loss(self, real: Samples) -> Tensor:
        """−log D(G(z)): fakes are to be called real."""
        return softplus(-self.score(self.sample_like(real)))

    def sample_like(self, real: Samples) -> Samples:
        """As many generated samples as there are real ones, and with the same labels."""
        batch = values(real).shape[len(self.random.size)]
        return self.generate(self.latent.sample(self.random, batch), labels_of(real))

    def generate(self, z: Tensor, labels: Tensor | None = None) -> Samples:
        """What the generator makes of latent vectors: G(z)."""
        return self.generator(z)

    def score(self, samples: Samples) -> Tensor:
        """What the discriminator makes of samples: its logits, shape (batch, 1)."""
        return self.discriminator(samples)

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
