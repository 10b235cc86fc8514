"""A variational autoencoder as generator: its loss against closed forms, and what it is for."""

import math

import pytest
import torch
from torch import nn

from gan_school import datasets, metrics, train
from gan_school.games import AdversarialVAE, Gaussian
from gan_school.networks import mlp, vae
from gan_school.networks.autoencoder import VariationalAutoencoder
from gan_school.randomness import Randomness
from tests.helpers import POINTS, TINY, distance

pytestmark = pytest.mark.filterwarnings("error")


class Known(nn.Module):
    """An encoder that says the same mean and log variance of every sample."""

    def __init__(self, mean: float, log_variance: float):
        super().__init__()
        self.answer = torch.tensor([mean, log_variance])

    def forward(self, x):
        return self.answer.expand(*x.shape[:-1], 2)


def game(encoder: nn.Module, decoder: nn.Module, **settings) -> AdversarialVAE:
    generator = VariationalAutoencoder(encoder, decoder, 1)
    return AdversarialVAE(**settings).between(
        generator, nn.Linear(1, 1), Gaussian(1), Randomness(0)
    )


def test_the_divergence_is_that_of_two_gaussians():
    """KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − log σ²), with x = 0 decoded to 0: nothing else."""
    zero = nn.Linear(1, 1)
    nn.init.zeros_(zero.weight), nn.init.zeros_(zero.bias)
    mean, variance = 0.7, 0.3
    loss = game(Known(mean, math.log(variance)), zero).autoencoder_loss(torch.zeros(5, 1))
    expected = (mean**2 + variance - 1 - math.log(variance)) / 2
    assert loss.shape == (5, 1)
    assert torch.allclose(loss, torch.full((5, 1), expected))


def test_the_reconstruction_is_measured_in_standard_deviations():
    half = nn.Linear(1, 1)
    nn.init.zeros_(half.weight), nn.init.constant_(half.bias, 0.5)
    loss = game(Known(0.0, 0.0), half, noise=0.1).autoencoder_loss(torch.ones(3, 1))
    assert torch.allclose(loss, torch.full((3, 1), 0.5 * (0.5 / 0.1) ** 2))


def test_latent_vectors_are_drawn_around_the_mean():
    identity = nn.Linear(1, 1)
    nn.init.ones_(identity.weight), nn.init.zeros_(identity.bias)
    played = game(Known(2.0, math.log(0.25)), identity, noise=1.0)
    loss = played.autoencoder_loss(torch.full((20_000, 1), 2.0))
    divergence = (4 + 0.25 - 1 - math.log(0.25)) / 2
    assert loss.mean().item() == pytest.approx(0.25 / 2 + divergence, rel=0.02)


def test_the_generator_pays_for_both():
    encoder = mlp(1, 4, 2, activation="elu")  # of four ReLUs, all may be off
    played = game(encoder.build(), mlp(1, 4, 1).build(), weight=3.0)
    plain = game(encoder.build(), mlp(1, 4, 1).build(), weight=0.0)
    plain.generator.load_state_dict(played.generator.state_dict())
    plain.discriminator.load_state_dict(played.discriminator.state_dict())
    real = torch.ones(4, 1)
    torch.manual_seed(0)
    whole, adversarial = played.generator_loss(real), plain.generator_loss(real)
    assert (whole > adversarial).all()
    whole.sum().backward()
    assert all((p.grad != 0).any() for p in played.generator.encoder.parameters())


def test_encoder_and_decoder():
    network = vae(3, 8, 5, latent=2, activation="elu").build()
    linear = [
        (m.in_features, m.out_features) for m in network.modules() if isinstance(m, nn.Linear)
    ]
    assert linear == [(3, 8), (8, 5), (5, 4), (2, 5), (5, 8), (8, 3)]
    assert network(torch.zeros(7, 2)).shape == (7, 3)
    mean, log_variance = network.encode(torch.zeros(7, 3))
    assert mean.shape == log_variance.shape == (7, 2)
    assert len([m for m in network.modules() if isinstance(m, nn.ELU)]) == 4


RECIPE = TINY.with_(generator=vae(2, 8, latent=3), game=AdversarialVAE())


def test_in_a_population():
    members = train(RECIPE, POINTS, seeds=[2, 5])
    for k, seed in enumerate([2, 5]):
        assert distance(members[k], train(RECIPE, POINTS, seed)) < 1e-5


@pytest.mark.slow
def test_it_reaches_every_mode():
    """Each real sample has to be given back, so none can be forgotten."""
    data = datasets.ring(2_000)
    recipe = TINY.with_(
        generator=vae(2, 32, 32, latent=2),
        discriminator=mlp(2, 32, 1),
        game=AdversarialVAE(),
        steps=800,
        batch_size=64,
    )
    run = train(recipe, data, seeds=range(4))
    for samples in run.sample(1_000):
        assert metrics.mode_report(samples, data.modes, 0.3).modes_covered == 8


@pytest.mark.parametrize(
    ("settings", "message"),
    [(dict(weight=-1.0), "weight=-1.0"), (dict(noise=0.0), "noise=0.0")],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(ValueError, match=message):
        AdversarialVAE(**settings)


def test_a_generator_without_encoder():
    with pytest.raises(ValueError, match=r"no encoder.*networks\.vae"):
        train(TINY.with_(game=AdversarialVAE()), POINTS)


def test_a_latent_of_size_zero():
    with pytest.raises(ValueError, match="latent=0"):
        vae(3, 8, latent=0).build()
