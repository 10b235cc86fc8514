"""Games that look beyond the present round: at D as it will be, or at samples of the past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gan_school.checks import check
from gan_school.games.gan import GAN
from gan_school.games.samples import Samples, joined, labels_of, samples, values
from gan_school.settings import setting


@setting
@dataclass(frozen=True)
class UnrolledGAN(GAN):
    """G pays what D will say of its samples after k more updates (Metz et al. 2017, equation 9).

    And it is told by how much its samples would change D in these, for gradients flow through them:
    whoever crowds all samples into one spot sees D drive them away from it. D itself then makes its
    one ordinary step.

    The updates ahead are D's own, with its optimiser as it stands, all on the latest mini-batch and
    the same generated samples. Two things are left out: cutting weights after an update, and what
    layers such as BatchNorm would remember of it.

    Attributes:
        updates: k, how far G looks ahead. 0 is the ordinary game.
    """

    updates: int = 5

    adds_to_losses: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check(self.updates >= 0, f"updates={self.updates}: G looks 0 updates ahead, or more.")
        check(
            self.minibatches.updates == 1,
            f"an {type(self).__name__} looks through updates with real and generated samples, and "
            f"{self.minibatches!r} parts them. Leave it out.",
        )

    def generator_loss(self, real: Samples) -> Tensor:
        """The generator's usual loss, before the discriminator that would be there in k updates."""
        if not self.updates:
            return super().generator_loss(real)
        fake = self.sample_like(real)
        later = self.after(self.updates, lambda game: game.discriminator_loss(real, fake))
        return super(UnrolledGAN, later).generator_loss(real)


@setting
@dataclass(frozen=True)
class ReplayedGAN(GAN):
    """D also learns from samples that G made long ago (Shrivastava et al. 2017, section 2.3).

    A discriminator that sees the latest samples alone forgets what was wrong with earlier ones, and
    G may go back to them.

    Attributes:
        share: of the generated samples that D learns from, that are old. 0 is the ordinary game.
        size: how many are kept. When there are so many, new ones take the places of others.
    """

    share: float = 0.5
    size: int = 1_000

    def __post_init__(self) -> None:
        super().__post_init__()
        check(0 <= self.share <= 1, f"share={self.share}: of the samples, from 0 to 1.")
        check(self.size >= 1, f"size={self.size}: 1 sample or more is kept.")

    def fakes_for(self, real: Samples) -> Samples:
        """Generated samples for D to learn from: new ones, and then old ones."""
        new = super().fakes_for(real)
        batch = values(new).shape[self.members]
        count = min(round(self.share * batch), self.size)
        if not count:
            return new
        fresh, last = torch.arange(batch, device=values(new).device).split((batch - count, count))
        kept = self._kept()
        self._keep(kept, self._picked(new, last))
        if kept is None:
            return new
        chosen = (self.random.uniform(count) * values(kept).shape[self.members]).long()
        return joined(self._picked(new, fresh), self._picked(kept, chosen), self.members)

    def _kept(self) -> Samples | None:
        x = self.memory.get("replay.x")
        return None if x is None else samples(x, self.memory.get("replay.labels"))

    def _keep(self, kept: Samples | None, new: Samples) -> None:
        """New samples join those that are kept; where there is no room, in the places of some."""
        if kept is not None:
            there, room = (values(x).shape[self.members] for x in (kept, new))
            if there + room > self.size:
                stay = self.random.permutation(there)[..., : self.size - room]
                kept = self._picked(kept, stay)
            new = joined(kept, new, self.members)
        self.memory["replay.x"] = values(new)
        if labels_of(new) is not None:
            self.memory["replay.labels"] = labels_of(new)

    def _picked(self, some: Samples, places: Tensor) -> Samples:
        """Samples by their places in the batch, shape (n,), or (K, n) with some of each member."""

        def pick(x: Tensor) -> Tensor:
            index = places.reshape(*[1] * (self.members + 1 - places.ndim), *places.shape)
            return torch.take_along_dim(
                x, index[(..., *[None] * (x.ndim - index.ndim))], self.members
            )

        labels = labels_of(some)
        return samples(pick(values(some)), None if labels is None else pick(labels))
