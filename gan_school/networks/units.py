"""Networks that see other units than the data's."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_school.checks import check_shape
from gan_school.networks.description import Network, network


class Affine(nn.Module):
    """scale · x + shift, feature by feature, with fixed numbers.

    Args:
        scale, shift: one number, or one for each of the last dimension's features.
    """

    def __init__(self, scale: float | tuple[float, ...], shift: float | tuple[float, ...]):
        super().__init__()
        self.register_buffer("scale", torch.tensor(scale, dtype=torch.float32), persistent=False)
        self.register_buffer("shift", torch.tensor(shift, dtype=torch.float32), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        for given in (self.scale, self.shift):
            fits = given.ndim == 0 or len(given) == x.shape[-1]
            check_shape(fits, "what is rescaled", x, f"{given.numel()} features.")
        return x * self.scale + self.shift


class Told(nn.Module):
    """A network that is told labels, between two others that are not."""

    works_by_parts = True  # see networks.population

    def __init__(self, before: nn.Module, inner: nn.Module, after: nn.Module):
        super().__init__()
        self.before, self.inner, self.after, self.classes = before, inner, after, inner.classes

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        return self.after(self.inner(self.before(x), labels))


@network
def rescaled(
    inner: Network,
    *,
    inputs: tuple[float | tuple[float, ...], float | tuple[float, ...]] | None = None,
    outputs: tuple[float | tuple[float, ...], float | tuple[float, ...]] | None = None,
) -> nn.Module:
    """A network whose inputs or outputs are first multiplied and shifted.

    A discriminator with `inputs=(10.0, 5.0)` and a generator with `outputs=(0.1, -0.5)` learn from
    data x as if it were 10·x + 5: that is what data looks like that nobody has normalised.

    Args:
        inner: the network.
        inputs: scale and shift of what goes in; each one number or one per feature.
        outputs: scale and shift of what comes out.
    """
    built = inner.build()
    before = [Affine(*inputs)] if inputs is not None else []
    after = [Affine(*outputs)] if outputs is not None else []
    if getattr(built, "classes", 0):
        return Told(nn.Sequential(*before), built, nn.Sequential(*after))
    layers = list(built) if isinstance(built, nn.Sequential) else [built]
    return nn.Sequential(*before, *layers, *after)
