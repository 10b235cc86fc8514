"""MNIST and its like, from tiny files in the formats of the published ones."""

import gzip
import hashlib
import io
import re
import socket
import struct
import tarfile
from dataclasses import replace
from functools import partial

import pytest
import torch

from gan_school import datasets
from gan_school.datasets import (
    Unavailable,
    cifar10,
    digits,
    fashion_mnist,
    first_available,
    mnist,
    published,
)
from gan_school.datasets.published import read_cifar10, read_idx

N = {"training": 50, "test": 20}
PREFIX = {"training": "train", "test": "t10k"}


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)


def raw(x: torch.Tensor) -> bytes:
    return bytes(x.flatten().tolist())


def idx(x: torch.Tensor) -> bytes:
    return struct.pack(f">BBBB{x.ndim}I", 0, 0, 8, x.ndim, *x.shape) + raw(x)


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """An empty cache, no mirror, and no network: a port where nobody listens."""
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("GAN_SCHOOL_MIRROR", raising=False)

    def only_here(host, *given, **options):
        if host != "127.0.0.1":
            raise socket.gaierror(-3, "Temporary failure in name resolution")
        return getaddrinfo(host, *given, **options)

    getaddrinfo = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", only_here)


# ---------------------------------------------------------------------- files like the real ones


class Grey:
    """A tiny MNIST: its images and labels, its files, and a folder to put them into."""

    def __init__(self, folder, place="MNIST/raw", seed=0):
        self.folder, self.place = folder, place
        self.images = {s: numbers(n, 28, 28, seed=n + seed) for s, n in N.items()}
        self.labels = {s: torch.arange(n, dtype=torch.uint8) % 10 for s, n in N.items()}
        self.packed = {}
        for split in N:
            for kind, x in (("images-idx3", self.images), ("labels-idx1", self.labels)):
                name = f"{PREFIX[split]}-{kind}-ubyte"
                self.packed[f"{name}.gz"] = gzip.compress(idx(x[split]), mtime=0)

    def collection(self, original):
        """With the checksums of these files, and addresses where nobody listens."""
        sums = (f"{name[:-3]} {md5(content)}" for name, content in self.packed.items())
        splits = published._grey(self.place, ["http://data.invalid"], "\n".join(sums))
        return replace(original, splits=splits)

    def write(self, files, below="", only=""):
        folder = self.folder / below
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            if name.startswith(only):
                (folder / name).write_bytes(content)
        return self.folder


@pytest.fixture
def grey(tmp_path, monkeypatch):
    grey = Grey(tmp_path / "mirror")
    monkeypatch.setattr(published, "MNIST", grey.collection(published.MNIST))
    return grey


def check(data, split, grey, places=slice(None)):
    assert torch.equal(data.x, grey.images[split][places, None].float() / 127.5 - 1)
    assert torch.equal(data.labels, grey.labels[split][places].long())


# ------------------------------------------------------------------------------ MNIST and clothes


@pytest.mark.parametrize("below", ["MNIST/raw", "raw", "."])
def test_both_splits_from_a_folder(below, grey):
    folder = grey.write(grey.packed, below)
    data = mnist(mirror=folder)
    check(data, "training", grey)
    check(data.held_out, "test", grey)
    assert data.name == data.held_out.name == "MNIST 28×28"
    assert data.classes == tuple("0123456789")
    assert data.class_count == 10
    assert data.held_out.held_out is None
    assert data.labels.dtype == torch.int64
    assert (data.pictures() == grey.images["training"].numpy()).all()
    assert (data.x.amin(), data.x.amax()) == (-1, 1)
    assert data.fresh().x is data.held_out.x


def test_afterwards_neither_mirror_nor_network_is_needed(grey):
    grey.write(grey.packed)
    mnist(mirror=grey.folder)
    check(mnist(download=False), "training", grey)


def test_the_environment_names_a_mirror(grey, monkeypatch):
    monkeypatch.setenv("GAN_SCHOOL_MIRROR", str(grey.write(grey.packed)))
    check(mnist(), "training", grey)


