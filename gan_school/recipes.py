"""Recipes with a name, ready to train or to change."""

from typing import Any

from gan_school.datasets import Dataset, as_dataset
from gan_school.games import GAN, R1, Categorical, Coded, ConditionalGAN, InfoGAN, Uniform
from gan_school.games.latent import Code
from gan_school.networks import (
    AsBuilt,
    Separately,
    XavierNormal,
    dcgan_discriminator,
    dcgan_generator,
    mlp,
    mlp_discriminator,
    mlp_generator,
)
from gan_school.training import Adam, Cosine, Recipe

CLASSIC_SPIRAL = Recipe(
    generator=mlp(20, 50, 3),
    discriminator=mlp(3, 50, 1),
    batch_size=25,
    steps=20_000,
    d_optimizer=Adam(1e-3),
    g_optimizer=Adam(1e-3),
)
"""The first GAN of onimaru (2019): 1,000 points in batches of 25 ≈ √n for 500 epochs."""

SPIRAL = Recipe(
    generator=mlp(3, 64, 64, 64, 3, activation="leaky_relu"),
    discriminator=mlp(3, 64, 64, 64, 1, activation="leaky_relu"),
    latent=Uniform(3),
    batch_size=250,
    steps=12_000,
    d_optimizer=Adam(2e-3, betas=(0.5, 0.999), schedule=Cosine()),
    g_optimizer=Adam(2e-3, betas=(0.5, 0.999), schedule=Cosine()),
    average=0.999,
)
"""The same points, learned better. docs/benchmarks.md has the figures of both."""

CONDITIONAL_DIGITS = Recipe(
    generator=mlp_generator(16, latent=10, hidden=(256, 256), classes=10),
    discriminator=mlp_discriminator(16, hidden=(256, 256), classes=10),
    game=ConditionalGAN(penalty=R1(0.1)),
    steps=4_000,
    batch_size=64,
    initialize=AsBuilt(),
    average=0.999,
)
"""`datasets.digits(16)`, with the digit to be chosen."""


def suitable(data: Any, labels: bool = False) -> Recipe:
    """A recipe to begin with, for whatever data.

    Args:
        data: points, rows of a table, or square images: a `Dataset`, or what `train` takes.
        labels: whether the class of a sample is to be chosen; so far for images only.

    Raises:
        ValueError: as `points`, `dcgan` and `conditional`.
    """
    data = as_dataset(data)
    if len(data.shape) != 1:
        return conditional(data) if labels else dcgan(data)
    if labels:
        raise ValueError(f"{data.name} has points, and recipes with labels are for images so far.")
    return points(data)


def best(data: Any) -> Recipe:
    """The recipe to begin with: for points `points` with a wider start of G, for images `dcgan`.

    Both were made by hand. What is selected out of the catalogue's tricks takes their place where
    it covers more in the same time on seeds that selected nothing, and no less on tasks that
    selected nothing: see `gan_school.lab.selection`. For points, two climbs from the classic recipe
    were behind. A third, from `points` itself, found one trick that helps on top of it: G's first
    weights √2 times as wide (1.6), in 2,000 steps; in the 12,000 that it comes with, that has not
    been measured. For images nothing has been selected yet.

    Raises:
        ValueError: as `points` and `dcgan`.
    """
    data = as_dataset(data)
    if len(data.shape) != 1:
        return dcgan(data)
    return points(data).with_(initialize=Separately(generator=XavierNormal(gain=2**0.5)))


def points(data: Any) -> Recipe:
    """The recipe of `SPIRAL` for points of any dimension, or rows of a table.

    Raises:
        ValueError: if the samples are not points.
    """
    data = as_dataset(data)
    if len(data.shape) != 1:
        raise ValueError(f"{data.name} has samples of shape {tuple(data.shape)}, not points.")
    (features,) = data.shape
    latent = max(3, features)
    return SPIRAL.with_(
        generator=mlp(latent, 64, 64, 64, features, activation="leaky_relu"),
        discriminator=mlp(features, 64, 64, 64, 1, activation="leaky_relu"),
        latent=Uniform(latent),
        batch_size=min(250, len(data)),
    )


def dcgan(data: Any) -> Recipe:
    """A DCGAN for images of any size that one can make, with or without labels left unused.

    It has fully connected layers before and after its convolutions, as FCC-GAN does (Barua et al.
    2019). docs/benchmarks.md has the figures with and without.

    Raises:
        ValueError: if these are no square images of a size that a DCGAN can make.
    """
    data = as_dataset(data)
    channels, size = _square(data)
    return Recipe(
        generator=dcgan_generator(size, channels, latent=64, dense=(128, 128), width=24),
        discriminator=dcgan_discriminator(size, channels, width=32, dense=(128,), norm=None),
        game=GAN(penalty=R1(1.0)),
        steps=2_000,
        batch_size=min(64, len(data)),
        d_optimizer=Adam(2e-3, betas=(0.0, 0.999)),
        g_optimizer=Adam(2e-3, betas=(0.0, 0.999)),
        initialize=AsBuilt(),
        average=0.99,
    )


def conditional(data: Any) -> Recipe:
    """The same for images with labels, where the label can be chosen.

    Raises:
        ValueError: as `dcgan`, or if there are no labels.
    """
    data = as_dataset(data)
    recipe = dcgan(data)
    if not data.class_count:
        raise ValueError(f"{data.name} has no labels. recipes.dcgan(data) needs none.")
    return recipe.with_(
        generator=recipe.generator.with_(classes=data.class_count),
        discriminator=recipe.discriminator.with_(classes=data.class_count),
        game=ConditionalGAN(penalty=R1(1.0)),
    )


def infogan(
    data: Any, codes: tuple[Code, ...] = (Categorical(6), Uniform(5)), weight: float = 0.03
) -> Recipe:
    """A small InfoGAN for square images: codes that find their own meaning, without labels.

    A larger weight costs the pictures more: the ledger's trick 4.4 and notebook 08 have figures.

    Args:
        data: images.
        codes: what is to be read off a picture, besides 8 numbers of noise.
        weight: see `games.InfoGAN`.

    Raises:
        ValueError: as `dcgan`.
    """
    data = as_dataset(data)
    channels, size = _square(data)
    latent = Coded(8, codes)
    return Recipe(
        generator=dcgan_generator(size, channels, latent=latent.size, dense=(128, 128), width=16),
        discriminator=dcgan_discriminator(
            size, channels, width=16, dense=(128,), norm=None, second_head=latent.answer_count
        ),
        game=InfoGAN(weight, penalty=R1(0.3)),
        latent=latent,
        steps=4_000,
        batch_size=min(64, len(data)),
        d_optimizer=Adam(5e-4, betas=(0.0, 0.999)),
        g_optimizer=Adam(5e-4, betas=(0.0, 0.999)),
        initialize=AsBuilt(),
        average=0.99,
    )


def _square(data: Dataset) -> tuple[int, int]:
    """Channels and size of square images."""
    if len(data.shape) != 3 or data.shape[1] != data.shape[2]:
        raise ValueError(
            f"{data.name} has samples of shape {tuple(data.shape)}. Expected square images: "
            "(channels, size, size)."
        )
    return data.shape[0], data.shape[1]
