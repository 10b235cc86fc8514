"""The decks: what they say, what they refer to, and how they look in a real browser."""

import json
import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock

from gan_school.faces import workshop
from gan_school.lab import evidence, tricks
from slides import figures
from slides.facts import Facts
from tools import slides

ROOT = Path(__file__).parent.parent
DECKS = slides.decks()
by_name = pytest.mark.parametrize("deck", DECKS, ids=lambda deck: deck.name)


# Placeholders, code, formulas and figures.
NOT_PROSE = re.compile(
    r"\[\[.*?\]\]|```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|!\[[^\]]*\]\([^)]*\)", re.DOTALL
)


def content(deck) -> list[str]:
    """The slides of a deck, without title slides and notes."""
    return [
        re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL) for text in slides.slides_of(deck.text)
    ]


def minutes_of(deck) -> int:
    """How long the presenter talks."""
    return sum(int(re.match(r"(\d+) minutes?\.", note)[1]) for note in slides.notes(deck.text))


# ------------------------------------------------------------------------------------- as written


def test_there_is_a_deck_for_each_part():
    assert [deck.number for deck in DECKS] == [1, 2, 3, 4, 5, 6, 7]


@by_name
def test_length(deck):
    """15 to 25 slides, and as many minutes as the timetables give."""
    assert 15 <= len(slides.slides_of(deck.text)) <= 25
    said = minutes_of(deck)
    given = {
        item.minutes for days in workshop.TIMETABLES.values() for day in days for item in day
        if item.deck == deck.number
    }  # fmt: skip
    assert all(said <= minutes <= said + 10 for minutes in given), (said, given)


@by_name
def test_notes_on_every_slide(deck):
    for text, note in zip(slides.slides_of(deck.text), slides.notes(deck.text), strict=True):
        assert re.match(r"\d+ minutes?\.\nSay: \S.{40,}", note), text


@by_name
def test_every_figure_has_words_for_those_who_cannot_see_it(deck):
    alts = re.findall(r"!\[([^\]]*)\]\(", deck.text)
    assert len(alts) == len(deck.figures) >= 6
    assert all(len(alt.split()) >= 6 for alt in alts)


def test_every_figure_is_shown_and_every_shown_figure_exists():
    shown = {name for deck in DECKS for name in deck.figures}
    assert shown == set(figures.names())


@by_name
def test_no_number_is_typed(deck):
    """Decimals and percentages are measured, so they come from the record; settings are code."""
    for text in content(deck):
        text = NOT_PROSE.sub("", text)
        text = text.replace("95 % interval", "")
        for trick in tricks:
            text = re.sub(rf"(?<![\d.]){re.escape(trick.number)}(?![\d.])", "", text)
        assert not re.search(r"\d\.\d|(?<![\d.])\.\d|\d\s*%", text), text


@by_name
def test_one_idea_a_slide(deck):
    for text in content(deck):
        words = re.sub(r"\[\[.*?\]\]|!\[[^\]]*\]\([^)]*\)|```.*?```|[|#*>-]", " ", text,
                       flags=re.DOTALL).split()  # fmt: skip
        assert len(words) <= 75, text


# ----------------------------------------------------------------------------------- references


