"""The recipes with a name are those that the course speaks of, and can be trained."""

import pytest

from gan_school import Recipe, datasets, recipes, train
from gan_school.games import GAN
from gan_school.networks import XavierNormal, mlp
from gan_school.training import Adam
from tests.helpers import finite

NAMED = {name: value for name, value in vars(recipes).items() if isinstance(value, Recipe)}


def test_their_names():
    assert {"CLASSIC_SPIRAL", "SPIRAL"} <= NAMED.keys()


def test_the_classic_settings_are_those_of_the_source():
    """20→50→3 and 3→50→1 with ReLU, Xavier-normal, bias 0.001, Adam 1e-3, 500 epochs of √n."""
    classic = recipes.CLASSIC_SPIRAL
    assert classic.generator == mlp(20, 50, 3)
    assert classic.discriminator == mlp(3, 50, 1)
    assert classic.d_optimizer == classic.g_optimizer == Adam(1e-3, betas=(0.9, 0.999))
    assert classic.initialize == XavierNormal(bias=0.001)
    assert (classic.d_steps, classic.g_steps, classic.average) == (1, 1, 0)
    assert classic.game == GAN()
    data = datasets.spiral()
    assert 25 <= classic.batch_size <= 40  # √1000 is 31.6; 25 divides 1000
    assert classic.steps == 500 * len(data) / classic.batch_size


@pytest.mark.parametrize("name", NAMED)
def test_they_fit_the_spiral_and_train(name):
    data = datasets.spiral()
    assert len(data) % NAMED[name].batch_size == 0 or NAMED[name].batch_size > 100
    assert finite(train(NAMED[name].with_(steps=2), data))


def test_the_better_one_keeps_an_average_and_does_not_take_more_steps():
    assert recipes.SPIRAL.average > 0.99
    assert recipes.SPIRAL.steps <= recipes.CLASSIC_SPIRAL.steps
