"""A data set: what is accepted as one, what it knows, what it refuses."""

import numpy as np
import pandas as pd
import pytest
import torch

from gan_school.datasets import Dataset, as_dataset, grid, ring, spiral, swiss_roll

X = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "data",
    [X, X.double(), X.half().double(), X.numpy(), X.numpy().astype(np.float64), X.tolist(),
     pd.DataFrame(X.numpy(), columns=list("abc")), pd.DataFrame(X.numpy()).astype("float64"),
     Dataset(X), Dataset(X.double()), X.clone().requires_grad_(), X.flip(0).numpy()[::-1]],
    ids=["float32", "float64", "float16", "array", "float64 array", "lists", "table",
         "float64 table", "Dataset", "float64 Dataset", "needing gradients", "reversed"],
)  # fmt: skip
def test_what_is_accepted_and_becomes_32_bit_floats(data):
    dataset = as_dataset(data)
    assert isinstance(dataset, Dataset)
    assert dataset.x.dtype == torch.float32
    assert not dataset.x.requires_grad
    assert torch.allclose(dataset.x, X, atol=1e-2 if dataset.x[0, 0] != X[0, 0] else 0)


def test_what_a_data_set_knows_is_kept():
    given = ring(50, modes=3)
    dataset = as_dataset(given)
    assert torch.equal(dataset.x, given.x)
    for name in ("name", "labels", "modes", "sigma", "draw"):
        assert getattr(dataset, name) is getattr(given, name)


def test_images_keep_their_shape():
    dataset = as_dataset(torch.zeros(5, 3, 8, 6))
    assert dataset.shape == (3, 8, 6)
    assert len(dataset) == 5


def test_the_data_is_copied_from_an_array():
    array = X.numpy().copy()
    dataset = as_dataset(array)
    array[:] = 0
    assert torch.equal(dataset.x, X)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (X[:, 0], ValueError, r"shape \(20,\).*one row per sample"),
        (X[:0], ValueError, r"empty: its shape is \(0, 3\)"),
        (X.long(), TypeError, r"type int64.*x / 127\.5 - 1"),
        (X > 0, TypeError, "type bool"),
        (pd.DataFrame({"a": [1, 2], "b": [3, 4]}), TypeError, "int64"),
        (pd.DataFrame({"a": [1.0, None]}), ValueError, r"1 of 2 rows.*row 1"),
        (pd.DataFrame({"a": [1.0], "b": ["x"]}), TypeError, "DataFrame.*numeric columns only"),
        (Dataset(X.long()), TypeError, "int64"),
    ],
)
def test_what_is_refused(data, error, message):
    with pytest.raises(error, match=message):
        as_dataset(data)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_rows_that_hold_no_numbers_are_counted_and_the_first_named(value):
    x = X.clone()
    x[4, 2] = x[4, 0] = x[11, 1] = value
    with pytest.raises(ValueError, match="2 of 20 rows hold NaN or infinity, the first is row 4"):
        as_dataset(x)


def test_numbers_too_large_for_32_bits_are_infinite():
    with pytest.raises(ValueError, match="NaN or infinity"):
        as_dataset(X.double() * 1e300)


@pytest.mark.parametrize("maker", [spiral, ring, grid, swiss_roll])
def test_it_passes_as_an_array(maker):
    data = maker(30)
    assert np.array_equal(np.asarray(data), data.x.numpy())
    assert np.asarray(data, dtype=np.float64).dtype == np.float64


def test_an_array_of_it_is_a_copy():
    data = ring(30)
    before = data.x.clone()
    np.array(data)[:] = 0
    assert torch.equal(data.x, before)


def test_words():
    assert repr(ring(50, modes=8)) == "Dataset(ring of 8: 50 samples of shape (2,), 8 classes)"
    assert repr(Dataset(X)) == "Dataset(data: 20 samples of shape (3,))"


def test_back_to_the_units_of_the_source():
    data = Dataset(X, mean=torch.tensor([1.0, 2.0, 3.0]), scale=2.0)
    assert torch.allclose(data.inverse(data.x), 2 * X + torch.tensor([1.0, 2.0, 3.0]))
    assert torch.equal(Dataset(X).inverse(X), X)


def test_measured_data_cannot_be_added_to():
    with pytest.raises(ValueError, match=r"data is all there is.*Hold some rows back"):
        Dataset(X).fresh()
