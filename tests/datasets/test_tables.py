"""Tables: there and back again."""

import os
import tracemalloc
import warnings
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
from gan_school.datasets.tables import read_csv
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
LONG = pd.DataFrame({"age": range(300)})


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


@pytest.mark.parametrize("data", [FRAME.to_dict(), FRAME.to_numpy(), [1, 2], None, "wine.csv"])
def test_only_data_frames(data):
    message = r"wants a pandas DataFrame, not a .*\. datasets\.tables\.read_csv makes one of a file"
    with pytest.raises(TypeError, match=message):
        table(data)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.assign(age=[1, None, None, 2, 3]), r"missing in: age \(2\)\. Fill them"),
        (FRAME.assign(city=["a", None, "b", "a", "b"]), r"missing in: city \(1\)"),
        (FRAME.assign(height=[1, 2, 3, 4, np.inf]), "'height' has infinite values"),
        (FRAME.assign(when=pd.Timestamp(2026, 1, 1)), "'when' is of type datetime64.*since a date"),
        (FRAME.assign(z=1j), "'z' is of type complex"),
        (FRAME.assign(name=list("abcde")), "'name' has 5 different values in 5 rows.*Leave it out"),
        (LONG.assign(who=[f"p{k // 2}" for k in range(300)]), "'who' has 150 .* in 300 rows"),
        (LONG.assign(who=pd.Categorical(range(300))), "'who' has 300 different values in 300"),
        (LONG.assign(on=["2026-01-05", "2026-02-06"] * 150), "'on' holds dates or times as text"),
        (LONG.assign(on=["5.1.2026 12:30"] * 300), r"'on' holds dates .*\(5\.1\.2026 12:30, …\)"),
        (LONG.assign(a=["?", *map(str, range(10)), *["1"] * 289]), r"'a' is text.*numbers.*'\?' a"),
        (LONG.assign(a=["1,5", "2,5", "3"] * 100), "'a' is text, though nearly all of it are num"),
        (pd.DataFrame({"a;b": ["1;2", "3;4"]}), "only column is called 'a;b'.*read_csv"),
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
        (FRAME[:1], "1 × 6 cells"),
        (FRAME[:0], "0 × 6"),
        (FRAME[[]], "5 × 0"),
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


def test_text_that_is_nearly_unique_is_refused_before_memory_is_spent():
    """20,000 names would be 20,000 columns: 1.6 GB."""
    frame = pd.DataFrame({"name": [f"customer {k}" for k in range(19_000)] + ["?"] * 1000})
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="'name' has 19,001 different values in 20,000 rows"):
            table(frame)
        assert tracemalloc.get_traced_memory()[1] < 30e6
    finally:
        tracemalloc.stop()


def test_names_that_look_like_the_first_sample():
    frame = pd.DataFrame([[5.0, 3.2], [4.7, 3.1]], columns=["5.1", "3.5"])
    with pytest.warns(UserWarning, match=r"called 5\.1, 3\.5: is the first sample the header"):
        table(frame)


def test_twenty_categories_are_few_and_a_tenth_of_the_rows():
    assert table(LONG.assign(k=[f"k{k % 30}" for k in range(300)])).shape == (31,)
    assert table(LONG[:100].assign(k=[f"k{k % 20}" for k in range(100)])).shape == (21,)
    with pytest.raises(ValueError, match="'k' has 31 different"):
        table(LONG.assign(k=[f"k{k % 31}" for k in range(300)]))


@pytest.mark.parametrize("labels", [None, "city"])
def test_a_share_can_be_held_out_at_once(labels):
    frame = pd.concat([FRAME] * 8, ignore_index=True)
    data, expected = table(frame, labels, held_out=0.25), table(frame, labels).hold_out(0.25)
    for one, other in ((data, expected), (data.held_out, expected.held_out)):
        assert torch.equal(one.x, other.x)
        assert labels is None or torch.equal(one.labels, other.labels)
    assert len(data.held_out.inverse(data.held_out.x)) == 10
    with pytest.raises(ValueError, match=r"a share of 1 cannot be held out"):
        table(frame, held_out=1)


