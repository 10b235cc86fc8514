"""Well-known images that must be downloaded once: MNIST, Fashion-MNIST, CIFAR-10.

They are read here from the files as they were published. Nothing is unpickled: a pickle runs
whatever it was told to by those who made it.
"""

from __future__ import annotations

import gzip
import importlib
import pickletools
import struct
import tarfile
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from gan_school.datasets.dataset import Dataset
from gan_school.datasets.downloads import File, Sources, Unavailable, folder

SMALLEST, LARGEST = 8, 256
_BLOCK = 1000  # images that are brought to another size at once, to spare memory

# Images, whole numbers from 0 to 255 of shape (n, channels, height, width), and their labels.
Pair = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Way:
    """Files that hold one split of a data set, and the function that reads them."""

    files: tuple[File, ...]
    read: Callable[[Sequence[Path]], Pair]


@dataclass(frozen=True)
class Collection:
    """A data set as it was published.

    Attributes:
        key: the name of its function.
        title: its name for a person.
        megabytes: how much is downloaded.
        classes: the names of the classes.
        splits: for "training" and "test" the ways to get them; the first is what is downloaded.
    """

    key: str
    title: str
    megabytes: int
    classes: tuple[str, ...]
    splits: dict[str, tuple[Way, ...]]


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

    The first call downloads 31 MB. If only one split can be had, that one is divided.

    Args:
        size: height and width in pixels, 8 to 256. The images are 28×28; 32 adds background at the
            edges, and every other size resamples them.
        mirror, download: as for `mnist`.

    Returns:
        A Dataset with `x` of shape (60000, 1, size, size), from −1 (background) to 1, and labels.

    Raises:
        ValueError: for a size that cannot be made, or a file that is not what it should be.
        Unavailable: if neither cache, mirror nor network has the files.

    Source:
        Xiao, Rasul and Vollgraf (2017), Fashion-MNIST, arXiv:1708.07747; MIT licence.
    """
    return _load(FASHION_MNIST, size, mirror, download)


def cifar10(size: int = 32, mirror: str | Path | None = None, download: bool = True) -> Dataset:
    """60,000 small colour photographs in ten classes: 50,000 to learn from, 10,000 held out.

    The first call downloads 170 MB. If only one split can be had, that one is divided.

    Args:
        size: height and width in pixels, 8 to 256. The images are 32×32; every other size resamples
            them. All of them at 128×128 would need 12 GB of memory.
        mirror, download: as for `mnist`. Besides `cifar-10-binary.tar.gz`, a mirror may have what
            torchvision uses: `cifar-10-python.tar.gz`, or the folder `cifar-10-batches-py`.

    Returns:
        A Dataset with `x` of shape (50000, 3, size, size), from −1 to 1, and labels.

    Raises:
        ValueError: for a size that cannot be made, or a file that is not what it should be.
        Unavailable: if neither cache, mirror nor network has the files.

    Source:
        Krizhevsky (2009), Learning multiple layers of features from tiny images.
    """
    return _load(CIFAR10, size, mirror, download)


def _load(collection: Collection, size: int, mirror: str | Path | None, download: bool) -> Dataset:
    if not isinstance(size, int) or not SMALLEST <= size <= LARGEST:
        raise ValueError(
            f"a size of {size!r} is not possible. Give a whole number of pixels from {SMALLEST} to "
            f"{LARGEST}."
        )
    found = bring(collection, Sources(mirror, download))
    pairs = {
        split: _read(collection, split, paths)
        for split, paths in found.items()
        if not isinstance(paths, Unavailable)
    }
    title = f"{collection.title} {size}×{size}"
    if not pairs:
        raise found["training"]
    if len(pairs) == 1:
        return _only(collection, *pairs.popitem(), size, title)
    held_out = _dataset(collection, pairs["test"], size, title)
    return _dataset(collection, pairs["training"], size, title, held_out)


def bring(collection: Collection, sources: Sources) -> dict[str, list[Path] | Unavailable]:
    """Bring a data set into the cache, as far as that is possible.

    Returns:
        For "training" and "test", the paths of the files, or what prevents having them.
    """
    found: dict[str, list[Path] | Unavailable] = {}
    for split, ways in collection.splits.items():
        try:
            found[split] = sources.obtain(*(way.files for way in ways))
        except Unavailable as error:
            found[split] = Unavailable(collection.title, error.tried, _advice(collection))
    return found


def _read(collection: Collection, split: str, paths: list[Path]) -> Pair:
    ways = collection.splits[split]
    way = next(way for way in ways if [file.place for file in way.files] == paths)
    images, labels = way.read(paths)
    if len(images) != len(labels):
        raise _damaged(paths[-1], f"{len(labels)} labels for {len(images)} images")
    if len(labels) and int(labels.max()) >= len(collection.classes):
        raise _damaged(paths[-1], f"it has a label {int(labels.max())}, and they are 0 to 9")
    return images, labels


def _advice(collection: Collection) -> str:
    return (
        f"Where there is a network, `gan-school fetch {collection.key}` gets it ahead of time "
        f"({collection.megabytes} MB). mirror=… or GAN_SCHOOL_MIRROR names a folder or an http(s) "
        "address that has the files. datasets.digits() needs no network."
    )


def _only(collection: Collection, split: str, pair: Pair, size: int, title: str) -> Dataset:
    """What can be done with one split: some of it is held out."""
    data = _dataset(collection, pair, size, f"{title} ({split} split only)").hold_out()
    warnings.warn(
        f"of {collection.title}, only the {split} split is here. {len(data):,} of its images are "
        f"to learn from, {len(data.held_out):,} are held out. Where there is a network, "
        f"`gan-school fetch {collection.key}` gets the rest.",
        stacklevel=4,
    )
    return data


def _dataset(
    collection: Collection, pair: Pair, size: int, name: str, held_out: Dataset | None = None
) -> Dataset:
    images, labels = pair
    return Dataset(
        _scaled(images, size),
        name,
        labels=labels,
        classes=collection.classes,
        mean=127.5,
        scale=127.5,
        held_out=held_out,
    )


def _scaled(images: Tensor, size: int) -> Tensor:
    """Pixels from 0..255 to −1..1, in another size if need be, a block of images at a time."""
    x = torch.empty(*images.shape[:2], size, size)
    for start in range(0, len(images), _BLOCK):
        block = slice(start, start + _BLOCK)
        x[block] = _resized(images[block].float() / 127.5 - 1, size)
    return x


def _resized(x: Tensor, size: int) -> Tensor:
    old = x.shape[-1]
    if size == old:
        return x
    if (old, size) == (28, 32):  # every pixel stays as it was; only powers of two halve well
        return pad(x, (2, 2, 2, 2), value=-1.0)
    resized = interpolate(x, (size, size), mode="bilinear", antialias=True, align_corners=False)
    return resized.clamp(-1, 1)


# -------------------------------------------------------------------------- MNIST's file format


def read_idx(path: Path, dimensions: tuple[int, ...]) -> Tensor:
    """Read a file of bytes in the format of MNIST, packed by gzip if its name ends in `.gz`.

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
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(path, str(error)) from error
    # Two zeros, 8 for bytes, the number of dimensions; then the dimensions, big end first.
    start = 4 + 4 * (1 + len(dimensions))
    if content[:4] != bytes([0, 0, 8, 1 + len(dimensions)]) or len(content) < start:
        raise _damaged(path, f"it begins with {content[:4].hex(' ') or 'nothing'}")
    n, *found = struct.unpack_from(f">{1 + len(dimensions)}I", content, 4)
    if tuple(found) != dimensions:
        raise _damaged(path, f"its items have shape {tuple(found)}, and not {dimensions}")
    expected = start + n * torch.Size(dimensions).numel()
    if len(content) != expected:
        raise _damaged(path, f"{len(content):,} bytes, and not {expected:,}")
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)[start:].view(n, *dimensions)


