"""Well-known images that must be downloaded once: MNIST, Fashion-MNIST, CIFAR-10.

They are read here from the files as they were published, and nothing is unpickled: a pickle runs
whatever it was told to by those who made it.
"""

from __future__ import annotations

import gzip
import importlib
import math
import tarfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import torch
from torch import Tensor

from gan_school.checks import check, whole
from gan_school.datasets.dataset import Dataset, owned
from gan_school.datasets.downloads import File, Sources, Unavailable, folder

SMALLEST, LARGEST = 8, 256
_BLOCK = 1000  # images that are brought to another size at once, to spare memory

# Images, whole numbers from 0 to 255 of shape (n, channels, height, width), and their labels.
Pair = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Collection:
    """A data set as it was published.

    Attributes:
        key: the name of its function.
        title: its name for a person.
        megabytes: how much is downloaded.
        classes: the names of the classes.
        splits: for "training" and "test" the files that hold them.
        read: `read(split, paths)` takes images and labels out of these files.
    """

    key: str
    title: str
    megabytes: int
    classes: tuple[str, ...]
    splits: dict[str, tuple[File, ...]]
    read: Callable[[str, Sequence[Path]], Pair]


# ------------------------------------------------------------------------------- the data sets


def mnist(size: int = 28, mirror: str | Path | None = None, download: bool = True) -> Dataset:
    """70,000 handwritten digits in grey: 60,000 to learn from, 10,000 held out.

    The first call downloads 12 MB. If only one split can be had, that one is divided.

    Args:
        size: height and width in pixels, 8 to 256. The images are 28×28; 32 adds background at the
            edges, and every other size resamples them.
        mirror: a folder, or an http(s) address, that has the files, laid out as torchvision does it
            or without folders. Without it, `GAN_SCHOOL_MIRROR` in the environment decides.
        download: whether to ask the network, other than the mirror.

    Returns:
        A Dataset with `x` of shape (60000, 1, size, size), from −1 (paper) to 1 (ink), and labels.

    Raises:
        ValueError: for a size that cannot be made, or a file that is not what it should be.
        Unavailable: if neither cache, mirror nor network has the files.

    Source:
        LeCun, Cortes and Burges, The MNIST database of handwritten digits, CC BY-SA 3.0; LeCun et
        al. (1998), Gradient-based learning applied to document recognition.
    """
    return _load(MNIST, size, mirror, download)


def fashion_mnist(
    size: int = 28, mirror: str | Path | None = None, download: bool = True
) -> Dataset:
    """70,000 pictures of clothes in grey, in ten classes: 60,000 to learn from, 10,000 held out.

    The first call downloads 31 MB. Everything else is as for `mnist`, errors too.

    Returns:
        A Dataset with `x` of shape (60000, 1, size, size), from −1 (background) to 1, and labels.

    Source:
        Xiao, Rasul and Vollgraf (2017), Fashion-MNIST, arXiv:1708.07747; MIT licence.
    """
    return _load(FASHION_MNIST, size, mirror, download)


def cifar10(size: int = 32, mirror: str | Path | None = None, download: bool = True) -> Dataset:
    """60,000 small colour photographs in ten classes: 50,000 to learn from, 10,000 held out.

    The first call downloads 170 MB, the archive `cifar-10-binary.tar.gz`.

    Args:
        size: height and width in pixels, 8 to 256. The images are 32×32; every other size resamples
            them. All of them at 128×128 would need 12 GB of memory.
        mirror, download: as for `mnist`, and the same errors.

    Returns:
        A Dataset with `x` of shape (50000, 3, size, size), from −1 to 1, and labels.

    Source:
        Krizhevsky (2009), Learning multiple layers of features from tiny images.
    """
    return _load(CIFAR10, size, mirror, download)


def _load(collection: Collection, size: int, mirror: str | Path | None, download: bool) -> Dataset:
    size = whole(size, "size", SMALLEST, LARGEST)
    found = bring(collection, Sources(mirror, download))
    title = f"{collection.title} {size}×{size}"
    parts = {
        split: _dataset(collection, collection.read(split, paths), size, title)
        for split, paths in found.items()
        if not isinstance(paths, Unavailable)
    }
    if not parts:
        raise found["training"]
    if len(parts) == 2:
        return replace(parts["training"], held_out=parts["test"])
    ((split, part),) = parts.items()
    data = replace(part, name=f"{title} ({split} split only)").hold_out()
    warnings.warn(
        f"of {collection.title}, only the {split} split is here. {len(data):,} of its images are "
        f"to learn from, {len(data.held_out):,} are held out. Where there is a network, "
        f"`gan-school fetch {collection.key}` gets the rest.",
        stacklevel=3,
    )
    return data


