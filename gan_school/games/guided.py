"""A game in which somebody who was trained beforehand has a say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch
from torch import Tensor, nn

from gan_school import datasets
from gan_school.checks import check
from gan_school.games.gan import GAN
from gan_school.games.samples import Samples, values
from gan_school.metrics.classifiers import classifier
from gan_school.networks.description import Network, network
from gan_school.settings import setting

KNOWN = {"digits": datasets.digits, "flowers": lambda size: datasets.flowers(size=size)}


@network
def trained_classifier(name: str, size: int = 16) -> nn.Module:
    """The network of a classifier that was trained beforehand: `metrics.classifier`.

    Args:
        name: what it was trained on, "digits" or "flowers", whose classes are numbers of petals.
        size: of the pictures.
    """
    check(name in KNOWN, f"there is no classifier of {name!r}, but of {', '.join(KNOWN)}.")
    return classifier(KNOWN[name](size)).network


@setting
@dataclass(frozen=True)
class GuidedGAN(GAN):
    """G also pays for kinds that its samples lack, says a classifier that was trained beforehand.

    To its loss comes λ · KL(p ‖ q), where p are the mean probabilities that the classifier gives
    the classes in a batch of real samples, and q those in a batch of generated ones: it is 0 if all
    kinds are there in their share, and grows without bound where one is missing.

    Attributes:
        guide: the classifier, a network from samples to one logit for each class.
        weight: λ.
    """

    guide: Network | None = None
    weight: float = 1.0

    adds_to_losses: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check(
            self.guide is not None,
            "a GuidedGAN needs a guide: a network that names the classes of samples, and that was "
            "trained beforehand, such as games.trained_classifier('digits', 16).",
        )
        check(self.weight >= 0, f"weight={self.weight}: it must be 0 or more.")

    def generator_loss(self, real: Samples) -> Tensor:
        """The usual loss, and what the kinds cost that are missing."""
        loss = super().generator_loss(real)
        if not self.weight:
            return loss
        return loss + self.weight * self.missing(real, self.sample_like(real))

    def missing(self, real: Samples, fake: Samples) -> Tensor:
        """KL(p ‖ q) of the mean probabilities of the classes, shape (1, 1), or (K, 1, 1)."""
        p, q = (self.classes_of(x).mean(-2, keepdim=True) for x in (real, fake))
        return (p * (p.clamp_min(1e-12) / q.clamp_min(1e-12)).log()).sum(-1, keepdim=True)

    def classes_of(self, samples: Samples) -> Tensor:
        """The probabilities of the classes, shape (batch, classes)."""
        x = values(samples)
        judge = _built(self.guide).to(x.device)
        each = judge(x.flatten(0, self.members)).softmax(-1)
        return each.unflatten(0, x.shape[: self.members + 1])


@cache
def _built(guide: Network) -> nn.Module:
    """The guide as it was trained: it learns nothing more."""
    return guide.build().eval().requires_grad_(False)


def chosen(game: GuidedGAN, z: Tensor, count: int, shares: Tensor | None = None) -> Tensor:
    """Which of many latent vectors to take, so that the guide finds each class in its share.

    Of each class those are taken of which it is surest.

    Args:
        game: between two networks: `run.game`.
        z: latent vectors to choose from, shape (n, latent).
        count: how many are wanted.
        shares: of the classes, shape (classes,); without them all are the same.

    Returns:
        Places in `z`, fewer than `count` where a class is too rare.
    """
    with torch.no_grad():
        likely = game.classes_of(game.generate(z))
    (sure, kind), classes = likely.max(-1), likely.shape[-1]
    shares = torch.full((classes,), 1 / classes) if shares is None else shares
    wanted = (shares * count).round().long().tolist()
    places = []
    for label, many in enumerate(wanted):
        own = (kind == label).nonzero().flatten()
        places.append(own[sure[own].argsort(descending=True)][:many])
    return torch.cat(places)
