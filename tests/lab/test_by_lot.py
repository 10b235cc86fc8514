"""The examination by lot: what is drawn, what is true, and how shares are counted."""

import pandas as pd
import pytest
import torch
from scipy import stats

from gan_school import train
from gan_school.lab import Condition, by_lot, cures, tricks
from gan_school.lab.advice import Advice
from gan_school.lab.by_lot import Truth, mixture, numbers_in, recipe, ward_of
from gan_school.lab.corrections import CORRECTIONS
from gan_school.lab.together import alike, train_together
from gan_school.training import SGD, Adam

pytestmark = pytest.mark.filterwarnings("error")

DATA = mixture(3)


def test_a_number_decides_everything_and_halves_share_nothing():
    assert repr(recipe(17, ward_of(17))) == repr(recipe(17, ward_of(17)))
    numbers = [number for ward in range(100) for number in numbers_in(ward)]
    assert sorted(numbers) == list(range(by_lot.RUNS))
    assert all(ward_of(number) % 2 == number % 2 for number in numbers)
    assert all(number in numbers_in(ward_of(number)) for number in numbers)
    assert torch.equal(mixture(4).x, mixture(4).x)
    shapes = {tuple(mixture(ward).modes.flatten().tolist()) for ward in range(50)}
    assert len(shapes) == 50


def test_the_recipes_of_a_ward_can_be_trained_together_and_fit_its_data():
    for ward in range(0, 50, 7):
        recipes = [recipe(number, ward) for number in numbers_in(ward)]
        assert len({repr(alike(one)) for one in recipes}) == 1
        assert len({repr(one) for one in recipes}) == len(recipes)
        recipes[0].fit_to(mixture(ward))


# ------------------------------------------------------------------------------------ what is true


def looked(*frames: torch.Tensor, on_real: float = 0.0, on_fake: float = 0.0) -> Truth:
    """A run that gave these samples at its looks."""
    truth = Truth(DATA, DATA.fresh(2_000, seed=5).x)
    for x in frames:
        truth.look(x, torch.full((50,), on_real), torch.full((50,), on_fake))
    return truth


NOISE = torch.randn(2_000, DATA.shape[0], generator=torch.Generator().manual_seed(0))
GOOD = DATA.fresh(2_000, seed=1).x
FIRST_MODE = GOOD.clone()
FIRST_MODE[:] = DATA.modes[0] + DATA.sigma * NOISE
HALF_EMPTY = torch.where((DATA.fresh(2_000, seed=1).labels == 0)[:, None], GOOD[:1], GOOD)
TIGHT = DATA.modes[DATA.fresh(2_000, seed=1).labels] + 0.2 * DATA.sigma * NOISE
POINT = 0.01 * NOISE + 2.5
FAR = NOISE + 100
SMALL = 0.02 * NOISE + 1.0


@pytest.mark.parametrize(
    ("condition", "frames", "opinions"),
    [
        (Condition.HEALTHY, [SMALL] * 4 + [GOOD] * 5, {}),
        (Condition.DIVERGED, [SMALL] * 7 + [FAR] * 2, {}),
        (Condition.NOT_YET_LEARNED, [SMALL] * 9, {}),
        (Condition.DISCRIMINATOR_TOO_STRONG, [SMALL] * 9, dict(on_real=1.0)),
        (Condition.GENERATOR_TOO_STRONG, [SMALL] * 3 + [POINT] * 6, {}),
        (Condition.MODE_COLLAPSE, [SMALL] * 3 + [POINT] * 6, {}),
        (Condition.MISSING_MODES, [SMALL] * 3 + [FIRST_MODE] * 6, {}),
        (Condition.WRONG_SPREAD, [SMALL] * 3 + [TIGHT] * 6, {}),
        (Condition.OSCILLATING, [SMALL] * 2 + [POINT, FIRST_MODE] * 3 + [POINT], {}),
        (Condition.STILL_IMPROVING, [POINT] * 7 + [HALF_EMPTY] * 2, {}),
    ],
)
def test_every_condition_by_samples_that_have_it(condition, frames, opinions):
    assert condition in looked(*frames, **opinions).conditions()


def test_of_the_healthy_and_the_diverged_nothing_else_is_said():
    assert looked(*[SMALL] * 7, GOOD, GOOD).conditions() == (Condition.HEALTHY,)
    assert looked(*[GOOD] * 9).conditions(diverged=True) == (Condition.DIVERGED,)
    assert Condition.HEALTHY not in looked(*[HALF_EMPTY] * 9).conditions()


# --------------------------------------------------------------------------------- the examination


def table(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            dict(kind=kind, diagnosis=said, right=right, steps=1_000)
            for kind, said, right in rows
        ]
    )  # fmt: skip


