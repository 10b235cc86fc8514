"""Every notebook is what its source says, reads as it should, and runs from top to bottom.

The second half tests the checks themselves: each on a small notebook that is sound but for one
thing.
"""

import base64
import io
import os
import random
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image, ImageDraw

from tools import notebooks as tool

NOTEBOOKS = sorted(tool.NOTEBOOKS.glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_the_notebooks_are_those_of_the_sources_and_start_with_the_first():
    names = [path.stem for path in NOTEBOOKS]
    assert names == sorted(path.stem for path in tool.SOURCES.glob("*.py"))
    assert [name[:2] for name in names] == [f"{number:02}" for number in range(len(names))]
    assert len(names) >= 2


@every_notebook
def test_agrees_with_its_source(path):
    source = tool.read_source(tool.SOURCES / f"{path.stem}.py")
    assert tool.differences(source, tool.read_notebook(path)) == []


@every_notebook
def test_was_run_and_stored_soundly(path):
    nbformat.validate(tool.read_notebook(path))
    assert list(tool.faults(tool.read_notebook(path), path.stat().st_size)) == []


@every_notebook
def test_reads_as_it_should(path):
    repository = tool.repository(tool.ROOT)
    assert list(tool.style_faults(tool.read_notebook(path), repository)) == []


@pytest.mark.notebook
@every_notebook
def test_runs_from_top_to_bottom(path, tmp_path):
    expected = [f"Cell {index}" for index in range(len(tool.code_cells(tool.read_notebook(path))))]
    cells_run, troubles = run_nbval(path, tmp_path)
    assert not troubles, "\n".join(troubles)
    assert cells_run == expected


def run_nbval(path: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Run a copy of a notebook under nbval; give the cells it ran, and what went wrong in which.

    Somewhere else, in a bare environment, without a network: as on a stranger's laptop.
    """
    copy = Path(shutil.copy(path, folder))
    report = folder / "report.xml"
    options = ["--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={tool.CELL_TIMEOUT}"]
    plain = ["-p", "no:cacheprovider", "--color=no", f"--rootdir={folder}"]
    command = [sys.executable, "-m", "pytest", *options, *plain, f"--junitxml={report}", str(copy)]
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "USERPROFILE", "APPDATA")
    environment = {key: os.environ[key] for key in kept if key in os.environ}
    environment |= {"GAN_SCHOOL_BUDGET": "quick", "GAN_SCHOOL_PROGRESS": "off"}
    environment["OMP_NUM_THREADS"] = "1"  # the other core runs another notebook
    environment["GAN_SCHOOL_CACHE"] = str(folder / "cache")  # nothing was measured here before
    # Nothing listens there: a download fails at once, whether or not this machine has a network.
    environment |= dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    finished = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900
    )
    assert report.exists(), f"nbval did not run:\n{finished.stdout}\n{finished.stderr}"
    cells, troubles = [], []
    for case in ElementTree.parse(report).iter("testcase"):
        cells.append(case.get("name"))
        for trouble in case:
            if trouble.tag in ("failure", "error", "skipped"):
                troubles.append(f"{case.get('name')}: {trouble.tag}\n{trouble.text}")
    return cells, troubles


# -- the runner --------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_runner_reports_cells_that_fail_are_skipped_or_give_another_result(tmp_path):
    printed = new_output("stream", name="stdout", text="2\n")
    path = tmp_path / "broken.ipynb"
    cells = [
        code("print(1 + 1)", printed, tags=["nbval-check-output"], count=1),
        code("print(1 + 2)", printed, tags=["nbval-check-output"], count=2),
        code("raise SystemError('the bulb is out')", count=3),
        code("assert False", tags=["nbval-skip"], count=4),
    ]
    nbformat.write(notebook(*cells), path)
    (tmp_path / "run").mkdir()
    ran, troubles = run_nbval(path, tmp_path / "run")
    assert ran == ["Cell 0", "Cell 1", "Cell 2", "Cell 3"]
    first_lines = [trouble.splitlines()[0] for trouble in troubles]
    assert first_lines == ["Cell 1: failure", "Cell 2: failure", "Cell 3: skipped"]
    assert "the bulb is out" in troubles[1]


# -- stored outputs ----------------------------------------------------------------------------


def code(source, *outputs, tags=(), count=1):
    cell = new_code_cell(source, outputs=list(outputs), execution_count=count)
    if tags:
        cell.metadata["tags"] = list(tags)
    return cell


def notebook(*cells):
    numbered = [nbformat.from_dict({**cell, "id": str(index)}) for index, cell in enumerate(cells)]
    made = new_notebook(cells=numbered, metadata=tool.METADATA)
    nbformat.validate(made)
    return made


def shown(**data):
    kinds = {"text": "text/plain", "png": "image/png", "html": "text/html"}
    return new_output("display_data", data={kinds[kind]: value for kind, value in data.items()})


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def faults(*cells, size=1000):
    return list(tool.faults(notebook(*cells), size))


FIGURE = shown(text="<Figure size 640x480 with 1 Axes>", png="AA/tmp/+/home/AA")
WIDGET = new_output("display_data", data={tool.WIDGET: {"model_id": "1"}, "text/plain": "Play"})


def test_sound_cells_have_no_faults():
    assert not faults(
        code("print(2)", printed("2\n"), tags=["nbval-check-output"]),
        code(
            "plot()", shown(text="<Figure size 640x480 with 1 Axes>", png="/tmp/+/home/"), count=2
        ),
        code("2 / 0", error(), tags=["raises-exception", "nbval-check-output"], count=3),
    )


def error():
    return new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (code("2", tags=["nbval-check-output"]), "stores no text to compare"),
        (code("2", printed(" \n"), tags=["nbval-check-output"]), "stores no text to compare"),
        (code("2", FIGURE, tags=["nbval-check-output"]), "stores no text to compare"),
        (code("2", tags=["nbval-skip"]), "tells nbval to look away"),
        (code("2  # no\n# NBVAL_SKIP"), "tells nbval to look away"),
        (code("2 / 0", error(), tags=["raises-exception"]), "nothing checks that it does"),
        (code("2 / 0", error()), "raised ZeroDivisionError"),
        (code("2", count=None), "has execution count None"),
        (code("2", count=7), "has execution count 7"),
        (code("2", printed("old!", name="stderr")), "wrote to stderr: old!"),
        (code("2", printed("a UserWarning: old\n")), "shows a warning"),
        (code("2", printed(f"saved in {tool.ROOT}/x")), "shows an absolute path"),
        (code("2", printed("saved in /home/ada/x")), "shows an absolute path"),
        (code("2", shown(html="<a href='/Users/ada/x'>")), "shows an absolute path"),
        (code("2", printed(r"saved in C:\ada")), "shows an absolute path"),
        (code("2", shown(text="<Run at 0x7f3b2c1d9e50>")), "shows an address in memory"),
        (code("2", WIDGET), "stores a widget"),
    ],
)
def test_a_faulty_cell_is_refused(cell, expected):
    found = faults(cell)
    assert len(found) == 1
    assert expected in found[0]


def test_a_large_notebook_and_foreign_metadata_are_refused():
    assert "must stay under" in faults(size=tool.MOST_BYTES)[0]
    strange = notebook()
    strange.metadata["widgets"] = {"state": {}}
    assert "widget state" in next(tool.faults(strange, 0))
    timed = code("2")
    timed.metadata["execution"] = {"iopub.execute_input": "2026-01-01"}
    assert "metadata besides tags" in faults(timed)[0]


# -- source and notebook -----------------------------------------------------------------------

SOURCE = """\
# %% [markdown]
# # A title
#
# Text.

# %% tags=["nbval-check-output"]
print(1 + 1)

# %%
from tqdm import tqdm

for step in tqdm(range(3)):
    print(step)
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "07_example.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1 + 1", "1 + 2"),
        ('["nbval-check-output"]', '["nbval-skip"]'),
        (' tags=["nbval-check-output"]', ""),
        ("# Text.", "# Other text."),
        ("# %%\nfrom tqdm", "from tqdm"),
    ],
)
def test_a_notebook_that_differs_from_its_source_is_reported(source, before, after):
    made = tool.read_source(source)
    assert tool.differences(tool.read_source(source), made) == []
    source.write_text(SOURCE.replace(before, after), encoding="utf-8")
    assert tool.differences(tool.read_source(source), made)


