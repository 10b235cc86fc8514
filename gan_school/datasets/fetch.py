"""Download data sets ahead of a workshop: what `gan-school fetch` does."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from gan_school.datasets.downloads import Sources, Unavailable, folder
from gan_school.datasets.published import COLLECTIONS, Collection, bring


def main(names: Sequence[str], mirror: str | None = None) -> int:
    """Fetch data sets by name, or list them if none is named.

    Args:
        names: any of `published.COLLECTIONS`.
        mirror: a folder or an http(s) address that has the files.

    Returns:
        The exit status: 0 if all are here now, 1 if one could not be had, 2 for a mirror that
        cannot be one, 130 after Ctrl-C.
    """
    if not names:
        return show()
    try:
        sources = Sources(mirror)  # one for all, so that a dead proxy is waited for once
        fetched = [_fetch(COLLECTIONS[name], sources) for name in dict.fromkeys(names)]
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on with the next file.", file=sys.stderr)
        return 130
    if any(fetched):
        print(
            f"The folder {folder()} can be copied to other computers, on a stick or a network "
            "drive; there, GAN_SCHOOL_MIRROR=FOLDER names it."
        )
    if all(fetched):
        return 0
    print(
        "Try again later, or name a folder or an http(s) address that has the files: "
        "--mirror WHERE, or GAN_SCHOOL_MIRROR=WHERE in the environment.",
        file=sys.stderr,
    )
    return 1


def show() -> int:
    """List what is here, and what is not."""
    print(f"Data sets in {folder()}:")
    for collection in COLLECTIONS.values():
        found = bring(collection, Sources(mirror=folder(), download=False))  # asks nobody else
        here = [split for split, paths in found.items() if isinstance(paths, list)]
        state = f"not here, {collection.megabytes} MB to download"
        if here:
            which = "" if len(here) == len(found) else f"only the {here[0]} split is "
            state = f"{which}here, {_size(found)}"
        print(f"  {collection.key:<14} {state}")
    print("`gan-school fetch NAME …` downloads what is not here.")
    return 0


def _fetch(collection: Collection, sources: Sources) -> bool:
    """Fetch one data set and say what came of it."""
    print(f"{collection.title} …", flush=True)
    found = bring(collection, sources)
    errors = [paths for paths in found.values() if isinstance(paths, Unavailable)]
    if len(errors) < len(found):
        print(f"  {_size(found)} in {min(path.parent for path in _paths(found))}, checked")
    for error in errors[:1]:
        what = "incomplete" if len(errors) < len(found) else "not fetched"
        reasons = (f"{place}: {answer}" for place, answer in error.tried.items())
        print(f"  {what}:", *reasons, sep="\n    ", file=sys.stderr)
    return not errors


def _paths(found: dict[str, list[Path] | Unavailable]) -> set[Path]:
    """All files that are here: an archive may hold both splits."""
    return {path for paths in found.values() if isinstance(paths, list) for path in paths}


def _size(found: dict[str, list[Path] | Unavailable]) -> str:
    return f"{sum(path.stat().st_size for path in _paths(found)) / 1e6:.1f} MB"
