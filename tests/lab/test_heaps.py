"""Heaps are found where there are some, and samples are judged by them."""

import pytest
import torch

from gan_school import datasets
from gan_school.lab.heaps import Heaps


def some(data: datasets.Dataset, count: int = 1_000) -> torch.Tensor:
    return data.x[torch.linspace(0, len(data) - 1, count).long()]


def clouds(*centres: tuple[float, ...], each: int = 250, width: float = 0.1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(len(centres), each, len(centres[0]), generator=generator)
    return (torch.tensor(centres)[:, None] + width * noise).flatten(0, 1)


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (datasets.ring(2_000), 8),
        (datasets.ring(2_000, modes=5), 5),
        (datasets.ring(2_000, modes=12), 12),
        (datasets.grid(5_000), 25),
    ],
    ids=["8", "5", "12", "25"],
)
def test_the_modes_of_a_mixture_are_heaps(data, count):
    heaps = Heaps.of(some(data))
    assert heaps.count == count
    assert heaps.shares.sum() == pytest.approx(1) and heaps.shares.min() > 0.5 / count
    fresh = heaps.look(data.fresh(1_000, seed=3).x)
    assert fresh["inside"] > 0.96 and fresh["fewest_at"] > 0.6 and fresh["mass"] > 0.85
    assert fresh["breadth"] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    "points",
    [
        some(datasets.spiral()),
        some(datasets.swiss_roll()),
        torch.randn(1_000, 2, generator=torch.Generator().manual_seed(0)),
        torch.rand(1_000, 3, generator=torch.Generator().manual_seed(0)),
        clouds((0.0, 0.0)),
        clouds((0.0, 0.0), (2.0, 0.0), each=8),
    ],
    ids=["spiral", "swiss roll", "normal", "uniform", "one cloud", "too few"],
)
def test_other_data_lie_in_none(points):
    assert Heaps.of(points) is None


@pytest.fixture(scope="module")
def three():
    return Heaps.of(clouds((0.0, 0.0), (2.0, 0.0), (0.0, 2.0)))


def test_samples_that_miss_a_heap(three):
    seen = three.look(clouds((0.0, 0.0), (2.0, 0.0)))
    assert seen["heaps"] == 3 and seen["inside"] > 0.95
    assert seen["fewest"] == seen["fewest_at"] == 0
    assert seen["mass"] == pytest.approx(2 / 3, abs=0.03)


def test_samples_that_are_too_narrow_or_too_wide(three):
    places = (0.0, 0.0), (2.0, 0.0), (0.0, 2.0)
    narrow, wide = (three.look(clouds(*places, width=width)) for width in (0.02, 0.25))
    assert narrow["breadth"] == pytest.approx(0.2, abs=0.04) and narrow["inside"] == 1
    assert wide["inside"] < 0.75 and wide["beside"] > 0.95 and wide["fewest"] > 0.9


def test_samples_that_are_elsewhere(three):
    seen = three.look(clouds((9.0, 9.0)))
    assert seen["inside"] == seen["beside"] == seen["mass"] == seen["fewest_at"] == 0
    assert seen["breadth"] != seen["breadth"], "NaN: nothing is there to see how wide it is"


def test_a_heap_may_be_flat():
    """Tables have columns of which some heap has only one value."""
    points = torch.cat([clouds((0.0, 0.0)), clouds((2.0, 0.0))])
    points[points[:, 0] > 1, 1] = 0.0
    heaps = Heaps.of(points)
    assert heaps.count == 2 and heaps.look(points)["inside"] == pytest.approx(0.99, abs=0.005)