def _read_idx_pair(paths: Sequence[Path]) -> Pair:
    images, labels = paths
    return read_idx(images, (28, 28))[:, None], read_idx(labels, ()).long()


def _damaged(where: Path | str, what: str) -> ValueError:
    return ValueError(
        f"{where} is not as it was published: {what}. Delete it, and fetch it again with "
        "`gan-school fetch`."
    )


# ----------------------------------------------------------------------- CIFAR-10's file formats

_PIXELS = 3 * 32 * 32  # 1,024 of red, then of green, then of blue


def read_records(content: bytes, where: str) -> Pair:
    """Read CIFAR-10's binary format: of each image its label in a byte, and 3,072 bytes.

    Args:
        content: what the file holds.
        where: its name, for messages.

    Returns:
        Images of shape (n, 3, 32, 32), whole numbers from 0 to 255, and labels of shape (n,).

    Raises:
        ValueError: if that is not the format.

    Source:
        Krizhevsky, The CIFAR-10 dataset, "Binary version".
    """
    if not content or len(content) % (1 + _PIXELS):
        raise _damaged(where, f"{len(content):,} bytes, not a multiple of {1 + _PIXELS:,}")
    records = torch.frombuffer(bytearray(content), dtype=torch.uint8).view(-1, 1 + _PIXELS)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].long()


