"""A loss that is no longer a number: what stops, what is kept, what is said."""

import itertools
import warnings
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from gan_school import Run, diagnose, resume, train
from gan_school.games import GAN
from gan_school.lab.conditions import Condition
from gan_school.settings import setting
from gan_school.training import SGD, DivergenceWarning, EarlyStop, Player
from tests.helpers import POINTS, RICH, TINY, distance, finite, same, stop_at

pytestmark = pytest.mark.filterwarnings("error")


@setting
@dataclass(frozen=True)
class Poisoned(GAN):
    """A game in which the generator's loss turns bad at a certain round, for certain seeds."""

    at: int
    seeds: tuple[int, ...] = (0,)
    value: float = float("nan")

    def generator_loss(self, real: Tensor) -> Tensor:
        rounds = self.__dict__.setdefault("rounds", itertools.count(1))
        loss = super().generator_loss(real)
        if next(rounds) < self.at:
            return loss
        hit = torch.tensor([seed in self.seeds for seed in self.random.seeds])
        hit = hit.view(*self.random.size, *[1] * (loss.ndim - len(self.random.size)))
        return loss * torch.where(hit, self.value, 1.0)


def test_it_stops_and_keeps_the_last_sound_weights():
    recipe = RICH.with_(steps=500)
    with pytest.warns(DivergenceWarning, match=r"the GAN diverged.*step 130.*of step 100") as said:
        run = train(recipe.with_(game=Poisoned(130)), POINTS)
    assert said[0].filename == __file__  # it points at the call, not into the library
    assert run.step == 130
    assert int(run.diverged) == 130
    assert run.stopped == "diverged at step 130"
    assert finite(run)
    assert same(run, train(recipe, POINTS, callbacks=[stop_at(100)]))
    assert run.history.step.max() <= 130


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_before_anything_was_kept_the_first_weights_are(value):
    with pytest.warns(DivergenceWarning, match=r"step 7.*of step 0, are kept"):
        run = train(RICH.with_(game=Poisoned(7, value=value)), POINTS)
    assert run.step == 7
    assert same(run, Run.start(RICH, POINTS))


def test_in_a_population_only_the_bad_member_is_marked_and_the_others_play_on():
    recipe = TINY.with_(steps=120, average=0.9)
    poisoned = recipe.with_(game=Poisoned(110, seeds=(1,)))
    with pytest.warns(DivergenceWarning, match=r"1 of 3 GANs diverged.*step 110.*of step 100"):
        run = train(poisoned, POINTS, seeds=[0, 1, 2])
    assert run.diverged.tolist() == [0, 110, 0]
    assert (run.step, run.stopped) == (120, None)
    assert finite(run)
    without = train(recipe, POINTS, seeds=[0, 2])
    assert distance(run[0], without[0]) < 1e-6
    assert distance(run[2], without[1]) < 1e-6
    kept = train(recipe, POINTS, seeds=[0, 1, 2], callbacks=[stop_at(100)])
    assert same(run[1], kept[1])
    others = run.history.query("seed != 1").drop(
        columns="motion"
    )  # which begins with the second row
    assert not others.isna().any(axis=None)
    assert not run.evaluate(n=50).isna().any(axis=None)


def test_a_population_stops_when_nobody_is_left():
    game = Poisoned(5, seeds=(0, 1))
    with pytest.warns(DivergenceWarning, match="2 of 2 GANs"):
        run = train(TINY.with_(game=game), POINTS, seeds=[0, 1])
    assert run.diverged.tolist() == [5, 5]
    assert (run.step, run.stopped) == (5, "diverged at step 5")


@pytest.mark.parametrize("seeds", [None, range(3)], ids=["single", "population"])
def test_a_learning_rate_that_explodes(seeds):
    recipe = TINY.with_(d_optimizer=SGD(1e12), g_optimizer=SGD(1e12), steps=100)
    with pytest.warns(DivergenceWarning, match="lower learning rate"):
        run = train(recipe, POINTS, seeds=seeds)
    assert run.step < 100
    assert finite(run)
    assert (run.diverged > 0).all()
    assert torch.isfinite(run.sample(10)).all()


