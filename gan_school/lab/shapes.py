"""The hidden layers of a fully connected network that is described, not built."""

from __future__ import annotations

from dataclasses import replace

from gan_school.networks import Network


def hidden(network: Network) -> tuple[int, ...]:
    """Sizes of the hidden layers: (50, 50) for `mlp(20, 50, 50, 3)`.

    Raises:
        ValueError: if it is no fully connected network of this package.
    """
    if network.name == "mlp":
        return tuple(network.args[1:-1])
    if "hidden" in network.kwargs:
        return tuple(network.kwargs["hidden"])
    raise ValueError(f"{network} is no fully connected network whose hidden layers are named.")


def reshaped(network: Network, sizes: tuple[int, ...]) -> Network:
    """The same network with other hidden layers.

    Raises:
        ValueError: as `hidden`.
    """
    hidden(network)
    if network.name == "mlp":
        return replace(network, args=(network.args[0], *sizes, network.args[-1]))
    return network.with_(hidden=tuple(sizes))


def with_latent(network: Network, size: int) -> Network:
    """The same generator for a latent of another size.

    Raises:
        ValueError: if it is no network of this package.
    """
    if network.name == "mlp":
        return replace(network, args=(size, *network.args[1:]))
    if network.name in ("mlp_generator", "dcgan_generator"):
        return network.with_(latent=size)
    raise ValueError(f"{network} is no generator whose latent can be changed.")


def with_answers(network: Network, count: int) -> Network:
    """The same discriminator with so many answers besides its logit.

    Raises:
        ValueError: if it is no network of this package.
    """
    if network.name == "mlp":
        return replace(network, args=(*network.args[:-1], 1 + count))
    if network.name in ("mlp_discriminator", "dcgan_discriminator"):
        return network.with_(second_head=count)
    raise ValueError(f"{network} is no discriminator that could have a second head.")


def is_connected(network: Network) -> bool:
    """Whether these functions know its hidden layers."""
    return network.name == "mlp" or "hidden" in network.kwargs
