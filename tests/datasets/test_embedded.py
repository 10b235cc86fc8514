"""The digits that come with scikit-learn."""

import numpy as np
import pytest
import torch

from gan_school import metrics
from gan_school.datasets import digits
from gan_school.datasets.embedded import SIZES


@pytest.mark.parametrize("size", SIZES)
def test_shapes_and_ranges(size):
    data = digits(size)
    assert data.x.shape == (1400, 1, size, size)
    assert data.held_out.x.shape == (397, 1, size, size)
    assert data.x.dtype == torch.float32
    assert data.x.min() == -1
    assert data.x.max() == 1
    assert data.classes == tuple("0123456789")
    assert data.class_count == 10


def test_both_parts_have_all_digits_alike():
    data = digits(8)
    assert data.labels.bincount(minlength=10).min() >= 135
    held = data.held_out.labels.bincount(minlength=10)
    assert held.min() >= 39
    assert held.max() <= 41


def test_no_picture_is_in_both_parts():
    data = digits(8)
    known = {x.numpy().tobytes() for x in data.x}
    assert not [x for x in data.held_out.x if x.numpy().tobytes() in known]


def test_pictures_are_the_scanned_ones():
    from sklearn.datasets import load_digits

    scanned = {
        np.minimum(x * 255 / 16 + 0.5, 255).astype(np.uint8).tobytes() for x in load_digits().images
    }
    pictures = digits(8).pictures()
    found = [np.abs(p.astype(int)).astype(np.uint8).tobytes() in scanned for p in pictures[:50]]
    assert np.mean(found) > 0.9  # a value that falls on a half may be rounded either way


def test_enlarging_keeps_the_picture():
    small, large = digits(8).x, digits(32).x
    shrunk = torch.nn.functional.avg_pool2d(large, 4)
    assert torch.corrcoef(torch.stack([small.flatten(), shrunk.flatten()]))[0, 1] > 0.95


def test_the_same_every_time():
    assert torch.equal(digits(8).x, digits(8).x)


def test_real_digits_cover_real_digits():
    """The yardstick for generated ones, with as many of either kind."""
    data = digits(16)
    assert metrics.density_coverage(data.held_out, data[::3][:397]).coverage > 0.95


@pytest.mark.parametrize("size", [0, 15, 64, "16", None])
def test_other_sizes_are_refused(size):
    with pytest.raises(ValueError, match=r"8, 16, 28, 32.*flowers"):
        digits(size)
