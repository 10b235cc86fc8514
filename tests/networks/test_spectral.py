"""Spectral normalisation, against singular values."""

import pytest
import torch
from torch import nn

from gan_school import datasets, train
from gan_school.games import R1, HingeGAN
from gan_school.networks import (
    Population,
    SpectralNorm,
    dcgan_discriminator,
    dcgan_generator,
    mlp,
    mlp_discriminator,
    spectrally_normalised,
)
from tests.helpers import POINTS, TINY, finite

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(autouse=True)
def _seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


LAYERS = {
    "linear": (lambda: nn.Linear(30, 20), (4, 30)),
    "one output": (lambda: nn.Linear(30, 1), (4, 30)),
    "convolution": (lambda: nn.Conv2d(3, 16, 4, 2, 1), (4, 3, 8, 8)),
}


def largest(weight):
    return torch.linalg.svdvals(weight.flatten(1))[0].item()


@pytest.mark.parametrize("name", LAYERS)
def test_after_a_warm_up_the_largest_singular_value_is_one(name):
    make, shape = LAYERS[name]
    layer = SpectralNorm(make())
    with torch.no_grad():
        layer.layer.weight *= 7
        for _ in range(100):
            layer(torch.randn(shape))
    assert largest(layer.weight().detach()) == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("name", LAYERS)
def test_it_is_the_same_layer_with_smaller_weights(name):
    make, shape = LAYERS[name]
    plain, x = make(), torch.randn(shape)
    layer = SpectralNorm(plain).eval()
    sigma = (plain.weight / layer.weight()).flatten()[0]
    zero = torch.zeros(shape)
    assert torch.allclose(layer(x) - layer(zero), (plain(x) - plain(zero)) / sigma, atol=1e-5)
    assert torch.allclose(layer(zero), plain(zero))


def test_it_follows_weights_that_learn():
    """One step of the iteration a batch is enough while weights change slowly."""
    network = mlp(2, 32, 32, 1, spectral_norm=True).build()
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    for _ in range(300):
        x = torch.randn(32, 2)
        loss = (network(x) - 5 * x[:, :1]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for layer in network:
        if isinstance(layer, SpectralNorm):
            assert largest(layer.weight().detach()) == pytest.approx(1, rel=0.01)


def test_the_whole_network_has_a_slope_of_at_most_one():
    network = mlp(2, 32, 32, 1, activation="leaky_relu", spectral_norm=True).build()
    for _ in range(100):
        network(torch.randn(8, 2))
    x = torch.randn(500, 2, requires_grad=True)
    (slope,) = torch.autograd.grad(network(x).sum(), x)
    assert slope.norm(dim=1).max() < 1.01


def test_asking_in_evaluation_mode_changes_nothing():
    layer = SpectralNorm(nn.Linear(5, 4)).eval()
    before = layer.u.clone()
    x = torch.randn(3, 5)
    assert torch.equal(layer(x), layer(x))
    assert torch.equal(layer.u, before)


def test_the_estimate_is_part_of_the_gradient():
    """W / σ(W) does not change with the length of W, so the gradient has no part along W."""
    layer = SpectralNorm(nn.Linear(6, 4))
    for _ in range(100):
        layer(torch.randn(2, 6))
    layer.weight().square().sum().backward()
    weight = layer.layer.weight
    assert (weight.grad * weight).sum().item() == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("name", LAYERS)
def test_in_a_population(name):
    """Every member has its own iteration, and its own second derivative."""
    make, shape = LAYERS[name]
    members = [nn.Sequential(SpectralNorm(make()), nn.Flatten(-3)) for _ in range(3)]
    if name != "convolution":
        members = [nn.Sequential(SpectralNorm(make())) for _ in range(3)]
    population = Population(members)
    for _ in range(3):
        x = torch.randn(3, *shape)
        together = population(x)
        for k, member in enumerate(members):
            assert torch.allclose(member(x[k]), together[k], atol=1e-5)


def test_all_layers_of_a_network():
    for network in (
        mlp(2, 8, 8, 1, spectral_norm=True),
        mlp_discriminator(16, hidden=(8,), classes=10, spectral_norm=True),
        mlp_discriminator(16, hidden=(8,), second_head=3, spectral_norm=True),
        dcgan_discriminator(16, width=4, norm=None, spectral_norm=True),
    ):
        built = network.build()
        bare = [
            name
            for name, part in built.named_modules()
            if isinstance(part, nn.Linear | nn.Conv2d) and not name.endswith(".layer")
        ]
        assert not bare
    assert isinstance(spectrally_normalised(nn.Sequential(nn.Linear(2, 1)))[0], SpectralNorm)


@pytest.mark.parametrize("data", [POINTS, datasets.digits(16)[:40]], ids=["points", "images"])
def test_training_with_it_and_a_penalty(data):
    if data is POINTS:
        recipe = TINY.with_(discriminator=mlp(2, 8, 1, spectral_norm=True))
    else:
        recipe = TINY.with_(
            generator=dcgan_generator(16, latent=3, width=4),
            discriminator=dcgan_discriminator(16, width=4, norm=None, spectral_norm=True),
            steps=3,
        )
    recipe = recipe.with_(game=HingeGAN(penalty=R1(0.1)))
    together, alone = train(recipe, data, seeds=[3, 4]), train(recipe, data, seed=4)
    assert finite(together)
    assert torch.allclose(together.sample(5)[1], alone.sample(5), atol=1e-4)
