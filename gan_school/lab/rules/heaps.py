"""What samples show heap by heap, where the data lie in heaps: see `gan_school.lab.heaps`."""

from __future__ import annotations

import numpy as np

from gan_school.lab.rules.common import (
    AHEAD,
    BLIND,
    DUMB,
    KNOWN,
    LEFT,
    NEARLY,
    RESTLESS,
    STAYED,
    SURE,
    VAGUE,
    rises,
    slow,
    still_improving,
    why_it_has_not_learned,
)
from gan_school.lab.signs import Signs

# Of the samples, those at a heap: enough; enough if that is settled; what more time may mend;
# enough to say which heaps have them. And those beside one, that are enough for that, too.
ENOUGH, SETTLED, SOON, SOME, AROUND = 0.8, 0.76, 0.67, 0.6, 0.8
# Of its share of the samples, what the poorest heap has: enough; too little.
FAIR, POOR = 0.5, 0.45
# How wide the samples at a heap lie, in units of real ones: as they should; not as they should.
AS_WIDE, NOT_AS_WIDE = (0.5, 1.5), (0.45, 1.6)
GROWING = 0.42  # as width, and as share of the poorest heap: what more time may mend
LEAP = 0.12  # of the mean of coverage and precision: time is what this run needs
FEW = 0.3  # of the samples, at a heap: D has an easy life
TURMOIL = 0.25  # motion, in standard deviations of the data from row to row
MASS, GAIN = 0.5, 0.2  # of the data, what has samples: too little; learned since the beginning


def healthy(signs: Signs, enough: float = ENOUGH) -> str | None:
    """Most samples are at a heap, and every heap has enough of them, as wide as real ones."""
    now = signs.now
    low, high = AS_WIDE
    if now.inside < enough or now.fewest_at < FAIR or not low <= now.breadth <= high:
        return None
    return (
        f"{now.inside:.0%} of the samples are at one of the {now.heaps:.0f} heaps of the data, and "
        f"the poorest of these has {now.fewest_at:.0%} of its share"
    )


def hardly_learned(signs: Signs) -> str | None:
    """The samples are where they were before training, or about there."""
    now = signs.now
    if not now.moved < STAYED or now.mass_gained > GAIN or signs.end.motion > RESTLESS:
        return None
    return (
        f"since before the training the samples have moved by {now.moved:.0%} of the way to the "
        f"data, and the heaps have {now.mass:.0%} of what they should; "
        f"{why_it_has_not_learned(signs)}"
    )


def discriminator_too_strong(signs: Signs) -> str | None:
    """D knows every sample for what it is, and the heaps have few."""
    end, now = signs.end, signs.now
    lead = end.d_real - end.d_fake
    knows = lead >= AHEAD and now.ranked >= KNOWN
    knows = knows or (lead >= SURE and now.ranked >= NEARLY and now.inside < FEW)
    if now.mass >= MASS or not knows:
        return None
    low = slow(signs, who="G")
    return (
        f"D gives real samples {end.d_real:.2f} and generated ones {end.d_fake:.2f}: it knows them "
        f"all, and the heaps have {now.mass:.0%} of what they should" + (f"; {low}" if low else "")
    )


def nearly_there(signs: Signs) -> str | None:
    """All is nearly as it should be, and has been getting better."""
    now = signs.now
    near = now.inside >= SOON and np.minimum(now.fewest_at, now.breadth) >= GROWING
    if not near or not rises(signs):
        return None
    return (
        f"coverage and precision were on average {signs.halfway.quality:.0%} halfway, and "
        f"{signs.end.quality:.0%} at the end; {now.inside:.0%} of the samples are at a heap"
    )


def settled(signs: Signs) -> str | None:
    """As `healthy`, by a hair, in a run that does not get better any more."""
    return healthy(signs, enough=SETTLED)


def far_from_done(signs: Signs) -> str | None:
    """As `still_improving`, and by a lot."""
    return still_improving(signs) if rises(signs, by=LEAP) else None


def missing_modes(signs: Signs) -> str | None:
    """A heap of the data has far too few samples, and not only at the moment."""
    now = signs.now
    if signs.end.motion > TURMOIL and not rises(signs):
        return None
    at = now.inside >= SOME and now.fewest_at < POOR
    if not at and not (now.beside >= AROUND and now.fewest < POOR):
        return None
    fewest = now.fewest_at if at else now.fewest
    return (
        f"of the {now.heaps:.0f} heaps of the data the poorest has {fewest:.0%} of its share of "
        f"the samples"
    )


def wrong_spread(signs: Signs) -> str | None:
    """Every heap has its samples, and they lie too close to each other there, or too far."""
    now = signs.now
    low, high = NOT_AS_WIDE
    if now.fewest < POOR or now.beside < AROUND:
        return None
    if np.isfinite(now.breadth) and not low <= now.breadth <= high:
        how = f"at a heap they are {now.breadth:.0%} as wide as real ones"
    elif now.inside < SETTLED:
        how = f"too scattered: only {now.inside:.0%} are at one"
    else:
        return None
    return f"each of the {now.heaps:.0f} heaps of the data has samples, but {how}"


def generator_too_strong(signs: Signs) -> str | None:
    """D takes samples for real that are at no heap."""
    end, now = signs.end, signs.now
    if now.mass >= MASS or now.ranked > BLIND or end.motion > TURMOIL or now.moved < STAYED:
        return None
    return _fooled(signs)


def discriminator_says_nothing(signs: Signs, vague: float = DUMB) -> str | None:
    """D says the same of everything, and the heaps have few samples."""
    end, now = signs.end, signs.now
    same = end.d_real_sd < vague and end.d_real - end.d_fake < 2 * vague
    if not same or now.mass >= MASS or now.moved < LEFT or slow(signs):
        return None
    return _fooled(signs)


def discriminator_says_little(signs: Signs) -> str | None:
    """As `discriminator_says_nothing`, or nearly."""
    return discriminator_says_nothing(signs, vague=VAGUE)


def _fooled(signs: Signs) -> str:
    end, now = signs.end, signs.now
    return (
        f"D gives real samples {end.d_real:.2f} and generated ones {end.d_fake:.2f}, although the "
        f"heaps of the data have {now.mass:.0%} of what they should"
    )
