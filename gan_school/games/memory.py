"""Games that look beyond the present round: at D as it will be, or at samples of the past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gan_school.checks import check
from gan_school.games.gan import GAN
from gan_school.games.samples import Samples, labels_of, samples, values
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
        kept = self._kept()
        self._keep(new, count)
        return new if kept is None else self._mixed(new, kept, batch - count, count)

    def _kept(self) -> Samples | None:
        old = self.memory.get("replay.x")
        return None if old is None else samples(old, self.memory.get("replay.labels"))

    def _mixed(self, new: Samples, kept: Samples, fresh: int, count: int) -> Samples:
        """The first of the new ones, and some of those that were kept."""
        there = values(kept).shape[self.members]
        chosen = (self.random.uniform(count) * there).long()

        def mixed(one: Tensor, other: Tensor) -> Tensor:
            return torch.cat(
                [one.narrow(self.members, 0, fresh), self._taken(other, chosen)], self.members
            )

        labels = labels_of(new)
        told = None if labels is None else mixed(labels, labels_of(kept))
        return samples(mixed(values(new), values(kept)), told)

    def _keep(self, new: Samples, count: int) -> None:
        """The last of the new ones join those that are kept, or take the places of some."""
        there = self.memory.get("replay.x")
        full = there is not None and there.shape[self.members] == self.size
        places = self.random.permutation(self.size)[..., :count] if full else None
        for name, x in (("replay.x", values(new)), ("replay.labels", labels_of(new))):
            if x is None:
                continue
            last = x.narrow(self.members, x.shape[self.members] - count, count)
            if full:
                index = self._like(places, last)
                self.memory[name] = self.memory[name].scatter(self.members, index, last)
            else:
                parts = [self.memory[name], last] if name in self.memory else [last]
                self.memory[name] = torch.cat(parts, self.members).narrow(
                    self.members, 0, min(self.size, sum(p.shape[self.members] for p in parts))
                )

    def _taken(self, x: Tensor, index: Tensor) -> Tensor:
        """Some samples of each member, by their places, shape (n,) or (K, n)."""
        chosen = x.narrow(self.members, 0, 1).expand(
            *x.shape[: self.members], index.shape[-1], *x.shape[self.members + 1 :]
        )
        return x.gather(self.members, self._like(index, chosen))

    def _like(self, index: Tensor, x: Tensor) -> Tensor:
        """Places of samples, for every number of them."""
        return index.reshape(*index.shape, *[1] * (x.ndim - index.ndim)).expand(x.shape)
