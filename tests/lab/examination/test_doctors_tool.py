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
    first = tool.in_wards(examine, [1], 1, "cures.csv")
    assert first["number"].tolist() == [10, 11, 12]

    def once(ward):
        assert ward != 1, "it is on record"
        return examine(ward)

    more = tool.in_wards(once, [1, 3], 1, "cures.csv")
    assert sorted(more["number"]) == [10, 11, 12, 30, 31]
    assert pd.read_csv(folder / "cures.csv")["ward"].tolist() == [1, 1, 1, 3, 3]


def test_what_other_code_has_made_is_not_gone_on_from(folder, monkeypatch):
    tool.in_wards(examine, [1], 1, "cures.csv")
    monkeypatch.setitem(tool.record.EXAMINERS, "cures.csv", tool.bench.examine)
    with pytest.raises(SystemExit, match="made by other code"):
        tool.in_wards(examine, [1, 3], 1, "cures.csv")


@pytest.mark.parametrize("same", [True, False], ids=["the same", "something else"])
def test_moved_code_is_accepted_if_it_says_the_same(folder, monkeypatch, same):
    tool.in_wards(examine, [1, 3], 1, "cures.csv")
    now = examine if same else lambda ward: examine(ward).assign(healthy=False)
    monkeypatch.setattr(tool.record, "EXAMINERS", {"cures.csv": now})
    assert not tool.record.is_of_today(folder, "cures.csv")
    if same:
        tool.accept()
    else:
        with pytest.raises(SystemExit, match="says something else now"):
            tool.accept()
    assert tool.record.is_of_today(folder, "cures.csv") is same


def test_a_ward_where_nobody_is_sick_leaves_nothing(folder):
    assert tool.in_wards(examine, [2], 1, "cures.csv")["number"].tolist() == []
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
