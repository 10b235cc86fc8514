"""What is passed around in a game: samples with or without labels, and what is said of them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Labelled(NamedTuple):
    """Samples x with the class number of each, as games that use labels get them and give them.

    Shapes (batch, …) and (batch,), or (K, batch, …) and (K, batch) for a population.
    """

    x: Tensor
    labels: Tensor


Samples = Tensor | Labelled


def samples(x: Tensor, labels: Tensor | None) -> Samples:
    """Samples with their labels, or without if there are none."""
    return x if labels is None else Labelled(x, labels)


def values(samples: Samples) -> Tensor:
    """The samples without their labels."""
    return samples.x if isinstance(samples, Labelled) else samples


def labels_of(samples: Samples) -> Tensor | None:
    """Their labels, or None."""
    return samples.labels if isinstance(samples, Labelled) else None


def with_values(samples: Samples, x: Tensor) -> Samples:
    """Other samples, with the same labels if there are any."""
    return samples._replace(x=x) if isinstance(samples, Labelled) else x


class Heads(NamedTuple):
    """What a discriminator with a second head says of samples.

    Shapes (batch, 1) and (batch, …), or with K in front for a population.

    Attributes:
        verdict: the logits for real.
        second: what its second head says.
        labels: what that should have been, or None if nobody knows.
    """

    verdict: Tensor
    second: Tensor
    labels: Tensor | None


Answers = Tensor | Heads


def verdict(answers: Answers) -> Tensor:
    """The logits for real alone."""
    return answers.verdict if isinstance(answers, Heads) else answers


def per_sample(x: Tensor, members: int = 0) -> Tensor:
    """One number for each sample, (batch, 1), where there may be a map of them, (batch, 1, h, w).

    Args:
        x: losses or logits; with `members=1` those of a population, K in front.
    """
    return x if x.ndim == 2 + members else x.flatten(1 + members).mean(-1, keepdim=True)


def joined(one: Samples, other: Samples, dim: int = 0) -> Samples:
    """Two sets of samples as one, with the labels of both if there are any."""
    x = torch.cat([values(one), values(other)], dim)
    if labels_of(one) is None:
        return x
    return Labelled(x, torch.cat([labels_of(one), labels_of(other)], dim))
