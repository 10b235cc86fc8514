"""A trained model: two networks and the game they played, ready to be asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gan_school.checks import check
from gan_school.datasets import Dataset
from gan_school.games import GAN
from gan_school.games.latent import Latent
from gan_school.games.samples import samples, values
from gan_school.hardware import limited_threads, threads
from gan_school.networks.description import evaluating
from gan_school.randomness import Randomness

# So many samples are asked about at a time, to keep the feature maps of images within memory.
BLOCK = 1200


class Model:
    """The one place that draws samples, and that gives the discriminator's opinion of some.

    A run holds one, a checkpoint is one with a card. Answers come on the CPU; in those of a
    population K stands in front.

    Args:
        game: how the networks are asked.
        generator, discriminator: networks, or populations of them. Without a discriminator there
            are samples, and no opinions.
        latent: what goes into the generator.
        shape: of one sample.
        class_count: how many classes it knows, if the game uses labels.
        members: how many there are in a population; None for single networks.
        work: floating-point operations of a training step, which decides the number of threads.
        progress: says how much of the training is over.
        memory: what the game remembers of it; see `games.gan.Played`.
    """

    def __init__(
        self,
        game: GAN,
        generator: nn.Module,
        discriminator: nn.Module | None,
        latent: Latent,
        *,
        shape: tuple[int, ...],
        class_count: int = 0,
        members: int | None = None,
        work: float = 0.0,
        progress: Callable[[], float] = lambda: 1.0,
        memory: dict[str, Tensor] | None = None,
    ):
        self.generator, self.discriminator, self.latent = generator, discriminator, latent
        self.shape, self.class_count, self.work = shape, class_count, work
        # random numbers of its own: whoever draws samples does not disturb the training
        device = next(generator.parameters()).device
        random = Randomness(0 if members is None else range(members), device)
        self.size = random.size
        self.game = game.between(
            generator, discriminator or nn.Identity(), latent, random, progress,
            memory={} if memory is None else memory,
        )  # fmt: skip

    def sample(self, n: int | None = None, seed: int = 0, *, labels: Any = None) -> Tensor:
        """Draw samples from the generator.

        Args:
            n: how many, from every member; without it, as many as there are labels, or 1,000.
            seed: decides the latent vectors. Every member gets the same ones.
            labels: for a game with labels, one class for all samples, or the class of each, shape
                (n,). Without it, all classes in turn: 0, 1, 2, …, 0, 1, 2, …

        Returns:
            Shape (n, …), or (K, n, …) for a population.

        Raises:
            ValueError: if the labels do not fit, or the game has none.
        """
        if n is None:
            n = 1000 if np.ndim(labels) == 0 else len(labels)
        check(
            isinstance(n, Integral) and n >= 0,
            f"n={n!r}: how many samples are to be drawn is a whole number, 0 or more.",
        )
        return self.generate(self.latent.sample(Randomness(seed), n), labels)

    def choose(self, n: int, among: int = 10, seed: int = 0) -> Tensor:
        """The best of many samples, says the game's guide, and as many of each class.

        Args:
            n: how many, of every member.
            among: out of so many times as many.
            seed: decides the latent vectors. Every member gets the same ones.

        Returns:
            Shape (n, …), or (K, n, …) for a population.

        Raises:
            ValueError: if the game has no guide, or there is nothing to choose from.
        """
        guide = self.game.guide
        lacking = f"{self.game!r} has no guide to choose by. Play GAN(guide=Guide(…))."
        check(guide is not None, lacking)
        check(among >= 1, f"among={among}: 1 time as many samples, or more.")
        drawn = self.sample(n * among, seed)
        members = drawn.flatten(0, 1).split(n * among) if self.size else [drawn]
        best = [x[guide.choose(x, n)] for x in members]
        return torch.stack(best) if self.size else best[0]

    def generate(self, z: Tensor, labels: Any = None) -> Tensor:
        """Give the generator latent vectors of your own choice.

        Args:
            z: latent vectors, shape (n, latent), the same for every member, or (K, n, latent).
            labels: for a game with labels; see `sample`. Of shape (n, classes), with shares that
                add up to 1, they mix classes.

        Returns:
            Shape (n, …), or (K, n, …) for a population.
        """
        z = torch.as_tensor(z, dtype=torch.float32)
        check(
            z.ndim in (2, 2 + len(self.size)) and z.shape[-1] == self.latent.size,
            f"latent vectors of shape {tuple(z.shape)} were given. Expected (n, "
            f"{self.latent.size}).",
        )
        labels = self._labels(labels, z.shape[-2])
        with few_threads(self.work):
            return self._in_blocks(
                lambda *batch: values(self.game.generate(*batch)), self.generator, z, labels, 1
            )

    def opinion(self, x: Any, labels: Any = None) -> Tensor:
        """What the discriminator says of each sample: a probability, or a score in some games.

        Args:
            x: samples, shape (n, …), the same for every member, or (K, n, …); or a data set.
            labels: for a game with labels, the class of each, shape (n,), or one for all; without
                any, those of the data set.

        Returns:
            Shape (n,), or (K, n) for a population.

        Raises:
            ValueError: if there is no discriminator, the samples have another shape, or there are
                fewer than it judges together. It then judges each among others, drawn by lot.
        """
        return self.game.opinion(self._ask_discriminator(self.game.score, x, labels).squeeze(-1))

    def probability_real(self, x: Any, labels: Any = None) -> Tensor:
        """What the discriminator takes for the probability that each sample is real.

        Args:
            x, labels: see `opinion`.

        Returns:
            Shape (n,), or (K, n) for a population, from 0 to 1.

        Raises:
            ValueError: if the discriminator of this game gives scores, and no probabilities.
        """
        check(
            self.game.judges_by_probability,
            f"in a {type(self.game).__name__} the discriminator gives scores, and no "
            "probabilities. Ask for its opinion(x).",
        )
        return self.opinion(x, labels)

    def read(self, x: Any) -> tuple[Tensor, ...]:
        """What an InfoGAN's reader takes for the codes of samples, real or generated.

        Args:
            x: samples, shape (n, …), the same for every member, or (K, n, …).

        Returns:
            For each code its likeliest value, shape (n, size), or (K, n, size) for a population.

        Raises:
            ValueError: if the game has no codes, or there is no discriminator.
        """
        answers = self._ask_discriminator(self.game.answers, x, None)
        return self.game.read(self.game.heads(answers, answers))

    # ------------------------------------------------------------------------------- how it asks

    def _ask_discriminator(self, question: Callable, x: Any, labels: Any) -> Tensor:
        check(self.discriminator is not None, "the discriminator of this model was not kept.")
        if isinstance(x, Dataset):
            own = x.labels if self.game.uses_labels else None
            x, labels = x.x, own if labels is None else labels
        x = torch.as_tensor(x, dtype=torch.float32)
        places = len(self.shape)
        check(
            x.ndim > places and tuple(x.shape[-places:]) == self.shape,
            f"samples of shape {tuple(x.shape)} were given. Expected (n, "
            f"{', '.join(map(str, self.shape))}).",
        )
        n = x.shape[-1 - places]
        labels, order = self._labels(labels, n), self._judged_together(n)
        if order is not None:
            x = x.index_select(x.ndim - 1 - places, order)
            labels = None if labels is None else labels[order]
        with few_threads(self.work):
            answers = self._in_blocks(
                lambda *batch: question(samples(*batch)), self.discriminator, x, labels, places
            )
        if order is None:
            return answers
        back = torch.empty(n, dtype=torch.long)
        back[order.flip(0)] = torch.arange(len(order)).flip(0)  # where each stands first
        return answers.index_select(len(self.size), back)

    def _judged_together(self, n: int) -> Tensor | None:
        """Who stands next to whom, if D judges several: mixed, as they are while it learns.

        The order of the data, in which neighbours are often alike, is not to decide. To fill the
        last pack, the first come again.
        """
        m = self.game.together
        if m == 1 or not n:
            return None
        check(n >= m, f"this discriminator judges {m} samples together: ask about {m} or more.")
        order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
        return torch.cat([order, order[: -n % m]])

    @torch.no_grad()
    def _in_blocks(
        self,
        question: Callable[[Tensor, Tensor | None], Tensor],
        network: nn.Module,
        x: Tensor,
        labels: Tensor | None,
        dimensions: int,
    ) -> Tensor:
        """Put a question to a network about n inputs of so many dimensions each, or K times n."""
        device = next(network.parameters()).device
        if self.size and x.ndim == 1 + dimensions:
            x = x.expand(*self.size, *x.shape)
        if labels is not None:
            labels = labels.expand(*self.size, *labels.shape)
        members = (slice(None),) * len(self.size)
        answers = []
        with evaluating(network):
            m = self.game.together
            whole = max(m, BLOCK - BLOCK % m)  # what is judged together stays together
            for start in range(0, max(x.shape[len(self.size)], 1), whole):
                part = (*members, slice(start, start + whole))
                block = (y if y is None else y[part].to(device) for y in (x, labels))
                answers.append(question(*block).cpu())
        return torch.cat(answers, dim=len(self.size))

    def _labels(self, labels: Any, n: int) -> Tensor | None:
        """Labels for n samples as the game wants them: class numbers, (n,), or shares of classes.

        Raises:
            ValueError: if they do not fit.
        """
        if not self.game.uses_labels:
            check(
                labels is None,
                f"the game {type(self.game).__name__} knows no labels, so none can be asked for. "
                "Train with Recipe(game=games.ConditionalGAN()) and networks that take classes=…",
            )
            return None
        if labels is None:
            return torch.arange(n) % self.class_count
        labels = torch.as_tensor(labels)
        if labels.is_floating_point():
            wanted = (n, self.class_count)
            check(
                labels.shape == wanted,
                f"shares of classes have shape {wanted}, not {tuple(labels.shape)}.",
            )
            return labels.float()
        labels = labels.long().expand(n) if labels.ndim == 0 else labels.long()
        check(
            labels.shape == (n,), f"{n} samples need {n} labels. Got shape {tuple(labels.shape)}."
        )
        check(
            not n or 0 <= int(labels.min()) <= int(labels.max()) < self.class_count,
            f"labels run from {labels.min() if n else 0} to {labels.max() if n else 0}, and this "
            f"GAN knows the classes 0 to {self.class_count - 1}.",
        )
        return labels


def few_threads(work: float) -> AbstractContextManager[None]:
    """As many threads as the size of the networks is worth, for as long as they compute."""
    return limited_threads(threads(work))
