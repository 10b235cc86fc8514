"""A table: numbers, yes or no, and categories, from a file or a DataFrame and back again."""

from __future__ import annotations

import csv
import io
import re
import warnings
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from pandas.api import types
from torch import Tensor

from gan_school.checks import check
from gan_school.datasets.dataset import Dataset, divided, owned

_LARGEST_WHOLE = 2**53  # from here on, 64-bit floats leave out whole numbers
_FEW, _MANY = 20, 1000  # so many categories are always few enough; else a tenth of the rows
_DATE = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}\S*)?|\d{1,2}:\d{2}(:\d{2})?"
_DIVIDERS = ";\t|,"  # in this order: a decimal comma is no divider
_LEAVE_OUT = "into numbers, such as days since a date, or leave it out."


@dataclass(frozen=True)
class Numeric:
    """A column of numbers: its least becomes −1, its greatest 1, and a number that is alone 0.

    Of truth values, no is always −1 and yes 1; on the way back, the sign decides.
    """

    name: Any
    low: float
    high: float
    dtype: Any
    width: int = 1

    @classmethod
    def of(cls, column: pd.Series) -> Numeric:
        """Read off the range.

        Raises:
            ValueError: if it is infinite, or too wide for 64-bit floats to tell numbers apart.
        """
        if types.is_bool_dtype(column):
            return cls(column.name, 0.0, 1.0, column.dtype)
        values = column.to_numpy(dtype=np.float64)
        low, high = float(values.min()), float(values.max())
        check(np.isfinite(values).all(), f"the column {column.name!r} has infinite values.")
        whole = types.is_integer_dtype(column)
        check(
            np.isfinite(high - low) and not (whole and max(-low, high) > _LARGEST_WHOLE),
            f"the column {column.name!r} has numbers from {low:g} to {high:g}, too large to be "
            "told apart. Divide them by some factor; leave it out if they only number the rows.",
        )
        return cls(column.name, low, high, column.dtype)

    def encode(self, column: pd.Series) -> np.ndarray:
        """Shape (n, 1)."""
        span = self.high - self.low
        values = column.to_numpy(dtype=np.float64)[:, None]
        return (values - self.low) / span * 2 - 1 if span else np.zeros_like(values)

    def decode(self, numbers: np.ndarray) -> pd.Series:
        """The inverse, of whatever numbers a generator gives."""
        share = (numbers[:, 0].astype(np.float64).clip(-1, 1) + 1) / 2
        values = (self.low + share * (self.high - self.low)).clip(self.low, self.high)
        if not types.is_float_dtype(self.dtype):
            values = values.round()
        return pd.Series(values, name=self.name).astype(self.dtype)


