"""The tool that examines the doctor: what was measured is kept, and gone on from."""

import pandas as pd
import pytest

from tools import doctor as tool

SICK = {1: 3, 2: 0, 3: 2}  # by ward


def examine(ward):
    return pd.DataFrame(
        [{"ward": ward, "number": 10 * ward + k, "healthy": True} for k in range(SICK[ward])]
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "PLACE", tmp_path)
    return tmp_path


def test_wards_are_kept_and_not_asked_again(folder):
    first = tool.in_wards(examine, [1], 1, "some.csv")
    assert first["number"].tolist() == [10, 11, 12]

    def once(ward):
        assert ward != 1, "it is on record"
        return examine(ward)

    more = tool.in_wards(once, [1, 3], 1, "some.csv")
    assert sorted(more["number"]) == [10, 11, 12, 30, 31]
    assert pd.read_csv(folder / "some.csv")["ward"].tolist() == [1, 1, 1, 3, 3]


def test_a_ward_where_nobody_is_sick_leaves_nothing(folder):
    assert tool.in_wards(examine, [2], 1, "some.csv")["number"].tolist() == []
    assert list(folder.iterdir()) == []


def test_whoever_asks_for_more_cures_goes_on(folder, monkeypatch):
    """A ward that was begun is whole on record, however few of it were asked for."""
    monkeypatch.setattr(tool.cures, "WARDS", [1, 2, 3])
    monkeypatch.setattr(tool.cures, "examine", examine)
    monkeypatch.setattr(tool.cures, "by_arm", lambda table: table)
    monkeypatch.setattr(tool.cures, "differences", lambda table: table)
    tool.cure(2)
    assert len(pd.read_csv(folder / "cures.csv")) == 3
    tool.cure(4)
    assert len(pd.read_csv(folder / "cures.csv")) == 5
