"""What the evidence says about a trick before anybody tries it."""

import pandas as pd
import pytest

from gan_school import datasets, tricks
from gan_school.lab import TASKS, advice
from gan_school.lab.advice import Advice, by_evidence, nearest_task
from gan_school.lab.terms import TIME

pytestmark = pytest.mark.filterwarnings("error")

RING = TASKS["ring"]


@pytest.fixture
def measured(monkeypatch):
    """A ledger of our own: 2.1 in D hurt on the ring, 2.3 helped, 2.4 helped elsewhere."""
    found = {
        ("2.1", "in D"): {"spiral": "helps", "ring": "hurts", "grid": "equivalent"},
        ("2.3", "2 times"): {"spiral": "undecided", "ring": "helps"},
        ("2.4", "2 times"): {"spiral": "helps", "ring": "undecided"},
    }
    timed = {("2.3", "2 times"): {"ring": "hurts"}, ("2.1", "in D"): {"spiral": "helps"}}
    monkeypatch.setattr(advice, "_measured", lambda terms: timed if terms == TIME else found)


def test_what_helped_on_the_nearest_task_comes_first_and_what_hurt_there_last(measured):
    asked = [tricks[number] for number in ("2.1", "2.2", "2.4", "2.3")]
    found = by_evidence(asked, RING.recipe, RING.data())
    assert [one.trick.number for one in found] == ["2.3", "2.4", "2.2", "2.1"]
    assert [one.promise for one in found] == [2, 1, 0, -2]
    assert [one.advised for one in found] == [True, True, True, False]
    assert {one.nearest for one in found} == {"ring"}


def test_it_says_where_it_helped_and_where_it_hurt(measured):
    found = {
        one.trick.number: one for one in by_evidence(tricks.level(2), RING.recipe, RING.data())
    }
    assert str(found["2.1"]).endswith(
        "helped on 1 of 3 tasks (spiral), hurt on 1 (ring); not advised"
    )
    assert str(found["2.3"]).endswith(": helped on 1 of 2 tasks (ring), not at equal time on ring")
    assert str(found["2.2"]).endswith(": not measured")


def test_without_a_clear_effect_it_says_so():
    one = Advice(tricks["2.3"], "2 times", "ring", {"ring": "undecided", "grid": "equivalent"})
    assert one.record == "no clear effect on 2 tasks"
    assert one.advised


@pytest.mark.parametrize(
    ("data", "task"),
    [
        (datasets.ring(100, modes=5), "ring"),
        (datasets.grid(100), "grid"),
        (datasets.swiss_roll(100), "spiral"),
        (datasets.flowers(20, size=16), "digits"),
    ],
    ids=str,
)
def test_the_nearest_task(data, task):
    assert nearest_task(data) == task


def test_it_is_the_variant_that_the_recipe_would_get():
    """Of dropout, where D has it already, the next one."""
    recipe = tricks["2.1"](RING.recipe, RING.data(), "in D")
    (first,) = by_evidence([tricks["2.1"]], RING.recipe, RING.data())
    (then,) = by_evidence([tricks["2.1"]], recipe, RING.data())
    assert first.variant == "in D"
    assert then.variant not in ("in D", "")
    assert tricks["2.1"](recipe, RING.data()) == tricks["2.1"](recipe, RING.data(), then.variant)


def test_a_copy_without_the_evidence_still_has_an_opinion(monkeypatch):
    def none():
        raise FileNotFoundError

    monkeypatch.setattr(advice, "verdicts_on_record", none)
    advice._measured.cache_clear()
    try:
        (one,) = by_evidence([tricks["2.3"]], RING.recipe, RING.data())
        assert one.record == "not measured"
    finally:
        advice._measured.cache_clear()


def test_the_evidence_of_the_course_is_used():
    (one,) = by_evidence([tricks["2.3"]], RING.recipe, RING.data())
    table = advice.verdicts_on_record()
    chosen = table.query(
        "trick == '2.3' and variant == @one.variant and budget == 'long' and terms == 'equal steps'"
    )
    assert one.verdicts == dict(zip(chosen["task"], chosen["verdict"], strict=True))
    assert isinstance(table, pd.DataFrame)
