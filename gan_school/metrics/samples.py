"""Samples in any form, as points: checked, and gone through in blocks that fit into memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

# The most numbers that one table of distances, kernel values or projections may hold at a time
# (32 MiB). All pairs of 50,000 samples are 600 times that: they are gone through block by block.
_BLOCK = 2**22


def as_numbers(data: Any, name: str) -> Tensor:
    """Anything that holds numbers, as a tensor of 64-bit floats on the CPU; checked."""
    if isinstance(getattr(data, "x", None), Tensor):  # a Dataset
        data = data.x
    if isinstance(data, Tensor):
        # First to the CPU: there are devices without 64-bit floats.
        numbers = data.detach().cpu().double()
    else:
        try:
            numbers = torch.from_numpy(np.array(data, dtype=np.float64))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} does not hold numbers alone: {error}.") from error
    bad = int((~numbers.isfinite()).sum())
    if bad:
        raise ValueError(
            f"{name} holds {bad} numbers that are NaN or infinite. If a generator made them, its "
            "training has diverged; in data, leave those rows out."
        )
    return numbers


def as_points(data: Any, name: str, least: int = 1) -> Tensor:
    """Samples as points, shape (n, d), with at least `least` of them."""
    numbers = as_numbers(data, name)
    if numbers.ndim < 2:
        raise ValueError(
            f"{name} has shape {tuple(numbers.shape)}, expected (samples, features) or images. "
            f"For points on a line use {name}[:, None]."
        )
    if len(numbers) < least or numbers.numel() == 0:
        raise ValueError(
            f"{name} has shape {tuple(numbers.shape)}: too few samples or none at all. "
            f"Give {least} or more, with at least one feature."
        )
    return numbers.flatten(1)


def two_sets(a: Any, b: Any, names: tuple[str, str], least: int = 1) -> tuple[Tensor, Tensor]:
    """Two sets of points with the same number of features."""
    a, b = as_points(a, names[0], least), as_points(b, names[1], least)
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"{names[0]} has {a.shape[1]} features a sample and {names[1]} has {b.shape[1]}. "
            "Both must have the same."
        )
    return a, b


def positive(value: Any, name: str) -> float:
    """A setting as a number above zero, or a ValueError that names it."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number < math.inf:
        raise ValueError(f"{name}={value!r}, expected a positive number, in units of the data.")
    return number


def distances_between(x: Tensor, y: Tensor) -> Tensor:
    """Euclidean distances between the rows of x and of y, shape (n, m)."""
    if x.shape[1] <= 32:
        # Exact, also for points that are equal or far from the origin.
        return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    # For images, |x|² + |y|² − 2 x·y by matrix multiplication, which is ten times faster. Around
    # the mean these numbers are smallest, and so is what rounding does to their difference.
    centre = y.mean(dim=0)
    x, y = x - centre, y - centre
    distances = torch.cdist(x, y, compute_mode="use_mm_for_euclid_dist")
    # What is left of it would make equal distances differ, and that of a copy 1e-8 rather than 0,
    # where nearest neighbours are compared with each other. Six digits hide it.
    digit = 1e-6 * y.norm(dim=1).max()
    return (distances / digit).round_() * digit if digit > 0 else distances


def in_blocks(points: Tensor, width: int) -> Iterator[tuple[int, Tensor]]:
    """Go through the rows in blocks, each with its first index; rows × width ≤ _BLOCK."""
    size = max(1, _BLOCK // width)
    for start in range(0, len(points), size):
        yield start, points[start : start + size]


# ---------------------------------------------------------------------------------------- images


def as_floats(data: Any, name: str) -> Tensor:
    """Samples as a network takes them: 32-bit floats on the CPU, of any shape; checked.

    Raises:
        ValueError: if they are not numbers, are whole numbers, or hold NaN or infinity.
    """
    if isinstance(getattr(data, "x", None), Tensor):  # a Dataset
        data = data.x
    try:
        x = data.detach().cpu() if isinstance(data, Tensor) else torch.from_numpy(np.array(data))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} cannot be read as numbers: {error}.") from error
    if not x.is_floating_point():
        raise ValueError(
            f"{name}: {str(x.dtype).removeprefix('torch.')}, expected floating-point numbers from "
            "-1 to 1. Pixels from 0 to 255 become that by x / 127.5 - 1."
        )
    if not x.isfinite().all():
        as_numbers(x, name)  # says how many are not
    return x.float()


def as_images(
    data: Any, name: str, shape: tuple[int, ...] | None = None, because: str = ""
) -> Tensor:
    """Samples as images: 32-bit floats of shape (n, channels, height, width) on the CPU; checked.

    Args:
        data: a tensor, an array, or a `Dataset`.
        name: what messages call them.
        shape: the shape that one image must have.
        because: why it must have that shape, for the message.

    Raises:
        ValueError: if there are none, they have another shape, or are not on the scale -1 to 1.
    """
    images = as_floats(data, name)
    expected = "(n, channels, height, width)" if shape is None else str(("n", *shape))
    fits = images.ndim == 4 and (shape is None or tuple(images.shape[1:]) == tuple(shape))
    if not fits:
        one = f" One image alone is {name}[None]." if images.ndim == 3 else ""
        raise ValueError(
            f"{name} has shape {tuple(images.shape)}, expected {expected.replace(chr(39), '')}"
            f"{because}.{one}"
        )
    if images.numel() == 0:
        raise ValueError(f"{name} has shape {tuple(images.shape)}: there are no images in it.")
    # Generated images may leave −1 to 1 a little, but those that begin at 0 were never scaled.
    if images.min() >= 0 and images.max() > 2:
        raise ValueError(
            f"{name} runs from {images.min():.3g} to {images.max():.3g}, expected -1 to 1. "
            "Pixels from 0 to 255 become that by x / 127.5 - 1."
        )
    return images


def image_blocks(images: Tensor) -> Iterator[Tensor]:
    """Go through samples in blocks that a network can take at once: about 500 small images."""
    numbers = max(1, images[0].numel())
    yield from images.split(max(1, min(500, _BLOCK // 8 // numbers)))
