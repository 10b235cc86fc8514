"""The original game."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from gan_school.checks import check
from gan_school.games.latent import Gaussian, Latent
from gan_school.games.minibatches import Minibatches, Together
from gan_school.games.penalties import NoPenalty, Penalty
from gan_school.games.samples import Samples, labels_of, values
from gan_school.games.targets import Hard, Targets
from gan_school.games.views import Clear, View
from gan_school.randomness import Randomness
from gan_school.settings import setting


@setting
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
        targets: what the discriminator is told that they are.
        view: what it gets to see of them.
    """

    penalty: Penalty = field(default=NoPenalty(), kw_only=True)
    minibatches: Minibatches = field(default=Together(), kw_only=True)
    targets: Targets = field(default=Hard(), kw_only=True)
    view: View = field(default=Clear(), kw_only=True)

    uses_labels: ClassVar[bool] = False
    """Whether samples come with their labels, as `Labelled`, or as a tensor alone."""

    judges_by_probability: ClassVar[bool] = True
    """Whether the discriminator's `opinion` of a sample is the probability that it is real."""

    def __post_init__(self) -> None:
        name = type(self).__name__
        rewritten = type(self).discriminator_loss is not GAN.discriminator_loss
        check(
            self.minibatches == Together() or not rewritten,
            f"{name} has a discriminator_loss of its own, and {self.minibatches!r} would not use "
            "it. Write it as loss_on_real and loss_on_fake.",
        )
        check(
            self.targets == Hard() or type(self).loss_on_real is GAN.loss_on_real,
            f"{self.targets!r} are targets for cross entropy, and {name} has another loss. Leave "
            "them out, or play GAN().",
        )

    # ------------------------------------------------------------------------------ the losses

    def loss_on_real(self, logits: Tensor) -> Tensor:
        """−log D(x): real samples are to be called real."""
        return self.targets.loss_on_real(logits, self)

    def loss_on_fake(self, logits: Tensor) -> Tensor:
        """−log(1 − D(G(z))): generated ones are to be called fake."""
        return self.targets.loss_on_fake(logits, self)

    def loss_of_generator(self, logits: Tensor) -> Tensor:
        """−log D(G(z)): generated samples are to be called real."""
        return softplus(-logits)

    def discriminator_loss(self, real: Samples) -> Tensor:
        """Mistakes on as many generated samples as there are real ones, and the penalty."""
        fake = self.fakes_for(real)
        on_real = self.cost_of_real(self.look(real), real)
        on_fake = self.cost_of_fake(self.look(fake), fake)
        return on_real + on_fake + self.penalty(self, real, fake)

    def generator_loss(self, real: Samples) -> Tensor:
        """What the generator pays for as many samples as there are real ones."""
        fake = self.sample_like(real)
        return self.cost_of_generator(self.look(fake), fake)

    # Where D says more of a sample than one logit, a game adds to these three what that is for.

    def cost_of_real(self, answers: Tensor, real: Samples) -> Tensor:
        """All that the discriminator pays for its answers about real samples."""
        return self.loss_on_real(answers)

    def cost_of_fake(self, answers: Tensor, fake: Samples) -> Tensor:
        """All that the discriminator pays for its answers about generated samples."""
        return self.loss_on_fake(answers)

    def cost_of_generator(self, answers: Tensor, fake: Samples) -> Tensor:
        """All that the generator pays for the answers about its samples."""
        return self.loss_of_generator(answers)

    def discriminator_losses(self, real: Samples) -> Iterator[Tensor]:
        """The discriminator's loss, in as many parts as there are updates with a mini-batch."""
        return self.minibatches.losses(self, real)

    def constrain(self, weights: Iterable[nn.Parameter]) -> None:
        """Bring the discriminator's weights back to where the game wants them, after an update."""

    # ------------------------------------------------------------------- asking the two networks

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

    def look(self, samples: Samples) -> Tensor:
        """What the discriminator makes of samples as it gets to see them while it learns."""
        return self.answers(self.view(samples, self.random, self.progress()))

    def answers(self, samples: Samples) -> Tensor:
        """All that the discriminator says of samples, shape (batch, `answer_count`)."""
        return self.discriminator(values(samples))

    def score(self, samples: Samples) -> Tensor:
        """Its verdict alone: the logits, shape (batch, 1)."""
        return self.answers(samples)

    def opinion(self, logits: Tensor) -> Tensor:
        """What its logits say: the probability of real, σ(logit), or in some games the score."""
        return torch.sigmoid(logits) if self.judges_by_probability else logits

    @property
    def guess(self) -> float:
        """The logit of a discriminator that cannot tell real from generated samples at all."""
        share = sum(self.targets.means) / 2
        return math.log(share / (1 - share))

    def balance(self) -> tuple[float, float]:
        """The losses of D and of G if D could only guess, penalties and second heads left out."""
        game = self.between(nn.Identity(), nn.Identity(), Gaussian(1), Randomness(0))
        guess = torch.full((1000, 1), self.guess)
        of_d = game.loss_on_real(guess) + game.loss_on_fake(guess)
        return of_d.mean().item(), game.loss_of_generator(guess).mean().item()

    # ---------------------------------------------------------------------- before the game begins

    def answer_count(self, classes: int) -> int:
        """How many numbers it asks the discriminator for, when the data has so many classes."""
        return 1

    def check_networks(self, generator: nn.Module, discriminator: nn.Module) -> None:
        """Raise a ValueError if the networks lack something that this game asks of them."""

    def check_latent(self, latent: Latent) -> None:
        """Raise a ValueError if this game needs another kind of latent."""

    def between(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        latent: Latent,
        random: Randomness,
        progress: Callable[[], float] = lambda: 0.0,
    ) -> Self:
        """This game, played by two given networks.

        Args:
            generator, discriminator: the networks, or populations of them.
            latent: what goes into the generator.
            random: where random numbers come from.
            progress: says how much of the run is over, from 0 to 1.
        """
        game = copy.copy(self)
        players = dict(
            generator=generator,
            discriminator=discriminator,
            latent=latent,
            random=random,
            progress=progress,
        )
        for name, value in players.items():
            object.__setattr__(game, name, value)  # the settings stay frozen, the players join
        return game
