"""Small sets of points to measure, and how examples are drawn at random."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

# The same examples in every run, so that a failure can be repeated; no example has a deadline,
# because the machines that run this are shared.
properties = settings(derandomize=True, deadline=None, max_examples=40)


def line(*points: float) -> np.ndarray:
    """Points on a line, shape (n, 1)."""
    return np.array(points, dtype=float)[:, None]


def normal(seed: int, *shape: int) -> np.ndarray:
    """Draws of a standard normal distribution."""
    return np.random.default_rng(seed).standard_normal(shape)


def spiral(seed: int, n: int = 1000, evenly: bool = True) -> np.ndarray:
    """The course's first data set, written out once more; or at random places on its curve."""
    places = np.arange(n) / n if evenly else np.random.default_rng(seed + 1000).random(n)
    t, e = 2 * np.pi * places, normal(seed, n)
    x = np.stack([t, t * np.cos(2 * t) + 0.1 * e, t * np.exp(-t) + 0.01 * e], axis=1)
    return (x - x.mean(0)) / x.std(0)


def samples(least: int = 2, most: int = 8, columns: int = 2) -> st.SearchStrategy[np.ndarray]:
    """Small sets of points with coordinates that are sixteenths, so that shifting them is exact."""
    return st.integers(least, most).flatmap(
        lambda n: arrays(float, (n, columns), elements=st.integers(-64, 64).map(lambda i: i / 16))
    )
