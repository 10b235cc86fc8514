"""What a data set is here: a tensor, what is known about it, and more of the same on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples, and what is known about where they come from.

    Attributes:
        x: the samples, shape (n, …), 32-bit floats.
        name: a short name for titles and messages.
        labels: one class number per sample, shape (n,), or None.
        modes: the centres of the clusters, shape (modes, features), where the data has any.
        sigma: the standard deviation of each cluster around its centre, in the units of `x`.
        mean, scale: `x` times `scale` plus `mean` is in the units the data was made or measured in.
        draw: `draw(n, seed)` makes n more samples of the same distribution, on the same scale.
    """

    x: Tensor
    name: str = "data"
    labels: Tensor | None = None
    modes: Tensor | None = None
    sigma: float | None = None
    mean: Tensor | float = 0.0
    scale: Tensor | float = 1.0
    draw: Callable[[int, int], Dataset] | None = None

    def __len__(self) -> int:
        return len(self.x)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.x.numpy(), dtype=dtype)

    def __repr__(self) -> str:
        labels = "" if self.labels is None else f", {int(self.labels.max()) + 1} classes"
        return f"Dataset({self.name}: {len(self)} samples of shape {tuple(self.shape)}{labels})"

    @property
    def shape(self) -> torch.Size:
        """The shape of one sample."""
        return self.x.shape[1:]

    def inverse(self, x: Tensor) -> Tensor:
        """Bring samples, real or generated, back to the units of the source."""
        return x * self.scale + self.mean

    def fresh(self, n: int | None = None, seed: int = 1) -> Dataset:
        """More samples that no training has seen: same distribution, same scale, another seed.

        Raises:
            ValueError: if the data is a given table that nothing can add to.
        """
        if self.draw is None:
            raise ValueError(
                f"{self.name} is all there is: it was measured, not drawn from a formula. "
                "Hold some rows back before training, and judge with those: run.evaluate(held)."
            )
        return self.draw(len(self) if n is None else n, seed)


def as_dataset(data: Any) -> Dataset:
    """Accept a Dataset, a tensor, an array or a DataFrame of numbers, and check it.

    Raises:
        TypeError: if the numbers are not floating-point.
        ValueError: if the data is empty, has fewer than two dimensions, or holds NaN or infinity.
    """
    given = isinstance(data, Dataset)
    x = _as_tensor(data.x if given else data)
    dataset = replace(data, x=x) if given else Dataset(x)
    if not x.is_floating_point():
        raise TypeError(
            f"the data is of type {str(x.dtype).removeprefix('torch.')}, and a GAN learns "
            "floating-point numbers. Scale it first, for pixels with x / 127.5 - 1."
        )
    if x.ndim < 2:
        raise ValueError(
            f"the data has shape {tuple(x.shape)}. Expected one row per sample: (n, features) for "
            "points, (n, channels, height, width) for images."
        )
    if x.numel() == 0:
        raise ValueError(f"the data is empty: its shape is {tuple(x.shape)}.")
    bad = ~torch.isfinite(x)
    if bad.any():
        rows = bad.flatten(1).any(1).nonzero().flatten()
        raise ValueError(
            f"{len(rows)} of {len(x)} rows hold NaN or infinity, the first is row {int(rows[0])}. "
            "Remove or fill them before training."
        )
    return dataset


def _as_tensor(data: Any) -> Tensor:
    if isinstance(data, Tensor):
        x = data.detach().cpu()
    else:
        try:
            x = torch.from_numpy(np.array(data))
        except TypeError as error:
            raise TypeError(
                f"cannot make a tensor of {type(data).__name__}: {error}. "
                "Give a tensor, an array, or a DataFrame with numeric columns only."
            ) from error
    return x.float() if x.is_floating_point() else x
