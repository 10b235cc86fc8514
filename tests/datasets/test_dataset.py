"""A data set: what is accepted as one, what it knows, what it refuses."""

import copy
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

from gan_school import train
from gan_school.datasets import Dataset, as_dataset, grid, ring, spiral, swiss_roll
from gan_school.networks import mlp
from tests.helpers import TINY, stop_at

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
    for name in ("name", "labels", "classes", "modes", "sigma", "draw"):
        assert getattr(dataset, name) is getattr(given, name)


def test_images_keep_their_shape():
    dataset = as_dataset(torch.randn(5, 3, 8, 6))
    assert dataset.shape == (3, 8, 6)
    assert len(dataset) == 5


@pytest.mark.parametrize("given", [X, X.numpy(), X.double()], ids=["tensor", "array", "float64"])
@pytest.mark.parametrize("make", [as_dataset, Dataset, lambda x: as_dataset(Dataset(x))])
def test_the_data_is_copied_and_what_becomes_of_the_callers_own_does_not_matter(make, given):
    mine = copy.deepcopy(given)
    dataset = make(mine)
    mine *= 0
    assert torch.equal(torch.as_tensor(dataset.x).float(), X)


def test_labels_are_copied_too():
    labels = torch.arange(20) % 3
    dataset = Dataset(X, labels=labels)
    labels *= 0
    assert dataset.labels.max() == 2


def test_an_interrupted_training_goes_on_with_the_data_that_it_began_with():
    mine = X.clone()
    recipe = TINY.with_(generator=mlp(3, 8, 3), discriminator=mlp(3, 8, 1), steps=6)
    run = train(recipe, mine, callbacks=[stop_at(3)])
    mine *= 0
    assert torch.equal(run.data.x, X)


def test_it_is_copied_once():
    """Everything that is made of a data set shares its numbers, unless they are others."""
    data = Dataset(X)
    for other in (as_dataset(data), as_dataset(as_dataset(data)), replace(data, name="other")):
        assert other.x.data_ptr() == data.x.data_ptr()


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
        (X[:1], ValueError, "one sample alone"),
        (X.to(torch.complex64), TypeError, "type complex64"),
        (X.to_sparse(), TypeError, r"sparse tensor\. Give a dense one: x\.to_dense"),
        (scipy.sparse.eye(3), TypeError, "Give a tensor, a dense array"),
        ([[1.0, 2.0], [3.0]], TypeError, "cannot make a tensor of list: .*inhomogeneous"),
        (np.array([["2026-01-01"]], "datetime64[D]"), TypeError, "cannot make a tensor of ndarray"),
        (None, TypeError, "cannot make a tensor of NoneType"),
        (np.ma.masked_less(X.numpy(), -1.5), ValueError, r"values are masked\. Fill them"),
        (pd.DataFrame({"a": [1.0, 2.0], "b": [1, 2]}).astype({"a": "Float64"}).assign(c="x"),
         TypeError, "numeric columns only; datasets.table takes any"),
        (pd.DataFrame({"a": pd.array([1.0, None, 3.0], dtype="Float64")}), ValueError,
         "1 of 3 rows hold NaN or infinity, the first is row 1"),
    ],
)  # fmt: skip
def test_what_is_refused(data, error, message):
    with pytest.raises(error, match=message):
        as_dataset(data)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_rows_that_hold_no_numbers_are_counted_and_the_first_named(value):
    x = X.clone()
    x[4, 2] = x[4, 0] = x[11, 1] = value
    with pytest.raises(ValueError, match="2 of 20 rows hold NaN or infinity, the first is row 4"):
        as_dataset(x)


def test_numbers_too_large_for_32_bits():
    """And yet finite: NaN or infinity would be the wrong word."""
    with pytest.raises(ValueError, match=r"numbers up to 2e\+300, too large for 32-bit floats"):
        as_dataset(X.double() * 1e300)


def test_large_numbers_are_finite_though_their_sum_is_not():
    x = torch.full((4, 2), 3e38)
    x[0] = -3e38
    with pytest.warns(UserWarning, match=r"run from -3e\+38 to 3e\+38"):
        as_dataset(x)


