"""Data to learn from. Every function returns a `Dataset`; none needs a network connection."""

from gan_school.datasets.dataset import Dataset, as_dataset
from gan_school.datasets.points import grid, ring, spiral, swiss_roll

__all__ = ["Dataset", "as_dataset", "grid", "ring", "spiral", "swiss_roll"]
