"""Networks that are told a label.

A generator gets it next to the latent, as an *embedding*: a vector for each class, learned with the
rest of the network. For a discriminator there are two usual ways, and both are here.
"""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn


class LabelledGenerator(nn.Module):
    """G(z, y): the label's embedding joins the latent (Mirza & Osindero 2014).

    Args:
        body: from (batch, 2 · latent) to samples.
        latent: how many random numbers there are, and as many for the label.
        classes: how many labels.
    """

    def __init__(self, body: nn.Module, latent: int, classes: int):
        super().__init__()
        self.in_features, self.classes = latent, classes
        self.embedding = nn.Embedding(classes, latent)
        self.body = body

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        # class numbers, (batch,), or for blends of classes their shares, (batch, classes)
        blend = labels.is_floating_point()
        told = labels @ self.embedding.weight if blend else self.embedding(labels)
        return self.body(torch.cat([z, told], dim=-1))


class ConcatenationDiscriminator(nn.Module):
    """D(x, y): the label's embedding joins the sample, for images as one more channel.

    Mirza & Osindero 2014, figure 1.

    Args:
        features: from samples with the label to (batch, features).
        head: from features to (batch, 1).
        classes: how many labels.
        shape: of the embedding, so that it fits the samples in all dimensions but the first.
    """

    def __init__(self, features: nn.Module, head: nn.Module, classes: int, shape: tuple[int, ...]):
        super().__init__()
        self.classes, self.shape = classes, shape
        self.embedding = nn.Embedding(classes, prod(shape))
        self.features, self.head = features, head

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        plane = self.embedding(labels).unflatten(-1, self.shape)
        return self.head(self.features(torch.cat([x, plane], dim=-len(self.shape))))


class ProjectionDiscriminator(nn.Module):
    """D(x, y) = head(φ(x)) + v_y · φ(x), with features φ (Miyato & Koyama 2018, figure 1d).

    In words: does it look real, and do its features point where those of class y should?

    Args:
        features: φ, from samples to (batch, features).
        head: from features to (batch, 1).
        classes: how many labels.
    """

    def __init__(
        self, features: nn.Module, head: nn.Linear, classes: int, shape: tuple[int, ...] = ()
    ):
        super().__init__()
        self.classes = classes
        self.embedding = nn.Embedding(classes, head.in_features)
        nn.init.normal_(self.embedding.weight, std=head.in_features**-0.5)
        self.features, self.head = features, head

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        found = self.features(x)
        return self.head(found) + (self.embedding(labels) * found).sum(-1, keepdim=True)
