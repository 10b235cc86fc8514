"""Asking a trained generator for samples. Neither data nor discriminator is needed for that."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gan_school.games import GAN
from gan_school.games.latent import Latent
from gan_school.games.samples import values
from gan_school.hardware import limited_threads, threads
from gan_school.networks.description import evaluating
from gan_school.randomness import Randomness

# So many samples are asked about at a time, to keep the feature maps of images within memory.
BLOCK = 1000


class Sampler:
    """A generator, and what must be known to draw samples from it.

    Args:
        network: the generator, or a population of them.
        game: the game it was trained in, which knows how a generator is asked.
        latent: what goes in.
        class_count: how many classes it knows, if the game uses labels.
        size: () for one generator, (K,) for a population.
        work: floating-point operations of a training step, which decides the number of threads.
    """

    def __init__(
        self,
        network: nn.Module,
        game: GAN,
        latent: Latent,
        class_count: int = 0,
        size: tuple[int, ...] = (),
        work: float = 0.0,
    ):
        self.network, self.latent, self.size, self.work = network, latent, size, work
        self.game = game.between(network, nn.Identity(), latent, Randomness(0))
        self.class_count = class_count

    def sample(self, n: int | None = None, seed: int = 0, *, labels: Any = None) -> Tensor:
        """Draw samples; see `Run.sample`."""
        if n is None:
            n = 1000 if np.ndim(labels) == 0 else len(labels)
        return self.generate(self.latent.sample(Randomness(seed), n), labels)

    def generate(self, z: Tensor, labels: Any = None) -> Tensor:
        """Give the generator latent vectors of your own choice; see `Run.generate`."""
        z = torch.as_tensor(z, dtype=torch.float32)
        labels = checked_labels(labels, z.shape[-2], self.game, self.class_count)
        with few_threads(self.work):
            return in_blocks(
                lambda *batch: values(self.game.generate(*batch)),
                self.network, z, labels, dimensions=1, size=self.size,
            )  # fmt: skip


def few_threads(work: float) -> AbstractContextManager[None]:
    """As many threads as the size of the networks is worth, for as long as they compute."""
    return limited_threads(threads(work))


@torch.no_grad()
def in_blocks(
    question: Callable[[Tensor, Tensor | None], Tensor],
    network: nn.Module,
    x: Tensor,
    labels: Tensor | None,
    dimensions: int,
    size: tuple[int, ...],
) -> Tensor:
    """Put a question to a network, block by block, about inputs that members share or each has.

    Args:
        question: gives the network's answer to inputs and labels.
        network: put into evaluation mode for as long as it is asked.
        x: n inputs of so many dimensions each, or K times n.
        labels: n labels, or None.
        size: () for one network, (K,) for a population.

    Returns:
        The answers, shape (n, …) or (K, n, …), on the CPU.
    """
    device = next(network.parameters()).device
    if size and x.ndim == 1 + dimensions:
        x = x.expand(*size, *x.shape)
    if labels is not None:
        labels = labels.expand(*size, *labels.shape)
    answers = []
    with evaluating(network):
        for start in range(0, max(x.shape[len(size)], 1), BLOCK):
            part = (slice(None),) * len(size) + (slice(start, start + BLOCK),)
            block = (y if y is None else y[part].to(device) for y in (x, labels))
            answers.append(question(*block).cpu())
    return torch.cat(answers, dim=len(size))


def checked_labels(labels: Any, n: int, game: GAN, class_count: int) -> Tensor | None:
    """Labels for n samples, as the game wants them.

    Args:
        labels: None, one class, a class for each sample, or the shares of the classes in each.

    Returns:
        None without labels; class numbers, shape (n,); or shares, shape (n, classes).

    Raises:
        ValueError: if they do not fit.
    """
    if not game.uses_labels:
        if labels is not None:
            raise ValueError(
                f"the game {type(game).__name__} knows no labels, so none can be asked for. Train "
                "with Recipe(game=games.ConditionalGAN()) and networks that take classes=…"
            )
        return None
    if labels is None:
        return torch.arange(n) % class_count
    labels = torch.as_tensor(labels)
    if labels.is_floating_point():
        if labels.shape != (n, class_count):
            raise ValueError(
                f"shares of classes have shape {(n, class_count)}, not {tuple(labels.shape)}."
            )
        return labels.float()
    labels = labels.long().expand(n) if labels.ndim == 0 else labels.long()
    if labels.shape != (n,):
        raise ValueError(f"{n} samples need {n} labels. Got shape {tuple(labels.shape)}.")
    if n and not 0 <= int(labels.min()) <= int(labels.max()) < class_count:
        raise ValueError(
            f"labels run from {int(labels.min())} to {int(labels.max())}, and this GAN knows the "
            f"classes 0 to {class_count - 1}."
        )
    return labels
