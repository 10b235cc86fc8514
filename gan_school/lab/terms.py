"""What is compared with what: the terms of a comparison, and the rates and costs that they need."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from gan_school.metrics.metric import Metric
from gan_school.training import Recipe

BUDGETS = ("short", "long")
STEPS, TIME, RATE = "equal steps", "equal time", "tuned rate"
OWN, SPREAD, MEMORY = CAUSES = "own rate", "same first spread", "D without memory"
TERMS = (STEPS, TIME, RATE, *CAUSES)
"""What both sides have in common: see `gan_school.lab.survey` and `gan_school.lab.other_causes`."""

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)  # of a task's learning rates, that tuning tries
FINEST = 1.05  # costs are rounded to powers of it
FIRST_OF_TUNING = 1_000  # its seeds begin here, and decide nothing else


class Pair(NamedTuple):
    """Both sides of a variant on a task, on some terms: see `gan_school.lab.survey`."""

    trick: str
    variant: str
    task: str
    terms: str
    without: Recipe
    with_: Recipe
    cost: float = math.nan  # of a step with it, in units of one without


def power_of_cost(cost: float) -> float:
    """The power of 1.05 that comes closest to it; NaN if it is not known."""
    return cost if math.isnan(cost) else round(math.log(cost, FINEST))


def costs_the_same(cost: float) -> bool:
    """Whether it is within a power of 1.05 of 1: see `gan_school.lab.survey`."""
    return abs(power_of_cost(cost)) <= 1


def scale_rates(recipe: Recipe, factor: float) -> Recipe:
    """The recipe with both learning rates so many times as high."""
    d, g = recipe.d_optimizer, recipe.g_optimizer
    return recipe.with_(
        d_optimizer=replace(d, lr=d.lr * factor), g_optimizer=replace(g, lr=g.lr * factor)
    )


def best_factor(means: Mapping[float, float], metric: Metric) -> float:
    """The one with the best mean."""
    return max(means, key=lambda factor: metric.gain(means[factor]))
