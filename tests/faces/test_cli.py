"""The command line, run here in this process: `gan-school start` and `gan-school doctor`."""

import re
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import gan_school
from gan_school import Run, datasets, diagnose, plotting, recipes, train
from gan_school.faces import cli, machine
from gan_school.games import GAN
from gan_school.networks import dcgan_discriminator, dcgan_generator
from tests.helpers import press_ctrl_c_in_round, same

# A smaller spiral and a simpler picture, so that judging and drawing take no time.
SPIRAL = datasets.spiral(max(300, recipes.SPIRAL.batch_size))
STEPS = 12


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets, "spiral", lambda: SPIRAL)
    evaluate = Run.evaluate
    monkeypatch.setattr(Run, "evaluate", lambda run: evaluate(run, n=100))
    monkeypatch.setattr(Run, "plot", lambda run: plotting.opinions(run.history))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "deep" / "down"


@pytest.fixture
def start(folder, capsys):
    """Call `gan-school start`; the result is its exit status and what it printed."""

    def call(*arguments: str, steps: int = STEPS) -> tuple[int, str]:
        status = cli.main(["start", "--folder", str(folder), "--steps", str(steps), *arguments])
        return status, capsys.readouterr().out

    return call


@pytest.fixture
def rounds(monkeypatch) -> list[int]:
    """A list that grows with every round that is trained."""
    played = []
    original = GAN.generator_loss

    def generator_loss(game, real):
        played.append(len(played))
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
        "Device: cpu", "threads: 1", str(folder / "spiral.png"), "make lab", f"{STEPS} steps in",
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


@pytest.mark.parametrize("arguments", [["--seed", "1"], ["--steps", "9"]])
def test_another_seed_or_length_is_another_gan(arguments, start, folder, rounds):
    start()
    rounds.clear()
    start(*arguments)
    steps = 9 if "--steps" in arguments else STEPS
    assert len(rounds) == steps
    assert Run.load(folder).seeds == (1 if "--seed" in arguments else 0)


def test_interrupted_and_continued(start, folder, monkeypatch):
    with monkeypatch.context() as patch:
        press_ctrl_c_in_round(5, patch)
        status, text = start()
    assert status == 1
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
    assert status == 1
    assert "no step yet" in text


def test_a_lost_picture_is_drawn_again_without_training(start, folder, rounds):
    start()
    (folder / "spiral.png").unlink()
    rounds.clear()
    status, _ = start()
    assert status == 0
    assert rounds == []
    assert (folder / "spiral.png").exists()


@pytest.mark.parametrize("damage", ["numbers", "description", "other data"])
def test_what_cannot_be_continued_is_trained_anew(damage, start, folder, rounds, monkeypatch):
    start()
    if damage == "numbers":
        next(folder.glob("*.safetensors")).write_bytes(b"")
    elif damage == "description":
        (folder / "run.json").write_text("{")
    else:
        monkeypatch.setattr(
            datasets, "spiral", lambda: datasets.Dataset(SPIRAL.x * 2, draw=SPIRAL.draw)
        )
    rounds.clear()
    status, text = start()
    assert status == 0
    assert len(rounds) == STEPS
    assert "from the beginning" in text


def test_its_own_folder_is_below_the_present_one(capsys, tmp_path):
    assert cli.main(["start", "--steps", "1"]) == 0
    assert (tmp_path / "outputs" / "first-gan" / "spiral.png").exists()


def test_without_steps_it_is_the_recipe_of_the_course(monkeypatch, folder, capsys):
    asked = []

    def note(recipe, data, seed, **_):
        asked.append((recipe, seed))
        return train(recipe.with_(steps=1), data, seed)

    monkeypatch.setattr(gan_school, "train", note)
    cli.main(["start", "--folder", str(folder)])
    assert asked == [(recipes.SPIRAL, 0)]


def test_no_bar_in_a_log_file(start, capsys):
    cli.main(["start", "--steps", "3"])
    assert capsys.readouterr().err == ""


# ----------------------------------------------------------------------------------------- train


@pytest.fixture
def small(monkeypatch):
    """Image recipes that are done at once."""
    wide = recipes.dcgan

    def narrow(data):
        size = data.shape[1]
        return wide(data).with_(
            generator=dcgan_generator(size, data.shape[0], latent=4, width=2),
            discriminator=dcgan_discriminator(size, data.shape[0], width=2),
        )

    monkeypatch.setattr(recipes, "dcgan", narrow)