def test_clothes(tmp_path, monkeypatch):
    clothes = Grey(tmp_path / "mirror", "FashionMNIST/raw", seed=7)
    monkeypatch.setattr(published, "FASHION_MNIST", clothes.collection(published.FASHION_MNIST))
    data = fashion_mnist(mirror=clothes.write(clothes.packed, clothes.place))
    check(data, "training", clothes)
    check(data.held_out, "test", clothes)
    assert data.name == "Fashion-MNIST 28×28"
    assert [data.classes[k] for k in (0, 5, 9)] == ["T-shirt/top", "Sandal", "Ankle boot"]


def test_digits_are_not_taken_for_clothes(grey):
    """The files of both have the same names, and lie in any folder."""
    grey.write(grey.packed)
    with pytest.raises(
        Unavailable, match=r"Fashion-MNIST cannot be .*\n.*\n.*not the file that was"
    ):
        fashion_mnist(mirror=grey.folder)


def test_with_the_test_split_alone_that_one_is_divided(grey):
    grey.write(grey.packed, only="t10k")
    with pytest.warns(
        UserWarning, match=r"of MNIST, only the test split is here\. 16 .* 4 are held"
    ):
        data = mnist(mirror=grey.folder)
    assert data.name == "MNIST 28×28 (test split only)"
    assert (len(data), len(data.held_out)) == (16, 4)
    both = torch.cat([data.x, data.held_out.x])
    real = grey.images["test"][:, None].float() / 127.5 - 1
    assert torch.equal(both.flatten(1).sum(1).sort().values, real.flatten(1).sum(1).sort().values)


def test_the_warning_points_to_the_line_that_asked(grey):
    grey.write(grey.packed, only="t10k")
    with pytest.warns(UserWarning) as caught:
        mnist(mirror=grey.folder)
    assert [warning.filename for warning in caught] == [__file__]


def test_with_the_training_split_alone_that_one_is_divided(grey):
    grey.write(grey.packed, only="train")
    with pytest.warns(UserWarning, match="only the training split is here"):
        data = mnist(mirror=grey.folder)
    assert (len(data), len(data.held_out)) == (40, 10)
    assert data.name == "MNIST 28×28 (training split only)"


def test_half_a_split_is_none(grey):
    grey.write(grey.packed, only="train-images")
    with pytest.raises(
        Unavailable, match=r"cache/datasets: has no .*train-labels-idx1-ubyte\.gz"
    ) as caught:
        mnist(mirror=grey.folder)
    assert "train-images-idx3-ubyte.gz" not in str(caught.value)


def test_without_network_and_files_it_says_what_to_do(grey):
    with pytest.raises(Unavailable) as caught:
        mnist()
    for part in (
        "MNIST cannot be had here.",
        "http://data.invalid/train-images-idx3-ubyte.gz: no connection: ",
        "`gan-school fetch mnist` gets it ahead of time (12 MB)",
        "GAN_SCHOOL_MIRROR or mirror=…",
        "digits needs no network",
    ):
        assert part in str(caught.value)
    assert caught.value.what == "MNIST"
    with pytest.raises(Unavailable) as caught:
        mnist(download=False)
    assert "data.invalid" not in str(caught.value)


def test_one_file_of_each_split_is_wrong(grey):
    """Another split's labels: the counts cannot agree, the checksums say so before."""
    grey.write(grey.packed)
    (grey.folder / "train-labels-idx1-ubyte.gz").write_bytes(
        grey.packed["t10k-labels-idx1-ubyte.gz"]
    )
    with pytest.warns(UserWarning, match="only the test split"):
        mnist(mirror=grey.folder)


# --------------------------------------------------------------------------------------- sizes


def test_32_is_28_with_background_around(grey):
    data = mnist(32, mirror=grey.write(grey.packed))
    assert data.x.shape == (50, 1, 32, 32)
    assert torch.equal(data.x[..., 2:30, 2:30], grey.images["training"][:, None] / 127.5 - 1)
    assert (data.x[..., :2] == -1).all()
    assert (data.x[..., 30:, :] == -1).all()
    assert data.name == "MNIST 32×32"
    assert data.held_out.x.shape == (20, 1, 32, 32)


