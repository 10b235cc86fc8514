"""Files that are whole or not there."""

import hashlib
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gan_school import files

POSIX = os.name != "nt"


def test_the_new_content_replaces_the_old_and_nothing_else_is_left(tmp_path):
    place = tmp_path / "new" / "note.txt"
    files.write_text(place, "one\n")
    files.write_text(place, "zwei ä\n")
    assert place.read_bytes() == "zwei ä\n".encode()
    assert [entry.name for entry in place.parent.iterdir()] == ["note.txt"]


def test_what_fails_leaves_the_old_content_and_nothing_beside_it(tmp_path):
    place = tmp_path / "note.txt"
    files.write_text(place, "old")

    def half(part):
        part.write_text("ne")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.write_atomically(place, half)
    assert place.read_text() == "old"
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_of_that_name_is_an_error_and_stays(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        files.write_text(tmp_path / "taken", "text")
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]


def test_the_part_lies_in_the_same_folder_with_the_same_ending(tmp_path):
    seen = []

    def write(part):
        seen.append(part)
        part.write_bytes(b"x")

    for _ in range(2):
        files.write_atomically(tmp_path / f"{'long' * 60}.png", write)
    assert {part.parent for part in seen} == {tmp_path}
    assert {part.suffix for part in seen} == {".png"}  # savefig goes by it
    assert len(set(seen)) == 2


@pytest.mark.skipif(not POSIX, reason="permissions of this kind are POSIX's")
def test_permissions_are_those_of_an_ordinary_new_file(tmp_path):
    (tmp_path / "ordinary").touch()

    def private(part):
        part.unlink()
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600))

    files.write_atomically(tmp_path / "private", private)
    files.write_text(tmp_path / "text", "")
    modes = {stat.S_IMODE(place.stat().st_mode) for place in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_reader_always_finds_a_whole_file(tmp_path):
    place, done = tmp_path / "note.txt", threading.Event()
    texts = ["a" * 100_000, "b" * 50_000]
    files.write_text(place, texts[0])

    def write():
        for step in range(40):
            files.write_text(place, texts[step % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not done.is_set():
            assert place.read_text() in texts
    finally:
        writer.join()


def test_the_digest_is_sha256(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert files.digest(tmp_path / "file") == hashlib.sha256(b"abc").hexdigest()


def test_names_that_would_move_the_cursor_or_are_no_utf_8():
    assert files.shown("Blüten/\x1b[2Ja\n\udcff") == r"Blüten/\x1b[2Ja\n\udcff"


# ------------------------------------------------------------------------------------ the lock


def test_a_locked_folder_keeps_a_second_writer_out_and_is_free_afterwards(tmp_path):
    with (
        files.locked(tmp_path),
        pytest.raises(TimeoutError, match="another program has been writing into"),
        files.locked(tmp_path, wait=0.1),
    ):
        pass
    with files.locked(tmp_path, wait=0.1):
        pass
    assert not list(tmp_path.iterdir())


def test_an_error_inside_gives_the_lock_back(tmp_path):
    with pytest.raises(ZeroDivisionError), files.locked(tmp_path):
        1 / 0  # noqa: B018
    with files.locked(tmp_path, wait=0.1):
        pass


def test_a_lock_on_a_file_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError), files.locked(tmp_path / "file", wait=0.1):
        pass


_HOLDER = """
import sys, time
from pathlib import Path
from gan_school import files
with files.locked(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""

_COUNTER = """
import sys
from pathlib import Path
from gan_school import files
folder = Path(sys.argv[1])
for _ in range(100):
    with files.locked(folder):
        count = int((folder / "count").read_text())
        files.write_text(folder / "count", str(count + 1))
"""


def _process(code: str, folder: Path, **options) -> subprocess.Popen:
    root = Path(files.__file__).parents[1]
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        env=os.environ | {"PYTHONPATH": str(root)},
        **options,
    )


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    holder = _process(_HOLDER, tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(TimeoutError), files.locked(tmp_path, wait=0.2):
            pass
        holder.send_signal(signal.SIGKILL if POSIX else signal.SIGTERM)
        holder.wait()
        with files.locked(tmp_path, wait=5):
            pass
    finally:
        holder.kill()
        holder.stdout.close()
        holder.wait()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_two_processes_that_count_in_one_file_lose_no_count(tmp_path):
    (tmp_path / "count").write_text("0")
    counters = [_process(_COUNTER, tmp_path) for _ in range(2)]
    assert [counter.wait(timeout=120) for counter in counters] == [0, 0]
    assert (tmp_path / "count").read_text() == "200"
