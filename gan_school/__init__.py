"""GAN School: a course on generative adversarial networks, and the small library under it."""

__version__ = "0.1.0"

from gan_school import datasets, games, metrics, networks, plotting, recipes
from gan_school.device import budget, describe_device, device
from gan_school.training import Recipe, Run, resume, train

__all__ = [
    "Recipe",
    "Run",
    "budget",
    "datasets",
    "describe_device",
    "device",
    "games",
    "metrics",
    "networks",
    "plotting",
    "recipes",
    "resume",
    "train",
]
