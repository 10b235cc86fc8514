"""What the command line says, in any encoding, to a reader who may leave or ask it to stop."""

from __future__ import annotations

import codecs
import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gan_school.files import shown

# After the shell's custom: 128 and the number of the signal.
INTERRUPTED, UNREAD, TERMINATED = 130, 141, 143

_SIMPLER = {"…": "...", "→": "->", "–": "-", "−": "-", "×": "x", "±": "+-", "≈": "~"}


def plain(text: object) -> str:
    """The text, line by line, with escapes for what would move the cursor or is no text at all."""
    return "\n".join(map(shown, str(text).split("\n")))


def say(text: object = "", end: str = "\n") -> None:
    """Print to standard output, at once."""
    print(plain(text), end=end, flush=True)


def complain(text: object) -> None:
    """Print to standard error, after the program's name."""
    print(f"gan-school: {plain(text)}", file=sys.stderr, flush=True)


def _simpler(error: UnicodeError) -> tuple[str, int]:
    """Instead of what an encoding such as Latin-1 lacks: something like it, or a question mark."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(_SIMPLER.get(c, "?") for c in error.object[error.start : error.end]), error.end


@contextmanager
def speaking() -> Iterator[None]:
    """Print in whatever encoding there is, and warnings as lines of our own."""
    codecs.register_error("gan_school.simpler", _simpler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="gan_school.simpler")
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: complain(message)
        yield


def nobody_reads() -> int:
    """Let the rest of the output go nowhere, as Python writes once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return UNREAD


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[list[int]]:
    """Do on SIGTERM what is done on Ctrl-C, once; the list tells of it."""
    received: list[int] = []

    def note(number: int, frame: Any) -> None:
        received.append(number)
        if len(received) > 1:
            return  # it is leaving already
        on_ctrl_c = signal.getsignal(signal.SIGINT)  # while training, the one that ends a round
        if not callable(on_ctrl_c):
            raise KeyboardInterrupt
        on_ctrl_c(signal.SIGINT, frame)

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Take no notice of Ctrl-C for a moment, so that the second one does not undo the first."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