def test_building_stores_results_without_traces_of_the_run(source):
    target = source.with_suffix(".ipynb")
    tool.build(source, target)
    first = target.read_bytes()
    made = tool.read_notebook(target)
    assert tool.differences(tool.read_source(source), made) == []
    assert [cell.id for cell in made.cells] == [f"07_example-{index:02}" for index in range(3)]
    assert [[output.text for output in cell.outputs] for cell in tool.code_cells(made)] == [
        ["2\n"],
        ["0\n1\n2\n"],  # in one piece, without the progress bar between the lines
    ]
    tool.build(source, target)
    assert target.read_bytes() == first


@pytest.mark.slow
def test_building_refuses_a_failing_cell_and_a_warning_and_keeps_the_notebook(source):
    target = source.with_suffix(".ipynb")
    target.write_text("as it was", encoding="utf-8")
    for bad, message in (
        ("raise ValueError('no light')", "no light"),
        ("import warnings; warnings.warn('no more')", "no more"),
    ):
        source.write_text(SOURCE.replace("print(1 + 1)", bad), encoding="utf-8")
        with pytest.raises(tool.NotebookError, match=message):
            tool.build(source, target)
        assert target.read_text(encoding="utf-8") == "as it was"
    assert {path.name for path in source.parent.iterdir()} == {source.name, target.name}


