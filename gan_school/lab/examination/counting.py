"""How many: shares with their intervals, and who was taken for what."""

from __future__ import annotations

import pandas as pd
from scipy.stats import binomtest

from gan_school.lab.conditions import Condition

UNCLEAR = "unclear"


def share(some: int, of: int) -> pd.Series:
    """A share, with its 95 % interval (Wilson 1927)."""
    between = binomtest(some, of).proportion_ci(method="wilson")
    return pd.Series({"runs": of, "right": some / of, "low": between.low, "high": between.high})


def confusion(kinds: pd.Series, said: pd.Series) -> pd.DataFrame:
    """How many runs of each kind (rows) were given each name (columns).

    Both are in the order of the doctor's rules, so that what is right stands on the diagonal; runs
    of which nothing certain is known are the last row.
    """
    table = pd.crosstab(kinds, said)
    seen = {*table.index, *table.columns}
    order = [one.value for one in Condition if one.value in seen]
    rows = [*order, UNCLEAR] if UNCLEAR in seen else order
    return table.reindex(index=rows, columns=order, fill_value=0)
