"""Files that are whole or not there, for everything that the package writes."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # on Windows
    import msvcrt

_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)  # what a lock that another has answers
_PAUSE = 0.05  # seconds from one look at a lock to the next


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file so that whoever opens it finds the old content or the new, never a part.

    Args:
        path: the file. Its folder is made if there is none.
        write: is given another path in the same folder, with the same ending, and writes there. A
            file of no bytes is there already, under a name that no other process uses.

    Raises:
        OSError: if the folder cannot be written to, or is full. Then, and after any other error in
            `write`, the file is what it was and nothing is left beside it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem[:100]}.{secrets.token_hex(8)}{path.suffix}")
    try:
        with part.open("xb") as file:
            ordinary = os.fstat(file.fileno()).st_mode
        write(part)
        if part.stat().st_mode != ordinary:  # of a file that `write` made in a way of its own
            part.chmod(ordinary)
        _flush(part)
        _replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    with suppress(OSError):  # the new name is not lost with the power, where a folder can be opened
        _flush(path.parent)


def write_text(path: Path, text: str) -> None:
    """The same for text: UTF-8, and lines that end the same on every system."""
    write_atomically(path, lambda part: part.write_text(text, encoding="utf-8", newline="\n"))


def digest(path: Path) -> str:
    """The SHA-256 checksum of a file, 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shown(path: Path | str) -> str:
    """A name as it can be printed: what would move the cursor, or is no UTF-8, as an escape."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in str(path)
    )


@contextmanager
def locked(folder: Path, wait: float = 30.0) -> Iterator[None]:
    """Keep other writers out of a folder: `with locked(folder): …`.

    Only those who ask for the lock are kept out; reading needs none. The system gives it back when
    the process ends, however it ends. It cannot be taken twice, not even by the one who has it.

    Args:
        folder: is made if there is none. While it is locked, it holds a file `.lock`.
        wait: how many seconds to wait for another writer.

    Raises:
        TimeoutError: if another one still has it then. It is an OSError.
        OSError: if the folder is a file, or cannot be written to.
    """
    path = Path(folder) / ".lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait
    while (file := _taken(path)) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"another program has been writing into {folder} for {wait:g} s. Wait until it is "
                "done, or choose another folder."
            )
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        if os.name != "nt":  # while it is locked, so that nobody else's is removed
            path.unlink(missing_ok=True)
        file.close()
        if os.name == "nt":  # refused there while anybody has it open
            with suppress(OSError):
                path.unlink()


def _taken(path: Path) -> BinaryIO | None:
    """The lock file, open and locked; None if another one has it."""
    try:
        file = path.open("a+b")
    except PermissionError:
        if path.parent.is_dir() and os.name == "nt":  # just being removed
            return None
        raise
    try:
        _lock(file)
        # The one who had it may have removed it, and a third made another of that name.
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
    except OSError as error:
        if error.errno not in (*_TAKEN, errno.ENOENT):
            return file  # a file system without locks: rather unguarded than not written at all
    file.close()
    return None


def _lock(file: BinaryIO) -> None:
    if os.name == "nt":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _flush(path: Path) -> None:
    """Wait until it is on the disk, not only on its way there."""
    # Windows flushes only what may be written to, and a folder cannot be opened so.
    number = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _replace(part: Path, path: Path) -> None:
    """Rename; on Windows again for a second, while a reader or a virus scanner has the old one."""
    for _ in range(20 if os.name == "nt" else 0):
        with suppress(PermissionError):
            os.replace(part, path)
            return
        time.sleep(_PAUSE)
    os.replace(part, path)