@pytest.mark.parametrize("seeds", [None, range(2)], ids=["single", "population"])
def test_a_fatal_update_in_the_very_last_round_does_not_go_unseen(seeds):
    """The loss of the only round is sound, and the update overflows."""
    recipe = TINY.with_(g_optimizer=SGD(1e39), steps=1)
    with pytest.warns(DivergenceWarning, match="step 1"):
        run = train(recipe, POINTS, seeds=seeds)
    assert finite(run)
    assert (run.diverged == 1).all()


def test_weights_that_are_no_longer_sound_are_not_kept(monkeypatch):
    """At step 100, a step before the loss shows it, the weights are bad already."""
    original = Player.descend

    def descend(player: Player, loss: Tensor) -> Tensor:
        result = original(player, loss)
        if player.update == 100 and player.average is not None:  # this is the generator
            player.parameters[0].data[0] = float("nan")
        return result

    monkeypatch.setattr(Player, "descend", descend)
    with pytest.warns(DivergenceWarning, match=r"step 101.*of step 0, are kept"):
        run = train(TINY.with_(steps=200, average=0.5), POINTS)
    assert finite(run)


def test_a_diverged_run_is_not_continued_but_can_be_saved_and_looked_at(tmp_path):
    with pytest.warns(DivergenceWarning):
        run = train(TINY.with_(game=Poisoned(5)), POINTS)
    with pytest.raises(ValueError, match=r"diverged at step 5.*learning rate"):
        resume(run)
    run.save(tmp_path)
    again = Run.load(tmp_path, POINTS)
    assert int(again.diverged) == 5
    assert same(run, again)
    with pytest.raises(ValueError, match="diverged at step 5"):
        resume(again)


def test_a_sound_run_gives_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = train(RICH, POINTS)
    assert int(run.diverged) == 0
    assert run.stopped is None


@pytest.mark.parametrize("seeds", [None, [0, 1]])
def test_weights_that_are_nan_before_the_first_round(seeds):
    def broken(network):
        next(network.parameters()).data[0] = torch.nan

    with pytest.raises(ValueError, match=r"begins with weights that are NaN.*initialize=…"):
        train(TINY.with_(initialize=broken), POINTS, seeds=seeds)


def test_going_back_to_the_best_makes_no_diverged_run_sound(tmp_path):
    """It has the best weights again; what Adam remembers, and the recipe, are as bad as before."""
    stop = EarlyStop("coverage", every=5, samples=20, patience=100)
    recipe = TINY.with_(game=Poisoned(8), stop=stop, steps=40)
    with pytest.warns(DivergenceWarning):
        run = train(recipe, POINTS)
    assert finite(run) and run.diverged == 0 and run.guard.noticed == 8
    for found in (run, Run.load(run.save(tmp_path), POINTS)):
        with pytest.raises(ValueError, match="diverged at step 8"):
            resume(found)
        assert diagnose(found).condition is Condition.DIVERGED


def test_those_that_did_not_diverge_go_on(tmp_path):
    """As they would have without the break; the others keep their last sound weights."""
    recipe = TINY.with_(game=Poisoned(4, seeds=(1,)), steps=20)
    with pytest.warns(DivergenceWarning):
        whole = train(recipe, POINTS, seeds=[0, 1, 2])
    with pytest.warns(DivergenceWarning):
        half = train(recipe, POINTS, seeds=[0, 1, 2], callbacks=[stop_at(10)])
    with pytest.warns(DivergenceWarning):
        run = resume(Run.load(half.save(tmp_path), POINTS))
    assert run.step == 20 and finite(run)
    assert run.diverged.tolist() == whole.diverged.tolist() == [0, 4, 0]
    assert torch.equal(run.sample(20)[[0, 2]], whole.sample(20)[[0, 2]])
