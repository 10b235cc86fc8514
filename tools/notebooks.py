"""Make the notebooks from their text sources, and check what is committed.

    python tools/notebooks.py build [NAME …] [--all]   make those whose source changed, run them
    python tools/notebooks.py check [NAME …]           compare with the sources, look for faults
    python tools/notebooks.py links OWNER/NAME         point badges, set-up cells, … elsewhere

notebooks/source/NN_name.py is what a person edits and reviews: cells in jupytext's percent format.
notebooks/NN_name.ipynb is made from it: the same cells with their outputs, and nothing that changes
from one run to the next without a reason (no times, no paths, no widget state).
"""

from __future__ import annotations

import argparse
import ast
import base64
import difflib
import io
import json
import os
import re
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from PIL import Image, ImageChops, ImageStat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
SOURCES = NOTEBOOKS / "source"

CELL_TIMEOUT = 120  # seconds, for a cell on a two-core laptop
MOST_BYTES = 1_500_000

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    # Without a version: which Python made the notebook says nothing about which it needs.
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


CHECK = "check"
"""The tag of a cell that only backs the prose. It stands folded, and does not count."""

FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # in JupyterLab, and on Colab


class NotebookError(Exception):
    """A notebook could not be made; the message says which cell, and why."""


# -- from source to notebook -------------------------------------------------------------------


def read_source(path: Path) -> NotebookNode:
    """The cells of a text source, as a notebook that was not run; ids follow from the name."""
    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    for index, cell in enumerate(notebook.cells):
        cell.id = f"{path.stem}-{index:02}"
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if is_check(cell):
            cell.metadata.update(nbformat.from_dict(FOLDED))
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def read_notebook(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def build(source: Path, target: Path) -> None:
    """Run the cells of `source` and write them with their outputs to `target`, whole or not at all.

    Raises NotebookError if a cell fails, takes too long, or leaves something that must not be
    published; `target` is then as it was.
    """
    notebook = read_source(source)
    execute(notebook)
    clean(notebook)
    text = nbformat.writes(notebook) + "\n"
    if found := list(faults(notebook, len(text.encode()))):
        raise NotebookError("\n".join(found))
    draft = target.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(target)


def execute(notebook: NotebookNode) -> None:
    """Run all cells, in an empty folder: a notebook may not lean on where it lies."""
    # The kernel belonging to this Python, even where the user has another of the same name.
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    # The notebook's own backend draws the figures, whatever the shell prefers.
    environment = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    environment["GAN_SCHOOL_PROGRESS"] = "off"  # nobody watches, and a bar is no result
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT,
            kernel_name="python3",
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],  # its remarks are not about the notebook
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute(env=environment)
        except (CellExecutionError, CellTimeoutError) as error:
            raise NotebookError(str(error)) from error
    notebook.metadata = nbformat.from_dict(METADATA)


# -- what is kept of the outputs ---------------------------------------------------------------

# A line drawn by tqdm: "spiral:  45%|████▌     | 9/20 [00:01<…" or, of unknown length,
# "9it [00:01…".
PROGRESS = re.compile(r"\d+%\|.*\| *\S+ \[|\d+\w* \[\d\d:\d\d")
WIDGET = "application/vnd.jupyter.widget-view+json"


def clean(notebook: NotebookNode) -> None:
    """Drop progress bars, widgets and times; join what was printed in pieces; shrink figures."""
    for cell in code_cells(notebook):
        kept: list[NotebookNode] = []
        for output in cell.outputs:
            if output.output_type == "stream":
                if output.name == "stderr":
                    output.text = without_progress(output.text)
                if not output.text:
                    continue
                if kept and kept[-1].get("name") == output.name:
                    kept[-1].text += output.text
                    continue
            elif WIDGET in output.get("data", {}):
                continue  # live only beside its kernel
            elif "image/png" in output.get("data", {}):
                output.data["image/png"] = smaller_png(output.data["image/png"])
            kept.append(output)
        cell.outputs = kept


def without_progress(text: str) -> str:
    lines = re.split(r"[\r\n]+", text)
    return "\n".join(line for line in lines if line.strip() and not PROGRESS.search(line))


