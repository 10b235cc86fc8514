"""Heaps: where data lie in clusters with gaps between them, samples are judged heap by heap."""

from __future__ import annotations

from typing import Self

import numpy as np
from torch import Tensor

FEWEST = 10  # points of a heap, at least, and no fewer than 2 % of all
STRAY = 0.1  # the share of points that may be in no heap
NEAREST = 0.98  # the share of the others that have to be nearest to the centre of their heap
INSIDE = 0.99  # the share of real points that are at their heap
WIDE = 20  # samples at a heap that are enough to see how wide it is


class Heaps:
    """The heaps of some data.

    They are found by HDBSCAN (Campello et al. 2013), and there are none unless nearly all points
    are in one, and nearest to the centre of their own: points along a spiral are in no heaps. *At*
    a heap is what is no farther from its centre than 99 % of its real points are, in units of its
    spread in that direction.

    Attributes:
        count: how many there are.
        shares: of the data, that each has, shape (count,).
    """

    def __init__(self, points: np.ndarray, heap: np.ndarray):
        self.count = heap.max() + 1
        self.centres = np.stack([points[heap == k].mean(0) for k in range(self.count)])
        nearest = self._nearest(points)
        self.shares = np.bincount(nearest, minlength=self.count) / len(points)
        self.whiten = [
            np.linalg.inv(np.linalg.cholesky(_covariance(points[nearest == k])))
            for k in range(self.count)
        ]
        away = self._away(points, nearest)
        self.radius = np.quantile(away, INSIDE)
        inside = away <= self.radius
        self.widths = [_width(points[inside & (nearest == k)]) for k in range(self.count)]

    @classmethod
    def of(cls, real: Tensor) -> Self | None:
        """The heaps that points lie in, (n, d); None if they lie in none, or in one."""
        from sklearn.cluster import HDBSCAN  # takes a second or two to import

        points = real.double().cpu().numpy()
        n, d = points.shape
        least = max(FEWEST, n // 50, 2 * (d + 1))
        if n < 2 * least:
            return None
        heap = HDBSCAN(least, min_samples=FEWEST, copy=True).fit_predict(points)
        found = heap >= 0
        if heap.max() < 1 or found.mean() < 1 - STRAY:
            return None
        heaps = cls(points, heap)
        own = heaps._nearest(points[found]) == heap[found]
        return heaps if own.mean() >= NEAREST else None

    def look(self, samples: Tensor) -> dict[str, float]:
        """How samples, (n, d), do at the heaps: see `gan_school.lab.signs.NOW`."""
        points = samples.double().cpu().numpy()
        nearest = self._nearest(points)
        away = self._away(points, nearest)
        inside = away <= self.radius
        near, at = (
            np.bincount(nearest[some], minlength=self.count) / len(points)
            for some in (slice(None), inside)
        )
        widths = [
            _width(points[inside & (nearest == k)]) / self.widths[k]
            for k in range(self.count)
            if at[k] * len(points) >= WIDE
        ]
        return {
            "heaps": float(self.count),
            "inside": at.sum(),
            "beside": (away <= 3 * self.radius).mean(),
            "fewest": (near / self.shares).min(),
            "fewest_at": (at / self.shares).min() / at.sum() if at.any() else 0.0,
            "breadth": float(np.median(widths)) if widths else float("nan"),
            "mass": np.minimum(at, self.shares).sum(),
        }

    def _nearest(self, points: np.ndarray) -> np.ndarray:
        """The heap whose centre is nearest to each point."""
        return np.linalg.norm(points[:, None] - self.centres, axis=-1).argmin(1)

    def _away(self, points: np.ndarray, heap: np.ndarray) -> np.ndarray:
        """How far each point is from the centre of its heap, in units of that heap's spread."""
        away = np.empty(len(points))
        for k, whiten in enumerate(self.whiten):
            away[heap == k] = np.linalg.norm(
                (points[heap == k] - self.centres[k]) @ whiten.T, axis=1
            )
        return away


def _covariance(points: np.ndarray) -> np.ndarray:
    """With a little more in every direction, so that a heap may be flat."""
    found = np.atleast_2d(np.cov(points.T))
    return found + (1e-9 * np.trace(found) + 1e-20) * np.eye(len(found))


def _width(points: np.ndarray) -> float:
    """The geometric mean of the standard deviations along the principal axes."""
    return float(np.exp(np.linalg.slogdet(_covariance(points))[1] / 2 / points.shape[1]))
