"""Level 2, quick changes: a number in the recipe, or an option of a network."""

from __future__ import annotations

from gan_school.lab.catalogue.sources import (
    COLLAPSE,
    E2,
    MISSING,
    OSCILLATING,
    SPREAD,
    STRONG_D,
    STRONG_G,
    V,
)
from gan_school.lab.changes import (
    BOTH,
    change,
    connected,
    connected_discriminator,
    connected_points,
    faster,
    in_networks,
    then,
)
from gan_school.lab.trick import Trick, Variant

DROPOUT_IN_D = in_networks("discriminator", dropout=0.3)
LEAKY_D = in_networks("discriminator", activation="leaky_relu")
FAST_D, FAST_G = faster("d_optimizer", 4), faster("g_optimizer", 4)

LEVEL_2 = (
    Trick(
        "2.1", "Dropout",
        "Dropout as noise in G or D gives better samples, and a D that uses features that mean "
        f"more. (Another source says: not in G. {V}.)",
        E2, (STRONG_D, COLLAPSE, MISSING),
        (
            Variant("in D", DROPOUT_IN_D),
            Variant("in D, a fast one", DROPOUT_IN_D, under=FAST_D),
            Variant("in G", in_networks("generator", dropout=0.3), where=connected_points),
            Variant("in both", in_networks(*BOTH, dropout=0.3), where=connected_points),
        ),
    ),
    Trick(
        "2.2", "LeakyReLU",
        "Start with ReLU in G and LeakyReLU in D; leaky in G too when its gradients say little.",
        E2, (STRONG_D, OSCILLATING),
        (
            Variant(
                "in D", LEAKY_D,
                off=in_networks("discriminator", activation="relu"), where=connected_discriminator,
            ),
            Variant(
                "in G as well", in_networks(*BOTH, activation="leaky_relu"),
                off=then(LEAKY_D, in_networks("generator", activation="relu")), where=connected,
            ),
        ),
    ),
    Trick(
        "2.3", "Train the discriminator more often",
        "2 to 5 times for each update of G, if G fools D easily, or D on real settles at 0.5 and "
        "on fakes stays above.",
        E2, (STRONG_G, COLLAPSE, SPREAD),
        (
            Variant("2 times", change(d_steps=2)),
            Variant("5 times", change(d_steps=5)),
            Variant("2 times, against a fast generator", change(d_steps=2), under=FAST_G),
        ),
    ),
    Trick(
        "2.4", "Train the generator more often", "If D is accurate from the start.",
        E2, (STRONG_D,),
        (
            Variant("2 times", change(g_steps=2)),
            Variant("5 times", change(g_steps=5)),
            Variant("2 times, against a fast discriminator", change(g_steps=2), under=FAST_D),
        ),
    ),
)  # fmt: skip
