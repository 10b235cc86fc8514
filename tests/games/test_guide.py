"""A classifier in the generator's loss: what is missing costs, and what is there does not."""

import math

import pytest
import torch
from torch import nn

from gan_school import Recipe, Run, datasets, train
from gan_school.games import GAN, Guide, trained_classifier
from gan_school.games.guide import _built
from gan_school.networks import mlp, mlp_discriminator, mlp_generator, network
from tests.helpers import POINTS, TINY, agree, same, survives

pytestmark = pytest.mark.filterwarnings("error")


@network
def left_or_right(steepness: float = 50.0) -> nn.Module:
    """Two classes of points: whose first coordinate is below 0, and whose is above."""
    layer = nn.Linear(2, 2, bias=False).requires_grad_(False)
    layer.weight.copy_(torch.tensor([[-steepness, 0.0], [steepness, 0.0]]))
    return layer


LEFT, RIGHT = torch.tensor([[-1.0, 0.0]]), torch.tensor([[1.0, 0.0]])


def game(weight: float = 1.0, steepness: float = 50.0) -> GAN:
    return GAN(guide=Guide(left_or_right(steepness), weight))


def test_what_is_missing_costs():
    both, missing = torch.cat([LEFT, RIGHT]), game().guide.missing
    assert missing(both, both).item() == pytest.approx(0, abs=1e-6)
    thirds = torch.cat([LEFT, LEFT, RIGHT])
    expected = 0.5 * math.log(0.5 / (2 / 3)) + 0.5 * math.log(0.5 / (1 / 3))
    assert missing(both, thirds).item() == pytest.approx(expected, abs=1e-5)
    assert missing(LEFT, LEFT).item() == pytest.approx(0, abs=1e-6), "nor is it in the data"


@pytest.mark.parametrize("far", [0.3, 0.5, 1.0, 10.0])
def test_the_farther_a_kind_is_the_more_its_absence_costs(far):
    """Without bound, and G is told so: half of the data is worth ½ · 2 · steepness · x."""
    x = (far * LEFT).requires_grad_()
    cost = game().guide.missing(torch.cat([LEFT, RIGHT]), x)
    assert cost.item() == pytest.approx(50 * far - math.log(2), rel=1e-4)
    (slope,) = torch.autograd.grad(cost.sum(), x)
    assert slope[0, 0].item() == pytest.approx(-50, rel=1e-4)


def test_the_generator_is_told_where_to_go():
    x = torch.cat([LEFT, LEFT, 0.1 * LEFT]).requires_grad_()
    cost = game(steepness=1.0).guide.missing(torch.cat([LEFT, RIGHT]), x)
    (slope,) = torch.autograd.grad(cost.sum(), x)
    assert (slope[:, 0] < 0).all(), "to the right, where the other half of the data is"


def test_without_weight_it_is_the_ordinary_game():
    assert same(train(TINY.with_(game=game(0.0)), POINTS), train(TINY, POINTS))
    assert not same(train(TINY.with_(game=game()), POINTS), train(TINY, POINTS))


def test_in_populations_and_resumed(tmp_path):
    recipe = TINY.with_(game=game(steepness=1.0))
    agree(recipe)
    survives(recipe, tmp_path)


def test_building_the_guide_takes_no_random_number_of_the_run():
    """The first run of a process, and those that find the guide already built, are the same."""
    recipe = TINY.with_(
        discriminator=mlp(2, 8, 1, dropout=0.3), game=GAN(guide=Guide(mlp(2, 8, 2)))
    )
    _built.cache_clear()
    torch.manual_seed(5)
    first = train(recipe, POINTS)
    torch.manual_seed(5)
    _built.cache_clear()
    before = torch.random.get_rng_state()
    recipe.game.guide.log_classes(LEFT)
    assert torch.equal(before, torch.random.get_rng_state())
    assert first.step == recipe.steps


def test_samples_are_chosen_by_what_the_guide_says():
    recipe = TINY.with_(game=game(steepness=1.0), average=0.5)
    run = train(recipe, POINTS, seeds=[0, 1])
    before = [x.clone() for x in run.generator.network.state_dict().values()]
    x = run.choose(20, among=30)
    drawn = run.sample(600)
    assert x.shape == (2, 20, 2)
    for own, all_ in zip(x, drawn, strict=True):
        expected = all_[:, 0].sort().values
        both = torch.cat([expected[:10], expected[-10:]])
        assert torch.equal(own[:, 0].sort().values, both), "ten of either, the surest there are"
    assert all(map(torch.equal, before, run.generator.network.state_dict().values()))
    assert train(TINY.with_(game=game()), POINTS).choose(3).shape == (3, 2)


def test_where_a_kind_is_too_rare_more_of_the_others_are_chosen():
    x = torch.cat([LEFT, LEFT * 2, LEFT * 3, RIGHT])
    assert sorted(game(steepness=1.0).guide.choose(x, 3).tolist()) == [1, 2, 3]


def test_choosing_takes_a_guide():
    with pytest.raises(ValueError, match="no guide to choose by"):
        Run.start(TINY, POINTS).choose(3)
    with pytest.raises(ValueError, match="1 time as many"):
        Run.start(TINY.with_(game=game()), POINTS).choose(3, among=0)


@pytest.mark.slow
def test_with_a_classifier_of_digits():
    pictures = datasets.digits(8)
    recipe = Recipe(
        mlp_generator(8, latent=3, hidden=(8,)), mlp_discriminator(8, hidden=(8,)),
        game=GAN(guide=Guide(trained_classifier("digits", 8))), batch_size=20, steps=3,
    )  # fmt: skip
    run = train(recipe, pictures, seeds=[0, 1])
    found = run.game.guide.log_classes(pictures.x[:7].expand(2, 7, 1, 8, 8), 1)
    assert found.shape == (2, 7, 10)


def test_what_no_guide_can_be_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        game(-1.0)
    with pytest.raises(ValueError, match="no classifier of 'cats'"):
        trained_classifier("cats").build()
