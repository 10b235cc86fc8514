"""Runs on disk: nothing is lost, nothing is executed, nothing half-written is believed."""

import json
import os
import pathlib
import pickle
import shutil
import signal
import subprocess
import sys

import pytest
import torch
from safetensors import safe_open
from torch import nn

from gan_school import Run, datasets, files, networks, resume, train
from gan_school.networks import mlp
from gan_school.networks.description import _BUILDERS
from gan_school.training import storage
from tests.helpers import POINTS, RICH, TINY, same, stop_at

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def single() -> Run:
    return train(RICH, POINTS, seed=4, callbacks=[stop_at(12)])


@pytest.fixture(scope="module")
def population() -> Run:
    return train(RICH, POINTS, seeds=[4, 1, 9], callbacks=[stop_at(12)])


@pytest.fixture(params=["single", "population"])
def run(request) -> Run:
    return request.getfixturevalue(request.param)


@pytest.fixture
def folder(single, tmp_path) -> pathlib.Path:
    return single.save(tmp_path / "a" / "run")


def content(folder: pathlib.Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# ----------------------------------------------------------------------------------- there and back


def test_a_run_comes_back_as_it_was(run, tmp_path):
    again = Run.load(run.save(tmp_path), POINTS)
    assert same(run, again)
    assert torch.equal(run.sample(30), again.sample(30))
    assert torch.equal(run.sample(30, average=False), again.sample(30, average=False))
    x = POINTS.x[:7]
    assert torch.equal(run.probability_real(x), again.probability_real(x))
    assert run.history.equals(again.history)
    assert len(again.history) > 0
    for name in ("recipe", "latent", "seeds", "step", "stopped", "seconds", "fingerprint", "work"):
        assert getattr(again, name) == getattr(run, name), name
    assert torch.equal(again.diverged, run.diverged)
    assert repr(again) == repr(run)


def test_it_can_be_looked_at_without_its_data(run, tmp_path):
    again = Run.load(run.save(tmp_path))
    samples = again.sample(5)
    assert torch.equal(samples, run.sample(5))
    assert torch.equal(again.probability_real(samples), run.probability_real(samples))
    assert again.history.equals(run.history)
    for needs_data in (again.evaluate, again.plot, lambda: next(again.play())):
        with pytest.raises(ValueError, match="no data"):
            needs_data()


def test_a_run_without_its_data_can_be_saved_again(run, tmp_path):
    copy = Run.load(run.save(tmp_path / "one")).save(tmp_path / "two")
    again = Run.load(copy, POINTS)
    assert same(again, run)
    assert torch.equal(again.batches.order, run.batches.order)
    assert again.batches.position == run.batches.position


def test_the_folder_holds_json_and_safetensors_and_no_more(run, tmp_path):
    run.save(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2
    assert names[1] == "run.json"
    about = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert about["numbers"]["file"] == names[0]
    with safe_open(tmp_path / names[0], framework="pt") as file:
        assert any(name.startswith("generator.average") for name in file.keys())  # noqa: SIM118
    assert about["data"]["name"] == POINTS.name
    assert about["versions"]["torch"] == torch.__version__


def test_nothing_is_pickled_or_unpickled(run, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("pickle was used")

    for module, name in (
        (pickle, "load"), (pickle, "loads"), (pickle, "dump"), (pickle, "dumps"),
        (pickle, "Unpickler"), (pickle, "Pickler"), (torch, "load"), (torch, "save"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, refuse)
    assert same(run, Run.load(run.save(tmp_path), POINTS))


def test_saving_does_not_change_the_run(single, tmp_path):
    before = single.history, single.step, single.sample(4)
    single.save(tmp_path)
    assert before[0].equals(single.history)
    assert single.step == before[1]
    assert torch.equal(before[2], single.sample(4))


def test_a_newer_run_replaces_the_older_one(folder, population):
    population.save(folder)
    assert len(list(folder.iterdir())) == 2
    assert Run.load(folder).seeds == (4, 1, 9)


def test_paths_may_be_strings(single, tmp_path):
    assert same(single, Run.load(str(single.save(str(tmp_path)))))


# ----------------------------------------------------------------------------- what is not believed


def test_no_run_at_all(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no run in .*nowhere"):
        Run.load(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"run\.json"):
        Run.load(tmp_path)


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut, flip_a_bit, empty, pathlib.Path.unlink])
def test_damaged_numbers(damage, folder):
    damage(next(folder.glob("*.safetensors")))
    with pytest.raises(ValueError, match=r"damaged|missing"):
        Run.load(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}'])
def test_a_damaged_description(text, folder):
    (folder / "run.json").write_text(text)
    with pytest.raises(ValueError, match="damaged"):
        Run.load(folder)


def described_as(folder: pathlib.Path, change) -> pathlib.Path:
    """The same folder, with something changed in its description."""
    path = folder / "run.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    change(about)
    about.pop("sha256")
    path.write_text(json.dumps(about | {"sha256": storage._seal(about)}), encoding="utf-8")
    return folder


def test_a_format_from_the_future(folder):
    described_as(folder, lambda about: about.update(format=99))
    with pytest.raises(ValueError, match=r"format 99.*reads format 3"):
        Run.load(folder)


def test_a_class_that_nobody_has_defined(folder):
    described_as(folder, lambda about: about["recipe"]["game"].update({"is": "FancyGAN"}))
    with pytest.raises(ValueError, match=r"FancyGAN.*[Ii]mport the module"):
        Run.load(folder)


def test_a_network_that_nobody_has_defined(folder):
    described_as(folder, lambda about: about["recipe"]["generator"].update(name="fancy"))
    with pytest.raises(ValueError, match=r"fancy.*Import the module"):
        Run.load(folder)


@pytest.mark.parametrize(
    "other",
    [datasets.ring(n=100, seed=1), POINTS.x.flip(0), POINTS.x[:99], POINTS.x.double() + 1e-3],
    ids=["other seed", "other order", "a row less", "a little shifted"],
)
def test_other_data_than_it_learned_from(other, folder):
    with pytest.raises(ValueError, match="not the data"):
        Run.load(folder, other)


def test_a_device_that_is_not_there(folder, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="not there"):
        Run.load(folder, device="cuda")


# ------------------------------------------------------------------------- a save that dies halfway


def half_a_file(_, path):
    path.write_bytes(b"half of the num")
    raise OSError(28, "No space left on device")


def no_space(*_, **__):
    raise OSError(28, "No space left on device")


def ctrl_c(*_, **__):
    raise KeyboardInterrupt


ACCIDENTS = {
    "numbers half written": (storage, "save_file", half_a_file),
    "no space for numbers": (storage, "save_file", no_space),
    "numbers do not reach the disk": (os, "fsync", no_space),
    "no space for the description": (pathlib.Path, "write_text", no_space),
    "the last step fails": (os, "replace", no_space),
    "ctrl-c before the last step": (os, "replace", ctrl_c),
    "no space for the checksum": (files, "digest", no_space),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_a_save_that_dies_halfway_leaves_the_earlier_run(
    accident, folder, single, population, monkeypatch
):
    before = content(folder)
    with monkeypatch.context() as patch:
        patch.setattr(*ACCIDENTS[accident])
        with pytest.raises((OSError, KeyboardInterrupt)):
            population.save(folder)
    assert content(folder) == before
    assert same(Run.load(folder, POINTS), single)


def test_both_files_are_on_the_disk_before_they_count(single, tmp_path, monkeypatch):
    done = []
    for name in ("fsync", "replace"):
        original = getattr(os, name)

        def note(*arguments, name=name, original=original):
            done.append(name)
            return original(*arguments)

        monkeypatch.setattr(os, name, note)
    single.save(tmp_path)
    file = ["fsync", "replace", "fsync"]  # its content, its name, the folder
    assert done == file * 2


def test_a_save_that_dies_halfway_leaves_nothing_in_a_new_folder(single, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "replace", no_space)
    with pytest.raises(OSError, match="No space"):
        single.save(tmp_path / "new")
    assert content(tmp_path / "new") == {}


def test_what_an_accident_left_behind_does_not_disturb(folder, single):
    """A power cut cleans nothing up; and whose files these are nobody can know."""
    (folder / "numbers-000000000000.safetensors").write_bytes(b"half of the num")
    assert same(Run.load(folder), single)
    single.save(folder)
    assert len(list(folder.iterdir())) == 3


def test_a_recipe_that_cannot_be_written_down_is_refused_before_anything_is_lost(folder, single):
    before = content(folder)
    odd = train(TINY.with_(steps=2, initialize=lambda network: None), POINTS)
    with pytest.raises(TypeError, match="cannot be written down"):
        odd.save(folder)
    assert content(folder) == before


# ---------------------------------------------------------------------------- networks of one's own


@networks.network
def small_generator(width: int = 4) -> nn.Module:
    return nn.Sequential(nn.Linear(3, width), nn.GELU(), nn.Linear(width, 2))


def test_a_network_of_ones_own_comes_back(tmp_path):
    run = train(TINY.with_(generator=small_generator(width=5)), POINTS, callbacks=[stop_at(7)])
    again = Run.load(run.save(tmp_path), POINTS)
    assert again.recipe == run.recipe
    assert same(resume(again), resume(run))


def test_a_function_without_a_name_trains_and_saves_but_is_not_found_by_another_process(
    tmp_path, monkeypatch
):
    recipe = TINY.with_(generator=lambda: nn.Sequential(nn.Linear(3, 2)))
    run = train(recipe, POINTS)
    run.save(tmp_path)
    assert same(Run.load(tmp_path), run)
    monkeypatch.delitem(_BUILDERS, run.recipe.generator.name)
    with pytest.raises(ValueError, match="no network is called"):
        Run.load(tmp_path)


def test_a_saved_run_can_be_moved(folder, single, tmp_path):
    shutil.move(folder, tmp_path / "elsewhere")
    assert same(Run.load(tmp_path / "elsewhere", POINTS), single)


def test_settings_of_every_kind_come_back(tmp_path):
    recipe = RICH.with_(steps=1, generator=mlp(3, 4, 2, activation="tanh", output="sigmoid"))
    assert Run.load(train(recipe, POINTS).save(tmp_path)).recipe == recipe


# ------------------------------------------------------------- other people's files, other programs


@pytest.mark.parametrize(
    "name", ["numbers-2024.csv", "numbers-2024.safetensors", "numbers.txt", "notes.json"]
)
def test_other_files_in_the_folder_stay(name, folder, single):
    (folder / name).write_text("mine")
    single.save(folder)
    single.save(folder)
    assert (folder / name).read_text() == "mine"
    assert same(Run.load(folder), single)


def test_only_a_file_in_the_folder_is_removed(folder, single):
    """However the description of the old run was changed: nothing outside is touched."""
    outside = folder.parent / "precious.safetensors"
    outside.write_text("mine")
    about = json.loads((folder / "run.json").read_text())
    about["numbers"]["file"] = "../precious.safetensors"
    (folder / "run.json").write_text(json.dumps(about))
    single.save(folder)
    assert outside.read_text() == "mine"


def test_a_file_outside_the_folder_is_not_read(folder, single):
    numbers = next(folder.glob("*.safetensors"))
    shutil.copy(numbers, folder.parent / "outside.safetensors")
    described_as(folder, lambda about: about["numbers"].update(file="../outside.safetensors"))
    with pytest.raises(ValueError, match="as a file beside it"):
        Run.load(folder)


SAVING = """
import sys, torch
sys.path.insert(0, sys.argv[3])
torch.set_num_threads(1)
from gan_school import Run
run = Run.load(sys.argv[1])
for _ in range(20):
    run.save(sys.argv[2])
"""


@pytest.mark.slow
def test_two_programs_save_into_one_folder_while_a_third_reads(single, population, tmp_path):
    """At every moment there is one whole run, and in the end there is nothing else."""
    place, root = tmp_path / "place", pathlib.Path(__file__).parents[2]
    single.save(place)
    writers = []
    for number, run in enumerate((single, population)):
        own = run.save(tmp_path / str(number))
        command = [sys.executable, "-c", SAVING, str(own), str(place), str(root)]
        writers.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
    read = 0
    while any(writer.poll() is None for writer in writers):
        again = Run.load(place)
        assert same(again, population if again.random.population else single)
        read += 1
    for writer in writers:
        assert writer.wait() == 0, writer.stderr.read()
        writer.stderr.close()
    assert read > 0
    assert len(list(place.iterdir())) == 2


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("a step before the first", lambda about: about.update(step=-5)),
        ("a rate of thousands", lambda about: about["recipe"]["d_optimizer"].update(lr=1e9)),
        ("another game", lambda about: about["recipe"]["game"].update({"is": "HingeGAN"})),
        ("a seed", lambda about: about.update(seeds=5)),
        ("seconds", lambda about: about.update(seconds=0.0)),
        ("a field less", lambda about: about.pop("latent")),
    ],
)
def test_a_description_that_was_changed_is_noticed(what, change, folder):
    path = folder / "run.json"
    about = json.loads(path.read_text())
    change(about)
    path.write_text(json.dumps(about))
    with pytest.raises(ValueError, match="damaged, or was changed"):
        Run.load(folder)


def test_every_digit_of_the_description_counts(folder):
    path = folder / "run.json"
    text = path.read_text()
    digits = [place for place, letter in enumerate(text) if letter.isdigit()]
    for place in digits[:: max(1, len(digits) // 60)]:
        other = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
        if json.loads(other) == json.loads(text):
            continue  # the seventeenth digit of a number may say nothing
        path.write_text(other)
        with pytest.raises(ValueError, match=r"damaged|format"):
            Run.load(folder)


OLD = pathlib.Path(__file__).parents[1] / "saved" / "runs" / "stops early, one"


def test_a_run_from_before_checksums_loads_with_a_notice():
    with pytest.warns(UserWarning, match="before runs had checksums") as said:
        Run.load(OLD)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda about: about.update(step=-5), "at step -5 of 12"),
        (lambda about: about.update(step=13), "at step 13 of 12"),
        (lambda about: about.update(step="two"), "step missing or of no use"),
        (lambda about: about.pop("seconds"), "seconds missing or of no use"),
        (lambda about: about.pop("generator"), "generator missing or of no use"),
        (lambda about: about["recipe"].pop("steps"), "at step 5 of None"),
        (lambda about: about["data"].pop("shape"), "damaged run.*shape"),
    ],
)
def test_an_old_description_of_no_use_is_noticed(change, message, tmp_path):
    folder = shutil.copytree(OLD, tmp_path / "run")
    about = json.loads((folder / "run.json").read_text())
    change(about)
    (folder / "run.json").write_text(json.dumps(about))
    with pytest.warns(UserWarning, match="checksums"), pytest.raises(ValueError, match=message):
        Run.load(folder)


@pytest.mark.parametrize("text", ["", "[]", "null", '"run"', "{}", "\x00\xff"])
def test_a_file_that_is_no_description(text, tmp_path):
    (tmp_path / "run.json").write_text(text, encoding="latin-1")
    with pytest.raises(ValueError, match=r"damaged run|has format None"):
        Run.load(tmp_path)


def test_a_full_disk_is_an_oserror(single, folder):
    """A limit on the size of files, in a process of its own, stands for the disk."""
    resource = pytest.importorskip("resource")
    before = content(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))
        with pytest.raises(OSError, match=r"cannot be written|File too large"):
            single.save(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert content(folder) == before


def test_a_network_from_a_lambda_comes_back_with_its_recipe(tmp_path, monkeypatch):
    def recipe():
        return TINY.with_(generator=lambda: nn.Sequential(nn.Linear(3, 2)))

    run = train(recipe(), POINTS, callbacks=[stop_at(5)])
    run.save(tmp_path)
    monkeypatch.delitem(_BUILDERS, run.recipe.generator.name)  # as in another process
    with pytest.raises(ValueError, match=r"no network is called '.*lambda.*recipe=…"):
        Run.load(tmp_path)
    again = Run.load(tmp_path, POINTS, recipe=recipe())
    assert same(resume(again), resume(run))
    with pytest.raises(ValueError, match="trained by another recipe"):
        Run.load(tmp_path, recipe=recipe().with_(batch_size=5))


def test_a_run_without_its_data_keeps_its_name(tmp_path):
    run = train(TINY, POINTS)
    Run.load(run.save(tmp_path)).save(tmp_path)
    about = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert about["data"]["name"] == POINTS.name and about["data"]["samples"] == len(POINTS)
