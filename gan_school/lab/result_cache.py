"""Results that are kept as they come, so that nothing is measured twice.

Every result has a key made of all that decides it: recipe, data, seed, steps, metrics, the code
that these and the training depend on, and the version of PyTorch. Change any of these, and it is
measured anew. What a key cannot see stands in `gan_school.lab.dependencies`.
"""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from gan_school import files
from gan_school.checks import check
from gan_school.datasets import Dataset
from gan_school.lab.dependencies import digest_of_code, parts
from gan_school.lab.measuring import Measurement, Rows
from gan_school.places import cache
from gan_school.settings import to_json


class ResultCache:
    """The results of one recipe on one data set, one small file for each seed.

    Several processes can use one: each file is written whole, or not at all.

    Args:
        what: was measured.
        folder: where to keep it; None keeps nothing.
    """

    def __init__(self, what: Measurement, folder: Path | None):
        key = None if folder is None else result_key(what)
        self.folder = None if key is None else folder / key
        self.steps, self.names = list(what.steps), {metric.name for metric in what.metrics}

    def read(self, seed: int) -> Rows | None:
        """What was measured with this seed, or None if nothing was, or the file is damaged."""
        if self.folder is None:
            return None
        try:
            rows = json.loads((self.folder / f"{seed}.json").read_text("utf-8"))
            sound = [row["step"] for row in rows] == self.steps and all(
                row["metrics"].keys() == self.names
                and all(isinstance(value, int | float) for value in row["metrics"].values())
                and isinstance(row["diverged"], bool)
                and isinstance(row["played"], int)
                and math.isfinite(row["seconds"])
                for row in rows
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        return rows if sound else None

    def write(self, seed: int, rows: Rows) -> None:
        """Keep what was measured. Where that cannot be done, the comparison goes on without."""
        if self.folder is None:
            return
        try:
            files.write_text(self.folder / f"{seed}.json", json.dumps(rows))
        except OSError as error:
            warnings.warn(
                f"results cannot be kept in {self.folder.parent} ({error}). The comparison goes "
                "on; were it interrupted, it would begin from here again.",
                stacklevel=2,
            )
            self.folder = None


def folder_of(keep: Any) -> Path | None:
    """Where `compare(keep=…)` keeps results: in the cache, in a folder, or nowhere.

    Raises:
        TypeError, ValueError: if it is neither True, False, nor a folder.
    """
    if isinstance(keep, bool):
        return cache("comparisons") if keep else None
    a_place = isinstance(keep, str | Path)
    check(a_place, f"keep is {keep!r}. Give True, False, or a folder for results.", TypeError)
    for place in (Path(keep), *Path(keep).parents):
        is_file = place.exists() and not place.is_dir()
        check(not is_file, f"keep={str(keep)!r}: {place} is a file. Give a folder, new or old.")
    return Path(keep)


def result_key(what: Measurement, made_by: Callable[[], Dataset] | None = None) -> str | None:
    """What decides a result, but for the seed, as 32 hexadecimal digits.

    Args:
        what: is measured. Its data counts with its content, to the last bit, unless it was
        made_by: this function, whose code counts then. That is the same on all machines, whose
            sines and cosines can differ in their last digits.

    Returns:
        None if nothing can be kept: a part was defined on the spot, and has no lasting name.
    """
    try:
        recipe = json.dumps(to_json(what.recipe))
    except TypeError:
        return None
    judges = [metric.measure for metric in what.metrics]
    makers = [] if made_by is None else [made_by]
    code = digest_of_code(Measurement, *parts(what.recipe), *judges, *makers)
    if code is None or " at 0x" in recipe:
        return None
    judged = [(metric.name, metric.worst) for metric in what.metrics]
    # A build of PyTorch for another device, "+cpu" or "+cu130", is no other version.
    torch_version = torch.__version__.partition("+")[0]
    data = None if made_by is not None else _content(what.data)
    whole = json.dumps([recipe, data, what.steps, judged, code, torch_version])
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def _content(data: Dataset) -> str:
    """A digest of what networks learn from, and of what their samples are compared with."""
    digest = hashlib.sha256(repr((data.name, data.sigma)).encode())
    real = data.fresh(1000)
    for numbers in (data.x, data.labels, real.x, real.labels, data.modes):
        if numbers is not None:
            digest.update(f"{numbers.dtype} {tuple(numbers.shape)}".encode())
            digest.update(numbers.contiguous().numpy().tobytes())
    return digest.hexdigest()
