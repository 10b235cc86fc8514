"""K copies of a network, with K sets of weights, as one module.

A population sees (K, batch, …) where a network sees (batch, …). Nothing else changes, so the same
games, optimisers and training loop serve both. One large operation for all members takes hardly
longer than a small one for a single member: that is where the speed comes from.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state

from gan_school.networks.spectral import SpectralNorm

# Layers that treat every number by itself need no copies. Dropout is one: in a stack it draws a
# mask for every member, as it would for every sample.
_ELEMENTWISE = (
    nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid, nn.Identity, nn.Dropout,
)  # fmt: skip


class Population(nn.Module):
    """Networks of one shape, stacked: (K, batch, …) in, (K, batch, …) out.

    Args:
        members: K modules of the same architecture. Their weights are copied.
    """

    def __init__(self, members: Sequence[nn.Module]):
        super().__init__()
        shapes = [[tuple(p.shape) for p in member.parameters()] for member in members]
        if not members or any(shape != shapes[0] for shape in shapes):
            raise ValueError("a population needs one or more networks, all of the same shape.")
        first = members[0]
        if len([*first.named_parameters(remove_duplicate=False)]) > len([*first.parameters()]):
            raise ValueError(
                "a network that has the same weights in two places cannot train in a population: "
                "they would part. Train one seed at a time."
            )
        self.size = len(members)
        self.network = _stack(members)
        self._template = [copy.deepcopy(members[0])]  # in a list: not a submodule of this one

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.network(*inputs)

    def member(self, index: int) -> nn.Module:
        """One network by itself, with a copy of its weights and buffers."""
        network = copy.deepcopy(self._template[0])
        with torch.no_grad():
            for own, stacked in zip(network.parameters(), self.parameters(), strict=True):
                own.copy_(stacked[index])
            for own, stacked in zip(network.buffers(), self.buffers(), strict=True):
                own.copy_(stacked[index])
        device = next(self.parameters()).device
        return network.to(device).train(self.training)


def _stack(layers: Sequence[nn.Module]) -> nn.Module:
    """Put the same layer of every member into one layer."""
    first = layers[0]
    by_parts = type(first) is nn.Sequential or getattr(first, "works_by_parts", False)
    if by_parts and not [*first.parameters(recurse=False), *first.buffers(recurse=False)]:
        return _by_parts(layers)
    if isinstance(first, _ELEMENTWISE):
        return copy.deepcopy(first)
    if type(first) is nn.Linear:
        return _StackedLinear(layers)
    if type(first) is SpectralNorm and type(first.layer) is nn.Linear:
        return _StackedSpectralNorm(layers)
    return _Vectorised(layers)


def _by_parts(layers: Sequence[nn.Module]) -> nn.Module:
    """One module with the parts of all, for one that does nothing but pass numbers between them.

    `works_by_parts = True` in a class promises that: what it does itself treats a dimension more
    in front like the batch's, and all weights are in its submodules.
    """
    whole = copy.deepcopy(layers[0])
    for name, _ in layers[0].named_children():
        setattr(whole, name, _stack([getattr(layer, name) for layer in layers]))
    return whole


class _StackedLinear(nn.Module):
    """K linear layers as one batched matrix product, several times faster than one by one."""

    def __init__(self, layers: Sequence[nn.Linear]):
        super().__init__()
        self.weight = nn.Parameter(torch.stack([layer.weight.detach() for layer in layers]))
        has_bias = layers[0].bias is not None
        biases = torch.stack([layer.bias.detach() for layer in layers]) if has_bias else None
        self.register_parameter("bias", nn.Parameter(biases) if has_bias else None)

    def forward(self, x: Tensor) -> Tensor:  # (K, batch, inputs) -> (K, batch, outputs)
        return self.with_weight(self.weight, x)

    def with_weight(self, weight: Tensor, x: Tensor) -> Tensor:
        """The same with another weight, shape (K, outputs, inputs)."""
        weight = weight.transpose(1, 2)  # (K, inputs, outputs)
        if self.bias is None:
            return torch.bmm(x, weight)
        return torch.baddbmm(self.bias.unsqueeze(1), x, weight)


class _StackedSpectralNorm(SpectralNorm):
    """K linear layers under spectral normalisation; each with a power iteration of its own."""

    def __init__(self, layers: Sequence[SpectralNorm]):
        nn.Module.__init__(self)
        self.layer = _StackedLinear([layer.layer for layer in layers])
        for name in ("u", "v"):
            vectors = torch.stack([getattr(layer, name) for layer in layers])
            self.register_buffer(name, vectors)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer.with_weight(self.weight(), x)


class _Vectorised(nn.Module):
    """K copies of any other layer or network, run at once through `torch.vmap`."""

    def __init__(self, layers: Sequence[nn.Module]):
        super().__init__()
        parameters, buffers = stack_module_state(list(layers))
        self.layer = copy.deepcopy(layers[0])
        for name, value in parameters.items():
            owner, attribute = _find(self.layer, name)
            setattr(owner, attribute, nn.Parameter(value.detach()))
        for name, value in buffers.items():
            owner, attribute = _find(self.layer, name)
            setattr(owner, attribute, value)

    def forward(self, *inputs: Tensor) -> Tensor:
        parameters = dict(self.layer.named_parameters())
        buffers = dict(self.layer.named_buffers())

        def member(parameters: dict, buffers: dict, *inputs: Tensor) -> Tensor:
            return functional_call(self.layer, (parameters, buffers), inputs)

        return torch.vmap(member, randomness="different")(parameters, buffers, *inputs)


def _find(module: nn.Module, name: str) -> tuple[nn.Module, str]:
    """The submodule that owns a parameter or buffer, and the attribute's name there."""
    path, _, attribute = name.rpartition(".")
    return module.get_submodule(path), attribute
