"""The files that the evidence ledger is kept in: two for each trick, and one about the tasks.

A table, `2.3.csv`, has a row for each task, recipe, step and seed. A record, `2.3.json`, says which
recipes their names stand for, by which key each was measured (see `result_cache.result_key`), and
which two make a pair. What is tried after a trick stands with it; a recipe that several tricks
share, with the first of them; a task's own recipe in `as_it_is`, also at the learning rates that
were tried. Everything is in the order of the
catalogue and on a line of its own: a new trick is two new files, and no other line changes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gan_school import files
from gan_school.settings import from_json, to_json
from gan_school.training import Recipe

FORMAT = 3
PLAIN = "as it is"  # the name of a task's own recipe
COLUMNS = ["task", "recipe", "step", "seed", "seconds", "diverged", "played", "first_spread"]


@dataclass(frozen=True)
class Record:
    """What is on record about a recipe besides its values.

    Attributes:
        recipe: what was trained.
        key: what decided the values; with another key they would be measured anew.
        measured_with: the versions of the package, PyTorch and Python.
    """

    recipe: Recipe
    key: str | None
    measured_with: dict[str, str]


Parts = tuple[pd.DataFrame, pd.DataFrame, dict[tuple[str, str], Record], dict[str, Any]]
"""Values, pairs, records by task and name, and what there is to know about the tasks."""


def write(folder: Path, parts: Parts) -> None:
    """Write the files of every trick, each whole or not at all; those that stay the same are left.

    Raises:
        OSError: if that cannot be done.
    """
    values, pairs, records, tasks = parts
    stems, of_pairs = values["recipe"].map(_stem), pairs["trick"].map(_stem)
    for stem in dict.fromkeys([*stems, *of_pairs]):
        table = values[stems == stem].round(4)
        if len(table):  # else all its recipes stand with other tricks, and only columns are left
            table = table.dropna(axis="columns", how="all")
        both = {
            "pairs": [
                {key: None if value != value else value for key, value in pair.items()}
                for pair in pairs[of_pairs == stem].to_dict("records")
            ],
            "recipes": [
                {"task": task, "name": name, "key": record.key, "with": record.measured_with,
                 "recipe": to_json(record.recipe)}
                for (task, name), record in records.items() if _stem(name) == stem
            ],
        }  # fmt: skip
        # The values first: with an old key they would be measured anew.
        _change(folder / f"{stem}.csv", table.to_csv(index=False, lineterminator="\n"))
        _change(folder / f"{stem}.json", _lines(both))
    about = [{"task": name, **of_task} for name, of_task in tasks.items()]
    _change(folder / "tasks.json", _lines({"tasks": about}))


def read(folder: Path) -> Parts:
    """Read them all. Pairs come file by file.

    Raises:
        FileNotFoundError: if there is no ledger.
        ValueError: if it was written in another format, or is damaged.
    """
    places = sorted(folder.glob("*.json"))
    if not places:
        raise FileNotFoundError(f"no ledger in {folder}. `make evidence` writes one.")
    tables, pairs, records, tasks = [], [], {}, {}
    for place in places:
        try:
            record = json.loads(place.read_text(encoding="utf-8"))
            if (found := record["format"]) != FORMAT:
                raise ValueError(f"it has format {found}, and this version reads format {FORMAT}")
            if place.name == "tasks.json":
                tasks = {part.pop("task"): part for part in record["tasks"]}
                continue
            pairs += record["pairs"]
            for part in record["recipes"]:
                recipe = from_json(part["recipe"])
                records[part["task"], part["name"]] = Record(recipe, part["key"], part["with"])
            table = pd.read_csv(place.with_suffix(".csv"))
            if len(table[COLUMNS]):  # else all its recipes stand with other tricks
                tables.append(table)
        except (KeyError, TypeError, ValueError, AttributeError, FileNotFoundError) as error:
            raise ValueError(
                f"{place} cannot be read: {error}. `git checkout` brings it back; `make evidence` "
                "writes it anew."
            ) from error
    values = pd.concat(tables or [pd.DataFrame(columns=COLUMNS)], ignore_index=True)
    measured = set(zip(values["task"], values["recipe"], strict=True))
    named = {(pair["task"], pair[side]) for pair in pairs for side in ("without", "with_")}
    for place in named | records.keys() | measured:
        if place[0] not in tasks or place not in records or place not in measured:
            raise ValueError(
                f"the ledger in {folder} is not whole: of {place[1]!r} on {place[0]!r} it has no "
                f"{'values' if place in records else 'recipe'}. `git checkout` brings them back; "
                "`make evidence` measures what is missing."
            )
    table = pd.DataFrame(pairs)
    table["cost"] = table["cost"].astype(float)
    return values, table, records, tasks


def _stem(name: str) -> str:
    """The name of the files for a recipe or a trick: "3.1" for "3.1 + 2.3 2 times: with"."""
    return "as_it_is" if name.startswith(PLAIN) else name.split(" ")[0]


def _lines(record: dict[str, list[Any]]) -> str:
    """JSON with a line for each part of a list."""
    shown = [f' "format": {FORMAT}']
    for key, parts in record.items():
        each = ",\n".join(f"  {json.dumps(part, ensure_ascii=False)}" for part in parts)
        shown.append(f' "{key}": ' + (f"[\n{each}\n ]" if parts else "[]"))
    return "{\n" + ",\n".join(shown) + "\n}\n"


def _change(place: Path, text: str) -> None:
    if not place.exists() or place.read_text(encoding="utf-8") != text:
        files.write_text(place, text)