def test_halving_averages_and_does_not_skip(grey):
    """Antialiased: a triangle over four pixels, (1, 3, 3, 1) / 8 in each direction."""
    data = mnist(14, mirror=grey.write(grey.packed))
    old = grey.images["training"].double() / 127.5 - 1
    weights = torch.tensor([1, 3, 3, 1], dtype=torch.double) / 8
    expected = torch.einsum("nij,i,j->n", old[:, 5:9, 7:11], weights, weights)
    assert torch.allclose(data.x[:, 0, 3, 4].double(), expected, atol=1e-5)


@pytest.mark.parametrize("size", [8, 27, 64, 256])
def test_any_size_from_8_to_256(size, grey):
    data = mnist(size, mirror=grey.write(grey.packed))
    assert data.x.shape == (50, 1, size, size)
    assert data.x.abs().max() <= 1


@pytest.mark.parametrize("block", [1, 7, 50])
def test_blocks_leave_no_image_out(block, grey, monkeypatch):
    monkeypatch.setattr(published, "_BLOCK", block)
    check(mnist(mirror=grey.write(grey.packed)), "training", grey)


@pytest.mark.parametrize("maker", [mnist, fashion_mnist, cifar10])
@pytest.mark.parametrize("size", [7, 257, 0, -28, 28.0, "28", True, None])
def test_sizes_that_are_not_possible(maker, size):
    with pytest.raises(ValueError, match=rf"size={size!r}, expected .* from 8 to 256\."):
        maker(size)


# --------------------------------------------------------------------------- the format of MNIST


def test_reading_idx(tmp_path):
    x = numbers(3, 4, 5)
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(idx(x)))
    assert torch.equal(read_idx(path, (4, 5)), x)


GOOD = idx(numbers(3, 4, 5))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        GOOD[:3],
        GOOD[:10],
        b"<html>" + GOOD,
        b"\0\0\x0d" + GOOD[3:],  # floats
        idx(numbers(3)),  # labels
        idx(numbers(3, 5, 4)),
        GOOD[:-1],
        GOOD + b"x",
    ],
)
def test_files_that_hold_something_else(content, tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(
        ValueError, match=r"does not hold items of shape \(4, 5\) in MNIST's format"
    ):
        read_idx(path, (4, 5))


# ------------------------------------------------------------------------------------- CIFAR-10


def records(images, labels) -> bytes:
    pairs = zip(images, labels, strict=True)
    return b"".join(bytes([int(label)]) + raw(image) for image, label in pairs)


class Colour:
    """A tiny CIFAR-10, in the archive that it is published in."""

    def __init__(self, folder):
        self.folder = folder
        names = [f"data_batch_{k}" for k in range(1, 6)], ["test_batch"]
        self.images = {s: numbers(n, 3, 32, 32, seed=n) for s, n in N.items()}
        self.labels = {s: torch.arange(n) % 10 for s, n in N.items()}
        self.batches = {"cifar-10-batches-bin/readme.html": b"<html>"}
        for split, batches in zip(N, names, strict=True):
            parts = (x[split].chunk(len(batches)) for x in (self.images, self.labels))
            for name, images, labels in zip(batches, *parts, strict=True):
                self.batches[f"cifar-10-batches-bin/{name}.bin"] = records(images, labels)
        self.archive = archive(dict(reversed(self.batches.items())))  # in whatever order

    def collection(self, original):
        file = replace(original.splits["test"][0], md5=md5(self.archive))
        return replace(original, splits=dict.fromkeys(N, (file,)))

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "cifar-10-binary.tar.gz").write_bytes(self.archive)
        return self.folder


def archive(contents, *others: tarfile.TarInfo) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for member in others:
            tar.addfile(member)
    return stream.getvalue()


@pytest.fixture
def colour(tmp_path, monkeypatch):
    colour = Colour(tmp_path / "mirror")
    monkeypatch.setattr(published, "CIFAR10", colour.collection(published.CIFAR10))
    return colour


def test_cifar10(colour):
    data = cifar10(mirror=colour.write())
    for found, split in ((data, "training"), (data.held_out, "test")):
        assert torch.equal(found.x, colour.images[split].float() / 127.5 - 1)
        assert torch.equal(found.labels, colour.labels[split])
        assert found.name == "CIFAR-10 32×32"
    assert [data.classes[k] for k in (0, 1, 9)] == ["airplane", "automobile", "truck"]
    assert data.pictures().shape == (50, 32, 32, 3)


