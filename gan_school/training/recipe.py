"""A recipe: everything that decides how a GAN is trained, as data."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, replace
from numbers import Integral
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from gan_school.checks import check
from gan_school.datasets import Dataset
from gan_school.games import GAN, Gaussian
from gan_school.games.latent import Latent
from gan_school.games.samples import Samples, samples, values
from gan_school.networks import Network, XavierNormal
from gan_school.networks.description import as_network
from gan_school.randomness import Randomness, undisturbed
from gan_school.settings import setting
from gan_school.training.early_stop import EarlyStop
from gan_school.training.optimizers import Adam, Optimizer


@setting
@dataclass(frozen=True, repr=False)
class Recipe:
    """How to train a GAN. Frozen: `with_` gives a changed copy.

    Attributes:
        generator: from (batch, latent size) to (batch, …) of the data's shape.
        discriminator: from (batch, …) of the data's shape to (batch, 1) logits, or to a map of
            logits, (batch, 1, height, width).
        game: the two losses.
        latent: what goes into the generator. A number means that many standard normal ones; None
            means as many as the generator's first layer takes, or its option `latent` says.
        steps: rounds to play. In one round the discriminator is updated `d_steps` times, then the
            generator `g_steps` times.
        batch_size: real samples, and as many generated ones, behind every update.
        d_optimizer, g_optimizer: how the two networks learn.
        initialize: the weights to start from; `networks.Separately` has a choice for each network.
        average: memory of a moving average of the generator's weights, from 0 (keep none) to just
            under 1. Samples are then drawn from the average (Yazıcı et al. 2019).
        stop: when to stop before the last step, and go back to the best weights; None does not.
    """

    generator: Network
    discriminator: Network
    game: GAN = GAN()
    latent: Latent | int | None = None
    steps: int = 5_000
    batch_size: int = 64
    d_steps: int = 1
    g_steps: int = 1
    d_optimizer: Optimizer = Adam(1e-3, betas=(0.5, 0.999))
    g_optimizer: Optimizer = Adam(1e-3, betas=(0.5, 0.999))
    initialize: Callable[[nn.Module], None] = XavierNormal()
    average: float = 0.0
    stop: EarlyStop | None = None

    converts: ClassVar[tuple[str, ...]] = ("generator", "discriminator", "latent")

    def __post_init__(self) -> None:
        object.__setattr__(self, "generator", as_network(self.generator))
        object.__setattr__(self, "discriminator", as_network(self.discriminator))
        if isinstance(self.latent, Integral):
            object.__setattr__(self, "latent", Gaussian(self.latent))
        for name, least in dict(steps=0, batch_size=1, d_steps=1, g_steps=1).items():
            value = getattr(self, name)
            check(
                value >= least,
                f"{name} is {value!r}. It must be a whole number, {least} or more.",
            )
        check(
            isinstance(self.latent, Latent | None),
            f"latent is {self.latent!r}. Try a number, or Gaussian(20).",
            TypeError,
        )
        check(
            0 <= self.average < 1,
            f"average is {self.average!r}. It must be from 0 (keep no average) up to, not "
            "including, 1; 0.999 is a good value.",
        )

    def with_(self, **changes: Any) -> Self:
        """A copy with some things changed: `recipe.with_(steps=20_000)`."""
        names = [field.name for field in fields(self)]
        for name in changes:
            if name not in names:
                close = difflib.get_close_matches(name, names, n=1)
                hint = f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(names)}."
                raise TypeError(f"a recipe has no {name!r}. {hint}")
        return replace(self, **changes)

    def __repr__(self) -> str:
        shown = []
        for field in fields(self):
            value = getattr(self, field.name)
            if field.default is MISSING or value != field.default:
                shown.append(f"{field.name}={value!r}")
        line = f"Recipe({', '.join(shown)})"
        return line if len(line) <= 88 else "Recipe(\n    " + ",\n    ".join(shown) + ",\n)"

    def fit_to(self, data: Dataset) -> tuple[Latent, float]:
        """Check that the networks fit the data and each other, before any training starts.

        Returns:
            The latent, and an estimate of the floating-point operations of one round.

        Raises:
            ValueError: if a shape does not fit, the data has fewer samples than a batch, or labels
                are missing, out of range, or of no use to the networks.
        """
        check(
            len(data) >= self.batch_size,
            f"the batch holds {self.batch_size} samples but the data only {len(data)}. "
            f"Give Recipe(batch_size=…) of {len(data)} or fewer, or more data.",
        )
        labels = self._labels_for(data)
        with undisturbed(), torch.no_grad():
            generator, discriminator = self.generator.build(), self.discriminator.build()
            latent = self.latent or Gaussian(_inputs(self.generator, generator))
            game = self.game.between(generator, discriminator, latent, Randomness(0))
            check(
                self.batch_size % game.together == 0,
                f"the discriminator judges {game.together} samples together, and batches of "
                f"{self.batch_size} cannot be divided so. Give Recipe(batch_size=…) of a multiple.",
            )
            self.game.fakes.check_batches(self.batch_size, game.together)
            for network in (generator, discriminator):
                self._check_classes(network, data)
            self.game.check_networks(generator, discriminator)
            self.game.check_latent(latent)
            # a whole batch: there are networks that judge so many samples together
            n = self.batch_size
            z, some = torch.randn(n, latent.size), samples(data.x[:n], labels)
            fake, g_work = _try(
                lambda: game.generate(z, labels), generator,
                f"the generator {self.generator}, given a latent of size {latent.size}",
            )  # fmt: skip
            shape = tuple(data.shape)
            example = f", as in networks.mlp({latent.size}, 50, {shape[0]})" * (len(shape) == 1)
            check(
                fake.shape[1:] == shape,
                f"the generator {self.generator} gives samples of shape {tuple(fake.shape[1:])}, "
                f"but {data.name} has samples of shape {shape}. Let it end in that shape{example}.",
            )
            answers, d_work = _try(
                lambda: game.answers(some), discriminator,
                f"the discriminator {self.discriminator}, given {data.name}, whose samples have "
                f"shape {shape}",
            )  # fmt: skip
            count = game.answer_count(data.class_count)
            check(
                answers.shape == (n, count)
                or (answers.ndim > 2 and answers.shape[:2] == (n, 1) and count == 1),
                f"the discriminator {self.discriminator} gives shape {tuple(answers.shape)} for "
                f"{n} samples. {type(game).__name__} expects ({n}, {count}): {_meaning(count)}.",
            )
        # A backward pass costs about twice a forward pass. The generator also runs, forward only,
        # to make the fakes that the discriminator learns from.
        g_passes = self.d_steps + 3 * self.g_steps
        d_passes = 3 * (2 * self.d_steps + self.g_steps)
        work = g_work * g_passes + d_work * d_passes
        return latent, work

    def _labels_for(self, data: Dataset) -> Tensor | None:
        """A batch of labels to try the networks with, the largest first, if the game uses any."""
        if not self.game.uses_labels:
            return None
        check(
            data.labels is not None,
            f"the game {type(self.game).__name__} needs labels, and {data.name} has none. Give "
            "Dataset(x, labels=…), one class number per sample, or play games.GAN().",
        )
        return (
            data.labels[: self.batch_size].clone().index_fill(0, torch.tensor(0), data.labels.max())
        )

    def _check_classes(self, network: nn.Module, data: Dataset) -> None:
        """A network that takes labels must know all classes, and play a game that has labels."""
        known = getattr(network, "classes", 0)
        if not known:
            return
        name = type(network).__name__
        check(
            self.game.uses_labels,
            f"a {name} needs labels, and the game {type(self.game).__name__} gives it none. Play "
            "games.ConditionalGAN(), or leave out classes=….",
        )
        check(
            known >= data.class_count,
            f"a {name} knows {known} classes, and {data.name} has {data.class_count}. Build it "
            f"with classes={data.class_count}.",
        )


def same_but_for_places(one: Recipe, other: Recipe) -> bool:
    """Whether two recipes are equal, but for functions that lie elsewhere in memory today."""
    first, second = (re.sub(r" at 0x[0-9a-f]+", "", repr(recipe)) for recipe in (one, other))
    return first == second


def _meaning(count: int) -> str:
    if count == 1:
        return "one logit per sample"
    return f"a logit per sample, and {count - 1} more answers, as with second_head={count - 1}"


def _inputs(described: Network, built: nn.Module) -> int:
    """How many numbers a generator takes, if it, or one that it is built around, says so."""
    first = next(iter(built), built) if isinstance(built, nn.Sequential) else built
    size = getattr(first, "in_features", None)
    if size is None and described.has("latent"):
        return described.option("latent")
    if size is None and (inner := described.inner) is not None:
        return _inputs(inner, inner.build())
    check(
        size is not None,
        f"cannot tell how many numbers the generator, a {type(built).__name__}, takes. "
        "Say Recipe(latent=…).",
    )
    return size


def _try(ask: Callable[[], Samples], network: nn.Module, what: str) -> tuple[Tensor, float]:
    """Ask a network about a batch: its answer, and the floating-point operations it took."""
    work = 0.0

    def count(layer: nn.Module, _: object, out: Tensor) -> None:
        nonlocal work
        weight = getattr(layer, "weight", None)
        if isinstance(weight, Tensor) and weight.ndim >= 2:
            # every weight of a linear or convolutional layer multiplies once per output position
            work += 2 * weight.numel() * out.numel() / weight.shape[0]

    hooks = [layer.register_forward_hook(count) for layer in network.modules()]
    try:
        network.eval()
        out = values(ask())
    except (RuntimeError, ValueError, IndexError) as error:
        why = "the shapes do not fit."
        if "type" in str(error):
            weights = next(network.parameters(), torch.empty(0)).dtype
            why = (
                f"its weights are {weights}, torch.get_default_dtype() is "
                f"{torch.get_default_dtype()}, the data torch.float32. Let all be torch.float32."
            )
        raise ValueError(f"{what}: {why} PyTorch says: {error}") from error
    except TypeError as error:
        if "positional argument" not in str(error):
            raise
        raise ValueError(
            f"{what}: it does not take what the game gives it. With labels a network needs "
            f"classes=…, or forward(x, labels); without them it takes x alone. Python says: {error}"
        ) from error
    finally:
        for hook in hooks:
            hook.remove()
    check(isinstance(out, Tensor), f"{what}: gives a {type(out).__name__} instead of a tensor.")
    return out, work
