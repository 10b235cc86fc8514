"""What a data set is here: a tensor, what is known about it, and more of the same on demand."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from gan_school.checks import check, check_pictures, check_shape
from gan_school.datasets.arrays import tensor_of

_LARGE, _SMALL = 1e4, 1e-3  # ranges of numbers beyond which no network starts well


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples, and what is known about where they come from.

    `x` and `labels` are copied, so that what becomes of the caller's own does not matter.

    Attributes:
        x: the samples, shape (n, …), 32-bit floats.
        name: a short name for titles and messages.
        labels: one class number per sample, from 0 on, shape (n,), or None.
        classes: the names of the classes: a sample with label k is one of `classes[k]`.
        factors: what each sample was made from, one row per sample, where that is known.
        modes: the centres of the clusters, shape (modes, features), where the data has any.
        sigma: the standard deviation of each cluster around its centre, in the units of `x`.
        mean, scale: `x` times `scale` plus `mean` is in the units the data was made or measured in.
        draw: `draw(n, seed)` makes n more samples of the same distribution, on the same scale.
        held_out: real samples kept back from training, to judge with, where nothing can be drawn.
    """

    x: Tensor
    name: str = "data"
    labels: Tensor | None = None
    classes: tuple[str, ...] = ()
    factors: pd.DataFrame | None = None
    modes: Tensor | None = None
    sigma: float | None = None
    mean: Tensor | float = 0.0
    scale: Tensor | float = 1.0
    draw: Callable[[int, int], Dataset] | None = None
    held_out: Dataset | None = None

    def __post_init__(self):
        object.__setattr__(self, "x", _copied(self.x))
        if self.labels is not None:
            object.__setattr__(self, "labels", _copied(self.labels))

    def __len__(self) -> int:
        return len(self.x)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.x.numpy(), dtype=dtype)

    def __getitem__(self, chosen: slice | Tensor | np.ndarray | list) -> Dataset:
        """Some of the samples, with all that is known about them: `data[:500]`.

        Args:
            chosen: a slice, a list of places, or one yes or no per sample.
        """
        places = torch.arange(len(self))[chosen if isinstance(chosen, slice) else _places(chosen)]
        if places.ndim != 1:
            raise IndexError("ask for some samples, such as data[5:6]. One alone is data.x[5].")
        return replace(
            self,
            x=owned(self.x[places]),
            labels=None if self.labels is None else owned(self.labels[places]),
            factors=None if self.factors is None else self.factors.iloc[places.numpy()],
        )

    def __repr__(self) -> str:
        labels = "" if self.labels is None else f", {self.class_count} classes"
        held = "" if self.held_out is None else f"; {len(self.held_out)} more held out"
        return (
            f"Dataset({self.name}: {len(self)} samples of shape {tuple(self.shape)}{labels}{held})"
        )

    @property
    def class_count(self) -> int:
        """How many classes there are; 0 without labels."""
        if self.labels is None:
            return 0
        return len(self.classes) or int(self.labels.max()) + 1

    @property
    def shape(self) -> torch.Size:
        """The shape of one sample."""
        return self.x.shape[1:]

    def inverse(self, x: Tensor) -> Tensor:
        """Bring samples, real or generated, back to the units of the source."""
        return x * self.scale + self.mean

    def pictures(self, x: Tensor | None = None) -> np.ndarray:
        """Images, real or generated, as every program for pictures wants them.

        Args:
            x: images on the scale of this data, shape (n, channels, height, width); without it,
                its own.

        Returns:
            Whole numbers from 0 to 255, shape (n, height, width), or (n, height, width, 3).

        Raises:
            ValueError: if these are not images of one or three channels.
        """
        x = self.x if x is None else x
        check_pictures(x, f"{self.name}, as pictures,")
        pixels = self.inverse(x.detach().cpu()).round().clamp(0, 255).byte()
        return (pixels[:, 0] if x.shape[1] == 1 else pixels.permute(0, 2, 3, 1)).numpy()

    def hold_out(self, share: float = 0.2, seed: int = 0) -> Dataset:
        """Keep some samples back from training, to judge with: `data.hold_out(0.2)`.

        With labels, every class gives its share, so that both parts have the same proportions. The
        parts are copies; `image_folder` and `table` can divide without having both in memory.

        Args:
            share: of the samples, above 0 and below 1.
            seed: decides which ones.

        Returns:
            The data to train on, with the others as its `held_out`.

        Raises:
            ValueError: if the share is not between 0 and 1, or leaves one of the two parts empty.
        """
        kept, held = divided(len(self), self.labels, share, seed)
        return replace(self[kept], held_out=replace(self[held], held_out=None))

    def fresh(self, n: int | None = None, seed: int = 1) -> Dataset:
        """Samples that no training has seen: same distribution, same scale, another seed.

        Data that was measured, rather than drawn from a formula, gives samples that were held out:
        all of them, or n of them if it has more.

        Raises:
            ValueError: if the data can neither draw more nor has held any back.
        """
        if self.draw is not None:
            return self.draw(len(self) if n is None else n, seed)
        held = self.held_out
        check(
            held is not None,
            f"{self.name} is all there is: it was measured, not drawn from a formula. Hold some "
            "samples back before training: data.hold_out(0.2).",
        )
        if n is None or n >= len(held):
            return held
        return held[torch.randperm(len(held), generator=torch.Generator().manual_seed(seed))[:n]]


