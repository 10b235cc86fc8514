"""Points in two or three dimensions: small enough to see everything that happens to them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from gan_school.checks import not_negative, whole
from gan_school.datasets.dataset import Dataset


def spiral(n: int = 1000, seed: int = 0) -> Dataset:
    """A noisy spiral in three dimensions, standardised: mean 0 and standard deviation 1 each.

    For i = 0 … n−1 and t = 2π·i/n, with the same ε ~ N(0, 1) in both places:
    x₁ = t, x₂ = t·cos 2t + 0.1·ε, x₃ = t·e^(−t) + 0.01·ε.

    The curve comes from onimaru, "GAN - Redes Geradoras Adversariais" (2019).

    The places t are evenly spaced and the same for every seed; only the noise is drawn anew. Two
    draws are therefore more alike than two samples of a distribution would be.

    Returns:
        A Dataset with `x` of shape (n, 3).
    """

    def points(n: int, seed: int) -> Tensor:
        noise = torch.randn(n, generator=_generator(n, seed))
        return spiral_curve(2 * math.pi * torch.arange(n) / n, noise)

    return _standardised("spiral", points, n, seed)


def spiral_curve(t: Tensor, noise: Tensor) -> Tensor:
    """The points of the spiral at the places t, in its own units: see `spiral`.

    Args:
        t, noise: shape (n,).

    Returns:
        Shape (n, 3).
    """
    x2, x3 = t * torch.cos(2 * t) + 0.1 * noise, t * torch.exp(-t) + 0.01 * noise
    return torch.stack([t, x2, x3], dim=1)


def swiss_roll(n: int = 1000, noise: float = 0.3, seed: int = 0) -> Dataset:
    """A sheet rolled up in three dimensions, standardised.

    With t uniform in (1.5π, 4.5π) and h uniform in (0, 21): (t·cos t, h, t·sin t) plus `noise`
    times N(0, 1) on each coordinate, the units being those of t (Marsland 2014, chapter 6).

    Returns:
        A Dataset with `x` of shape (n, 3).
    """
    noise = not_negative(noise, "noise")

    def sheet(n: int, seed: int) -> Tensor:
        generator = _generator(n, seed)
        t = 1.5 * math.pi * (1 + 2 * torch.rand(n, generator=generator))
        height = 21 * torch.rand(n, generator=generator)
        points = torch.stack([t * torch.cos(t), height, t * torch.sin(t)], dim=1)
        return points + noise * torch.randn(n, 3, generator=generator)

    return _standardised("swiss roll", sheet, n, seed)


def ring(
    n: int = 10_000, modes: int = 8, radius: float = 2.0, sigma: float = 0.1, seed: int = 0
) -> Dataset:
    """Gaussians on a circle in the plane: the standard test for lost modes.

    Mode k lies at the angle 2π·k/modes, so that the last does not fall on the first. Not rescaled:
    `radius` and `sigma` are in the units of `x`.

    Returns:
        A Dataset with `x` of shape (n, 2), `labels` (which mode), `modes` and `sigma`.
    """
    modes, radius = whole(modes, "modes"), not_negative(radius, "radius")
    angle = 2 * math.pi * torch.arange(modes) / modes
    centres = radius * torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
    return _mixture(f"ring of {modes}", centres, sigma, n, seed)


def grid(
    n: int = 10_000, side: int = 5, spacing: float = 2.0, sigma: float = 0.05, seed: int = 0
) -> Dataset:
    """Gaussians on a square lattice in the plane, `side` × `side`, centred on the origin.

    With the defaults, the 25 Gaussians of VEEGAN (Srivastava et al. 2017). Not rescaled.

    Returns:
        A Dataset with `x` of shape (n, 2), `labels` (which mode), `modes` and `sigma`.
    """
    side, spacing = whole(side, "side"), not_negative(spacing, "spacing")
    ticks = spacing * (torch.arange(side) - (side - 1) / 2)
    return _mixture(f"grid of {side * side}", torch.cartesian_prod(ticks, ticks), sigma, n, seed)


def _mixture(name: str, centres: Tensor, sigma: float, n: int, seed: int) -> Dataset:
    """Draw from equally likely Gaussians around the centres."""
    sigma = not_negative(sigma, "sigma")

    def dataset(n: int, seed: int) -> Dataset:
        generator = _generator(n, seed)
        labels = torch.randint(len(centres), (n,), generator=generator)
        noise = torch.randn(n, 2, generator=generator)
        x = centres[labels] + sigma * noise
        draw = others(dataset, seed)
        return Dataset(x, name, labels=labels, modes=centres, sigma=sigma, draw=draw)

    return dataset(n, seed)


def _standardised(name: str, points: Callable[[int, int], Tensor], n: int, seed: int) -> Dataset:
    """Scale to mean 0 and standard deviation 1. Fresh points get the scale of the first ones."""
    first = points(n, seed)
    mean, scale = first.mean(0), first.std(0, correction=0)

    def dataset(n: int, seed: int) -> Dataset:
        x = (points(n, seed) - mean) / scale
        return Dataset(x, name, mean=mean, scale=scale, draw=others(dataset, seed))

    return dataset(n, seed)


def others(
    dataset: Callable[[int, int], Dataset], first_seed: int
) -> Callable[[int, int], Dataset]:
    """More of the same. Seeds are mixed, so that fresh points are never the first ones again."""

    def draw(n: int, seed: int) -> Dataset:
        mixed = np.random.SeedSequence([first_seed, seed, 1])
        return dataset(n, int(mixed.generate_state(1)[0]))

    return draw


def _generator(n: int, seed: int) -> torch.Generator:
    whole(n, "n", 2)
    return torch.Generator().manual_seed(whole(seed, "seed", 0))
