"""Which generated samples the discriminator learns from: the latest, or older ones among them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_school.checks import check
from gan_school.games.samples import Samples, joined, labels_of, samples, values
from gan_school.randomness import Randomness
from gan_school.settings import setting


@dataclass(frozen=True)
class Fakes:
    """What is put before the discriminator when it learns. G's own loss is about new samples."""

    def __call__(
        self, new: Samples, memory: dict[str, Tensor], random: Randomness, together: int = 1
    ) -> Samples:
        """As many samples as there are new ones.

        Args:
            new: what G has just made.
            memory: what is kept from round to round, see `games.gan.Played`.
            random: where random numbers come from.
            together: how many neighbours D judges together.
        """
        raise NotImplementedError

    def check_batches(self, size: int, together: int) -> None:
        """See that something can come of it with batches of this size.

        Raises:
            ValueError: if it would be as if nothing were put before D in a special way.
        """


@setting
@dataclass(frozen=True)
class Latest(Fakes):
    """What the generator has just made, and nothing else: the usual way."""

    def __call__(
        self, new: Samples, memory: dict[str, Tensor], random: Randomness, together: int = 1
    ) -> Samples:
        return new


@setting
@dataclass(frozen=True)
class Replayed(Fakes):
    """Also samples that G made long ago (Shrivastava et al. 2017, section 2.3).

    A discriminator that sees the latest samples alone forgets what was wrong with earlier ones, and
    G may go back to them. What D judges together is kept together: a pack is of one age.

    Attributes:
        share: of the generated samples that D learns from, that are old. 0 is the ordinary game.
        size: how many are kept. When there are so many, new ones take the places of others.
    """

    share: float = 0.5
    size: int = 1_000

    def __post_init__(self) -> None:
        check(0 <= self.share <= 1, f"share={self.share}: of the samples, from 0 to 1.")
        check(self.size >= 1, f"size={self.size}: 1 sample or more is kept.")

    def check_batches(self, size: int, together: int) -> None:
        few = f"share={self.share}, size={self.size}: in a batch of {size}"
        few += f", {together} judged together" * (together > 1)
        check(
            self.share == 0 or self._packs(size // together, together) > 0,
            f"{few}, nothing of this is kept. Raise them, or leave Replayed out.",
        )

    def _packs(self, new: int, together: int) -> int:
        """How many of so many new packs give their places to old ones."""
        return min(round(self.share * new), self.size // together)

    def __call__(
        self, new: Samples, memory: dict[str, Tensor], random: Randomness, together: int = 1
    ) -> Samples:
        members, kept = len(random.size), _kept(memory)
        packs, room = values(new).shape[members] // together, self.size // together
        count = self._packs(packs, together)
        if not count:
            return new
        fresh, last = torch.arange(packs, device=random.device).split((packs - count, count))
        latest = _picked(new, last, together, members)
        if kept is None:
            _keep(memory, latest)
            return new
        there = values(kept).shape[members] // together
        stay = kept
        if there + count > room:
            places = random.permutation(there)[..., : room - count]
            stay = _picked(kept, places, together, members)
        _keep(memory, joined(stay, latest, members))
        old = _picked(kept, (random.uniform(count) * there).long(), together, members)
        return joined(_picked(new, fresh, together, members), old, members)


def _kept(memory: dict[str, Tensor]) -> Samples | None:
    x = memory.get("replay.x")
    return None if x is None else samples(x, memory.get("replay.labels"))


def _keep(memory: dict[str, Tensor], some: Samples) -> None:
    memory["replay.x"] = values(some)
    if labels_of(some) is not None:
        memory["replay.labels"] = labels_of(some)


def _picked(some: Samples, packs: Tensor, together: int, members: int) -> Samples:
    """Samples by the places of their packs, shape (n,), or (K, n) with some of each member."""
    within = torch.arange(together, device=packs.device)
    places = (packs[..., None] * together + within).flatten(-2)

    def pick(x: Tensor) -> Tensor:
        index = places.reshape(*[1] * (members + 1 - places.ndim), *places.shape)
        return torch.take_along_dim(x, index[(..., *[None] * (x.ndim - index.ndim))], members)

    labels = labels_of(some)
    return samples(pick(values(some)), None if labels is None else pick(labels))
