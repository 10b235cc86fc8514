"""A table: numbers, yes or no, and categories, from a DataFrame and back again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
import torch
from pandas.api import types
from torch import Tensor

from gan_school.datasets.dataset import Dataset

# From here on, 64-bit floats leave out whole numbers.
_LARGEST_WHOLE = 2**53


class Column(Protocol):
    """How a column becomes numbers from −1 to 1, and those the column again."""

    name: Any
    width: int

    def encode(self, column: pd.Series) -> np.ndarray:
        """Shape (n, width)."""
        ...

    def decode(self, numbers: np.ndarray) -> pd.Series:
        """The inverse, of whatever numbers a generator gives."""
        ...


@dataclass(frozen=True)
class Numeric:
    """A column of numbers: its least becomes −1, its greatest 1, and a number that is alone 0."""

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
        values = column.to_numpy(dtype=np.float64)
        low, high = float(values.min()), float(values.max())
        if not np.isfinite(values).all():
            raise ValueError(f"the column {column.name!r} has infinite values.")
        whole = types.is_integer_dtype(column)
        if np.isinf(high - low) or (whole and max(-low, high) > _LARGEST_WHOLE):
            raise ValueError(
                f"the column {column.name!r} has numbers from {low:g} to {high:g}, too large to be "
                "told apart. Divide them by some factor; leave it out if they only number the rows."
            )
        return cls(column.name, low, high, column.dtype)

    def encode(self, column: pd.Series) -> np.ndarray:
        span = self.high - self.low
        values = column.to_numpy(dtype=np.float64)[:, None]
        return (values - self.low) / span * 2 - 1 if span else np.zeros_like(values)

    def decode(self, numbers: np.ndarray) -> pd.Series:
        share = (numbers[:, 0].astype(np.float64).clip(-1, 1) + 1) / 2
        values = (self.low + share * (self.high - self.low)).clip(self.low, self.high)
        if types.is_integer_dtype(self.dtype):
            values = values.round()
        return pd.Series(values, name=self.name).astype(self.dtype)


@dataclass(frozen=True)
class YesNo:
    """A column of truth values: 1 for yes and −1 for no; on the way back, the sign decides."""

    name: Any
    dtype: Any
    width: int = 1

    @classmethod
    def of(cls, column: pd.Series) -> YesNo:
        """Nothing needs to be read off but the name and the type."""
        return cls(column.name, column.dtype)

    def encode(self, column: pd.Series) -> np.ndarray:
        return np.where(column.to_numpy(dtype=bool), 1.0, -1.0)[:, None]

    def decode(self, numbers: np.ndarray) -> pd.Series:
        return pd.Series(numbers[:, 0] > 0, name=self.name).astype(self.dtype)


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
        """Read off the categories: those that occur, in their own order."""
        kind = column.dtype
        if isinstance(kind, pd.CategoricalDtype):
            there = set(column)
            return cls(column.name, tuple(c for c in kind.categories if c in there), kind)
        return cls(column.name, tuple(sorted(column.unique())), kind)

    @property
    def width(self) -> int:
        """One number for each category."""
        return len(self.categories)

    def encode(self, column: pd.Series) -> np.ndarray:
        codes = pd.Categorical(column, categories=self.categories).codes
        return np.eye(len(self.categories))[codes] * 2 - 1

    def decode(self, numbers: np.ndarray) -> pd.Series:
        chosen = [self.categories[code] for code in numbers.argmax(1)]
        return pd.Series(chosen, name=self.name, dtype=object).astype(self.dtype)


@dataclass(frozen=True, eq=False, repr=False)
class Table(Dataset):
    """A Dataset that was made from a DataFrame, and gives one back.

    Attributes:
        columns: how each column was turned into numbers.
    """

    columns: tuple[Column, ...] = ()

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
        numbers = x.detach().cpu().numpy()
        widths = [column.width for column in self.columns]
        if numbers.ndim != 2 or numbers.shape[1] != sum(widths):
            raise ValueError(
                f"rows of {self.name} have {sum(widths)} features. Got shape {numbers.shape}."
            )
        if np.isnan(numbers).any():
            rows = int(np.isnan(numbers).any(1).sum())
            raise ValueError(
                f"{rows} of {len(numbers)} rows hold NaN: training has diverged, or a network is "
                "broken. Look at the samples before they become a table."
            )
        parts = np.split(numbers, np.cumsum(widths)[:-1], axis=1)
        return pd.concat(
            [column.decode(part) for column, part in zip(self.columns, parts, strict=True)], axis=1
        )


def table(frame: pd.DataFrame, labels: Any = None, name: str = "table") -> Table:
    """Any table with columns of numbers, yes or no, or categories.

    Nothing is held out: `table(frame).hold_out(0.2)` keeps some rows to judge with.

    Args:
        frame: one row per sample, without missing values.
        labels: the name of a column that is the label, and not a feature.
        name: a short name for titles and messages.

    Returns:
        A `Table` with `x` of shape (n, features), from −1 to 1; its `inverse` gives a DataFrame.

    Raises:
        TypeError: if it is no DataFrame.
        ValueError: if a column has missing or infinite values, is of a kind that has no scale, such
            as dates, or is text that differs in every row, as an identifier does; if every row has
            a label of its own; if names repeat themselves, there is no column with the name of the
            labels, or there are fewer than two rows or no columns.
    """
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"table wants a pandas DataFrame, not a {type(frame).__name__}.")
    _check(frame, labels)
    features = frame if labels is None else frame.drop(columns=[labels])
    columns = tuple(_column(features[key]) for key in features)
    x = np.concatenate([column.encode(features[column.name]) for column in columns], axis=1)
    data = Table(torch.from_numpy(x).float(), name, columns=columns)
    if labels is None:
        return data
    kinds = frame[labels].astype("category").cat.remove_unused_categories().cat
    if len(kinds.categories) == len(frame) > 2:
        raise ValueError(f"{labels!r} has another label in every row. Expected rows to share some.")
    return replace(
        data,
        labels=torch.from_numpy(kinds.codes.to_numpy(dtype=np.int64)),
        classes=tuple(str(category) for category in kinds.categories),
    )


def _check(frame: pd.DataFrame, labels: Any) -> None:
    repeated = list(frame.columns[frame.columns.duplicated()].unique())
    if repeated:
        raise ValueError(f"more than one column is called {' or '.join(map(repr, repeated))}.")
    if labels is not None and labels not in list(frame.columns):
        raise ValueError(f"no column is called {labels!r}. There are: {list(frame.columns)}.")
    if len(frame) < 2 or frame.shape[1] - (labels is not None) < 1:
        raise ValueError(
            f"a table of {len(frame)} rows and {frame.shape[1]} columns. Expected two rows or "
            "more, and a column or more besides the labels."
        )
    missing = frame.isna().sum()
    missing = missing[missing > 0]
    if len(missing):
        counts = ", ".join(f"{key} ({count})" for key, count in missing.items())
        raise ValueError(f"values are missing in: {counts}. Fill them, or leave those rows out.")


def _column(column: pd.Series) -> Column:
    """The way to encode a column of this kind."""
    if isinstance(column.dtype, pd.CategoricalDtype) or _is_text(column):
        return _not_an_identifier(Categorical.of(column), len(column))
    if types.is_bool_dtype(column):
        return YesNo.of(column)
    if types.is_numeric_dtype(column) and not types.is_complex_dtype(column):
        return Numeric.of(column)
    if types.is_object_dtype(column):
        raise ValueError(
            f"the column {column.name!r} holds Python objects ({types.infer_dtype(column)}). Turn "
            "them into text, .astype(str), or into numbers, .astype(float), or leave it out."
        )
    raise ValueError(
        f"the column {column.name!r} is of type {column.dtype}, which has no scale here. Turn "
        "it into numbers, such as days since a date, or leave it out."
    )


def _is_text(column: pd.Series) -> bool:
    """Whether it holds text and nothing else; truth values kept as objects will do as well."""
    if types.is_object_dtype(column):
        return types.infer_dtype(column) in ("string", "boolean")
    return types.is_string_dtype(column)


def _not_an_identifier(kind: Categorical, rows: int) -> Categorical:
    if len(kind.categories) == rows > 2:
        raise ValueError(
            f"the column {kind.name!r} is different in every row, like a name or a number of an "
            "account. Nothing can be learned from it: leave it out."
        )
    return kind
