"""Fully connected networks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from torch import nn

from gan_school.networks.description import Place, network
from gan_school.networks.spectral import spectrally_normalised

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": partial(nn.LeakyReLU, 0.2),
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
"""The activations that a network can be asked for by name. LeakyReLU has a slope of 0.2."""


@network(
    latent=Place(lambda sizes: sizes[0], lambda sizes, count: (count, *sizes[1:])),
    hidden=Place(lambda sizes: sizes[1:-1], lambda sizes, new: (sizes[0], *new, sizes[-1])),
    second_head=Place(lambda sizes: sizes[-1] - 1, lambda sizes, n: (*sizes[:-1], 1 + n)),
)
def mlp(
    *sizes: int,
    activation: str = "relu",
    output: str | None = None,
    batch_norm: bool = False,
    dropout: float = 0.0,
    spectral_norm: bool = False,
) -> nn.Module:
    """A multilayer perceptron: `mlp(20, 50, 3)` takes 20 numbers, has 50 hidden units, gives 3.

    Args:
        sizes: width of every layer, first to last.
        activation: after every hidden layer, one of `ACTIVATIONS`.
        output: an activation after the last layer, or None for plain numbers. A discriminator
            gives plain numbers, its logits: the losses take care of the sigmoid.
        batch_norm: normalise every hidden layer before its activation (Ioffe & Szegedy 2015).
        dropout: probability of dropping each hidden unit while training (Srivastava et al. 2014).
        spectral_norm: divide the weights of every layer by their spectral norm, see `SpectralNorm`.

    Returns:
        A module from (batch, first size) to (batch, last size).

    Raises:
        ValueError: for fewer than two sizes, a size below 1, or an unknown activation.
    """
    network = nn.Sequential(
        *layers(
            *sizes, activation=activation, output=output, batch_norm=batch_norm, dropout=dropout
        )
    )
    return spectrally_normalised(network) if spectral_norm else network


def layers(
    *sizes: int,
    activation: str = "relu",
    output: str | None = None,
    batch_norm: bool = False,
    dropout: float = 0.0,
) -> list[nn.Module]:
    """The layers of a multilayer perceptron in order; see `mlp`."""
    if len(sizes) < 2:
        raise ValueError(f"mlp{sizes} has no layer. Give at least the sizes of input and output.")
    if min(sizes) < 1:
        raise ValueError(
            f"mlp{sizes} has a layer of size {min(sizes)}. Every size must be 1 or more."
        )
    check_share(dropout)
    parts: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes[:-1]):
        # Normalising takes the mean away, and with it any bias added just before.
        parts.append(nn.Linear(inputs, outputs, bias=not batch_norm))
        if batch_norm:
            parts.append(nn.BatchNorm1d(outputs))
        parts.append(_activation(activation))
        if dropout:
            parts.append(nn.Dropout(dropout))
    parts.append(nn.Linear(sizes[-2], sizes[-1]))
    if output is not None:
        parts.append(_activation(output))
    return parts


def check_share(dropout: float) -> None:
    """Refuse what is no probability of dropping a unit."""
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout is a probability from 0 up to, not including, 1. Got {dropout}.")


def _activation(name: str) -> nn.Module:
    if name not in ACTIVATIONS:
        raise ValueError(f"unknown activation {name!r}. Choose one of: {', '.join(ACTIVATIONS)}.")
    return ACTIVATIONS[name]()
