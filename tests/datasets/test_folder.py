"""Folders of images: every kind of image and of mess that people have."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_school.datasets import image_folder

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def save(path: Path, colour=RED, mode: str = "RGB", size=(20, 20), **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)
    return path


@pytest.fixture
def photos(tmp_path) -> Path:
    """Two classes of two images each."""
    for kind, colour in (("tulip", RED), ("daisy", GREEN)):
        for number in range(2):
            save(tmp_path / "photos" / kind / f"{number}.png", colour)
    return tmp_path / "photos"


def colours(data) -> list:
    """The colour in the middle of each picture."""
    pictures = data.pictures()
    middle = pictures.shape[1] // 2
    return [tuple(np.atleast_1d(picture[middle, middle]).tolist()) for picture in pictures]


# ------------------------------------------------------------------------------------ what is found


def test_class_folders_are_labels_in_the_order_of_their_names(photos):
    data = image_folder(photos, 16)
    assert data.classes == ("daisy", "tulip")
    assert data.labels.tolist() == [0, 0, 1, 1]
    assert colours(data) == [GREEN, GREEN, RED, RED]
    assert data.x.shape == (4, 3, 16, 16)
    assert data.name == "photos 16×16"


def test_folders_need_not_be_classes(photos):
    save(photos / "loose.png", BLUE)
    data = image_folder(photos, 8, labels=False)
    assert data.labels is None
    assert len(data) == 5


def test_images_directly_in_the_folder_have_no_labels(tmp_path):
    for name in ("b.png", "a.JPG", "c.webp", "d.bmp"):
        save(tmp_path / name)
    data = image_folder(tmp_path, 8)
    assert data.labels is None
    assert len(data) == 4


def test_folders_within_a_class_belong_to_it(photos):
    save(photos / "tulip" / "more" / "still" / "x.png", BLUE)
    assert image_folder(photos, 8).labels.tolist() == [0, 0, 1, 1, 1]


def test_other_files_and_hidden_ones_are_left_alone(photos):
    (photos / "README.txt").write_text("hello")
    (photos / "tulip" / "Thumbs.db").write_bytes(b"123")
    save(photos / "tulip" / ".hidden.png")
    save(photos / ".cache" / "x.png")
    assert len(image_folder(photos, 8)) == 4


def test_the_order_is_that_of_the_names(tmp_path):
    for number in (10, 2, 33, 1):
        save(tmp_path / f"{number:03}.png", (number, 0, 0))
    assert [colour[0] for colour in colours(image_folder(tmp_path, 8))] == [1, 2, 10, 33]


# ---------------------------------------------------------------------------------- kinds of images


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGB", RED, RED),
        ("L", 128, (128, 128, 128)),
        ("1", 1, (255, 255, 255)),
        ("RGBA", (*RED, 255), RED),
        ("RGBA", (*RED, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 0, 128), (127, 127, 127)),
        ("LA", (0, 0), (255, 255, 255)),
        ("I;16", 65535, (255, 255, 255)),
        ("I;16", 32896, (128, 128, 128)),
        ("I;16", 250, (1, 1, 1)),
    ],
)
def test_every_mode(mode, colour, expected, tmp_path):
    save(tmp_path / "a.png", colour, mode)
    assert colours(image_folder(tmp_path, 8)) == [expected]


def test_a_palette_with_a_transparent_colour(tmp_path):
    image = Image.new("P", (20, 20), 1)
    image.putpalette([*RED, *BLUE])
    image.save(tmp_path / "opaque.png")
    image.save(tmp_path / "through.png", transparency=1)
    assert colours(image_folder(tmp_path, 8)) == [BLUE, (255, 255, 255)]


def test_grey_of_16_bits_with_a_transparent_value(tmp_path):
    save(tmp_path / "a.png", 500, "I;16", transparency=500)
    save(tmp_path / "b.png", 500, "I;16", transparency=501)
    assert colours(image_folder(tmp_path, 8)) == [(255, 255, 255), (2, 2, 2)]


@pytest.mark.parametrize(("mode", "value"), [("F", 0.5), ("I", 2**30), ("I", -5)])
def test_pixels_of_an_unknown_range_are_not_guessed(mode, value, tmp_path):
    save(tmp_path / "deep.tif", value, mode)
    save(tmp_path / "good.png", GREEN)
    with pytest.warns(UserWarning, match=r"deep\.tif: .*more than 16 bits, or not whole"):
        assert colours(image_folder(tmp_path, 8)) == [GREEN]


def test_cmyk_and_films(tmp_path):
    save(tmp_path / "a.jpg", (0, 255, 255, 0), "CMYK")
    frames = [Image.new("RGB", (20, 20), colour) for colour in (BLUE, RED)]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:])
    first, second = colours(image_folder(tmp_path, 8))
    assert first[0] > 240 > 20 > first[1]
    assert second == BLUE


def test_grey_on_demand(tmp_path):
    save(tmp_path / "a.png", (255, 255, 255))
    save(tmp_path / "b.png", RED)
    data = image_folder(tmp_path, 8, channels=1)
    assert data.x.shape == (2, 1, 8, 8)
    assert colours(data) == [(255,), (76,)]  # 0.299 of 255


def test_a_photograph_is_turned_as_its_camera_says(tmp_path):
    image = Image.new("RGB", (20, 20), RED)
    image.paste(Image.new("RGB", (20, 10), BLUE), (0, 0))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    image.save(tmp_path / "a.png", exif=exif)
    top, bottom = image_folder(tmp_path, 8).pictures()[0][[0, -1], 4]
    assert tuple(top) == RED
    assert tuple(bottom) == BLUE


def test_the_middle_square_is_what_counts(tmp_path):
    image = Image.new("RGB", (60, 20), BLUE)
    image.paste(Image.new("RGB", (20, 20), RED), (20, 0))
    image.save(tmp_path / "a.png")
    assert (image_folder(tmp_path, 20).pictures() == RED).all()


def test_shrinking_blends_and_does_not_skip(tmp_path):
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "a.png")
    data = image_folder(tmp_path, 8, channels=1)
    assert data.pictures()[0, 2:-2, 2:-2] == pytest.approx(128, abs=3)


def test_a_large_jpeg_is_decoded_in_part_and_looks_the_same(tmp_path):
    ramp = np.linspace(0, 255, 800)
    image = np.stack([ramp[:, None] + 0 * ramp, ramp + 0 * ramp[:, None], np.full((800, 800), 90)])
    image = Image.fromarray(image.transpose(1, 2, 0).astype(np.uint8))
    image.save(tmp_path / "a.jpg", quality=95)
    image.save(tmp_path / "b.png")
    jpeg, png = image_folder(tmp_path, 16).pictures().astype(int)
    assert abs(jpeg - png).max() <= 2


def test_the_folder_can_be_the_one_that_one_is_in(photos, monkeypatch):
    monkeypatch.chdir(photos)
    assert image_folder(".", 8).name == "photos 8×8"
    monkeypatch.setenv("HOME", str(photos.parent))
    monkeypatch.setenv("USERPROFILE", str(photos.parent))  # the same on Windows
    assert image_folder("~/photos", 8).name == "photos 8×8"


def test_it_can_be_learned_from(photos):
    data = image_folder(photos, 8).hold_out(0.5)
    assert data.labels.tolist() == data.held_out.labels.tolist() == [0, 1]
    assert data.x.min() >= -1
    assert data.x.max() <= 1
    assert data.x.dtype == torch.float32
    assert data.x.is_contiguous()


@pytest.mark.parametrize("labels", [True, False])
def test_a_share_can_be_held_out_at_once(labels, photos):
    for number in range(6):
        save(photos / "tulip" / f"more{number}.png", BLUE)
        save(photos / "daisy" / f"more{number}.png", (number, 0, 0))
    data = image_folder(photos, 8, labels=labels, held_out=0.25)
    expected = image_folder(photos, 8, labels=labels).hold_out(0.25)
    assert len(data.held_out) == 4
    for one, other in ((data, expected), (data.held_out, expected.held_out)):
        assert torch.equal(one.x, other.x)
        assert not labels or torch.equal(one.labels, other.labels)


# ------------------------------------------------------------------------------------------- damage


def damage(path: Path) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


@pytest.mark.parametrize("kind", ["half", "empty", "not an image"])
def test_unreadable_images_are_named_and_left_out(kind, photos):
    path = save(photos / "tulip" / "bad.jpg", size=(200, 200))
    if kind == "half":
        damage(path)
    else:
        path.write_bytes(b"" if kind == "empty" else b"GIF87 no")
    with pytest.warns(UserWarning, match=r"1 of 5 images cannot be read.*bad\.jpg") as caught:
        data = image_folder(photos, 8)
    assert caught[0].filename == __file__
    assert data.labels.tolist() == [0, 0, 1, 1]
    assert colours(data) == [GREEN, GREEN, RED, RED]


def test_unreadable_images_can_be_refused(photos):
    (photos / "daisy" / "bad.png").write_bytes(b"no")
    with pytest.raises(ValueError, match=r"1 of 5 images cannot be read.*bad\.png"):
        image_folder(photos, 8, skip_unreadable=False)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_names_that_would_move_the_cursor_or_are_no_utf_8(tmp_path):
    folder = tmp_path / "\x1b[2J"
    save(folder / "\x1b[31m" / "a.png")
    save(folder / "\x1b[31m" / "b.png", BLUE)
    shutil.copy(folder / "\x1b[31m" / "a.png", os.fsencode(folder) + b"/\x1b[31m/\xff.png")
    (folder / "\x1b[31m" / "\x1b[32m.png").write_text("no image")
    with pytest.warns(UserWarning) as caught:
        data = image_folder(folder, 8)
    assert len(data) == 3
    assert data.classes == (r"\x1b[31m",)
    assert str(caught[0].message).isprintable()
    assert (data.name + repr(data)).isprintable()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_no_image(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(FileNotFoundError, match="no images in"):
        image_folder(tmp_path)


def test_many_unreadable_images_are_counted(tmp_path):
    save(tmp_path / "good.png")
    for number in range(14):
        (tmp_path / f"bad{number:02}.png").write_bytes(b"no")
    with pytest.warns(UserWarning, match=r"14 of 15.*bad09.*and 4 more"):
        assert len(image_folder(tmp_path, 8)) == 1


def test_nothing_readable_at_all(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no")
    with pytest.raises(ValueError, match="1 of 1 images cannot be read"):
        image_folder(tmp_path, 8)


def test_a_decompression_bomb_is_a_file_that_cannot_be_read(tmp_path, monkeypatch):
    save(tmp_path / "large.png", size=(100, 100))
    save(tmp_path / "small.png", GREEN)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5000)
    with pytest.warns(UserWarning, match=r"large\.png.*decompression bomb"):
        assert colours(image_folder(tmp_path, 8)) == [GREEN]


# ------------------------------------------------------------------------------------------ refused


def test_no_such_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        image_folder(tmp_path / "no")


def test_a_file_instead_of_a_folder(tmp_path):
    with pytest.raises(NotADirectoryError, match="is a file"):
        image_folder(save(tmp_path / "a.png"))


def test_an_empty_folder(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(FileNotFoundError, match=r"no images in .*Expected \.png, \.jpg.*per class"):
        image_folder(tmp_path)


def test_a_folder_of_other_images(tmp_path):
    for name in ("IMG_1.HEIC", "IMG_2.heic", "notes.txt", "Makefile"):
        (tmp_path / name).write_text("…", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match=r"Its files are \.heic, \.txt: convert"):
        image_folder(tmp_path)


def test_images_beside_class_folders(photos):
    save(photos / "loose.png")
    with pytest.raises(ValueError, match=r"loose\.png.*beside folders.*labels=False; .* --labels"):
        image_folder(photos)


def test_a_class_without_images(photos):
    (photos / "rose").mkdir()
    with pytest.raises(ValueError, match="rose has no image"):
        image_folder(photos)


def test_a_class_with_one_image(photos):
    save(photos / "rose" / "only.png")
    with pytest.raises(ValueError, match=r"fewer than two readable images.*rose \(1\)"):
        image_folder(photos)
    assert len(image_folder(photos, labels=False)) == 5


def test_a_class_whose_images_cannot_be_read(photos):
    for number in range(2):
        save(photos / "rose" / f"{number}.png").write_bytes(b"no")
    with (
        pytest.warns(UserWarning, match="2 of 6"),
        pytest.raises(ValueError, match=r"fewer than two readable.*rose \(0\)"),
    ):
        image_folder(photos)


@pytest.mark.parametrize("size", [0, 3, 1025, 16.0, "16", None])
def test_sizes(size, photos):
    with pytest.raises(ValueError, match="from 4 to 1024"):
        image_folder(photos, size)


@pytest.mark.parametrize("channels", [0, 2, 4, "RGB"])
def test_channels(channels, photos):
    with pytest.raises(ValueError, match="3 for colour or 1 for grey"):
        image_folder(photos, 8, channels)


def test_what_a_run_has_left_is_no_data(tmp_path):
    """`gan-school train .` puts run and picture into the same folder."""
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8), "red").save(tmp_path / name)
    left = tmp_path / "outputs" / "photos"
    left.mkdir(parents=True)
    (left / "run.json").write_text("{}")
    Image.new("RGB", (8, 8), "blue").save(left / "photos.png")
    assert len(image_folder(tmp_path, 8)) == 2
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        for file in ("a.png", "b.png"):
            shutil.copy(tmp_path / file, tmp_path / name)
    for file in ("a.png", "b.png"):
        (tmp_path / file).unlink()
    assert image_folder(tmp_path, 8).classes == ("cats", "dogs")