def smaller_png(encoded: str) -> str:
    """The same picture with 256 colours, unless the difference could be seen."""
    before = base64.b64decode(encoded)
    picture = Image.open(io.BytesIO(before))
    if picture.mode == "RGBA" and picture.getextrema()[3] == (255, 255):
        picture = picture.convert("RGB")
    if picture.mode != "RGB":
        return encoded
    fewer = picture.quantize(256, dither=Image.Dither.NONE)
    difference = ImageStat.Stat(ImageChops.difference(picture, fewer.convert("RGB")))
    after = io.BytesIO()
    fewer.save(after, "PNG", optimize=True)
    if max(difference.rms) > 3 or after.tell() >= len(before):
        return encoded
    return base64.b64encode(after.getvalue()).decode()


# -- what must hold of a committed notebook ----------------------------------------------------


def differences(source: NotebookNode, notebook: NotebookNode) -> list[str]:
    """Lines of a diff between the cells of the two, tags included; empty when they agree."""

    def lines(of: NotebookNode) -> Iterator[str]:
        for cell in of.cells:
            yield f"%% [{cell.cell_type}] {json.dumps(cell.metadata, sort_keys=True)}"
            yield from cell.source.splitlines()

    diff = difflib.unified_diff([*lines(source)], [*lines(notebook)], "source", "notebook")
    return [line.rstrip("\n") for line in diff]


# An absolute path, of this machine or of a common kind; and an object's address in memory.
PATHS = re.compile(
    "|".join(map(re.escape, (str(ROOT), sys.prefix, str(Path.home()))))
    + r"|/(?:home|root|tmp|Users|private|var/folders)/|\b[A-Z]:\\\w"
)
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}")
WARNING = re.compile(r"\b\w*Warning:")
# Text that is the same for every picture, and so compares nothing.
FIGURE = re.compile(r"\s*<Figure size .*>\s*")
SKIPPING_TAGS = {"nbval-skip", "nbval-ignore-output"}


def faults(notebook: NotebookNode, size: int) -> Iterator[str]:
    """What is wrong with a notebook as it was run and stored; `size` in bytes."""
    if size >= MOST_BYTES:
        yield f"{size / 1e6:.2f} MB; a notebook must stay under {MOST_BYTES / 1e6:.2f} MB"
    if "widgets" in notebook.metadata:
        yield "the metadata hold widget state"
    if notebook.metadata != METADATA:
        yield f"the metadata are not those of a notebook made here: {dict(notebook.metadata)}"
    for number, cell in enumerate(code_cells(notebook), start=1):
        for fault in cell_faults(cell, number):
            first_line = next(iter(cell.source.splitlines()), "(empty)")
            yield f"code cell {number}, {first_line!r}: {fault}"


def cell_faults(cell: NotebookNode, number: int) -> Iterator[str]:
    tags = set(cell.metadata.get("tags", []))
    if cell.execution_count != number:
        yield f"has execution count {cell.execution_count}, not {number}: run all cells in order"
    known = {"tags", *FOLDED} if is_check(cell) else {"tags"}
    if set(cell.metadata) - known:
        yield f"has metadata besides tags: {sorted(set(cell.metadata) - known)}"
    if tags & SKIPPING_TAGS or "NBVAL_" in cell.source:
        yield "tells nbval to look away, or marks a cell by a comment; use the tags that compare"
    if "nbval-check-output" in tags and not any(map(comparable, cell.outputs)):
        # nbval passes such a cell whatever it does.
        yield "is marked nbval-check-output but stores no text to compare"
    if "raises-exception" in tags and "nbval-check-output" not in tags:
        yield "may raise, and nothing checks that it does: add the tag nbval-check-output"
    for output in cell.outputs:
        text = output_text(output)
        if output.get("name") == "stderr":
            yield f"wrote to stderr: {text.strip()[:300]}"
        if output.output_type == "error" and "raises-exception" not in tags:
            yield f"raised {output.ename}: {output.evalue[:300]}"
        if WIDGET in output.get("data", {}):
            yield "stores a widget"
        for pattern, name in (
            (PATHS, "an absolute path"),
            (ADDRESS, "an address in memory"),
            (WARNING, "a warning"),
        ):
            if match := pattern.search(text):
                around = text[max(0, match.start() - 40) : match.end() + 40]
                yield f"shows {name}: …{around!r}…"


