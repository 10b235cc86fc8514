"""Tables: there and back again."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gan_school import train
from gan_school.datasets import Table, as_dataset, table
from gan_school.networks import mlp
from tests.helpers import TINY

pytestmark = pytest.mark.filterwarnings("error")

FRAME = pd.DataFrame(
    {
        "age": [31, 45, 22, 60, 45],
        "height": [1.71, 1.62, 1.80, 1.55, 1.7],
        "member": [True, False, True, True, False],
        "city": ["Lima", "Oslo", "Lima", "Rome", "Oslo"],
        "size": pd.Categorical(["S", "L", "S", "M", "L"], categories=["S", "M", "L", "XL"]),
        "planet": [3, 3, 3, 3, 3],
    }
)


# ----------------------------------------------------------------------------------- there and back


def test_there_and_back():
    assert_frame_equal(table(FRAME).inverse(table(FRAME).x), FRAME, check_exact=False, rtol=1e-6)


@given(
    st.data(),
    st.integers(2, 20),
    st.lists(st.sampled_from(["int", "float", "bool", "text", "category"]), min_size=1, max_size=5),
)
def test_any_table_there_and_back(data, rows, kinds):
    columns = {}
    for place, kind in enumerate(kinds):
        values = {
            "int": st.integers(-16_000_000, 16_000_000),
            "float": st.floats(-1000, 1000),
            "bool": st.booleans(),
            "text": st.sampled_from("abc"),
            "category": st.sampled_from("xyz"),
        }[kind]
        column = data.draw(st.lists(values, min_size=rows, max_size=rows))
        if kind in ("text", "category"):
            column[0] = column[1]  # never different in every row
        columns[place] = pd.Series(column, dtype="category" if kind == "category" else None)
    frame = pd.DataFrame(columns)
    made = table(frame)
    assert made.x.abs().max() <= 1
    back = made.inverse(made.x)
    assert_frame_equal(back, frame, check_exact=False, rtol=0, atol=2000 * 1e-7)


def test_numbers_fill_the_range_and_categories_are_one_hot():
    x = table(FRAME).x
    assert x.shape == (5, 1 + 1 + 1 + 3 + 3 + 1)
    assert x[:, 0].min() == -1
    assert x[:, 0].max() == 1
    assert x[:, 2].tolist() == [1, -1, 1, 1, -1]
    assert x[0, 3:6].tolist() == [1, -1, -1]
    assert (x[:, 6:9].sum(1) == -1).all()  # a category that never occurs has no number
    assert (x[:, 9] == 0).all()


def test_what_a_generator_gives_is_a_table_too():
    made = table(FRAME).inverse(torch.randn(50, 10, generator=torch.Generator().manual_seed(0)) * 2)
    assert list(made.columns) == list(FRAME.columns)
    assert (made.dtypes == FRAME.dtypes).all()
    assert made["age"].between(22, 60).all()
    assert made["height"].between(1.55, 1.80).all()
    assert set(made["city"]) == {"Lima", "Oslo", "Rome"}
    assert set(made["size"]) == {"S", "M", "L"}
    assert (made["planet"] == 3).all()


def test_the_category_with_the_greatest_number_wins():
    x = table(FRAME).x[:1].clone()
    x[0, 3:6] = torch.tensor([-0.9, -0.2, -0.3])
    assert table(FRAME).inverse(x)["city"].item() == "Oslo"


@pytest.mark.parametrize(
    "dtype", ["int8", "uint16", "int64", "float16", "float32", "float64", "Int64", "Float64"]
)
def test_types_of_numbers_come_back(dtype):
    frame = pd.DataFrame({"a": pd.Series([1, 2, 5], dtype=dtype)})
    assert_frame_equal(table(frame).inverse(table(frame).x), frame)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([True, False, True], dtype="boolean"),
        pd.Series([True, False, True], dtype=object),
        pd.Series([True, True, True], dtype="category"),
        pd.Series([2, 1, 2], dtype=pd.CategoricalDtype([3, 2, 1], ordered=True)),
        pd.Series(list("aba"), dtype="string"),
        pd.Series(list("aaa")),
    ],
    ids=lambda column: str(column.dtype),
)
def test_types_of_categories_come_back(column):
    frame = pd.DataFrame({("a", 1): column, ("b", 2): [1.0, 1.5, 2.0]})  # names can be pairs
    data = table(frame)
    assert_frame_equal(data.inverse(data.x), frame)
    made = data.inverse(-data.x)["a", 1]
    assert made.dtype == column.dtype
    assert set(made) <= set(column)


def test_numbers_stay_within_the_range_to_the_last_digit():
    frame = pd.DataFrame({"a": [-0.1, 0.3]})
    assert table(frame).inverse(torch.tensor([[-5.0], [5.0]]))["a"].tolist() == [-0.1, 0.3]


def test_rows_are_counted_anew():
    data = table(FRAME[::2])
    assert data.inverse(data.x).index.tolist() == [0, 1, 2]


def test_labels_are_taken_out():
    data = table(FRAME, labels="city", name="people")
    assert data.labels.tolist() == [0, 1, 0, 2, 1]
    assert data.classes == ("Lima", "Oslo", "Rome")
    assert data.shape == (7,)
    assert "city" not in data.inverse(data.x)
    assert table(FRAME, labels="member").classes == ("False", "True")
    assert table(FRAME, labels="age").classes == ("22", "31", "45", "60")
    assert "people" in repr(data)
    assert table(FRAME, labels="size").classes == ("S", "M", "L")  # XL never occurs
    assert table(FRAME, labels="size").labels.tolist() == [0, 2, 0, 1, 2]
    mixed = table(FRAME.assign(kind=["b", 1, "b", 1, 1]), labels="kind")
    assert [mixed.classes[label] for label in mixed.labels] == ["b", "1", "b", "1", "1"]


def test_it_is_a_data_set():
    data = table(pd.concat([FRAME] * 8, ignore_index=True), labels="city").hold_out(0.25)
    for part in (data, data[:5], as_dataset(data), data.held_out, data.fresh(4)):
        assert isinstance(part, Table)
        assert list(part.inverse(part.x).columns) == ["age", "height", "member", "size", "planet"]
    assert "of shape (7,), 3 classes; 10 more held out" in repr(data)


def test_it_can_be_learned_from():
    data = table(pd.concat([FRAME] * 8, ignore_index=True))
    recipe = TINY.with_(generator=mlp(3, 8, 10), discriminator=mlp(10, 8, 1), steps=3)
    run = train(recipe, data)
    assert len(run.data.inverse(run.sample(9))) == 9


# ------------------------------------------------------------------------------------------ refused


@pytest.mark.parametrize("data", [FRAME.to_dict(), FRAME.to_numpy(), [1, 2], None])
def test_only_data_frames(data):
    with pytest.raises(TypeError, match="wants a pandas DataFrame, not a"):
        table(data)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.assign(age=[1, None, None, 2, 3]), r"missing in: age \(2\)\. Fill them"),
        (FRAME.assign(city=["a", None, "b", "a", "b"]), r"missing in: city \(1\)"),
        (FRAME.assign(height=[1, 2, 3, 4, np.inf]), "'height' has infinite values"),
        (FRAME.assign(when=pd.Timestamp(2026, 1, 1)), "'when' is of type datetime64.*since a date"),
        (FRAME.assign(z=1j), "'z' is of type complex"),
        (FRAME.assign(name=list("abcde")), "'name' is different in every row.*leave it out"),
        (FRAME.assign(mixed=["a", 1, "a", 1, "b"]), r"'mixed' holds Python objects \(mixed-int"),
        (
            FRAME.assign(a=pd.Series([1, 2, 1, 2, 3], dtype=object)),
            r"'a'.*integer.*astype\(float\)",
        ),
        (FRAME.assign(day=[date(2026, 1, 1)] * 5), r"'day' holds Python objects \(date\)"),
        (FRAME.assign(lists=[[1]] * 5), "'lists' holds Python objects"),
        (FRAME.assign(id=2**60 + np.arange(5)), "'id' has numbers from .* too large"),
        (FRAME.assign(id=-(2**60) - np.arange(5)), "'id' has numbers from .* too large"),
        (FRAME.assign(wide=[-1.7e308, 1.7e308, 0, 0, 0]), "'wide' has numbers from .* too large"),
        (FRAME.rename(columns={"age": "city"}), "more than one column is called 'city'"),
        (FRAME.set_axis(list("aabbcd"), axis=1), "called 'a' or 'b'"),
        (FRAME[:1], "1 rows and 6 columns"),
        (FRAME[:0], "0 rows"),
        (FRAME[[]], "0 columns"),
    ],
)
def test_tables_that_cannot_be_used(frame, message):
    with pytest.raises(ValueError, match=message):
        table(frame)


def test_labels_that_cannot_be_used():
    with pytest.raises(ValueError, match=r"no column is called 'town'\. There are: \['age'"):
        table(FRAME, labels="town")
    with pytest.raises(ValueError, match="a column or more besides the labels"):
        table(FRAME[["city"]], labels="city")

    with pytest.raises(ValueError, match=r"no column is called \['city'\]"):
        table(FRAME, labels=["city"])
    with pytest.raises(ValueError, match="'height' has another label in every row"):
        table(FRAME, labels="height")


def test_samples_of_a_generator_that_has_diverged():
    x = table(FRAME).x.clone()
    x[[1, 3], 4] = torch.nan
    with pytest.raises(ValueError, match="2 of 5 rows hold NaN"):
        table(FRAME).inverse(x)
    x[[1, 3], 4] = torch.inf
    x[:, 0] = torch.inf
    made = table(FRAME).inverse(x)
    assert made["age"].tolist() == [60] * 5
    assert made["city"][1] == "Oslo"


def test_rows_of_another_width():
    with pytest.raises(ValueError, match=r"have 10 features\. Got shape \(3, 9\)"):
        table(FRAME).inverse(torch.zeros(3, 9))
