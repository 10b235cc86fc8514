"""What all metrics of points accept, and what they refuse."""

import math

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

from gan_school import metrics
from gan_school.datasets import Dataset
from gan_school.metrics import (
    density_coverage,
    kernel_distance,
    precision_recall,
    sliced_wasserstein,
    two_sample_test,
)
from gan_school.metrics.samples import as_numbers
from tests.metrics.points import normal

TWO_SAMPLE_METRICS = [
    kernel_distance,
    sliced_wasserstein,
    precision_recall,
    density_coverage,
    two_sample_test,
]


@pytest.mark.parametrize("metric", TWO_SAMPLE_METRICS)
def test_samples_may_come_in_any_form(metric):
    x, y = torch.from_numpy(normal(0, 20, 4)).float(), torch.from_numpy(normal(1, 20, 4)).float()
    expected = metric(x, y)
    assert metric(x.numpy(), y.numpy()) == expected
    assert metric(x.tolist(), y.tolist()) == expected
    assert metric(pd.DataFrame(x.numpy(), columns=list("xyzt")), y) == expected
    assert metric(Dataset(x.clone().requires_grad_()), y.clone().requires_grad_()) == expected
    assert metric(x.double(), y.numpy()[::-1][::-1]) == expected
    # Column by column in memory, as a data frame may be.
    assert metric(np.asfortranarray(x), y.T.contiguous().T) == expected
    assert metric(pd.DataFrame(dict(enumerate(x.numpy().T))), y) == expected
    # In another byte order, as a file may be; with columns that could miss values, and do not.
    assert metric(x.numpy().astype(">f4"), y.numpy().astype(">f8")) == expected
    assert metric(pd.DataFrame(x.numpy()).astype("Float32"), y) == expected
    assert metric(Dataset(x.numpy()), np.ma.masked_array(y.numpy())) == expected
    # Images are flattened.
    assert metric(x.reshape(20, 1, 2, 2), y.reshape(20, 2, 2)) == expected


@pytest.mark.parametrize("metric", TWO_SAMPLE_METRICS)
def test_inputs_stay_as_they_are(metric):
    x, y = torch.from_numpy(normal(0, 20, 3)), torch.from_numpy(normal(1, 20, 3))
    before = x.clone(), y.clone()
    metric(x, y)
    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])


@pytest.mark.parametrize("d", [3, 50])
@pytest.mark.parametrize("metric", TWO_SAMPLE_METRICS[:4])
def test_going_block_by_block_changes_nothing(metric, d, monkeypatch):
    x, y = normal(0, 40, d), normal(1, 30, d) + 0.1
    whole = metric(x, y)
    monkeypatch.setattr(
        "gan_school.metrics.samples._BLOCK", 7 * 40
    )  # seven rows at a time, and a remainder
    assert metric(x, y) == pytest.approx(whole, rel=1e-9)


def test_distances_in_many_dimensions_are_those_in_few():
    # Above 32 features another formula is used: empty features must not change anything.
    real, fake = normal(0, 50, 3), normal(1, 50, 3)
    wide = [np.pad(x, ((0, 0), (0, 60))) for x in (real, fake)]
    assert precision_recall(*wide) == precision_recall(real, fake)
    assert density_coverage(*wide) == density_coverage(real, fake)
    expected = kernel_distance(real, fake, "rbf")
    assert kernel_distance(*wide, "rbf") == pytest.approx(expected, abs=1e-6)
    # Far from the origin, where squares would swallow the differences.
    assert precision_recall(wide[0] + 1e6, wide[1] + 1e6) == precision_recall(real, fake)


def test_points_so_small_that_their_squares_vanish():
    for metric in TWO_SAMPLE_METRICS:
        with pytest.raises(ValueError, match=r"largest number .* is 2e-200.*scale of about 1"):
            metric(np.full((20, 2), 1e-200), np.full((20, 2), 2e-200))
    # One of the two may be as small as it likes: a generator that has died.
    assert sliced_wasserstein(np.zeros((20, 2)), np.ones((20, 2))) > 0
    assert sliced_wasserstein(np.full((20, 2), 1e-200), np.ones((20, 2))) > 0


