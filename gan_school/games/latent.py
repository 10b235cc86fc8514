"""What goes into the generator: random numbers of one kind or another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import log_softmax, one_hot

from gan_school.checks import check
from gan_school.randomness import Randomness
from gan_school.settings import setting


class Latent:
    """A distribution over vectors of `size` numbers."""

    size: int

    def sample(self, random: Randomness, batch: int) -> Tensor:
        """Draw a batch, shape (batch, size), or (K, batch, size) for a population."""
        raise NotImplementedError


@dataclass(frozen=True)
class Code(Latent):
    """A distribution that can also be a code: numbers that are to be read off a sample again.

    What a network answers when it is asked for the code of a sample stands for a distribution over
    codes; how likely that makes the true one says how well the network reads.
    """

    size: int

    def __post_init__(self) -> None:
        check(
            self.size >= 1,
            f"{type(self).__name__}: the latent has size {self.size!r}. A generator needs a whole "
            "number of random numbers, 1 or more.",
        )

    @property
    def answer_count(self) -> int:
        """How many numbers a network answers with when it is asked for the code."""
        raise NotImplementedError

    @property
    def entropy(self) -> float:
        """What there is to know about a code before anybody has looked, in nats."""
        raise NotImplementedError

    def log_likelihood(self, answers: Tensor, code: Tensor) -> Tensor:
        """log Q(code | answers), shape (batch, 1), from (batch, answer_count) and (batch, size)."""
        raise NotImplementedError

    def read(self, answers: Tensor) -> Tensor:
        """The likeliest code, as shares or means, shape (batch, size)."""
        raise NotImplementedError


class _Continuous(Code):
    """Read as a normal distribution: the answers are its means, and logarithms of variances."""

    # No reader may claim to know a number better than to 0.05: where the generator is exact, the
    # likelihood would rise without end, and the game would be about nothing else.
    LEAST_LOG_VARIANCE = 2 * math.log(0.05)

    @property
    def answer_count(self) -> int:
        return 2 * self.size

    def log_likelihood(self, answers: Tensor, code: Tensor) -> Tensor:
        mean, log_variance = answers.chunk(2, -1)
        log_variance = log_variance.clamp_min(self.LEAST_LOG_VARIANCE)
        squares = (code - mean).square() / log_variance.exp()
        return -(squares + log_variance + math.log(2 * math.pi)).sum(-1, keepdim=True) / 2

    def read(self, answers: Tensor) -> Tensor:
        return answers[..., : self.size]


@setting
@dataclass(frozen=True)
class Gaussian(_Continuous):
    """Independent standard normal numbers, the usual choice."""

    def sample(self, random: Randomness, batch: int) -> Tensor:
        return random.normal(batch, self.size)

    @property
    def entropy(self) -> float:
        return self.size * (1 + math.log(2 * math.pi)) / 2


@setting
@dataclass(frozen=True)
class Uniform(_Continuous):
    """Independent numbers, equally likely anywhere between −1 and 1."""

    def sample(self, random: Randomness, batch: int) -> Tensor:
        return random.uniform(batch, self.size) * 2 - 1

    @property
    def entropy(self) -> float:
        return self.size * math.log(2)


@setting
@dataclass(frozen=True)
class Categorical(Code):
    """One of `size` classes, all equally likely: a one in its place, and zeros."""

    def sample(self, random: Randomness, batch: int) -> Tensor:
        drawn = (random.uniform(batch) * self.size).long()
        return one_hot(drawn.clamp_max(self.size - 1), self.size).float()

    @property
    def answer_count(self) -> int:
        return self.size

    @property
    def entropy(self) -> float:
        return math.log(self.size)

    def log_likelihood(self, answers: Tensor, code: Tensor) -> Tensor:
        return (log_softmax(answers, -1) * code).sum(-1, keepdim=True)

    def read(self, answers: Tensor) -> Tensor:
        return answers.softmax(-1)


@setting
@dataclass(frozen=True)
class Coded(Latent):
    """Noise, and codes beside it, as InfoGAN has them (Chen et al. 2016).

    `Coded(16, (Categorical(5), Uniform(2)))` gives 16 normal numbers, a choice of five, and two
    numbers between −1 and 1: vectors of 23 numbers.
    """

    noise: Latent | int
    codes: tuple[Code, ...]

    def __post_init__(self) -> None:
        if isinstance(self.noise, int):
            object.__setattr__(self, "noise", Gaussian(self.noise))
        check(bool(self.codes), "give one code or more, such as Categorical(10).")

    @property
    def size(self) -> int:
        return self.noise.size + self.code_size

    @property
    def code_size(self) -> int:
        """How many numbers the codes have together."""
        return sum(code.size for code in self.codes)

    @property
    def answer_count(self) -> int:
        """How many numbers a network answers with when it is asked for all codes."""
        return sum(code.answer_count for code in self.codes)

    def sample(self, random: Randomness, batch: int) -> Tensor:
        parts = [part.sample(random, batch) for part in (self.noise, *self.codes)]
        return torch.cat(parts, -1)

    def place(self, index: int) -> slice:
        """Where in a latent vector the code with this index stands."""
        start = self.noise.size + sum(code.size for code in self.codes[:index])
        return slice(start, start + self.codes[index].size)

    def with_code(self, z: Tensor, index: int, value: Tensor) -> Tensor:
        """The same latent vectors with one code set to something else.

        Args:
            z: latent vectors, shape (n, size).
            index: of the code.
            value: shape (code's size,) for all, or (n, code's size).
        """
        z = z.clone()
        z[..., self.place(index)] = torch.as_tensor(value, dtype=z.dtype)
        return z
