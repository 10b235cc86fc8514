"""Spectral normalisation: layers that cannot stretch anything by more than 1."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, normalize


class SpectralNorm(nn.Module):
    """A linear or convolutional layer whose weights W are divided by their spectral norm σ(W).

    σ is the largest singular value, the most by which W stretches any vector; for a convolution W
    is taken as a matrix of outputs × (inputs · height · width). It is estimated with one power
    iteration for each batch while training, which follows the slowly changing weights (Miyato et
    al. 2018, algorithm 1):

        v ← Wᵀu / |Wᵀu|,   u ← Wv / |Wv|,   σ ≈ uᵀWv

    Args:
        layer: an `nn.Linear` or `nn.Conv2d`.
    """

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer
        matrix = layer.weight.flatten(1)
        self.register_buffer("u", normalize(torch.randn(matrix.shape[0]), dim=0))
        self.register_buffer("v", normalize(torch.randn(matrix.shape[1]), dim=0))

    def forward(self, x: Tensor) -> Tensor:
        if isinstance(self.layer, nn.Linear):
            return linear(x, self.weight(), self.layer.bias)
        return self.layer._conv_forward(x, self.weight(), self.layer.bias)

    def weight(self) -> Tensor:
        """W / σ(W); in training mode, after one step of the power iteration."""
        stacked = self.u.ndim - 1  # 1 for a population, whose members are in front
        weight = self.layer.weight
        matrix = weight.flatten(1 + stacked)
        # Both vectors are copies: the next batch changes the buffers before anybody goes back.
        u, v = self.u.clone(), self.v.clone()
        if self.training:
            with torch.no_grad():
                v = normalize((u.unsqueeze(-2) @ matrix).squeeze(-2), dim=-1)
                u = normalize((matrix @ v.unsqueeze(-1)).squeeze(-1), dim=-1)
                self.u.copy_(u)
                self.v.copy_(v)
        sigma = (u * (matrix @ v.unsqueeze(-1)).squeeze(-1)).sum(-1)
        return weight / sigma.reshape(sigma.shape + (1,) * (weight.ndim - stacked))


def spectrally_normalised(network: nn.Module) -> nn.Module:
    """Put all linear and convolutional layers of a network under spectral normalisation."""
    for name, part in network.named_children():
        if isinstance(part, nn.Linear | nn.Conv2d):
            setattr(network, name, SpectralNorm(part))
        else:
            spectrally_normalised(part)
    return network