def bring(collection: Collection, sources: Sources) -> dict[str, list[Path] | Unavailable]:
    """Bring a data set into the cache, as far as that is possible.

    Returns:
        For "training" and "test", the paths of the files, or what prevents having them.
    """
    advice = (
        f"Where there is a network, `gan-school fetch {collection.key}` gets it ahead of time "
        f"({collection.megabytes} MB). GAN_SCHOOL_MIRROR or mirror=… names a folder or an http(s) "
        "address that has the files. The data set digits needs no network."
    )
    found: dict[str, list[Path] | Unavailable] = {}
    for split, files in collection.splits.items():
        try:
            found[split] = [sources.find(file) for file in files]
        except Unavailable as error:
            found[split] = Unavailable(collection.title, error.tried, advice)
    return found


def _dataset(collection: Collection, pair: Pair, size: int, name: str) -> Dataset:
    images, labels = pair
    x = torch.empty(*images.shape[:2], size, size)
    for start in range(0, len(images), _BLOCK):
        block = slice(start, start + _BLOCK)
        x[block] = _resized(images[block].float() / 127.5 - 1, size)
    return Dataset(owned(x), name, labels, collection.classes, mean=127.5, scale=127.5)


def _resized(x: Tensor, size: int) -> Tensor:
    old = x.shape[-1]
    if size == old:
        return x
    from torchvision.transforms.v2.functional import pad, resize

    if (old, size) == (28, 32):  # every pixel stays as it was; only powers of two halve well
        return pad(x, [2], fill=-1.0)
    return resize(x, [size, size], antialias=True).clamp(-1, 1)


# ------------------------------------------------------------------------------ the file formats


def read_idx(path: Path, dimensions: tuple[int, ...]) -> Tensor:
    """Read a file of bytes in the format of MNIST, packed by gzip.

    Args:
        path: the file.
        dimensions: the shape of one item: `(28, 28)` for images, `()` for labels.

    Returns:
        Whole numbers from 0 to 255, shape (n, *dimensions).

    Raises:
        ValueError: if the file is damaged, or holds something else.

    Source:
        LeCun, Cortes and Burges, The MNIST database, section "File formats".
    """
    content = gzip.decompress(path.read_bytes())
    # Two zeros, 8 for bytes, the number of dimensions; then the dimensions, big end first.
    start = 4 + 4 * (1 + len(dimensions))
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4)]
    sound = content[:4] == bytes([0, 0, 8, len(shape)]) and tuple(shape[1:]) == dimensions
    if not sound or len(content) != start + math.prod(shape):
        raise ValueError(f"{path} does not hold items of shape {dimensions} in MNIST's format.")
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)[start:].view(shape)


def _read_grey(_: str, paths: Sequence[Path]) -> Pair:
    images, labels = paths
    return read_idx(images, (28, 28))[:, None], read_idx(labels, ()).long()


_RECORD = 1 + 3 * 32 * 32  # a label, then 1,024 bytes of red, of green, of blue


def read_cifar10(split: str, paths: Sequence[Path]) -> Pair:
    """Read CIFAR-10's binary archive. Nothing is unpacked to the disk.

    Args:
        split: "training" or "test".
        paths: that of the archive alone.

    Returns:
        Images of shape (n, 3, 32, 32), whole numbers from 0 to 255, and labels of shape (n,).

    Raises:
        ValueError: if a batch is missing, or is not what it should be.

    Source:
        Krizhevsky, The CIFAR-10 dataset, "Binary version".
    """
    (path,) = paths
    batches = ["test_batch"] if split == "test" else [f"data_batch_{k}" for k in range(1, 6)]
    contents = dict.fromkeys((f"cifar-10-batches-bin/{batch}.bin" for batch in batches), b"")
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            if member.name in contents and member.isfile():
                contents[member.name] = archive.extractfile(member).read()
    for name, content in contents.items():
        sound = content and len(content) % _RECORD == 0
        check(sound, f"{path} has no {name}, or one that is not made of CIFAR-10's records.")
    records = torch.frombuffer(bytearray().join(contents.values()), dtype=torch.uint8)
    records = records.view(-1, _RECORD)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].long()


# ------------------------------------------------------------- where they are, and their checksums


