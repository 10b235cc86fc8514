"""Games in which D compares a real sample with a generated one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import softplus

from gan_school.games.conditional import ConditionalGAN
from gan_school.games.gan import GAN
from gan_school.games.samples import Samples, per_sample
from gan_school.settings import setting


@setting
@dataclass(frozen=True)
class RelativisticGAN(GAN):
    """Is this real sample more real than that generated one? (Jolicoeur-Martineau 2019)

    D pays −log σ(D(x) − D(G(z))) for each pair, and G the same with the roles swapped. In the usual
    game a sample is good if it lies on the right side of one border, and all may lie there in one
    spot; here it is held against a real one. With `penalty=R1(γ) + R2(γ)` this is the game of R3GAN
    (Huang et al. 2024, equations 2 to 4).

    A logit says nothing by itself: only differences count.
    """

    judges_by_probability: ClassVar[bool] = False

    def loss_of_pair(self, on_real: Tensor, on_fake: Tensor) -> Tensor:
        """−log σ(D(x) − D(G(z)))"""
        return softplus(on_fake - on_real)

    def generator_loss(self, real: Samples) -> Tensor:
        """−log σ(D(G(z)) − D(x)): what D would pay, had the two changed places."""
        fake = self.sample_like(real)
        on_real, on_fake = self.minibatches.look(self.look, real, fake, self.members)
        loss = self.loss_of_pair(self.heads(on_fake, fake), self.heads(on_real, real))
        return per_sample(loss, self.members)

    @property
    def guess(self) -> float:
        """Any: one that cannot tell gives all samples the same, whatever that is."""
        return math.nan

    def balance(self) -> tuple[float, float]:
        """log 2 for both, where there is no difference."""
        return math.log(2), math.log(2)


@setting
@dataclass(frozen=True)
class ConditionalRelativisticGAN(ConditionalGAN, RelativisticGAN):
    """The same with labels: both samples of a pair have the same one."""
