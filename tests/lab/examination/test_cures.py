"""Does advice cure: what is tried, and how it is compared."""

from types import SimpleNamespace

import pandas as pd
import pytest
from scipy import stats

from gan_school.lab import Condition, tricks
from gan_school.lab.advice import Advice
from gan_school.lab.corrections import CORRECTIONS, LONGER
from gan_school.lab.doctor import Diagnosis
from gan_school.lab.examination import cures
from gan_school.lab.examination.lot import mixture, recipe

pytestmark = pytest.mark.filterwarnings("error")

DATA = mixture(3)


def test_every_arm_is_tried_and_nothing_is_advised_to_whom_there_is_no_advice():
    own = recipe(0, 3)
    found = {name: (trick, plan) for name, trick, plan in cures.arms(own, DATA, (), 0)}
    assert tuple(found) == cures.ARMS
    assert found["again"][1] == found["first"][1] == own
    assert found["all three"][1].with_(steps=own.steps) == own
    assert found["all three"][1].steps == found["settings"][1].steps
    assert found["longer"][1].steps == 2 * own.steps
    usual = found["settings"][1]
    assert usual != own, "some setting of this one is out of the ordinary"
    assert not any(one.changes(usual, DATA) for one in CORRECTIONS[:-1])
    drawn = [found[name] for name in cures.LOT]
    assert len({trick for trick, _ in drawn}) == 3
    assert all(plan != own for _, plan in drawn)
    advice = (Advice(tricks["S.5"], "0.99", "ring", {}),)
    advised = {name: plan for name, _, plan in cures.arms(own, DATA, advice, 0)}
    assert advised["first"] == own.with_(average=0.99)
    assert advised["all three"].average == 0.99 and advised["second"] == own


def test_what_is_not_advised_is_passed_over():
    own, hurt = recipe(0, 3), {"ring": "hurts"}
    bad, good = Advice(tricks["3.1"], "", "ring", hurt), Advice(tricks["S.5"], "", "ring", {})
    assert not bad.advised and good.advised
    found = {name: trick for name, trick, _ in cures.arms(own, DATA, (bad, good), 0)}
    assert found["first"] == "S.5" and found["second"] == ""


def test_both_that_do_more_than_one_thing_play_for_as_long():
    """The doctor's three with twice the steps, and settings that ask for no more of them."""
    own = recipe(0, 3).with_(steps=1_200)
    advice = (Advice(LONGER, "", "ring", {}),)
    found = {name: plan for name, _, plan in cures.arms(own, DATA, advice, 0)}
    assert found["all three"].steps == found["settings"].steps == 2_400


def test_whoever_is_still_improving_is_not_sick(monkeypatch):
    conditions = {
        0: [Condition.STILL_IMPROVING],
        1: [Condition.HEALTHY],
        2: [],
        3: [Condition.MODE_COLLAPSE],
    }
    numbers = range(3 * cures.SIZE, 4 * cures.SIZE)
    said = dict(zip(numbers, [conditions[k % 4] for k in range(cures.SIZE)], strict=True))
    run = SimpleNamespace(recipe=recipe(0, 3))
    monkeypatch.setattr(cures, "trained", lambda ward, numbers: [(run, n) for n in numbers])
    monkeypatch.setattr(cures, "truth_of", lambda run, n: said[n])
    monkeypatch.setattr(cures, "diagnose", lambda run: Diagnosis(Condition.HEALTHY, "", None, 0))
    monkeypatch.setattr(cures, "treated", lambda plans, data: [True] * len(plans))
    found = cures.examine(3)
    assert set(found["kind"]) == {Condition.MODE_COLLAPSE.value}
    assert found["number"].nunique() == cures.SIZE // 4


def test_differences_are_paired():
    rows = [
        dict(ward=number // 2, number=number, arm=arm, healthy=arm in cures.DOCTOR)
        for number in range(10)
        for arm in cures.ARMS
    ]
    table = pd.DataFrame(rows)
    found = cures.differences(table)
    assert found.loc["each", ["doctor", "other", "difference"]].tolist() == [1, 0, 1]
    assert found.loc["first, settings", "difference"] == 1
    assert cures.by_arm(table).loc["lot 2", "right"] == 0


def test_runs_of_one_ward_count_as_alike():
    """Values that are repeated within their wards say no more than once each."""
    values = pd.Series([0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0] * 2)
    alone = cures.by_ward(values, pd.Series(range(16)))
    assert alone == pytest.approx(stats.t.interval(0.95, 15, values.mean(), values.sem()))
    tripled, wards = values.repeat(3).reset_index(drop=True), pd.Series(range(16)).repeat(3)
    assert cures.by_ward(tripled, wards.reset_index(drop=True)) == pytest.approx(alone)
    assert cures.by_ward(pd.Series([1.0] * 4), pd.Series([0, 0, 1, 1])) == (1, 1)
