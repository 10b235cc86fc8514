"""Numbers that say what they depend on."""

from __future__ import annotations

from typing import Self


class Score(float):
    """A number that says under which conditions it was measured.

    An FID of 12 means nothing without the features it compares, the number of samples, and the
    real images it was measured against. So a score shows them wherever it is printed. In all else
    it is a float: it can be compared, formatted (`f"{score:.1f}"` is the number alone), put into a
    data frame and written to JSON; what is computed from it is a plain float.

    Attributes:
        name: of the metric.
        conditions: what the number depends on.
        error: its uncertainty, where the metric knows it, else None.
    """

    name: str
    conditions: str
    error: float | None

    def __new__(
        cls,
        value: float,
        name: str,
        conditions: str,
        error: float | None = None,
        form: str = ".4g",
    ) -> Score:
        self = super().__new__(cls, value)
        self.name, self.conditions, self.error, self._form = name, conditions, error, form
        return self

    def __getnewargs__(self) -> tuple:  # what copies are made from
        return float(self), self.name, self.conditions, self.error, self._form

    def __repr__(self) -> str:
        error = "" if self.error is None else f" ± {self.error:.2g}"
        return f"{self.name} {self:{self._form}}{error} ({self.conditions})"


class Measured:
    """Lets a named tuple of numbers say under which conditions they were measured."""

    conditions = ""

    def under(self, conditions: str) -> Self:
        """The same tuple, which shows these conditions when it is printed."""
        self.conditions = conditions
        return self

    def __repr__(self) -> str:
        return super().__repr__() + (f" ({self.conditions})" if self.conditions else "")
