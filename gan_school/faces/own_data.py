"""What `gan-school train` learns from: a data set by its name, a folder of images, a table."""

from __future__ import annotations

import difflib
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_school.files import shown

if TYPE_CHECKING:
    from gan_school.datasets import Dataset

POINTS = ("spiral", "ring", "grid", "swiss_roll")
IMAGES = ("digits", "mnist", "fashion_mnist", "cifar10", "flowers")
PUBLISHED = ("mnist", "fashion_mnist", "cifar10")

LEAST = 10  # samples, of which two are kept back
LEAST_TO_JUDGE = 50  # of which ten are kept back, as many as `Run.evaluate` needs


def kind(name: str) -> str:
    """What the name stands for: "points" or "images" that are known here, "folder" or "table".

    It takes no PyTorch to tell, so that a slip of the pen is answered at once.

    Raises:
        ValueError: if it is none of these.
    """
    if name in POINTS:
        return "points"
    if name in IMAGES:
        return "images"
    path = Path(name)
    if name and path.is_dir():
        return "folder"
    if path.suffix.lower() == ".csv" and path.is_file():
        return "table"
    if path.is_file():
        raise ValueError(f"{name} is not read: save a table as CSV, put images into a folder.")
    if name and path.exists():
        raise ValueError(f"{name} is no ordinary file, and may never end. Save the table in one.")
    if name != path.stem:
        raise ValueError(f"there is no file or folder {path.name} in {path.absolute().parent}.")
    known = POINTS + IMAGES
    meant = [f"Did you mean {one}? " for one in difflib.get_close_matches(name.lower(), known, n=1)]
    raise ValueError(
        f"no data set and no folder is called {name!r}. {''.join(meant)}The data sets are: "
        f"{', '.join(known)}. Or give a folder of images, or a .csv file."
    )


def short_name(name: str) -> str:
    """A name for files of what is made from this data: letters, digits, - and _."""
    if name not in POINTS + IMAGES:
        name = Path(name).resolve().name  # of "..", too
    return re.sub(r"[^\w-]+", "-", name)[:80].strip("-") or "data"


def load(name: str, size: int | None = None, labels: bool = False) -> Dataset:
    """The data set of that name, the images in that folder, or the table in that file.

    Of one's own data a part is kept back to judge with: about a hundred samples if so many can be
    spared, a tenth or more, a fifth at most.

    Args:
        name: see `kind`.
        size: height and width of images; without it, the usual one.
        labels: whether the folders in a folder of images are classes, or only folders.

    Raises:
        ValueError, OSError: if there is no such data, it cannot be read, or it is too little.
    """
    from gan_school import datasets
    from gan_school.datasets.tables import read_csv

    source = kind(name)
    sized: dict[str, Any] = {} if size is None else {"size": size}
    if source in ("points", "images"):
        known: Dataset = getattr(datasets, name)(**sized)
        return known
    if source == "folder":
        own: Dataset = datasets.image_folder(name, labels=labels, **sized)
        if labels and not own.class_count:
            raise ValueError(
                f"--labels wants classes, and all images lie in {name} itself. Put those of each "
                "class into a folder within, or leave out --labels."
            )
    else:
        own = datasets.table(read_csv(name), name=shown(Path(name).stem))
    if len(own) < LEAST:
        raise ValueError(
            f"samples in {own.name}: {len(own)}. Expected {LEAST} or more, and hundreds for a good "
            "result."
        )
    if len(own) < LEAST_TO_JUDGE:
        warnings.warn(
            f"{own.name} has {len(own)} samples. Not all of the result can be measured; that "
            f"takes {LEAST_TO_JUDGE}.",
            stacklevel=2,
        )
    return own.hold_out(max(0.1, min(0.2, 100 / len(own))))
