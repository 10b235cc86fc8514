"""The examination by lot: when a name is right, and how shares are counted."""

import pandas as pd
import pytest

from gan_school.lab import Condition
from gan_school.lab.examination import by_lot
from gan_school.lab.examination.lot import recipe

pytestmark = pytest.mark.filterwarnings("error")


def table(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            dict(kind=kind, truth=kind, ward=k, diagnosis=said, right=right, steps=1_000)
            for k, (kind, said, right) in enumerate(rows)
        ]
    )  # fmt: skip


def test_a_name_is_right_if_it_is_true_and_patience_does_not_harm_the_healthy():
    how = recipe(0, 0)
    collapsed = (Condition.DISCRIMINATOR_TOO_STRONG, Condition.MODE_COLLAPSE)
    for truth, said, right in (
        (collapsed, Condition.MODE_COLLAPSE, True),
        (collapsed, Condition.MISSING_MODES, False),
        ((Condition.HEALTHY,), Condition.STILL_IMPROVING, True),
        ((Condition.MISSING_MODES,), Condition.STILL_IMPROVING, False),
        ((), Condition.MISSING_MODES, None),
    ):
        assert by_lot.row(0, 0, how, truth, said)["right"] is right
    assert by_lot.row(0, 0, how, collapsed, Condition.HEALTHY)["kind"] == "discriminator too strong"


def test_shares_are_counted_kind_by_kind():
    examined = table(
        *[("healthy", "healthy", True)] * 3, ("healthy", "missing modes", False),
        *[("diverged", "diverged", True)] * 2, ("missing modes", "not enough to tell", False),
        ("unclear", "healthy", None),
    )  # fmt: skip
    shares = by_lot.shares(examined)
    assert shares.loc["healthy", ["runs", "right"]].tolist() == [4, 0.75]
    assert shares.loc["healthy", "low"] == pytest.approx(0.3006, abs=1e-4)  # Wilson, by hand
    assert shares.loc["others", ["runs", "right"]].tolist() == [3, 0.5]
    assert shares.loc["not enough to tell", "right"] == pytest.approx(1 / 8)
    assert "unclear" not in shares.index
    assert shares.loc["healthy", ["as its kind", "if said"]].tolist() == [0.75, 1]
    assert shares.loc["missing modes", ["as its kind", "if said"]].tolist() == [0, 0]
    assert by_lot.confusion(examined).loc["unclear", "healthy"] == 1
    one_name = by_lot.of_one_name(examined)
    assert one_name.to_dict() == {"diverged": 0.5, "missing modes": 0.5}


def test_runs_of_one_ward_are_no_more_than_one_witness():
    """With all runs of a kind in three wards the mean is less sure than with each in its own."""
    rows = [("diverged", "diverged", k % 10 < 7) for k in range(60)]
    apart = table(*rows)
    alike = apart.assign(ward=apart["right"].astype(int) + 2 * (apart.index % 2))
    narrow, wide = (by_lot.shares(one).loc["others"] for one in (apart, alike))
    assert narrow["right"] == wide["right"] == 0.7
    assert wide["high"] - wide["low"] > 2 * (narrow["high"] - narrow["low"])
    assert narrow["low"] == pytest.approx(0.58, abs=0.02)
