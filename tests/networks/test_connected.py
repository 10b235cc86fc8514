"""Fully connected networks: their layers, their options, what they refuse."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gan_school.networks import ACTIVATIONS, mlp


def kinds(network: nn.Module) -> list[type]:
    return [type(layer) for layer in network]


def test_the_network_of_the_course():
    network = mlp(20, 50, 3).build()
    assert kinds(network) == [nn.Linear, nn.ReLU, nn.Linear]
    assert [tuple(p.shape) for p in network.parameters()] == [(50, 20), (50,), (3, 50), (3,)]


@given(sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5), n=st.integers(1, 4))
def test_shapes(sizes, n):
    assert mlp(*sizes).build()(torch.zeros(n, sizes[0])).shape == (n, sizes[-1])


def test_two_sizes_are_one_layer():
    assert kinds(mlp(4, 2).build()) == [nn.Linear]


def test_where_the_options_go():
    """Normalise, activate, drop; the last layer gives plain numbers unless asked."""
    network = mlp(
        4, 6, 5, 2, activation="tanh", batch_norm=True, dropout=0.3, output="sigmoid"
    ).build()
    hidden = [nn.Linear, nn.BatchNorm1d, nn.Tanh, nn.Dropout]
    assert kinds(network) == [*hidden, *hidden, nn.Linear, nn.Sigmoid]
    assert network[3].p == 0.3
    assert network[1].num_features == 6


def test_no_bias_where_normalising_takes_it_away():
    network = mlp(4, 6, 2, batch_norm=True).build()
    assert network[0].bias is None
    assert network[-1].bias is not None


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_has_a_name(name):
    network = mlp(2, 3, 1, activation=name).build()
    assert type(network[1]).__name__.lower() == name.replace("_", "")
    assert type(mlp(2, 1, output=name).build()[-1]) is type(network[1])


def test_leaky_relu_has_a_slope_of_one_fifth():
    assert mlp(1, 1, output="leaky_relu").build()[-1](torch.tensor(-1.0)).item() == pytest.approx(
        -0.2
    )


@pytest.mark.parametrize(
    ("describe", "message"),
    [
        (lambda: mlp(), "no layer"),
        (lambda: mlp(3), "no layer"),
        (lambda: mlp(3, 0, 1), "size 0"),
        (lambda: mlp(3, -4, 1), "size -4"),
        (lambda: mlp(3, 4, 1, activation="relu6"), "unknown activation 'relu6'.*leaky_relu"),
        (lambda: mlp(3, 4, 1, output="softmax"), "unknown activation 'softmax'"),
        (lambda: mlp(3, 4, 1, dropout=1), "dropout is a probability"),
        (lambda: mlp(3, 4, 1, dropout=-0.1), "dropout is a probability"),
    ],
)
def test_what_cannot_be_built(describe, message):
    with pytest.raises(ValueError, match=message):
        describe().build()
