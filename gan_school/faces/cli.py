"""The command line: `gan-school start`, `train`, `check`, `fetch` and `room`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from gan_school import __version__
from gan_school.faces import own_data, terminal
from gan_school.faces.terminal import complain

LARGEST_SEED = 2**32 - 1  # what PyTorch takes


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(terminal.plain(message))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit status for the shell. 0: done. 1: not done, and why was said. 130: interrupted by
        Ctrl-C. 143: ended by SIGTERM. 141: the reader of the output has left, `| head` for example.

    Raises:
        SystemExit: 2 for wrong usage, 0 after `--help`.
    """
    with terminal.speaking(), terminal.sigterm_as_ctrl_c() as terminated:
        try:
            try:
                options = _options(sys.argv[1:] if arguments is None else list(arguments))
                status = _run(options, terminated)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            return terminal.nobody_reads()
        except KeyboardInterrupt:
            complain("terminated." if terminated else "interrupted.")
            status = terminal.INTERRUPTED
        except ImportError as error:
            complain(f"{error}. `gan-school check` says what is missing, and what to do.")
            status = 1
        return terminal.TERMINATED if terminated else status


def _options(arguments: list[str]) -> argparse.Namespace:
    """Read the arguments. PyTorch takes seconds to import, and this does without."""
    if arguments[:1] == ["doctor"]:  # its name until the doctor became the one who reads runs
        complain("`gan-school doctor` is now called `gan-school check`.")
        arguments[0] = "check"
    parser = _Parser(prog="gan-school", description=__doc__.splitlines()[0])
    parser.add_argument("--version", action="version", version=f"gan-school {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)

    start = commands.add_parser("start", help="train your first GAN and look at it")
    start.set_defaults(data="spiral", seeds=None, size=None, labels=False)

    train = commands.add_parser("train", help="train a GAN on other data, or on your own")
    train.add_argument(
        "data", help="spiral, ring, digits, mnist …; a folder of images; a .csv file"
    )
    train.add_argument("--labels", action="store_true", help="let the class be chosen (images)")
    train.add_argument("--size", type=_positive, help="height and width of images, in pixels")
    train.add_argument("--seeds", type=_members, help="train so many GANs at once")

    for command, folder in ((start, Path("outputs", "first-gan")), (train, None)):
        where = "where to put run and picture"
        command.add_argument("--folder", type=Path, default=folder, help=where)
        command.add_argument("--seed", type=_seed, default=0, help="another seed, another GAN")
        command.add_argument("--steps", type=_positive, help="train for so many steps")
        command.add_argument(
            "--again", action="store_true", help="train even if it was done before"
        )

    check = commands.add_parser("check", help="check this machine, and say what to do")
    check.add_argument("--offline", action="store_true", help="do not look for a network")

    room = commands.add_parser("room", help="print a timetable, and check the presenter's machine")
    room.add_argument("timetable", nargs="?", default="half-day", choices=["half-day", "two-day"])
    room.add_argument("--start", default="09:00", type=_time, help="when each day begins, as HH:MM")
    room.add_argument("--offline", action="store_true", help="do not look for a network")

    fetch = commands.add_parser("fetch", help="download data sets ahead of a workshop")
    fetch.add_argument("names", nargs="*", metavar="name", help=", ".join(own_data.PUBLISHED))
    fetch.add_argument("--mirror", help="a folder or an http(s) address that has the files")
    fetch.add_argument("--list", action="store_true", help="show what is there already")

    options = parser.parse_args(arguments)
    if options.command == "train" and options.seed + (options.seeds or 1) - 1 > LARGEST_SEED:
        train.error(f"the last of the seeds is above {LARGEST_SEED}")
    return options


def _run(options: argparse.Namespace, terminated: list[int]) -> int:
    if options.command == "check":
        from gan_school.faces import machine

        return machine.main(offline=options.offline)
    if options.command == "room":
        from gan_school.faces import workshop

        return workshop.main(options.timetable, options.start, offline=options.offline)
    if options.command == "fetch":
        unknown = [name for name in options.names if name not in own_data.PUBLISHED]
        if unknown:
            known = ", ".join(own_data.PUBLISHED)
            complain(f"No data set is called {', '.join(unknown)}. Known are {known}.")
            return 2
        from gan_school.datasets import fetch

        return fetch.main([] if options.list else options.names, mirror=options.mirror)
    from gan_school.faces import train

    return train.main(options, terminated)


def _seed(text: str) -> int:
    return _whole(text, 0, LARGEST_SEED)


def _positive(text: str) -> int:
    return _whole(text, 1, 10**9)


def _members(text: str) -> int:
    return _whole(text, 1, 1000)


def _whole(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return int(text)


def _time(text: str) -> str:
    """A time of day, HH:MM."""
    try:
        return f"{datetime.strptime(text, '%H:%M'):%H:%M}"
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time of day; write 09:00.") from None
