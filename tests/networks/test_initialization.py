"""Where the weights start."""

import copy

import pytest
import torch
from torch import nn

from gan_school.networks import AsBuilt, NormalWeights, Separately, XavierNormal, mlp
from gan_school.training import Recipe, Run


@pytest.fixture
def network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield nn.Sequential(
            nn.Linear(300, 200), nn.BatchNorm1d(200), nn.ReLU(), nn.Linear(200, 100, bias=False),
            nn.Unflatten(1, (4, 5, 5)), nn.Conv2d(4, 64, 5), nn.ConvTranspose2d(64, 8, 3),
        )  # fmt: skip


def test_variances_are_those_of_glorot_and_bengio(network):
    """2 / (inputs + outputs): for 60,000 weights, the standard deviation is known to 0.3 %."""
    XavierNormal()(network)
    assert network[0].weight.std().item() == pytest.approx((2 / 500) ** 0.5, rel=0.02)
    assert network[3].weight.std().item() == pytest.approx((2 / 300) ** 0.5, rel=0.03)
    assert network[5].weight.std().item() == pytest.approx((2 / (25 * 68)) ** 0.5, rel=0.05)
    assert network[0].weight.mean().item() == pytest.approx(0, abs=0.001)


def test_it_is_normal_and_not_uniform(network):
    """About 4.6 % of normal numbers lie beyond two standard deviations; of uniform ones, none."""
    XavierNormal()(network)
    weights = network[0].weight
    assert (weights.abs() > 2 * weights.std()).float().mean().item() == pytest.approx(
        0.0455, abs=0.006
    )


def test_biases_are_constant(network):
    XavierNormal()(network)
    for layer in (network[0], network[5], network[6]):
        assert (layer.bias == 0.001).all()
    XavierNormal(bias=0.5)(network)
    assert (network[0].bias == 0.5).all()


def test_gain(network):
    XavierNormal(gain=3.0)(network)
    assert network[0].weight.std().item() == pytest.approx(3 * (2 / 500) ** 0.5, rel=0.02)


def test_normalising_layers_keep_their_ones_and_zeros(network):
    XavierNormal()(network)
    assert (network[1].weight == 1).all()
    assert (network[1].bias == 0).all()


def test_as_built_changes_nothing(network):
    before = copy.deepcopy(network.state_dict())
    AsBuilt()(network)
    assert all(torch.equal(x, before[name]) for name, x in network.state_dict().items())


def test_normal_weights_are_those_of_the_dcgan(network):
    """N(0, 0.02²) in all layers with weights, biases 0; factors of BatchNorm around 1."""
    NormalWeights()(network)
    for place in (0, 3, 5, 6):
        assert network[place].weight.std().item() == pytest.approx(0.02, rel=0.05)
        assert network[place].weight.mean().item() == pytest.approx(0, abs=0.002)
    assert network[1].weight.mean().item() == pytest.approx(1, abs=0.01)
    assert network[1].weight.std().item() == pytest.approx(0.02, rel=0.2)
    assert all(
        not layer.bias.any() for layer in network if getattr(layer, "bias", None) is not None
    )


def test_the_two_networks_can_start_separately():
    """Twice the gain in three layers of G: samples eight times as wide, and the same D."""
    recipe = Recipe(mlp(4, 16, 16, 2), mlp(2, 16, 1), batch_size=8, initialize=XavierNormal(bias=0))
    wider = recipe.with_(initialize=Separately(XavierNormal(bias=0, gain=2), XavierNormal(bias=0)))
    data = torch.randn(20, 2)
    one, other = (Run.start(each, data, 3) for each in (recipe, wider))
    torch.testing.assert_close(other.sample(50), 8 * one.sample(50))
    assert torch.equal(other.opinion(data), one.opinion(data))


def test_a_start_for_two_networks_is_not_one_for_any(network):
    with pytest.raises(TypeError, match=r"Call \.generator or \.discriminator"):
        Separately()(network)
