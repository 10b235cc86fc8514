"""The first game with one of its losses written another way."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from gan_school.games.gan import GAN
from gan_school.settings import setting


@setting
@dataclass(frozen=True)
class SaturatingGAN(GAN):
    """The zero-sum game (Goodfellow et al. 2014, equation 1): what one gains, the other loses.

    The generator minimises what the discriminator maximises. It has the same equilibrium as the
    non-saturating game, and other gradients: with D(G(z)) = σ(logit), the slope with respect to the
    logit is −D(G(z)) here and −(1 − D(G(z))) there. Where the discriminator is sure that a sample
    is fake, this one is close to zero: the worse the sample, the less there is to learn from it.
    """

    def loss_of_generator(self, logits: Tensor) -> Tensor:
        """log(1 − D(G(z))): generated samples are not to be called fake."""
        return -softplus(logits)


@setting
@dataclass(frozen=True)
class SquaredErrorGAN(GAN):
    """The discriminator learns by the squared error of its probability, not by cross entropy.

    Both have their minimum at the true probability (the squared error is the score of Brier 1950).
    But the squared error is at most 1, and its slope with respect to the logit vanishes where the
    discriminator is sure and wrong. Not the least-squares GAN, which has no sigmoid.
    """

    def loss_on_real(self, logits: Tensor) -> Tensor:
        """(1 − D(x))²"""
        return (1 - torch.sigmoid(logits)).square()

    def loss_on_fake(self, logits: Tensor) -> Tensor:
        """D(G(z))²"""
        return torch.sigmoid(logits).square()
