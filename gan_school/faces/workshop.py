"""The workshop's timetables, and the check of the room before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import gan_school
from gan_school.faces import machine
from gan_school.faces.machine import Finding
from gan_school.faces.terminal import say


@dataclass(frozen=True)
class Item:
    """Something that takes some minutes of a workshop.

    Attributes:
        minutes: how long.
        what: is done.
        deck: the number of the slides, where there are any.
        notebooks: the numbers of those that the room opens.
    """

    minutes: int
    what: str
    deck: int | None = None
    notebooks: tuple[str, ...] = ()

    def __str__(self) -> str:
        word = "notebook" if len(self.notebooks) == 1 else "notebooks"
        opened = f" ({word} {', '.join(self.notebooks)})" if self.notebooks else ""
        slides = f"Slides {self.deck}: " if self.deck else ""
        return f"{slides}{self.what}{opened}"


Day = tuple[Item, ...]

_ARRIVE = Item(15, "Arrive; every machine runs `gan-school check`")
_BREAK, _LUNCH = Item(15, "Break"), Item(60, "Lunch")
_WHY = Item(50, "Why GANs, and how they work", 1)
_FIRST = Item(55, "The first GAN, live", 2, ("00",))
_IMAGES = Item(50, "Conditional GAN and DCGAN", 3)
_WRONG = Item(55, "What goes wrong, and how to see it", 4)
_QUICK = Item(50, "Levels 1 and 2", 5)
_DRASTIC = Item(55, "Levels 3 and 4", 6)
_JUDGE = Item(60, "Judging samples, and knowing when to stop", 7)

TIMETABLES: dict[str, tuple[Day, ...]] = {
    "half-day": (
        (
            _ARRIVE, _WHY, _FIRST, _BREAK,
            Item(30, "By yourself: your first GAN", notebooks=("01",)),
            _WRONG,
            Item(20, "By yourself: make a run sick, and cure it", notebooks=("04",)),
            Item(10, "Questions, and where to go on alone"),
        ),
    ),
    "two-day": (
        (
            _ARRIVE, _WHY, _FIRST, _BREAK,
            Item(45, "By yourself: your first GAN", notebooks=("01",)),
            _LUNCH, _IMAGES,
            Item(45, "By yourself: choose, and draw", notebooks=("02", "03")),
            _BREAK, _WRONG,
            Item(40, "By yourself: make a run sick, and cure it", notebooks=("04",)),
        ),
        (
            Item(10, "What stayed open yesterday"), _QUICK,
            Item(60, "By yourself: put a claim to the test", notebooks=("05", "06")),
            _BREAK, _DRASTIC, _LUNCH,
            Item(50, "By yourself: change the game", notebooks=("07", "08", "10")),
            _JUDGE, _BREAK,
            Item(40, "By yourself: judge samples", notebooks=("09",)),
            Item(30, "Your own data, and questions"),
        ),
    ),
}  # fmt: skip
"""By name: the days of a workshop, and what is done on each, in order."""


def lines(name: str, start: str = "09:00") -> Iterator[str]:
    """A timetable with the time of day, a line for each item.

    Args:
        name: half-day or two-day.
        start: when each day begins, as HH:MM.

    Raises:
        ValueError: if there is no such timetable, or `start` is no time of day.
    """
    if name not in TIMETABLES:
        raise ValueError(f"no timetable is called {name!r}. There are: {', '.join(TIMETABLES)}.")
    days = TIMETABLES[name]
    for number, day in enumerate(days, start=1):
        if len(days) > 1:
            yield f"Day {number}"
        now = datetime.strptime(start, "%H:%M")
        for item in day:
            yield f"  {now:%H:%M}  {item.minutes:3} min  {item}"
            now += timedelta(minutes=item.minutes)
        yield f"  {now:%H:%M}           End"


def check_slides(folder: Path | None = None) -> Finding:
    """Whether the decks are built, so that they open without a network."""
    folder = Path(gan_school.__file__).parent.parent / "slides" if folder is None else folder
    decks = sorted(folder.glob("decks/*.md"))
    if not decks:
        advice = "They are in the project's repository; clone it, and run `make slides`."
        return Finding("note", "slides", "this installation comes without slides.", advice)
    built = [deck for deck in decks if _is_fresh(folder / "built" / f"{deck.stem}.html", deck)]
    if len(built) == len(decks):
        return Finding("ok", "slides", f"{len(decks)} decks in {folder / 'built'}")
    text = (
        f"{len(decks) - len(built)} of {len(decks)} decks are not built, or older than their text."
    )
    return Finding("problem", "slides", text, "Run `make slides`, while there is a network.")


def _is_fresh(built: Path, source: Path) -> bool:
    return built.exists() and built.stat().st_mtime >= source.stat().st_mtime


def main(name: str = "half-day", start: str = "09:00", offline: bool = False) -> int:
    """Print the timetable, then check this machine as the one that presents.

    Returns:
        1 if there is a problem, else 0.
    """
    say(f"GAN School, {name}:\n")
    for line in lines(name, start):
        say(line)
    say("\nThis machine:\n")
    return machine.main(offline, [check_slides()])