def test_cifar10_in_another_size(colour):
    data = cifar10(16, mirror=colour.write())
    assert data.x.shape == (50, 3, 16, 16)
    assert data.held_out.x.shape == (20, 3, 16, 16)


def test_an_altered_archive_is_not_read(colour):
    colour.archive += b"!"
    with pytest.raises(Unavailable, match="not the file that was published"):
        cifar10(mirror=colour.write())


def test_nothing_leaves_an_archive(colour, tmp_path, monkeypatch):
    """Members with other names, whatever they are, are not looked at."""
    outside = {"../../outside": b"x", str(tmp_path / "outside"): b"x"}
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    colour.archive = archive(outside | colour.batches, link)
    monkeypatch.setattr(published, "CIFAR10", colour.collection(published.CIFAR10))
    assert len(cifar10(mirror=colour.write())) == 50
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {"cifar-10-binary.tar.gz"}


def test_a_batch_that_is_missing_only_a_link_or_of_a_wrong_length(tmp_path):
    link = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    contents = [archive({"x": b""}), archive({}, link)]
    contents += [archive({link.name: bytes(length)}) for length in (0, 1, 3072, 3074, 2 * 3073 - 1)]
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.tar.gz"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=rf"{path} has no cifar-10-batches-bin/test_batch.bin"):
            read_cifar10("test", [path])


# ----------------------------------------------------------------------------------- the table


def test_every_published_file_has_a_checksum_and_two_addresses():
    for key, collection in published.COLLECTIONS.items():
        assert collection.key == key
        assert getattr(datasets, key).__name__ == key
        assert len(set(collection.classes)) == 10
        for file in (file for files in collection.splits.values() for file in files):
            assert re.fullmatch("[0-9a-f]{32}", file.md5)
            assert len(file.urls) >= 2
            assert all(url.endswith(f"/{file.name}") for url in file.urls)


def test_the_checksums_are_those_of_torchvision():
    from torchvision import datasets as known

    for collection, theirs in (
        (published.MNIST, known.MNIST),
        (published.FASHION_MNIST, known.FashionMNIST),
    ):
        files = [file for files in collection.splits.values() for file in files]
        assert [(file.name, file.md5) for file in files] == theirs.resources


# ----------------------------------------------------------------------------- whichever is there


def test_the_first_that_is_there(grey, capsys):
    grey.write(grey.packed)
    mnist(mirror=grey.folder)
    data = first_available("mnist", "digits", size=32)
    assert data.name == "MNIST 32×32"
    assert capsys.readouterr().out == ""


def test_what_is_passed_over_is_said(grey, capsys):
    data = first_available("mnist", "digits", size=28)
    assert data.name == "digits 28×28"
    assert torch.equal(data.x, digits(28).x)
    out = capsys.readouterr().out
    assert re.fullmatch(
        r"MNIST cannot be had here: nothing in \S+, and nothing from data\.invalid\. Using digits "
        r"28×28 instead; `gan-school fetch mnist` gets it ahead of time\.\n",
        out,
    )


def test_functions_and_sizes_of_their_own(grey, capsys):
    assert first_available(partial(mnist, download=False), digits).shape == digits().shape
    assert "fetch" not in capsys.readouterr().out


def test_none_is_there(grey, capsys):
    with pytest.raises(Unavailable, match="MNIST and CIFAR-10 cannot be had here") as caught:
        first_available("mnist", "cifar10")
    assert "data.invalid" in str(caught.value)
    assert "kriz" in str(caught.value)
    assert "digits needs no network" in str(caught.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ((), "name the data sets to look for"),
        (("digits", "minst"), "called 'minst'. Known are digits, mnist"),
        (("spiral",), "called 'spiral'"),
    ],
)
def test_names_that_are_not_known(choices, message):
    with pytest.raises(ValueError, match=message):
        first_available(*choices)


def test_a_size_that_the_one_that_is_there_cannot_have(grey):
    with pytest.raises(ValueError, match="digits come in sizes"):
        first_available("mnist", "digits", size=31)