def train_on(capsys, *arguments: str) -> tuple[int, str]:
    status = cli.main(["train", *arguments, "--steps", "3"])
    return status, capsys.readouterr().out


def test_images_train_as_points_do(capsys, small, tmp_path, rounds):
    status, text = train_on(capsys, "digits", "--size", "8")
    assert status == 0
    assert "1,400 samples (digits 8×8)" in text
    assert "make lab" not in text
    run = Run.load(tmp_path / "outputs" / "digits", datasets.digits(8))
    assert run.step == 3
    assert (tmp_path / "outputs" / "digits" / "digits.png").exists()
    rounds.clear()
    assert "trained before" in train_on(capsys, "digits", "--size", "8")[1]
    assert rounds == []
    train_on(capsys, "digits", "--size", "16")
    assert len(rounds) == 3


def test_with_labels(capsys, tmp_path):
    status, text = train_on(capsys, "digits", "--size", "8", "--labels")
    assert status == 0
    run = Run.load(tmp_path / "outputs" / "digits-labels")
    assert run.recipe.game.uses_labels
    assert re.search(r"coverage +\d\.\d{3} ", text)


def test_a_population(capsys, tmp_path):
    status, text = train_on(capsys, "ring", "--seeds", "3", "--seed", "5")
    assert status == 0
    assert Run.load(tmp_path / "outputs" / "ring").seeds == (5, 6, 7)
    assert re.search(r"coverage +\d\.\d{3} \(\d\.\d{3} to \d\.\d{3}\)", text)
    assert (
        "These GANs were trained before"
        in train_on(capsys, "ring", "--seeds", "3", "--seed", "5")[1]
    )


def test_a_folder_of_images_and_a_table(capsys, small, tmp_path):
    (tmp_path / "photos").mkdir()
    for number in range(90):
        Image.new("RGB", (9, 9), (number, 0, 0)).save(tmp_path / "photos" / f"{number:02}.png")
    status, text = train_on(capsys, "photos", "--size", "8")
    assert status == 0
    assert "45 samples (photos 8×8)" in text
    pd.DataFrame({"a": range(40), "b": [0.5, 1.5, 2.5, 7.5] * 10}).to_csv("rows.csv", index=False)
    status, text = train_on(capsys, "rows.csv")
    assert status == 0
    assert "20 samples (rows)" in text
    assert (tmp_path / "outputs" / "rows" / "rows.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tulips"], r"'tulips' is no data set, no folder of images.*spiral, ring.*flowers"),
        (["spiral", "--labels"], "recipes with labels are for images"),
        (["digits", "--size", "9"], "8, 16, 28, 32"),
        (["missing.csv"], "no .csv file"),
    ],
)
def test_what_cannot_be_trained_on(arguments, message, capsys, tmp_path):
    assert cli.main(["train", *arguments]) == 1
    error = capsys.readouterr().err
    assert re.search(message, error)
    assert error.startswith("gan-school: ")
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------------------- doctor


@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize("status", [0, 1])
def test_doctor_asks_the_checkup(offline, status, monkeypatch):
    asked = []
    monkeypatch.setattr(machine, "main", lambda **options: asked.append(options) or status)
    assert cli.main(["doctor", *(["--offline"] if offline else [])]) == status
    assert asked == [{"offline": offline}]


# ------------------------------------------------------------------------------------- arguments


@pytest.mark.parametrize(
    "arguments", [["--help"], ["start", "--help"], ["doctor", "--help"], ["start", "-h"]]
)
def test_help(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert "usage: gan-school" in text
    expected = {"start": "--again", "train": "--seeds", "doctor": "--offline"}.get(
        arguments[0], "doctor"
    )
    assert expected in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: command"),
        (["dance"], "invalid choice: 'dance'"),
        (["start", "--steps", "0"], "'0' is not a whole number, 1 or more"),
        (["start", "--steps", "-5"], "'-5' is not a whole number"),
        (["start", "--steps", "1e3"], "'1e3' is not a whole number"),
        (["start", "--seed", "-1"], "'-1' is not a whole number, 0 or more"),
        (["start", "--seed", "one"], "'one' is not a whole number"),
        (["start", "--sed", "1"], "unrecognized arguments"),
        (["doctor", "--seed", "1"], "unrecognized arguments"),
        (["train"], "required: data"),
        (["train", "ring", "--seeds", "0"], "'0' is not a whole number, 1 or more"),
    ],
)
def test_bad_arguments(arguments, message, capsys, tmp_path):
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
