"""The game of pairs: losses and slopes by hand."""

import math

import pytest
import torch

from gan_school import Recipe, datasets, train
from gan_school.games import (
    R1,
    R2,
    ConditionalRelativisticGAN,
    Noisy,
    RelativisticGAN,
    Smooth,
)
from gan_school.networks import mlp_discriminator, mlp_generator
from tests.helpers import POINTS, TINY, agree, finite, survives

pytestmark = pytest.mark.filterwarnings("error")


def test_at_equal_scores_both_pay_log_2_and_want_a_half():
    on_real, on_fake = (torch.full((3, 1), 1.7, requires_grad=True) for _ in range(2))
    loss = RelativisticGAN().loss_of_pair(on_real, on_fake)
    assert torch.allclose(loss, torch.tensor(math.log(2)))
    slopes = torch.autograd.grad(loss.sum(), [on_real, on_fake])
    assert torch.allclose(slopes[0], torch.tensor(-0.5)), "D wants the real one higher,"
    assert torch.allclose(slopes[1], torch.tensor(0.5)), "and the generated one lower"
    swapped = RelativisticGAN().loss_of_pair(on_fake, on_real)
    (slope,) = torch.autograd.grad(swapped.sum(), on_fake)
    assert torch.allclose(swapped, torch.tensor(math.log(2)))
    assert torch.allclose(slope, torch.tensor(-0.5)), "G wants it higher"
    assert RelativisticGAN().balance() == pytest.approx((math.log(2),) * 2)
    assert math.isnan(RelativisticGAN().guess), "only differences count"
    train(TINY.with_(game=RelativisticGAN()), POINTS).plot()


def test_only_the_difference_of_two_logits_counts():
    game = RelativisticGAN()
    a, b = torch.tensor([[2.0], [-1.0]]), torch.tensor([[0.5], [1.0]])
    expected = torch.tensor([[math.log(1 + math.exp(-1.5))], [math.log(1 + math.exp(2.0))]])
    assert torch.allclose(game.loss_of_pair(a, b), expected)
    assert torch.allclose(game.loss_of_pair(a + 9, b + 9), expected, atol=1e-5)


def test_both_penalties_are_half_the_squared_slopes():
    """Huang et al. 2024: γ/2 · E|∇D|² at real samples, and the same at generated ones."""
    from gan_school import Run

    gamma = 0.3
    run = Run.start(TINY.with_(game=RelativisticGAN(penalty=R1(gamma) + R2(gamma))), POINTS)
    game, real = run.game, POINTS.x[:6]
    fake = game.fakes_for(real)
    expected = game.loss_of_pair(game.score(real), game.score(fake)).flatten()
    for x in (real, fake):
        x = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(game.score(x).sum(), x)
        expected = expected + gamma / 2 * slope.square().sum(1)
    assert torch.allclose(game.discriminator_loss(real, fake).flatten(), expected, atol=1e-6)


@pytest.mark.parametrize("parts", [dict(), dict(penalty=R1(0.1) + R2(0.1)), dict(view=Noisy(0.1))])
def test_in_populations_and_resumed(parts, tmp_path):
    recipe = TINY.with_(game=RelativisticGAN(**parts))
    agree(recipe)
    survives(recipe, tmp_path)


def test_the_two_of_a_pair_have_one_label():
    pictures = datasets.digits(8)[:120]
    recipe = Recipe(
        mlp_generator(8, latent=3, hidden=(8,), classes=10),
        mlp_discriminator(8, hidden=(8,), classes=10),
        game=ConditionalRelativisticGAN(penalty=R1(0.1)), batch_size=8, steps=6,
    )  # fmt: skip
    assert finite(train(recipe, pictures, seeds=[0, 1]))
    with pytest.raises(ValueError, match="has another loss"):
        RelativisticGAN(targets=Smooth(0.9))
