"""Files from a folder or from the network, checked before anything is made of them.

Everything ends up in the cache. A file gets its name there only once its checksum was right, so
that whatever has the name is whole. Until then it is a `.part`, and a later try goes on with it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib import request
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit

from tqdm.auto import tqdm

from gan_school.places import cache
from gan_school.progress import watched

TIMEOUT = 10.0  # seconds that a server may be silent
_TRIES = 5  # how often one server is asked, as long as each time brings something
_ABANDONED = 60.0  # seconds after which a part that does not grow is nobody's
_PIECE = 2**16


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


class _Silent(_Failed):
    """The source does not answer, and will not for the next file either."""


class _Broken(_Failed):
    """The source stopped in the middle."""


@dataclass(frozen=True)
class File:
    """A file as it was published.

    Attributes:
        path: its place in the cache, and in a mirror: "MNIST/raw/t10k-labels-idx1-ubyte.gz". A
            mirror may leave out folders at the front.
        md5: the checksum of its content, 32 hexadecimal digits.
        urls: addresses on the network, the best first.
    """

    path: str
    md5: str
    urls: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def place(self) -> Path:
        """Where it is kept."""
        return folder().joinpath(*self.path.split("/"))


def folder() -> Path:
    """The folder with all that was downloaded, laid out so that it can serve as a mirror."""
    return cache("datasets")


class Sources:
    """Where to look for the files of one data set: the cache, a mirror, the published addresses.

    It remembers which servers were silent, so that each is waited for only once.

    Args:
        mirror: a folder, or an http(s) address, that has the files; without it, what
            `GAN_SCHOOL_MIRROR` in the environment says.
        download: whether to ask the published addresses.
        timeout: how many seconds a server may be silent.

    Raises:
        ValueError: if the mirror is an address of another kind, such as `ftp://`.
    """

    def __init__(
        self, mirror: str | Path | None = None, download: bool = True, timeout: float = TIMEOUT
    ):
        self.mirror = _as_mirror(mirror or os.environ.get("GAN_SCHOOL_MIRROR") or None)
        self.download = download
        self.timeout = timeout
        self._answers: dict[str, str | list[str]] = {}  # what is wrong, or which files are missing
        self._silent: set[str] = set()

    @property
    def tried(self) -> dict[str, str]:
        """The places that were asked in vain so far, and what was wrong with each."""
        return {
            source: answer if isinstance(answer, str) else f"has no {', '.join(answer)}"
            for source, answer in self._answers.items()
            if answer
        }

    def obtain(self, *ways: Sequence[File]) -> list[Path]:
        """Bring files into the cache, unless they are there.

        Args:
            ways: each is a list of files that do together. The nearest is taken: one that is in the
                cache before one in the mirror, that before one on the network; else the first.

        Returns:
            The paths of the files of one way, whole and checked.

        Raises:
            Unavailable: if no way is complete, or the cache cannot be written to.
        """
        try:
            for look in (self._kept, self._mirrored, self._published):
                for way in ways:
                    paths = _all_or_none(look, way)
                    if paths is not None:
                        return paths
        except OSError as error:  # what goes wrong at a source is not an OSError here
            self._answers[str(folder())] = (
                f"cannot be used: {error}. GAN_SCHOOL_CACHE in the environment names another folder"
            )
        raise Unavailable(ways[0][0].name, self.tried)

    def _kept(self, file: File) -> Path | None:
        """The file in the cache, if it is the right one."""
        place = file.place
        if not place.is_file():
            self._lacks(str(folder()), file)
            return None
        if _is_marked(place, file.md5):
            return place
        wrong = _difference(place, file)
        if wrong:
            self._answers[str(place)] = f"{wrong}; delete it, or fetch it again"
            return None
        _mark(place, file.md5)
        return place

    def _mirrored(self, file: File) -> Path | None:
        kept = self._kept(file)
        if kept or self.mirror is None:
            return kept
        if isinstance(self.mirror, Path) and not self.mirror.is_dir():
            self._answers[str(self.mirror)] = "there is no such folder"
            return None
        for address in _in_mirror(self.mirror, file):
            if self._try(file, address, source=str(self.mirror)):
                return file.place
        return None

    def _published(self, file: File) -> Path | None:
        kept = self._kept(file)
        if kept or not self.download:
            return kept
        for url in file.urls:
            if self._try(file, url, source=url):
                return file.place
        return None

    def _try(self, file: File, address: str | Path, source: str) -> bool:
        """Take the file from one address. If it fails, note why."""
        host = urlsplit(address).netloc if isinstance(address, str) else ""
        if host in self._silent:
            self._answers.setdefault(source, "not asked, as this server did not answer before")
            return False
        try:
            if isinstance(address, Path):
                _copy(address, file)
            else:
                _download(address, file, self.timeout)
        except _NotThere:
            self._lacks(source, file)
        except _Failed as failure:
            self._answers[source] = str(failure)
            if isinstance(failure, _Silent):
                self._silent.add(host)
        else:
            self._has_come(file)
            return True
        return False

    def _lacks(self, source: str, file: File) -> None:
        missing = self._answers.setdefault(source, [])
        if isinstance(missing, list) and file.name not in missing:
            missing.append(file.name)

    def _has_come(self, file: File) -> None:
        for missing in self._answers.values():
            if isinstance(missing, list) and file.name in missing:
                missing.remove(file.name)


def _all_or_none(look: Callable[[File], Path | None], files: Sequence[File]) -> list[Path] | None:
    paths = []
    for file in files:
        path = look(file)
        if path is None:
            return None
        paths.append(path)
    return paths


# ------------------------------------------------------------------------------------- mirrors


def _as_mirror(mirror: str | Path | None) -> str | Path | None:
    """An address, without a slash at its end, or a folder."""
    if mirror is None or isinstance(mirror, Path):
        return mirror
    if "://" not in mirror:
        return Path(mirror).expanduser()
    if not _is_address(mirror):
        raise ValueError(
            f"{mirror!r} cannot be a mirror. Give a folder, or an address that begins with "
            "http:// or https://."
        )
    return mirror.rstrip("/")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket that is not closed, a port that is no number
        return False


def _in_mirror(mirror: str | Path, file: File) -> list[str] | list[Path]:
    """Where a mirror may have the file: MNIST/raw/NAME, raw/NAME, NAME."""
    parts = file.path.split("/")
    ends = [parts[start:] for start in range(len(parts))]
    if isinstance(mirror, Path):
        return [mirror.joinpath(*end) for end in ends]
    return [f"{mirror}/{quote('/'.join(end))}" for end in ends]


def _copy(source: Path, file: File) -> None:
    """Copy a file from a folder into the cache, if its content is right."""
    if not source.is_file():
        raise _NotThere
    try:
        wrong = _difference(source, file)
    except OSError as error:
        raise _Failed(f"cannot be read: {error}") from error
    if wrong:
        raise _Failed(f"{source}: {wrong}")
    with _new_part(file.place) as part:
        shutil.copyfile(source, part)
        if _difference(part, file):
            raise _Failed(f"{source} could not be copied")
        _keep(part, file)


# ------------------------------------------------------------------------------------ checksums


def _difference(path: Path, file: File) -> str:
    """What tells the content at a path from what was published; empty if nothing does."""
    with path.open("rb") as content:
        found = hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found == file.md5:
        return ""
    size = path.stat().st_size
    return (
        f"not the file that was published: its {size:,} bytes have MD5 {found}, and not {file.md5}"
    )


def _is_marked(place: Path, md5: str) -> bool:
    """Whether the file was checked before, and was not touched since: no need to read it all."""
    with suppress(OSError):
        return _marker(place).read_text("ascii") == _stamp(place, md5)
    return False


def _mark(place: Path, md5: str) -> None:
    with suppress(OSError):  # a cache that cannot be written to is only slower
        _marker(place).write_text(_stamp(place, md5), "ascii")


def _marker(place: Path) -> Path:
    return place.with_name(f"{place.name}.checked")


def _stamp(place: Path, md5: str) -> str:
    found = place.stat()
    return f"{md5} {found.st_size} {found.st_mtime_ns}"


def _keep(part: Path, file: File) -> None:
    """Give a part that was checked its name."""
    part.replace(file.place)
    _mark(file.place, file.md5)


# ---------------------------------------------------------------------------------------- parts


@contextmanager
def _new_part(place: Path) -> Iterator[Path]:
    """A name next to the file that no other program uses; what is left there is deleted."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _resumable_part(place: Path) -> Iterator[Path]:
    """The same, with what an earlier try has left; what is left now is there for the next one.

    Two programs that download the same file at once do not share a part: renaming an old one is how
    it is taken, and only one of the two can do that. The other begins anew.
    """
    free = place.with_name(f"{place.name}.part")
    with _new_part(place) as part:
        for old in _leftovers(place, free):
            with suppress(OSError):  # another program was faster
                os.utime(old)  # or that program would think that nobody uses it
                old.rename(part)
                break
        part.touch()
        try:
            yield part
        finally:
            if part.exists() and part.stat().st_size > _size(free):
                part.replace(free)