# -------------------------------------------------------------------------------------- from files


def written(folder, text: str, encoding: str = "utf-8"):
    path = folder / "x.csv"
    path.write_bytes(text.encode(encoding))
    return path


def read(path, *warned: str) -> pd.DataFrame:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = read_csv(path)
    assert len(caught) == len(warned)
    for warning, text in zip(caught, warned, strict=True):
        assert text in str(warning.message)
        assert warning.filename == __file__
    return frame


WINE = pd.DataFrame({"alcohol": [12.5, 13.0, 11.25], "kind": ["red", "white", "red"]})


def test_a_file_with_commas(tmp_path):
    text = 'alcohol,kind\n12.5,red\n13,"white"\n11.25, red\n'
    assert_frame_equal(read(written(tmp_path, text)), WINE)
    assert_frame_equal(read(written(tmp_path, text, "utf-8-sig")), WINE)
    assert_frame_equal(read(written(tmp_path, text.replace("\n", "\r\n"))), WINE)
    assert_frame_equal(read(written(tmp_path, text, "utf-16")), WINE)


@pytest.mark.parametrize(("divider", "said"), [(";", "';'"), ("\t", "tabs"), ("|", "'|'")])
@pytest.mark.parametrize("decimal", ".,")
def test_a_file_with_other_dividers(divider, said, decimal, tmp_path):
    rows = [["alcohol", "kind"], ["12.5", "red"], ["13", "white"], ["11.25", "red"]]
    text = "\n".join(divider.join(row) for row in rows).replace(".", decimal)
    assert_frame_equal(read(written(tmp_path, text), f"divided by {said}"), WINE)


def test_a_comma_within_text_divides_nothing(tmp_path):
    frame = read(written(tmp_path, 'a;b\n1;"x, y"\n2;"z, y"\n'), "divided by ';'")
    assert frame["b"].tolist() == ["x, y", "z, y"]
    assert read(written(tmp_path, 'a,b\n1,"x; y"\n2,z\n'))["b"].tolist() == ["x; y", "z"]


def test_a_file_without_names(tmp_path):
    frame = read(written(tmp_path, "12.5,red\n13,white\n11.25,red\n"), "the first row of")
    assert_frame_equal(frame, WINE.set_axis(["1", "2"], axis=1))
    assert len(read(written(tmp_path, "kind,taste\nred,dry\nwhite,sweet\n"))) == 2
    assert list(read(written(tmp_path, "a\n1\n2\n")).columns) == ["a"]


def test_a_question_mark_is_a_missing_value(tmp_path):
    frame = read(written(tmp_path, "age,kind\n31, red\n?, ?\n"))
    assert frame["age"].dtype == np.float64
    with pytest.raises(ValueError, match=r"missing in: age \(1\), kind \(1\)"):
        table(frame)


def test_text_that_is_not_utf_8_is_read_as_windows_1252_and_that_is_said(tmp_path):
    path = written(tmp_path, "town\nKöln\nZürich\n", "latin-1")
    assert read(path, "read as Windows-1252 (Latin-1)")["town"].tolist() == ["Köln", "Zürich"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"PK\x03\x04\0\0\0", "holds no text"),
        (b"a,b\n1,2\n" + b"1,2,3\n", "no table that can be read: .*Expected 2 fields"),
    ],
)
def test_files_that_are_no_tables(content, message, tmp_path):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_csv(tmp_path / "x.csv")


def test_places_without_a_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        read_csv(tmp_path / "x.csv")
    with pytest.raises(ValueError, match="no ordinary file"):
        read_csv(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_what_would_be_read_without_end(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", "/dev/zero"):
        with pytest.raises(ValueError, match="no ordinary file"):
            read_csv(path)


def test_rows_of_a_population_are_those_of_its_members():
    data = table(pd.DataFrame({"a": [1.0, 2.0, 3.0]}))
    assert data.inverse(data.x.numpy()).equals(data.inverse(data.x))
    with pytest.raises(ValueError, match=r"shape \(2, 3, 1\). Of a population.*run\[0\]"):
        data.inverse(torch.stack([data.x, data.x]))
