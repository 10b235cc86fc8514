"""What `train` does around the loop: threads, progress, how data and device are chosen."""

import os
import sys
import time

import numpy as np
import pandas as pd
import pytest
import torch

from gan_school import Recipe, Run, datasets, hardware, networks, resume, train
from gan_school.games import GAN
from gan_school.hardware import limited_threads
from gan_school.networks import AsBuilt
from tests.helpers import POINTS, RICH, TINY, numbers, same, stop_at

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def many_threads():
    with limited_threads(2):
        yield


@pytest.fixture
def threads_in_training(monkeypatch) -> list[int]:
    """How many threads there were each time a loss was worked out."""
    seen = []
    original = GAN.generator_loss

    def generator_loss(game, real):
        seen.append(torch.get_num_threads())
        return original(game, real)

    monkeypatch.setattr(GAN, "generator_loss", generator_loss)
    return seen


def test_tiny_networks_are_trained_on_one_thread(many_threads, threads_in_training):
    run = train(TINY, POINTS)
    assert set(threads_in_training) == {1}
    assert torch.get_num_threads() == 2
    assert run.work > 0


def test_callbacks_have_all_the_threads_there_are(many_threads):
    seen = []
    train(TINY, POINTS, callbacks=[lambda _: seen.append(torch.get_num_threads())])
    assert set(seen) == {2}


def test_the_number_of_threads_can_be_asked_for(many_threads, threads_in_training, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 4)  # more than the machine may have
    monkeypatch.setenv("GAN_SCHOOL_THREADS", "3")
    train(TINY, POINTS)
    assert set(threads_in_training) == {3}
    assert torch.get_num_threads() == 2


def test_large_networks_get_all_the_threads(many_threads, threads_in_training, monkeypatch):
    monkeypatch.setattr(hardware, "SMALL_FOR_THREADS", 1)
    train(TINY.with_(steps=1), POINTS)
    assert threads_in_training == [2]


def test_a_resumed_run_is_trained_on_as_many(many_threads, threads_in_training, tmp_path):
    saved = train(TINY, POINTS, callbacks=[stop_at(3)]).save(tmp_path)
    threads_in_training.clear()
    run = resume(Run.load(saved, POINTS))
    assert set(threads_in_training) == {1}
    assert run.work == Run.start(TINY, POINTS).work


def test_threads_come_back_after_an_error(many_threads, monkeypatch):
    def fail(*_):
        raise OSError("the game's own problem")

    monkeypatch.setattr(GAN, "generator_loss", fail)
    with pytest.raises(OSError, match="own problem"):
        train(TINY, POINTS)
    assert torch.get_num_threads() == 2


def test_a_run_is_not_lost_when_a_callback_fails():
    def fail(snapshot) -> None:
        if snapshot.step == 7:
            raise OSError("the callback's own problem")

    with pytest.raises(OSError, match="own problem") as caught:
        train(TINY, POINTS, callbacks=[fail])
    assert "step 7" in caught.value.__notes__[0]
    run = caught.value.run
    assert same(run, train(TINY, POINTS, callbacks=[stop_at(7)]))
    assert same(resume(run), train(TINY, POINTS))


def test_a_progress_bar_where_it_takes_more_than_a_moment(capsys):
    run = train(TINY, POINTS, progress=True, callbacks=[wait_at(5)])
    shown = capsys.readouterr()
    assert "training" in shown.err
    assert f"/{TINY.steps}" in shown.err
    assert shown.out == ""
    assert same(run, train(TINY, POINTS, progress=False, callbacks=[wait_at(5)]))
    assert capsys.readouterr() == ("", "")


def wait_at(step: int):
    return lambda snapshot: time.sleep(1.1 if snapshot.step == step else 0)