def test_a_name_is_right_if_it_is_true_and_patience_does_not_harm_the_healthy():
    how = recipe(0, 0)
    collapsed = (Condition.DISCRIMINATOR_TOO_STRONG, Condition.MODE_COLLAPSE)
    for truth, said, right in (
        (collapsed, Condition.MODE_COLLAPSE, True),
        (collapsed, Condition.MISSING_MODES, False),
        ((Condition.HEALTHY,), Condition.STILL_IMPROVING, True),
        ((Condition.MISSING_MODES,), Condition.STILL_IMPROVING, False),
        ((), Condition.MISSING_MODES, None),
    ):
        assert by_lot.row(0, 0, how, truth, said)["right"] is right
    assert by_lot.row(0, 0, how, collapsed, Condition.HEALTHY)["kind"] == "discriminator too strong"


def test_shares_are_counted_kind_by_kind():
    examined = table(
        *[("healthy", "healthy", True)] * 3, ("healthy", "missing modes", False),
        *[("diverged", "diverged", True)] * 2, ("missing modes", "not enough to tell", False),
        ("unclear", "healthy", None),
    )  # fmt: skip
    shares = by_lot.shares(examined)
    assert shares.loc["healthy", ["runs", "right"]].tolist() == [4, 0.75]
    assert shares.loc["healthy", "low"] == pytest.approx(0.3006, abs=1e-4)  # Wilson, by hand
    assert shares.loc["others", ["runs", "right"]].tolist() == [3, 0.5]
    assert shares.loc["not enough to tell", "right"] == pytest.approx(1 / 8)
    assert "unclear" not in shares.index
    assert shares.loc["healthy", ["as its kind", "if said"]].tolist() == [0.75, 1]
    assert shares.loc["missing modes", ["as its kind", "if said"]].tolist() == [0, 0]
    assert by_lot.confusion(examined).loc["unclear", "healthy"] == 1


# ---------------------------------------------------------------------------------------- together


def test_trained_together_each_is_what_it_would_be_alone():
    recipes = [recipe(number, 3).with_(steps=12) for number in numbers_in(3)[:3]]
    runs = train_together(recipes, DATA, [5, 6, 7])
    for seed, how, run in zip((5, 6, 7), recipes, runs, strict=True):
        alone = train(how, DATA, seed=seed)
        assert run.recipe == how and run.seeds == seed
        torch.testing.assert_close(run.sample(50), alone.sample(50), rtol=1e-3, atol=1e-3)
        assert run.history["step"].tolist() == alone.history["step"].tolist()


def test_only_recipes_that_differ_in_numbers_are_trained_together():
    one = recipe(0, 3)
    with pytest.raises(ValueError, match="differ in more than rates"):
        train_together([one, one.with_(batch_size=33)], DATA, [0, 1])
    assert alike(one) == alike(one.with_(d_optimizer=Adam(0.5, one.d_optimizer.schedule)))
    assert alike(one) != alike(one.with_(d_optimizer=SGD(1e-3)))


# ------------------------------------------------------------------------------------------- cures


def test_every_arm_is_tried_and_nothing_is_advised_to_whom_there_is_no_advice():
    own = recipe(0, 3)
    found = {name: (trick, plan) for name, trick, plan in cures.arms(own, DATA, (), 0)}
    assert tuple(found) == cures.ARMS
    assert found["again"][1] == found["first"][1] == found["all three"][1] == own
    assert found["longer"][1].steps == 2 * own.steps
    usual = found["settings"][1]
    assert usual != own, "some setting of this one is out of the ordinary"
    assert not any(one.changes(usual, DATA) for one in CORRECTIONS[:-1])
    drawn = [found[name] for name in cures.LOT]
    assert len({trick for trick, _ in drawn}) == 3
    assert all(plan != own for _, plan in drawn)
    advice = (Advice(tricks["S.5"], "0.99", "ring", {}),)
    advised = {name: plan for name, _, plan in cures.arms(own, DATA, advice, 0)}
    assert advised["first"] == own.with_(average=0.99) == advised["all three"]


def test_differences_are_paired():
    rows = [
        dict(ward=number // 2, number=number, arm=arm, healthy=arm in cures.DOCTOR)
        for number in range(10)
        for arm in cures.ARMS
    ]
    table = pd.DataFrame(rows)
    found = cures.differences(table)
    assert found.loc["each", ["doctor", "other", "difference"]].tolist() == [1, 0, 1]
    assert cures.by_arm(table).loc["lot 2", "right"] == 0


def test_runs_of_one_ward_count_as_alike():
    """Values that are repeated within their wards say no more than once each."""
    values = pd.Series([0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0] * 2)
    alone = cures.by_ward(values, pd.Series(range(16)))
    assert alone == pytest.approx(stats.t.interval(0.95, 15, values.mean(), values.sem()))
    tripled, wards = values.repeat(3).reset_index(drop=True), pd.Series(range(16)).repeat(3)
    assert cures.by_ward(tripled, wards.reset_index(drop=True)) == pytest.approx(alone)
    assert cures.by_ward(pd.Series([1.0] * 4), pd.Series([0, 0, 1, 1])) == (1, 1)
