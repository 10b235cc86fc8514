"""Samples and settings in any form: checked, and gone through in blocks that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from gan_school.checks import check, check_shape
from gan_school.datasets.arrays import tensor_of
from gan_school.datasets.dataset import Dataset

# The most numbers that one table of distances, kernel values or projections may hold at a time
# (32 MiB). All pairs of 50,000 samples are 600 times that: they are gone through block by block.
_BLOCK = 2**22

_SINGLE = torch.finfo(torch.float32)  # what networks and scikit-learn's trees can hold

_PIXELS = "Pixels from 0 to 255 become that by x / 127.5 - 1."

# ---------------------------------------------------------------------------------------- numbers


def as_tensor(data: Any, name: str) -> Tensor:
    """Anything that holds real numbers, as a tensor of their own type on the CPU.

    Args:
        data: a tensor, an array, nested lists, a data frame, or a `Dataset`.
        name: what messages call it.

    Raises:
        ValueError: if it holds anything else, such as text, dates or complex numbers, or is sparse
            or masked somewhere.
    """
    try:
        x = tensor_of(data.x if isinstance(data, Dataset) else data)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from error
    if x.layout is not torch.strided or x.is_complex() or x.is_quantized or x.is_meta:
        raise ValueError(
            f"{name} is a tensor of another kind ({x.dtype}, {x.layout}, {x.device}), expected "
            "real numbers: z.real of complex ones, x.to_dense() of sparse ones."
        )
    # By rows, whatever an array was: sums over columns would differ in the last digit.
    return x.cpu() if isinstance(data, Tensor | Dataset) else x.contiguous()


def as_numbers(data: Any, name: str) -> Tensor:
    """Anything that holds numbers, as a tensor of 64-bit floats on the CPU; all are finite.

    Raises:
        ValueError: see `as_tensor`; or if there are NaN or infinity among them.
    """
    numbers = as_tensor(data, name).double()
    check(
        not (bad := int((~numbers.isfinite()).sum())),
        f"{name} holds {bad} numbers that are NaN or infinite. If a generator made them, its "
        "training has diverged; in data, leave those rows out.",
    )
    return numbers


# ----------------------------------------------------------------------------------------- points


def as_points(data: Any, name: str, least: int = 1) -> Tensor:
    """Samples as points, shape (n, d), n of `least` or more; 64-bit floats.

    Raises:
        ValueError: see `as_numbers`; or for another shape, or too few samples.
    """
    numbers = as_numbers(data, name)
    advice = f"(samples, features) or images. For points on a line use {name}[:, None]."
    check_shape(numbers.ndim > 1, name, numbers, advice)
    enough = len(numbers) >= least and numbers.numel() > 0
    check_shape(enough, name, numbers, f"{least} samples or more, of at least one feature.")
    return numbers.flatten(1).contiguous()


def two_sets(a: Any, b: Any, names: tuple[str, str], least: int = 1) -> tuple[Tensor, Tensor]:
    """Two sets of points with the same number of features, on a scale that can be squared.

    Raises:
        ValueError: see `as_points`; or if they do not go together, or on no such scale.
    """
    a, b = as_points(a, names[0], least), as_points(b, names[1], least)
    check(
        a.shape[1] == b.shape[1],
        f"{names[0]} has {a.shape[1]} features a sample and {names[1]} has {b.shape[1]}. Both must "
        "have the same.",
    )
    check_scale(f"{names[0]} and {names[1]}", a, b)
    return a, b


def check_scale(name: str, *sets: Tensor) -> None:
    """Raise a ValueError if numbers are so large or so small that their squares are lost."""
    largest = max(numbers.abs().max().item() for numbers in sets)
    check(
        not largest or _SINGLE.tiny <= largest <= _SINGLE.max,
        f"the largest number in {name} is {largest:.3g}, and metrics compare what 32-bit floats "
        "can hold, 1e-38 to 3e+38. Bring all to a scale of about 1 first: divide by the real "
        "data's standard deviation.",
    )


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


# ----------------------------------------------------------------------------------------- images


def as_floats(data: Any, name: str) -> Tensor:
    """Samples as a network takes them: 32-bit floats on the CPU, of any shape; all are finite.

    Raises:
        ValueError: see `as_tensor`; or for whole numbers, NaN, infinity, or what 32 bits cannot
            hold.
    """
    given = as_tensor(data, name)
    check(
        given.is_floating_point(),
        f"{name}: {str(given.dtype).removeprefix('torch.')}, expected floating-point numbers from "
        f"-1 to 1. {_PIXELS}",
    )
    x = given.float()
    if not x.isfinite().all():
        check_scale(name, as_numbers(given, name))
    return x


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
    expected = ", ".join(map(str, shape or ("channels", "height", "width")))
    one = f" One image alone is {name}[None]." if images.ndim == 3 else ""
    fits = images.ndim == 4 and shape in (None, tuple(images.shape[1:]))
    check_shape(fits, name, images, f"(n, {expected}){because}.{one}")
    check_shape(images.numel() > 0, name, images, "an image or more.")
    # Generated images may leave −1 to 1 a little, but those that begin at 0 were never scaled.
    low, high = images.min(), images.max()
    check(
        low < 0 or high <= 2,
        f"{name} runs from {low:.3g} to {high:.3g}, expected -1 to 1. {_PIXELS}",
    )
    return images


def image_blocks(images: Tensor) -> Iterator[Tensor]:
    """Go through samples in blocks that a network can take at once: about 500 small images."""
    numbers = max(1, images[0].numel())
    yield from images.split(max(1, min(500, _BLOCK // 8 // numbers)))
