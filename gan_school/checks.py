"""Errors that say what was wrong, what was expected, and what to do."""

from __future__ import annotations

from collections.abc import Callable


def check(condition: bool, message: str, error: Callable[[str], Exception] = ValueError) -> None:
    """Raise `error(message)` unless the condition holds."""
    if not condition:
        raise error(message)