def divided(n: int, labels: Tensor | None, share: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Which of n samples to keep, and which to hold out; see `Dataset.hold_out`.

    Returns:
        The places of both, each in ascending order.
    """
    sound = 0 < share < 1
    check(sound, f"a share of {share} cannot be held out. Give one between 0 and 1.")
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    if labels is not None:
        order = order[labels[order].argsort(stable=True)]
    # Going through the classes in turn and taking every so many: each gives its share.
    taken = (torch.arange(1, n + 1, dtype=torch.double) * share + 1e-9).floor()
    held = torch.diff(taken, prepend=taken.new_zeros(1)) > 0
    held, kept = order[held].sort().values, order[~held].sort().values
    if not len(held) or not len(kept):
        raise ValueError(f"a share of {share:.3g} of {n} samples leaves one part empty.")
    return kept, held


def owned(x: Tensor) -> Tensor:
    """Mark a tensor that nobody else has, so that a Dataset takes it as it is."""
    x.owned = True
    return x


def _copied(x: Any) -> Tensor:
    """A tensor of our own, of the type that it had."""
    if isinstance(x, Tensor):
        return x if hasattr(x, "owned") else owned(x.detach().to("cpu", copy=True))
    return owned(tensor_of(x))


def as_dataset(data: Any) -> Dataset:
    """Accept a Dataset, a tensor, an array or a DataFrame of numbers, and check it.

    A warning says if nearly all samples are the same, or if numbers are so large, or vary so
    little, that a network would have to learn that first.

    Raises:
        TypeError: if the numbers are not floating-point.
        ValueError: if the data has fewer than two samples or fewer than two dimensions, holds NaN
            or infinity, masked values or numbers too large for 32 bits, or does not vary; if there
            is not one label, a whole number from 0 on, for each sample; or if something is wrong
            with its `held_out`.
    """
    data = data if isinstance(data, Dataset) else Dataset(data)
    better: dict[str, Any] = {"x": _checked(data.x)}
    if data.labels is not None:
        better["labels"] = _checked_labels(data)
    if data.held_out is not None:
        try:
            held = _checked(data.held_out.x)
        except (TypeError, ValueError) as error:
            raise type(error)(f"of what is held out: {error}") from error
        expected = f"({', '.join(map(str, ('n', *data.shape)))}), like those to learn from."
        check_shape(held.shape[1:] == data.shape, "what is held out", held, expected)
        if held is not data.held_out.x:
            better["held_out"] = replace(data.held_out, x=held)
    _warn_of_scale(better["x"])
    same = all(new is getattr(data, name) for name, new in better.items())
    return data if same else replace(data, **better)


def _checked(x: Tensor) -> Tensor:
    """Samples as 32-bit floats; the same tensor if they are that already."""
    if x.layout is not torch.strided:
        raise TypeError("the data is a sparse tensor. Give a dense one: x.to_dense().")
    if not x.is_floating_point():
        raise TypeError(
            f"the data is of type {str(x.dtype).removeprefix('torch.')}, and a GAN learns "
            "floating-point numbers. Scale whole numbers first, pixels with x / 127.5 - 1."
        )
    rows = "one row per sample: (n, features), or (n, channels, height, width) for images."
    check_shape(x.ndim >= 2, "the data", x, rows)
    check(x.numel() > 0, f"the data is empty: its shape is {tuple(x.shape)}.")
    check(len(x) > 1, "there is one sample alone. A distribution shows in two or more.")
    # The sum of all numbers is finite if all are, but for an overflow: no memory for a mask.
    if not torch.isfinite(x.sum()):
        rows = (~torch.isfinite(x)).flatten(1).any(1).nonzero().flatten().tolist()
        if rows:
            raise ValueError(
                f"{len(rows)} of {len(x)} rows hold NaN or infinity, the first is row {rows[0]}. "
                "Remove or fill them before training."
            )
    if x.dtype == torch.float64 and (most := x.abs().max().item()) > torch.finfo().max:
        raise ValueError(
            f"the data has numbers up to {most:.1g}, too large for 32-bit floats. Divide them by "
            "their standard deviation."
        )
    return x if x.dtype == torch.float32 else owned(x.float())


def _warn_of_scale(x: Tensor) -> None:
    """Say what would only look like a training that goes wrong."""
    low, high = (edge.item() for edge in x.aminmax())
    same = _share_of_one(x[:: max(1, len(x) // 1000)])
    if same > 0.98:
        same = _share_of_one(x)
    check(
        same < 1,
        f"the data does not vary: all {len(x)} samples are the same, and there is nothing to "
        "learn. Look at how it was made or read.",
    )
    if same >= 0.99:
        what = f"{same:.1%} of the samples are the same. A GAN will learn hardly anything else"
    elif x.ndim == 4 and low >= 0 and 2 < high <= 255:
        what = (
            f"these images have numbers from {low:g} to {high:g}, as if they were pixels, and "
            "generators of images give −1 to 1. Scale them: x / 127.5 - 1"
        )
    elif high - low > _LARGE or high - low < _SMALL:
        what = (
            f"the numbers run from {low:.3g} to {high:.3g}, and networks begin with numbers about "
            "1. Scale them: (x - x.mean(0)) / x.std(0)"
        )
    else:
        return
    warnings.warn(f"{what}.", stacklevel=3)


def _share_of_one(x: Tensor) -> float:
    """How many of the samples are just like the one in the middle."""
    return (x == x[len(x) // 2]).flatten(1).all(1).double().mean().item()


def _checked_labels(data: Dataset) -> Tensor:
    labels, n = data.labels, len(data)
    if labels.is_floating_point() or labels.is_complex() or labels.dtype == torch.bool:
        kind = str(labels.dtype).removeprefix("torch.")
        raise TypeError(f"labels are whole numbers from 0 on, one per sample. These are {kind}.")
    expected = f"({n},), one number for each of the {n} samples."
    check_shape(labels.shape == (n,), "labels", labels, expected)
    low, high = int(labels.min()), int(labels.max())
    most = len(data.classes) or high + 1
    check(
        low >= 0 and high < most,
        f"labels run from {low} to {high}, and should lie between 0 and {most - 1}: classes are "
        "counted from 0.",
    )
    return labels if labels.dtype == torch.int64 else owned(labels.long())


def _places(chosen: Any) -> Tensor:
    chosen = torch.as_tensor(chosen)
    return chosen if chosen.dtype == torch.bool or chosen.numel() else chosen.long()
