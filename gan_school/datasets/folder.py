"""A folder of images: your own data."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from tqdm.auto import tqdm

from gan_school.checks import check, whole
from gan_school.datasets.dataset import Dataset, divided, owned
from gan_school.files import shown
from gan_school.progress import watched

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
SMALLEST, LARGEST = 4, 1024
_MODES = {1: "L", 3: "RGB"}


def image_folder(
    path: str | Path,
    size: int = 32,
    channels: int = 3,
    *,
    labels: bool = True,
    skip_unreadable: bool = True,
    held_out: float = 0.0,
) -> Dataset:
    """All images in a folder, each cut to its middle square and brought to one size.

    Shrinking averages over all the pixels that become one (Lanczos filter), so that fine patterns
    turn grey rather than into other patterns.

    With one folder per class, the images get labels, in the order of the folders' names; folders
    within those belong to their class. Images of all kinds can be mixed: grey of 8 or 16 bits,
    palettes, CMYK; transparent parts become white, photographs are turned as their camera says, and
    of a film there is the first picture. Files of other kinds, hidden ones, and those of saved runs
    are left alone.

    Args:
        path: the folder.
        size: height and width in pixels, 4 to 1024.
        channels: 3 for colour, 1 for grey.
        labels: whether folders are classes; without, they are only folders.
        skip_unreadable: whether a file that cannot be read is left out, with a warning that names
            it, or an error.
        held_out: the share of the images that is kept back to judge with, from 0 to below 1. It is
            the same as `image_folder(path).hold_out(share)`, without both in memory at once.

    Returns:
        A Dataset with `x` of shape (n, channels, size, size), from −1 to 1, with class folders
        also labels and class names.

    Raises:
        FileNotFoundError: if there is no such folder, or no image in it.
        NotADirectoryError: if the path is a file.
        ValueError: if an image cannot be read and none may be skipped, a class has fewer than two,
            images lie both beside and in class folders, or `size` or `channels` makes no sense.
    """
    folder = Path(path).expanduser()
    size = whole(size, "size", SMALLEST, LARGEST)
    check(channels in _MODES, f"channels is 3 for colour or 1 for grey, not {channels!r}.")
    file = f"{folder} is a file. Give the folder that it lies in."
    check(not folder.is_file(), file, NotADirectoryError)
    check(folder.is_dir(), f"there is no folder {folder}.", FileNotFoundError)
    files = _images_below(folder)
    if not files:
        raise FileNotFoundError(
            f"no images in {folder}. Expected {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]} files, "
            f"directly or in one folder per class.{_other_kinds(folder)}"
        )
    classes = _classes(folder, files) if labels else ()
    pixels, read = _read(files, size, channels, skip_unreadable)
    kinds = None
    if classes:
        kinds = torch.tensor([classes.index(file.relative_to(folder).parts[0]) for file in read])
        _check_classes(classes, kinds, folder)
    name = f"{shown(folder.resolve().name)} {size}×{size}"

    def part(chosen: slice | Tensor) -> Dataset:
        x = owned(pixels[chosen].float().div_(127.5).sub_(1))
        labels = None if kinds is None else kinds[chosen]
        return Dataset(x, name, labels, tuple(map(shown, classes)), mean=127.5, scale=127.5)

    if not held_out:
        return part(slice(None))
    kept, held = divided(len(pixels), kinds, held_out)
    return replace(part(kept), held_out=part(held))


def _images_below(folder: Path) -> list[Path]:
    """All images in a folder and the folders within, in an order that is the same everywhere."""
    runs = {file.parent for file in folder.rglob("run.json")}
    found = [
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        and not runs & set(file.parents)
        and file.is_file()
    ]
    return sorted(found, key=lambda file: file.relative_to(folder).parts)


def _other_kinds(folder: Path) -> str:
    """What there is instead of images; photographs of some telephones are .heic, for example."""
    kinds = sorted({file.suffix.lower() for file in folder.rglob("*") if file.is_file()} - {""})
    found = shown(", ".join(kinds[:5]))
    return f" Its files are {found}: convert those that are images." if kinds else ""


def _classes(folder: Path, files: Sequence[Path]) -> tuple[str, ...]:
    """The names of the class folders; none if the images lie directly in the folder."""
    places = [file.relative_to(folder).parts for file in files]
    direct = [parts[0] for parts in places if len(parts) == 1]
    classes = sorted({parts[0] for parts in places if len(parts) > 1})
    if direct and classes:
        raise ValueError(
            f"{folder} has images ({shown(direct[0])}, …) beside folders with images "
            f"({shown(classes[0])}, …): is a folder a class or not? Put all images into class "
            "folders, or say labels=False; in a terminal, leave out --labels."
        )
    inner = {
        entry.name for entry in folder.iterdir()
        if entry.is_dir() and not any(entry.rglob("run.json"))
    }  # fmt: skip
    empty = sorted(name for name in inner - set(classes) if not name.startswith("."))
    if classes and empty:
        raise ValueError(
            f"the class folder {shown(folder / empty[0])} has no image. Add some, or remove it."
        )
    return tuple(classes)


def _check_classes(classes: tuple[str, ...], kinds: Tensor, folder: Path) -> None:
    counts = zip(classes, kinds.bincount(minlength=len(classes)).tolist(), strict=True)
    poor = ", ".join(f"{shown(name)} ({count})" for name, count in counts if count < 2)
    check(
        not poor,
        f"classes with fewer than two readable images in {folder}: {poor}. From one picture no "
        "class can be learned: add more, remove the folder, or say labels=False; in a terminal, "
        "leave out --labels.",
    )


def _read(
    files: Sequence[Path], size: int, channels: int, skip_unreadable: bool
) -> tuple[Tensor, list[Path]]:
    """The pixels of all files that can be read, 0 to 255, and which files those are."""
    pixels = torch.empty(len(files), channels, size, size, dtype=torch.uint8)
    read: list[Path] = []
    failed: dict[Path, Exception] = {}
    for file in tqdm(files, "Reading images", leave=False, disable=not watched(), delay=1):
        try:
            pixels[len(read)] = _pixels(file, size, channels)
        except Exception as error:  # Pillow raises a dozen kinds for damaged files
            failed[file] = error
            continue
        read.append(file)
    if failed:
        report = "; ".join(shown(f"{file}: {error}") for file, error in list(failed.items())[:10])
        more = f"; and {len(failed) - 10} more" if len(failed) > 10 else ""
        message = f"{len(failed)} of {len(files)} images cannot be read. {report}{more}"
        if not skip_unreadable or not read:
            raise ValueError(message)
        warnings.warn(f"{message}. They are left out.", stacklevel=3)
    return pixels[: len(read)], read


def _pixels(file: Path, size: int, channels: int) -> Tensor:
    """One image, shape (channels, size, size)."""
    from PIL import Image, ImageOps
    from torchvision.transforms.v2 import InterpolationMode
    from torchvision.transforms.v2 import functional as transforms

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(file) as opened:
            opened.draft(None, (4 * size, 4 * size))  # of a large JPEG, not every pixel is decoded
            image = _on_white(ImageOps.exif_transpose(opened)).convert(_MODES[channels])
    square = transforms.center_crop(image, [min(image.size)])
    fitted = transforms.resize(square, [size, size], InterpolationMode.LANCZOS)
    return transforms.pil_to_tensor(fitted)


def _on_white(image: Image.Image) -> Image.Image:
    """An image of 8 bits a channel, with white where it was transparent."""
    from PIL import Image

    if image.mode == "F" or image.mode.startswith("I"):
        return _grey_of_16_bits(image)
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image)
    return image


def _grey_of_16_bits(image: Image.Image) -> Image.Image:
    """The same in 8 bits: scaled, where Pillow itself would cut off all that is above 255."""
    from PIL import Image

    values = np.asarray(image).astype(np.float64)
    if image.mode == "F" or values.min() < 0 or values.max() > 65535:
        raise ValueError("pixels of more than 16 bits, or not whole. Save it with 8 or 16 bits")
    values[values == image.info.get("transparency")] = 65535
    return Image.fromarray((values / 257).round().astype(np.uint8))