def headings(notebook: Path) -> set[str]:
    """What the sections of a notebook are called."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return set(re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE))


@by_name
def test_links_lead_somewhere(deck):
    for target in re.findall(r"\]\(([^)]+)\)", deck.text):
        if not target.startswith("figures/"):
            assert (slides.DECKS / target).resolve().exists(), target
            assert (slides.BUILT / target).resolve().exists(), target  # from the built page, too


@by_name
def test_cells_to_run_exist(deck):
    """A note says which section of which notebook to run, and there is one."""
    said = re.findall(r"^Run: (.*)$", "\n".join(slides.notes(deck.text)), flags=re.MULTILINE)
    assert said
    for line in said:
        number, heading = re.match(r'notebook (\d\d), "(.+)"', line).groups()
        (notebook,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
        assert heading in headings(notebook), (line, sorted(headings(notebook)))


def test_the_guide_knows_the_decks():
    guide = (slides.SLIDES / "README.md").read_text(encoding="utf-8")
    for deck in DECKS:
        title = re.search(r'^title: "GAN School \d: (.*)"$', deck.text, flags=re.MULTILINE)[1]
        title = title[0].upper() + title[1:]
        count, minutes = len(slides.slides_of(deck.text)), minutes_of(deck)
        row = f"| [{deck.number}](decks/{deck.name}.md) | {title} | {count} | {minutes} |"
        assert row in guide


@pytest.mark.parametrize("name", workshop.TIMETABLES)
def test_the_guide_has_the_timetables(name):
    guide = (slides.SLIDES / "README.md").read_text(encoding="utf-8")
    assert "\n".join(workshop.lines(name)) in guide


# --------------------------------------------------------------------------------------- numbers


def test_numbers_come_from_the_ledger():
    """Another ledger, another number on the slide."""
    page = 'Adam gains [[ gain("1.5", "not SGD with 50 times the rate", "spiral") ]].'
    ledger = evidence()
    values = ledger.values.copy()
    rows = values["task"] == "spiral"
    values.loc[rows, "coverage"] = values.loc[rows, "coverage"] / 2
    changed = replace(ledger, values=values)
    effect = ledger.effects("1.5", "spiral", "long").set_index("variant")
    gain = effect.loc["not SGD with 50 times the rate", "gain"]
    assert slides.filled(page, Facts().names()) == f"Adam gains {gain:+.2f}."
    assert slides.filled(page, Facts(changed).names()) == f"Adam gains {gain / 2:+.2f}."


@pytest.mark.parametrize(
    "asked",
    ['[[ gain("1.5", "Adam", "moon") ]]', "[[ beauty() ]]", '[[ study("labels", "x", "y") ]]'],
)
def test_what_was_not_measured_cannot_be_said(asked):
    with pytest.raises(Exception, match=r"moon|beauty|labels"):
        slides.filled(asked, Facts().names())


# ------------------------------------------------------------------------------------ the machine


@pytest.fixture
def machine(monkeypatch):
    """A machine with a Node of some version or none, where pip can install one or not."""
    state = SimpleNamespace(version=0, of_pip=False, pip_works=True, called=[])

    def run(command, **options):
        state.called.append(command)
        state.of_pip = state.pip_works
        return SimpleNamespace(returncode=0 if state.pip_works else 1, stderr="no such package")

    monkeypatch.setattr(slides.shutil, "which", lambda name: "node" if state.version else None)
    monkeypatch.setattr(slides, "_node_of_pip", lambda: "node of pip" if state.of_pip else None)
    monkeypatch.setattr(
        slides, "_version", lambda place: state.version if place == "node" else slides.OLDEST_NODE
    )
    monkeypatch.setattr(slides.subprocess, "run", run)
    return state


def test_the_node_of_the_machine_is_used(machine):
    machine.version = slides.OLDEST_NODE
    assert slides.node() == "node" and not machine.called


@pytest.mark.parametrize("version", [0, slides.OLDEST_NODE - 1], ids=["none", "an old one"])
def test_without_a_node_pip_installs_the_locked_one(version, machine):
    machine.version = version
    assert slides.node() == "node of pip"
    (command,) = machine.called
    assert command[1:4] == ["-m", "pip", "install"] and "--require-hashes" in command
    assert command[-1].endswith("node.lock")


def test_if_that_fails_too_one_learns_what_to_do(machine):
    machine.pip_works = False
    with pytest.raises(SystemExit, match=r"install version 18 or newer(.|\n)*no such package"):
        slides.node()


def test_without_a_browser_the_pages_are_finished_all_the_same(monkeypatch):
    monkeypatch.setattr(slides.shutil, "which", lambda name: None)
    monkeypatch.setattr(slides, "ELSEWHERE", ())
    monkeypatch.delenv("CHROME_PATH", raising=False)
    with pytest.raises(SystemExit, match="HTML files are finished"):
        slides.browser()
    monkeypatch.setenv("CHROME_PATH", __file__)
    assert slides.browser() == __file__


# ----------------------------------------------------------------------------------- as people see

ON_THE_PAGE = r"""
() => {
  const section = document.querySelector('svg.bespoke-marp-active section');
  const frame = section.getBoundingClientRect();
  const outside = [], small = [], raw = [], covered = [];
  const part = element => `${element.tagName}: ${element.textContent.trim().slice(0, 40)}`;
  const leaves = (a, b) => a.left < b.left - 1 || a.right > b.right + 1
      || a.top < b.top - 1 || a.bottom > b.bottom + 1;
  const meet = (a, b) => a.left < b.right - 2 && a.right > b.left + 2
      && a.top < b.bottom - 2 && a.bottom > b.top + 2;
  const images = [...section.querySelectorAll('img')];
  for (const element of section.querySelectorAll('*')) {
    if (element.closest('mjx-container')) continue;  // a formula is as large as the words around it
    const box = element.getBoundingClientRect();
    if (box.width && leaves(box, frame)) outside.push(part(element));
    const text = [...element.childNodes].filter(node => node.nodeType === 3)
        .map(node => node.textContent).join('');
    if (!text.trim()) continue;
    if (parseFloat(getComputedStyle(element).fontSize) < 20) small.push(part(element));
    if (!element.closest('code') && /\$|\\[a-zA-Z]|\[\[|\]\]/.test(text)) raw.push(part(element));
    for (const image of images)
      if (!element.contains(image) && meet(box, image.getBoundingClientRect()))
        covered.push(part(element));
  }
  return {
    outside, small, raw, covered,
    overflow: section.scrollHeight > section.clientHeight + 1
        || section.scrollWidth > section.clientWidth + 1,
    broken: images.filter(image => !image.complete || !image.naturalWidth).length,
    silent: images.filter(image => !image.alt.trim()).length,
    formulas: section.querySelectorAll('mjx-container svg').length,
    width: frame.width,
  };
}
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """All decks, built anew into a folder with figures and pages; once, by one worker for all."""
    if not slides.MARP.exists():
        pytest.skip("Marp is not installed: `make slides` does it, and needs a network for that.")
    place = tmp_path_factory.getbasetemp()
    place = place.parent if "PYTEST_XDIST_WORKER" in os.environ else place
    folder = place / "slides" / "built"
    with FileLock(place / "slides.lock"), pytest.MonkeyPatch.context() as patch:
        if not (place / "slides.done").exists():
            patch.setattr(slides, "browser", lambda: pytest.fail("HTML is built without a browser"))
            slides.draw(DECKS, folder / "figures")
            slides.build(DECKS, folder=folder)
            (place / "slides.done").touch()
    return folder


