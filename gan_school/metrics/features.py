"""What a metric compares: the numbers of the samples themselves, or what a network sees in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from gan_school.metrics.classifiers import Classifier
from gan_school.metrics.samples import as_floats, as_numbers, as_points, image_blocks, two_sets
from gan_school.networks.description import evaluating

Features = Classifier | Callable[[Tensor], Tensor] | None
"""A `Classifier`, a module or function from a batch of images to (n, d), or None: the pixels."""


def compared(
    real: Any, fake: Any, features: Features, least: int = 1
) -> tuple[Tensor, Tensor, str]:
    """Both sets as points, as the features show them, and under which conditions.

    Args:
        real, fake: images, or samples of any shape that the features take.
        features: see `Features`.
        least: how many samples of each kind there must be.

    Returns:
        Shapes (n, d) and (m, d), 64-bit floats, and a text that names the features and the samples.

    Raises:
        ValueError: if samples or features are not what they should be; the message says which.
    """
    real_points, fake_points = two_sets(
        seen(real, features, "real"), seen(fake, features, "fake"), ("real", "fake"), least
    )
    named = getattr(real, "name", None)
    return (
        real_points,
        fake_points,
        f"features: {describe(features, real_points.shape[1])}; "
        f"{len(real_points):,} real{f', {named}' if isinstance(named, str) else ''}; "
        f"{len(fake_points):,} generated",
    )


def seen(samples: Any, features: Features, name: str) -> Tensor:
    """Samples as the features show them, shape (n, d), 64-bit floats."""
    if features is None:
        return as_points(samples, name)
    if isinstance(features, Classifier):
        return features.features(samples).double()
    if not callable(features):
        raise ValueError(
            f"features={features!r}, expected metrics.classifier(data), a module or a function "
            "from a batch of images to (n, d), or None for the pixels themselves."
        )
    return torch.cat(
        [
            _checked(result, len(block), name)
            for block, result in passed_through(features, samples, name)
        ]
    )


def describe(features: Features, count: int) -> str:
    """What is compared, in a few words: "classifier of digits 16×16, 98.5 % right, 64 numbers"."""
    if features is None:
        return f"none, the {count:,} numbers of each sample as they are"
    return f"{title(features)}, {count:,} numbers"


def title(judge: Any) -> str:
    """A name for something that judges samples: its own, or that of its function or class."""
    for name in (getattr(judge, "title", None), getattr(judge, "__name__", None)):
        if isinstance(name, str):
            return name
    return type(judge).__name__


def passed_through(
    judge: Callable[[Tensor], Tensor], samples: Any, name: str
) -> Iterator[tuple[Tensor, Any]]:
    """Go through samples in blocks: each block, and what the module or function makes of it."""
    x = as_floats(samples, name)
    if x.ndim < 2 or x.numel() == 0:
        raise ValueError(
            f"{name} has shape {tuple(x.shape)}, expected (n, channels, …) with n ≥ 1."
        )
    parameter = next(judge.parameters(), x) if isinstance(judge, nn.Module) else x
    with torch.no_grad(), evaluating(judge) if isinstance(judge, nn.Module) else nullcontext():
        for block in image_blocks(x):
            yield block, judge(block.to(parameter.device, parameter.dtype))


def _checked(result: Any, count: int, name: str) -> Tensor:
    numbers = as_numbers(result, f"the features of {name}")
    if numbers.ndim != 2 or len(numbers) != count:
        raise ValueError(
            f"the features of {count} samples have shape {tuple(numbers.shape)}, expected "
            f"({count}, d): one row per sample. Flatten them, or average over positions."
        )
    return numbers
