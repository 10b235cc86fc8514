"""Timetables, and the check of the room: `gan-school room`."""

import os
from datetime import datetime

import pytest

from gan_school.faces import cli, machine, workshop
from gan_school.faces.machine import Finding

ITEMS = [
    (name, day, item) for name, days in workshop.TIMETABLES.items() for day in days for item in day
]


@pytest.fixture
def presenter(monkeypatch):
    """A machine of which nothing is known but that it is well, or not."""
    state = {"finding": Finding("ok", "machine", "well")}
    monkeypatch.setattr(machine, "examine", lambda offline: iter([state["finding"]]))
    return state


@pytest.fixture
def decks(tmp_path, monkeypatch):
    """A folder of slides with two decks, both built."""
    for folder, ending in (("decks", "md"), ("built", "html")):
        (tmp_path / folder).mkdir()
        for name in ("1_why", "2_first"):
            (tmp_path / folder / f"{name}.{ending}").write_text(name)
            os.utime(tmp_path / folder / f"{name}.{ending}", (1_000, 1_000))
    return tmp_path


def test_days_are_of_a_length_that_people_bear():
    lengths = {name: [sum(item.minutes for item in day) for day in days]
               for name, days in workshop.TIMETABLES.items()}  # fmt: skip
    assert 210 <= lengths["half-day"][0] <= 260
    assert len(lengths["two-day"]) == 2 and all(360 <= day <= 480 for day in lengths["two-day"])


@pytest.mark.parametrize("name", workshop.TIMETABLES)
def test_nobody_sits_for_more_than_two_hours(name):
    for day in workshop.TIMETABLES[name]:
        since = 0
        for item in day:
            since = 0 if item.what in ("Break", "Lunch") else since + item.minutes
            assert since <= 120


def test_two_days_have_all_of_the_course():
    days = workshop.TIMETABLES["two-day"]
    assert [item.deck for day in days for item in day if item.deck] == [1, 2, 3, 4, 5, 6, 7]
    opened = sorted(number for day in days for item in day for number in item.notebooks)
    assert opened == [f"{number:02}" for number in range(11)]


def test_lines_have_the_time_of_day():
    lines = list(workshop.lines("half-day", "08:45"))
    assert lines[0].startswith("  08:45   15 min  Arrive")
    assert lines[1] == "  09:00   50 min  Slides 1: Why GANs, and how they work"
    assert lines[2].endswith("(notebook 00)")
    total = sum(item.minutes for item in workshop.TIMETABLES["half-day"][0])
    end = datetime.strptime(lines[-1].split()[0], "%H:%M")
    assert (end - datetime.strptime("08:45", "%H:%M")).seconds == 60 * total
    assert [line for line in workshop.lines("two-day") if line.startswith("Day")] == [
        "Day 1",
        "Day 2",
    ]


def test_there_are_only_two():
    with pytest.raises(ValueError, match=r"'week'\. There are: half-day, two-day"):
        next(workshop.lines("week"))


def test_slides_that_are_built(decks):
    assert workshop.check_slides(decks).state == "ok"


@pytest.mark.parametrize("spoil", [
    lambda folder: (folder / "built" / "2_first.html").unlink(),
    lambda folder: os.utime(folder / "decks" / "2_first.md", (2_000, 2_000)),
], ids=["missing", "older than its text"])  # fmt: skip
def test_slides_that_must_be_built_again(decks, spoil):
    spoil(decks)
    finding = workshop.check_slides(decks)
    assert finding.state == "problem" and "1 of 2 decks" in finding.text
    assert "make slides" in finding.advice


def test_an_installation_without_slides(tmp_path):
    assert workshop.check_slides(tmp_path).state == "note"


@pytest.mark.parametrize(
    ("slides", "machine_state", "status"),
    [("ok", "ok", 0), ("note", "note", 0), ("problem", "ok", 1), ("ok", "problem", 1)],
)
def test_the_command(slides, machine_state, status, presenter, monkeypatch, capsys):
    presenter["finding"] = Finding(machine_state, "machine", "as it is")
    monkeypatch.setattr(workshop, "check_slides", lambda: Finding(slides, "slides", "seven"))
    assert cli.main(["room", "two-day", "--start", "9:30", "--offline"]) == status
    out = capsys.readouterr().out
    assert "Day 2" in out and "  09:30   10 min  What stayed open" in out
    assert "seven" in out and "as it is" in out


def test_the_presenters_machine_is_checked_as_every_other(capsys):
    slides = workshop.check_slides()
    assert cli.main(["room", "--offline"]) == int(slides.state == "problem")
    out = capsys.readouterr().out
    assert str(slides) in out and "ok       packages" in out and "pillow" in out


@pytest.mark.parametrize("wrong", ["noon", "25:00", "9"])
def test_a_time_that_is_none(wrong, capsys):
    with pytest.raises(SystemExit):
        cli.main(["room", "--start", wrong])
    assert "is no time of day; write 09:00" in capsys.readouterr().err


def test_slides_that_are_missing_are_counted(monkeypatch, capsys):
    """The last line is the one that people read."""
    problem = Finding("problem", "slides", "7 of 7 decks are not built.", "Run `make slides`.")
    monkeypatch.setattr("gan_school.faces.workshop.check_slides", lambda: problem)
    monkeypatch.setattr("gan_school.faces.machine.examine", lambda offline: iter(()))
    assert cli.main(["room", "--offline"]) == 1
    assert capsys.readouterr().out.endswith("1 to mend.\n")
