"""The vocabulary in which tricks say what they change, and where that can be done."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from typing import Any

import torch

from gan_school.datasets import Dataset
from gan_school.games import (
    GAN,
    AuxiliaryClassifierGAN,
    Coded,
    ConditionalGAN,
    InfoGAN,
    SaturatingGAN,
)
from gan_school.games.latent import Code
from gan_school.lab.trick import Change
from gan_school.networks import Network, Separately, XavierNormal, rescaled
from gan_school.randomness import undisturbed
from gan_school.training import Recipe

BOTH = ("generator", "discriminator")
OPTIMIZERS = ("d_optimizer", "g_optimizer")

# ----------------------------------------------------------------------------------------- where


def points(recipe: Recipe, data: Dataset) -> bool:
    """On points."""
    return len(data.shape) == 1


def _have(option: str, who: tuple[str, ...], recipe: Recipe, data: Dataset) -> bool:
    """With networks that have an option."""
    return all(getattr(recipe, name).has(option) for name in who)


connected = partial(_have, "hidden", BOTH)
connected_discriminator = partial(_have, "hidden", ("discriminator",))
convolutional = partial(_have, "kernel", ("generator",))  # the DCGAN's, or others that convolve


def connected_points(recipe: Recipe, data: Dataset) -> bool:
    """With fully connected networks, on points."""
    return points(recipe, data) and connected(recipe, data)


def scaled(recipe: Recipe, data: Dataset) -> bool:
    """On data that was brought to another scale than the one it was made or measured in."""
    mean, scale = torch.as_tensor(data.mean), torch.as_tensor(data.scale)
    return bool((mean != 0).any() or (scale != 1).any())


def labelled_pictures(recipe: Recipe, data: Dataset) -> bool:
    """Where there are labels that the generator could be told, and the game does not use yet."""
    could = recipe.generator.has("classes")
    return could and data.labels is not None and not recipe.game.uses_labels


def with_cross_entropy(recipe: Recipe, data: Dataset) -> bool:
    """In a game whose discriminator learns by cross entropy."""
    return recipe.game.takes_targets()


def without_a_variant(recipe: Recipe, data: Dataset) -> bool:
    """In the first game, whichever loss its generator has."""
    return type(recipe.game) in (GAN, SaturatingGAN)


def without_labels(recipe: Recipe, data: Dataset) -> bool:
    """In a game that uses no labels, with a generator that would take another latent."""
    return recipe.generator.has("latent") and not recipe.game.uses_labels


def well_scaled(recipe: Recipe, data: Dataset) -> bool:
    """Whether the data's numbers are of the order of 1, and the generator can give all of them."""
    x, output = data.x, recipe.generator.kwargs.get("output")
    low, high = RANGES.get(output, (-torch.inf, torch.inf))
    within = low - 0.05 <= x.min() and x.max() <= high + 0.05
    return bool(within and 0.1 < x.std() < 5 and x.abs().max() < 20)


RANGES = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "relu": (0.0, torch.inf)}
"""What some activations can give."""


# ------------------------------------------------------------------------------------------ what


def latent_size(recipe: Recipe, data: Dataset) -> int:
    """How many numbers go into the generator."""
    latent, _ = recipe.fit_to(data)
    return latent.size


def change(**parts: Any) -> Change:
    """Set parts of the recipe."""
    return lambda recipe, data: recipe.with_(**parts)


def then(*changes: Change) -> Change:
    """Several changes, one after another."""

    def one_by_one(recipe: Recipe, data: Dataset) -> Recipe:
        for next_change in changes:
            recipe = next_change(recipe, data)
        return recipe

    return one_by_one


def game(kind: type[GAN], **settings: Any) -> Change:
    """Play another game, and keep what it has in common with the one before."""

    def play(recipe: Recipe, data: Dataset) -> Recipe:
        kept = {part.name: getattr(recipe.game, part.name) for part in fields(GAN)}
        if not kind.takes_targets():
            del kept["targets"]
        return recipe.with_(game=kind(**{**kept, **settings}))

    return play


def conditional(recipe: Recipe, data: Dataset) -> Recipe:
    """Tell both networks the label."""
    told = in_networks(*BOTH, classes=data.class_count)(recipe, data)
    return game(ConditionalGAN)(told, data)


def auxiliary(recipe: Recipe, data: Dataset) -> Recipe:
    """Tell the generator the label, and let the discriminator name it."""
    told = in_networks("generator", classes=data.class_count)(recipe, data)
    asked = in_networks("discriminator", second_head=data.class_count)(told, data)
    return game(AuxiliaryClassifierGAN)(asked, data)