def encoded(picture):
    file = io.BytesIO()
    picture.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_figure_is_made_smaller_unless_that_could_be_seen():
    figure = Image.new("RGBA", (200, 200), "white")
    draw = ImageDraw.Draw(figure)
    for x in range(0, 200, 5):
        draw.ellipse((x, 200 - x, x + 20, 220 - x), fill=(x, 90, 160))
    small = tool.smaller_png(encoded(figure))
    assert len(small) < len(encoded(figure))
    assert Image.open(io.BytesIO(base64.b64decode(small))).size == figure.size

    noise = Image.frombytes("RGB", (64, 64), random.Random(0).randbytes(64 * 64 * 3))
    assert tool.smaller_png(encoded(noise)) == encoded(noise)


# -- how a notebook should read ----------------------------------------------------------------

REPOSITORY = "ada/gan-course"
FIRST = "# Loops\n\nAbout 12 minutes on a laptop. Prerequisites: none."
LAST = "## What you have seen\n\nLoops. Where to go next: notebook 02."
SETUP = f"import gan_school  # from https://github.com/{REPOSITORY}"


def well_formed():
    body = [new_markdown_cell("word " * 50), code("x = 1\ny = 2")] * 15
    return notebook(
        new_markdown_cell(FIRST),
        code(SETUP),
        *body,
        new_markdown_cell("word " * 500 + "![A spiral](spiral.png)"),
        new_markdown_cell(LAST),
    )


def test_a_well_formed_notebook_has_no_style_faults():
    assert list(tool.style_faults(well_formed(), REPOSITORY)) == []


