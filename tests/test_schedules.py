"""Schedules, at their ends and half way."""

import pytest

from gan_school.schedules import Constant, Cosine, Linear


@pytest.mark.parametrize("progress", [0, 0.3, 1])
def test_constant(progress):
    assert Constant()(progress) == 1


def test_cosine():
    assert [Cosine()(p) for p in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0], abs=1e-15)
    assert [Cosine(end=0.2)(p) for p in (0, 0.5, 1)] == pytest.approx([1, 0.6, 0.2])


def test_linear():
    assert [Linear()(p) for p in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
    assert [Linear(until=0.5)(p) for p in (0, 0.25, 0.5, 1)] == pytest.approx([1, 0.5, 0, 0])
    assert [Linear(end=0.5, until=0.5)(p) for p in (0, 0.25, 1)] == pytest.approx([1, 0.75, 0.5])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Linear(end=2), "between 0 and 1"),
        (lambda: Linear(until=0), "above 0 and up to 1"),
        (lambda: Linear(until=1.5), "above 0 and up to 1"),
        (lambda: Cosine(end=-0.1), "between 0 and 1"),
    ],
)
def test_bad_schedules(make, message):
    with pytest.raises(ValueError, match=message):
        make()
