"""Whether what is on record of the examinations is what the doctor of today would give.

Which tricks there are does not count: advice, and lots, were drawn from those of the day.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from gan_school import files
from gan_school.lab.dependencies import digest_of_code
from gan_school.lab.examination import bench, by_lot, cures

EXAMINERS: dict[str, Callable[..., pd.DataFrame]] = {
    "doctor.csv": bench.examine,
    "doctor_by_lot.csv": by_lot.examine,
    "cures.csv": cures.examine,
}
"""The tables, and what their rows were made by."""
KEYS = "doctor.json"


def key_of_today(table: str) -> str | None:
    """A digest of the code that decides the rows of a table: training, judging, the doctor."""
    return digest_of_code(EXAMINERS[table])


def is_of_today(folder: Path, table: str) -> bool:
    """Whether a table was made by the code of today; one that is not there was made by no other."""
    return not (folder / table).exists() or _keys(folder).get(table) == key_of_today(table)


def save(folder: Path, table: str, rows: pd.DataFrame) -> None:
    """Write a table, whole or not at all, and that it is of today."""
    files.write_text(folder / table, rows.to_csv(index=False, lineterminator="\n"))
    sign(folder, table)


def sign(folder: Path, table: str) -> None:
    """Put on record that a table is of today."""
    keys = _keys(folder) | {table: key_of_today(table)}
    files.write_text(folder / KEYS, json.dumps(keys, indent=2, sort_keys=True) + "\n")


def _keys(folder: Path) -> dict[str, str]:
    place = folder / KEYS
    return json.loads(place.read_text("utf-8")) if place.exists() else {}
