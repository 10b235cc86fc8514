"""Level 4: more information, and other GANs."""

from __future__ import annotations

from gan_school import games
from gan_school.datasets import Dataset
from gan_school.lab.catalogue.sources import (
    COLLAPSE,
    DIVERGED,
    E2,
    MISSING,
    OSCILLATING,
    STRONG_D,
    UNKNOWN,
    V,
)
from gan_school.lab.changes import (
    OPTIMIZERS,
    auxiliary,
    change,
    conditional,
    faster,
    game,
    in_game,
    in_optimizers,
    informed,
    labelled_pictures,
    then,
    with_cross_entropy,
    without_labels,
)
from gan_school.lab.trick import Trick, Variant, variants
from gan_school.training import EarlyStop, Recipe, RMSprop


def patient(recipe: Recipe, data: Dataset) -> Recipe:
    """Stop after four looks, of sixteen in all, without better coverage."""
    every = max(1, recipe.steps // 16)
    return recipe.with_(stop=EarlyStop("coverage", every=every, patience=4))


FAST_D, BOTH_WITH_R1 = faster("d_optimizer", 4), in_game(penalty=games.R1(1.0))
WITH_PENALTY = game(games.WassersteinGAN, penalty=games.GradientPenalty(1.0))
RMSPROP = change(d_optimizer=RMSprop(1e-3), g_optimizer=RMSprop(1e-3))

LEVEL_4 = (
    Trick(
        "4.1", "Use labels: conditional GAN",
        "Any label helps, even one that is not about the problem.",
        f"{E2}; Mirza & Osindero 2014", (MISSING, COLLAPSE),
        (
            Variant("the class of each picture", conditional, where=labelled_pictures),
            Variant(
                "the same, both with R1", conditional, under=BOTH_WITH_R1, where=labelled_pictures
            ),
        ),
    ),
    Trick(
        "4.2", "Give D more to do: auxiliary classifier",
        "A discriminator that also names the class improves both networks a lot.",
        f"{E2}; Odena et al. 2017", (MISSING, COLLAPSE),
        (
            Variant("not without labels", auxiliary, where=labelled_pictures),
            Variant("not a conditional GAN", auxiliary, off=conditional, where=labelled_pictures),
            Variant(
                "not a conditional GAN, both with R1", auxiliary,
                off=conditional, under=BOTH_WITH_R1, where=labelled_pictures,
            ),
        ),
    ),
    Trick(
        "4.3", "Smooth or flip labels",
        "Soft labels such as 0.9 and 0.2, or 10 % of the labels flipped, so that D cannot be sure.",
        f"{E2}; {V}; Salimans et al. 2016", (STRONG_D,),
        (
            *variants(
                {
                    "0.9 and 0.2": in_game(targets=games.Smooth(0.9, 0.2)),
                    "0.9, one-sided": in_game(targets=games.Smooth(0.9)),
                    "around 0.9 and 0.1, freshly drawn":
                        in_game(targets=games.Smooth(0.9, 0.1, fresh=True)),
                    "10 % flipped": in_game(targets=games.Flip(0.1)),
                },
                where=with_cross_entropy,
            ),
            Variant(
                "0.9, one-sided, a fast D", in_game(targets=games.Smooth(0.9)),
                under=FAST_D, where=with_cross_entropy,
            ),
        ),
    ),
    Trick(
        "4.4", "InfoGAN", "High quality, and latent variables that control the data.",
        f"{E2}; Chen et al. 2016", (MISSING, COLLAPSE),
        variants(
            {
                f"a choice of 8 and a number, weight {weight}":
                    informed(games.Categorical(8), games.Uniform(1), weight=weight)
                for weight in (0.03, 0.3)
            },
            where=without_labels,
        ),
    ),
    Trick(
        "4.5", "Noise on the discriminator's inputs, decaying", "When D learns too fast.",
        f"{E2}; Arjovsky & Bottou 2017; Sønderby et al. 2017", (STRONG_D,),
        (
            Variant("0.3, down to nothing", in_game(view=games.Noisy(0.3))),
            Variant("0.1, down to nothing", in_game(view=games.Noisy(0.1))),
            Variant("0.3, a fast D", in_game(view=games.Noisy(0.3)), under=FAST_D),
        ),
    ),
    Trick(
        "4.6", "Watch several metrics",
        "Losses do not tell how good samples are; Inception Score and FID do, for images.",
        E2, (UNKNOWN,),
        elsewhere="no change to a recipe: notebook 09 and gan_school.metrics",
    ),
    Trick(
        "4.7", "Stop early on a good metric", "It saves time, and avoids late divergence.",
        E2, (DIVERGED, OSCILLATING),
        (Variant("patience 4", patient),),
    ),
    Trick(
        "4.8", "Wasserstein GAN", "As good or better, and any GAN can use it.",
        f"{E2}; Arjovsky et al. 2017; Gulrajani et al. 2017", (STRONG_D, COLLAPSE, OSCILLATING),
        (
            Variant("gradient penalty", WITH_PENALTY, where=without_labels),
            *variants(
                {
                    "gradient penalty, both with D 5 times":
                        then(WITH_PENALTY, in_optimizers(*OPTIMIZERS, betas=(0.0, 0.9))),
                    "clipping, both with D 5 times":
                        then(game(games.WassersteinGAN, clip=0.1), RMSPROP),
                },
                under=change(d_steps=5),
                where=without_labels,
            ),
        ),
    ),
)  # fmt: skip
