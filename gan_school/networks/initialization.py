"""Where the weights start."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from gan_school.described import described

_WITH_WEIGHTS = (nn.Linear, nn.modules.conv._ConvNd)


@described
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


@described
@dataclass(frozen=True)
class AsBuilt:
    """Leave the weights as the layers' own constructors drew them."""

    def __call__(self, network: nn.Module) -> None:
        """Do nothing."""
