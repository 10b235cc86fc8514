"""`gan-school fetch`: data sets ahead of a workshop, from a folder, with the network cut off."""

import gzip
import hashlib
import re
import socket
import struct
from dataclasses import replace

import pytest

from gan_school import datasets
from gan_school.datasets import fetch, published
from gan_school.faces import cli


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """No network, and two data sets of ten images."""

    asked = []

    def nobody(host, *_, **__):
        asked.append(host)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GAN_SCHOOL_MIRROR", raising=False)
    for key, place in (("mnist", "MNIST/raw"), ("fashion_mnist", "FashionMNIST/raw")):
        original = getattr(published, key.upper())
        sums = []
        for prefix in ("train", "t10k"):
            files = contents(place, prefix)
            write(tmp_path / "all" / place, files)
            if prefix == "t10k":
                write(tmp_path / "half" / place, files)
            for name, content in files.items():
                sums.append(f"{name.removesuffix('.gz')} {md5(content)} {'0' * 32}")
        splits = published._grey(place, ["http://data.invalid"], "\n".join(sums))
        collection = replace(original, splits=splits)
        monkeypatch.setattr(published, key.upper(), collection)
        monkeypatch.setitem(published.COLLECTIONS, key, collection)
    return asked


def contents(place: str, prefix: str) -> dict[str, bytes]:
    """Ten white images, with a name and a time that make each data set's file another."""
    time = len(place)
    images = bytes([0, 0, 8, 3]) + struct.pack(">3I", 10, 28, 28) + bytes([255] * 10 * 28 * 28)
    labels = bytes([0, 0, 8, 1]) + struct.pack(">I", 10) + bytes(range(10))
    return {
        f"{prefix}-images-idx3-ubyte.gz": gzip.compress(images, mtime=time),
        f"{prefix}-labels-idx1-ubyte.gz": gzip.compress(labels, mtime=time),
    }


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


@pytest.fixture
def call(capsys):
    """Call `gan-school fetch`; the result is its exit status, what it printed, and its errors."""

    def call(*arguments) -> tuple[int, str, str]:
        status = cli.main(["fetch", *map(str, arguments)])
        return status, *capsys.readouterr()

    return call


def test_it_says_where_things_are_and_how_large(call, tmp_path):
    status, out, err = call("mnist", "fashion_mnist", "--mirror", tmp_path / "all")
    assert (status, err) == (0, "")
    cache = tmp_path / "cache" / "datasets"
    assert f"MNIST …\n  0.0 MB in {cache / 'MNIST' / 'raw'}, checked\n" in out
    assert f"Fashion-MNIST …\n  0.0 MB in {cache / 'FashionMNIST' / 'raw'}, checked\n" in out
    assert f"The folder {cache} can be copied" in out
    assert "GAN_SCHOOL_MIRROR=" in out
    assert "http.server" not in out  # which would listen on every network
    assert len(datasets.mnist(download=False)) == 10


def test_it_counts_every_file_once(monkeypatch, call, tmp_path):
    """An archive that holds both splits is one file."""
    collection = published.MNIST
    both = dict.fromkeys(("training", "test"), collection.splits["test"])
    monkeypatch.setitem(published.COLLECTIONS, "mnist", replace(collection, splits=both))
    large = {file.name: bytes(600_000) + file.name.encode() for file in both["test"]}
    write(tmp_path / "large", large)
    for file in both["test"]:
        monkeypatch.setitem(file.__dict__, "md5", md5(large[file.name]))
    assert "  1.2 MB in" in call("mnist", "--mirror", tmp_path / "large")[1]


def test_a_dead_proxy_is_waited_for_once(call, monkeypatch):
    """And not for every address of every data set."""
    asked = []

    def dead(address, *_, **__):
        asked.append(address)
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", dead)
    monkeypatch.setenv("no_proxy", "")
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    status, _, err = call("mnist", "fashion_mnist", "cifar10")
    assert status == 1
    assert err.count("no connection: timed out") == 1
    assert asked == [("127.0.0.1", 9)]


def test_a_second_time_nothing_is_needed(call, tmp_path):
    call("mnist", "--mirror", tmp_path / "all")
    assert call("mnist")[0] == 0


def test_a_name_said_twice(call, tmp_path):
    assert call("mnist", "mnist", "--mirror", tmp_path / "all")[1].count("MNIST …") == 1


def test_one_that_fails_does_not_keep_the_others(call, tmp_path):
    """In whatever order."""
    for names in (("cifar10", "mnist"), ("mnist", "cifar10")):
        status, out, err = call(*names, "--mirror", tmp_path / "all")
        assert status == 1
        assert "raw, checked" in out
        assert "not fetched:\n" in err
        assert "Try again later, or name a folder" in err and "--mirror WHERE" in err
        assert re.search(r"www\.cs\.toronto\.edu/\S+: no connection: ", err)
        assert "Traceback" not in err


def test_what_is_there_of_an_incomplete_set_is_kept(call, tmp_path):
    status, out, err = call("mnist", "--mirror", tmp_path / "half")
    assert status == 1
    assert "raw, checked" in out
    assert "incomplete:\n" in err
    assert "train-images-idx3-ubyte.gz" in err
    assert "To serve" not in out
    with pytest.warns(UserWarning, match="only the test split"):
        datasets.mnist(download=False)


@pytest.mark.parametrize("arguments", [["--list"], [], ["mnist", "--list"]])
def test_a_list_of_what_is_there_asks_nobody(arguments, call, tmp_path, monkeypatch, surroundings):
    call("mnist", "--mirror", tmp_path / "all")
    call("fashion_mnist", "--mirror", tmp_path / "half")
    monkeypatch.setenv("GAN_SCHOOL_MIRROR", str(tmp_path / "all"))
    surroundings.clear()
    status, out, err = call(*arguments)
    assert (status, err) == (0, "")
    assert not surroundings
    assert out.splitlines() == [
        f"Data sets in {tmp_path / 'cache' / 'datasets'}:",
        "  mnist          here, 0.0 MB",
        "  fashion_mnist  only the test split is here, 0.0 MB",
        "  cifar10        not here, 170 MB to download",
        "`gan-school fetch NAME …` downloads what is not here.",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["minst"], "No data set is called minst. Known are mnist, fashion_mnist, cifar10."),
        (["mnist", "x", "y"], "No data set is called x, y."),
        (["mnist", "--mirror", "ftp://host"], "'ftp://host' cannot be a mirror."),
    ],
)
def test_bad_arguments(arguments, message, call):
    status, _, err = call(*arguments)
    assert status == 2
    assert message in err
    assert "Traceback" not in err


def test_ctrl_c(call, monkeypatch):
    def press(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "bring", press)
    status, _, err = call("mnist")
    assert status == 130
    assert "Interrupted. The same command goes on with the next file." in err


def test_help(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["fetch", "--help"])
    assert ended.value.code == 0
    assert "a folder or an http(s) address" in capsys.readouterr().out
