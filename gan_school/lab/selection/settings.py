"""Plain settings, tried beside the catalogue: what these give needs no trick to explain it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gan_school.datasets import Dataset
from gan_school.lab.changes import BOTH, OPTIMIZERS, change, connected, in_networks, in_optimizers
from gan_school.lab.terms import FACTORS, scale_rates
from gan_school.lab.trick import Change, Trick, Variant
from gan_school.training import Cosine, Recipe


def _hidden(resized: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Change:
    """Other hidden layers in both networks, made from the sizes of those that are there."""

    def resize(recipe: Recipe, data: Dataset) -> Recipe:
        for name in BOTH:
            sizes = resized(getattr(recipe, name).option("hidden"))
            recipe = in_networks(name, hidden=sizes)(recipe, data)
        return recipe

    return resize


def _twice_as_wide(sizes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(2 * size for size in sizes)


def _one_more(sizes: tuple[int, ...]) -> tuple[int, ...]:
    return (*sizes, sizes[-1])


def _at_rates(factor: float, recipe: Recipe, data: Dataset) -> Recipe:
    return scale_rates(recipe, factor)


RATES = Trick(
    "0.1", "Other learning rates", "Both so many times as high.", "plain settings",
    variants=tuple(Variant(f"× {f:g}", partial(_at_rates, f)) for f in FACTORS if f != 1),
)  # fmt: skip

SETTINGS = (
    RATES,
    Trick(
        "0.2", "A falling learning rate", "Down to nothing, along a cosine.", "plain settings",
        variants=(Variant("cosine", in_optimizers(*OPTIMIZERS, schedule=Cosine())),),
    ),
    Trick(
        "0.3", "Larger networks", "More of both.", "plain settings",
        variants=(
            Variant("both twice as wide", _hidden(_twice_as_wide), where=connected),
            Variant("one more layer in both", _hidden(_one_more), where=connected),
        ),
    ),
    Trick(
        "0.4", "A longer moving average", "Of the generator's weights.", "plain settings",
        variants=(Variant("0.999", change(average=0.999)),),
    ),
)  # fmt: skip
"""Plain settings, tried beside the catalogue's tricks."""
