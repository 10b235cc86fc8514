"""Recipes that are trained together: each is what it would be alone."""

import pytest
import torch

from gan_school import train
from gan_school.lab.examination.lot import mixture, numbers_in, recipe
from gan_school.lab.together import alike, train_together
from gan_school.training import SGD, Adam

pytestmark = pytest.mark.filterwarnings("error")

DATA = mixture(3)


def test_trained_together_each_is_what_it_would_be_alone():
    recipes = [recipe(number, 3).with_(steps=12) for number in numbers_in(3)[:3]]
    runs = train_together(recipes, DATA, [5, 6, 7])
    for seed, how, run in zip((5, 6, 7), recipes, runs, strict=True):
        alone = train(how, DATA, seed=seed)
        assert run.recipe == how and run.seeds == seed
        torch.testing.assert_close(run.sample(50), alone.sample(50), rtol=1e-3, atol=1e-3)
        assert run.history["step"].tolist() == alone.history["step"].tolist()


def test_only_recipes_that_differ_in_numbers_are_trained_together():
    one = recipe(0, 3)
    with pytest.raises(ValueError, match="differ in more than rates"):
        train_together([one, one.with_(batch_size=33)], DATA, [0, 1])
    assert alike(one) == alike(one.with_(d_optimizer=Adam(0.5, one.d_optimizer.schedule)))
    assert alike(one) != alike(one.with_(d_optimizer=SGD(1e-3)))
