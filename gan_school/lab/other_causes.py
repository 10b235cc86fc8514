"""Why does it hurt? The simplest other causes of a harm, taken away one at a time.

A deeper generator hurts. Because it is deep, or because its first samples are narrower? A trick
that is blamed for what something else does would be left alone for ever. So wherever a trick of
levels 1 to 3 hurts, by its plain verdict after the long budget at equal steps, it is asked again:

- **at its own rate**: both sides at the learning rates that suit each of them best, found with
  other seeds. A trick may want another rate than the recipe that it was put into. (Not on pictures,
  where this would take longer than all else that is asked about a trick.)
- **with the same first spread**, where the untrained generator's samples spread by a quarter more
  or a fifth less with the trick: its first weights get the gain with which they spread as before.
- **without D's memory**: both sides with β₁ = 0 in the discriminator's Adam, so that no
  update carries on what an earlier one was about.

What it costs is asked anyway: every verdict has one at equal time beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from torch import Tensor

from gan_school.datasets import Dataset
from gan_school.lab.terms import MEMORY, SPREAD, Pair
from gan_school.networks import Separately, XavierNormal
from gan_school.training import Adam, Recipe, Run

LEVELS = ("1", "2", "3")  # of the tricks that are asked again
ALIKE = 1.25  # first spreads are, up to this ratio
GAINS = (0.25, 16.0)  # of first weights, between which the right one is looked for
HALVINGS = 12  # of that interval, on a logarithmic scale: to half a percent


def asked_again(trick: str) -> bool:
    """Whether it is of levels 1 to 3, and no combination of two."""
    return trick.startswith(LEVELS) and "+" not in trick


def other_causes(pair: Pair, data: Dataset, seeds: Sequence[int]) -> Iterator[Pair]:
    """The pair without each of two causes that can be taken away: see above."""
    before, after = (_spread(side, data, seeds) for side in (pair.without, pair.with_))
    unlike = max(before, after) > ALIKE * min(before, after)
    if unlike and isinstance(_first_weights(pair.with_), XavierNormal):
        yield pair._replace(terms=SPREAD, with_=spreading(pair.with_, before, data, seeds))
    sides = forgetful(pair.without), forgetful(pair.with_)
    if sides != (pair.without, pair.with_):
        yield pair._replace(terms=MEMORY, without=sides[0], with_=sides[1])


def spreading(recipe: Recipe, width: float, data: Dataset, seeds: Sequence[int]) -> Recipe:
    """The recipe with the gain of G's first weights with which its samples spread so wide."""
    low, high = GAINS
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        narrow = _spread(_with_gain(recipe, middle), data, seeds) < width
        low, high = (middle, high) if narrow else (low, middle)
    return _with_gain(recipe, round((low * high) ** 0.5, 3))


def forgetful(recipe: Recipe) -> Recipe:
    """The recipe without momentum in D; where D has none, as it is."""
    d = recipe.d_optimizer
    if not isinstance(d, Adam):
        return recipe
    return recipe.with_(d_optimizer=replace(d, betas=(0.0, d.betas[1])))


def _first_weights(recipe: Recipe) -> object:
    """How those of G are drawn."""
    start = recipe.initialize
    return start.generator if isinstance(start, Separately) else start


def _with_gain(recipe: Recipe, gain: float) -> Recipe:
    start, g = recipe.initialize, _first_weights(recipe)
    d = start.discriminator if isinstance(start, Separately) else start
    return recipe.with_(initialize=Separately(generator=replace(g, gain=gain), discriminator=d))


def _spread(recipe: Recipe, data: Dataset, seeds: Sequence[int]) -> float:
    return sum(first_spread(recipe, data, seeds)) / len(seeds)


def first_spread(recipe: Recipe, data: Dataset, seeds: Sequence[int]) -> list[float]:
    """How wide G's samples spread before it has learned anything, in units of the data's spread.

    Of each seed: the root of the mean variance of a coordinate, divided by the same of the data.
    """
    fresh = (Run.start(recipe, data, seed, "cpu").sample(1_000) for seed in seeds)
    return [_width(samples) / _width(data.x) for samples in fresh]


def _width(samples: Tensor) -> float:
    return float(samples.flatten(1).var(0).mean().sqrt())
