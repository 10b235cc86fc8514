"""What is drawn by lot: a number decides everything, and halves share nothing."""

import pytest
import torch

from gan_school.lab.examination.by_lot import RUNS
from gan_school.lab.examination.lot import mixture, numbers_in, recipe, ward_of
from gan_school.lab.together import alike

pytestmark = pytest.mark.filterwarnings("error")


def test_a_number_decides_everything_and_halves_share_nothing():
    assert repr(recipe(17, ward_of(17))) == repr(recipe(17, ward_of(17)))
    numbers = [number for ward in range(100) for number in numbers_in(ward)]
    assert sorted(numbers) == list(range(RUNS))
    assert all(ward_of(number) % 2 == number % 2 for number in numbers)
    assert all(number in numbers_in(ward_of(number)) for number in numbers)
    assert torch.equal(mixture(4).x, mixture(4).x)
    shapes = {tuple(mixture(ward).modes.flatten().tolist()) for ward in range(50)}
    assert len(shapes) == 50


def test_the_recipes_of_a_ward_can_be_trained_together_and_fit_its_data():
    for ward in range(0, 50, 7):
        recipes = [recipe(number, ward) for number in numbers_in(ward)]
        assert len({repr(alike(one)) for one in recipes}) == 1
        assert len({repr(one) for one in recipes}) == len(recipes)
        recipes[0].fit_to(mixture(ward))
