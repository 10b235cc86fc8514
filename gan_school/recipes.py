"""Recipes with a name, ready to train or to change."""

from gan_school.games import Uniform
from gan_school.networks import mlp
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