@pytest.mark.parametrize(
    ("index", "source", "expected"),
    [
        (0, FIRST.replace("# Loops", "Loops"), "must give a title"),
        (0, FIRST.replace("12 minutes", "not long"), "must give the minutes"),
        (0, FIRST.replace("Prerequisites", "Before"), "must give its prerequisites"),
        (1, "import gan_school", "must set up gan_school"),
        (1, f"{SETUP}\nif CI:\n    quick()", "asks whether a CI runs it"),
        (1, f"{SETUP}\nimport os\nos.environ.get('CI')", "asks whether a CI runs it"),
        (3, "x = 1\n" * 41, "a code cell of 41 lines"),
        (2, "![](loss.png)", "a picture without alt text"),
        (2, '<img src="loss.png">', "a picture without alt text"),
        (2, '<img src="loss.png" alt="">', "a picture without alt text"),
        (-1, LAST.replace("## ", ""), "must say what was learned"),
        (-1, LAST.replace("next", "now"), "must say where to go next"),
        (-2, "", "words of prose"),
        (-2, "word " * 2000, "words of prose"),
    ],
)
def test_a_style_fault_is_reported(index, source, expected):
    changed = well_formed()
    changed.cells[index] = type(changed.cells[index])(changed.cells[index], source=source)
    found = list(tool.style_faults(changed, REPOSITORY))
    assert len(found) == 1
    assert expected in found[0]


def test_the_numbers_of_cells_and_lines_are_checked():
    changed = well_formed()
    changed.cells[2:-2] = [code("x = 1\n" * 9)] * 20
    found = " ".join(tool.style_faults(changed, REPOSITORY))
    assert "24 cells" in found
    assert "a median of 9" in found


CHECK = "expected = 2\nassert 1 + 1 == expected, 'it adds'"


def test_cells_that_only_check_are_folded_and_do_not_count(tmp_path):
    source = tmp_path / "x.py"
    source.write_text(f'# %% tags=["check"]\n{CHECK}\n\n# %%\nprint(1)\n')
    check, shown = tool.read_source(source).cells
    assert check.metadata["jupyter"] == {"source_hidden": True}
    assert set(shown.metadata) == set()
    folded = well_formed()
    folded.cells[5:5] = [code(CHECK, tags=["check"])] * 40
    assert list(tool.style_faults(folded, REPOSITORY)) == []
    assert tool.differences(notebook(check), notebook(code(CHECK, tags=["check"]))) != []


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        (CHECK, []),
        (f"for x in range(3):\n    {CHECK.splitlines()[1]}", []),
        ("print(1 + 1)", ["check"]),
        (f"{CHECK}\nexpected", ["check"]),
    ],
)
def test_what_only_checks_is_tagged_so_and_nothing_else(source, tags):
    changed = well_formed()
    changed.cells[3] = code(source, tags=tags)
    (found,) = tool.style_faults(changed, REPOSITORY)
    assert "what only checks is tagged" in found


# -- where the repository is -------------------------------------------------------------------


def test_links_are_rewritten_everywhere_and_nothing_else_is(tmp_path):
    colab = "https://colab.research.google.com/github/{0}/blob/main/notebooks/00_start.ipynb"
    picture = "https://raw.githubusercontent.com/{0}/main/docs/spiral.png"
    project = '[project]\n[project.urls]\nSource = "https://github.com/{}"\n'
    setup = "# %%\n%pip install git+https://github.com/{}.git\n"
    other = "\nhttps://github.com/old/course-extras https://github.com/pytorch/pytorch\n"
    texts = {
        "pyproject.toml": project,
        "README.md": f"[Open in Colab]({colab}) ![A spiral]({picture}){other}",
        "CITATION.cff": 'repository-code: "https://github.com/{}"',
        "notebooks/source/00_start.py": setup,
        "notebooks/00_start.ipynb": '{{"source": ["pip install git+https://github.com/{}\\n"]}}',
    }
    (tmp_path / "notebooks" / "source").mkdir(parents=True)
    for name, text in texts.items():
        (tmp_path / name).write_text(text.format("old/course"), encoding="utf-8")
    assert len(tool.relink(tmp_path, "ada/gan.course")) == len(texts)
    for name, text in texts.items():
        assert (tmp_path / name).read_text(encoding="utf-8") == text.format("ada/gan.course")
    assert tool.repository(tmp_path) == "ada/gan.course"
    assert tool.relink(tmp_path, "ada/gan.course") == []
    with pytest.raises(tool.NotebookError, match="expected owner/name"):
        tool.relink(tmp_path, "https://github.com/ada/course")