@dataclass(frozen=True)
class Categorical:
    """A column of categories, each with a number of its own: 1 for this one, −1 for the others.

    The category with the greatest number wins on the way back.
    """

    name: Any
    categories: tuple
    dtype: Any

    @classmethod
    def of(cls, column: pd.Series) -> Categorical:
        """Read off the categories: those that occur, in their own order.

        Raises:
            ValueError: if there are too many of them for so few rows.
        """
        kind, there = column.dtype, set(column.unique())
        most = max(_FEW, min(_MANY, len(column) // 10))
        check(
            len(there) <= most and not len(there) == len(column) > 2,
            f"the column {column.name!r} has {len(there):,} different values in {len(column):,} "
            "rows, like a name or a number of an account, and each would become a feature. Leave "
            "it out, or keep the commonest and call the rest 'other'.",
        )
        known = kind.categories if isinstance(kind, pd.CategoricalDtype) else sorted(there)
        return cls(column.name, tuple(one for one in known if one in there), kind)

    @property
    def width(self) -> int:
        """One number for each category."""
        return len(self.categories)

    def encode(self, column: pd.Series) -> np.ndarray:
        """Shape (n, width)."""
        codes = pd.Categorical(column, categories=self.categories).codes
        return np.eye(self.width, dtype=np.float32)[codes] * 2 - 1

    def decode(self, numbers: np.ndarray) -> pd.Series:
        """The inverse, of whatever numbers a generator gives."""
        chosen = [self.categories[code] for code in numbers.argmax(1)]
        return pd.Series(chosen, name=self.name, dtype=object).astype(self.dtype)


@dataclass(frozen=True, eq=False, repr=False)
class Table(Dataset):
    """A Dataset that was made from a DataFrame, and gives one back.

    Attributes:
        columns: how each column was turned into numbers.
    """

    columns: tuple[Numeric | Categorical, ...] = ()

    def inverse(self, x: Tensor) -> pd.DataFrame:
        """Rows, real or generated, as a table like the one this data came from.

        Whole numbers are rounded, numbers kept within the range that was seen, and of the
        categories the one with the greatest number is taken.

        Args:
            x: shape (n, features).

        Returns:
            A DataFrame with the columns, their order and their types as they were, without the
            labels; rows are counted from 0. Samples are 32-bit floats, so numbers come back to
            within a ten-millionth of the range of their column.

        Raises:
            ValueError: if there is not the right number of features, or one is NaN.
        """
        numbers = torch.as_tensor(x).detach().cpu().numpy()
        widths = [column.width for column in self.columns]
        fits = numbers.shape[1:] == (sum(widths),)
        rows = f"rows of {self.name} have {sum(widths)} features. Got shape {numbers.shape}."
        check(fits, rows + " Of a population, choose a member: run[0]." * (numbers.ndim == 3))
        lost = int(np.isnan(numbers).any(1).sum())
        check(
            not lost,
            f"{lost} of {len(numbers)} rows hold NaN: training has diverged, or a network is "
            "broken. Look at the samples before they become a table.",
        )
        parts = np.split(numbers, np.cumsum(widths)[:-1], axis=1)
        return pd.concat(
            [column.decode(part) for column, part in zip(self.columns, parts, strict=True)], axis=1
        )


def table(
    frame: pd.DataFrame, labels: Any = None, name: str = "table", held_out: float = 0.0
) -> Table:
    """Any table with columns of numbers, yes or no, or categories.

    Args:
        frame: one row per sample, without missing values. `read_csv` makes one of a file.
        labels: the name of a column that is the label, and not a feature.
        name: a short name for titles and messages.
        held_out: the share of the rows that is kept back to judge with, from 0 to below 1. It is
            the same as `table(frame).hold_out(share)`, without both in memory at once.

    Returns:
        A `Table` with `x` of shape (n, features), from −1 to 1; its `inverse` gives a DataFrame.

    Raises:
        TypeError: if it is no DataFrame.
        ValueError: if a column has missing or infinite values, is of a kind that has no scale, such
            as dates, or is text that is no category: dates, numbers with other things among them,
            or something else in nearly every row; if every row has a label of its own; if names
            repeat themselves, there is no column with the name of the labels, or there are fewer
            than two rows or no columns.
    """
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(
            f"table wants a pandas DataFrame, not a {type(frame).__name__}. "
            "datasets.tables.read_csv makes one of a file."
        )
    _check(frame, labels)
    features = frame if labels is None else frame.drop(columns=[labels])
    columns = tuple(_column(features[key]) for key in features)
    codes, classes = (None, ()) if labels is None else _classes(frame[labels])

    def part(rows: slice | Tensor) -> Table:
        some = features.iloc[np.arange(len(frame))[rows]]
        x = torch.empty(len(some), sum(column.width for column in columns))
        for place, column in zip(x.split([c.width for c in columns], 1), columns, strict=True):
            place.copy_(torch.from_numpy(column.encode(some[column.name])))
        kinds = None if codes is None else codes[rows]
        return Table(owned(x), name, kinds, classes, columns=columns)

    if not held_out:
        return part(slice(None))
    kept, held = divided(len(frame), codes, held_out)
    return replace(part(kept), held_out=part(held))


def read_csv(path: str | Path) -> pd.DataFrame:
    """Read a table from a text file, as people have them: `table(read_csv("wine.csv"))`.

    Columns may be divided by commas, semicolons, tabs or bars; with any but commas, 1,5 is a
    number. A question mark is a missing value. Text is UTF-8, or else taken to be Windows-1252.
    What had to be guessed is said in a warning. For files of any other kind there is
    `pandas.read_csv`.

    Returns:
        A DataFrame. Where the first row holds numbers already, columns are called 1, 2, …

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is a folder or a device, holds no text, or rows differ in length.
    """
    path = Path(path).expanduser()
    check(path.exists(), f"there is no file {path}.", FileNotFoundError)
    # A pipe or /dev/zero would be read without end.
    ordinary = path.is_file()
    check(ordinary, f"{path} is no ordinary file. Expected a text file with a table.")
    text = _text(path)
    lines = [line for line in islice(io.StringIO(text, newline=""), 50) if line.strip()]
    check(bool(lines), f"{path} is empty. Expected a row of names, and one row per sample.")
    divider, rows = _divided(lines)
    if divider != ",":
        shown = "tabs" if divider == "\t" else f"{divider!r}"
        warnings.warn(f"the columns of {path} are divided by {shown}.", stacklevel=2)
    decimal = "," if divider != "," and _has_decimal_commas(rows[1:]) else "."
    header = 0 if _has_names(rows, decimal) else None
    try:
        frame = pd.read_csv(
            io.StringIO(text, newline=""), sep=divider, decimal=decimal, header=header,
            na_values=["?"], skipinitialspace=True, index_col=False,
        )  # fmt: skip
    except pd.errors.ParserError as error:
        raise ValueError(f"{path} is no table that can be read: {error}".strip()) from error
    if header is None:
        warnings.warn(
            f"the first row of {path} holds numbers, so it was taken for a sample, and columns are "
            "called 1, 2, … Write a row of names at the top.",
            stacklevel=2,
        )
        frame.columns = [str(number) for number in range(1, frame.shape[1] + 1)]
    return frame


def _text(path: Path) -> str:
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    check(b"\0" not in content[:4096], f"{path} holds no text. Save the table as CSV first.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        warnings.warn(
            f"{path} is not UTF-8, and was read as Windows-1252 (Latin-1). If letters look wrong, "
            "save it as UTF-8, or name its encoding: pandas.read_csv(path, encoding=…).",
            stacklevel=3,
        )
        return content.decode("cp1252", errors="replace")


def _divided(lines: list[str]) -> tuple[str, list[list[str]]]:
    """The sign that divides all lines into as many cells; commas if none does."""
    for divider in _DIVIDERS:
        rows = list(csv.reader(lines, delimiter=divider, skipinitialspace=True))
        if len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
            return divider, rows
    return ",", list(csv.reader(lines, skipinitialspace=True))


def _has_decimal_commas(rows: list[list[str]]) -> bool:
    cells = [cell.strip() for row in rows for cell in row]
    return any(re.fullmatch(r"[-+]?\d+,\d+", cell) for cell in cells) and not any(
        re.fullmatch(r"[-+]?\d+\.\d+", cell) for cell in cells
    )


def _has_names(rows: list[list[str]], decimal: str) -> bool:
    """Whether the first row differs from a sample: no column of numbers begins with a number."""

    def is_number(cell: str) -> bool:
        return bool(re.fullmatch(rf"[-+]?\d*{re.escape(decimal)}?\d+([eE][-+]?\d+)?", cell.strip()))

    numeric = [
        place
        for place in range(len(rows[0]))
        if len(rows) > 1 and all(is_number(row[place]) for row in rows[1:] if place < len(row))
    ]
    return not numeric or not all(is_number(rows[0][place]) for place in numeric)


def _check(frame: pd.DataFrame, labels: Any) -> None:
    repeated = " or ".join(map(repr, frame.columns[frame.columns.duplicated()].unique()))
    check(not repeated, f"more than one column is called {repeated}.")
    there = list(frame.columns)
    known = labels is None or labels in there
    check(known, f"no column is called {labels!r}. There are: {there}.")
    check(
        len(frame) >= 2 and len(there) > (labels is not None),
        f"a table of {len(frame)} × {len(there)} cells. Expected two rows or more, and a column or "
        "more besides the labels.",
    )
    names = [str(name) for name in there]
    check(
        len(names) > 1 or not set(names[0]) & set(_DIVIDERS),
        f"the only column is called {names[0]!r}: the file has several, divided by another sign "
        "than a comma. datasets.tables.read_csv finds it out.",
    )
    if any(re.fullmatch(r"-?\d+\.\d+(\.\d+)?", name) for name in names):
        warnings.warn(
            f"columns are called {', '.join(names[:3])}: is the first sample the header? "
            "datasets.tables.read_csv finds it out.",
            stacklevel=3,
        )
    missing = frame.isna().sum()
    counts = ", ".join(f"{key} ({count})" for key, count in missing[missing > 0].items())
    check(not counts, f"values are missing in: {counts}. Fill them, or leave those rows out.")


def _classes(column: pd.Series) -> tuple[Tensor, tuple[str, ...]]:
    kinds = column.astype("category").cat.remove_unused_categories().cat
    check(
        not len(kinds.categories) == len(column) > 2,
        f"{column.name!r} has another label in every row. Expected rows to share some.",
    )
    codes = torch.from_numpy(kinds.codes.to_numpy(dtype=np.int64, copy=True))
    return owned(codes), tuple(str(category) for category in kinds.categories)


def _column(column: pd.Series) -> Numeric | Categorical:
    """The way to encode a column of this kind."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return Categorical.of(column)
    if _is_text(column):
        _check_text(column)
        return Categorical.of(column)
    if types.is_numeric_dtype(column) and not types.is_complex_dtype(column):
        return Numeric.of(column)  # truth values, too
    check(
        not types.is_object_dtype(column),
        f"the column {column.name!r} holds Python objects ({types.infer_dtype(column)}). Turn them "
        "into text, .astype(str), or into numbers, .astype(float), or leave it out.",
    )
    kind = f"of type {column.dtype}, which has no scale here"
    raise ValueError(f"the column {column.name!r} is {kind}. Turn it {_LEAVE_OUT}")


def _is_text(column: pd.Series) -> bool:
    """Whether it holds text and nothing else; truth values kept as objects will do as well."""
    if types.is_object_dtype(column):
        return types.infer_dtype(column) in ("string", "boolean")
    return types.is_string_dtype(column)


def _check_text(column: pd.Series) -> None:
    """Refuse what came out of a file as text, and was something else in it."""
    text = pd.Series(column.unique()).astype(str).str.strip()
    check(
        not text.str.fullmatch(_DATE).all(),
        f"the column {column.name!r} holds dates or times as text ({text[0]}, …). Turn them "
        f"{_LEAVE_OUT}",
    )
    other = text[pd.to_numeric(text.str.replace(",", "."), errors="coerce").isna()]
    commas = not len(other) and text.str.contains(",").any()
    found = ", ".join(repr(cell) for cell in (other if len(other) else text)[:3])
    check(
        not (0 < len(other) <= len(text) / 5 or commas),
        f"the column {column.name!r} is text, though nearly all of it are numbers: there is "
        f"{found} among them. pandas.read_csv(path, na_values=…, decimal=…) reads such a file.",
    )
