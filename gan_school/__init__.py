"""GAN School: a course on generative adversarial networks, and the small library under it.

Nothing is loaded before it is used: `import gan_school` does not wait for PyTorch.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for editors and type checkers, which read and do not run
    from gan_school import checkpoints, datasets, games, metrics, networks, plotting, recipes
    from gan_school.hardware import budget, describe_device, device
    from gan_school.lab import compare, diagnose, tricks
    from gan_school.training import Recipe, Run, resume, train

__version__ = "0.1.0"

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

_FROM = {
    "hardware": ("budget", "describe_device", "device"),
    "lab": ("compare", "diagnose", "tricks"),
    "training": ("Recipe", "Run", "resume", "train"),
}
_MODULE_OF = {name: module for module, names in _FROM.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name, or a module of the package, when it is first asked for (PEP 562)."""
    module = f"{__name__}.{_MODULE_OF.get(name, name)}"
    if name.startswith("_") or importlib.util.find_spec(module) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        error.add_note(
            "gan_school needs something that is missing here, or does not fit. `make start` in the "
            "project's folder, or `pip install .`, installs what it needs."
        )
        raise
    if name in _MODULE_OF:
        found = getattr(found, name)
    globals()[name] = found  # from now on, it is found without this function
    return found


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
