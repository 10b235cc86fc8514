"""What is printed, in whatever encoding, whoever reads it, and how a process is asked to end."""

import io
import os
import signal
import subprocess
import sys
import warnings

import pytest

from gan_school.faces import terminal
from gan_school.faces.terminal import complain, plain, say


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("spiral, 8×8, größer", "spiral, 8×8, größer"),
        ("two\nlines", "two\nlines"),
        ("\x1b[31mred\x07\r", r"\x1b[31mred\x07\r"),
        ("\u202egnp.exe", r"\u202egnp.exe"),  # turns the direction of writing round
        (os.fsdecode(b"caf\xe9"), r"caf\udce9"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text, shown):
    assert plain(text) == shown
    assert plain(plain(text)) == shown


def test_lines_for_a_person(capsys):
    say("\x1b[2J")
    complain(ValueError("no \x1b"))
    out, err = capsys.readouterr()
    assert (out, err) == ("\\x1b[2J\n", "gan-school: no \\x1b\n")


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("latin-1", "a … → 8×8, ± 1", "a ... -> 8×8, ± 1"),
        ("ascii", "8×8, ± 1 …, größer", "8x8, +- 1 ..., gr??er"),
        ("utf-8", "a … → 8×8", "a … → 8×8"),
    ],
)
def test_an_encoding_that_lacks_something(encoding, text, written, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    with terminal.speaking():
        say(text, end="")
    assert stream.buffer.getvalue().decode(encoding) == written


def test_a_stream_that_is_no_file_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    with terminal.speaking():
        say("8×8 …")
    assert sys.stdout.getvalue() == "8×8 …\n"


def test_warnings_are_lines_without_the_source(capsys):
    with terminal.speaking():
        warnings.warn("the file \x1b is left out", stacklevel=1)
    assert capsys.readouterr().err == "gan-school: the file \\x1b is left out\n"


def test_sigterm_is_ctrl_c_once():
    with terminal.sigterm_as_ctrl_c() as received:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # it is leaving already
    assert received == [signal.SIGTERM] * 2


def test_sigterm_counts_where_ctrl_c_is_ignored():
    """As for a program that a script has put in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with terminal.sigterm_as_ctrl_c(), pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_signals_did_before_they_do_again():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with terminal.sigterm_as_ctrl_c(), terminal.undisturbed():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("arguments", [["--help"], ["room", "--offline"], ["fetch", "--help"]])
def test_a_reader_who_has_left(arguments, shell):
    """`gan-school … | head -1`: no traceback, from the last line at the end of Python neither."""
    reading, writing = os.pipe()
    os.close(reading)
    result = shell(*arguments, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert result.stderr == b""
    assert result.returncode in (0, 141)  # argparse takes no notice of it where it prints help
