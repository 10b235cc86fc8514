"""Numbers that callers give: whole ones, and others, in a range."""

from __future__ import annotations

import math
import operator
from typing import Any


def whole(value: Any, what: str, least: int, most: int | None = None) -> int:
    """A whole number of any type, NumPy's too, as Python's.

    Raises:
        ValueError: if it is not whole, or out of range: "`what` is a whole number from … to …".
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or (most is not None and number > most):
        limits = f"{least} or more" if most is None else f"from {least} to {most}"
        raise ValueError(f"{what} is a whole number, {limits}, not {value!r}.")
    return number


def deviation(value: Any, what: str) -> float:
    """A standard deviation, or another finite number that is not below 0.

    Raises:
        ValueError: if it is something else, such as NaN.
    """
    if isinstance(value, bool | str) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{what} is a finite number, 0 or more, and cannot be {value!r}.")
    return float(value)
