"""Convolutions learn: bars of two directions, with the direction to be chosen.

Of 40 other seeds the worst got the direction right for 85 % of its samples, and put bars in 3
places. A generator deaf to its label gets half of them right, a collapsed one has 1 place.
"""

import pytest
import torch

from gan_school import Recipe, train
from gan_school.datasets import Dataset
from gan_school.games import R1, ConditionalGAN
from gan_school.networks import AsBuilt, dcgan_discriminator, dcgan_generator
from gan_school.training import Adam


def bars(n: int = 400) -> Dataset:
    """One bright bar on a dark ground, 8×8: upright with label 0, lying with label 1."""
    chance = torch.Generator().manual_seed(0)
    labels = torch.arange(n) % 2
    place = torch.randint(1, 7, (n,), generator=chance)
    x = torch.full((n, 1, 8, 8), -0.9)
    for sample, (label, where) in enumerate(zip(labels, place, strict=True)):
        (x[sample, 0] if label else x[sample, 0].T)[where] = 0.9
    return Dataset(x, "bars", labels=labels)


RECIPE = Recipe(
    generator=dcgan_generator(8, 1, latent=8, width=8, classes=2),
    discriminator=dcgan_discriminator(8, 1, width=8, norm=None, classes=2),
    game=ConditionalGAN(penalty=R1(0.5)),
    steps=400,
    batch_size=32,
    d_optimizer=Adam(5e-3, betas=(0.5, 0.999)),
    g_optimizer=Adam(5e-3, betas=(0.5, 0.999)),
    initialize=AsBuilt(),
    average=0.98,
)


def direction(x: torch.Tensor) -> torch.Tensor:
    """How much brightness varies between rows rather than between columns, −1 to 1."""
    rows, columns = x.mean(-1).var(-1), x.mean(-2).var(-1)
    return (rows - columns) / (rows + columns)


@pytest.mark.slow
def test_a_conditional_dcgan_learns_bars():
    data = bars()
    assert direction(data.x[0, 0]) < -0.9 < 0.9 < direction(data.x[1, 0])
    run = train(RECIPE, data, seed=0)
    lying, upright = run.sample(50, labels=1)[:, 0], run.sample(50, labels=0)[:, 0]
    right = torch.cat([direction(lying) > 0, direction(upright) < 0]).float().mean()
    places = lying.mean(-1).argmax(-1).unique()
    assert right > 0.75
    assert len(places) >= 2
