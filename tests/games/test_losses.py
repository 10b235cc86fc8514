"""Other ways to write a loss: other gradients, and the same equilibrium."""

import pytest
import torch
from torch import nn

from gan_school.games import GAN, Gaussian, SaturatingGAN, SquaredErrorGAN
from gan_school.randomness import Randomness

pytestmark = pytest.mark.filterwarnings("error")

LOGITS = torch.linspace(-12, 12, 49)


def slope(loss, logits=LOGITS):
    logits = logits.clone().requires_grad_()
    loss(logits).sum().backward()
    return logits.grad


def test_saturating_and_non_saturating_are_different_losses_with_different_gradients():
    d = torch.sigmoid(LOGITS.double()).float()
    saturating, other = SaturatingGAN(), GAN()
    assert torch.allclose(saturating.loss_of_generator(LOGITS), torch.log1p(-d), rtol=1e-3)
    assert torch.allclose(other.loss_of_generator(LOGITS), -torch.log(d), rtol=1e-3, atol=1e-6)
    assert torch.allclose(slope(saturating.loss_of_generator), -d, atol=1e-6)
    assert torch.allclose(slope(other.loss_of_generator), d - 1, atol=1e-6)


def test_only_the_saturating_one_vanishes_where_d_is_sure():
    sure = torch.tensor([-12.0])
    assert slope(GAN().loss_of_generator, sure).item() == pytest.approx(-1, abs=1e-4)
    assert slope(SaturatingGAN().loss_of_generator, sure).item() == pytest.approx(0, abs=1e-4)


def test_both_have_the_same_slope_at_balance():
    zero = torch.zeros(1)
    assert torch.equal(
        slope(GAN().loss_of_generator, zero), slope(SaturatingGAN().loss_of_generator, zero)
    )


def test_the_saturating_game_adds_up_to_zero():
    """What the generator pays for its samples is what the discriminator is not paid for them."""
    game = SaturatingGAN()
    assert torch.equal(game.loss_of_generator(LOGITS), -game.loss_on_fake(LOGITS))


def test_it_changes_the_generators_loss_alone():
    for name in ("loss_on_real", "loss_on_fake"):
        assert torch.equal(getattr(SaturatingGAN(), name)(LOGITS), getattr(GAN(), name)(LOGITS))


def test_the_squared_error_is_that_of_the_probability():
    game, d = SquaredErrorGAN(), torch.sigmoid(LOGITS)
    assert torch.allclose(game.loss_on_real(LOGITS), (1 - d) ** 2)
    assert torch.allclose(game.loss_on_fake(LOGITS), d**2)
    assert torch.equal(game.loss_of_generator(LOGITS), GAN().loss_of_generator(LOGITS))


def test_the_squared_error_learns_nothing_where_d_is_sure_and_wrong():
    sure_and_wrong = torch.tensor([-12.0])
    assert slope(GAN().loss_on_real, sure_and_wrong).item() == pytest.approx(-1, abs=1e-4)
    assert slope(SquaredErrorGAN().loss_on_real, sure_and_wrong).item() == pytest.approx(
        0, abs=1e-4
    )


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_both_errors_are_least_at_the_true_probability(share):
    """Where a share of the samples is real, the best D says that share: both are proper scores."""
    logits = torch.logit(torch.linspace(0.01, 0.99, 99))
    for game in (GAN(), SquaredErrorGAN()):
        error = share * game.loss_on_real(logits) + (1 - share) * game.loss_on_fake(logits)
        assert torch.sigmoid(logits[error.argmin()]).item() == pytest.approx(share, abs=0.011)


@pytest.mark.parametrize("kind", [SaturatingGAN, SquaredErrorGAN])
def test_losses_come_one_per_sample(kind):
    game = kind().between(nn.Linear(2, 1), nn.Linear(1, 1), Gaussian(2), Randomness(0))
    real = torch.ones(5, 1)
    assert game.discriminator_loss(real).shape == game.generator_loss(real).shape == (5, 1)
