"""Intervals, the tests that go with them, and verdicts."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gan_school.lab import METRICS, Metric, interval
from gan_school.lab.inference import (
    EQUIVALENT,
    HELPS,
    HURTS,
    LEVEL,
    UNDECIDED,
    Means,
    corrected,
    effect,
    effects,
    unsettled,
)

pytestmark = pytest.mark.filterwarnings("error")

COVERAGE, DISTANCE = METRICS["coverage"], METRICS["sliced_wasserstein"]


def series(values, first=0):
    return pd.Series(values, index=range(first, first + len(values)))


def test_differences_are_taken_seed_by_seed():
    """Seeds differ by much, the recipes by little: unpaired, nothing could be seen."""
    seeds = np.linspace(0, 1, 16)
    found = effect(series(seeds), series(seeds + 0.1), COVERAGE)
    assert found["difference"] == pytest.approx(0.1)
    assert found["low"] == pytest.approx(0.1) and found["high"] == pytest.approx(0.1)
    assert found["verdict"] == HELPS


def test_only_seeds_that_both_have_count():
    found = effect(series([1.0, 2.0, 3.0]), series([5.0, 5.0, 5.0], first=1), COVERAGE)
    assert found["seeds"] == 2
    assert found["difference"] == pytest.approx((3 + 2) / 2)


def test_an_effect_that_is_there_is_seen():
    rng = np.random.default_rng(2)
    for _ in range(20):
        base = rng.normal(0.5, 0.05, 16)
        assert (
            effect(series(base), series(base + rng.normal(0.15, 0.05, 16)), COVERAGE)["verdict"]
            == HELPS
        )


def around(mean, sd=0.02, n=16):
    """Values with exactly this mean and standard deviation."""
    z = stats.norm.ppf((np.arange(n) + 0.5) / n)
    return mean + sd * z / z.std(ddof=1)


@pytest.mark.parametrize(
    ("mean", "sd", "metric", "said"),
    [
        (0.20, 0.02, COVERAGE, HELPS),
        (-0.20, 0.02, COVERAGE, HURTS),
        (0.20, 0.40, COVERAGE, UNDECIDED),
        (0.00, 0.02, COVERAGE, EQUIVALENT),
        (0.03, 0.02, COVERAGE, EQUIVALENT),  # sure, and surely too small to matter
        (0.00, 0.40, COVERAGE, UNDECIDED),  # no difference seen is not no difference
        (0.20, 0.02, DISTANCE, HURTS),
        (-0.20, 0.02, DISTANCE, HELPS),
        (0.05, 0.02, DISTANCE, EQUIVALENT),  # a tenth of what it was
        (-0.25, 0.02, DISTANCE, HELPS),  # half of what it was
    ],
)
def test_four_verdicts(mean, sd, metric, said):
    base = np.full(16, 0.5)
    assert effect(series(base), series(base + around(mean, sd)), metric)["verdict"] == said


def test_a_relative_margin_goes_with_the_distance():
    """Half of .09 is a gain, and half of .09 more on top of 9 is nothing."""
    small, large = np.full(16, 0.09), np.full(16, 9.0)
    change = around(-0.045, 0.01)
    assert effect(series(small), series(small + change), DISTANCE)["verdict"] == HELPS
    assert effect(series(large), series(large + change), DISTANCE)["verdict"] == EQUIVALENT


def test_where_little_is_covered_little_more_matters():
    half, little, change = np.full(16, 0.5), np.full(16, 0.04), around(0.03, 0.01)
    assert effect(series(half), series(half + change), COVERAGE)["verdict"] == EQUIVALENT
    assert effect(series(little), series(little + change), COVERAGE)["verdict"] == HELPS


def test_of_nothing_at_all_nothing_can_be_learned():
    """Where both sides are at the bottom, they look the same whatever they are."""
    found = effect(series(np.zeros(16)), series(np.zeros(16)), COVERAGE)
    assert found["verdict"] == UNDECIDED


def test_of_no_comparisons_there_are_no_effects():
    one = effects([(series([0.1, 0.2]), series([0.3, 0.5]), COVERAGE)])
    assert effects([]).empty
    assert list(effects([])) == list(one)


def test_without_a_margin_nothing_is_equivalent():
    metric = Metric("m", lambda real, fake: 0.0)
    base = np.full(16, 0.5)
    found = effect(series(base), series(base + around(0, 0.001)), metric)
    assert np.isnan(found["p_equivalent"])
    assert found["verdict"] == UNDECIDED
    assert effect(series(base), series(base + around(0.1, 0.001)), metric)["verdict"] == HELPS


@pytest.mark.parametrize("name", ["margin", "relative"])
@pytest.mark.parametrize("value", [0, -0.1])
def test_a_margin_is_above_zero(name, value):
    with pytest.raises(ValueError, match=f"{name}={value} of the metric 'm' is not above 0"):
        Metric("m", lambda real, fake: 0.0, **{name: value})


def test_a_seed_whose_value_is_not_a_number_is_left_out_and_not_counted():
    base = series([0.1, 0.2, 0.3, np.nan, 0.5, 0.6])
    found = effect(base, base + 0.1, COVERAGE)
    assert found["seeds"] == 5
    assert found["difference"] == pytest.approx(0.1)


def test_of_one_seed_or_none_nothing_follows():
    for few in (series([0.5]), series([])):
        found = effect(few, few + 1, COVERAGE)
        assert found["verdict"] == found["plain"] == UNDECIDED
        assert np.isnan([found["low"], found["high"]]).all()
        assert unsettled(few, few + 1, COVERAGE)


# ------------------------------------------------------------------------------------- intervals


def test_of_many_normal_values_the_interval_is_that_of_students_t():
    values = np.random.default_rng(3).normal(2, 1, 400)
    expected = stats.t.interval(0.95, 399, values.mean(), stats.sem(values))
    assert interval(values) == pytest.approx(expected, abs=0.01)
    assert interval(values) == interval(values)


def test_it_is_the_studentised_bootstrap():
    """The textbook's recipe, resample by resample, from other random numbers."""
    values = np.random.default_rng(4).exponential(size=12)
    rng, error = np.random.default_rng(5), stats.sem(values)
    drawn = rng.choice(values, (40_000, 12))
    t = (drawn.mean(1) - values.mean()) / stats.sem(drawn, axis=1)
    few, many = np.quantile(t, [0.025, 0.975])
    expected = (values.mean() - many * error, values.mean() - few * error)
    assert interval(values) == pytest.approx(expected, abs=0.06 * (expected[1] - expected[0]))


