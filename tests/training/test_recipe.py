"""A recipe is data: it can be changed, compared, printed, and checked against the data."""

from dataclasses import FrozenInstanceError

import pytest
import torch

from gan_school import Recipe
from gan_school.games import Gaussian, Uniform
from gan_school.networks import mlp
from gan_school.training import Adam
from tests.helpers import POINTS, RICH, TINY


def test_with_gives_a_changed_copy():
    longer = TINY.with_(steps=99, average=0.5)
    assert (longer.steps, longer.average) == (99, 0.5)
    assert (TINY.steps, TINY.average) == (20, 0.0)
    assert longer.with_(steps=20, average=0.0) == TINY
    with pytest.raises(FrozenInstanceError):
        TINY.steps = 3


def test_equal_settings_make_equal_recipes():
    again = Recipe(generator=mlp(3, 8, 2), discriminator=mlp(2, 8, 1), steps=20, batch_size=16)
    assert again == TINY
    assert hash(again) == hash(TINY)
    assert TINY != RICH


def test_it_prints_what_differs_from_the_defaults():
    assert repr(TINY) == (
        "Recipe(generator=mlp(3, 8, 2), discriminator=mlp(2, 8, 1), steps=20, batch_size=16)"
    )


def test_what_it_prints_makes_the_recipe_again():
    from gan_school.training import Cosine

    names = {"Recipe": Recipe, "mlp": mlp, "Adam": Adam, "Cosine": Cosine, "Gaussian": Gaussian}
    for recipe in (TINY, RICH, TINY.with_(latent=3)):
        assert eval(repr(recipe).replace("Constant()", "Adam().schedule"), names) == recipe


def test_the_latent_as_a_number_or_in_words_or_left_to_the_generator():
    assert TINY.with_(latent=3).latent == Gaussian(3)
    assert TINY.with_(latent=Uniform(3)).fit_to(POINTS)[0] == Uniform(3)
    assert TINY.fit_to(POINTS)[0] == Gaussian(3)


def test_the_work_of_a_round():
    """2 operations for each weight and sample; forwards 1, backwards 2.

    G: 3·8 + 8·2 = 40 weights; forwards for D's update, all three for its own. D: 2·8 + 8·1 = 24
    weights; all three, for real and fake in its own update, and for fake in G's.
    """
    _, work = TINY.fit_to(POINTS)
    assert work == 16 * 2 * (40 * (1 + 3) + 24 * 3 * (2 + 1))
    _, twice = TINY.with_(batch_size=32).fit_to(POINTS)
    assert twice == 2 * work
    _, often = TINY.with_(d_steps=5).fit_to(POINTS)
    assert often == 16 * 2 * (40 * (5 + 3) + 24 * 3 * (10 + 1))


def test_checking_leaves_the_random_numbers_alone():
    before = torch.get_rng_state()
    RICH.fit_to(POINTS)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_whole_data_set_may_be_one_batch():
    TINY.with_(batch_size=len(POINTS)).fit_to(POINTS)
    with pytest.raises(ValueError, match="batch holds 101"):
        TINY.with_(batch_size=len(POINTS) + 1).fit_to(POINTS)