@pytest.mark.parametrize(
    ("progress", "terminal", "wish", "shown"),
    [
        (None, True, None, True),
        (None, False, None, False),
        (None, True, "off", False),
        (True, False, None, True),
        (True, False, "off", True),  # who asks for it here has the last word
        (False, True, None, False),
    ],
)
def test_whether_there_is_a_progress_bar(progress, terminal, wish, shown, monkeypatch):
    """`gan_school.training.train` is the function, which hides the module of that name."""
    module, asked = sys.modules["gan_school.training.session"], []
    original = module.tqdm

    def tqdm(**options):
        asked.append(options)
        return original(**options | {"disable": True})

    monkeypatch.setattr(module, "tqdm", tqdm)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    monkeypatch.delenv("GAN_SCHOOL_PROGRESS", raising=False)
    if wish is not None:
        monkeypatch.setenv("GAN_SCHOOL_PROGRESS", wish)
    run = train(TINY, POINTS, callbacks=[stop_at(4)], progress=progress)
    resume(run, progress=progress)
    assert [not options["disable"] for options in asked] == [shown, shown]
    assert [(options["initial"], options["total"]) for options in asked] == [(0, 20), (4, 20)]


@pytest.mark.parametrize(
    "data",
    [POINTS, POINTS.x, POINTS.x.double(), POINTS.x.numpy(), pd.DataFrame(POINTS.x.numpy()),
     POINTS.x.tolist(), POINTS.x.clone().requires_grad_(), np.asfortranarray(POINTS.x.numpy())],
    ids=["Dataset", "tensor", "64 bits", "array", "table", "list", "needing gradients", "Fortran"],
)  # fmt: skip
def test_data_of_any_make_gives_the_same_run(data):
    assert same(train(TINY, data), train(TINY, POINTS))


def test_the_data_is_not_changed():
    x = POINTS.x.clone()
    train(TINY, x)
    assert torch.equal(x, POINTS.x)


def test_the_default_seed_is_zero_and_seeds_win_over_it():
    assert same(train(TINY, POINTS), train(TINY, POINTS, seed=0))
    assert train(TINY.with_(steps=1), POINTS, 5, seeds=[2]).seeds == (2,)


def test_a_population_of_one_is_a_population():
    run = train(TINY, POINTS, seeds=[3])
    assert run.sample(4).shape == (1, 4, 2)
    assert torch.allclose(run.sample(4)[0], train(TINY, POINTS, seed=3).sample(4), atol=1e-5)


def test_two_runs_of_one_recipe_share_nothing():
    """Networks and games belong to runs; a recipe only says how to make them."""
    first = train(RICH, POINTS)
    before = numbers(first)
    train(RICH, POINTS, seed=1)
    assert same(first, before)
    assert not hasattr(RICH.game, "generator")


def test_a_generator_of_snapshots_can_be_left_and_entered_again():
    run = Run.start(TINY, POINTS)
    for snapshot in run.play():
        if snapshot.step == 5:
            break
    assert [snapshot.step for snapshot in run.play()] == list(range(6, TINY.steps + 1))
    assert same(run, train(TINY, POINTS))


def test_initialisation_as_the_recipe_says():
    start = Run.start(TINY, POINTS)
    assert torch.equal(start.generator.network[0].bias.detach(), torch.full((8,), 0.001))
    plain = Run.start(TINY.with_(initialize=AsBuilt()), POINTS, seed := 4)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        expected = TINY.generator.build(), TINY.discriminator.build()
    for network, player in zip(expected, (plain.generator, plain.discriminator), strict=True):
        pairs = zip(network.parameters(), player.network.parameters(), strict=True)
        assert all(torch.equal(*pair) for pair in pairs)


def test_the_recipe_of_the_readme_and_the_course():
    """The shortest way there is."""
    recipe = Recipe(
        generator=networks.mlp(20, 50, 3), discriminator=networks.mlp(3, 50, 1), steps=3
    )
    assert train(recipe, datasets.spiral(), seed=0).sample().shape == (1000, 3)


def test_only_a_run_can_be_resumed():
    with pytest.raises(TypeError, match=r"not with 'outputs/x'. Run.load\(folder, data\)"):
        resume("outputs/x")
