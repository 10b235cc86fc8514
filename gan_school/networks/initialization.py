"""Where the weights start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from gan_school.settings import setting

_WITH_WEIGHTS = (nn.Linear, nn.modules.conv._ConvNd)
_NORMALISING = (nn.modules.batchnorm._NormBase, nn.GroupNorm)


@setting
@dataclass(frozen=True)
class XavierNormal:
    """Weights ~ N(0, 2 / (inputs + outputs)), biases constant (Glorot & Bengio 2010, equation 12).

    Keeps the variance of signals about the same from layer to layer, forwards and backwards.
    """

    bias: float = 0.001
    gain: float = 1.0

    def __call__(self, network: nn.Module) -> None:
        """Overwrite the weights of every linear and convolutional layer, in place."""
        for layer in network.modules():
            if isinstance(layer, _WITH_WEIGHTS):
                nn.init.xavier_normal_(layer.weight, self.gain)
                if layer.bias is not None:
                    nn.init.constant_(layer.bias, self.bias)


@setting
@dataclass(frozen=True)
class NormalWeights:
    """Weights ~ N(0, sd²), biases 0: the DCGAN's choice, with sd = 0.02 (Radford et al. 2016).

    The factors of normalising layers are drawn from N(1, sd²).
    """

    sd: float = 0.02

    def __call__(self, network: nn.Module) -> None:
        """Overwrite the weights of linear, convolutional and normalising layers, in place."""
        for layer in network.modules():
            centre = 0.0 if isinstance(layer, _WITH_WEIGHTS) else 1.0
            if isinstance(layer, _WITH_WEIGHTS + _NORMALISING) and layer.weight is not None:
                nn.init.normal_(layer.weight, centre, self.sd)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)


@setting
@dataclass(frozen=True)
class AsBuilt:
    """Leave the weights as the layers' own constructors drew them."""

    def __call__(self, network: nn.Module) -> None:
        """Do nothing."""


@setting
@dataclass(frozen=True)
class Separately:
    """One start for the generator, another for the discriminator.

    `Separately(generator=XavierNormal(gain=2**0.5))` gives the generator what its ReLUs take away.
    """

    generator: Callable[[nn.Module], None] = XavierNormal()
    discriminator: Callable[[nn.Module], None] = XavierNormal()

    def __call__(self, network: nn.Module) -> None:
        """Refuse: a network does not say which of the two it is.

        Raises:
            TypeError: always. Take `.generator` or `.discriminator`.
        """
        raise TypeError("which of the two networks is it? Call .generator or .discriminator.")
