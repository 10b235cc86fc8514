"""The game with labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from gan_school.games.gan import GAN
from gan_school.games.samples import Labelled
from gan_school.settings import setting


@setting
@dataclass(frozen=True)
class ConditionalGAN(GAN):
    """Both networks are told the label y (Mirza & Osindero 2014, equation 2): D(x, y) and G(z, y).

    A real sample comes with its own label. A generated one is made for a label of the batch, and
    judged with that label: a good 3 that was asked to be a 5 is a bad fake. The losses are those of
    the game without labels.
    """

    uses_labels: ClassVar[bool] = True

    def generate(self, z: Tensor, labels: Tensor) -> Labelled:
        """What the generator makes of latent vectors and labels: G(z, y)."""
        return Labelled(self.generator(z, labels), labels)

    def answers(self, samples: Labelled) -> Tensor:
        """What the discriminator says of samples with their labels: D(x, y)."""
        return self.discriminator(samples.x, samples.labels)
