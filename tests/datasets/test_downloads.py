"""Downloads, from folders and from a real HTTP server on this machine."""

import hashlib
import os
import re
import socket
import stat
import threading
import time
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
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.cut: int | None = None  # after how many bytes an answer breaks off
        self.badly = ""  # "drips", "drips headers", "endless headers", "endless", "chunked", …
        self.meet = threading.Barrier(1)  # that many must have asked before one is answered
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

    def do_CONNECT(self):
        self.server.requests.append(self.path)
        self.close_connection = True
        self.drip(b"HTTP/1.1 200 OK")

    def do_GET(self):
        server, path = self.server, self.path.lstrip("/")
        server.requests.append(path)
        server.headers.append(dict(self.headers))
        server.meet.wait(5)
        self.close_connection = True
        if path in server.redirects:
            self.send_response(302)
            self.send_header("Location", server.redirects[path])
            if server.badly == "endless redirect":
                self.end_headers()
                return self.endless()
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if path in server.statuses or path not in server.files:
            return self.send_error(server.statuses.get(path, 404))
        body = server.files[path]
        sent = body if server.cut is None else body[: server.cut]
        if server.badly == "drips headers":
            return self.drip(b"HTTP/1.1 200 OK\r\nX: ")
        self.send_response(200)
        if server.badly == "endless headers":
            self.flush_headers()
            while not server.done.is_set():
                self.wfile.write(b"X-Header: " + b"x" * 1000 + b"\r\n")
        if server.badly == "endless":
            self.end_headers()
            return self.endless()
        if server.badly == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(f"{len(body):x}\r\n".encode() + sent)
            if sent == body:
                self.wfile.write(b"\r\n0\r\n\r\n")
            return None
        if server.badly == "packed":  # says so, but is only the file itself
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.badly == "drips":
            return self.drip(sent)
        if server.badly == "stops":
            self.wfile.write(sent[: len(sent) // 2])
            self.wfile.flush()
            server.done.wait(30)
            return None
        return self.wfile.write(sent)

    def drip(self, content: bytes) -> None:
        """A byte every twentieth of a second, without an end."""
        while not self.server.done.wait(0.05):
            self.wfile.write(content[:1] or b"x")
            self.wfile.flush()
            content = content[1:]

    def endless(self) -> None:
        while not self.server.done.is_set():
            self.wfile.write(bytes(2**16))


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
    server.meet.abort()
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
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("GAN_SCHOOL_MIRROR", raising=False)
    return tmp_path / "cache" / "datasets"


@pytest.fixture
def file(server) -> File:
    return File(PATH, md5(CONTENT), (f"{server.url}/{PATH}",))


def get(file: File, mirror=None, **options):
    return Sources(mirror, **options).find(file)


def in_cache(folder) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


# --------------------------------------------------------------------------------- it arrives


def test_a_file_is_downloaded_once(server, file, cache, capfd):
    path = get(file)
    assert path == cache / "MNIST" / "raw" / "images.gz"
    assert path.read_bytes() == CONTENT
    assert get(file) == path
    assert server.requests == [PATH]
    assert in_cache(cache) == {"images.gz"}
    assert capfd.readouterr() == ("", "")  # no bar in a log file


@pytest.mark.skipif(os.name == "nt", reason="permissions of this kind are POSIX's")
def test_others_may_read_it(file, tmp_path, cache):
    (tmp_path / "images.gz").write_bytes(CONTENT)
    for mirror in (None, tmp_path):
        place = get(file, mirror)
        assert stat.S_IMODE(place.stat().st_mode) == 0o644
        place.unlink()


@pytest.mark.parametrize("to", ["/elsewhere", "http://127.0.0.1:{port}/elsewhere"])
def test_a_redirect_is_followed(to, server, file):
    server.redirects[PATH] = to.format(port=server.server_port)
    server.files["elsewhere"] = CONTENT
    assert get(file).read_bytes() == CONTENT


@pytest.mark.parametrize("to", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_a_redirect_to_another_kind_of_address_is_not(to, server, file):
    server.redirects[PATH] = to
    with pytest.raises(Unavailable, match="No connection adapters were found"):
        get(file)


def test_redirects_in_a_circle(server, file):
    server.redirects[PATH] = f"/{PATH}"
    with pytest.raises(Unavailable, match="redirects more than 5 times"):
        get(file)


@pytest.mark.parametrize("badly", ["chunked", "packed"])
def test_an_answer_is_taken_byte_for_byte(badly, server, file):
    """Of unknown length, or as a server sends it that takes .gz for its own packing."""
    server.badly = badly
    assert get(file).read_bytes() == CONTENT


def test_a_file_somebody_put_into_the_cache_is_checked(server, file):
    file.place.parent.mkdir(parents=True)
    file.place.write_bytes(CONTENT)
    assert get(file, download=False) == file.place
    assert not server.requests


@pytest.mark.parametrize("damage", [CONTENT[:1000], CONTENT[:-1] + b"!"])
def test_what_was_damaged_in_the_cache_is_fetched_again(damage, server, file):
    get(file)
    file.place.write_bytes(damage)
    with pytest.raises(Unavailable, match=r"not the file that was published; delete it, or fetch"):
        get(file, download=False)
    assert get(file).read_bytes() == CONTENT
    assert len(server.requests) == 2


@pytest.mark.parametrize("badly", ["", "chunked"])
def test_a_connection_that_breaks_leaves_nothing(badly, server, file, cache):
    server.badly, server.cut = badly, 5000
    with pytest.raises(Unavailable, match=r"the connection broke: .*5000 bytes read"):
        get(file)
    assert not in_cache(cache)
    server.cut = None
    assert get(file).read_bytes() == CONTENT


def test_ctrl_c_leaves_nothing(server, file, cache, monkeypatch):
    class Interrupted(downloads.tqdm):
        def update(self, _):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(downloads, "tqdm", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            get(file)
    assert not in_cache(cache)
    assert get(file).read_bytes() == CONTENT


def test_two_programs_at_once_do_not_disturb_each_other(server, file, cache):
    server.meet = threading.Barrier(2)  # neither is answered before both have asked
    found = []
    threads = [threading.Thread(target=lambda: found.append(get(file))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() == CONTENT for path in found] == [True, True]
    assert in_cache(cache) == {"images.gz"}


# ----------------------------------------------------------------------- every wait has an end


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(downloads, "SILENCE", 0.3)
    monkeypatch.setattr(downloads, "PATIENCE", 0.6)


@pytest.mark.parametrize("badly", ["drips", "drips headers"])
def test_a_byte_now_and_then_is_too_slow(badly, server, file, cache, impatient):
    """Each comes before anybody loses patience with it; all of them together do not."""
    server.badly = badly
    begin = time.perf_counter()
    with pytest.raises(Unavailable, match=r"too slow: \d+ bytes in \d+ s"):
        get(file)
    assert time.perf_counter() - begin < 5
    assert not in_cache(cache)


def test_headers_without_an_end(server, file, impatient):
    server.badly = "endless headers"
    with pytest.raises(Unavailable, match="got more than 100 headers"):
        get(file)


@pytest.mark.parametrize("redirected", [False, True])
def test_a_body_without_an_end(redirected, server, file, cache, monkeypatch):
    monkeypatch.setattr(downloads, "LIMIT", 3_000_000)
    server.badly = "endless"
    if redirected:
        server.badly, server.redirects[PATH] = "endless redirect", "/elsewhere"
        server.statuses["elsewhere"] = 404
    with pytest.raises(Unavailable, match=r"has no images\.gz" if redirected else "more than"):
        get(file)
    assert not in_cache(cache)


def test_a_proxy_that_drips(server, impatient, monkeypatch):
    monkeypatch.setenv("https_proxy", server.url)
    with pytest.raises(Unavailable, match="too slow"):
        get(File("x", "0", ("https://data.invalid/x",)))
    assert server.requests == ["data.invalid:443"]


def test_what_comes_earns_more_time(server, file, monkeypatch):
    monkeypatch.setattr(downloads, "PATIENCE", 0.3)
    monkeypatch.setattr(downloads, "PACE", 100)  # bytes a second; the headers alone earn a second
    server.badly = "stops"
    threading.Timer(0.5, server.done.set).start()
    with pytest.raises(Unavailable, match="the connection broke"):
        get(file)


@pytest.mark.parametrize("when", ["before the answer", "in the middle"])
def test_a_silent_server_is_not_waited_for_forever(when, server, file, impatient):
    if when == "in the middle":
        server.badly = "stops"
    else:
        server.meet = threading.Barrier(2)
    begin = time.perf_counter()
    with pytest.raises(Unavailable, match=r"no answer within 0\.\d+ s"):
        get(file)
    assert time.perf_counter() - begin < 5
    server.meet.abort()
    server.done.set()
    server.meet, server.badly = threading.Barrier(1), ""
    assert get(file).read_bytes() == CONTENT


def test_a_silent_server_is_waited_for_once(server, impatient):
    """And not once more for each file, or each folder of a mirror."""
    server.meet = threading.Barrier(100)
    sources = Sources(server.url)
    for name in "xy":
        with pytest.raises(Unavailable):
            sources.find(File(f"a/b/{name}", "0", (f"{server.url}/{name}",)))
    assert len(server.requests) == 1


def test_a_dead_proxy_is_waited_for_once(monkeypatch):
    """It is asked for every host, and would keep us waiting for each."""
    asked = []

    def dead(address, *_, **__):
        asked.append(address)
        raise TimeoutError("timed out")

    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setattr("urllib3.util.connection.create_connection", dead)
    sources = Sources()
    for host in ("one", "two", "three"):
        with pytest.raises(Unavailable) as caught:
            sources.find(File("x", "0", (f"https://{host}.invalid/x", f"https://{host}.test/x")))
    assert asked == [("127.0.0.1", 9)]
    answers = list(caught.value.tried.values())[1:]
    assert answers == ["not asked, as this server or the proxy gave no answer before"] * 2


def test_a_proxy_that_refuses_one_host_is_asked_for_the_next(server, file, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "")
    server.statuses["http://one.invalid/x"] = 403
    server.files["http://two.invalid/x"] = CONTENT
    urls = ("http://one.invalid/x", "http://two.invalid/x")
    assert get(File(PATH, file.md5, urls)).read_bytes() == CONTENT


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
    assert answers[3] == f"what it has is not the file that was published, of md5:{file.md5}"
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
    class Full(downloads.tqdm):
        def update(self, _):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(downloads, "tqdm", Full)
    with pytest.raises(Unavailable, match=r"cannot be used: .*No space left on device"):
        get(File(PATH, file.md5, file.urls * 2))
    assert len(server.requests) == 1


def test_a_file_may_have_another_kind_of_checksum(server, file, cache):
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    path = get(File("weights.pth", urls=file.urls, sha256=sha256, home="networks"))
    assert path == cache.parent / "networks" / "weights.pth"
    assert path.read_bytes() == CONTENT
    with pytest.raises(Unavailable, match="not the file that was published, of sha256:000"):
        get(File("other.pth", urls=file.urls, sha256="0" * 64))


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
    assert PATH not in server.requests


def test_what_was_copied_from_a_mirror_stays(mirror, file):
    address, put = mirror
    put("images.gz", CONTENT)
    get(file, mirror=address)
    assert get(file, download=False).read_bytes() == CONTENT


def test_a_wrong_file_in_a_mirror(mirror, server, file, cache):
    address, put = mirror
    put("images.gz", CONTENT[:-1])
    with pytest.raises(Unavailable, match=rf"not the file that was published, of md5:{file.md5}"):
        get(file, mirror=address, download=False)
    assert not in_cache(cache)
    assert get(file, mirror=address).read_bytes() == CONTENT
    assert server.requests[-1] == PATH


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_in_a_mirror_is_no_file(file, tmp_path):
    os.mkfifo(tmp_path / "images.gz")
    with pytest.raises(Unavailable, match=r"has no images\.gz"):
        get(file, mirror=tmp_path, download=False)


def test_a_file_in_a_mirror_that_is_too_large(file, tmp_path, cache):
    with (tmp_path / "images.gz").open("wb") as out:
        out.truncate(downloads.LIMIT + 1)
    with pytest.raises(Unavailable, match="more than 200 MB, which no file of these has"):
        get(file, mirror=tmp_path, download=False)
    assert not in_cache(cache)


def test_the_environment_names_a_mirror_unless_an_argument_does(
    mirror, server, file, monkeypatch, tmp_path
):
    address, put = mirror
    put("images.gz", CONTENT)
    monkeypatch.setenv("GAN_SCHOOL_MIRROR", address)
    with pytest.raises(Unavailable, match="no such folder"):
        get(file, mirror=tmp_path / "elsewhere", download=False)
    assert get(file, download=False).read_bytes() == CONTENT


def test_the_nearest_comes_first(server, file, tmp_path):
    """The cache, then the folder, then the network; and only as far as needed."""
    (tmp_path / "images.gz").write_bytes(CONTENT)
    get(file, mirror=tmp_path)
    assert not server.requests
    (tmp_path / "images.gz").unlink()
    get(file, mirror=tmp_path)
    assert not server.requests


@pytest.mark.parametrize(
    "address", ["ftp://host/x", "file:///x", "http://[", "http://", "http://host:port"]
)
def test_what_cannot_be_a_mirror(address):
    with pytest.raises(
        ValueError,
        match=rf"{re.escape(address)}' cannot be a mirror\. Give a folder, or an address",
    ):
        Sources(address)


@pytest.mark.parametrize("address", ["http://[::1]:8000/room/", "https://host", "HTTP://h.org:80"])
def test_what_can_be_a_mirror(address):
    assert Sources(address).mirror == address.rstrip("/")