def test_columns_of_pandas_own_types():
    frame = pd.DataFrame({"a": [1.5, 2.5], "b": [1, 2], "c": [True, False], "d": [0.5, 0.25]})
    frame = frame.astype({"a": "Float64", "b": "Int64", "c": "boolean"})
    assert as_dataset(frame).x.tolist() == [[1.5, 1.0, 1.0, 0.5], [2.5, 2.0, 0.0, 0.25]]


def test_numbers_in_the_byte_order_of_another_machine():
    for order in "<>":
        assert torch.equal(as_dataset(X.numpy().astype(f"{order}f4")).x, X)
        assert torch.equal(as_dataset(X.numpy().astype(f"{order}f8")).x, X)


def test_a_masked_array_without_masked_values_is_an_array():
    assert torch.equal(as_dataset(np.ma.masked_less(X.numpy(), -1e9)).x, X)


def test_a_read_only_array():
    array = X.numpy().copy()
    array.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(as_dataset(array).x, X)


# ------------------------------------------------------------ what would only look like a failure


@pytest.mark.parametrize(
    "x", [torch.ones(9, 2), torch.tensor([[1.0, 2.0, 3.0]] * 9), torch.ones(9, 1, 4, 4)]
)
def test_data_that_does_not_vary(x):
    with pytest.raises(ValueError, match="the data does not vary: all 9 samples are the same"):
        as_dataset(x)


@pytest.mark.parametrize(("different", "warned"), [(20, True), (21, False)])
def test_data_that_hardly_varies(different, warned):
    x = torch.zeros(2000, 2)
    x[:different] = torch.randn(different, 2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        as_dataset(x)
    assert ["99.0% of the samples are the same" in str(warning.message) for warning in caught] == (
        [True] if warned else []
    )


@pytest.mark.parametrize("scale", [1e-30, 1e-5, 1e5, 1e30])
def test_data_of_another_scale(scale):
    with pytest.warns(UserWarning, match=r"numbers run from .*, and networks begin with numbers a"):
        as_dataset(X * scale)


def test_pixels_that_are_given_as_floats():
    pixels = torch.randint(0, 256, (9, 3, 4, 4)).float()
    with pytest.warns(UserWarning, match=r"as if they were pixels.* Scale them: x / 127\.5 - 1"):
        as_dataset(pixels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        as_dataset(pixels / 127.5 - 1)
        as_dataset(torch.randn(9, 3, 4, 4))
        as_dataset(pixels / 255)


def test_what_is_held_out_is_checked_at_once():
    bad = X.clone()
    bad[3, 1] = float("nan")
    with pytest.raises(ValueError, match="of what is held out: 1 of 20 rows hold NaN"):
        as_dataset(Dataset(X, held_out=Dataset(bad)))
    with pytest.raises(ValueError, match=r"held out has shape \(20, 2\), expected \(n, 3\)"):
        as_dataset(Dataset(X, held_out=Dataset(X[:, :2])))
    with pytest.raises(ValueError, match="of what is held out: there is one sample alone"):
        as_dataset(Dataset(X[:3]).hold_out(0.5))
    with pytest.raises(TypeError, match="of what is held out: the data is of type int64"):
        as_dataset(Dataset(X, held_out=Dataset(X.long())))
    assert as_dataset(Dataset(X, held_out=Dataset(X.double()))).held_out.x.dtype == torch.float32


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
    with pytest.raises(ValueError, match=r"data is all there is.*Hold some samples back"):
        Dataset(X).fresh()


# ------------------------------------------------------------- labels, parts, held-out samples

LABELLED = Dataset(
    torch.arange(40.0).reshape(20, 2),
    "things",
    labels=torch.arange(20) % 3,
    classes=("a", "b", "c", "d"),
    factors=pd.DataFrame({"size": range(20)}),
)


@pytest.mark.parametrize(
    "chosen",
    [slice(5, 9), [5, 6, 7, 8], np.array([5, 6, 7, 8]),
     torch.arange(20).clamp(5, 8) == torch.arange(20)],
    ids=["slice", "list", "array", "yes or no"],
)  # fmt: skip
def test_a_part_has_all_that_is_known(chosen):
    part = LABELLED[chosen]
    assert part.x[:, 0].tolist() == [10, 12, 14, 16]
    assert part.labels.tolist() == [2, 0, 1, 2]
    assert part.factors["size"].tolist() == [5, 6, 7, 8]
    assert part.class_count == 4


def test_no_samples_are_a_part_too():
    assert len(LABELLED[[]]) == len(LABELLED[:0]) == 0


def test_one_sample_is_not_a_data_set():
    with pytest.raises(IndexError, match=r"data\[5:6\]"):
        LABELLED[5]


def test_class_count():
    assert Dataset(X).class_count == 0
    assert Dataset(X, labels=torch.arange(20) % 3).class_count == 3
    assert LABELLED.class_count == 4


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_holding_out_splits_every_class_alike(share):
    data = Dataset(torch.arange(400.0)[:, None], labels=torch.arange(400) % 4).hold_out(share)
    assert len(data.held_out) == 400 * share
    both = torch.cat([data.x, data.held_out.x]).flatten()
    assert torch.equal(both.sort().values, torch.arange(400.0))
    counts = data.held_out.labels.bincount()
    assert counts.max() - counts.min() <= 1
    # the labels went with their samples
    assert torch.equal(data.held_out.x.flatten() % 4, data.held_out.labels.float())


def test_holding_out_is_decided_by_the_seed():
    held = [LABELLED.hold_out(0.5, seed).held_out.x for seed in (0, 0, 1)]
    assert torch.equal(held[0], held[1])
    assert not torch.equal(held[0], held[2])


def test_what_is_held_out_is_fresh():
    data = LABELLED.hold_out(0.5)
    assert data.fresh() is data.held_out
    assert data.fresh(99) is data.held_out
    some = data.fresh(4, seed=0)
    assert len(some) == 4
    assert set(some.x[:, 0].tolist()) < set(data.held_out.x[:, 0].tolist())
    assert not torch.equal(some.x, data.fresh(4, seed=1).x)
    assert "10 more held out" in repr(data)


def test_labels_may_be_a_list():
    data = Dataset(X, labels=[0, 1] * 10).hold_out(0.2)
    assert sorted(data.held_out.labels.tolist()) == [0, 0, 1, 1]


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, 0.001])
def test_a_share_must_leave_two_parts(share):
    with pytest.raises(ValueError, match="share of"):
        LABELLED.hold_out(share)