def informed(*codes: Code, weight: float = 1.0) -> Change:
    """Give the generator codes besides its noise, and let the discriminator read them."""

    def inform(recipe: Recipe, data: Dataset) -> Recipe:
        noise, _ = recipe.fit_to(data)
        latent = Coded(noise, codes)
        coded = recipe.with_(
            latent=latent,
            generator=recipe.generator.with_(latent=latent.size),
            discriminator=recipe.discriminator.with_(second_head=latent.answer_count),
        )
        return game(InfoGAN, weight=weight)(coded, data)

    return inform


def in_networks(*who: str, **options: Any) -> Change:
    """Set options of the networks named: "generator", "discriminator"."""
    return lambda recipe, data: recipe.with_(
        **{name: getattr(recipe, name).with_(**options) for name in who}
    )


def in_parts(*who: str, **settings: Any) -> Change:
    """Set the learning rate, or other settings, of the parts named: optimisers, the game."""
    return lambda recipe, data: recipe.with_(
        **{name: replace(getattr(recipe, name), **settings) for name in who}
    )


in_optimizers = in_parts
in_game = partial(in_parts, "game")


def faster(who: str, factor: float) -> Change:
    """Multiply the learning rate of one optimiser."""

    def speed_up(recipe: Recipe, data: Dataset) -> Recipe:
        optimizer = getattr(recipe, who)
        return recipe.with_(**{who: replace(optimizer, lr=factor * optimizer.lr)})

    return speed_up


def gain_in_generator(gain: float) -> Change:
    """Start G's weights so many times as wide, with Xavier's rule; and leave D's as they are."""

    def widen(recipe: Recipe, data: Dataset) -> Recipe:
        start = Separately(XavierNormal(gain=gain), recipe.initialize)
        return recipe.with_(initialize=start)

    return widen


def generator_layers(*sizes: int) -> Change:
    """Give the generator these hidden layers."""
    return in_networks("generator", hidden=sizes)


def more_layers(count: int) -> Change:
    """Repeat the generator's last hidden layer so many times more."""

    def deepen(recipe: Recipe, data: Dataset) -> Recipe:
        sizes = recipe.generator.option("hidden")
        return generator_layers(*sizes, *sizes[-1:] * count)(recipe, data)

    return deepen


def as_wide_as(deeper: Change) -> Change:
    """Widen the generator's hidden layers until it has as many weights as the deeper one."""

    def widen(recipe: Recipe, data: Dataset) -> Recipe:
        wanted = _weights(deeper(recipe, data))
        sizes = recipe.generator.option("hidden")
        while _weights(recipe) < wanted:
            sizes = tuple(size + 1 for size in sizes)
            recipe = generator_layers(*sizes)(recipe, data)
        return recipe

    return widen


def _weights(recipe: Recipe) -> int:
    with undisturbed():
        return sum(weight.numel() for weight in recipe.generator.build().parameters())


def in_own_units(recipe: Recipe, data: Dataset) -> Recipe:
    """Let the networks meet the data in the units it was made or measured in.

    The discriminator sees scale · x + mean, and what the generator gives is taken to be in those
    units: exactly what happens to somebody who trains on data that was never normalised. Samples
    and metrics stay on the scale of `data.x`.
    """
    scale, mean = (torch.as_tensor(x, dtype=torch.float32) for x in (data.scale, data.mean))
    return _between(recipe, scale, mean)


def in_range(low: float, high: float, output: str) -> Change:
    """Let the networks meet the data scaled to a range, and the generator end in a function."""

    def scale_to(recipe: Recipe, data: Dataset) -> Recipe:
        flat = data.x if data.x.ndim == 2 else data.x.flatten()[:, None]
        least, most = flat.min(0).values, flat.max(0).values
        scale = (high - low) / (most - least).clamp_min(1e-6)
        bounded = in_networks("generator", output=output)(scaled_once(recipe), data)
        return _between(bounded, scale, low - scale * least)

    return scale_to


def scaled_once(recipe: Recipe) -> Recipe:
    """The networks without what puts them into other units: as if the data were in them already."""
    return recipe.with_(**{name: _unscaled(getattr(recipe, name)) for name in BOTH})


def _unscaled(network: Network) -> Network:
    return _unscaled(network.inner) if network.name == "rescaled" else network


def _between(recipe: Recipe, scale: torch.Tensor, shift: torch.Tensor) -> Recipe:
    """Put scale · x + shift before the discriminator, and its inverse behind the generator."""
    there = _numbers(scale), _numbers(shift)
    back = _numbers(1 / scale), _numbers(-shift / scale)
    return recipe.with_(
        generator=rescaled(recipe.generator, outputs=back),
        discriminator=rescaled(recipe.discriminator, inputs=there),
    )


def _numbers(x: torch.Tensor) -> float | tuple[float, ...]:
    return x.item() if x.numel() == 1 else tuple(x.flatten().tolist())