def _leftovers(place: Path, free: Path) -> Iterator[Path]:
    """Parts that no program writes to: given back, or left by one that was killed."""
    yield free
    for path in place.parent.glob(f"{place.name}.*.part"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED:
                yield path


def _size(path: Path) -> int:
    """In bytes; 0 if there is no such file."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


# ---------------------------------------------------------------------------------- the network


def _download(url: str, file: File, timeout: float) -> None:
    """Bring a file from an address into the cache, going on where an earlier try stopped."""
    with _resumable_part(file.place) as part:
        if _size(part) and not _difference(part, file):  # stopped just before it got its name
            return _keep(part, file)
        for attempt in range(1, _TRIES + 1):
            start = _size(part)
            try:
                _receive(url, part, timeout)
            except _Broken as broken:
                if _size(part) <= start:
                    raise _Silent(str(broken)) from broken
                if attempt == _TRIES:
                    raise
                continue
            wrong = _difference(part, file)
            if not wrong:
                return _keep(part, file)
            _empty(part)
            if not start:
                raise _Failed(f"what it sent is {wrong}")
            # Perhaps only the beginning was wrong, which is of an earlier time: once more.
        raise _Failed("what it sends is another file each time")


def _receive(url: str, part: Path, timeout: float) -> None:
    """Add to a part what it lacks; all of it if the server cannot begin in the middle."""
    start = _size(part)
    response = _open(url, start, timeout)
    if response is None:
        _empty(part)
        return _receive(url, part, timeout)
    with response, part.open("r+b") as out:
        if response.status != 206:
            start = 0
        out.truncate(start)
        out.seek(start)
        length = response.headers.get("Content-Length")
        total = start + int(length) if length and length.isdecimal() else None
        bar = tqdm(
            total=total, initial=start, desc=url.rpartition("/")[2], unit="B", unit_scale=True,
            leave=False, disable=not watched(), delay=0.5,
        )  # fmt: skip
        with bar:
            for piece in _pieces(response, timeout):
                out.write(piece)
                bar.update(len(piece))
        arrived = out.tell()
    if total is not None and arrived < total:
        raise _Broken(f"the connection ended after {arrived:,} of {total:,} bytes")


def _open(url: str, start: int, timeout: float) -> HTTPResponse | None:
    """Ask for a file from some byte on; None if there is no going on from there."""
    headers = {"User-Agent": "gan-school", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        response = _opener().open(request.Request(url, headers=headers), timeout=timeout)
    except HTTPError as error:
        error.close()
        if error.code == 416 and start:
            return None
        if error.code in (404, 410):
            raise _NotThere(f"not there ({error.code})") from None
        raise _Failed(f"refused: {error.code} {error.reason}") from None
    except (OSError, HTTPException, ValueError) as error:
        raise _Silent(_why(error, timeout)) from error
    if response.status == 200 or (response.status == 206 and _begins_at(start, response)):
        return response
    response.close()
    if not start:
        raise _Failed(f"answered {response.status} {response.reason}, and not with the file")
    return None


def _begins_at(start: int, response: HTTPResponse) -> bool:
    return bool(re.match(rf"bytes {start}-", response.headers.get("Content-Range", "")))


def _pieces(response: HTTPResponse, timeout: float) -> Iterator[bytes]:
    try:
        while piece := response.read1(_PIECE):
            yield piece
    except (OSError, HTTPException) as error:
        raise _Broken(f"the connection broke: {_why(error, timeout)}") from error


def _why(error: Exception, timeout: float) -> str:
    """What went wrong on the network, in a few words."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return f"no answer within {timeout:g} s"
    return f"no connection: {reason or type(reason).__name__}"


def _opener() -> request.OpenerDirector:
    """Goes to http and https only, wherever a server sends it: not to files, not to ftp."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler, request.HTTPHandler, request.HTTPSHandler, request.UnknownHandler,
        request.HTTPDefaultErrorHandler, request.HTTPRedirectHandler, request.HTTPErrorProcessor,
    ):  # fmt: skip
        opener.add_handler(handler())
    return opener


def _empty(part: Path) -> None:
    part.write_bytes(b"")