@pytest.mark.parametrize(
    ("labels", "classes", "error", "message"),
    [
        (torch.zeros(20), (), TypeError, "These are float32"),
        (torch.zeros(20) > 0, (), TypeError, "These are bool"),
        (torch.zeros(19).long(), (), ValueError, r"labels has shape \(19,\), expected \(20,\)"),
        (torch.zeros(20, 1).long(), (), ValueError, r"\(20, 1\)"),
        (torch.arange(20) - 1, (), ValueError, "from -1 to 18.*counted from 0"),
        (torch.arange(20) % 3, ("a", "b"), ValueError, "between 0 and 1"),
    ],
)
def test_labels_that_do_not_fit(labels, classes, error, message):
    with pytest.raises(error, match=message):
        as_dataset(Dataset(X, labels=labels, classes=classes))


def test_labels_may_be_any_whole_numbers():
    for labels in ([0, 1] * 10, np.arange(20, dtype=np.uint8), torch.arange(20).int()):
        assert as_dataset(Dataset(X, labels=labels)).labels.dtype == torch.int64


# ---------------------------------------------------------------------------------------- pictures


def test_pictures_are_whole_numbers_with_the_colours_last():
    x = torch.tensor([-1.0, 0.0, 1.0, 7.0]).reshape(1, 1, 2, 2)
    grey = Dataset(x, mean=127.5, scale=127.5)
    assert grey.pictures().tolist() == [[[0, 128], [255, 255]]]
    colour = grey.pictures(x.expand(5, 3, 2, 2))
    assert colour.shape == (5, 2, 2, 3)
    assert colour.dtype == np.uint8


def test_points_are_not_pictures():
    for x in (X, torch.zeros(4, 2, 8, 8)):
        with pytest.raises(ValueError, match=r"shape .*expected .*1 channel for grey"):
            Dataset(x).pictures()
