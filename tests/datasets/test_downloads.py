"""Downloads, from folders and from a real HTTP server on this machine."""

import hashlib
import os
import re
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gan_school.datasets import Unavailable, downloads
from gan_school.datasets.downloads import File, Sources

CONTENT = bytes(range(256)) * 4000  # a megabyte: many pieces
PATH = "MNIST/raw/images.gz"


class Server(ThreadingHTTPServer):
    """Serves `files`, in whatever bad way a test asks for, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.statuses: dict[str, int] = {}  # answered instead of the file
        self.redirects: dict[str, str] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.ranges = True  # whether Range is understood
        self.cuts: list[int] = []  # after how many bytes each of the next answers breaks off
        self.chunked = False
        self.wrong_range = False
        self.meet = threading.Barrier(1)  # that many must have asked before one is answered
        self.pause: float | None = None  # in the middle of an answer
        self.done = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that went away is not worth a message."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server, path = self.server, self.path.lstrip("/")
        wanted = self.headers.get("Range")
        server.requests.append((path, wanted))
        server.meet.wait(5)
        self.close_connection = True
        if path in server.redirects:
            self.send_response(302)
            self.send_header("Location", server.redirects[path])
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if path in server.statuses or path not in server.files:
            return self.send_error(server.statuses.get(path, 404))
        content, start = server.files[path], 0
        if wanted and server.ranges:
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
            if start >= len(content):
                return self.send_error(416)
            if server.wrong_range:
                start = 0
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        body = content[start:]
        sent = body[: server.cuts.pop(0)] if server.cuts else body
        if server.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(f"{len(body):x}\r\n".encode() + sent)
            if sent == body:
                self.wfile.write(b"\r\n0\r\n\r\n")
            return None
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.pause is not None:
            self.wfile.write(sent[: len(sent) // 2])
            self.wfile.flush()
            server.done.wait(server.pause)
            sent = sent[len(sent) // 2 :]
        self.wfile.write(sent)
        return None


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


@pytest.fixture
def server():
    server = Server()
    server.files[PATH] = CONTENT
    # it looks often whether it should stop, so that stopping takes no time
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.done.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def closed():
    """An address on this machine where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("GAN_SCHOOL_MIRROR", raising=False)
    return tmp_path / "cache" / "datasets"


@pytest.fixture
def file(server) -> File:
    return File(PATH, md5(CONTENT), (f"{server.url}/{PATH}",))


def get(file: File, mirror=None, **options):
    (path,) = Sources(mirror, **options).obtain([file])
    return path


def in_cache(folder) -> set[str]:
    """What is there, without the notes on what was checked."""
    names = (path.name for path in folder.rglob("*") if path.is_file())
    return {name for name in names if not name.endswith(".checked")}


