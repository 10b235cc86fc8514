"""Data to learn from. Every function returns a `Dataset`; most need no network connection."""

from gan_school.datasets.dataset import Dataset, as_dataset
from gan_school.datasets.embedded import digits
from gan_school.datasets.points import grid, ring, spiral, swiss_roll

__all__ = ["Dataset", "as_dataset", "digits", "grid", "ring", "spiral", "swiss_roll"]
