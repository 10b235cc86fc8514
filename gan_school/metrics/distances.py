"""Distances between two sets of points: of Gaussians, by a kernel, of their shadows on lines."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from gan_school.checks import between, check, check_shape, positive, seed_of, whole
from gan_school.metrics.samples import as_numbers, as_tensor, distances_between, in_blocks, two_sets

Kernel = Callable[[Tensor, Tensor], Tensor]

_USE_COV = "Use np.cov(samples, rowvar=False)."

# ------------------------------------------------------------------------------- two Gaussians


def frechet_distance(mean1: Any, cov1: Any, mean2: Any, cov2: Any) -> float:
    """The squared Fréchet distance between two Gaussians; of Inception features, this is the FID.

        d² = |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½)

    It is also the squared 2-Wasserstein distance. The covariances need not commute, and may be
    singular, as they are when there are fewer samples than features.

    Args:
        mean1, mean2: shape (d,).
        cov1, cov2: shape (d, d), symmetric, without negative eigenvalues.

    Returns:
        d², in squared units of the data. 0 is best.

    Raises:
        ValueError: if shapes do not fit together, a covariance is not symmetric or has a clearly
            negative eigenvalue, or numbers are not finite or too large to be squared.

    Source:
        Dowson and Landau (1982); as a metric for GANs, Heusel et al. (2017), equation 6.
    """
    mean1, cov1 = _gaussian(mean1, cov1, "1")
    mean2, cov2 = _gaussian(mean2, cov2, "2")
    check(
        len(mean1) == len(mean2),
        f"the first Gaussian has {len(mean1)} dimensions and the second {len(mean2)}. Compute both "
        "from the same features.",
    )
    # With R = Σ₁^½ Σ₂^½, the matrix under the root is R Rᵀ, so the trace of its root is the sum of
    # R's singular values. That never takes the root of an eigenvalue that rounding made negative.
    root = _square_root(cov1, "cov1") @ _square_root(cov2, "cov2")
    overlap = torch.linalg.svdvals(root).sum()
    squared = (mean1 - mean2).square().sum() + cov1.trace() + cov2.trace() - 2 * overlap
    return max(0.0, squared.item())


def _gaussian(mean: Any, cov: Any, which: str) -> tuple[Tensor, Tensor]:
    mean = torch.atleast_1d(as_numbers(mean, f"mean{which}"))
    cov = torch.atleast_2d(as_numbers(cov, f"cov{which}"))  # np.cov gives a bare number when d = 1
    check_shape(mean.ndim == 1 and len(mean), f"mean{which}", mean, "(d,). Use samples.mean(0).")
    d = len(mean)
    advice = f"({d}, {d}) to go with its mean. {_USE_COV}"
    check_shape(cov.shape == (d, d), f"cov{which}", cov, advice)
    largest = max(mean.abs().max().item(), cov.abs().max().item())
    check(
        largest <= 1e150,
        f"mean{which} and cov{which} reach {largest:.3g}, and squares of that overflow. Bring the "
        "samples to a smaller scale first.",
    )
    # The tolerance leaves room for a covariance that was computed in 32-bit floats.
    asymmetry = (cov - cov.T).abs().max().item()
    check(
        asymmetry <= 1e-5 * cov.abs().max().item(),
        f"cov{which} is not symmetric: entries differ from their mirror image by up to "
        f"{asymmetry:.3g}. {_USE_COV}",
    )
    return mean, (cov + cov.T) / 2


def _square_root(cov: Tensor, name: str) -> Tensor:
    """The symmetric square root of a covariance, by its eigenvalues."""
    values, vectors = torch.linalg.eigh(cov)
    largest = values.abs().max().item()
    check(
        values[0] >= -1e-5 * largest,
        f"{name} has the negative eigenvalue {values[0]:.3g}: no data has such a covariance. "
        f"{_USE_COV}",
    )
    # Below this an eigenvalue is only rounding error, and its root, 1e-16 → 1e-8, would show.
    values = values.where(values > largest * len(cov) * torch.finfo(cov.dtype).eps, 0.0)
    return vectors * values.sqrt() @ vectors.T


# --------------------------------------------------------------------------- kernels and slices


def kernel_distance(
    x: Any,
    y: Any,
    kernel: Literal["cubic", "rbf"] | Kernel = "cubic",
    bandwidth: float | None = None,
) -> float:
    """The squared maximum mean discrepancy between two samples, without bias.

        MMD² = mean of k(xᵢ, xⱼ) over i ≠ j + mean of k(yᵢ, yⱼ) over i ≠ j − 2 · mean of k(xᵢ, yⱼ)

    Args:
        x, y: shapes (n, d) and (m, d), at least two samples each.
        kernel: `"cubic"`, (x·y / d + 1)³, as in the Kernel Inception Distance: it compares means,
            covariances and third moments, and depends on where zero is. `"rbf"`,
            exp(−|x − y|² / 2σ²), compares everything, at scale σ. Or a function of your own that
            takes tensors of shape (n, d) and (m, d) and gives the kernel values, shape (n, m).
        bandwidth: σ of the `"rbf"` kernel, in units of the data. Without it, the median distance
            between two different points of the pooled sample (of 2,000 of them if there are more).

    Returns:
        MMD². About 0 is best. Because it has no bias, it is often below zero when both samples come
        from one distribution: report it as it is.

    Raises:
        ValueError: for an unknown kernel or one that gives no numbers, a bandwidth that is not
            positive or that the kernel does not have, fewer than two samples, or samples that
            cannot be compared.

    Source:
        Gretton et al. (2012), equation 3, and section 8 for the median heuristic. Bińkowski et al.
        (2018) for the cubic kernel.
    """
    x, y = two_sets(x, y, ("x", "y"), least=2)
    k = _kernel(kernel, bandwidth, torch.cat([x, y]))
    return _mean_over_pairs(k, x) + _mean_over_pairs(k, y) - 2 * _mean_over_pairs(k, x, y)


def cubic_kernel(x: Tensor, y: Tensor) -> Tensor:
    """(x·y / d + 1)³ for all pairs of rows, shape (n, m), as in the Kernel Inception Distance."""
    return (x @ y.T / x.shape[1] + 1) ** 3


def _rbf(x: Tensor, y: Tensor, bandwidth: float) -> Tensor:
    return torch.exp(-((distances_between(x, y) / bandwidth) ** 2) / 2)


_KERNELS: dict[str, Kernel] = {"cubic": cubic_kernel, "rbf": _rbf}


def _kernel(kernel: str | Kernel, bandwidth: float | None, pooled: Tensor) -> Kernel:
    """The kernel as a function of two sets of points, its bandwidth chosen if it has one."""
    if not callable(kernel):
        known = isinstance(kernel, str) and kernel in _KERNELS
        names = ", ".join(map(repr, _KERNELS))
        check(known, f"no kernel is called {kernel!r}. Use one of {names}, or a function.")
        kernel = _KERNELS[kernel]
    if kernel is _rbf:
        sigma = _median_distance(pooled) if bandwidth is None else bandwidth
        return partial(_rbf, bandwidth=positive(sigma, "bandwidth"))
    check(bandwidth is None, 'only the "rbf" kernel has a bandwidth. Leave bandwidth out.')
    return kernel


def _median_distance(points: Tensor, most: int = 2000) -> float:
    if len(points) > most:
        # At random rather than every n-th: clusters often come in turn (ring, classes, …).
        some = torch.randperm(len(points), generator=torch.Generator().manual_seed(0))[:most]
        points = points[some]
    # Copies of one point say nothing about the scale, and would give a collapsed sample σ = 0.
    between = torch.pdist(points)
    between = between[between > 0]
    return float(np.median(between.numpy())) if len(between) else 1.0


def _mean_over_pairs(kernel: Kernel, x: Tensor, y: Tensor | None = None) -> float:
    """The mean of k(xᵢ, yⱼ); without y, of k(xᵢ, xⱼ) over i ≠ j."""
    other = x if y is None else y
    total = 0.0
    for start, block in in_blocks(x, len(other)):
        values = as_tensor(kernel(block, other), "what the kernel gave")
        check(
            values.shape == (len(block), len(other)),
            f"the kernel gave shape {tuple(values.shape)} for {len(block)} and {len(other)} "
            "points. It must give one value per pair.",
        )
        total += values.sum().item()
        if y is None:
            # A point compared with itself is what makes the plain mean biased.
            total -= values.diagonal(offset=start).sum().item()
    finite = math.isfinite(total)
    check(finite, "the kernel gave NaN or infinity, or its values add up to more.")
    return total / (len(x) * (len(other) - (y is None)))


def sliced_wasserstein(
    x: Any, y: Any, projections: int = 512, p: float = 2, seed: int = 0
) -> float:
    """The Wasserstein distance of the samples' shadows on lines, over many random directions θ.

        SW_p = (mean over θ of W_p(θ·x, θ·y)^p)^(1/p)

    On a line the best transport keeps the order, so W_p compares quantile functions, which also
    takes care of samples of different sizes. By default p = 2: then a shift of all points by v
    scores |v| / √d, up to the luck of the directions, in any number of dimensions, and mass that
    is far away counts for more than with p = 1.

    Two fresh draws of one distribution do not score 0: measure that floor, too. Two draws of the
    spiral, 1,000 points each, are about 0.013 apart, but only because both are evenly spaced. From
    points at random places on the same curve, where a generator puts them, it is 0.03 to 0.07.

    Args:
        x, y: shapes (n, d) and (m, d).
        projections: how many directions. With 512 the result varies by a few per cent with `seed`.
        p: the order, 1 or more.
        seed: of the directions.

    Returns:
        The distance, in units of the data. 0 is best.

    Raises:
        ValueError: for fewer than one projection, p below 1 or not finite, a seed that is none, or
            samples that cannot be compared.

    Source:
        Rabin et al. (2011); Bonneel et al. (2015).
    """
    x, y = two_sets(x, y, ("x", "y"))
    projections = whole(projections, "projections")
    p = between(p, "p", 1, math.inf, "a finite number from 1 on, such as 1 or 2")
    generator = torch.Generator().manual_seed(seed_of(seed))
    directions = torch.randn(projections, x.shape[1], generator=generator, dtype=x.dtype)
    directions /= directions.norm(dim=1, keepdim=True)
    source, target, mass = _order_preserving_plan(len(x), len(y))

    def lengths() -> Iterator[Tensor]:
        """How far each parcel goes, shape (lines, parcels), block by block."""
        for _, block in in_blocks(directions, len(x) + len(y)):
            yield (_sorted_shadow(x, block)[:, source] - _sorted_shadow(y, block)[:, target]).abs()

    cost = torch.cat([length**p @ mass for length in lengths()]).mean().item()
    if sys.float_info.min < cost < math.inf:
        return cost ** (1 / p)
    # The p-th power does not fit into 64 bits: the same, with the longest way as the unit.
    unit = max(length.max().item() for length in lengths())
    if unit == 0:
        return 0.0
    cost = torch.cat([(length / unit) ** p @ mass for length in lengths()]).mean().item()
    return unit * cost ** (1 / p)


def _order_preserving_plan(n: int, m: int) -> tuple[Tensor, Tensor, Tensor]:
    """How much mass goes from which sorted sample to which: (from, to, mass), one entry a parcel.

    The quantile functions step at i/n and at j/m. Counted in units of 1/(n·m) these are whole
    numbers, so that equal steps are equal, which 1/3 + 1/3 and 2/3 need not be.
    """
    ends = torch.cat([torch.arange(1, n + 1) * m, torch.arange(1, m + 1) * n]).unique()
    mass = torch.diff(ends, prepend=ends.new_zeros(1)).double() / (n * m)
    return (ends - 1) // m, (ends - 1) // n, mass


def _sorted_shadow(points: Tensor, directions: Tensor) -> Tensor:
    """Where the points fall on each line, in order: shape (lines, n)."""
    # NumPy sorts ten times faster than PyTorch on a CPU, and this is nearly all of the work.
    return torch.from_numpy(np.sort((directions @ points.T).numpy(), axis=1))