def _grey(place: str, servers: Sequence[str], md5: str) -> dict[str, tuple[File, ...]]:
    """Both splits of MNIST's kind; a line for each file, with its name and its checksum."""
    files = []
    for line in md5.strip().splitlines():
        name, checksum, *_ = line.split()
        urls = tuple(f"{server}/{name}.gz" for server in servers)
        files.append(File(f"{place}/{name}.gz", checksum, urls))
    return {"training": tuple(files[:2]), "test": tuple(files[2:])}


MNIST = Collection(
    "mnist", "MNIST", 12, tuple("0123456789"),
    _grey(
        "MNIST/raw",
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist",
            "https://storage.googleapis.com/cvdf-datasets/mnist",
        ),
        """
        train-images-idx3-ubyte f68b3c2dcbeaaa9fbdd348bbdeb94873
        train-labels-idx1-ubyte d53e105ee54ea40749a09fcbcd1e9432
        t10k-images-idx3-ubyte 9fb629c4189551a2d022fa330f9573f3
        t10k-labels-idx1-ubyte ec29112dd5afa0611ce80d1b7f02629c
        """,
    ),
    _read_grey,
)  # fmt: skip

FASHION_MNIST = Collection(
    "fashion_mnist", "Fashion-MNIST", 31,
    ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
     "Ankle boot"),
    _grey(
        "FashionMNIST/raw",
        (
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        ),
        """
        train-images-idx3-ubyte 8d4fb7e6c68d591d4c3dfef9ec88bf0d
        train-labels-idx1-ubyte 25c81989df183df01b3e8a0aad5dffbe
        t10k-images-idx3-ubyte bef4ecab320f06d8554ea6380940ec79
        t10k-labels-idx1-ubyte bb300cfdad3c16e7a12a480ee83cd310
        """,
    ),
    _read_grey,
)  # fmt: skip

_ARCHIVE = File(
    "cifar-10-binary.tar.gz",
    "c32a1d4ab5d03f1284b67883e8d87530",
    (
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/cifar-10-binary.tar.gz",
    ),
)
CIFAR10 = Collection(
    "cifar10", "CIFAR-10", 170,
    ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    {"training": (_ARCHIVE,), "test": (_ARCHIVE,)},
    read_cifar10,
)  # fmt: skip

COLLECTIONS = {collection.key: collection for collection in (MNIST, FASHION_MNIST, CIFAR10)}


# ------------------------------------------------------------------------- whichever is there

NAMES = ("digits", "mnist", "fashion_mnist", "cifar10", "flowers")


def first_available(*choices: str | Callable[..., Dataset], size: int | None = None) -> Dataset:
    """The first of these data sets that can be had: `first_available("mnist", "digits", size=28)`.

    If one had to be passed over, that is printed.

    Args:
        choices: names of data sets (`NAMES`), or functions that return one.
        size: height and width in pixels; without it, what each has by itself.

    Raises:
        ValueError: for a name that is not known, or a size that the data set cannot have.
        Unavailable: if none of them can be had.
    """
    if not choices:
        raise ValueError('name the data sets to look for: first_available("mnist", "digits").')
    makers = [_maker(choice) for choice in choices]
    options = {} if size is None else {"size": size}
    missing: list[Unavailable] = []
    for make in makers:
        try:
            data = make(**options)
        except Unavailable as error:
            missing.append(error)
            continue
        for error, choice in zip(missing, choices, strict=False):
            asked = [urlsplit(at).netloc or at for at in error.tried if at != str(folder())]
            nor = f", and nothing from {', '.join(asked)}" if asked else ""
            fetch = f"; `gan-school fetch {choice}` gets it ahead of time"
            print(
                f"{error.what} cannot be had here: nothing in {folder()}{nor}. Using {data.name} "
                f"instead{fetch if choice in COLLECTIONS else ''}."
            )
        return data
    tried = {place: answer for error in missing for place, answer in error.tried.items()}
    title = " and ".join(error.what for error in missing)
    raise Unavailable(title, tried, str(missing[-1]).splitlines()[-1])


def _maker(choice: str | Callable[..., Dataset]) -> Callable[..., Dataset]:
    if callable(choice):
        return choice
    if choice not in NAMES:
        raise ValueError(f"no data set is called {choice!r}. Known are {', '.join(NAMES)}.")
    # Looked up late: the package is complete only after this module was imported.
    return getattr(importlib.import_module("gan_school.datasets"), choice)
