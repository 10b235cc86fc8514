"""`gan-school start` and `train`, most of it in this process, and what they never overwrite."""

import json
import os
import re
import select
import signal
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import gan_school
from gan_school import Run, datasets, diagnose, recipes, train, tricks
from gan_school.faces import cli
from gan_school.games import GAN
from gan_school.lab.advice import Advice
from tests.helpers import press_ctrl_c_in_round, same

STEPS = 12
SPIRAL = datasets.spiral()


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path) -> Path:
    """A folder of its own to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "deep" / "down"


@pytest.fixture
def start(folder, capsys):
    """Call `gan-school start`; the result is its exit status and what it printed."""

    def call(*arguments: str, steps: int = STEPS) -> tuple[int, str]:
        status = cli.main(["start", "--folder", str(folder), "--steps", str(steps), *arguments])
        return status, "".join(capsys.readouterr())

    return call


class Rounds(list):
    """Grows with every round that is trained; `then[n]` is called in the middle of round n."""

    def __init__(self):
        self.then = {}


@pytest.fixture
def rounds(monkeypatch) -> Rounds:
    played = Rounds()
    original = GAN.generator_loss

    def generator_loss(game, real):
        played.append(len(played))
        played.then.get(len(played), lambda: None)()
        return original(game, real)

    monkeypatch.setattr(GAN, "generator_loss", generator_loss)
    return played


def content(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


# ----------------------------------------------------------------------------------------- start


def test_start_trains_saves_draws_and_reports(start, folder):
    status, text = start()
    assert status == 0
    run = Run.load(folder, SPIRAL)
    assert run.step == STEPS
    assert same(run, train(recipes.SPIRAL.with_(steps=STEPS), SPIRAL))
    assert (folder / "spiral.png").read_bytes()[:4] == b"\x89PNG"
    for item in (
        "losses", "D on real", "D on generated", "coverage", "sliced W2", "two-sample", "trained",
        "Device: cpu", "threads: 1", str(folder / "spiral.png"), "make lab", f"to step {STEPS} in",
    ):  # fmt: skip
        assert item in text


def test_the_report_says_what_is_true(start, folder):
    _, text = start()
    run = Run.load(folder, SPIRAL)
    judged, last = run.evaluate().iloc[0], run.history.iloc[-1]
    real, fake = (
        run.probability_real(SPIRAL.fresh().x),
        run.probability_real(run.sample(len(SPIRAL))),
    )
    for line in (
        rf"losses +D {last.d_loss:.3f}, G {last.g_loss:.3f}",
        rf"D on real +{real.mean():.3f} ± {real.std():.3f}",
        rf"D on generated +{fake.mean():.3f} ± {fake.std():.3f}",
        rf"coverage +{judged.coverage:.3f}",
        rf"sliced W2 +{judged.sliced_wasserstein:.3f}",
        rf"two-sample +{judged.two_sample:.3f}",
    ):
        assert re.search(line, text), line
    assert f"Diagnosis: {diagnose(run)}" in text


def test_a_second_start_trains_nothing_and_changes_nothing(start, folder, rounds):
    _, first = start()
    before = content(folder)
    rounds.clear()
    status, second = start()
    assert status == 0
    assert rounds == []
    assert content(folder) == before
    assert "trained before" in second
    report = re.compile(r"losses.*?two-sample[^\n]*", re.DOTALL)
    assert report.search(first)[0] == report.search(second)[0]


def test_what_only_python_has_is_not_spoken_of(start, monkeypatch):
    tried = tuple(Advice(trick, "", "", {}) for trick in tricks)
    found = replace(diagnose(train(recipes.SPIRAL.with_(steps=1), SPIRAL)), advice=tried)
    monkeypatch.setattr(gan_school, "diagnose", lambda run: found)
    assert f"({len(tried) - 4} more in the course)" in start()[1]


@pytest.mark.slow
def test_again_trains_again(start, folder, rounds):
    start()
    before = content(folder)
    rounds.clear()
    status, text = start("--again")
    assert status == 0
    assert len(rounds) == STEPS
    assert "from the beginning" in text
    assert content(folder).keys() != before.keys()  # the numbers lie in a new file
    assert len(content(folder)) == len(before)


def test_what_goes_on_from_an_interruption_is_the_command_without_again(start, monkeypatch):
    press_ctrl_c_in_round(5, monkeypatch)
    status, text = start("--again")
    assert status == 130
    assert "The same command without --again goes on from there" in text


def test_interrupted_and_continued(start, folder, monkeypatch):
    with monkeypatch.context() as patch:
        press_ctrl_c_in_round(5, patch)
        status, text = start()
    assert status == 130
    assert "interrupted at step 5" in text
    assert "The same command goes on from there" in text
    assert Run.load(folder).step == 5
    assert (folder / "spiral.png").exists()

    status, text = start()
    assert status == 0
    assert "from step 5" in text
    assert same(Run.load(folder), train(recipes.SPIRAL.with_(steps=STEPS), SPIRAL))


def test_interrupted_before_anything_is_on_record(start, monkeypatch):
    press_ctrl_c_in_round(1, monkeypatch)
    status, text = start()
    assert status == 130
    assert "no step yet" in text


def test_interrupted_while_it_reports(start, folder, monkeypatch):
    def interrupt(run):
        raise KeyboardInterrupt

    monkeypatch.setattr(gan_school, "diagnose", interrupt)
    status, text = start()
    assert status == 130
    assert text.endswith("gan-school: interrupted.\n")
    assert Run.load(folder).step == STEPS


@pytest.mark.slow
def test_a_lost_picture_is_drawn_again_without_training(start, folder, rounds):
    start()
    (folder / "spiral.png").unlink()
    rounds.clear()
    status, _ = start()
    assert status == 0
    assert rounds == []
    assert (folder / "spiral.png").exists()


def test_its_own_folder_is_below_the_present_one(here):
    assert cli.main(["start", "--steps", "1"]) == 0
    assert (here / "outputs" / "first-gan" / "spiral.png").exists()


def test_without_steps_it_is_the_recipe_of_the_course(monkeypatch, folder):
    asked = []

    def note(recipe, data, seed, **_):
        asked.append((recipe, seed))
        return train(recipe.with_(steps=1), data, seed)

    monkeypatch.setattr(gan_school, "train", note)
    cli.main(["start", "--folder", str(folder)])
    assert asked == [(recipes.SPIRAL, 0)]


def test_no_bar_in_a_log_file(capsys):
    cli.main(["start", "--steps", "3"])
    assert capsys.readouterr().err == ""


# ------------------------------------------------------------------------- what is not overwritten


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--seed", "1"], ["--steps", "20"]])
def test_another_gan_is_not_put_in_place_of_the_first(arguments, start, folder, rounds):
    start(steps=30)
    before = content(folder)
    rounds.clear()
    status, text = start(*arguments, steps=30)
    assert status == 1
    assert rounds == []
    assert content(folder) == before
    assert "holds another run (one GAN, seed 0; step 30 of 30)." in text
    assert "--again replaces it" in text
    assert ("number of steps is fixed" in text) is ("--steps" in arguments)
    assert start(*arguments, "--again", steps=30)[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: next(folder.glob("*.safetensors")).write_bytes(b""), "damaged"),
        (lambda folder: (folder / "run.json").write_text("{"), "damaged"),
        (lambda folder: (folder / "run.json").unlink(), "no run.json"),
    ],
    ids=["numbers", "description", "none"],
)
def test_what_cannot_be_gone_on_with_is_replaced_only_on_demand(
    damage, reason, start, folder, rounds
):
    start()
    damage(folder)
    before = content(folder)
    rounds.clear()
    status, text = start()
    assert status == 1
    assert rounds == []
    assert content(folder) == before
    assert "something that cannot be gone on with: " in text and reason in text
    assert start("--again")[0] == 0
    assert Run.load(folder).step == STEPS


def test_a_description_that_lacks_a_field(start, folder):
    start()
    whole = json.loads((folder / "run.json").read_text("utf-8"))
    for field in whole:
        (folder / "run.json").write_text(json.dumps({k: whole[k] for k in whole if k != field}))
        status, text = start()
        if status:
            assert status == 1
            assert "cannot be gone on with" in text and "--again" in text, field


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_where_the_description_should_be(start, folder):
    folder.mkdir(parents=True)
    os.mkfifo(folder / "run.json")
    status, text = start()
    assert status == 1
    assert "no run.json" in text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_where_the_numbers_should_be(start, folder):
    start()
    numbers = next(folder.glob("*.safetensors"))
    numbers.unlink()
    os.mkfifo(numbers)
    status, text = start()
    assert status == 1
    assert "cannot be gone on with" in text


@pytest.mark.slow
def test_the_spiral_and_a_table_of_that_name_have_folders_of_their_own(here, capsys):
    write_table("spiral.csv")
    assert train_on(capsys, "spiral")[0] == train_on(capsys, "spiral.csv")[0] == 0
    assert Run.load(here / "outputs" / "spiral").shape == (3,)
    assert Run.load(here / "outputs" / "spiral-csv").shape == (2,)


def test_two_dots_are_data_and_no_place_to_write_to(here, capsys, monkeypatch):
    write_images(here / "photos", 20)
    (here / "photos" / "work").mkdir()
    monkeypatch.chdir(here / "photos" / "work")
    assert train_on(capsys, "..", "--size", "8")[0] == 0
    assert os.listdir() == ["outputs"]
    assert os.listdir("outputs") == ["photos"]


# ----------------------------------------------------------------------------- nothing gets lost


@pytest.mark.parametrize("where", ["file", "file/below", "/proc/gan", "link"])
def test_a_folder_that_cannot_take_the_run_is_found_out_before_training(
    where, here, rounds, capsys
):
    (here / "file").write_text("mine")
    (here / "link").symlink_to(here / "nowhere")
    assert cli.main(["train", "ring", "--steps", "3", "--folder", where]) == 1
    error = capsys.readouterr().err
    assert f"gan-school: nothing can be saved in {where}: " in error
    assert "Name another one with --folder" in error
    assert rounds == []
    assert (here / "file").read_text() == "mine"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="may write everywhere")
def test_a_folder_that_may_only_be_read(here, rounds, capsys):
    (here / "locked").mkdir(mode=0o500)
    assert cli.main(["train", "ring", "--steps", "3", "--folder", "locked"]) == 1
    assert "Permission denied" in capsys.readouterr().err
    assert rounds == []


@pytest.mark.slow
def test_a_disk_without_room_is_found_out_before_training(shell):
    resource = pytest.importorskip("resource")
    tight = shell(
        "train", "ring", "--steps", "3",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20)),
    )  # fmt: skip
    assert tight.returncode == 1
    assert b"nothing can be saved in outputs/ring" in tight.stderr
    assert b"16 MB free" in tight.stderr
    assert b"Training on" not in tight.stdout and b"Traceback" not in tight.stderr


def test_a_folder_that_fails_meanwhile_costs_nothing(start, folder, rounds, here, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(here))

    def spoil():
        folder.parent.mkdir()
        folder.write_text("a file now")

    rounds.then[3] = spoil
    status, text = start()
    assert status == 1
    assert f"gan-school: {folder} does not take the run: " in text
    elsewhere = Path(re.search(r"--folder (\S+) goes on", text)[1])
    assert elsewhere.parent == here
    assert Run.load(elsewhere).step == STEPS
    assert (elsewhere / "spiral.png").exists()
    assert "coverage" in text
    assert cli.main(["start", "--steps", str(STEPS), "--folder", str(elsewhere)]) == 0
    assert len(rounds) == STEPS


def test_an_error_in_the_middle_costs_nothing(start, folder, rounds, monkeypatch):
    def break_down():
        raise ArithmeticError("as nobody expected")

    rounds.then[7] = break_down
    with pytest.raises(ArithmeticError):
        start()
    assert Run.load(folder).step == 6


def test_a_process_that_is_told_to_end_saves_first(start, folder, rounds):
    rounds.then[5] = lambda: signal.raise_signal(signal.SIGTERM)
    status, text = start()
    assert status == 143
    assert "Diagnosis" not in text  # who sends it waits for seconds, and then kills
    assert Run.load(folder).step == 5
    status, text = start()
    assert status == 0
    assert "from step 5" in text
    assert same(Run.load(folder), train(recipes.SPIRAL.with_(steps=STEPS), SPIRAL))


@pytest.mark.slow
def test_a_real_process_that_is_told_to_end(shell, here):
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    terminal, its_end = pty.openpty()
    termios.tcsetwinsize(its_end, (24, 80))  # without a width there is no progress bar
    running = shell("train", "spiral", stderr=its_end, wait=False)
    assert select.select([terminal], [], [], 60)[0], "no progress bar"
    running.terminate()
    running.communicate(timeout=60)
    assert running.returncode == 143
    assert 0 < Run.load(here / "outputs" / "spiral", SPIRAL).step < recipes.SPIRAL.steps


def test_ctrl_c_while_it_loads(shell):
    running = shell("train", "spiral", wait=False)
    assert running.stdout.readline().startswith(b"Loading PyTorch")
    running.send_signal(signal.SIGINT)
    _, error = running.communicate(timeout=60)
    assert running.returncode == 130
    assert error == b"gan-school: interrupted.\n"


# ----------------------------------------------------------------------------------------- train


def train_on(capsys, *arguments: str) -> tuple[int, str]:
    status = cli.main(["train", *arguments, "--steps", "3"])
    return status, "".join(capsys.readouterr())


def write_images(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.new("RGB", (9, 9), (number, 0, 0)).save(folder / f"{number:02}.png")


def write_table(name: str, rows: int = 40) -> None:
    pd.DataFrame({"a": range(rows), "b": ([0.5, 1.5, 2.5, 7.5] * rows)[:rows]}).to_csv(
        name, index=False
    )


def test_images_train_as_points_do(capsys, here, rounds):
    status, text = train_on(capsys, "digits", "--size", "8")
    assert status == 0
    assert "1,400 samples (digits 8×8)" in text
    assert "make lab" not in text
    assert "To train for longer: --steps 6, and --folder NAME" in text
    run = Run.load(here / "outputs" / "digits", datasets.digits(8))
    assert run.step == 3
    assert (here / "outputs" / "digits" / "digits.png").exists()
    rounds.clear()
    assert "trained before" in train_on(capsys, "digits", "--size", "8")[1]
    assert "holds" in train_on(capsys, "digits", "--size", "16")[1]
    assert rounds == []


def test_with_labels(capsys, here):
    status, text = train_on(capsys, "digits", "--size", "8", "--labels")
    assert status == 0
    run = Run.load(here / "outputs" / "digits-labels")
    assert run.recipe.game.uses_labels
    assert re.search(r"coverage +\d\.\d{3} ", text)


@pytest.mark.slow
def test_a_population(capsys, here):
    status, text = train_on(capsys, "ring", "--seeds", "3", "--seed", "5")
    assert status == 0
    assert Run.load(here / "outputs" / "ring").seeds == (5, 6, 7)
    assert re.search(r"coverage +\d\.\d{3} \(\d\.\d{3} to \d\.\d{3}\)", text)
    assert (
        "These GANs were trained before"
        in train_on(capsys, "ring", "--seeds", "3", "--seed", "5")[1]
    )


def test_a_folder_of_images_and_a_table(capsys, here):
    write_images(here / "photos", 90)
    status, text = train_on(capsys, "photos", "--size", "8")
    assert status == 0
    assert "72 samples (photos 8×8)" in text
    write_table("rows.csv", 60)
    status, text = train_on(capsys, "rows.csv")
    assert status == 0
    assert "48 samples (rows)" in text
    assert "two-sample" in text
    assert (here / "outputs" / "rows-csv" / "rows-csv.png").exists()


@pytest.mark.parametrize("count", [10, 49])
def test_what_is_too_little_to_be_judged_is_trained_on_all_the_same(count, capsys, here):
    write_table("rows.csv", count)
    write_images(here / "photos", count)
    for arguments in (["rows.csv"], ["photos", "--size", "8"]):
        status, text = train_on(capsys, *arguments)
        assert status == 0
        assert f"{count} samples. Not all of the result can be measured; that takes 50." in text
        assert re.search(r"two-sample +not measured", text) and "Diagnosis" in text
        assert "nan" not in text


@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_what_is_too_little_to_learn_from_is_said_before_training(count, capsys, here, rounds):
    write_table("rows.csv", count)
    write_images(here / "photos", count)
    for name in ("rows.csv", "photos"):
        status, text = train_on(capsys, name)
        assert status == 1
        assert f": {count}. Expected 10 or more" in text
    assert rounds == []


def test_names_with_commands_to_the_terminal_in_them(capsys, here):
    name = "a\x1b[31m$x_^2$b"
    write_images(here / name, 20)
    (here / name / "bad\x1b[2J.png").write_bytes(b"none")
    write_table(f"{name}.csv")
    for data in (name, f"{name}.csv"):
        status, text = train_on(capsys, data)
        assert status == 0
        assert "\x1b" not in text
    assert r"(a\x1b[31m$x_^2$b)" in text
    assert "\x1b" not in "".join(os.listdir("outputs"))
    assert "\x1b" not in train_on(capsys, "\x1b[31m")[1]
    with pytest.raises(SystemExit):
        cli.main(["train", "ring", "\x1b[31m"])
    assert "\x1b" not in capsys.readouterr().err


def test_a_folder_whose_name_is_not_utf_8(capsys, here):
    folder = os.fsdecode(os.fsencode(here) + b"/photos\xff")
    try:
        write_images(Path(folder), 20)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    status, text = train_on(capsys, folder)
    assert status == 0
    assert r"16 samples (photos\udcff 32×32)" in text
    assert (here / "outputs" / "photos" / "photos.png").exists()


@pytest.mark.slow
def test_output_in_latin_1(shell):
    result = shell("train", "ring", "--steps", "3", environment={"PYTHONIOENCODING": "latin-1"})
    assert result.returncode == 0, result.stderr
    text = result.stdout.decode("latin-1")
    assert "Loading PyTorch ..." in text and "±" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tulips"], r"no data set and no folder is called 'tulips'.*spiral.*flowers"),
        (["digits", "--size", "9"], "8, 16, 28, 32"),
        (["flowers", "--size", "33"], "33 cannot be halved.*28 and 32"),
        (["missing.csv"], "no file or folder missing.csv"),
        (["x" * 300], "name too long"),
    ],
)
def test_what_cannot_be_trained_on(arguments, message, capsys, here):
    assert cli.main(["train", *arguments]) == 1
    error = capsys.readouterr().err
    assert re.search(message, error)
    assert error.startswith("gan-school: ")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DEVICE", "gpu", "unknown device 'gpu'"),
        ("THREADS", "10000", "GAN_SCHOOL_THREADS is '10000'. Expected a whole number from 1"),
    ],
)
def test_settings_of_the_environment_that_cannot_be(name, value, message, monkeypatch, capsys):
    monkeypatch.setenv(f"GAN_SCHOOL_{name}", value)
    status, text = train_on(capsys, "ring")
    assert status == 1
    assert message in text


# ------------------------------------------------------------------------------------- arguments


@pytest.mark.parametrize(
    "arguments", [["--help"], ["start", "--help"], ["check", "--help"], ["start", "-h"]]
)
def test_help(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert "usage: gan-school" in text
    expected = {"start": "--again", "train": "--seeds", "check": "--offline"}
    assert expected.get(arguments[0], "check") in text
    assert "doctor" not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: command"),
        (["dance"], "invalid choice: 'dance'"),
        (["start", "--steps", "0"], "'0' is not a whole number from 1 to"),
        (["start", "--steps", "-5"], "'-5' is not a whole number"),
        (["start", "--steps", "1e3"], "'1e3' is not a whole number"),
        (["start", "--steps", "9" * 5000], "invalid"),
        (["start", "--seed", "-1"], "'-1' is not a whole number from 0 to 4294967295"),
        (["start", "--seed", "one"], "'one' is not a whole number"),
        (["start", "--seed", "4294967296"], "'4294967296' is not a whole number from 0"),
        (["train", "ring", "--seeds", "2", "--seed", "4294967295"], "last of the seeds"),
        (["start", "--sed", "1"], "unrecognized arguments"),
        (["check", "--seed", "1"], "unrecognized arguments"),
        (["train"], "required: data"),
        (["train", "ring", "--seeds", "0"], "'0' is not a whole number from 1 to 1000"),
    ],
)
def test_bad_arguments(arguments, message, capsys, here):
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert message in capsys.readouterr().err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("option", [["--size", "64"], ["--labels"]])
@pytest.mark.parametrize("name", ["spiral", "rows.csv"])
def test_points_have_neither_size_nor_labels(name, option, capsys, here):
    write_table("rows.csv")
    assert cli.main(["train", name, *option]) == 2
    assert f"are for images, and {name} has none" in capsys.readouterr().err
    assert os.listdir() == ["rows.csv"]
