"""What goes into the generator: random numbers of one kind or another."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from gan_school.described import check, described
from gan_school.randomness import Randomness


@dataclass(frozen=True)
class Latent:
    """A distribution over vectors of `size` numbers."""

    size: int

    def __post_init__(self) -> None:
        whole = isinstance(self.size, int) and not isinstance(self.size, bool)
        check(
            whole and self.size >= 1,
            f"the latent has size {self.size!r}. A generator needs a whole number of random "
            "numbers, 1 or more.",
        )

    def sample(self, random: Randomness, batch: int) -> Tensor:
        """Draw a batch, shape (batch, size), or (K, batch, size) for a population."""
        raise NotImplementedError


@described
@dataclass(frozen=True)
class Gaussian(Latent):
    """Independent standard normal numbers, the usual choice."""

    def sample(self, random: Randomness, batch: int) -> Tensor:
        return random.normal(batch, self.size)


@described
@dataclass(frozen=True)
class Uniform(Latent):
    """Independent numbers, equally likely anywhere between −1 and 1."""

    def sample(self, random: Randomness, batch: int) -> Tensor:
        return random.uniform(batch, self.size) * 2 - 1
