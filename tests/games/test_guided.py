"""A classifier in the generator's loss: what is missing costs, and what is there does not."""

import math

import pytest
import torch
from torch import nn

from gan_school import Recipe, Run, datasets, train
from gan_school.games import GuidedGAN
from gan_school.games.guided import chosen, trained_classifier
from gan_school.networks import mlp_discriminator, mlp_generator, network
from tests.helpers import POINTS, TINY, agree, same, survives

pytestmark = pytest.mark.filterwarnings("error")


@network
def left_or_right(steepness: float = 50.0) -> nn.Module:
    """Two classes of points: whose first coordinate is below 0, and whose is above."""
    layer = nn.Linear(2, 2, bias=False).requires_grad_(False)
    layer.weight.copy_(torch.tensor([[-steepness, 0.0], [steepness, 0.0]]))
    return layer


LEFT, RIGHT = torch.tensor([[-1.0, 0.0]]), torch.tensor([[1.0, 0.0]])


def game(weight: float = 1.0) -> GuidedGAN:
    return GuidedGAN(guide=left_or_right(), weight=weight)


def test_what_is_missing_costs():
    both = torch.cat([LEFT, RIGHT])
    found = Run.start(TINY.with_(game=game()), POINTS).game
    assert found.missing(both, both).item() == pytest.approx(0, abs=1e-6)
    thirds = torch.cat([LEFT, LEFT, RIGHT])
    expected = 0.5 * math.log(0.5 / (2 / 3)) + 0.5 * math.log(0.5 / (1 / 3))
    assert found.missing(both, thirds).item() == pytest.approx(expected, abs=1e-5)
    assert found.missing(both, LEFT).item() > 5, "one of two is not there at all"
    assert found.missing(LEFT, LEFT).item() == pytest.approx(0, abs=1e-6), "nor is it in the data"


def test_the_generator_is_told_where_to_go():
    run = Run.start(TINY.with_(game=GuidedGAN(guide=left_or_right(1.0))), POINTS)
    x = torch.cat([LEFT, LEFT, 0.1 * LEFT]).requires_grad_()
    (slope,) = torch.autograd.grad(run.game.missing(torch.cat([LEFT, RIGHT]), x).sum(), x)
    assert (slope[:, 0] < 0).all(), "to the right, where the other half of the data is"


def test_without_weight_it_is_the_ordinary_game():
    assert same(train(TINY.with_(game=game(0.0)), POINTS), train(TINY, POINTS))
    assert not same(train(TINY.with_(game=game()), POINTS), train(TINY, POINTS))


def test_in_populations_and_resumed(tmp_path):
    recipe = TINY.with_(game=GuidedGAN(guide=left_or_right(1.0)))
    agree(recipe)
    survives(recipe, tmp_path)


def test_latents_are_chosen_by_what_the_guide_says():
    run = Run.start(TINY.with_(game=game()), POINTS)
    z = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    places = chosen(run.game, z, 20)
    x = run.generate(z[places])
    assert len(set(places.tolist())) == len(places) == 20
    assert (x[:10, 0] < 0).all() and (x[10:, 0] > 0).all(), "ten of either"
    only = chosen(run.game, z, 8, torch.tensor([0.25, 0.75]))
    assert (run.generate(z[only])[:, 0] < 0).sum() == 2


@pytest.mark.slow
def test_with_a_classifier_of_digits():
    pictures = datasets.digits(8)
    recipe = Recipe(
        mlp_generator(8, latent=3, hidden=(8,)), mlp_discriminator(8, hidden=(8,)),
        game=GuidedGAN(guide=trained_classifier("digits", 8)), batch_size=20, steps=3,
    )  # fmt: skip
    run = train(recipe, pictures, seeds=[0, 1])
    assert run.game.classes_of(pictures.x[:7].expand(2, 7, 1, 8, 8)).shape == (2, 7, 10)


def test_a_guide_is_needed():
    with pytest.raises(ValueError, match="needs a guide"):
        GuidedGAN()
    with pytest.raises(ValueError, match="0 or more"):
        game(-1.0)
    with pytest.raises(ValueError, match="no classifier of 'cats'"):
        trained_classifier("cats").build()
