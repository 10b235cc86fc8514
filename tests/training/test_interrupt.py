"""Ctrl-C, callbacks that stop, and going on afterwards as if nothing had happened."""

import os
import signal
import threading

import pytest
import torch

from gan_school import Run, datasets, resume, train
from gan_school.games import GAN
from gan_school.networks import mlp
from tests.helpers import POINTS, RICH, TINY, distance, press_ctrl_c_in_round, same, stop_at

pytestmark = pytest.mark.filterwarnings("error")

ONE_OR_MANY = pytest.mark.parametrize("seeds", [5, (5, 6)], ids=["single", "population"])


def start(recipe, seeds, **settings) -> Run:
    which = {"seed": seeds} if isinstance(seeds, int) else {"seeds": seeds}
    return train(recipe, POINTS, **which, **settings)


@pytest.fixture(autouse=True)
def handler():
    """What Ctrl-C does is the same after every test as before."""
    before = signal.getsignal(signal.SIGINT)
    yield before
    after = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)
    assert after is before


@ONE_OR_MANY
def test_ctrl_c_in_the_middle_of_a_round_returns_the_run_after_that_round(seeds, monkeypatch):
    press_ctrl_c_in_round(7, monkeypatch)
    run = start(RICH, seeds)
    assert run.stopped == "interrupted at step 7"
    assert run.step == 7
    assert (run.discriminator.update, run.generator.update) == (2 * 7, 7)
    assert same(run, start(RICH, seeds, callbacks=[stop_at(7)]))


def test_ctrl_c_from_outside():
    """As a terminal sends it: a signal to the process, at no particular moment."""
    playing = threading.Event()

    def press() -> None:
        playing.wait(30)
        os.kill(os.getpid(), signal.SIGINT)

    def callback(snapshot) -> bool:
        if snapshot.step == 3:
            playing.set()
        return snapshot.step == 50_000  # should the signal never come

    presser = threading.Thread(target=press)
    presser.start()
    run = train(TINY.with_(steps=100_000), POINTS, callbacks=[callback])
    presser.join()
    assert run.stopped == f"interrupted at step {run.step}"
    assert 3 <= run.step < 50_000
    assert run.discriminator.update == run.generator.update == run.step


def test_a_second_ctrl_c_lets_the_round_be_finished_too(monkeypatch):
    press_ctrl_c_in_round(7, monkeypatch, times=2)
    run = train(TINY, POINTS)
    assert run.stopped == "interrupted at step 7"
    assert not run.torn
    assert same(resume(run), train(TINY, POINTS))


def test_a_second_ctrl_c_breaks_off_what_is_between_two_rounds():
    reached = []

    def long_callback(snapshot):
        if snapshot.step == 7:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            reached.append("the end of the callback")

    run = train(TINY, POINTS, callbacks=[long_callback])
    assert run.stopped == "interrupted at step 7" and not reached
    assert same(resume(run), train(TINY, POINTS))


def test_a_third_ctrl_c_does_not_wait_for_the_round(monkeypatch):
    press_ctrl_c_in_round(7, monkeypatch, times=3)
    run = train(TINY, POINTS)
    assert run.stopped == "interrupted at step 6" and run.torn
    assert (run.step, run.discriminator.update, run.generator.update) == (6, 7, 6)
    assert torch.isfinite(run.sample(10)).all()


def test_going_on_from_a_round_that_was_broken_off_is_said(monkeypatch, tmp_path):
    with monkeypatch.context() as patch:
        press_ctrl_c_in_round(7, patch, times=3)
        run = train(TINY, POINTS)
    with pytest.warns(UserWarning, match="after step 6 was broken off halfway"):
        run = resume(Run.load(run.save(tmp_path), POINTS))
    assert run.step == TINY.steps and not run.torn


def test_ctrl_c_works_as_usual_again_after_training(handler):
    inside = []
    train(TINY, POINTS, callbacks=[lambda _: inside.append(signal.getsignal(signal.SIGINT))])
    assert inside[0] is not handler
    assert signal.getsignal(signal.SIGINT) is handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_works_as_usual_again_after_an_error(handler):
    def fail(_):
        raise OSError("the callback's own problem")

    with pytest.raises(OSError, match="own problem"):
        train(TINY, POINTS, callbacks=[fail])
    assert signal.getsignal(signal.SIGINT) is handler


def test_training_works_outside_the_main_thread_and_leaves_ctrl_c_alone(handler):
    results, handlers = [], []

    def work() -> None:
        look = [lambda _: handlers.append(signal.getsignal(signal.SIGINT))]
        results.append(train(TINY, POINTS, callbacks=look))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert same(results[0], train(TINY, POINTS))
    assert set(handlers) == {handler}


