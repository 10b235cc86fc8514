"""The original game."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from gan_school.described import check, described
from gan_school.games.latent import Latent
from gan_school.games.minibatches import Minibatches, Together
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
        minibatches: how real and generated samples come before the discriminator.
    """

    penalty: Penalty = field(default=NoPenalty(), kw_only=True)
    minibatches: Minibatches = field(default=Together(), kw_only=True)

    def __post_init__(self) -> None:
        rewritten = type(self).discriminator_loss is not GAN.discriminator_loss
        check(
            self.minibatches == Together() or not rewritten,
            f"{type(self).__name__} has a discriminator_loss of its own, and {self.minibatches!r} "
            "would not use it. Write it as loss_on_real and loss_on_fake.",
        )

    uses_labels: ClassVar[bool] = False
    """Whether samples come with their labels, as `Labelled`, or as a tensor alone."""

    def discriminator_loss(self, real: Samples) -> Tensor:
        """Mistakes on as many generated samples as there are real ones, and the penalty."""
        fake = self.fakes_for(real)
        mistakes = self.loss_on_real(self.score(real)) + self.loss_on_fake(self.score(fake))
        return mistakes + self.penalty(self, real, fake)

    def loss_on_real(self, logits: Tensor) -> Tensor:
        """−log D(x): real samples are to be called real."""
        return softplus(-logits)

    def loss_on_fake(self, logits: Tensor) -> Tensor:
        """−log(1 − D(G(z))): generated ones are to be called fake."""
        return softplus(logits)

    def loss_of_generator(self, logits: Tensor) -> Tensor:
        """−log D(G(z)): generated samples are to be called real."""
        return softplus(-logits)

    def generator_loss(self, real: Samples) -> Tensor:
        """What the generator pays for as many samples as there are real ones."""
        return self.loss_of_generator(self.score(self.sample_like(real)))

    def discriminator_losses(self, real: Samples) -> Iterator[Tensor]:
        """The discriminator's loss, in as many parts as there are updates with a mini-batch."""
        return self.minibatches.losses(self, real)

    def fakes_for(self, real: Samples) -> Samples:
        """Generated samples for the discriminator to learn from: it learns, and it alone."""
        with torch.no_grad():
            return self.sample_like(real)

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

    def check_networks(self, generator: nn.Module, discriminator: nn.Module) -> None:
        """Raise a ValueError if the networks lack something that this game asks of them."""

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
