"""The recipes with a name are those that the course speaks of, and can be trained."""

import pandas as pd
import pytest
import torch

from gan_school import Recipe, datasets, recipes, train
from gan_school.datasets import Dataset
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


@pytest.mark.parametrize("name", ["CLASSIC_SPIRAL", "SPIRAL"])
def test_they_fit_the_spiral_and_train(name):
    data = datasets.spiral()
    assert len(data) % NAMED[name].batch_size == 0 or NAMED[name].batch_size > 100
    assert finite(train(NAMED[name].with_(steps=2), data))


def test_the_better_one_keeps_an_average_and_does_not_take_more_steps():
    assert recipes.SPIRAL.average > 0.99
    assert recipes.SPIRAL.steps <= recipes.CLASSIC_SPIRAL.steps


# ------------------------------------------------------------------------------------------- images


def test_the_conditional_one_fits_the_digits():
    run = train(recipes.CONDITIONAL_DIGITS.with_(steps=2), datasets.digits(16))
    assert finite(run)
    assert run.sample(labels=[1, 2]).shape == (2, 1, 16, 16)


@pytest.mark.parametrize("recipe", [recipes.dcgan, recipes.conditional])
@pytest.mark.parametrize(("channels", "size"), [(1, 16), (3, 32)])
def test_the_image_recipes_fit_the_images(recipe, channels, size):
    x = torch.rand(70, channels, size, size) * 2 - 1
    data = Dataset(x, labels=torch.arange(70) % 4)
    run = train(recipe(data).with_(steps=1), data)
    assert finite(run)
    assert run.sample(2).shape == (2, channels, size, size)
    assert run.recipe.game.uses_labels == (recipe is recipes.conditional)


def test_images_that_have_no_recipe():
    with pytest.raises(ValueError, match=r"spiral has samples of shape \(3,\).*square"):
        recipes.dcgan(datasets.spiral())
    with pytest.raises(ValueError, match="square images"):
        recipes.dcgan(Dataset(torch.randn(5, 1, 16, 32)))
    with pytest.raises(ValueError, match=r"these has no labels.*recipes.dcgan"):
        recipes.conditional(Dataset(torch.randn(5, 1, 16, 16), "these"))


def test_what_can_be_trained_on_has_a_recipe():
    rows = pd.DataFrame({"a": [0.1, 0.2, 0.5], "b": [1.0, 0.0, 0.4]})
    assert (
        recipes.points(rows) == recipes.suitable(rows.to_numpy()) == recipes.points(Dataset(rows))
    )


# --------------------------------------------------------------------------------------------- best


@pytest.mark.parametrize("features", [1, 2, 7])
def test_the_best_one_fits_points_of_any_dimension(features):
    data = Dataset(torch.randn(300, features))
    run = train(recipes.best(data).with_(steps=2), data)
    assert finite(run) and run.sample(4).shape == (4, features)


def test_the_best_one_fits_what_train_takes():
    rows = pd.DataFrame({"a": [0.1, 0.2, 0.5], "b": [1.0, 0.0, 0.4]})
    assert finite(train(recipes.best(rows).with_(steps=1), rows))
    pictures = datasets.digits(16)
    assert recipes.best(pictures) == recipes.dcgan(pictures)
    with pytest.raises(ValueError, match="square images"):
        recipes.best(Dataset(torch.randn(5, 1, 16, 32)))