@pytest.mark.parametrize(
    "measure",
    [
        lambda x, seed: sliced_wasserstein(x, x, seed=seed),
        lambda x, seed: two_sample_test(x, x, seed=seed),
        lambda x, seed: metrics.kid(x, x, None, seed=seed),
        lambda x, seed: metrics.inception_score(x, lambda x: x.softmax(dim=1), seed=seed),
    ],
)
def test_seeds_are_whole_numbers_of_any_type(measure):
    x = normal(0, 20, 2)
    assert measure(x, np.int64(3)) == measure(x, 3)
    for seed in (-1, 2**32, 1.5, "1", None, math.nan, [3]):
        with pytest.raises(ValueError, match=r"seed=.*, expected a whole number from 0"):
            measure(x, seed)


def test_other_settings_may_be_of_numpys_type_too():
    x, y = normal(0, 20, 2), normal(1, 20, 2)
    assert precision_recall(x, y, k=np.int32(3)) == precision_recall(x, y, k=3)
    of_three = sliced_wasserstein(x, y, projections=np.int64(3), p=np.float64(2))
    assert of_three == sliced_wasserstein(x, y, projections=3)
    assert type(of_three) is float
    soft = torch.nn.Softmax(dim=1)
    assert metrics.inception_score(x, soft, splits=np.int64(2)).error is not None


@pytest.mark.parametrize("metric", TWO_SAMPLE_METRICS)
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.where(np.arange(40).reshape(20, 2) == 5, np.nan, 1.0), "holds 1 numbers.*NaN"),
        (np.full((20, 2), np.inf), "holds 40 numbers.*infinite.*diverged"),
        (np.zeros((20, 3)), "3 features a sample.*has 2"),
        (np.zeros(20), r"shape \(20,\), expected \(samples, features\).*\[:, None\]"),
        (np.zeros((0, 2)), r"shape \(0, 2\), expected \d+ samples or more"),
        (np.zeros((20, 0)), r"shape \(20, 0\).*at least one feature"),
        ([["a", "b"]] * 20, "cannot make a tensor of"),
        (np.full((20, 2), "1.5"), "cannot make a tensor of ndarray: it holds text"),
        (np.full((20, 2), 1j), "is a tensor of another kind .torch.complex128"),
        (torch.full((20, 2), 1j), "is a tensor of another kind .torch.complex64"),
        (np.full((20, 2), np.datetime64("2024-05-01")), "it holds dates"),
        (np.full((20, 2), np.timedelta64(1, "D")), "it holds spans of time"),
        (
            pd.DataFrame({"day": [pd.Timestamp("2024-05-01")] * 20, "x": 1.0}),
            "tensor of DataFrame",
        ),
        (
            np.ma.masked_array(np.ones((20, 2)), np.arange(40) < 3),
            "3 of 40 .* masked.*filled",
        ),
        (pd.DataFrame({"a": [1.0, pd.NA] * 10, "b": 1.0}, dtype="Float64"), "holds 10 .*NaN"),
        (torch.ones(20, 2).to_sparse(), "is a tensor of another kind .*torch.sparse_coo.*to_dense"),
        (torch.ones(20, 2, device="meta"), "is a tensor of another kind .*meta"),
        (scipy.sparse.csr_matrix(np.ones((20, 2))), "cannot make a tensor of"),
        (np.full((20, 2), 1e300), r"largest number in .* is 1e\+300.*3e\+38.*scale of about 1"),
        (np.full((20, 2), 1e60), r"largest number in .* is 1e\+60"),
        (None, "cannot make a tensor of NoneType"),
        ([[1.0, 2.0], [3.0]], "cannot make a tensor of"),
    ],
)
def test_samples_that_cannot_be_compared(metric, bad, message):
    with pytest.raises(ValueError, match=message):
        metric(bad, np.ones((20, 2)))
    if "features a sample" not in message:
        with pytest.raises(ValueError, match=message):
            metric(np.ones((20, 2)), bad)


def test_columns_of_whole_numbers_are_numbers():
    """pandas refuses to put NaN into whole numbers, even where none is missing."""
    whole = pd.Series([3, 1, 2])
    assert as_numbers(whole, "x").tolist() == [3, 1, 2]
    assert as_numbers(pd.DataFrame({"a": whole}), "x").tolist() == [[3], [1], [2]]
