"""What follows from a comparison: differences, intervals, verdicts."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gan_school.lab import METRICS, Comparison, Metric, interval
from gan_school.lab.comparison import HELPS, HURTS, NOTHING, effect, verdict

pytestmark = pytest.mark.filterwarnings("error")

COVERAGE = METRICS["coverage"]


def comparison(values, metric=COVERAGE, seconds=None):
    """A table of given values: {recipe: [a value for each seed]}."""
    return Comparison.of(
        {
            name: {
                seed: [
                    {
                        "step": 10, "metrics": {metric.name: value}, "diverged": False,
                        "seconds": (seconds or {}).get(name, 1.0),
                    }
                ]
                for seed, value in enumerate(row)
            }
            for name, row in values.items()
        },
        [metric],
    )  # fmt: skip


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


def test_recipes_of_different_length_are_compared_at_their_ends():
    """Twice the steps, or a better trick? And where both were judged at a step, there."""

    def run(*steps):
        return [
            {"step": step, "metrics": {"coverage": value}, "seconds": 1.0, "diverged": False}
            for step, value in steps
        ]

    table = Comparison.of(
        {
            "long": {seed: run((100, 0.2), (200, 0.5)) for seed in range(3)},
            "short": {seed: run((50, 0.0), (150, 0.6)) for seed in range(3)},
            "same": {seed: run((100, 0.3), (200, 0.5)) for seed in range(3)},
        },
        [COVERAGE],
    )
    effects = table.effects().set_index(["recipe", "step"])["difference"]
    assert effects.to_dict() == pytest.approx(
        {("short", 150): 0.1, ("same", 100): 0.1, ("same", 200): 0.0}
    )


def test_the_effects_of_a_comparison():
    rng = np.random.default_rng(0)
    base = rng.uniform(0.4, 0.5, 16)
    table = comparison(
        {"base": base, "better": base + 0.2, "worse": base - 0.2, "same": base + 0.001},
        seconds={"base": 2.0, "worse": 5.0},
    )
    effects = table.effects().set_index("recipe")
    assert list(effects.index) == ["better", "worse", "same"]
    assert effects["verdict"].to_dict() == {"better": HELPS, "worse": HURTS, "same": NOTHING}
    assert effects.loc["better", "seeds"] == 16
    assert effects.loc["better", "baseline"] == pytest.approx(base.mean())
    assert effects.loc["worse", "seconds"] == pytest.approx(2.5)


def test_another_baseline():
    table = comparison({"a": [0.1, 0.2, 0.3], "b": [0.5, 0.6, 0.7], "c": [0.9, 0.8, 0.7]})
    effects = table.effects(baseline="b").set_index("recipe")
    assert effects["difference"].to_dict() == pytest.approx({"a": -0.4, "c": 0.2})
    with pytest.raises(ValueError, match=r"no recipe is called 'd'.*a, b, c"):
        table.effects(baseline="d")


@pytest.mark.parametrize(
    ("low", "high", "higher_is_better", "said"),
    [
        (0.1, 0.3, True, HELPS),
        (-0.3, -0.1, True, HURTS),
        (0.1, 0.3, False, HURTS),
        (-0.3, -0.1, False, HELPS),
        (-0.1, 0.3, True, NOTHING),
        (-0.3, 0.0, True, NOTHING),
        (0.001, 0.003, True, NOTHING),  # sure, and too small to matter
    ],
)
def test_verdicts(low, high, higher_is_better, said):
    metric = Metric("m", lambda real, fake: 0.0, higher_is_better, matters=0.05)
    assert verdict((low + high) / 2, low, high, metric) == said


def test_chance_alone_is_seldom_called_an_effect():
    """Of 200 comparisons of equal recipes, about 5 % may fall outside the interval."""
    rng = np.random.default_rng(1)
    metric = Metric("m", lambda real, fake: 0.0, matters=0.0)
    said = [
        effect(series(rng.normal(size=16)), series(rng.normal(size=16)), metric)["verdict"]
        for _ in range(200)
    ]
    assert said.count(NOTHING) >= 0.88 * len(said)


def test_an_effect_that_is_there_is_seen():
    rng = np.random.default_rng(2)
    for _ in range(20):
        base = rng.normal(0.5, 0.05, 16)
        assert (
            effect(series(base), series(base + rng.normal(0.15, 0.05, 16)), COVERAGE)["verdict"]
            == HELPS
        )


def test_the_interval_is_that_of_the_bootstrap():
    """For many Gaussian values it comes close to that of the t distribution."""
    values = np.random.default_rng(3).normal(2, 1, 400)
    low, high = interval(values)
    expected = stats.t.interval(0.95, 399, values.mean(), stats.sem(values))
    assert (low, high) == pytest.approx(expected, abs=0.01)
    assert interval(values) == (low, high)


def test_intervals_of_very_few_or_equal_values():
    assert np.isnan(interval(np.array([1.0]))).all()
    assert interval(np.array([0.3, 0.3, 0.3])) == (0.3, 0.3)


def test_it_stays_a_comparison_when_parts_are_taken():
    table = comparison({"a": [0.1, 0.2], "b": [0.5, 0.6]})
    part = table[table["seed"] >= 0]
    assert isinstance(part, Comparison)
    assert part.effects()["recipe"].tolist() == ["b"]


def test_the_picture_shows_every_value():
    figure = comparison({"a": [0.1, 0.2, 0.4], "b": [0.5, 0.6, 0.3]}).plot()
    axes = figure.axes[0]
    assert axes.get_xlabel() == "coverage"
    assert sum(len(dots.get_offsets()) for dots in axes.collections) >= 6


def test_what_was_not_measured_cannot_be_drawn():
    table = comparison({"a": [0.1, 0.2], "b": [0.5, 0.6]})
    with pytest.raises(ValueError, match=r"'beauty' was not measured. There are: coverage"):
        table.plot("beauty")
    with pytest.raises(ValueError, match="no recipe is called None"):
        table[table["seed"] > 9].effects()