@pytest.fixture(scope="session")
def chromium():
    """A real browser that reaches nothing but files."""
    try:
        place = slides.browser()
    except SystemExit as error:
        pytest.skip(str(error))
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=place, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.browser
@by_name
def test_in_a_browser(deck, built, chromium):
    """It opens from a file with every other request refused, and nothing leaves its slide."""
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    asked, errors = [], []
    place = (built / f"{deck.name}.html").as_uri()

    def answer(route) -> None:
        address = route.request.url
        if address.split("#")[0] == place or address.startswith(("data:", "blob:")):
            route.continue_()
        else:
            asked.append(address)
            route.abort()

    page.route("**/*", answer)
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(place)
    count = page.locator("svg[data-marpit-svg]").count()
    assert count == len(slides.slides_of(deck.text))
    formulas = 0
    for number, text in enumerate(slides.slides_of(deck.text), start=1):
        page.goto(f"{place}#{number}")
        page.wait_for_function(
            "n => location.hash === '#' + n && "
            "[...document.querySelectorAll('svg[data-marpit-svg]')].indexOf("
            "document.querySelector('svg.bespoke-marp-active')) === n - 1",
            arg=number,
        )
        seen = page.evaluate(ON_THE_PAGE)
        formulas += seen.pop("formulas")
        assert seen == {
            "outside": [], "small": [], "raw": [], "covered": [], "overflow": False, "broken": 0,
            "silent": 0, "width": 1280,
        }, (number, text)  # fmt: skip
    written = re.sub(r"<!--.*?-->", "", deck.text, flags=re.DOTALL)
    assert formulas == len(re.findall(r"\$\$.+?\$\$|\$[^$]+?\$", written, flags=re.DOTALL))
    shown = page.locator(".bespoke-marp-note").count()
    assert shown == count
    page.close()
    assert not asked and not errors


@pytest.mark.browser
@by_name
def test_as_pdf(deck, built, chromium, tmp_path):
    """As many pages as slides; and the handout has every note."""
    from pypdf import PdfReader

    for kind, target in (("html", "deck.pdf"), ("notes.html", "notes.pdf")):
        slides.print_pdf(built / f"{deck.name}.{kind}", tmp_path / target)
    count = len(slides.slides_of(deck.text))
    assert len(PdfReader(tmp_path / "deck.pdf").pages) == count
    pages = PdfReader(tmp_path / "notes.pdf").pages
    assert len(pages) == (count + 1) // 2
    # ligatures, and lines broken where the paper ends, are not what this is about
    printed = unicodedata.normalize("NFKC", "".join(page.extract_text() for page in pages))
    printed = "".join(printed.split())
    for note in slides.notes(slides.filled(deck.text, Facts().names())):
        assert "".join(note.split())[:40] in printed and "".join(note.split())[-40:] in printed
