"""What `gan-school train` can be told to learn from, and what of it is kept back."""

import os
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from gan_school import datasets
from gan_school.datasets import published
from gan_school.faces import own_data


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_table(path, rows=60, **options):
    chance = np.random.default_rng(0)
    frame = pd.DataFrame({"a": chance.normal(size=rows), "b": chance.normal(size=rows)})
    with open(path, "w", encoding="utf-8", newline="") as file:
        frame.to_csv(file, index=False, **options)
    return frame


def write_images(folder, count):
    folder.mkdir(parents=True)
    for number in range(count):
        Image.new("RGB", (9, 9), (number % 256, 0, 0)).save(folder / f"{number:03}.png")


def test_names_that_are_known():
    assert all(hasattr(datasets, name) for name in own_data.POINTS + own_data.IMAGES)
    assert set(own_data.PUBLISHED) == set(published.COLLECTIONS)
    assert own_data.kind("ring") == "points"
    assert own_data.kind("flowers") == "images"
    assert own_data.load("ring").name == "ring of 8"
    assert own_data.load("digits", 8).shape == (1, 8, 8)


def test_folders_and_tables(folder):
    write_images(folder / "photos", 60)
    write_table("rows.csv")
    write_table("ROWS.CSV")
    assert own_data.kind("photos") == "folder"
    assert own_data.kind("rows.csv") == own_data.kind("ROWS.CSV") == "table"
    assert own_data.load("photos", 8).shape == (3, 8, 8)
    assert own_data.load("rows.csv").name == "rows"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tulips", r"no folder is called 'tulips'\. The data sets are: spiral, ring"),
        ("MNIST", r"called 'MNIST'\. Did you mean mnist\?"),
        ("fashion-mnist", r"Did you mean fashion_mnist\?"),
        ("", "no data set"),
        ("missing.csv", "there is no file or folder missing.csv in .*here"),
        ("photos/", "there is no file or folder photos in .*here"),
        ("table.xlsx", "table.xlsx is not read: save a table as CSV"),
        ("x" * 300, "name too long"),
    ],
)
def test_what_is_no_data(name, message, folder, monkeypatch):
    (folder / "here").mkdir()
    monkeypatch.chdir(folder / "here")
    (folder / "here" / "table.xlsx").touch()
    with pytest.raises((ValueError, OSError), match=message):
        own_data.kind(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_or_a_device_is_refused_and_not_waited_for(folder):
    os.mkfifo("pipe.csv")
    (folder / "zero.csv").symlink_to("/dev/zero")
    for name in ("pipe.csv", "zero.csv"):
        with pytest.raises(ValueError, match=f"{name} is no ordinary file"):
            own_data.load(name)


# ---------------------------------------------------------------------------------- kept back


@pytest.mark.parametrize(
    ("rows", "kept_back"), [(10, 2), (50, 10), (178, 35), (200, 40), (500, 100), (2000, 200)]
)
def test_at_most_a_fifth_is_kept_back(rows, kept_back):
    write_table("rows.csv", rows)
    warned = pytest.warns(UserWarning, match="Not all.*takes 50") if rows < 50 else nullcontext()
    with warned:
        data = own_data.load("rows.csv")
    assert len(data.held_out) == kept_back
    assert len(data) == rows - kept_back


def test_of_two_hundred_photographs_a_hundred_and_sixty_are_learned_from(folder):
    write_images(folder / "photos", 200)
    data = own_data.load("photos", 8)
    assert (len(data), len(data.held_out)) == (160, 40)


@pytest.mark.parametrize("rows", [2, 3, 8, 9])
def test_too_few_rows_to_learn_from(rows):
    write_table("few.csv", rows)
    with pytest.raises(ValueError, match=f"samples in few: {rows}. Expected 10 or more"):
        own_data.load("few.csv")


def test_too_few_images_to_learn_from(folder):
    write_images(folder / "five", 5)
    with pytest.raises(ValueError, match="samples in five 32×32: 5"):
        own_data.load("five")


def test_folders_are_classes_only_where_labels_are_asked_for(folder):
    for name in ("cats", "dogs"):
        write_images(folder / "pets" / name, 25)
    assert own_data.load("pets", 8).labels is None
    assert own_data.load("pets", 8, labels=True).classes == ("cats", "dogs")
    with pytest.raises(ValueError, match=r"all images lie in pets/cats itself.*--labels"):
        own_data.load("pets/cats", 8, labels=True)


def test_tables_are_read_as_people_have_them():
    """What else `read_csv` understands, its own tests say."""
    write_table("rows.csv")
    write_table("german.csv", sep=";", decimal=",")
    with pytest.warns(UserWarning, match="divided by ';'"):
        german = own_data.load("german.csv")
    assert german.x.equal(own_data.load("rows.csv").x)


# ---------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("spiral", "spiral"),
        ("swiss_roll", "swiss_roll"),
        ("spiral.csv", "spiral-csv"),
        ("../data/my photos/", "my-photos"),
        ("..", "above"),
        (".", "here"),
        ("/", "data"),
        ("größe.csv", "größe-csv"),
        ("a\x1b[31m$x^2$\udcff.csv", "a-31m-x-2-csv"),
        ("x" * 250, "x" * 80),
    ],
)
def test_names_of_what_is_made_from_them(name, short, folder, monkeypatch):
    (folder / "above" / "here").mkdir(parents=True)
    monkeypatch.chdir(folder / "above" / "here")
    assert own_data.short_name(name) == short


def test_a_name_that_is_no_text_is_written_out(folder):
    write_table(b"caf\xe9\x1b.csv")
    assert own_data.load(os.fsdecode(b"caf\xe9\x1b.csv")).name == r"caf\udce9\x1b"
