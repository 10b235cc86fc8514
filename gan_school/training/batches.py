"""Batches of real samples, in random order."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from gan_school.games.samples import Samples, samples
from gan_school.randomness import Randomness


class Batches:
    """Goes through the data again and again, in a new random order each time.

    Every member of a population goes through it in its own order. A last batch that would be
    smaller than the others is left out; its samples come earlier or later in another epoch.
    The whole data stays on the device: for data this size, that beats loading it piece by piece.

    Args:
        batch_size: how many samples make a batch.
        random: decides the order.
    """

    def __init__(self, batch_size: int, random: Randomness):
        self.batch_size, self.random = batch_size, random
        self.order = torch.empty(*random.size, 0, dtype=torch.long, device=random.device)
        self.position = 0

    def draw_from(self, x: Tensor, labels: Tensor | None = None) -> Self:
        """Set the data.

        Args:
            x: all samples, shape (n, …).
            labels: the class of each sample, shape (n,), if the batches are to have them.
        """
        self.x, self.labels = x, labels
        return self

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Samples:
        """The next batch, shape (batch, …), or (K, batch, …) for a population."""
        if self.position + self.batch_size > self.order.shape[-1]:
            self.order = self.random.permutation(len(self.x))
            self.position = 0
        chosen = self.order[..., self.position : self.position + self.batch_size]
        self.position += self.batch_size
        # index_select: the same as x[chosen], in half the time for small batches
        x = self.x.index_select(0, chosen.flatten()).unflatten(0, chosen.shape)
        return samples(x, None if self.labels is None else self.labels[chosen])

    def state_dict(self) -> dict[str, Tensor]:
        """Where it stands: the order of this epoch, and how far it has got."""
        return {"order": self.order, "position": torch.tensor(self.position)}

    def state_of_member(self, index: int) -> dict[str, Tensor]:
        """The same of one member of a population."""
        return self.state_dict() | {"order": self.order[index]}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Continue where it stood."""
        self.order = state["order"].to(self.random.device)
        self.position = int(state["position"])
