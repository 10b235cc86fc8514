"""What samples show by their nearest neighbours, where the data lie in no heaps."""

from __future__ import annotations

import numpy as np

from gan_school.lab.rules.common import (
    AHEAD,
    BLIND,
    HALF,
    KNOWN,
    LEFT,
    NEARLY,
    RISE,
    SCATTERED,
    STAYED,
    SURE,
    VAGUE,
    WILD,
    rises,
    slow,
    why_it_has_not_learned,
)
from gan_school.lab.signs import Signs

# Of coverage and precision, and how much their mean rises from halfway to the end.
GOOD, FINE, FULL, POOR = 0.7, 0.85, 0.9, 0.6
STEADY, LEAP, SOAR = 0.05, 0.08, 0.15
# Of the samples, those near the data: too scattered; clean enough; beyond doubt. And those that
# have no data around them.
SMEARED, CLEAN, PURE = 0.78, 0.8, 0.84
ASTRAY = 0.1
# Of the data, the parts that have far too few samples around them: where there is little of that;
# a lot; too much for more time to help; and how much less there is of it once anything is learned.
HUNGRY, STARVED, EMPTY, GAIN = 0.13, 0.22, 0.34, 0.25
BAD = 0.35  # the rest of the data, times the share of the samples that are near the data
THIN = 0.27  # between neighbouring samples, in units of the same of real ones: too alike
DIVIDED = 0.15  # the standard deviation of D's answers when it knows some real ones for sure


def healthy(signs: Signs) -> str | None:
    """Most of the data has samples nearby, most samples have data nearby, and that is settled."""
    end, now = signs.end, signs.now
    if np.isnan(now.starved):
        well = min(end.coverage, end.precision) >= GOOD
    else:
        well = now.starved <= HUNGRY and now.width >= THIN and now.precise >= CLEAN
        well = well and not rises(signs, by=RISE if now.precise < PURE else LEAP)
        full = min(end.coverage, end.precision) >= FULL
        well = well or (full and now.starved <= HUNGRY and now.width >= THIN)
    if not well or unfinished(signs):
        return None
    if np.isnan(now.starved):
        shares = f"{end.coverage:.0%} of the data have a sample nearby, and {end.precision:.0%}"
    else:
        shares = (
            f"{1 - now.starved:.0%} of the data have enough samples around, and {now.precise:.0%}"
        )
    return f"{shares} of the samples lie near the data"


def held_back(signs: Signs) -> str | None:
    """As `hardly_learned`, and a learning rate that is far too low."""
    return hardly_learned(signs) if slow(signs) else None


def hardly_learned(signs: Signs) -> str | None:
    """The samples are where they were before training, or about there."""
    end, now = signs.end, signs.now
    bare = end.coverage < HALF if np.isnan(now.gained) else now.gained < GAIN
    if not now.moved < STAYED or not bare:
        return None
    if np.isnan(now.gained):
        reached = f"only {end.coverage:.0%} of the data have a sample nearby"
    else:
        reached = f"only {max(0, now.gained):.0%} more of the data have enough of them around"
    return (
        f"since before the training the samples have moved by {now.moved:.0%} of the way to the "
        f"data, and {reached}; {why_it_has_not_learned(signs)}"
    )


def discriminator_too_strong(signs: Signs) -> str | None:
    """D knows every sample for what it is, and G does not get better."""
    end, now = signs.end, signs.now
    lead = end.d_real - end.d_fake
    if np.isnan(now.starved):
        sure, bad = lead >= SURE and not now.ranked < KNOWN, end.coverage < GOOD
    else:
        scattered = lead >= SURE and now.ranked >= NEARLY and now.precise < POOR
        sure = scattered or (lead >= AHEAD and now.ranked >= KNOWN)
        bad = end.coverage < HALF
    if not (sure and bad):
        return None
    low = slow(signs, who="G")
    return (
        f"D gives real samples {end.d_real:.2f} and generated ones {end.d_fake:.2f}: it knows them "
        f"all, and only {end.coverage:.0%} of the data have a sample nearby"
        + (f"; {low}" if low else "")
    )


def generator_too_strong(signs: Signs) -> str | None:
    """D takes bad samples for real ones, or says about the same of everything."""
    end, now = signs.end, signs.now
    lead = end.d_real - end.d_fake
    vague = end.d_real_sd < VAGUE and lead < 2 * VAGUE
    fooled = lead < -2 * VAGUE and end.motion < WILD
    if np.isnan(now.starved):
        blind = (vague or fooled) and end.quality <= GOOD
    else:
        bad = now.precise * (1 - now.starved) < BAD
        blind = bad and end.motion < WILD and now.ranked <= BLIND
        blind = blind or (bad and vague and now.ranked <= NEARLY)
    if not blind or now.moved < (LEFT if vague else STAYED):
        return None
    near = f"{end.precision if np.isnan(now.starved) else now.precise:.0%}"
    bare = "" if np.isnan(now.starved) else f", and {now.starved:.0%} of these have too few around"
    return (
        f"D gives real samples {end.d_real:.2f} and generated ones {end.d_fake:.2f}, although only "
        f"{near} of the samples lie near the data{bare}"
    )


def parts_never_made(signs: Signs) -> str | None:
    """Good samples, and a large part of the data that G never makes."""
    if np.isnan(signs.now.starved):
        return missing_modes(signs) if signs.end.d_real_sd > DIVIDED else None
    enough = STARVED
    for rise, limit in ((LEAP, EMPTY), (SOAR, HALF)):
        enough = limit if rises(signs, by=rise) else enough
    return missing_modes(signs) if signs.now.starved > enough else None


def missing_modes(signs: Signs) -> str | None:
    """Good samples, and parts of the data without any."""
    end, now = signs.end, signs.now
    if np.isnan(now.starved):
        few = end.precision >= POOR and end.coverage < min(end.precision, FINE)
    else:
        few = now.starved > HUNGRY and (now.precise >= POOR or now.astray < ASTRAY)
    if not few or end.motion > WILD:
        return None
    bare = "" if np.isnan(now.starved) else f"; {now.starved:.0%} have far too few around them"
    return (
        f"{end.precision:.0%} of the samples lie near the data, but only {end.coverage:.0%} of the "
        f"data have a sample nearby{bare}"
    )


def wrong_spread(signs: Signs) -> str | None:
    """Samples everywhere, and too close to each other there, or too far."""
    end, now = signs.end, signs.now
    if not now.starved <= STARVED or end.motion > (1.0 if now.width < THIN else WILD):
        return None
    if now.width < THIN:
        how = f"too alike: neighbours are {now.width:.0%} as far from each other as real ones"
    elif now.precise < SMEARED and not rises(signs, by=STEADY):
        how = f"too scattered: only {now.precise:.0%} of them are near the data"
    else:
        return None
    return f"samples lie around {1 - now.starved:.0%} of the data, but are {how}"


def unfinished(signs: Signs) -> bool:
    """Whether more steps would be more than a luxury."""
    end = signs.end
    leaps = rises(signs, by=LEAP) and min(end.coverage, end.precision) < FINE
    return end.diversity > SCATTERED or leaps