def output_text(output: NotebookNode) -> str:
    """All the text of an output; pictures are left out, their encoding may look like anything."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return "\n".join([output.ename, output.evalue, *output.traceback])
    is_text = re.compile(r"text/|image/svg|application/")
    shown = [value for kind, value in output.data.items() if is_text.match(kind)]
    return "\n".join(value if isinstance(value, str) else json.dumps(value) for value in shown)


def comparable(output: NotebookNode) -> bool:
    """Does nbval compare anything of this output? Of a picture it compares nothing."""
    text = output_text(output)
    return bool(text.strip()) and not FIGURE.fullmatch(text)


# -- how a notebook should read ----------------------------------------------------------------

CELLS = range(30, 61)
WORDS = range(1200, 2501)
MEDIAN_LINES = 8
MOST_LINES = 40
CI = re.compile(r"\bif CI\b|[\"'](?:CI|GITHUB_ACTIONS)[\"']")
NO_ALT_TEXT = re.compile(r"!\[\s*\]\(|<img\b(?![^>]*\balt=[\"'][^\"']*\w)[^>]*>")


def style_faults(notebook: NotebookNode, repository: str) -> Iterator[str]:
    """Where a notebook departs from the form all of them share; `repository` is owner/name."""
    cells = [cell for cell in notebook.cells if not is_check(cell)]
    if len(cells) not in CELLS:
        yield f"{len(cells)} cells; expected {CELLS[0]} to {CELLS[-1]}"
    prose = [cell.source for cell in cells if cell.cell_type == "markdown"]
    if (count := sum(map(words, prose))) not in WORDS:
        yield f"{count} words of prose; expected {WORDS[0]} to {WORDS[-1]}"
    code = [cell.source for cell in code_cells(notebook)]
    lengths = [len(source.splitlines()) for source in code] or [0]
    if median(lengths) > MEDIAN_LINES:
        yield f"a median of {median(lengths)} lines in a code cell; at most {MEDIAN_LINES}"
    if max(lengths) > MOST_LINES:
        yield f"a code cell of {max(lengths)} lines; at most {MOST_LINES}"
    yield from frame_faults(cells)
    if not code or f"github.com/{repository}" not in code[0] or "gan_school" not in code[0]:
        yield f"the first code cell must set up gan_school, naming github.com/{repository}"
    for cell in code_cells(notebook):
        if CI.search(cell.source):
            yield f"code that asks whether a CI runs it: {CI.search(cell.source)[0]}"
        if only_checks(cell.source) != is_check(cell):
            yield f"what only checks is tagged {CHECK!r}, and nothing else: {cell.source[:60]!r}"
    for text in prose:
        if match := NO_ALT_TEXT.search(text):
            yield f"a picture without alt text: {match[0]}"


def is_check(cell: NotebookNode) -> bool:
    return CHECK in cell.metadata.get("tags", [])


def only_checks(source: str) -> bool:
    """Whether code does nothing but prepare and make assertions."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # %pip install
        return False
    quiet = all(isinstance(one, ast.Assert | ast.Assign | ast.For) for one in body)
    return quiet and _ends_with_assertion(body)


def _ends_with_assertion(body: list[ast.stmt]) -> bool:
    last = body[-1] if body else None
    return isinstance(last, ast.Assert) or (
        isinstance(last, ast.For) and _ends_with_assertion(last.body)
    )


def frame_faults(cells: list[NotebookNode]) -> Iterator[str]:
    """The first cell announces, the last looks back."""
    first, last = cells[0], cells[-1]
    for what, pattern in (
        ("a title", r"^# \S"),
        ("the minutes it takes", r"\d+ (?:to \d+ )?minutes?\b"),
        ("its prerequisites", r"(?i)prerequisite"),
    ):
        if first.cell_type != "markdown" or not re.search(pattern, first.source, re.MULTILINE):
            yield f"the first cell must give {what}"
    for what, pattern in (
        ("what was learned, under a heading", r"^##? \S"),
        ("where to go next", r"(?i)where to go next"),
    ):
        if last.cell_type != "markdown" or not re.search(pattern, last.source, re.MULTILINE):
            yield f"the last cell must say {what}"


