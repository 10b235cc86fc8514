"""What a metric compares: the numbers of the samples themselves, or what a network sees in them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from gan_school.checks import check, check_shape
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
    numbers, name = f"{real_points.shape[1]:,} numbers", getattr(real, "name", None)
    seen_as = f"none, the {numbers} of each sample as they are"
    if features is not None:
        seen_as = f"{title(features)}, {numbers}"
    named = f", {name}" if isinstance(name, str) else ""
    counts = f"{len(real_points):,} real{named}; {len(fake_points):,} generated"
    return real_points, fake_points, f"features: {seen_as}; {counts}"


def seen(samples: Any, features: Features, name: str) -> Tensor:
    """Samples as the features show them, shape (n, d), 64-bit floats."""
    if features is None:
        return as_points(samples, name)
    if isinstance(features, Classifier):
        return features.features(samples).double()
    check(
        callable(features),
        f"features={features!r}, expected metrics.classifier(data), a module or a function from a "
        "batch of images to (n, d), or None for the pixels themselves.",
    )
    return answers(features, samples, name, f"the features of {name}")


def title(judge: Any) -> str:
    """A name for something that judges samples: its own, or that of its function or class."""
    for name in (getattr(judge, "title", None), getattr(judge, "__name__", None)):
        if isinstance(name, str):
            return name
    return type(judge).__name__


def answers(judge: Callable[[Tensor], Tensor], samples: Any, name: str, what: str) -> Tensor:
    """What a module or function makes of samples, block by block: shape (n, d), 64-bit floats.

    Raises:
        ValueError: if these are no samples, or the answers are no finite numbers, a row for each.
    """
    x = as_floats(samples, name)
    check_shape(x.ndim > 1 and x.numel() > 0, name, x, "(n, channels, …) with n ≥ 1.")
    parameter = next(judge.parameters(), x) if isinstance(judge, nn.Module) else x
    rows: list[Tensor] = []
    with torch.no_grad(), evaluating(judge) if isinstance(judge, nn.Module) else nullcontext():
        for block in image_blocks(x):
            answer = as_numbers(judge(block.to(parameter.device, parameter.dtype)), what)
            width = rows[0].shape[1] if rows else "d"
            fits = answer.shape[:1] == block.shape[:1] and width in ("d", *answer.shape[1:2])
            check(
                answer.ndim == 2 and fits,
                f"{what} have shape {tuple(answer.shape)} for {len(block)} samples, expected "
                f"({len(block)}, {width}): one row per sample. Flatten them, or average over "
                "positions.",
            )
            rows.append(answer)
    return torch.cat(rows)