def test_it_is_skewed_where_values_are():
    values = np.array([0.0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.4, 1.5])
    low, high = interval(values)
    assert high - values.mean() > 1.3 * (values.mean() - low)
    mirrored = interval(-values)
    assert mirrored == pytest.approx((-high, -low), rel=0.1)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_units_do_not_matter(scale):
    values = np.random.default_rng(6).normal(1, 1, 9)
    assert interval(scale * values) == pytest.approx(np.multiply(scale, interval(values)))


@pytest.mark.parametrize("n", [2, 3, 4])
def test_of_fewer_than_five_values_it_is_students(n):
    values = np.arange(n) ** 2.0
    expected = stats.t.interval(0.9, n - 1, values.mean(), stats.sem(values))
    assert interval(values, 0.9) == pytest.approx(expected)


@pytest.mark.parametrize("n", [6, 16])
def test_where_nearly_all_values_are_equal_it_is_students(n):
    """Most resamples would be of the same value again and again, and know their mean for sure."""
    values = np.append(np.ones(n - 1), 0.5)
    expected = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    assert interval(values) == pytest.approx(expected)
    assert Means(values[:, None]).p_other(1) == pytest.approx(stats.ttest_1samp(values, 1).pvalue)


def test_intervals_of_one_value_or_equal_ones():
    assert np.isnan(interval(np.array([1.0]))).all()
    assert np.isnan(interval(np.array([]))).all()
    assert interval(np.full(3, 0.3)) == (0.3, 0.3)
    assert interval(np.full(16, 0.3)) == (0.3, 0.3)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, float("nan")])
