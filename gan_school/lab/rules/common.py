"""What the record shows of any run, whatever its data are like."""

from __future__ import annotations

import numpy as np

from gan_school.lab.corrections import FEW
from gan_school.lab.signs import Signs

SLOW = 1e-4  # a learning rate
# In standard deviations of the data: samples that have left; that move from row to row; that are
# all about the same.
FAR, LOST = 3.0, 20.0
RESTLESS, WILD = 0.1, 0.35
NARROW = 0.22
HALF = 0.5  # of the spread of the data
RISE = 0.03  # of the mean of coverage and precision, from halfway to the end
# Between neighbouring samples, in units of the same of real ones: hardly any variety; samples
# around the data, not on it.
SAME, SCATTERED = 0.1, 1.35
# Of the way to the data, what a generator has gone that is no longer where it was, and one that has
# learned.
LEFT, STAYED = 0.2, 0.5
# Between D's mean answers on real and on generated samples, when it knows them apart, and when it
# is sure. Of pairs of these, the share that it ranks rightly: all; nearly all; about as a coin.
AHEAD, SURE = 0.35, 0.7
KNOWN, NEARLY, BLIND = 0.983, 0.95, 0.6
VAGUE = 0.02  # the standard deviation of what a D says that says about the same of everything
FLAT = 1e-4  # the length of a gradient that does nothing
DUMB = 0.003  # the standard deviation of what a D says that says nothing at all


def not_finite(signs: Signs) -> str | None:
    """A loss was NaN or infinite."""
    if signs.diverged:
        return f"a loss was NaN or infinite at step {signs.diverged:,}"
    if not np.isfinite(signs.end.drop(labels="motion")).all():
        return "the record holds numbers that are not finite"
    return None


def far_away(signs: Signs) -> str | None:
    """The samples have left the data behind, and not because D says the same of everything."""
    end = signs.end
    if signs.now.closer < 1:  # than before the training: they come, and do not go
        return None
    if end.d_real_sd < DUMB and abs(end.d_real - end.d_fake) < 3 * DUMB and end.offset < LOST:
        return None
    if np.hypot(end.offset, end.spread) > FAR and end.offset > 1:
        away = f"{end.offset:.1f}" if end.offset < 100 else f"{end.offset:,.0f}"
        return f"the samples lie {away} standard deviations of the data away from it"
    if end.spread > FAR:
        return f"the samples are spread {end.spread:.1f} times as wide as the data"
    return None


def mode_collapse(signs: Signs) -> str | None:
    """The samples differ from each other far less than the data do."""
    end = signs.end
    alike = end.diversity <= SAME
    if not np.isnan(signs.now.starved):  # not a line that goes through all of the data
        alike = alike and end.coverage < SAME and end.spread < HALF
    if end.spread > NARROW and not alike:
        return None
    return (
        f"the samples spread {end.spread:.0%} as wide as the data, and the nearest two are "
        f"{end.diversity:.0%} as far apart as two real ones"
    )


def a_single_place(signs: Signs) -> str | None:
    """As `mode_collapse`, and hardly any spread at all, though the rates would let G learn."""
    return mode_collapse(signs) if signs.end.spread <= SAME and not slow(signs) else None


def still_improving(signs: Signs) -> str | None:
    """Coverage and precision have been rising."""
    end = signs.end
    if not rises(signs) or end.motion > WILD:
        return None
    scattered = (
        f", and neighbouring samples lie {end.diversity:.1f} times as far apart as real ones"
        if end.diversity > SCATTERED
        else ""
    )
    return (
        f"coverage and precision were on average {signs.halfway.quality:.0%} halfway, and "
        f"{end.quality:.0%} at the end{scattered}"
    )


def oscillating(signs: Signs) -> str | None:
    """The samples keep moving, and do not get better."""
    end = signs.end
    if end.motion < RESTLESS:
        return None
    return (
        f"from one row of the record to the next a sample moves {end.motion:.2f} standard "
        f"deviations of the data, and coverage stays at {end.coverage:.0%}"
    )


def rises(signs: Signs, by: float = RISE) -> bool:
    """Whether coverage and precision have been rising, on average by so much."""
    return signs.end.quality - signs.halfway.quality > by and signs.trend > 0.2


def slow(signs: Signs, who: str = "DG") -> str:
    """Which learning rates are far too low, in words; nothing if none is."""
    if signs.recipe is None:
        return ""
    own = {"D": signs.recipe.d_optimizer.lr, "G": signs.recipe.g_optimizer.lr}
    low = [f"{name}'s learning rate is only {own[name]:g}" for name in who if own[name] < SLOW]
    return " and ".join(low)


def why_it_has_not_learned(signs: Signs) -> str:
    """What is most likely to be the reason, in words."""
    if low := slow(signs):
        return low
    if signs.recipe is not None and signs.recipe.steps < FEW:
        return f"{signs.recipe.steps:,} steps are few"
    if signs.end.g_gradient < FLAT:
        return f"hardly any gradient reaches G, its length is {signs.end.g_gradient:.0e}"
    return "little of what D says moves G"