_MEMORIES = ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE")  # change nothing that matters here
_INTEGERS = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1")
_IN_A_LIST = (*_INTEGERS, "MARK", "APPEND", "APPENDS")


def read_batch(content: bytes, where: str) -> Pair:
    """Take images and labels out of CIFAR-10's "Python version", without unpickling it.

    A pickle is a program that builds an object. Here it is only read, as a list of instructions:
    the pixels are the one long string in it, and the labels the integers of the list that follows
    the key `labels`.

    Args:
        content: what the file holds.
        where: its name, for messages.

    Returns:
        Images of shape (n, 3, 32, 32), whole numbers from 0 to 255, and labels of shape (n,).

    Raises:
        ValueError: if the instructions do not have that pattern.

    Source:
        Krizhevsky, The CIFAR-10 dataset, "Python / Matlab versions"; the module `pickletools`.
    """
    try:
        steps = [
            (code.name, value)
            for code, value, _ in pickletools.genops(content)
            if code.name not in _MEMORIES
        ]
    except (ValueError, IndexError) as error:
        raise _damaged(where, f"no pickle can be read there ({error})") from error
    labels = _labels(steps)
    pixels = _long_string(steps)
    if not labels or pixels is None or pixels.numel() != len(labels) * _PIXELS:
        raise _damaged(where, "labels and pixels are not where CIFAR-10 has them")
    return pixels.reshape(-1, 3, 32, 32), torch.tensor(labels)


def _labels(steps: Sequence[tuple[str, object]]) -> list[int]:
    """The integers of the list after the key `labels`."""
    found: list[int] = []
    at = next((i for i, (_, value) in enumerate(steps) if value in ("labels", b"labels")), None)
    if at is None or [name for name, _ in steps[at + 1 : at + 2]] != ["EMPTY_LIST"]:
        return found
    for name, value in steps[at + 2 :]:
        if name not in _IN_A_LIST:
            break
        if name in _INTEGERS:
            found.append(value)
    return found if all(0 <= value <= 255 for value in found) else []


def _long_string(steps: Sequence[tuple[str, object]]) -> Tensor | None:
    """The pixels of all images, shape (n, 3072): the one string that is long enough for an image.

    NumPy writes an array row by row; or column by column, and then the flag before it says so.
    None if that is not what is there.
    """
    long = [
        i
        for i, (_, value) in enumerate(steps)
        if isinstance(value, str | bytes) and len(value) >= _PIXELS
    ]
    if len(long) != 1 or len(steps[long[0]][1]) % _PIXELS:
        return None
    (by_columns, _), (_, value) = steps[long[0] - 1], steps[long[0]]
    if by_columns not in ("NEWTRUE", "NEWFALSE"):
        return None
    try:
        content = bytearray(value.encode("latin-1") if isinstance(value, str) else value)
    except UnicodeEncodeError:
        return None
    pixels = torch.frombuffer(content, dtype=torch.uint8)
    return pixels.view(_PIXELS, -1).T if by_columns == "NEWTRUE" else pixels.view(-1, _PIXELS)


def _read_files(paths: Sequence[Path], *, decode: Callable[[bytes, str], Pair]) -> Pair:
    return _joined([decode(path.read_bytes(), str(path)) for path in paths])


def _read_archive(
    paths: Sequence[Path], *, members: Sequence[str], decode: Callable[[bytes, str], Pair]
) -> Pair:
    """Read some members of a packed archive. Nothing is unpacked to the disk."""
    (path,) = paths
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if member.name in members and member.isfile():
                    contents[member.name] = archive.extractfile(member).read()
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(path, str(error)) from error
    missing = [name for name in members if name not in contents]
    if missing:
        raise _damaged(path, f"it has no {', '.join(missing)}")
    return _joined([decode(contents[name], f"{path} ({name})") for name in members])


def _joined(pairs: Sequence[Pair]) -> Pair:
    images, labels = zip(*pairs, strict=True)
    return torch.cat(images), torch.cat(labels)


# ------------------------------------------------------------- where they are, and their checksums


