"""An ordered collection of tricks that can be looked up."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

import pandas as pd

from gan_school.checks import check
from gan_school.lab.conditions import Condition
from gan_school.lab.trick import Trick


class Catalogue:
    """Tricks by number: `tricks["2.3"]`. Shown in a notebook, it is a table."""

    def __init__(self, tricks: Sequence[Trick]):
        self._tricks = {trick.number: trick for trick in tricks}
        if len(self._tricks) < len(tricks):
            raise ValueError("two tricks of the catalogue have the same number.")

    def __getitem__(self, number: str) -> Trick:
        if number not in self._tricks:
            near = difflib.get_close_matches(str(number), self._tricks, n=3)
            hint = f"Did you mean {' or '.join(near)}?" * bool(near)
            hint = hint or "tricks.table() lists them all."
            raise KeyError(f"there is no trick {number!r}. {hint}")
        return self._tricks[number]

    def __iter__(self) -> Iterator[Trick]:
        return iter(self._tricks.values())

    def __len__(self) -> int:
        return len(self._tricks)

    def level(self, level: int | str) -> list[Trick]:
        """The tricks of one level: 1 to 4, or "S" for the stabilisers.

        Raises:
            ValueError: if there is no such level.
        """
        levels = list(dict.fromkeys(trick.level for trick in self))
        check(str(level) in levels, f"there is no level {level!r}: {', '.join(levels)}.")
        return [trick for trick in self if trick.level == str(level)]

    def against(self, condition: Condition | str) -> list[Trick]:
        """The tricks that are said to help with a condition, in the order of the levels.

        Args:
            condition: such as `Condition.MODE_COLLAPSE`, or its name, "mode collapse".

        Raises:
            ValueError: if there is no such condition.
        """
        known = [one.value for one in Condition]
        said = condition.value if isinstance(condition, Condition) else condition
        check(said in known, f"there is no condition {said!r}: {', '.join(known)}.")
        return [trick for trick in self if Condition(said) in trick.symptoms]

    def table(self) -> pd.DataFrame:
        """All of it as a table, one trick a row."""
        rows = [
            {
                "trick": trick.title, "claim": trick.claim, "source": trick.source,
                "try it against": ", ".join(condition.value for condition in trick.symptoms),
                "variants": "; ".join(variant.name for variant in trick.variants)
                or trick.elsewhere or "not built yet",
            }
            for trick in self
        ]  # fmt: skip
        return pd.DataFrame(rows, index=pd.Index(list(self._tricks), name="number"))

    def _repr_html_(self) -> str:
        with pd.option_context("display.max_colwidth", None):
            return self.table()._repr_html_()

    def __repr__(self) -> str:
        return "\n".join(f"{trick}" for trick in self)
