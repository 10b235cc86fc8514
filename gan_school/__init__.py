"""GAN School: a course on generative adversarial networks, and the small library under it."""

__version__ = "0.1.0"

try:
    from gan_school import checkpoints, datasets, games, metrics, networks, plotting, recipes
    from gan_school.hardware import budget, describe_device, device
    from gan_school.lab import compare, diagnose, tricks
    from gan_school.training import Recipe, Run, resume, train
except ImportError as error:
    error.add_note(
        "gan_school needs something that is missing here, or does not fit. `make start` in the "
        "project's folder, or `pip install .`, installs what it needs."
    )
    raise

__all__ = [
    "Recipe",
    "Run",
    "budget",
    "checkpoints",
    "compare",
    "datasets",
    "describe_device",
    "device",
    "diagnose",
    "games",
    "metrics",
    "networks",
    "plotting",
    "recipes",
    "resume",
    "train",
    "tricks",
]