def _idx_ways(place: str, prefix: str, md5: Sequence[str], servers: Sequence[str]) -> tuple:
    """A split of MNIST's kind: images and labels, packed by gzip; or unpacked, if a mirror has it.

    The checksums are those of the packed images and labels, then of the unpacked ones.
    """
    names = f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte"
    packed = tuple(
        File(f"{place}/{name}.gz", checksum, tuple(f"{server}/{name}.gz" for server in servers))
        for name, checksum in zip(names, md5[:2], strict=True)
    )
    plain = tuple(
        File(f"{place}/{name}", checksum) for name, checksum in zip(names, md5[2:], strict=True)
    )
    return Way(packed, _read_idx_pair), Way(plain, _read_idx_pair)


_CLOTHES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
_THINGS = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip

_MNIST_SERVERS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
_FASHION_SERVERS = (
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
)

MNIST = Collection(
    key="mnist",
    title="MNIST",
    megabytes=12,
    classes=tuple("0123456789"),
    splits={
        "training": _idx_ways(
            "MNIST/raw",
            "train",
            (
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "6bbc9ace898e44ae57da46a324031adb",
                "a25bea736e30d166cdddb491f175f624",
            ),
            _MNIST_SERVERS,
        ),
        "test": _idx_ways(
            "MNIST/raw",
            "t10k",
            (
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
                "2646ac647ad5339dbf082846283269ea",
                "27ae3e4e09519cfbb04c329615203637",
            ),
            _MNIST_SERVERS,
        ),
    },
)

FASHION_MNIST = Collection(
    key="fashion_mnist",
    title="Fashion-MNIST",
    megabytes=31,
    classes=_CLOTHES,
    splits={
        "training": _idx_ways(
            "FashionMNIST/raw",
            "train",
            (
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "f4a8712d7a061bf5bd6d2ca38dc4d50a",
                "9018921c3c673c538a1fc5bad174d6f9",
            ),
            _FASHION_SERVERS,
        ),
        "test": _idx_ways(
            "FashionMNIST/raw",
            "t10k",
            (
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
                "8181f5470baa50b63fa0f6fddb340f0a",
                "15d484375f8d13e6eb1aabb0c3f46965",
            ),
            _FASHION_SERVERS,
        ),
    },
)

_CIFAR10_BINARY = File(
    "cifar-10-binary.tar.gz",
    "c32a1d4ab5d03f1284b67883e8d87530",
    (
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/cifar-10-binary.tar.gz",
    ),
)
_CIFAR10_PYTHON = File("cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a")
_CIFAR10_TRAINING = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
}
_CIFAR10_TEST = {"test_batch": "40351d587109b95175f43aff81a1287e"}


def _cifar10_ways(batches: dict[str, str], binary: File, python: File) -> tuple[Way, ...]:
    """A split of CIFAR-10: in either archive, or in torchvision's folder."""
    records = [f"cifar-10-batches-bin/{name}.bin" for name in batches]
    pickles = [f"cifar-10-batches-py/{name}" for name in batches]
    files = tuple(map(File, pickles, batches.values()))
    return (
        Way((binary,), partial(_read_archive, members=records, decode=read_records)),
        Way((python,), partial(_read_archive, members=pickles, decode=read_batch)),
        Way(files, partial(_read_files, decode=read_batch)),
    )


CIFAR10 = Collection(
    key="cifar10",
    title="CIFAR-10",
    megabytes=170,
    classes=_THINGS,
    splits={
        "training": _cifar10_ways(_CIFAR10_TRAINING, _CIFAR10_BINARY, _CIFAR10_PYTHON),
        "test": _cifar10_ways(_CIFAR10_TEST, _CIFAR10_BINARY, _CIFAR10_PYTHON),
    },
)

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
            print(_passed_over(error, choice, data.name))
        return data
    tried = {place: answer for error in missing for place, answer in error.tried.items()}
    title = " and ".join(error.what for error in missing)
    raise Unavailable(title, tried, str(missing[-1]).splitlines()[-1])


def _maker(choice: str | Callable[..., Dataset]) -> Callable[..., Dataset]:
    if callable(choice):
        return choice
    # Looked up late: the package is complete only after this module was imported.
    make = getattr(importlib.import_module("gan_school.datasets"), choice, None)
    if choice not in NAMES or make is None:
        raise ValueError(f"no data set is called {choice!r}. Known are {', '.join(NAMES)}.")
    return make


def _passed_over(error: Unavailable, choice: object, used: str) -> str:
    asked = [urlsplit(place).netloc or place for place in error.tried if place != str(folder())]
    nor = f", and nothing from {', '.join(asked)}" if asked else ""
    ahead = f"; `gan-school fetch {choice}` gets it ahead of time" if choice in COLLECTIONS else ""
    return (
        f"{error.what} cannot be had here: nothing in {folder()}{nor}. Using {used} instead{ahead}."
    )
