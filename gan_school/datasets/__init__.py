"""Data to learn from. Every function returns a `Dataset`; most need no network connection."""

from gan_school.datasets.dataset import Dataset, as_dataset
from gan_school.datasets.downloads import Unavailable
from gan_school.datasets.drawn import draw_flowers, flowers
from gan_school.datasets.embedded import digits
from gan_school.datasets.folder import image_folder
from gan_school.datasets.points import grid, ring, spiral, swiss_roll
from gan_school.datasets.published import cifar10, fashion_mnist, first_available, mnist
from gan_school.datasets.tables import Table, table

__all__ = [
    "Dataset",
    "Table",
    "Unavailable",
    "as_dataset",
    "cifar10",
    "digits",
    "draw_flowers",
    "fashion_mnist",
    "first_available",
    "flowers",
    "grid",
    "image_folder",
    "mnist",
    "ring",
    "spiral",
    "swiss_roll",
    "table",
]