def test_a_level_is_between_0_and_1(level):
    with pytest.raises(ValueError, match="is not between 0 and 1"):
        interval([1.0, 2.0, 3.0], level)


def test_differences_are_a_list():
    with pytest.raises(ValueError, match=r"shape \(2, 2\), expected \(n,\)"):
        interval([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize("n", [3, 5, 8, 16])
def test_intervals_and_tests_agree(n):
    """A value lies outside of the 95 % interval just where the test of it says p ≤ .05."""
    values = np.random.default_rng(n).normal(0.3, 1, (n, 300))
    means = Means(values)
    low, high = means.interval()
    outside = (low > 0) | (high < 0)
    assert 5 < outside.sum() < 295
    assert ((means.p_other(0) <= LEVEL) == outside).all()
    low, high = means.interval(0.9)
    assert ((means.p_above(0) <= LEVEL) == (low > 0)).all()
    assert ((means.p_below(0) <= LEVEL) == (high < 0)).all()


def test_many_samples_at_once_are_what_they_are_alone():
    values = np.random.default_rng(7).normal(size=(8, 5))
    low, high = Means(values).interval()
    for k in range(5):
        assert interval(values[:, k]) == pytest.approx((low[k], high[k]))


# -------------------------------------------------------------------------------------- families


def test_a_family_holds_the_false_discovery_rate():
    p = np.array([0.001, 0.008, 0.039, 0.041, 0.042, np.nan, 0.06, 0.9])
    adjusted = corrected(p)
    assert np.isnan(adjusted[5])
    known = np.delete(np.arange(8), 5)
    assert adjusted[known] == pytest.approx(stats.false_discovery_control(p[known]))
    assert (adjusted[known] >= p[known]).all()


def test_in_a_family_a_verdict_needs_more_evidence():
    rng = np.random.default_rng(8)
    weak = [(series(np.zeros(16)), series(around(0.011, 0.02)), COVERAGE)]
    lost = [(series(rng.normal(size=16)), series(rng.normal(size=16)), COVERAGE) for _ in range(99)]
    metric = Metric("m", lambda real, fake: 0.0)
    alone = effects([(*weak[0][:2], metric)]).iloc[0]
    among = effects([(one, other, metric) for one, other, _ in weak + lost]).iloc[0]
    assert alone["plain"] == alone["verdict"] == HELPS
    assert among["plain"] == HELPS
    assert among["verdict"] == UNDECIDED


def test_what_is_too_small_to_matter_alone_is_no_effect_in_a_family():
    """There it may be less sure that it is small; that does not make it large."""
    base = np.full(16, 0.5)
    small = (series(base), series(base + around(0.035, 0.03)), COVERAGE)
    large = [(series(base), series(base + around(0.2, 0.03)), COVERAGE)] * 60
    found = effects([small, *large]).iloc[0]
    assert found["plain"] == EQUIVALENT
    assert found["p"] < 0.001
    assert found["verdict"] == UNDECIDED


def test_sizes_can_differ_within_a_family():
    pairs = [
        (series(np.zeros(n)), series(around(0.2, 0.02, n)), COVERAGE) for n in (16, 5, 8, 16, 3)
    ]
    found = effects(pairs)
    assert found["seeds"].tolist() == [16, 5, 8, 16, 3]
    for row, (one, other, metric) in zip(found.to_dict("records"), pairs, strict=True):
        assert row["low"] == pytest.approx(effect(one, other, metric)["low"])


@pytest.mark.parametrize(
    ("mean", "asks"), [(0.0, False), (0.05, True), (0.3, False), (-0.05, True), (-0.3, False)]
)
def test_more_seeds_are_asked_for_where_the_interval_straddles_a_margin(mean, asks):
    base = np.full(8, 0.5)
    assert unsettled(series(base), series(base + around(mean, 0.03, 8)), COVERAGE) is asks
