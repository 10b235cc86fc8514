"""Results that are kept as they come, so that nothing is measured twice.

Every result has a key made of all that decides it: recipe, data, seed, steps, metrics, the code of
the package, and the version of PyTorch. Change any of these, and it is measured anew.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import secrets
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import torch

import gan_school
from gan_school.datasets import Dataset
from gan_school.metrics.metric import METRICS, Metric
from gan_school.places import cache
from gan_school.settings import to_json
from gan_school.training import Recipe

# The parts of the package that a result depends on.
_CODE = ("datasets", "games", "metrics", "networks", "training", "randomness.py", "schedules.py")


class Kept:
    """The results of one recipe on one data set, one small file for each seed.

    Args:
        recipe: what is trained.
        data: what it learns from.
        steps: after which the samples are judged.
        metrics: how.
        folder: where to keep them; None keeps nothing.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: Dataset,
        steps: Sequence[int],
        metrics: Sequence[Metric],
        folder: Path | None,
    ):
        self.folder = None
        with_name = _written(recipe)
        judged = [_named(metric) for metric in metrics]
        if folder is not None and with_name is not None and None not in judged:
            parts = [with_name, _content(data), list(steps), judged, code()]
            digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
            self.folder = folder / digest[:32]

    def read(self, seed: int) -> list[dict[str, Any]] | None:
        """What was measured with this seed, or None if nothing was, or the file is damaged."""
        if self.folder is None:
            return None
        try:
            return json.loads((self.folder / f"{seed}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def write(self, seed: int, rows: list[dict[str, Any]]) -> None:
        """Keep what was measured. Where that cannot be done, the comparison goes on without."""
        if self.folder is None:
            return
        place = self.folder / f"{seed}.json"
        part = place.with_name(f"{place.name}.{secrets.token_hex(4)}.part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(rows), "utf-8")
            os.replace(part, place)  # whole or not at all
        except OSError as error:
            warnings.warn(
                f"results cannot be kept in {self.folder.parent} ({error}). The comparison goes "
                "on; were it interrupted, it would begin from here again.",
                stacklevel=2,
            )
            part.unlink(missing_ok=True)
            self.folder = None


def default_folder() -> Path:
    """Where comparisons keep their results."""
    return cache("comparisons")


@functools.cache
def code() -> str:
    """A digest of the code that results depend on, and the version of PyTorch."""
    digest = hashlib.sha256(torch.__version__.encode())
    root = Path(gan_school.__file__).parent
    for part in _CODE:
        place = root / part
        files = sorted(place.glob("*.py")) if place.is_dir() else [place]
        for file in files:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _written(recipe: Recipe) -> Any:
    """The recipe as data, or None if a part was defined on the spot, and has no lasting name."""
    try:
        written = to_json(recipe)
    except TypeError:
        return None
    return None if " at 0x" in json.dumps(written) else written


def _content(data: Dataset) -> str:
    digest = hashlib.sha256(data.name.encode())
    for numbers in (data.x, data.labels, None if data.held_out is None else data.held_out.x):
        if numbers is not None:
            digest.update(
                str(tuple(numbers.shape)).encode() + numbers.contiguous().numpy().tobytes()
            )
    return digest.hexdigest()


def _named(metric: Metric) -> str | None:
    """What identifies a metric: its name here, the code of its function if it is somebody's own.

    None if that is more than code, such as a function that remembers values from where it was made.
    """
    if METRICS.get(metric.name) == metric:
        return metric.name
    function = metric.measure
    if not isinstance(function, FunctionType) or function.__closure__ or function.__defaults__:
        return None
    digest = hashlib.sha256()
    for code in _codes(function.__code__):
        constants = [part for part in code.co_consts if not isinstance(part, CodeType)]
        digest.update(code.co_code + repr((constants, code.co_names)).encode())
    return f"{metric.name} {digest.hexdigest()}"


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code of a function, and of those inside it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _codes(part)
