"""The doctor's rules, in the order in which they are tried.

Each says, in figures, why its condition holds, or returns None.
"""

from __future__ import annotations

from collections.abc import Callable

from gan_school.lab.conditions import Condition
from gan_school.lab.rules import heaps, neighbours
from gan_school.lab.rules.common import (
    a_single_place,
    far_away,
    mode_collapse,
    not_finite,
    oscillating,
    still_improving,
)
from gan_school.lab.signs import Signs

__all__ = ["BY_HEAPS", "BY_NEIGHBOURS", "Rules", "rules_for"]

Rule = Callable[[Signs], str | None]
Rules = tuple[tuple[Condition, Rule], ...]

BY_NEIGHBOURS: Rules = (
    (Condition.DIVERGED, not_finite),
    (Condition.DIVERGED, far_away),
    (Condition.HEALTHY, neighbours.healthy),
    (Condition.MODE_COLLAPSE, a_single_place),
    (Condition.DISCRIMINATOR_TOO_STRONG, neighbours.discriminator_too_strong),
    (Condition.NOT_YET_LEARNED, neighbours.held_back),
    (Condition.MODE_COLLAPSE, mode_collapse),
    (Condition.GENERATOR_TOO_STRONG, neighbours.generator_too_strong),
    (Condition.NOT_YET_LEARNED, neighbours.hardly_learned),
    (Condition.MISSING_MODES, neighbours.parts_never_made),
    (Condition.WRONG_SPREAD, neighbours.wrong_spread),
    (Condition.STILL_IMPROVING, still_improving),
    (Condition.MISSING_MODES, neighbours.missing_modes),
    (Condition.OSCILLATING, oscillating),
)
"""For data that lie in no heaps, and for records without data."""

BY_HEAPS: Rules = (
    (Condition.DIVERGED, not_finite),
    (Condition.DIVERGED, far_away),
    (Condition.HEALTHY, heaps.healthy),
    (Condition.MODE_COLLAPSE, a_single_place),
    (Condition.DISCRIMINATOR_TOO_STRONG, heaps.discriminator_too_strong),
    (Condition.GENERATOR_TOO_STRONG, heaps.discriminator_says_nothing),
    (Condition.NOT_YET_LEARNED, heaps.hardly_learned),
    (Condition.MODE_COLLAPSE, mode_collapse),
    (Condition.STILL_IMPROVING, heaps.nearly_there),
    (Condition.HEALTHY, heaps.settled),
    (Condition.MISSING_MODES, heaps.missing_modes),
    (Condition.STILL_IMPROVING, heaps.far_from_done),
    (Condition.WRONG_SPREAD, heaps.wrong_spread),
    (Condition.GENERATOR_TOO_STRONG, heaps.generator_too_strong),
    (Condition.STILL_IMPROVING, still_improving),
    (Condition.GENERATOR_TOO_STRONG, heaps.discriminator_says_little),
    (Condition.OSCILLATING, oscillating),
)

# What a discriminator says means something in itself only where it is a probability.
_ABOUT_PROBABILITIES = (
    neighbours.generator_too_strong,
    neighbours.discriminator_too_strong,
    neighbours.parts_never_made,
    heaps.generator_too_strong,
    heaps.discriminator_says_nothing,
    heaps.discriminator_says_little,
    heaps.discriminator_too_strong,
)


def rules_for(signs: Signs, probabilities: bool) -> Rules:
    """Those that suit what is known of a run.

    Args:
        probabilities: whether its discriminator gives these, and not scores.
    """
    rules = BY_HEAPS if signs.now.heaps > 1 else BY_NEIGHBOURS
    if probabilities:
        return rules
    return tuple(pair for pair in rules if pair[1] not in _ABOUT_PROBABILITIES)