def leave_part(file: File, content: bytes):
    part = file.place.with_name(f"{file.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(content)
    return part


# --------------------------------------------------------------------------------- it arrives


def test_a_file_is_downloaded_once(server, file, cache):
    path = get(file)
    assert path == cache / "MNIST" / "raw" / "images.gz"
    assert path.read_bytes() == CONTENT
    assert get(file) == path
    assert server.requests == [(PATH, None)]
    assert in_cache(cache) == {"images.gz"}


@pytest.mark.parametrize("to", ["elsewhere", "http://127.0.0.1:{port}/elsewhere"])
def test_a_redirect_is_followed(to, server, file):
    server.redirects[PATH] = to.format(port=server.server_port)
    if "://" not in to:
        server.redirects[PATH] = f"/{to}"
    server.files["elsewhere"] = CONTENT
    assert get(file).read_bytes() == CONTENT


@pytest.mark.parametrize("to", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_a_redirect_to_another_kind_of_address_is_not(to, server, file):
    server.redirects[PATH] = to
    with pytest.raises(Unavailable, match=r"refused: 302|unknown url type: ftp"):
        get(file)


def test_an_answer_of_unknown_length(server, file):
    server.chunked = True
    assert get(file).read_bytes() == CONTENT


def test_the_checksum_is_not_worked_out_without_need(file, monkeypatch):
    path = get(file)
    looked = []
    original = downloads._difference
    monkeypatch.setattr(
        downloads, "_difference", lambda *given: looked.append(given) or original(*given)
    )
    assert get(file) == path
    assert not looked
    os.utime(path, (1, 1))  # touched: perhaps changed
    assert get(file) == path
    assert len(looked) == 1
    assert get(file) == path
    assert len(looked) == 1


def test_a_file_somebody_put_into_the_cache_is_checked(server, file):
    file.place.parent.mkdir(parents=True)
    file.place.write_bytes(CONTENT)
    assert get(file, download=False) == file.place
    assert not server.requests


@pytest.mark.parametrize("damage", [CONTENT[:1000], CONTENT[:-1] + b"!"])
def test_what_was_damaged_in_the_cache_is_fetched_again(damage, server, file):
    get(file)
    file.place.write_bytes(damage)
    os.utime(file.place, (1, 1))
    with pytest.raises(Unavailable, match=r"not the file that was published.*delete it, or fetch"):
        get(file, download=False)
    assert get(file).read_bytes() == CONTENT
    assert len(server.requests) == 2


# ------------------------------------------------------------------------------ interruptions


def test_a_download_is_resumed_where_it_stopped(server, file, cache):
    leave_part(file, CONTENT[:300_000])
    assert get(file).read_bytes() == CONTENT
    assert server.requests == [(PATH, "bytes=300000-")]
    assert in_cache(cache) == {"images.gz"}


def test_a_server_that_cannot_resume_sends_all_of_it(server, file):
    server.ranges = False
    leave_part(file, b"?" * 300_000)  # not even its beginning
    assert get(file).read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_what_a_part_has_too_much_is_cut_off(server, file, monkeypatch):
    monkeypatch.setattr(downloads, "_TRIES", 1)  # and not only found out by the checksum
    server.ranges = False
    leave_part(file, b"?" * (len(CONTENT) + 10))
    assert get(file).read_bytes() == CONTENT


def test_a_server_that_resumes_somewhere_else_is_asked_for_all_of_it(server, file, monkeypatch):
    monkeypatch.setattr(downloads, "_TRIES", 1)
    server.wrong_range = True
    leave_part(file, CONTENT[:300_000])
    assert get(file).read_bytes() == CONTENT
    assert server.requests == [(PATH, "bytes=300000-"), (PATH, None)]


@pytest.mark.parametrize("length", [len(CONTENT), len(CONTENT) + 10])
def test_a_part_that_is_too_long(length, server, file):
    leave_part(file, b"?" * length)
    assert get(file).read_bytes() == CONTENT
    assert server.requests == [(PATH, f"bytes={length}-"), (PATH, None)]


def test_a_complete_part_only_gets_its_name(server, file, cache):
    leave_part(file, CONTENT)
    assert get(file).read_bytes() == CONTENT
    assert not server.requests
    assert in_cache(cache) == {"images.gz"}


def test_a_part_with_another_beginning_is_given_up(server, file):
    leave_part(file, b"<html>Please log in" * 100)
    assert get(file).read_bytes() == CONTENT
    assert server.requests == [(PATH, "bytes=1900-"), (PATH, None)]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_connection_that_breaks_is_taken_up_again(chunked, server, file):
    server.chunked = chunked
    server.cuts = [200_000, 300_000]
    assert get(file).read_bytes() == CONTENT
    starts = [int(wanted[6:-1]) for _, wanted in server.requests if wanted]
    assert len(starts) == 2
    assert 0 < starts[0] <= 200_000 < starts[1] <= 500_000


def test_a_connection_that_always_breaks_leaves_its_part(server, file, cache):
    server.cuts = [1000] * 20
    with pytest.raises(Unavailable, match=r"ended after 5,000 of 1,024,000 bytes"):
        get(file)
    assert in_cache(cache) == {"images.gz.part"}
    server.cuts = []
    assert get(file).read_bytes() == CONTENT
    assert server.requests[-1] == (PATH, "bytes=5000-")


def test_a_server_that_sends_nothing_is_not_asked_again_and_again(server, file, cache):
    server.cuts = [0] * 20
    with pytest.raises(Unavailable, match=r"ended after 0 of 1,024,000 bytes"):
        get(file)
    assert len(server.requests) == 1
    assert not in_cache(cache)


def test_ctrl_c_leaves_a_part_to_go_on_with(server, file, cache, monkeypatch):
    def interrupted(response, timeout):
        yield response.read(100_000)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(downloads, "_pieces", interrupted)
        with pytest.raises(KeyboardInterrupt):
            get(file)
    assert in_cache(cache) == {"images.gz.part"}
    assert get(file).read_bytes() == CONTENT
    assert server.requests[1:] == [(PATH, "bytes=100000-")]


def test_the_longer_of_two_parts_is_kept(server, file, monkeypatch):
    """Of two programs that were interrupted, one after the other."""
    server.cuts = [1000] * 20
    original = downloads._receive

    def meanwhile(*given):
        leave_part(file, CONTENT[:200_000])
        return original(*given)

    monkeypatch.setattr(downloads, "_receive", meanwhile)
    with pytest.raises(Unavailable):
        get(file)
    assert file.place.with_name("images.gz.part").read_bytes() == CONTENT[:200_000]


@pytest.mark.parametrize(("age", "taken"), [(0, False), (3600, True)])
def test_the_part_of_a_program_that_was_killed_is_used_and_of_one_that_runs_not(
    age, taken, server, file
):
    part = leave_part(file, CONTENT[:300_000]).rename(
        file.place.with_name("images.gz.123-abcd.part")
    )
    os.utime(part, (time.time() - age,) * 2)
    assert get(file).read_bytes() == CONTENT
    assert server.requests == [(PATH, "bytes=300000-" if taken else None)]
    assert part.exists() is not taken


def test_an_old_part_is_made_young_before_it_is_taken(server, file, monkeypatch):
    """Otherwise another program could take it away before its first byte is written."""
    old = leave_part(file, CONTENT[:300_000])
    os.utime(old, (1, 1))
    ages = []
    original = downloads.Path.rename

    def rename(path, target):
        ages.append(time.time() - path.stat().st_mtime)
        return original(path, target)

    monkeypatch.setattr(downloads.Path, "rename", rename)
    get(file)
    assert len(ages) == 1
    assert ages[0] < 5


@pytest.mark.parametrize("earlier", [b"", CONTENT[:300_000]])
def test_two_programs_at_once_do_not_disturb_each_other(earlier, server, file, cache):
    if earlier:
        leave_part(file, earlier)
    server.meet = threading.Barrier(2)  # neither is answered before both have asked
    found = []
    threads = [threading.Thread(target=lambda: found.append(get(file))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() == CONTENT for path in found] == [True, True]
    assert in_cache(cache) == {"images.gz"}
    assert sorted(wanted or "" for _, wanted in server.requests) == (
        ["", "bytes=300000-"] if earlier else ["", ""]
    )


# ---------------------------------------------------------------------------- wrong or not there


def test_a_wrong_checksum_means_the_next_source(server, file, cache):
    server.files["wrong"] = CONTENT[:-1] + b"!"
    file = File(PATH, file.md5, (f"{server.url}/wrong", *file.urls))
    assert get(file).read_bytes() == CONTENT
    assert in_cache(cache) == {"images.gz"}


def test_all_sources_are_named_with_what_each_answered(server, closed, file, cache, tmp_path):
    server.files["wrong"] = b"<html>Please log in</html>"
    server.statuses["broken"] = 503
    places = ("wrong", "missing", "broken")
    urls = (f"{closed}/x", *(f"{server.url}/{place}" for place in places))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(Unavailable) as caught:
        get(File(PATH, file.md5, urls), mirror=empty)
    error = caught.value
    assert error.what == "images.gz"
    assert list(error.tried) == [str(cache), str(empty), *urls]
    answers = list(error.tried.values())
    assert answers[:2] == ["has no images.gz"] * 2
    assert re.match(r"no connection: .*refused", answers[2])
    assert re.match(rf"what it sent is not the file .* 26 bytes .*, and not {file.md5}", answers[3])
    assert answers[4] == "has no images.gz"
    assert answers[5] == "refused: 503 Service Unavailable"
    for place, answer in error.tried.items():
        assert f"\n  {place}: {answer}" in str(error)
    assert isinstance(error, OSError)
    assert not in_cache(cache)


def test_a_host_that_does_not_exist(file, monkeypatch):
    def no_network(*_, **__):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    with pytest.raises(Unavailable, match=r"no connection: .*Temporary failure in name resolution"):
        get(File(PATH, file.md5, ("http://data.invalid/x",)))


@pytest.mark.parametrize("when", ["before the answer", "in the middle"])
def test_a_silent_server_is_not_waited_for_forever(when, server, file):
    if when == "in the middle":
        server.pause = 30
    else:
        server.meet = threading.Barrier(2)
    begin = time.perf_counter()
    with pytest.raises(Unavailable, match=r"no answer within 0\.2 s"):
        get(file, timeout=0.2)
    assert time.perf_counter() - begin < 3
    server.meet.abort()
    server.meet, server.pause = threading.Barrier(1), None
    assert get(file).read_bytes() == CONTENT


def test_a_silent_server_is_waited_for_once(server):
    """And not once more for each file, or each folder of a mirror."""
    server.meet = threading.Barrier(100)
    files = [File(f"a/b/{name}", "0", (f"{server.url}/{name}",)) for name in "xy"]
    sources = Sources(server.url, timeout=0.1)
    with suppress(Unavailable):
        sources.obtain(*([file] for file in files))
    assert len(server.requests) == 1
    server.meet.abort()


@pytest.mark.parametrize("url", ["http://..", "http://127.0.0.1:port/x"])
def test_addresses_that_make_no_sense(url, file):
    with pytest.raises(Unavailable, match=re.escape(url)):
        get(File(PATH, file.md5, (url,)))


def test_without_permission_to_download_nobody_is_asked(server, file):
    with pytest.raises(Unavailable, match=r"has no images\.gz"):
        get(file, download=False)
    assert not server.requests


def test_a_cache_that_cannot_be_written_to(file, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path / "file"))
    with pytest.raises(Unavailable, match=r"cannot be used: .*GAN_SCHOOL_CACHE in the environ"):
        get(file)


def test_a_full_disk_is_not_the_servers_fault(server, file, monkeypatch):
    class Full:
        def __init__(self, **_): ...
        def __enter__(self):
            return self

        def __exit__(self, *_): ...
        def update(self, _):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(downloads, "tqdm", Full)
    with pytest.raises(Unavailable, match=r"cannot be used: .*No space left on device"):
        get(File(PATH, file.md5, file.urls * 2))
    assert len(server.requests) == 1


# ---------------------------------------------------------------------------------- mirrors


@pytest.fixture(params=["folder", "address"])
def mirror(request, tmp_path, server):
    """A mirror, and a function that puts a file into it."""
    if request.param == "folder":

        def put(path: str, content: bytes) -> None:
            (tmp_path / "mirror" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "mirror" / path).write_bytes(content)

        put("readme.txt", b"")
        return str(tmp_path / "mirror"), put
    return f"{server.url}/room/", lambda path, content: server.files.update(
        {f"room/{path}": content}
    )


@pytest.mark.parametrize("path", ["MNIST/raw/images.gz", "raw/images.gz", "images.gz"])
def test_a_mirror_with_or_without_the_folders(path, mirror, server, file):
    address, put = mirror
    put(path, CONTENT)
    assert get(file, mirror=address).read_bytes() == CONTENT
    assert (PATH, None) not in server.requests


def test_what_was_copied_from_a_mirror_stays(mirror, file):
    address, put = mirror
    put("images.gz", CONTENT)
    get(file, mirror=address)
    assert get(file, download=False).read_bytes() == CONTENT


def test_a_wrong_file_in_a_mirror(mirror, server, file, cache):
    address, put = mirror
    put("images.gz", CONTENT[:-1])
    with pytest.raises(
        Unavailable, match=rf"not the file that was published: .*, and not {file.md5}"
    ):
        get(file, mirror=address, download=False)
    assert not in_cache(cache)
    assert get(file, mirror=address).read_bytes() == CONTENT
    assert server.requests[-1] == (PATH, None)


def test_the_environment_names_a_mirror_unless_an_argument_does(
    mirror, server, file, monkeypatch, tmp_path
):
    address, put = mirror
    put("images.gz", CONTENT)
    monkeypatch.setenv("GAN_SCHOOL_MIRROR", address)
    with pytest.raises(Unavailable, match="no such folder"):
        get(file, mirror=tmp_path / "elsewhere", download=False)
    assert get(file, download=False).read_bytes() == CONTENT


def test_the_nearest_comes_first(server, tmp_path):
    """The cache, then the folder, then the network; and only as far as needed."""
    contents = {"a": b"aaa", "b": b"bbb", "c": b"ccc"}
    first, second, third = (
        File(name, md5(content), (f"{server.url}/{name}",)) for name, content in contents.items()
    )
    server.files |= contents
    (tmp_path / "b").write_bytes(b"bbb")
    assert Sources(tmp_path).obtain([first], [second]) == [second.place]
    assert not server.requests
    assert Sources(tmp_path).obtain([third], [second]) == [second.place]
    assert Sources().obtain([third], [first]) == [third.place]
    assert server.requests == [("c", None)]
    assert Sources().obtain([first], [second, third]) == [second.place, third.place]
    assert server.requests == [("c", None)]


def test_an_incomplete_way_is_no_way(tmp_path):
    first, second, third = (File(name, md5(name.encode())) for name in "abc")
    for name in "bc":
        (tmp_path / name).write_text(name)
    assert Sources(tmp_path).obtain([first, second], [third]) == [third.place]
    with pytest.raises(Unavailable, match="a cannot be had here"):
        Sources(tmp_path).obtain([first, second])


@pytest.mark.parametrize(
    "address", ["ftp://host/x", "file:///x", "http://[", "http://", "http://host:port"]
)
def test_what_cannot_be_a_mirror(address):
    with pytest.raises(
        ValueError,
        match=rf"{re.escape(address)}' cannot be a mirror\. Give a folder, or an address",
    ):
        Sources(address)


# --------------------------------------------------------------------------------- the bar


def test_no_bar_in_a_log_file(file, capfd):
    get(file)
    assert capfd.readouterr() == ("", "")


def test_the_bar_counts_from_where_it_resumed(server, file, monkeypatch):
    bars = []

    class Bar(downloads.tqdm):
        def __init__(self, **options):
            super().__init__(**options)
            bars.append((options["total"], options["initial"], options["disable"]))

    monkeypatch.setattr(downloads, "tqdm", Bar)
    monkeypatch.setattr(downloads, "watched", lambda: False)
    leave_part(file, CONTENT[:300_000])
    get(file)
    assert bars == [(len(CONTENT), 300_000, True)]
