"""Errors that say what was wrong, what was expected, and what to do."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any


def check(condition: bool, message: str, error: Callable[[str], Exception] = ValueError) -> None:
    """Raise `error(message)` unless the condition holds."""
    if not condition:
        raise error(message)


def check_shape(condition: bool, name: str, x: Any, expected: str) -> None:
    """Raise a ValueError with the shape of something, and what was expected, unless it holds."""
    check(condition, f"{name} has shape {tuple(x.shape)}, expected {expected}")


def check_pictures(x: Any, name: str) -> None:
    """Raise a ValueError unless these are images in grey or in colour."""
    expected = "(n, channels, height, width), with 1 channel for grey or 3 for colour."
    check_shape(len(x.shape) == 4 and x.shape[1] in (1, 3), name, x, expected)


def whole(value: Any, name: str, least: int = 1, most: int | None = None) -> int:
    """A setting as a whole number of Python's, whatever type it had; else a ValueError."""
    try:
        number = least - 1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = least - 1
    end = "on" if most is None else f"to {most}"
    check(
        least <= number <= (number if most is None else most),
        f"{name}={value!r}, expected a whole number from {least} {end}.",
    )
    return number


def seed_of(value: Any) -> int:
    """A seed as a whole number of 32 bits, or a ValueError."""
    return whole(value, "seed", 0, 2**32 - 1)


def between(value: Any, name: str, least: float, most: float, expected: str) -> float:
    """A setting as a finite number in a range, or a ValueError that says what was expected."""
    try:
        number = math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    sound = math.isfinite(number) and least <= number <= most
    check(sound, f"{name}={value!r}, expected {expected}.")
    return number


def positive(value: Any, name: str) -> float:
    """A setting as a number above zero, or a ValueError that names it."""
    return between(value, name, math.ulp(0), math.inf, "a positive number, in units of the data")


def not_negative(value: Any, name: str) -> float:
    """A setting as a number that is not below zero, or a ValueError that names it."""
    return between(value, name, 0, math.inf, "a finite number from 0 on, in units of the data")
