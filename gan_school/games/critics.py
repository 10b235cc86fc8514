"""Games in which the discriminator gives a score, and not a probability."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from gan_school.checks import check
from gan_school.games.conditional import ConditionalGAN
from gan_school.games.gan import GAN
from gan_school.settings import setting


@setting
@dataclass(frozen=True)
class LeastSquaresGAN(GAN):
    """Real samples are to score 1, generated ones 0 (Mao et al. 2017, equation 9).

    A sample is paid for by its distance from the score it should have, even one that is on the
    right side already. The best score is the probability of real, as in the first game, found by
    regression; nothing keeps it between 0 and 1.
    """

    judges_by_probability: ClassVar[bool] = False

    def loss_on_real(self, logits: Tensor) -> Tensor:
        """½ (D(x) − 1)²"""
        return (logits - 1).square() / 2

    def loss_on_fake(self, logits: Tensor) -> Tensor:
        """½ D(G(z))²"""
        return logits.square() / 2

    def loss_of_generator(self, logits: Tensor) -> Tensor:
        """½ (D(G(z)) − 1)²"""
        return (logits - 1).square() / 2

    @property
    def guess(self) -> float:
        """Half way."""
        return 0.5


@setting
@dataclass(frozen=True)
class HingeGAN(GAN):
    """Real samples are to score 1 or more, generated ones −1 or less (Lim & Ye 2017).

    Samples that do are left alone: D learns from those near the border, as a support vector machine
    does. G wants a higher score, however high it is.
    """

    judges_by_probability: ClassVar[bool] = False

    def loss_on_real(self, logits: Tensor) -> Tensor:
        """max(0, 1 − D(x))"""
        return relu(1 - logits)

    def loss_on_fake(self, logits: Tensor) -> Tensor:
        """max(0, 1 + D(G(z)))"""
        return relu(1 + logits)

    def loss_of_generator(self, logits: Tensor) -> Tensor:
        """−D(G(z))"""
        return -logits


@setting
@dataclass(frozen=True)
class WassersteinGAN(GAN):
    """The critic scores, it does not classify (Arjovsky et al. 2017, algorithm 1).

    Among all functions with a slope of at most 1, the one with the largest difference between its
    mean on real and on generated samples has, as that difference, the Wasserstein-1 distance: how
    far the mass of one must be moved, on average, to become the other. So a critic that is held to
    slopes of at most k says k times that distance, and its loss is a curve that means something.

    Something has to hold it: either clipping, `WassersteinGAN(clip=0.01)`, or a penalty,
    `WassersteinGAN(penalty=GradientPenalty(10.0))`. Without either, it is not a Wasserstein GAN.

    Attributes:
        clip: after every update of the critic, its weights are cut to lie between −clip and clip.
    """

    clip: float | None = None

    judges_by_probability: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check(
            self.clip is None or self.clip > 0,
            f"WassersteinGAN(clip={self.clip}): weights are cut to lie between −clip and clip. "
            "Give a number above 0, such as 0.01, or None.",
        )

    def loss_on_real(self, logits: Tensor) -> Tensor:
        """−D(x)"""
        return -logits

    def loss_on_fake(self, logits: Tensor) -> Tensor:
        """D(G(z))"""
        return logits

    def loss_of_generator(self, logits: Tensor) -> Tensor:
        """−D(G(z))"""
        return -logits

    @torch.no_grad()
    def constrain(self, weights: Iterable[nn.Parameter]) -> None:
        """Cut the critic's weights."""
        if self.clip is not None:
            for weight in weights:
                weight.clamp_(-self.clip, self.clip)


@setting
@dataclass(frozen=True)
class ConditionalWassersteinGAN(ConditionalGAN, WassersteinGAN):
    """The Wasserstein game with labels: asked like its first parent, paid like its second."""