def test_a_callback_stops_with_true_and_only_with_true():
    steps = []
    run = train(TINY, POINTS, callbacks=[lambda s: steps.append(s.step), stop_at(4), steps.append])
    assert run.stopped == "stopped by a callback at step 4"
    assert run.step == 4
    assert steps[::2] == [1, 2, 3, 4]  # every callback hears of every round, the last included
    assert len(steps) == 8


# ----------------------------------------------------------------------------------------- going on


def in_memory(run, folder):
    return resume(run)


def through_a_folder(run, folder):
    return resume(Run.load(run.save(folder), POINTS))


def through_a_folder_with_the_data_later(run, folder):
    return resume(Run.load(run.save(folder)), POINTS)


def through_two_folders_without_the_data(run, folder):
    copy = Run.load(run.save(folder / "one")).save(folder / "two")
    return resume(Run.load(copy), POINTS)


def with_an_odd_generator_of_random_numbers(run, folder):
    torch.manual_seed(99)
    torch.rand(7)
    return resume(run)


WAYS = [
    in_memory,
    through_a_folder,
    through_a_folder_with_the_data_later,
    through_two_folders_without_the_data,
    with_an_odd_generator_of_random_numbers,
]


@ONE_OR_MANY
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("step", [9, 11])
def test_going_on_ends_bit_for_bit_where_it_would_have_ended(way, step, seeds, tmp_path):
    """After 9 rounds an epoch is over, but no row of the record; after 11 it is the other way."""
    whole = start(RICH, seeds)
    part = start(RICH, seeds, callbacks=[stop_at(step)])
    assert not same(whole, part)
    with torch.random.fork_rng(devices=[]):
        run = way(part, tmp_path)
    assert (run.step, run.stopped) == (RICH.steps, None)
    assert same(whole, run)
    assert whole.history.equals(run.history)
    assert torch.equal(whole.sample(20), run.sample(20))


@ONE_OR_MANY
def test_interrupted_again_and_again(seeds, tmp_path):
    run = start(RICH, seeds, callbacks=[stop_at(1)])
    for step in range(2, RICH.steps):
        run = resume(Run.load(run.save(tmp_path), POINTS), callbacks=[stop_at(step)])
        assert run.stopped == f"stopped by a callback at step {step}"
    assert same(start(RICH, seeds), resume(run))


def test_after_ctrl_c_it_goes_on_to_the_end(monkeypatch):
    whole = train(RICH, POINTS)
    press_ctrl_c_in_round(12, monkeypatch)
    run = train(RICH, POINTS)
    assert run.step == 12
    assert same(whole, resume(run))


def test_a_member_of_a_population_goes_on_as_the_single_gan(tmp_path):
    recipe = RICH.with_(  # all but dropout, for which a population has one stream of numbers
        generator=mlp(3, 8, 2, activation="tanh", batch_norm=True),
        discriminator=mlp(2, 8, 8, 1, activation="tanh"),
    )
    population = train(recipe, POINTS, seeds=[5, 6], callbacks=[stop_at(11)])
    loaded = Run.load(population.save(tmp_path))  # its members have no data either
    single = train(recipe, POINTS, seed=6)
    for member in (resume(population[1]), resume(loaded[1], POINTS)):
        assert member.step == recipe.steps
        assert distance(member, single) < 1e-5
        assert (member.history - single.history).abs().max(axis=None) < 1e-4
    assert population.step == 11  # a member is a copy


def test_a_finished_run_has_nothing_left_to_play():
    run = train(TINY, POINTS)
    assert same(run, resume(run))
    assert run.step == TINY.steps


def test_resuming_needs_the_data_and_no_other():
    run = train(TINY, POINTS, callbacks=[stop_at(5)])
    with pytest.raises(ValueError, match="not the data that this run has learned from"):
        resume(run, datasets.ring(n=100, seed=1))
    run.data = None
    with pytest.raises(ValueError, match="no data"):
        resume(run)


def test_ctrl_c_is_noticed_while_a_game_of_ones_own_is_played(monkeypatch):
    """The default handler raises anywhere; ours only sets a mark, so that the round is finished."""
    raised = []
    original = GAN.discriminator_loss

    def discriminator_loss(game, real):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raised.append(True)
        monkeypatch.setattr(GAN, "discriminator_loss", original)
        return original(game, real)

    monkeypatch.setattr(GAN, "discriminator_loss", discriminator_loss)
    run = train(TINY, POINTS)
    assert not raised
    assert run.stopped == "interrupted at step 1"