def words(markdown: str) -> int:
    """Words of prose: without code, formulas, tags and addresses."""
    not_prose = r"(?s)```.*?```|\$\$.*?\$\$|\$[^$\n]*\$|`[^`\n]*`|<[^>]*>|\]\([^)]*\)"
    return len(re.findall(r"\w[\w'’-]*", re.sub(not_prose, " ", markdown)))


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def check(source: Path, target: Path) -> Iterator[str]:
    """All that is wrong with one notebook, without running it."""
    if not target.exists():
        yield "was not made from its source yet"
        return
    notebook = read_notebook(target)
    yield from differences(read_source(source), notebook)
    yield from faults(notebook, target.stat().st_size)
    yield from style_faults(notebook, repository(ROOT))


# -- where the repository is -------------------------------------------------------------------

SLUG = re.compile(r"[\w.-]+/[\w.-]+")


def repository(root: Path) -> str:
    """owner/name, from the one place that says it: Source in pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["urls"]["Source"].removeprefix("https://github.com/")


def relink(root: Path, new: str) -> list[Path]:
    """Replace the repository's owner/name in all links to it; return the files that changed.

    Notebooks are edited as text: their outputs stay as they were run.
    """
    if not SLUG.fullmatch(new):
        raise NotebookError(f"expected owner/name, got {new!r}")
    hosts = r"github\.com/|google\.com/github/|githubusercontent\.com/|mybinder\.org/v2/gh/"
    link = re.compile(rf"({hosts}){re.escape(repository(root))}(?![\w-])")
    changed = []
    top = ("pyproject.toml", "CITATION.cff", "*.md")
    for pattern in (*top, "docs/**/*.md", "slides/**/*.md", "notebooks/**/*"):
        for file in sorted(root.glob(pattern)):
            if file.suffix not in {".toml", ".cff", ".md", ".py", ".ipynb"}:
                continue
            before = file.read_text(encoding="utf-8")
            after = link.sub(rf"\g<1>{new}", before)
            if after != before:
                file.write_text(after, encoding="utf-8")
                changed.append(file)
    return changed


# -- the command line --------------------------------------------------------------------------


def chosen(names: list[str]) -> list[tuple[Path, Path]]:
    """Sources and their notebooks; a name may be NN_name, its number, or either file."""
    sources = sorted(SOURCES.glob("[0-9][0-9]_*.py"))
    if names:
        wanted = [Path(name).stem for name in names]
        for name in wanted:
            if not any(source.stem.startswith(name) for source in sources):
                raise NotebookError(f"no source {name!r} in {SOURCES.relative_to(ROOT)}/")
        sources = [source for source in sources if source.stem.startswith(tuple(wanted))]
    return [(source, NOTEBOOKS / f"{source.stem}.ipynb") for source in sources]


def is_current(source: Path, target: Path) -> bool:
    return target.exists() and not differences(read_source(source), read_notebook(target))


def build_command(arguments: argparse.Namespace) -> int:
    failed = 0
    for source, target in chosen(arguments.names):
        if not (arguments.names or arguments.all) and is_current(source, target):
            continue
        print(f"{source.stem} …", end=" ", flush=True)
        started = time.monotonic()
        try:
            build(source, target)
        except NotebookError as error:
            failed = 1
            print(f"not made:\n{error}")
        else:
            print(f"{time.monotonic() - started:.0f} s, {target.stat().st_size / 1e3:.0f} kB")
    return failed


def check_command(arguments: argparse.Namespace) -> int:
    failed = 0
    for source, target in chosen(arguments.names):
        found = list(check(source, target))
        failed |= bool(found)
        print(f"{source.stem}: {'in order' if not found else ''}", *found, sep="\n  ")
    return failed


def links_command(arguments: argparse.Namespace) -> int:
    for file in relink(ROOT, arguments.repository):
        print(file.relative_to(ROOT))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Make and check the notebooks.")
    commands = parser.add_subparsers(required=True)
    builder = commands.add_parser("build", help="make notebooks from their sources, and run them")
    builder.add_argument("names", nargs="*", help="by default those whose source changed")
    builder.add_argument("--all", action="store_true", help="all of them")
    builder.set_defaults(command=build_command)
    checker = commands.add_parser("check", help="list faults without running anything")
    checker.add_argument("names", nargs="*", help="by default all")
    checker.set_defaults(command=check_command)
    linker = commands.add_parser("links", help="point badges and set-up cells elsewhere")
    linker.add_argument("repository", metavar="OWNER/NAME")
    linker.set_defaults(command=links_command)
    arguments = parser.parse_args()
    try:
        return arguments.command(arguments)
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
