"""Files from a folder or from the network, checked before anything is made of them.

Pooch keeps them in the cache: a file gets its name there only once its checksum was right. What
pooch does not have stands here: several places for one file, and an end to every wait.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from tqdm.auto import tqdm

from gan_school.checks import check
from gan_school.places import cache
from gan_school.progress import watched

if TYPE_CHECKING:
    from requests import Response, Session

CONNECT, SILENCE = 5.0, 10.0  # seconds to wait for a connection, and for something to come
PATIENCE, PACE = 30.0, 20_000  # a download takes so many seconds, and one more for so many bytes
LIMIT = 200_000_000  # bytes that one file may have; the largest has 170 million
_TOO_MUCH = f"more than {LIMIT / 1e6:.0f} MB, which no file of these has"
_REDIRECTS = 5


class Unavailable(OSError):
    """Something has to be fetched first, and no source gave it.

    Attributes:
        what: what is missing, as a person would call it.
        tried: the places that were asked, in that order, and what was wrong with each.
    """

    def __init__(self, what: str, tried: Mapping[str, str], advice: str = ""):
        self.what, self.tried = what, dict(tried)
        lines = [f"  {place}: {answer}" for place, answer in self.tried.items()]
        super().__init__("\n".join([f"{what} cannot be had here.", *lines, advice]).rstrip())


class _Failed(Exception):
    """A source did not give the file. The text says why, for a person."""


class _NotThere(_Failed):
    """The source answers, and does not have it."""


class _Hopeless(_Failed):
    """The source will not give the next file either."""


@dataclass(frozen=True)
class File:
    """A file as it was published, with one checksum or both.

    Attributes:
        path: its place in the cache, and in a mirror: "MNIST/raw/t10k-labels-idx1-ubyte.gz". A
            mirror may leave out folders at the front.
        md5: the checksum of its content, 32 hexadecimal digits.
        urls: addresses on the network, the best first.
        sha256: a checksum of 64 digits, which is then the one that counts.
        home: the folder of the cache that it belongs to.
    """

    path: str
    md5: str = ""
    urls: tuple[str, ...] = ()
    sha256: str = ""
    home: str = "datasets"

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def place(self) -> Path:
        """Where it is kept."""
        return cache(self.home, *self.path.split("/"))

    @property
    def checksum(self) -> tuple[str, str]:
        """The algorithm, and what it gives."""
        return ("sha256", self.sha256) if self.sha256 else ("md5", self.md5)


def folder() -> Path:
    """The folder with all data that was downloaded, laid out so that it can serve as a mirror."""
    return cache("datasets")


class Sources:
    """Where to look for files: the cache, a mirror, the published addresses.

    It remembers which servers gave no answer, so that each is waited for only once.

    Args:
        mirror: a folder, or an http(s) address, that has the files; without it, what
            `GAN_SCHOOL_MIRROR` in the environment says.
        download: whether to ask the published addresses.

    Raises:
        ValueError: if the mirror is an address of another kind, such as `ftp://`.
    """

    def __init__(self, mirror: str | Path | None = None, download: bool = True):
        mirror = mirror or os.environ.get("GAN_SCHOOL_MIRROR")
        self.mirror = _as_mirror(mirror) if mirror else None
        self.download = download
        self._hopeless: set[str] = set()

    def find(self, file: File) -> Path:
        """Bring a file into the cache, unless it is there.

        Returns:
            Its path; it is whole and was checked.

        Raises:
            Unavailable: if no source has it, or the cache cannot be written to.
        """
        tried: dict[str, str] = {}
        try:
            if self._is_kept(file, tried) or any(
                self._takes(file, address, source, tried)
                for address, source in self._addresses(file, tried)
            ):
                return file.place
        except OSError as error:  # what goes wrong at a source is not an OSError here
            tried[str(cache(file.home))] = (
                f"cannot be used: {error}. GAN_SCHOOL_CACHE in the environment names another folder"
            )
        raise Unavailable(file.name, tried)

    def _is_kept(self, file: File, tried: dict[str, str]) -> bool:
        import pooch

        algorithm, checksum = file.checksum
        if not file.place.is_file():
            tried[str(cache(file.home))] = f"has no {file.name}"
        elif pooch.file_hash(file.place, algorithm) == checksum:
            return True
        else:
            tried[str(file.place)] = "not the file that was published; delete it, or fetch it again"
        return False

    def _addresses(self, file: File, tried: dict[str, str]) -> Iterator[tuple[str | Path, str]]:
        """Where it may be, and what messages call that: the mirror, then what was published."""
        parts, mirror = file.path.split("/"), self.mirror
        ends = ["/".join(parts[start:]) for start in range(len(parts))]  # raw/NAME, NAME
        if isinstance(mirror, str):
            yield from ((f"{mirror}/{quote(end)}", mirror) for end in ends)
        elif mirror and mirror.is_dir():
            yield from ((mirror / end, str(mirror)) for end in ends)
        elif mirror:
            tried[str(mirror)] = "there is no such folder"
        for url in file.urls if self.download else ():
            yield url, url

    def _takes(self, file: File, address: str | Path, source: str, tried: dict[str, str]) -> bool:
        """Whether the file came from this address. If not, note why."""
        import pooch

        pooch.get_logger().setLevel("WARNING")  # it announces every address that it tries
        downloader = _copy if isinstance(address, Path) else self._receive
        known, place = ":".join(file.checksum), file.place
        try:
            pooch.retrieve(str(address), known, file.name, place.parent, downloader=downloader)
        except _NotThere:
            tried.setdefault(source, f"has no {file.name}")
        except _Failed as failure:
            tried[source] = str(failure)
        except ValueError:  # the checksum
            tried[source] = f"what it has is not the file that was published, of {known}"
        else:
            return True
        return False

    def _receive(self, url: str, output: str, _: Any) -> None:
        """Download from an address into a file, as pooch wants it done."""
        import requests
        from requests.utils import get_environ_proxies, select_proxy
        from urllib3.exceptions import HTTPError

        host = urlsplit(url).netloc
        nearest = urlsplit(select_proxy(url, get_environ_proxies(url)) or url).netloc
        if self._hopeless & {host, nearest}:
            raise _Failed("not asked, as this server or the proxy gave no answer before")
        patience = _Patience()
        try:
            with _session(patience) as session, _answer(session, url) as answer:
                _write(answer, output)
        except _Hopeless:
            self._hopeless.add(host if patience.received else nearest)
            raise
        except (requests.RequestException, HTTPError, UnicodeError) as error:
            if not patience.received:
                self._hopeless.add(nearest)
            what = "the connection broke" if patience.received else "no connection"
            raise _Failed(f"{what}: {_innermost(error)}") from error


def _as_mirror(mirror: str | Path) -> str | Path:
    """An address, without a slash at its end, or a folder."""
    if isinstance(mirror, Path) or "://" not in mirror:
        return Path(mirror).expanduser()
    check(
        re.fullmatch(r"https?://(\[[\da-f:]+\]|[^/:\[\]\s]+)(:[1-9]\d*)?(/.*)?", mirror, re.I),
        f"{mirror!r} cannot be a mirror. Give a folder, or an address that begins with http:// or "
        "https://.",
    )
    return mirror.rstrip("/")


def _copy(source: str, output: str, _: Any) -> None:
    """Copy from a folder into a file, as pooch wants it done."""
    path = Path(source)
    if not path.is_file():
        raise _NotThere
    if path.stat().st_size > LIMIT:
        raise _Failed(_TOO_MUCH)
    if not os.access(path, os.R_OK):
        raise _Failed("cannot be read: permission denied")
    shutil.copyfile(path, output)
    Path(output).chmod(0o644)  # pooch makes files for their owner alone


# ---------------------------------------------------------------------------------- the network


def _answer(session: Session, url: str) -> Response:
    """The answer with the file, wherever on http or https a server sends us for it."""
    for _ in range(_REDIRECTS):
        # Not followed by requests itself, which would unpack whatever comes with a redirect.
        answer = session.get(url, stream=True, timeout=(CONNECT, SILENCE), allow_redirects=False)
        if answer.status_code == 200:
            return answer
        answer.close()
        if answer.status_code in (404, 410):
            raise _NotThere
        if not answer.is_redirect:
            raise _Failed(f"refused: {answer.status_code} {answer.reason}")
        url = urljoin(url, session.get_redirect_target(answer))
        session.close()  # not the session, but its connection, which the server may have given up
    raise _Failed(f"it redirects more than {_REDIRECTS} times")


def _write(answer: Response, output: str) -> None:
    """Write down what comes, byte for byte, with a bar where somebody watches."""
    length = answer.headers.get("Content-Length", "")
    bar = tqdm(
        total=int(length) if length.isdecimal() else None, desc=answer.url.rpartition("/")[2],
        unit="B", unit_scale=True, leave=False, disable=not watched(), delay=0.5,
    )  # fmt: skip
    with bar, open(output, "wb") as out:
        for piece in answer.raw.stream(2**16, decode_content=False):
            out.write(piece)
            bar.update(len(piece))
    Path(output).chmod(0o644)


class _Patience:
    """How long a download may still take, and how much may come: one for all its connections."""

    def __init__(self):
        self.begin, self.received = time.monotonic(), 0

    def left(self) -> float:
        """How many seconds to wait for the next bytes."""
        passed = time.monotonic() - self.begin
        left = PATIENCE + self.received / PACE - passed
        if left <= 0:
            raise _Hopeless(f"too slow: {self.received:,} bytes in {passed:.0f} s")
        if self.received > LIMIT:
            raise _Hopeless(_TOO_MUCH)
        return min(left, SILENCE)

    def read(self, socket: Any, readinto: Callable[[Any], int], buffer: Any) -> int:
        """Read some bytes from a socket, or give up."""
        left = self.left()
        socket.settimeout(left)
        try:
            count = readinto(buffer)
        except TimeoutError:
            self.left()  # if that is at its end, it is the better reason
            raise _Hopeless(f"no answer within {left:g} s") from None
        self.received += count
        return count


def _session(patience: _Patience) -> Session:
    """A session that reads every answer with patience, from its first header on.

    The timeouts of requests are for single reads: a byte now and then, and they never end.
    """
    import requests
    from requests.adapters import HTTPAdapter

    class Answer(HTTPResponse):
        def __init__(self, socket: Any, *given: Any, **named: Any):
            super().__init__(socket, *given, **named)
            raw = self.fp.raw
            raw.readinto = partial(patience.read, socket, raw.readinto)

    class Adapter(HTTPAdapter):
        def get_connection_with_tls_context(self, *given: Any, **named: Any) -> Any:
            pool = super().get_connection_with_tls_context(*given, **named)
            patient = {"response_class": Answer}
            pool.ConnectionCls = type("Connection", (pool.ConnectionCls,), patient)
            return pool

    session = requests.Session()
    session.headers = {"User-Agent": "gan-school", "Accept-Encoding": "identity"}
    session.mount("http://", Adapter())
    session.mount("https://", Adapter())
    return session


def _innermost(error: BaseException) -> BaseException:
    """The error that began it: requests and urllib3 wrap it three times."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return error
