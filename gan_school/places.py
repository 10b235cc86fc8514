"""Where files are: what the course ships, and what it may keep for later."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def cache(*parts: str) -> Path:
    """A folder or file for things that can be had again: downloads, classifiers that judge samples.

    `GAN_SCHOOL_CACHE` in the environment says where. Without it, that is `data/cache` in a copy of
    the project, and `gan-school` in the user's caches where only the package is installed.
    """
    asked = os.environ.get("GAN_SCHOOL_CACHE")
    if asked:
        return Path(asked).expanduser().joinpath(*parts)
    if _is_checkout():
        return _PACKAGE.parent.joinpath("data", "cache", *parts)
    from platformdirs import user_cache_path

    place = user_cache_path("gan-school", appauthor=False)
    before = Path(os.path.expanduser("~/.cache/gan-school"))  # on every system, by version 0.1.0
    return (before if before.is_dir() and not place.is_dir() else place).joinpath(*parts)


def shipped(*parts: str) -> Path:
    """A folder or file under `data/` that comes with the course."""
    folder = _PACKAGE.parent / "data" if _is_checkout() else _PACKAGE / "data"
    return folder.joinpath(*parts)


def _is_checkout() -> bool:
    """Whether the package lies in a copy of the project, rather than among installed packages."""
    return (_PACKAGE.parent / "pyproject.toml").exists() and (
        _PACKAGE.parent / "notebooks"
    ).is_dir()
