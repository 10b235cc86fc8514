"""What follows from a comparison: a table of values, and the effects in it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gan_school.lab import METRICS, Comparison
from gan_school.lab.inference import EQUIVALENT, HELPS, HURTS

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
    assert effects["verdict"].to_dict() == {"better": HELPS, "worse": HURTS, "same": EQUIVALENT}
    assert effects.loc["better", "seeds"] == 16
    assert effects.loc["better", "baseline"] == pytest.approx(base.mean())
    assert effects.loc["worse", "seconds"] == pytest.approx(2.5)


def test_another_baseline():
    table = comparison({"a": [0.1, 0.2, 0.3], "b": [0.5, 0.6, 0.7], "c": [0.9, 0.8, 0.7]})
    effects = table.effects(baseline="b").set_index("recipe")
    assert effects["difference"].to_dict() == pytest.approx({"a": -0.4, "c": 0.2})
    with pytest.raises(ValueError, match=r"no recipe is called 'd'.*a, b, c"):
        table.effects(baseline="d")


def test_it_stays_a_comparison_when_parts_are_taken():
    table = comparison({"a": [0.1, 0.2], "b": [0.5, 0.6]})
    part = table[table["seed"] >= 0]
    assert isinstance(part, Comparison)
    assert part.effects()["recipe"].tolist() == ["b"]


def test_comparisons_that_were_put_together_know_the_packages_metrics():
    one, other = (comparison({name: [0.1, 0.2]}) for name in "ab")
    both = pd.concat([one, other])
    assert both.effects()["recipe"].tolist() == ["b"]
    with pytest.raises(ValueError, match="what 'beauty' means is no longer known"):
        both.assign(metric="beauty").effects()


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


def test_recipes_that_are_compared_at_a_step_are_one_family():
    """Alone, one of twenty equal recipes looks better; among twenty, that is what chance does."""
    rng = np.random.default_rng(5)
    base = rng.normal(size=16)
    metric = replace(COVERAGE, margin=None)
    recipes = {f"equal {k}": base + rng.normal(0, 0.1, 16) for k in range(40)}
    effects = comparison({"base": base, **recipes}, metric).effects()
    assert (effects["plain"] != "undecided").any()
    assert (effects["verdict"] == "undecided").all()


def test_runs_that_diverged_count_and_are_counted():
    table = comparison({"a": [0.5, 0.6, 0.7], "b": [0.5, 0.0, 0.7]})
    table.loc[(table["recipe"] == "b") & (table["seed"] == 1), "diverged"] = True
    (effect,) = table.effects().to_dict("records")
    assert effect["diverged"] == 1
    assert effect["seeds"] == 3
    assert effect["mean"] == pytest.approx(0.4)
