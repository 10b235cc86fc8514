"""Flowers read back: they were drawn here, so what they show is known."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

from gan_school.datasets import Dataset, flowers
from gan_school.datasets.drawn import draw_flowers
from gan_school.metrics import METRICS, factor_report, read_factors
from gan_school.metrics.factors import _gallery
from gan_school.metrics.metric import chosen

# The middle of every cell: six numbers of petals, six hues, two sizes, two backgrounds.
CELLS = pd.DataFrame(
    itertools.product(range(3, 9), (np.arange(6) + 0.5) / 6, [0.34, 0.42], [0.25, 0.75]),
    columns=["petals", "hue", "size", "background"],
).assign(rotation=10.0)

WITH_PETALS = {"petals": 6, "hue": 6, "size": 2, "background": 2}


@pytest.fixture(scope="module")
def one_of_each() -> torch.Tensor:
    return draw_flowers(CELLS, 16)


def test_drawings_of_the_gallery_are_read_as_themselves():
    """Also where hue and background lie between its coarse steps."""
    shapes, random = _gallery(16).shapes[::3], np.random.default_rng(0)
    factors = shapes.assign(
        hue=random.integers(144, size=len(shapes)) / 144,
        background=random.integers(49, size=len(shapes)) / 48,
    ).reset_index(drop=True)
    read = read_factors(draw_flowers(factors, 16))
    pd.testing.assert_frame_equal(read[[*factors]], factors, check_dtype=False, atol=1e-6)
    assert read["distance"].max() < 1e-6
    np.testing.assert_allclose(read["clarity"], 1, atol=1e-5)


@pytest.mark.parametrize(("size", "n"), [(16, 1000), pytest.param(64, 100, marks=pytest.mark.slow)])
def test_factors_of_flowers_are_read(size, n):
    data = flowers(n, size, seed=5)
    read, true = read_factors(data), data.factors
    assert (read["petals"] == true["petals"]).all()
    assert ((read["hue"] - true["hue"] + 0.5) % 1 - 0.5).abs().max() < 0.02
    assert (read["size"] - true["size"]).abs().max() < 0.03
    assert (read["background"] - true["background"]).abs().max() < 0.03


def test_distance_and_clarity_are_those_of_drawings():
    random = torch.Generator().manual_seed(0)
    noise = 0.1 * torch.randn(50, 3, 16, 16, generator=random)
    data = flowers(50, 16)
    read = read_factors(data.x + noise)
    expected = (data.x + noise - draw_flowers(read, 16)).square().mean((1, 2, 3)).sqrt()
    np.testing.assert_allclose(read["distance"], expected, rtol=1e-5)
    assert (read["petals"] == data.factors["petals"]).all()
    assert read["clarity"].min() > 0.6
    # Half of one and half of another number of petals is neither.
    other = data.factors.assign(petals=(data.factors["petals"] - 2) % 6 + 3)
    mixed = (data.x + draw_flowers(other, 16)) / 2
    assert read_factors(mixed)["clarity"].max() < 0.25


def test_a_flower_of_each_kind_covers_all_cells(one_of_each):
    report = factor_report(one_of_each, WITH_PETALS)
    assert (report.cells_covered, report.cells, report.coverage) == (144, 144, 1)
    assert (report.acceptable_share, report.countable_share) == (1, 1)
    assert report.counts == {
        "petals": (24,) * 6, "hue": (24,) * 6, "size": (72, 72), "background": (72, 72)
    }  # fmt: skip
    assert report.covered == {"petals": 1, "hue": 1, "size": 1, "background": 1}
    assert report.total_variation["petals"] == pytest.approx(0, abs=1e-12)
    assert str(report).startswith("144 of 144 cells (100% of petals, 100% of hue, ")


@pytest.mark.parametrize(
    ("missing", "share", "distance"),
    [
        (CELLS["petals"] == 5, 5 / 6, {"petals": 1 / 6}),
        (CELLS["hue"].between(0, 1 / 6), 5 / 6, {"hue": 1 / 6}),
        (CELLS["size"] > 0.38, 1 / 2, {"size": 1 / 2}),
        (CELLS["background"] > 0.5, 1 / 2, {"background": 1 / 2}),
        ((CELLS["petals"] > 3) | (CELLS["hue"] > 1 / 3), 8 / 144, {"petals": 5 / 6, "hue": 2 / 3}),
    ],
)
def test_what_is_missing_is_missed(one_of_each, missing, share, distance):
    report = factor_report(one_of_each[torch.from_numpy(~missing.to_numpy())], WITH_PETALS)
    assert report.coverage == pytest.approx(share, rel=1e-12)
    for name, expected in distance.items():
        assert report.total_variation[name] == pytest.approx(expected, rel=1e-12)
        assert report.covered[name] == pytest.approx(1 - expected, rel=1e-12)


def test_total_variation_of_unequal_shares(one_of_each):
    """Three times the flowers of the dark half: 3/4 of all, where 1/2 would be its share."""
    dark = one_of_each[torch.from_numpy((CELLS["background"] < 0.5).to_numpy())]
    report = factor_report(torch.cat([one_of_each, dark, dark]), WITH_PETALS)
    assert report.total_variation["background"] == pytest.approx(1 / 4, rel=1e-12)
    assert report.coverage == 1


def test_what_is_no_flower_is_not_accepted():
    random = torch.Generator().manual_seed(0)
    noise = torch.rand(50, 3, 16, 16, generator=random) * 2 - 1
    pixels = torch.rand(50, 256, generator=random).argsort(1)[:, None].expand(-1, 3, -1)
    shuffled = flowers(50, 16).x.flatten(2).gather(2, pixels).unflatten(2, (16, 16))
    for nothing in (noise, shuffled, torch.zeros(5, 3, 16, 16)):
        report = factor_report(nothing)
        assert (report.cells_covered, report.acceptable_share, report.coverage) == (0, 0, 0)
        assert report.total_variation["hue"] == pytest.approx(11 / 12)


def test_imperfect_flowers_are_accepted():
    random = torch.Generator().manual_seed(0)
    noisy = flowers(200, 16).x + 0.15 * torch.randn(200, 3, 16, 16, generator=random)
    report = factor_report(noisy)
    assert (report.acceptable_share, report.countable_share) == (1, 1)


def test_flowers_without_petals_count_unless_petals_are_asked_for():
    """The average over rotations and numbers of petals has the other three factors."""
    cells = CELLS[CELLS["petals"] == 3]
    turned = [
        draw_flowers(cells.assign(petals=petals, rotation=turn * 60 / petals), 16)
        for petals in range(3, 9)
        for turn in range(6)
    ]
    round_ones = torch.stack(turned).mean(0)
    report = factor_report(round_ones, {"hue": 6, "size": 2, "background": 2})
    assert report.covered["hue"] == 1
    assert (report.acceptable_share > 0.8, report.countable_share) == (True, 0)
    assert factor_report(round_ones, WITH_PETALS).cells_covered == 0


def test_drawn_pictures_fill_nearly_all_cells():
    report = factor_report(flowers(1000, 16, seed=1))
    assert report.cells == 192
    assert report.coverage > 0.97


@pytest.mark.parametrize(
    ("pictures", "arguments", "message"),
    [
        (torch.zeros(5, 1, 16, 16) - 1, {}, r"\(5, 1, 16, 16\), expected \(n, 3, size, size\)"),
        (torch.zeros(5, 3, 8, 8) - 1, {}, "a size of 16 or more"),
        (torch.zeros(5, 3, 16, 20) - 1, {}, r"\(n, 3, size, size\)"),
        (torch.zeros(5, 768) - 1, {}, r"\(5, 768\)"),
        (torch.zeros(0, 3, 16, 16), {}, "an image or more"),
        (torch.full((5, 3, 16, 16), torch.nan), {}, "NaN"),
        (torch.full((5, 3, 16, 16), 255.0), {}, "expected -1 to 1"),
        (flowers(5, 16), {"limit": 0}, "limit=0"),
        (flowers(5, 16), {"clear": 2}, "clear=2"),
        (flowers(5, 16), {"parts": {}}, "one or more of petals, hue, size, background"),
        (flowers(5, 16), {"parts": {"scent": 2}}, "one or more of petals"),
        (flowers(5, 16), {"parts": {"hue": 0}}, r"parts\['hue'\]=0"),
        (flowers(5, 16), {"parts": {"petals": 3}}, "a whole number from 6 to 6"),
    ],
)
def test_refused(pictures, arguments, message):
    with pytest.raises(ValueError, match=message):
        factor_report(pictures, **arguments)


def test_as_a_metric_for_data_of_flowers():
    data = flowers(100, 16)
    (metric,) = chosen(["factor_coverage"], data)
    assert metric is METRICS["factor_coverage"]
    assert metric.measure(data, data.x) == factor_report(data).coverage
    with pytest.raises(ValueError, match="data has no factors of flowers, which the metric 'fac"):
        chosen(["factor_coverage"], Dataset(data.x))
