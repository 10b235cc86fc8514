"""How often intervals are right. The intervals in use pass, and those that they replaced fail."""

import numpy as np
import pytest

from gan_school.lab import coverage_study as study
from gan_school.lab import evidence

OURS, OLD = next(iter(study.METHODS)), list(study.METHODS)[-1]
VERY_SKEWED = "very skewed (log-normal, σ = 1)"


@pytest.fixture(scope="module")
def draws():
    return study.distributions(evidence())


@pytest.fixture(scope="module")
def covered(draws):
    """2,000 intervals each: a share of .95 is known to within .01, at two standard errors."""
    chosen = {name: draws[name] for name in draws if name != VERY_SKEWED}
    table = study.intervals(chosen, [OURS, OLD], sizes=(5, 8, 16), repeats=2_000, seed=1)
    return table.set_index(["values", "method", "seeds"])["covered"].sort_index()


CHANCE = 0.015  # three standard errors


def test_on_normal_values_and_on_the_ledgers_own_intervals_are_95_percent(covered):
    for name in (study.TEXTBOOK, study.RESIDUALS):
        assert covered[name, OURS].between(0.935 - CHANCE, 0.965 + CHANCE).all()


def test_on_skewed_and_heavy_tailed_values_they_are_not_far_off(covered):
    assert (covered.xs(OURS, level="method") > 0.92 - CHANCE).all()


def test_the_intervals_that_were_in_use_before_fail(covered):
    for name in (study.TEXTBOOK, study.RESIDUALS):
        assert (covered[name, OLD].drop(16) < 0.935 - CHANCE).all()


def test_what_is_on_record_is_what_is_counted_now(covered):
    stored = study.on_record().set_index(["values", "method", "seeds"])["covered"].sort_index()
    assert (stored[covered.index] - covered).abs().max() < 0.02
    assert set(stored.index.get_level_values("seeds")) == set(study.SIZES)
    ours = stored.xs(OURS, level="method").unstack("values")
    assert ours[[study.TEXTBOOK, study.RESIDUALS]].stack().between(0.935, 0.965).all()
    assert (ours.drop(columns=VERY_SKEWED) > 0.92).all(axis=None)
    assert ours[VERY_SKEWED].min() < 0.92  # what could not be reached, and is said so


def test_the_residuals_have_a_known_centre():
    pool = study.residuals(evidence())
    assert abs(pool.mean()) < 1e-12
    assert pool.std() == pytest.approx(1)
    assert len(pool) > 5_000


@pytest.mark.parametrize(
    ("margin", "shift"), [(0.25, 0.25), (0.5, 0), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0), (2.0, 2.0)]
)
def test_asking_for_more_seeds_where_a_margin_is_straddled_does_little_harm(draws, margin, shift):
    """The worst case is a true difference just at a margin."""
    draw = draws[study.RESIDUALS]
    found = study.rule_of_seeds(draw, few=16, margin=margin, shift=shift, repeats=2_000)
    assert found["covered"] > 0.913 - CHANCE
    if shift == 0:
        assert found["different"] < 0.05 + CHANCE
    if shift >= margin:
        assert found["equivalent"] < 0.065 + CHANCE
    assert found["more"] > 0.3


def test_one_by_one_the_intervals_are_right_on_average_and_not_each_time():
    """The pool has the skewed comparisons in it, and hides them."""
    alone = study.on_record("coverage_one_by_one")
    counts = [len(d) for d in evidence().differences() if len(d) >= 8 and d.std() > 1e-9]
    assert alone["seeds"].tolist() == counts, "measured before the ledger was"
    assert alone["covered"].mean() > 0.94
    assert abs(alone["covered_normal"].mean() - 0.95) < 0.01
    short = alone["covered"] < 0.9
    assert 0 < short.mean() < 0.08
    assert alone[short]["skew"].abs().median() > 2 * alone["skew"].abs().median()
    assert alone["found_at_2"].mean() < 0.03


def test_a_comparison_is_judged_by_its_own_differences():
    skewed = np.array([0.0] * 15 + [9.0])
    rest = [np.random.default_rng(k).normal(size=16) for k in range(2)]
    same, few = np.ones(16), np.arange(5.0)

    class Few:
        def differences(self):
            return [*rest, skewed, same, few]

    found = study.one_by_one(Few(), repeats=300)
    assert found["seeds"].tolist() == [16, 16, 16]
    assert found["skew"].idxmax() == 2
    assert (found["covered"][:2] > 0.9).all()
    assert found["covered"][2] < 0.8


def test_of_the_differences_that_a_family_finds_few_are_wrong(draws):
    rng = np.random.default_rng(2)
    true = np.where(rng.random(80) < 0.6, 0, rng.normal(size=80))
    found = study.false_verdicts(draws[study.RESIDUALS], 16, true, margin=0.5, repeats=60)
    assert found["different"] < 0.05
    assert found["equivalent"] < 0.05
