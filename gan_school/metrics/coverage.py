"""Coverage by nearest neighbours: which samples look real, and which real ones are left out."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from gan_school.checks import check, whole
from gan_school.metrics.features import Features, compared
from gan_school.metrics.samples import distances_between, in_blocks
from gan_school.metrics.score import Measured


class PrecisionRecall(
    Measured, NamedTuple("PrecisionRecall", [("precision", float), ("recall", float)])
):
    """What `precision_recall` found. Both are shares between 0 and 1; 1 is best.

    Measured on features, it also has `conditions`: which features, and how many samples.
    """


class DensityCoverage(
    Measured, NamedTuple("DensityCoverage", [("density", float), ("coverage", float)])
):
    """What `density_coverage` found.

    `density` is 0 or more, and 1 on average when both samples have one distribution; it exceeds 1
    when the fakes crowd where real samples are dense. `coverage` lies between 0 and 1; 1 is best.
    When both samples have one distribution and the same size it is about 1 − 2^−k.

    Measured on features, it also has `conditions`: which features, and how many samples.
    """


def precision_recall(
    real: Any, fake: Any, k: int = 5, features: Features = None
) -> PrecisionRecall:
    """How many fakes look real, and how much of the real data the fakes can produce.

    Each set is taken to fill the balls around its points that reach to their k-th nearest
    neighbour in the same set. Precision is the share of fakes inside a ball of the real set, recall
    the share of real samples inside a ball of the fake set. A lost mode lowers recall, noise lowers
    precision. One real outlier has a huge ball, and spoils precision: see `density_coverage`.

    Args:
        real, fake: shapes (n, d) and (m, d), more than k samples each.
        k: which neighbour; the point itself does not count. The paper uses 3.
        features: compares what these make of images rather than the numbers themselves: a
            `classifier`, or a module or function from a batch of images to (n, d).

    Returns:
        A named tuple of precision and recall, each in 0..1. 1 is best.

    Raises:
        ValueError: if k is not a whole number from 1 on, if there are not more than k samples of
            each kind, or if they cannot be compared.

    Source:
        Kynkäänniemi et al. (2019), equations 1 and 2.
    """
    real, fake, conditions = compared(real, fake, features)
    k = _neighbour(k, real=real, fake=fake)
    found = PrecisionRecall(
        precision=_share_inside(fake, real, _radii(real, k)),
        recall=_share_inside(real, fake, _radii(fake, k)),
    )
    return found if features is None else found.under(f"k = {k}; {conditions}")


def density_coverage(
    real: Any, fake: Any, k: int = 5, features: Features = None
) -> DensityCoverage:
    """Precision and recall that a few outliers cannot spoil.

    Both use only the balls around the real samples, up to their k-th nearest real neighbour.
    Density is the number of such balls that an average fake lies in, divided by k: a lone ball
    around an outlier counts little. Coverage is the share of balls with a fake inside.

    Args:
        real: shape (n, d), more than k samples.
        fake: shape (m, d), at least one.
        k: which neighbour; the point itself does not count. The paper uses 5.
        features: compares what these make of images rather than the numbers themselves: a
            `classifier`, or a module or function from a batch of images to (n, d).

    Returns:
        A named tuple of density (0 and up, about 1 is best) and coverage (0..1, 1 is best).

    Raises:
        ValueError: if k is not a whole number from 1 on, if there are not more than k real samples,
            or if the samples cannot be compared.

    Source:
        Naeem et al. (2020), section 3. As in the authors' code, a point on the surface of a
        ball is outside, so that a copy of the real data has density 1.
    """
    real, fake, conditions = compared(real, fake, features)
    k = _neighbour(k, real=real)
    radii = _radii(real, k)
    balls_entered = 0
    covered = torch.zeros(len(real), dtype=torch.bool)
    for _, block in in_blocks(fake, len(real)):
        distances = distances_between(block, real)
        # In data with many equal rows a ball can have radius 0. A fake equal to such a row is in.
        inside = (distances < radii) | (distances == 0)
        balls_entered += inside.sum().item()
        covered |= inside.any(dim=0)
    found = DensityCoverage(
        density=balls_entered / (k * len(fake)), coverage=covered.double().mean().item()
    )
    return found if features is None else found.under(f"k = {k}; {conditions}")


def _neighbour(k: Any, **samples: Tensor) -> int:
    """The number of a neighbour that every sample of these sets has."""
    k = whole(k, "k")
    for name, points in samples.items():
        check(
            len(points) > k,
            f"{name} has {len(points)} samples, too few to have a neighbour number {k}. Give more "
            f"than {k} samples, or a smaller k.",
        )
    return k


def _radii(points: Tensor, k: int) -> Tensor:
    """The distance from each point to its k-th nearest neighbour, shape (n,)."""
    # The nearest of all is the point itself, hence k + 1.
    nearest = [
        distances_between(block, points).topk(k + 1, largest=False).values[:, k]
        for _, block in in_blocks(points, len(points))
    ]
    return torch.cat(nearest)


def _share_inside(points: Tensor, centres: Tensor, radii: Tensor) -> float:
    """The share of points within `radii` of any of the centres."""
    inside = sum(
        (distances_between(block, centres) <= radii).any(dim=1).sum().item()
        for _, block in in_blocks(points, len(centres))
    )
    return inside / len(points)
