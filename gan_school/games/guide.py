"""Somebody who was trained beforehand, and who says which kinds of samples the generator lacks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from gan_school import datasets
from gan_school.checks import check
from gan_school.games.samples import Samples, values
from gan_school.metrics.classifiers import classifier
from gan_school.networks.description import Network, network
from gan_school.randomness import undisturbed
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
class Guide:
    """A classifier that makes G pay for kinds that its samples lack, and that can choose samples.

    To G's loss comes λ · KL(p ‖ q), where p are the mean probabilities that the classifier gives
    the classes in a batch of real samples, and q those in a batch of generated ones: it is 0 if all
    kinds are there in their share, and grows without bound where one is missing.

    Attributes:
        classifier: a network from samples to one logit for each class, trained beforehand, such as
            `trained_classifier("digits", 16)`.
        weight: λ.
    """

    classifier: Network
    weight: float = 1.0

    def __post_init__(self) -> None:
        check(self.weight >= 0, f"Guide(weight={self.weight}): it must be 0 or more.")

    def missing(self, real: Samples, fake: Samples, members: int = 0) -> Tensor:
        """KL(p ‖ q) of the mean probabilities of the classes, shape (1, 1), or (K, 1, 1)."""
        log_p, log_q = (
            each.logsumexp(-2, keepdim=True) - math.log(each.shape[-2])
            for each in (self.log_classes(x, members) for x in (real, fake))
        )
        return (log_p.exp() * (log_p - log_q)).sum(-1, keepdim=True)

    def log_classes(self, samples: Samples, members: int = 0) -> Tensor:
        """The logarithms of the probabilities of the classes, shape (batch, classes)."""
        x = values(samples)
        judge = _built(self.classifier, x.device)
        return judge(x.flatten(0, members)).log_softmax(-1).unflatten(0, x.shape[: members + 1])

    @torch.no_grad()
    def choose(self, x: Tensor, count: int) -> Tensor:
        """Which of many samples to take, so that each class is there as often as the others.

        Of each class those of which the classifier is surest; where one is too rare, more of the
        others.

        Args:
            x: samples to choose from, shape (n, …).
            count: how many are wanted.

        Returns:
            Places in `x`, shape (count,).
        """
        sure, kind = self.log_classes(x).max(-1)
        rank = torch.empty(len(x), dtype=torch.long, device=x.device)
        for label in kind.unique():
            own = (kind == label).nonzero().flatten()
            rank[own[sure[own].argsort(descending=True)]] = torch.arange(len(own), device=x.device)
        return rank.argsort(stable=True)[:count]


@cache
def _built(network: Network, device: torch.device) -> nn.Module:
    """The guide as it was trained: it learns nothing more, and takes no random number of a run."""
    with undisturbed():
        return network.build().eval().requires_grad_(False).to(device)
