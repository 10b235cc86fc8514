"""Drawn flowers: what is in a picture is what its factors say."""

import numpy as np
import pandas as pd
import pytest
import torch

from gan_school.datasets import draw_flowers, flowers

pytestmark = pytest.mark.filterwarnings("error")

FACTORS = {"petals": 5, "hue": 0.6, "size": 0.40, "rotation": 10.0, "background": 0.5}


def one(pixels: int = 64, **changes: float) -> torch.Tensor:
    """A single flower, as numbers from 0 to 1, shape (3, pixels, pixels)."""
    return (draw_flowers(pd.DataFrame([FACTORS | changes]), pixels)[0] + 1) / 2


def ring(picture: torch.Tensor, radius: float, count: int = 720) -> torch.Tensor:
    """The colours met on a circle around the middle, radius as a share of the width: (3, count)."""
    size = picture.shape[-1]
    angle = torch.arange(count) / count * 2 * torch.pi
    column = ((0.5 + radius * torch.cos(angle)) * size).long()
    row = ((0.5 - radius * torch.sin(angle)) * size).long()
    return picture[:, row, column]


def is_petal(colours: torch.Tensor) -> torch.Tensor:
    """Petals are colourful, whatever their hue; the background by day is not."""
    return colours.amax(0) - colours.amin(0) > 0.3


# ------------------------------------------------------------------------------------ the data set


@pytest.mark.parametrize("size", [16, 32, 50, 128, 256])
def test_shapes_and_ranges(size):
    data = flowers(6, size)
    assert data.x.shape == (6, 3, size, size)
    assert data.x.min() >= -1
    assert data.x.max() <= 1
    assert data.classes == tuple(f"{count} petals" for count in range(3, 9))
    assert data.pictures().shape == (6, size, size, 3)


def test_labels_count_the_petals():
    data = flowers(600, 16)
    assert (data.labels.numpy() + 3 == data.factors["petals"]).all()
    assert data.labels.bincount().min() > 60


def test_factors_cover_their_ranges():
    factors = flowers(3000, 16).factors
    for name, low, high in (("hue", 0, 1), ("size", 0.30, 0.46), ("background", 0, 1)):
        assert factors[name].min() >= low
        assert factors[name].max() <= high
        assert factors[name].quantile([0.25, 0.5, 0.75]).to_numpy() == pytest.approx(
            np.quantile([low, high], [0.25, 0.5, 0.75]), abs=0.05 * (high - low)
        )
    turn = factors["rotation"] / (360 / factors["petals"])
    assert turn.min() >= 0
    assert 0.98 < turn.max() < 1
    others = factors.drop(columns="rotation").corr().to_numpy()[~np.eye(4, dtype=bool)]
    assert np.abs(others).max() < 0.1  # each is drawn for itself


def test_the_seed_decides():
    assert torch.equal(flowers(5, 16, seed=3).x, flowers(5, 16, seed=3).x)
    assert not torch.equal(flowers(5, 16, seed=3).x, flowers(5, 16, seed=4).x)


def test_the_first_pictures_do_not_depend_on_how_many_there_are(monkeypatch):
    many = flowers(50, 16)
    assert torch.equal(flowers(5, 16).x, many.x[:5])
    monkeypatch.setattr("gan_school.datasets.drawn._BLOCK", 7 * 16 * 16)
    assert torch.equal(flowers(50, 16).x, many.x)  # drawn seven at a time


def test_fresh_flowers_are_others():
    data = flowers(20, 16)
    fresh = data.fresh(30)
    assert len(fresh) == len(fresh.factors) == 30
    assert not torch.equal(fresh.x[:20], data.x)
    assert torch.equal(fresh.x, data.fresh(30).x)


# ------------------------------------------------------------------------------------- the pictures


@pytest.mark.parametrize("petals", range(3, 9))
def test_petals_can_be_counted(petals):
    """Going around the flower, one meets that many petals, at its own size and at the smallest."""
    for size, radius in ((128, 0.28), (32, 0.29)):
        picture = one(size, petals=petals, background=1.0)
        met = is_petal(ring(picture, radius)).float()
        # the circle goes from pixel to pixel: smooth over a few degrees
        met = torch.stack([met.roll(shift) for shift in range(-10, 11)]).mean(0).gt(0.5).int()
        assert (met.diff(append=met[:1]) == 1).sum() == petals


def test_rotation_turns_it_and_comes_back():
    quarter = one(petals=4, rotation=0.0)
    assert torch.allclose(one(petals=4, rotation=90.0), quarter, atol=1e-4)
    picture = one(128, petals=3, rotation=0.0, background=1.0)
    turned = one(
        128, petals=3, rotation=90.0, background=1.0
    )  # anticlockwise, as a matrix is turned by rot90
    met = is_petal(ring(picture, 0.28)).roll(180)
    assert (met == is_petal(ring(turned, 0.28))).float().mean() > 0.95


def test_size_is_the_radius():
    for size in (0.30, 0.40, 0.46):
        picture = one(256, petals=4, rotation=0.0, size=size, background=1.0)
        column = is_petal(picture[:, :, 128])
        top = column.int().argmax().item()  # a petal points straight up
        assert (128 - top) / 256 == pytest.approx(size, abs=0.03)


def test_hue_is_the_petals_colour():
    for hue, strongest in ((0.0, 0), (1 / 3, 1), (2 / 3, 2)):
        colours = ring(one(128, hue=hue, petals=8, background=0.0), 0.2)
        assert (colours.argmax(0) == strongest).float().mean() > 0.8
    assert torch.allclose(one(hue=0.0), one(hue=1.0), atol=1e-4)


def test_background_is_its_lightness():
    corners = [one(background=value)[:, :4, :4].mean() for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert corners == sorted(corners)
    assert corners[0] < 0.25
    assert corners[-1] > 0.8


@pytest.mark.parametrize("name", ["hue", "size", "rotation", "background"])
def test_the_picture_changes_smoothly(name):
    """A tenth of a change in a factor changes the picture by a tenth as much."""
    step = {"rotation": 4.0, "size": 0.02}.get(name, 0.05)
    here, near, far = (one(**{name: FACTORS[name] + share * step}) for share in (0, 0.1, 1))
    assert (near - here).abs().mean() < 0.2 * (far - here).abs().mean()
    assert (far - here).abs().mean() > 1e-3


def test_edges_are_soft():
    """Seen at twice the size, it is nearly the same picture: nothing is jagged."""
    large = torch.nn.functional.avg_pool2d(one(128), 2)
    assert (large - one(64)).abs().mean() < 0.02


# ---------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize("size", [0, 15, 257, 32.0, "32"])
def test_sizes_that_cannot_be_drawn(size):
    with pytest.raises(ValueError, match=r"size=.*, expected a whole number from 16 to 256"):
        flowers(2, size)


@pytest.mark.parametrize("n", [0, -1, 2.0, None])
def test_numbers_of_pictures_that_make_no_sense(n):
    with pytest.raises(ValueError, match=r"n=.*, expected a whole number from 1 on"):
        flowers(n)


def test_factors_that_are_missing():
    with pytest.raises(ValueError, match="missing: background, hue"):
        draw_flowers(pd.DataFrame([FACTORS]).drop(columns=["hue", "background"]))
