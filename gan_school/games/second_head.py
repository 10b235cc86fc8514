"""Games in which the discriminator has a second task: to read something off the samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import cross_entropy

from gan_school.checks import check
from gan_school.games.conditional import ConditionalGAN
from gan_school.games.gan import GAN
from gan_school.games.latent import Code, Coded, Latent
from gan_school.games.samples import Answers, Heads, Labelled, Samples, labels_of, verdict
from gan_school.settings import setting


@dataclass(frozen=True)
class TwoTasks(GAN):
    """A game with a discriminator of two heads: the usual losses, and that of the second head.

    Attributes:
        weight: of the second head's loss, next to that of real and generated.
    """

    weight: float = 1.0

    adds_to_losses: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check(self.weight >= 0, f"weight={self.weight}: it must be 0 or more.")

    def second_mistakes(self, answers: Tensor, labels: Tensor) -> Tensor:
        """Those of the second head, given what it should have said, shape (batch, 1)."""
        raise NotImplementedError

    def heads(self, answers: Tensor, samples: Samples) -> Heads:
        """The logit for real; the second head's answers; and what these should have been."""
        return Heads(answers[..., :1], answers[..., 1:], labels_of(samples))

    def loss_on_real(self, answers: Answers) -> Tensor:
        """Mistakes about real samples, in both tasks."""
        return super().loss_on_real(verdict(answers)) + self.second_loss(answers)

    def loss_on_fake(self, answers: Answers) -> Tensor:
        """Mistakes about generated samples, in both tasks."""
        return super().loss_on_fake(verdict(answers)) + self.second_loss(answers)

    def loss_of_generator(self, answers: Answers) -> Tensor:
        """Samples that pass for real, and that the second head reads rightly, cost nothing."""
        return super().loss_of_generator(verdict(answers)) + self.second_loss(answers)

    def second_loss(self, answers: Answers) -> Tensor | float:
        """What the second head's answers cost, shape (batch, 1); 0 where nobody knows better."""
        if not isinstance(answers, Heads) or answers.labels is None:
            return 0.0
        return self.weight * self.second_mistakes(answers.second, answers.labels)


@setting
@dataclass(frozen=True)
class AuxiliaryClassifierGAN(TwoTasks, ConditionalGAN):
    """D is not told the class of a sample, but has to name it (Odena et al. 2017, section 4).

    The discriminator gives one logit more for every class: D(x) = (is it real?, which class is it?)
    It learns the classes from real samples and from generated ones, and G, which is told the class
    y, is to make samples that are taken for real and for a y.

    Attributes:
        weight: of the cross entropy of the classes, next to that of real and generated.
    """

    def second_mistakes(self, answers: Tensor, labels: Tensor) -> Tensor:
        """−log P(class = y | x), shape (batch, 1)."""
        # of a population, members and samples in one dimension: each loss is of one sample alone
        loss = cross_entropy(answers.flatten(0, -2), labels.flatten(), reduction="none")
        return loss.reshape(*labels.shape, 1)

    def answers(self, samples: Labelled) -> Tensor:
        """A logit for real, then one for each class; D sees the samples alone."""
        return self.discriminator(samples.x)

    def answer_count(self, classes: int) -> int:
        """1 + classes"""
        return 1 + classes


@setting
@dataclass(frozen=True)
class InfoGAN(TwoTasks):
    """Some latent numbers, the codes, must be readable off the samples (Chen et al. 2016).

    The generator gets noise z and codes c, and a reader Q, a second head on the discriminator's
    features, guesses c from G(z, c). How well it does so is a lower bound on the mutual information
    I(c; G(z, c)) (their equation 5):

        L_I = E[log Q(c | G(z, c))] + H(c)

    G and Q maximise it together. No label is used: what the codes come to mean, the game finds out.
    Play it with `latent=Coded(16, (Categorical(10), Uniform(2)))` for example.

    Attributes:
        weight: λ, of the mutual information next to the game's own losses. The paper has 1 for a
            choice of classes. Where there are numbers among the codes, that can leave the players
            with little interest in anything else.
    """

    weight: float = 0.1

    def generate(self, z: Tensor, labels: Tensor | None = None) -> Labelled:
        """G(z, c), labelled with the codes that are in the latent vectors."""
        return Labelled(self.generator(z), z[..., self.latent.noise.size :])

    def second_mistakes(self, answers: Tensor, codes: Tensor) -> Tensor:
        """−log Q(c | x) − H(c): Q, a part of D, learns to read, and G to be read."""
        return -self.information(answers, codes)

    def information(self, answers: Tensor, codes: Tensor) -> Tensor:
        """log Q(c | x) + H(c) for every sample, in nats, shape (batch, 1); its mean is L_I."""
        total = answers.new_zeros(1)
        true = codes.split([kind.size for kind in self.latent.codes], -1)
        for (kind, answer), code in zip(self.answers_by_code(answers), true, strict=True):
            total = total + kind.log_likelihood(answer, code) + kind.entropy
        return total

    def read(self, answers: Answers) -> tuple[Tensor, ...]:
        """What Q takes for the codes: for each its likeliest value."""
        return tuple(kind.read(answer) for kind, answer in self.answers_by_code(answers.second))

    def answers_by_code(self, answers: Tensor) -> list[tuple[Code, Tensor]]:
        """Each code, with the part of the second head's answers that is about it."""
        kinds = self.latent.codes
        return list(
            zip(kinds, answers.split([kind.answer_count for kind in kinds], -1), strict=True)
        )

    def answer_count(self, classes: int) -> int:
        """1, and what it takes to say the codes."""
        return 1 + self.latent.answer_count

    def check_latent(self, latent: Latent) -> None:
        """It must have codes."""
        check(
            isinstance(latent, Coded),
            f"InfoGAN needs codes in its latent, and {latent!r} has none. Give Recipe(latent=Coded("
            "16, (Categorical(10), Uniform(2)))) or the like.",
        )
