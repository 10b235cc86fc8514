"""Level 1, the first time: good recipes have it all, so the evidence is what happens without."""

from __future__ import annotations

from gan_school import networks
from gan_school.datasets import Dataset
from gan_school.games import GAN, Gaussian, SaturatingGAN, SquaredErrorGAN, Uniform
from gan_school.lab.catalogue.sources import (
    COLLAPSE,
    DIVERGED,
    E2,
    IMPROVING,
    MISSING,
    NOT_LEARNED,
    OSCILLATING,
    SPREAD,
    STRONG_D,
)
from gan_school.lab.changes import (
    OPTIMIZERS,
    change,
    connected_points,
    convolutional,
    gain_in_generator,
    game,
    in_networks,
    in_own_units,
    in_range,
    latent_size,
    scaled,
    well_scaled,
    without_a_variant,
)
from gan_school.lab.trick import Trick, Variant
from gan_school.training import SGD, Adam, Recipe


def uniform_latent(recipe: Recipe, data: Dataset) -> Recipe:
    """As many uniform numbers as there were others."""
    return recipe.with_(latent=Uniform(latent_size(recipe, data)))


def gaussian_latent(recipe: Recipe, data: Dataset) -> Recipe:
    """As many Gaussian numbers as there were others."""
    if recipe.latent is None:  # that is what it means
        return recipe
    return recipe.with_(latent=Gaussian(latent_size(recipe, data)))


def cross_entropy(recipe: Recipe, data: Dataset) -> Recipe:
    """Cross entropy in the place of the squared error."""
    return game(GAN)(recipe, data) if isinstance(recipe.game, SquaredErrorGAN) else recipe


def adam(recipe: Recipe, data: Dataset) -> Recipe:
    """Adam for networks that have another optimiser."""
    others = [name for name in OPTIMIZERS if not isinstance(getattr(recipe, name), Adam)]
    return recipe.with_(**{name: Adam(1e-3, betas=(0.5, 0.999)) for name in others})


def unbounded(recipe: Recipe, data: Dataset) -> Recipe:
    """A generator that ends in plain numbers."""
    bounds = recipe.generator.has("output") and recipe.generator.option("output") is not None
    return in_networks("generator", output=None)(recipe, data) if bounds else recipe


def fully_connected(recipe: Recipe, data: Dataset) -> Recipe:
    """Fully connected networks in the place of convolutions."""
    (channels, size, _), latent = data.shape, latent_size(recipe, data)
    return recipe.with_(
        generator=networks.mlp_generator(size, channels, latent=latent, hidden=(256, 256)),
        discriminator=networks.mlp_discriminator(size, channels, hidden=(256, 256)),
    )


def dcgan(recipe: Recipe, data: Dataset) -> Recipe:
    """The networks of a DCGAN."""
    if convolutional(recipe, data):
        return recipe
    (channels, size, _), latent = data.shape, latent_size(recipe, data)
    return recipe.with_(
        generator=networks.dcgan_generator(size, channels, latent=latent, width=16),
        discriminator=networks.dcgan_discriminator(size, channels, width=16, norm=None),
    )


XAVIER = change(initialize=networks.XavierNormal())

LEVEL_1 = (
    Trick(
        "1.1", "Normalise the data",
        "Inputs in (−1, 1) with a tanh at the generator's end, or in (0, 1) with a sigmoid: early "
        "outputs far from the data's scale can be enough to diverge.",
        E2, (DIVERGED, STRONG_D, COLLAPSE, MISSING, NOT_LEARNED),
        (
            Variant("scaled, not in its own units", off=in_own_units, where=scaled),
            Variant("(−1, 1) and tanh", in_range(-1, 1, "tanh"), where=connected_points),
            Variant("(0, 1) and sigmoid", in_range(0, 1, "sigmoid"), where=connected_points),
            Variant(
                "no sigmoid on standardised data", unbounded,
                off=in_networks("generator", output="sigmoid"), where=connected_points,
            ),
        ),
        done=well_scaled,
    ),
    Trick(
        "1.2", "Cross entropy for the discriminator",
        "Binary cross entropy with labels: maximise log D, do not minimise some other error.",
        E2, (STRONG_D,),
        (Variant("not the squared error", cross_entropy, off=game(SquaredErrorGAN)),),
    ),
    Trick(
        "1.3", "Swap the labels for the generator",
        "Maximise log D(G(z)), do not minimise log(1 − D(G(z))), whose gradient vanishes early.",
        f"{E2}; Goodfellow et al. 2014, section 3", (STRONG_D,),
        (
            Variant(
                "not the saturating loss", game(GAN),
                off=game(SaturatingGAN), where=without_a_variant,
            ),
            Variant(
                "the same, D trained 5 times", game(GAN),
                off=game(SaturatingGAN), under=change(d_steps=5), where=without_a_variant,
            ),
        ),
    ),
    Trick(
        "1.4", "Gaussian noise",
        "Draw the latent from a normal distribution, not a uniform one, which gives too much "
        "weight to would-be outliers.",
        E2, (MISSING, SPREAD),
        (Variant("not uniform", gaussian_latent, off=uniform_latent),),
    ),
    Trick(
        "1.5", "Adam for both networks",
        "Adam does better than plain gradient descent for both networks.",
        E2, (OSCILLATING, IMPROVING, NOT_LEARNED),
        tuple(
            Variant(f"not SGD with {said}", adam, off=change(d_optimizer=sgd, g_optimizer=sgd))
            for said, sgd in (("the same rate", SGD(1e-3)), ("50 times the rate", SGD(5e-2)))
        ),
    ),
    Trick(
        "1.6", "Xavier-normal weights", "Of the initialisations tried, Xavier normal did best.",
        f"{E2}; Glorot & Bengio 2010", (STRONG_D, OSCILLATING, NOT_LEARNED),
        (
            Variant("not PyTorch's own", XAVIER, off=change(initialize=networks.AsBuilt())),
            Variant(
                "not PyTorch's own in G", XAVIER,
                off=change(initialize=networks.Separately(generator=networks.AsBuilt())),
            ),
            Variant(
                "not PyTorch's own in D", XAVIER,
                off=change(initialize=networks.Separately(discriminator=networks.AsBuilt())),
            ),
            Variant("not N(0, 0.02²)", XAVIER, off=change(initialize=networks.NormalWeights())),
            Variant("with gain √2 in G", gain_in_generator(2**0.5)),
            Variant(
                "with gain √2 in both", change(initialize=networks.XavierNormal(gain=2**0.5))
            ),
        ),
    ),
    Trick(
        "1.7", "DCGAN for images", "For images, start with the architecture of DCGAN.",
        f"{E2}; Radford et al. 2016", (MISSING, STRONG_D),
        (Variant("not fully connected", dcgan, off=fully_connected, where=convolutional),),
    ),
)  # fmt: skip
