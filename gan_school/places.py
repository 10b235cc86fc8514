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
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches).joinpath("gan-school", *parts)


def shipped(*parts: str) -> Path:
    """A folder or file under `data/` that comes with the course."""
    folder = _PACKAGE.parent / "data" if _is_checkout() else _PACKAGE / "data"
    return folder.joinpath(*parts)


def _is_checkout() -> bool:
    """Whether the package lies in a copy of the project, rather than among installed packages."""
    return (_PACKAGE.parent / "pyproject.toml").exists() and (
        _PACKAGE.parent / "notebooks"
    ).is_dir()
