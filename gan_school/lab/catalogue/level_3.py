"""Level 3, drastic changes: go back through level 2 after each, says the source."""

from __future__ import annotations

from gan_school.checks import check
from gan_school.datasets import Dataset
from gan_school.games import AdversarialVAE, Apart
from gan_school.lab.catalogue.sources import (
    COLLAPSE,
    E2,
    IMPROVING,
    MISSING,
    OSCILLATING,
    SPREAD,
    STRONG_D,
    STRONG_G,
    V,
)
from gan_school.lab.changes import (
    as_wide_as,
    connected,
    connected_points,
    gain_in_generator,
    game,
    generator_layers,
    in_game,
    latent_size,
    more_layers,
)
from gan_school.lab.trick import Change, Trick, Variant
from gan_school.networks import vae
from gan_school.training import SGD, Recipe


def adversarial_vae(recipe: Recipe, data: Dataset) -> Recipe:
    """The decoder of a variational autoencoder as generator, with the same hidden layers."""
    old = recipe.generator
    check(old.inner is None, f"{old.name} goes around another network, and an encoder would not.")
    network = vae(*data.shape, *reversed(old.option("hidden")), latent=latent_size(recipe, data))
    if old.has("activation") and old.option("activation") != network.option("activation"):
        network = network.with_(activation=old.option("activation"))
    return game(AdversarialVAE)(recipe.with_(generator=network), data)


def sgd_for_d(factor: float) -> Change:
    """Plain gradient descent for D, with so many times its rate."""
    return lambda recipe, data: recipe.with_(d_optimizer=SGD(factor * recipe.d_optimizer.lr))


LEVEL_3 = (
    Trick(
        "3.1", "More layers in the generator",
        "Add layers little by little; they matter more than neurons per layer.",
        E2, (MISSING, IMPROVING, SPREAD),
        (
            Variant("one more", more_layers(1), where=connected),
            Variant("two more", more_layers(2), where=connected),
            *(
                Variant(
                    f"{said} more, both with gain √2 in G", more_layers(count),
                    under=gain_in_generator(2**0.5), where=connected,
                )
                for count, said in ((1, "one"), (2, "two"))
            ),
            Variant(
                "deeper, not wider", more_layers(1), off=as_wide_as(more_layers(1)), where=connected
            ),
        ),
    ),
    Trick(
        "3.2", "SGD for the discriminator",
        "With the same learning rate; in some tests much better.",
        E2, (STRONG_D,),
        (Variant("same rate", sgd_for_d(1)), Variant("50 times the rate", sgd_for_d(50))),
    ),
    Trick(
        "3.3", "Separate real and fake mini-batches",
        "Mini-batches of only real, then only fake samples, D updated after each: much better when "
        f"it works. (Real first, then fake, never mixed: {V}.)",
        E2, (STRONG_G, OSCILLATING),
        (Variant("an update after each", in_game(minibatches=Apart())),),
    ),
    Trick(
        "3.4", "Other architectures",
        "Constant width, autoencoder-shaped, or a variational autoencoder as generator.",
        f"{E2}; Larsen et al. 2016", (COLLAPSE, MISSING),
        (
            Variant("adversarial VAE", adversarial_vae, where=connected_points),
            Variant(
                "autoencoder-shaped", generator_layers(64, 16, 64),
                off=more_layers(1), where=connected_points,
            ),
            Variant(
                "constant width, not widening",
                off=generator_layers(32, 96), where=connected_points,
            ),
        ),
    ),
)  # fmt: skip
