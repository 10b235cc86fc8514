"""What hurts is asked again, without what else may have done the harm."""

from functools import partial

import pytest

from gan_school import datasets, tricks
from gan_school.lab import METRICS, Task, survey
from gan_school.lab.other_causes import (
    ALIKE,
    asked_again,
    first_spread,
    forgetful,
    other_causes,
    spreading,
)
from gan_school.lab.terms import FIRST_OF_TUNING, MEMORY, OWN, SPREAD, STEPS, Pair, scale_rates
from gan_school.lab.trick import Trick, Variant
from gan_school.networks import Separately, XavierNormal, mlp
from gan_school.training import SGD, Adam
from tests.helpers import POINTS, TINY

pytestmark = pytest.mark.filterwarnings("error")

SEEDS = range(4)


def pair_of(number, variant, recipe):
    return Pair(number, variant, "t", STEPS, *tricks[number].pair(recipe, POINTS, variant))


def mean_spread(recipe):
    return sum(first_spread(recipe, POINTS, SEEDS)) / len(SEEDS)


def test_only_the_tricks_of_the_first_three_levels_are_asked():
    asked = [trick.number for trick in tricks if asked_again(trick.number)]
    assert set(asked) == {t.number for level in (1, 2, 3) for t in tricks.level(level)}
    assert not asked_again("3.1 + 2.1")


def test_a_deeper_generator_gets_the_spread_of_the_other():
    pair = pair_of("3.1", "two more", TINY.with_(generator=mlp(2, 16, 2)))
    before, after = mean_spread(pair.without), mean_spread(pair.with_)
    assert before > ALIKE * after
    again, memory = other_causes(pair, POINTS, SEEDS)
    assert (again.terms, memory.terms) == (SPREAD, MEMORY)
    assert again.without == pair.without
    assert mean_spread(again.with_) == pytest.approx(before, rel=0.02)
    assert isinstance(again.with_.initialize, Separately)
    assert again.with_.initialize.discriminator == pair.with_.initialize


def test_a_start_that_differs_for_both_already_keeps_that_of_d():
    start = Separately(XavierNormal(gain=2.0), XavierNormal(gain=0.5))
    wide = spreading(TINY.with_(initialize=start), 0.5, POINTS, SEEDS)
    assert wide.initialize.discriminator == start.discriminator
    assert mean_spread(wide) == pytest.approx(0.5, rel=0.02)


def test_d_forgets():
    adam = TINY.with_(d_optimizer=Adam(1e-3, betas=(0.5, 0.999)))
    pair = pair_of("2.3", "5 times", adam)
    (again,) = other_causes(pair, POINTS, SEEDS)
    assert again.terms == MEMORY
    for side in (again.without, again.with_):
        assert side.d_optimizer.betas == (0.0, 0.999)
    assert again.with_.d_steps == 5
    assert again.with_.g_optimizer == adam.g_optimizer


def test_what_remembers_nothing_cannot_forget():
    recipe = TINY.with_(d_optimizer=SGD(0.1))
    assert forgetful(recipe) == recipe
    assert list(other_causes(pair_of("2.3", "5 times", recipe), POINTS, SEEDS)) == []


def faster(recipe, data):
    return scale_rates(recipe, 4)


def test_at_its_own_rate_each_side_has_the_one_that_suits_it_best(tmp_path, monkeypatch):
    """A harm that the rate has done becomes smaller."""
    monkeypatch.setenv("GAN_SCHOOL_CACHE", str(tmp_path))
    monkeypatch.setattr("gan_school.lab.survey.relative_cost", lambda *_: 1.0)
    monkeypatch.setattr("gan_school.lab.survey.FACTORS", (0.25, 1.0))
    recipe = TINY.with_(d_optimizer=Adam(0.01), g_optimizer=Adam(0.01), steps=40)
    task = Task(
        "t", partial(datasets.ring, n=200), recipe, 20, (16, 16), ("sliced_wasserstein",)
    )  # fmt: skip
    trick = Trick("2.9", "Hurry", "", "", variants=(Variant("both", faster),))
    ledger = survey.measure([task], [trick])
    first = ledger.effects("2.9", budget="long").iloc[0]
    assert first["plain"] == first["verdict"] == "hurts"
    own = ledger.effects("2.9", budget="long", terms=OWN).iloc[0]
    assert own["gain"] > first["gain"]
    metric = METRICS["sliced_wasserstein"]
    pairs = {pair.terms: pair for pair in ledger.recipe_pairs()}
    for side in ("without", "with_"):
        base, best = (getattr(pairs[terms], side) for terms in (STEPS, OWN))
        ends = {
            factor: ledger.entries()["t", scale_rates(base, factor)][1]
            .query(f"seed >= {FIRST_OF_TUNING} and step == 40")[metric.name].mean()
            for factor in (0.25, 1.0)
        }  # fmt: skip
        assert best == scale_rates(base, min(ends, key=ends.get))
    assert MEMORY in pairs
    causes = ledger.causes()
    assert causes.index.tolist() == [("2.9", "both", "t")]
    assert "hurts" in causes.iloc[0][STEPS]
    assert own["verdict"] in causes.iloc[0][OWN]
    assert causes.iloc[0][SPREAD] == ""
    assert ledger.summary("2.9")[OWN].tolist() == [own["verdict"]]
