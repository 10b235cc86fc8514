"""What a recipe says against itself: settings out of the ordinary, and how to bring them back.

These are no tricks of the catalogue, and come before any of them: a rate of 1e-6, or a penalty of
10,000, is more likely to be the cause than whatever a trick is about. They have numbers from C.1
on, and are no more than that: a look at the recipe, which the ledger has not measured.
"""

from __future__ import annotations

from dataclasses import replace

from gan_school.datasets import Dataset
from gan_school.games import R1, R2
from gan_school.games.penalties import Sum
from gan_school.lab.changes import BOTH, OPTIMIZERS
from gan_school.lab.conditions import Condition
from gan_school.lab.trick import Change, Trick, Variant
from gan_school.training import SGD, Adam, Recipe

USUAL = {Adam: 2e-3, SGD: 0.1}  # learning rates
LOW, HIGH = 0.1, 5.0  # in units of the usual one
APART = 8.0  # times as high as the other: two rates that are no longer of one size
MOMENTUM = 0.9  # β₁ of this or more goes back to 0.5
HEAVY = 1.0  # the weight of R1, or of R2: above it, back to 0.1
UNEQUAL = 3  # updates of one network for each of the other
SMALL, NARROW = 32, 16  # samples in a batch, and units in a layer, that are few
FEW = 1_000  # steps
ANY = tuple(one for one in Condition if one not in (Condition.HEALTHY, Condition.UNKNOWN))


def rates(recipe: Recipe, data: Dataset) -> Recipe:
    """Rates that are out of the ordinary, or far from each other, to the usual ones."""
    own = {name: getattr(recipe, name) for name in OPTIMIZERS}
    known = {name: one.lr / USUAL[type(one)] for name, one in own.items() if type(one) in USUAL}
    apart = bool(known) and max(known.values()) > APART * min(known.values())
    return recipe.with_(
        **{
            name: replace(own[name], lr=USUAL[type(own[name])])
            for name, rate in known.items()
            if apart or not LOW <= rate <= HIGH
        }
    )


def momentum(recipe: Recipe, data: Dataset) -> Recipe:
    """A high β₁ to 0.5."""
    own = {name: getattr(recipe, name) for name in OPTIMIZERS}
    return recipe.with_(
        **{
            name: replace(one, betas=(0.5, one.betas[1]))
            for name, one in own.items()
            if isinstance(one, Adam) and one.betas[0] >= MOMENTUM
        }
    )


def penalty(recipe: Recipe, data: Dataset) -> Recipe:
    """A heavy R1, or R2, to 0.1."""
    own = recipe.game.penalty
    parts = own.parts if isinstance(own, Sum) else (own,)
    light = tuple(
        replace(one, weight=0.1) if isinstance(one, R1 | R2) and one.weight > HEAVY else one
        for one in parts
    )
    if light == parts:
        return recipe
    penalty = Sum(light) if isinstance(own, Sum) else light[0]
    return recipe.with_(game=replace(recipe.game, penalty=penalty))


def ratio(recipe: Recipe, data: Dataset) -> Recipe:
    """One update each."""
    most = max(recipe.d_steps, recipe.g_steps)
    return recipe.with_(d_steps=1, g_steps=1) if most >= UNEQUAL else recipe


def batch(recipe: Recipe, data: Dataset) -> Recipe:
    """A small batch to 64."""
    return recipe.with_(batch_size=min(64, len(data))) if recipe.batch_size < SMALL else recipe


def room(recipe: Recipe, data: Dataset) -> Recipe:
    """Narrow layers to 32 units, and a latent of one number to 8."""
    changes = {}
    for name in BOTH:
        network = getattr(recipe, name)
        if (
            network.has("hidden")
            and min(hidden := network.option("hidden"), default=NARROW) < NARROW
        ):
            changes[name] = network.with_(hidden=tuple(max(32, size) for size in hidden))
    generator = changes.get("generator", recipe.generator)
    if generator.has("latent") and recipe.latent is None and generator.option("latent") < 2:
        changes["generator"] = generator.with_(latent=8)
    return recipe.with_(**changes)


def longer(recipe: Recipe, data: Dataset) -> Recipe:
    """Twice the steps."""
    return recipe.with_(steps=2 * recipe.steps)


def longer_if_short(recipe: Recipe, data: Dataset) -> Recipe:
    """Twice the steps where they are few."""
    return longer(recipe, data) if recipe.steps < FEW else recipe


def _correction(number: str, title: str, change: Change) -> Trick:
    claim = "A setting this far from the ordinary is looked at before any trick."
    return Trick(number, title, claim, "the recipe", ANY, (Variant("as usual", change),))


LONGER = _correction("C.0", "Train for longer: twice the steps", longer)
RATES = _correction("C.1", "Usual learning rates", rates)
CORRECTIONS = (
    RATES,
    _correction("C.2", "One update of each network a round", ratio),
    _correction("C.3", "A momentum β₁ of 0.5", momentum),
    _correction("C.4", "A penalty R1 of weight 0.1", penalty),
    _correction("C.5", "More room: wider layers, a larger latent", room),
    _correction("C.6", "Batches of 64", batch),
    _correction("C.7", "Train for longer: twice the steps", longer_if_short),
)
