"""What can be wrong with a training run, or right: the words that doctor and catalogue share."""

from __future__ import annotations

from enum import Enum


class Condition(Enum):
    """The state of a run. The value is what it is called in prose."""

    HEALTHY = "healthy"
    STILL_IMPROVING = "still improving"
    DIVERGED = "diverged"
    OSCILLATING = "oscillating without progress"
    DISCRIMINATOR_TOO_STRONG = "discriminator too strong"
    GENERATOR_TOO_STRONG = "generator too strong"
    MODE_COLLAPSE = "mode collapse"
    MISSING_MODES = "missing modes"
    WRONG_SPREAD = "wrong spread within modes"
    NOT_YET_LEARNED = "hardly learned"
    UNKNOWN = "not enough to tell"

    @property
    def meaning(self) -> str:
        """One sentence that says how to recognise it."""
        return _MEANINGS[self]


_MEANINGS = {
    Condition.HEALTHY: "The samples are where the data is, in all their variety, and stay there.",
    Condition.STILL_IMPROVING: "The samples were still getting better when training ended.",
    Condition.DIVERGED: "A loss became infinite or NaN, or the samples left for good.",
    Condition.OSCILLATING: "The samples move from place to place without getting better.",
    Condition.DISCRIMINATOR_TOO_STRONG: (
        "The discriminator recognises every sample, and the generator learns nothing from it."
    ),
    Condition.GENERATOR_TOO_STRONG: (
        "The discriminator takes bad samples for real ones, so nothing says how to improve them."
    ),
    Condition.MODE_COLLAPSE: "The samples are all about the same.",
    Condition.MISSING_MODES: "Samples are good and varied, but parts of the data never appear.",
    Condition.WRONG_SPREAD: "Samples of every kind, but too alike within each, or too different.",
    Condition.NOT_YET_LEARNED: "The samples are about as bad as before the training.",
    Condition.UNKNOWN: "The record is too short, or says nothing clear.",
}
