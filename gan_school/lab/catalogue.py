"""The catalogue: every trick of the course, its claim, its source, and the change it makes.

The four levels are those of onimaru (2019); the stabilisers come from several texts. A claim is a
hypothesis here. What was measured about it stands in the ledger.
"""

from __future__ import annotations

from gan_school.datasets import Dataset
from gan_school.games import (
    GAN,
    R1,
    R2,
    AdversarialVAE,
    Apart,
    Categorical,
    Flip,
    Gaussian,
    GradientPenalty,
    HingeGAN,
    LeastSquaresGAN,
    Mixed,
    Noisy,
    NoPenalty,
    SaturatingGAN,
    Smooth,
    SquaredErrorGAN,
    Together,
    Uniform,
    WassersteinGAN,
)
from gan_school.lab.changes import (
    BOTH,
    OPTIMIZERS,
    as_wide_as,
    auxiliary,
    change,
    conditional,
    connected,
    connected_discriminator,
    connected_points,
    convolutional,
    faster,
    game,
    generator_layers,
    in_game,
    in_networks,
    in_optimizers,
    in_own_units,
    in_range,
    informed,
    labelled_pictures,
    more_layers,
    scaled,
    then,
    well_scaled,
    with_cross_entropy,
    without_labels,
)
from gan_school.lab.collection import Catalogue
from gan_school.lab.conditions import Condition
from gan_school.lab.shapes import hidden
from gan_school.lab.trick import Trick, Variant
from gan_school.networks import (
    AsBuilt,
    NormalWeights,
    XavierNormal,
    dcgan_discriminator,
    dcgan_generator,
    mlp_discriminator,
    mlp_generator,
    vae,
)
from gan_school.training import SGD, Adam, EarlyStop, Recipe, RMSprop

E2 = "onimaru 2019, Estratégias e dicas para treinar GANs"
U = "Pinto & Motta, Estudo sobre GANs"
V = "trungthanhnguyen, Chiến lược train GAN"
B = "Desafios Práticos no Treinamento de GANs (after Bishop & Bishop 2024)"

COLLAPSE, MISSING = Condition.MODE_COLLAPSE, Condition.MISSING_MODES
STRONG_D, STRONG_G = Condition.DISCRIMINATOR_TOO_STRONG, Condition.GENERATOR_TOO_STRONG
DIVERGED, OSCILLATING = Condition.DIVERGED, Condition.OSCILLATING


# -------------------------------------------------------------- changes that one trick alone needs


def uniform_latent(recipe: Recipe, data: Dataset) -> Recipe:
    """As many uniform numbers as there were others."""
    return recipe.with_(latent=Uniform(_latent(recipe, data)))


def gaussian_latent(recipe: Recipe, data: Dataset) -> Recipe:
    """As many Gaussian numbers as there were others."""
    if recipe.latent is None:  # that is what it means
        return recipe
    return recipe.with_(latent=Gaussian(_latent(recipe, data)))


def _latent(recipe: Recipe, data: Dataset) -> int:
    latent, _ = recipe.fit_to(data)
    return latent.size


def cross_entropy(recipe: Recipe, data: Dataset) -> Recipe:
    """Cross entropy in the place of the squared error."""
    return game(GAN)(recipe, data) if isinstance(recipe.game, SquaredErrorGAN) else recipe


def adam(recipe: Recipe, data: Dataset) -> Recipe:
    """Adam for networks that have another optimiser."""
    return recipe.with_(
        **{
            name: Adam(1e-3, betas=(0.5, 0.999))
            for name in OPTIMIZERS
            if not isinstance(getattr(recipe, name), Adam)
        }
    )


def unbounded(recipe: Recipe, data: Dataset) -> Recipe:
    """A generator that ends in plain numbers."""
    bounded = recipe.generator.kwargs.get("output") is not None
    return in_networks("generator", output=None)(recipe, data) if bounded else recipe


def fully_connected(recipe: Recipe, data: Dataset) -> Recipe:
    """Fully connected networks in the place of convolutions."""
    channels, size, _ = data.shape
    return recipe.with_(
        generator=mlp_generator(size, channels, latent=_latent(recipe, data), hidden=(256, 256)),
        discriminator=mlp_discriminator(size, channels, hidden=(256, 256)),
    )


def dcgan(recipe: Recipe, data: Dataset) -> Recipe:
    """The networks of a DCGAN."""
    if convolutional(recipe, data):
        return recipe
    channels, size, _ = data.shape
    return recipe.with_(
        generator=dcgan_generator(size, channels, latent=_latent(recipe, data), width=16),
        discriminator=dcgan_discriminator(size, channels, width=16, norm=None),
    )


def adversarial_vae(recipe: Recipe, data: Dataset) -> Recipe:
    """The decoder of a variational autoencoder as generator, with the same hidden layers."""
    sizes = reversed(hidden(recipe.generator))
    options = {
        key: recipe.generator.kwargs[key]
        for key in ("activation",)
        if key in recipe.generator.kwargs
    }
    network = vae(*data.shape, *sizes, latent=_latent(recipe, data), **options)
    return game(AdversarialVAE)(recipe.with_(generator=network), data)


# --------------------------------------------------------------------------------- the catalogue

LEVEL_1 = (
    Trick(
        "1.1",
        "Normalise the data",
        "Inputs in (−1, 1) with a tanh at the generator's end, or in (0, 1) with a sigmoid: early "
        "outputs far from the data's scale can be enough to diverge.",
        E2,
        (DIVERGED, STRONG_D, COLLAPSE, MISSING),
        (
            Variant("scaled, not in its own units", off=in_own_units, where=scaled),
            Variant("(−1, 1) and tanh", on=in_range(-1, 1, "tanh"), where=connected_points),
            Variant("(0, 1) and sigmoid", on=in_range(0, 1, "sigmoid"), where=connected_points),
            Variant(
                "no sigmoid on standardised data",
                on=unbounded,
                off=in_networks("generator", output="sigmoid"),
                where=connected_points,
            ),
        ),
        done=well_scaled,
    ),
    Trick(
        "1.2",
        "Cross entropy for the discriminator",
        "Binary cross entropy with labels: maximise log D, do not minimise some other error.",
        E2,
        (STRONG_D,),
        (Variant("not the squared error", on=cross_entropy, off=game(SquaredErrorGAN)),),
    ),
    Trick(
        "1.3",
        "Swap the labels for the generator",
        "Maximise log D(G(z)), do not minimise log(1 − D(G(z))), whose gradient vanishes early.",
        f"{E2}; Goodfellow et al. 2014, section 3",
        (STRONG_D,),
        (
            Variant("not the saturating loss", on=game(GAN), off=game(SaturatingGAN)),
            Variant(
                "the same, D trained 5 times",
                on=game(GAN),
                off=game(SaturatingGAN),
                under=change(d_steps=5),
            ),
        ),
    ),
    Trick(
        "1.4",
        "Gaussian noise",
        "Draw the latent from a normal distribution, not a uniform one, which gives too much "
        "weight to would-be outliers.",
        E2,
        (MISSING,),
        (Variant("not uniform", on=gaussian_latent, off=uniform_latent),),
    ),
    Trick(
        "1.5",
        "Adam for both networks",
        "Adam does better than plain gradient descent for both networks.",
        E2,
        (OSCILLATING, Condition.STILL_IMPROVING),
        (
            Variant(
                "not SGD with the same rate",
                on=adam,
                off=change(d_optimizer=SGD(1e-3), g_optimizer=SGD(1e-3)),
            ),
            Variant(
                "not SGD with 50 times the rate",
                on=adam,
                off=change(d_optimizer=SGD(5e-2), g_optimizer=SGD(5e-2)),
            ),
        ),
    ),
    Trick(
        "1.6",
        "Xavier-normal weights",
        "Of the initialisations tried, Xavier normal did best.",
        f"{E2}; Glorot & Bengio 2010",
        (STRONG_D, OSCILLATING),
        (
            Variant(
                "not PyTorch's own",
                on=change(initialize=XavierNormal()),
                off=change(initialize=AsBuilt()),
            ),
            Variant(
                "not N(0, 0.02²)",
                on=change(initialize=XavierNormal()),
                off=change(initialize=NormalWeights()),
            ),
        ),
    ),
    Trick(
        "1.7",
        "DCGAN for images",
        "For images, start with the architecture of DCGAN.",
        f"{E2}; Radford et al. 2016",
        (MISSING, STRONG_D),
        (Variant("not fully connected", on=dcgan, off=fully_connected, where=convolutional),),
    ),
)

LEVEL_2 = (
    Trick(
        "2.1",
        "Dropout",
        "Dropout as noise in G or D gives better samples, and a D that uses features that mean "
        f"more. (Another source says: not in G. {V}.)",
        E2,
        (STRONG_D, COLLAPSE, MISSING),
        (
            Variant("in D", on=in_networks("discriminator", dropout=0.3)),
            Variant(
                "in D, a fast one",
                on=in_networks("discriminator", dropout=0.3),
                under=faster("d_optimizer", 4),
            ),
            Variant("in G", on=in_networks("generator", dropout=0.3), where=connected_points),
            Variant("in both", on=in_networks(*BOTH, dropout=0.3), where=connected_points),
        ),
    ),
    Trick(
        "2.2",
        "LeakyReLU",
        "Start with ReLU in G and LeakyReLU in D; leaky in G too when its gradients say little.",
        E2,
        (STRONG_D, OSCILLATING),
        (
            Variant(
                "in D",
                on=in_networks("discriminator", activation="leaky_relu"),
                off=in_networks("discriminator", activation="relu"),
                where=connected_discriminator,
            ),
            Variant(
                "in G as well",
                on=in_networks(*BOTH, activation="leaky_relu"),
                off=then(
                    in_networks("discriminator", activation="leaky_relu"),
                    in_networks("generator", activation="relu"),
                ),
                where=connected,
            ),
        ),
    ),
    Trick(
        "2.3",
        "Train the discriminator more often",
        "2 to 5 times for each update of G, if G fools D easily, or D on real settles at 0.5 and "
        "on fakes stays above.",
        E2,
        (STRONG_G, COLLAPSE),
        (
            Variant("2 times", on=change(d_steps=2)),
            Variant("5 times", on=change(d_steps=5)),
            Variant(
                "2 times, against a fast generator",
                on=change(d_steps=2),
                under=faster("g_optimizer", 4),
            ),
        ),
    ),
    Trick(
        "2.4",
        "Train the generator more often",
        "If D is accurate from the start.",
        E2,
        (STRONG_D,),
        (
            Variant("2 times", on=change(g_steps=2)),
            Variant("5 times", on=change(g_steps=5)),
            Variant(
                "2 times, against a fast discriminator",
                on=change(g_steps=2),
                under=faster("d_optimizer", 4),
            ),
        ),
    ),
)

LEVEL_3 = (
    Trick(
        "3.1",
        "More layers in the generator",
        "Add layers little by little; they matter more than neurons per layer.",
        E2,
        (MISSING, Condition.STILL_IMPROVING),
        (
            Variant("one more", on=more_layers(1), where=connected),
            Variant("two more", on=more_layers(2), where=connected),
            Variant(
                "deeper, not wider",
                on=more_layers(1),
                off=as_wide_as(more_layers(1)),
                where=connected,
            ),
        ),
    ),
    Trick(
        "3.2",
        "SGD for the discriminator",
        "With the same learning rate; in some tests much better.",
        E2,
        (STRONG_D,),
        (
            Variant(
                "same rate",
                on=lambda recipe, data: recipe.with_(d_optimizer=SGD(recipe.d_optimizer.lr)),
            ),
            Variant(
                "50 times the rate",
                on=lambda recipe, data: recipe.with_(d_optimizer=SGD(50 * recipe.d_optimizer.lr)),
            ),
        ),
    ),
    Trick(
        "3.3",
        "Separate real and fake mini-batches",
        "Mini-batches of only real, then only fake samples, D updated after each: much better when "
        f"it works. (Real first, then fake, never mixed: {V}.)",
        E2,
        (STRONG_G, OSCILLATING),
        (Variant("an update after each", on=in_game(minibatches=Apart())),),
    ),
    Trick(
        "3.4",
        "Other architectures",
        "Constant width, autoencoder-shaped, or a variational autoencoder as generator.",
        f"{E2}; Larsen et al. 2016",
        (COLLAPSE, MISSING),
        (
            Variant("adversarial VAE", on=adversarial_vae, where=connected_points),
            Variant(
                "autoencoder-shaped",
                on=generator_layers(64, 16, 64),
                off=more_layers(1),
                where=connected_points,
            ),
            Variant(
                "constant width, not widening",
                off=generator_layers(32, 96),
                where=connected_points,
            ),
        ),
    ),
)

LEVEL_4 = (
    Trick(
        "4.1",
        "Use labels: conditional GAN",
        "Any label helps, even one that is not about the problem.",
        f"{E2}; Mirza & Osindero 2014",
        (MISSING, COLLAPSE),
        (
            Variant("the class of each picture", on=conditional, where=labelled_pictures),
            Variant(
                "the same, both with R1",
                on=conditional,
                under=in_game(penalty=R1(1.0)),
                where=labelled_pictures,
            ),
        ),
    ),
    Trick(
        "4.2",
        "Give D more to do: auxiliary classifier",
        "A discriminator that also names the class improves both networks a lot.",
        f"{E2}; Odena et al. 2017",
        (MISSING, COLLAPSE),
        (
            Variant("not without labels", on=auxiliary, where=labelled_pictures),
            Variant(
                "not a conditional GAN", on=auxiliary, off=conditional, where=labelled_pictures
            ),
            Variant(
                "not a conditional GAN, both with R1",
                on=auxiliary,
                off=conditional,
                under=in_game(penalty=R1(1.0)),
                where=labelled_pictures,
            ),
        ),
    ),
    Trick(
        "4.3",
        "Smooth or flip labels",
        "Soft labels such as 0.9 and 0.2, or 10 % of the labels flipped, so that D cannot be sure.",
        f"{E2}; {V}; Salimans et al. 2016",
        (STRONG_D,),
        (
            Variant("0.9 and 0.2", on=in_game(targets=Smooth(0.9, 0.2)), where=with_cross_entropy),
            Variant("0.9, one-sided", on=in_game(targets=Smooth(0.9)), where=with_cross_entropy),
            Variant(
                "around 0.9 and 0.1, freshly drawn",
                on=in_game(targets=Smooth(0.9, 0.1, fresh=True)),
                where=with_cross_entropy,
            ),
            Variant("10 % flipped", on=in_game(targets=Flip(0.1)), where=with_cross_entropy),
            Variant(
                "0.9, one-sided, a fast D",
                on=in_game(targets=Smooth(0.9)),
                under=faster("d_optimizer", 4),
                where=with_cross_entropy,
            ),
        ),
    ),
    Trick(
        "4.4",
        "InfoGAN",
        "High quality, and latent variables that control the data.",
        f"{E2}; Chen et al. 2016",
        (MISSING, COLLAPSE),
        (
            Variant(
                "a choice of 8 and a number, weight 0.03",
                on=informed(Categorical(8), Uniform(1), weight=0.03),
                where=without_labels,
            ),
            Variant(
                "a choice of 8 and a number, weight 0.3",
                on=informed(Categorical(8), Uniform(1), weight=0.3),
                where=without_labels,
            ),
        ),
    ),
    Trick(
        "4.5",
        "Noise on the discriminator's inputs, decaying",
        "When D learns too fast.",
        f"{E2}; Arjovsky & Bottou 2017; Sønderby et al. 2017",
        (STRONG_D,),
        (
            Variant("0.3, down to nothing", on=in_game(view=Noisy(0.3))),
            Variant("0.1, down to nothing", on=in_game(view=Noisy(0.1))),
            Variant("0.3, a fast D", on=in_game(view=Noisy(0.3)), under=faster("d_optimizer", 4)),
        ),
    ),
    Trick(
        "4.6",
        "Watch several metrics",
        "Losses do not tell how good samples are; Inception Score and FID do, for images.",
        E2,
        (Condition.UNKNOWN,),
        elsewhere="no change to a recipe: notebook 09 and gan_school.metrics",
    ),
    Trick(
        "4.7",
        "Stop early on a good metric",
        "It saves time, and avoids late divergence.",
        E2,
        (DIVERGED, OSCILLATING),
        (
            Variant(
                "patience 4",
                on=lambda recipe, data: recipe.with_(
                    stop=EarlyStop("coverage", every=max(1, recipe.steps // 16), patience=4)
                ),
            ),
        ),
    ),
    Trick(
        "4.8",
        "Wasserstein GAN",
        "As good or better, and any GAN can use it.",
        f"{E2}; Arjovsky et al. 2017; Gulrajani et al. 2017",
        (STRONG_D, COLLAPSE, OSCILLATING),
        (
            Variant(
                "gradient penalty",
                on=game(WassersteinGAN, penalty=GradientPenalty(1.0)),
                where=without_labels,
            ),
            Variant(
                "gradient penalty, both with D 5 times",
                on=then(
                    game(WassersteinGAN, penalty=GradientPenalty(1.0)),
                    in_optimizers(*OPTIMIZERS, betas=(0.0, 0.9)),
                ),
                under=change(d_steps=5),
                where=without_labels,
            ),
            Variant(
                "clipping, both with D 5 times",
                on=then(
                    game(WassersteinGAN, clip=0.1),
                    change(d_optimizer=RMSprop(1e-3), g_optimizer=RMSprop(1e-3)),
                ),
                under=change(d_steps=5),
                where=without_labels,
            ),
        ),
    ),
)

STABILISERS = (
    Trick(
        "S.1",
        "A lower learning rate",
        "Rates near 1e-3 are too high; 2e-4 or less.",
        f"{U}; {V}; Radford et al. 2016",
        (DIVERGED, OSCILLATING),
        (
            Variant(
                "2e-4, not 1e-3",
                on=in_optimizers(*OPTIMIZERS, lr=2e-4),
                off=in_optimizers(*OPTIMIZERS, lr=1e-3),
            ),
            Variant(
                "2e-4 with β₁ = 0.5, not 1e-3 with 0.9",
                on=in_optimizers(*OPTIMIZERS, lr=2e-4, betas=(0.5, 0.999)),
                off=in_optimizers(*OPTIMIZERS, lr=1e-3, betas=(0.9, 0.999)),
            ),
        ),
    ),
    Trick(
        "S.2",
        "Less momentum",
        "High momentum destabilises: β₁ of 0.5 or less in Adam.",
        f"{U}; {V}; Radford et al. 2016",
        (OSCILLATING, DIVERGED, COLLAPSE),
        (
            Variant(
                "β₁ = 0.5, not 0.9",
                on=in_optimizers(*OPTIMIZERS, betas=(0.5, 0.999)),
                off=in_optimizers(*OPTIMIZERS, betas=(0.9, 0.999)),
            ),
            Variant(
                "β₁ = 0, not 0.5",
                on=in_optimizers(*OPTIMIZERS, betas=(0.0, 0.999)),
                off=in_optimizers(*OPTIMIZERS, betas=(0.5, 0.999)),
            ),
        ),
    ),
    Trick(
        "S.3",
        "Two time scales",
        "A higher learning rate for D than for G converges to a local equilibrium, and helps "
        "against mode collapse.",
        f"{U}; {B}; Heusel et al. 2017",
        (STRONG_G, COLLAPSE, OSCILLATING),
        (
            Variant("G 4 times slower", on=faster("g_optimizer", 1 / 4)),
            Variant("D 4 times faster", on=faster("d_optimizer", 4)),
            Variant("D 4 times slower", on=faster("d_optimizer", 1 / 4)),
        ),
    ),
    Trick(
        "S.4",
        "Batch size",
        "An open trade-off: small batches give more but noisier steps, and can ruin G.",
        U,
        (OSCILLATING, MISSING),
        (
            Variant(
                "4 times as large",
                on=lambda recipe, _: recipe.with_(batch_size=4 * recipe.batch_size),
            ),
            Variant(
                "a quarter", on=lambda recipe, _: recipe.with_(batch_size=recipe.batch_size // 4)
            ),
        ),
    ),
    Trick(
        "S.5",
        "Moving average of the generator's weights",
        "The average of a circle is its centre.",
        "Yazıcı et al. 2019",
        (OSCILLATING,),
        (
            Variant("0.9", on=change(average=0.9)),
            Variant("0.99", on=change(average=0.99)),
        ),
    ),
    Trick(
        "S.6",
        "BatchNorm",
        "In all layers but G's output and D's input.",
        f"{U}; Radford et al. 2016",
        (COLLAPSE, STRONG_D),
        (
            Variant("in G", on=in_networks("generator", batch_norm=True), where=connected_points),
            Variant("in both", on=in_networks(*BOTH, batch_norm=True), where=connected_points),
            Variant(
                "in D as well",
                on=in_networks("discriminator", norm="batch"),
                where=convolutional,
            ),
        ),
    ),
    Trick(
        "S.7",
        "Never mix real and fake samples in a batch",
        "Real first, then fake: a layer that normalises over the batch sees one kind at a time.",
        V,
        (STRONG_D,),
        (
            Variant(
                "with BatchNorm in D",
                on=in_game(minibatches=Together()),
                off=in_game(minibatches=Mixed()),
                under=in_networks("discriminator", batch_norm=True),
                where=connected_points,
            ),
            Variant(
                "with BatchNorm in a DCGAN's D",
                on=in_game(minibatches=Together()),
                off=in_game(minibatches=Mixed()),
                under=in_networks("discriminator", norm="batch"),
                where=convolutional,
            ),
        ),
    ),
    Trick(
        "S.8",
        "R1 gradient penalty",
        "A discriminator that is flat where the data is lets the generator come to rest there.",
        f"{B}; Mescheder et al. 2018",
        (OSCILLATING, STRONG_D, MISSING, COLLAPSE),
        (
            Variant("weight 1", on=in_game(penalty=R1(1.0)), off=in_game(penalty=NoPenalty())),
            Variant("weight 0.1", on=in_game(penalty=R1(0.1)), off=in_game(penalty=NoPenalty())),
            Variant(
                "R2 as well, weights 0.1",
                on=in_game(penalty=R1(0.1) + R2(0.1)),
                off=in_game(penalty=NoPenalty()),
            ),
        ),
    ),
    Trick(
        "S.9",
        "Kernels of 5 pixels",
        "Larger filters give sharper images at a cost; 5 is a good compromise.",
        U,
        (MISSING,),
        (
            Variant(
                "5, not 4",
                on=in_networks(*BOTH, kernel=5),
                off=in_networks(*BOTH, kernel=4),
                where=convolutional,
            ),
        ),
    ),
    Trick(
        "S.10",
        "Upsample, then convolve",
        "Checkerboards come from strided convolutions; resizing and average pooling avoid them. "
        f"(Another source prefers transposed convolutions: {V}.)",
        f"{U}; Odena et al. 2016",
        (Condition.STILL_IMPROVING,),
        (
            Variant(
                "resize in G",
                on=in_networks("generator", upsampling="nearest"),
                off=in_networks("generator", upsampling="transposed"),
                where=convolutional,
            ),
            Variant(
                "resize in G, average in D",
                on=then(
                    in_networks("generator", upsampling="nearest"),
                    in_networks("discriminator", downsampling="average"),
                ),
                off=then(
                    in_networks("generator", upsampling="transposed"),
                    in_networks("discriminator", downsampling="strided"),
                ),
                where=convolutional,
            ),
        ),
    ),
    Trick(
        "S.11",
        "Spectral normalisation",
        "Bounds the slope of D.",
        f"{B}; Miyato et al. 2018",
        (STRONG_D, OSCILLATING),
        (
            Variant("in D", on=in_networks("discriminator", spectral_norm=True)),
            Variant(
                "in D, with the hinge loss",
                on=then(in_networks("discriminator", spectral_norm=True), game(HingeGAN)),
                where=without_labels,
            ),
        ),
    ),
    Trick(
        "S.12",
        "Mini-batch discrimination",
        "D sees how alike the samples of a batch are.",
        f"{U}; {B}; Salimans et al. 2016",
        (COLLAPSE,),
    ),
    Trick(
        "S.13",
        "Packing",
        "D judges several samples at once.",
        "Lin et al. 2018",
        (COLLAPSE, MISSING),
    ),
    Trick(
        "S.14",
        "Unrolled GAN",
        "G looks some updates of D ahead.",
        f"{B}; Metz et al. 2017",
        (COLLAPSE, OSCILLATING),
    ),
    Trick(
        "S.15",
        "Experience replay",
        "Older fakes keep D from forgetting.",
        U,
        (OSCILLATING, COLLAPSE),
    ),
    Trick(
        "S.16",
        "Guided latent space",
        "A trained classifier in the loss works against collapse.",
        U,
        (COLLAPSE,),
    ),
    Trick(
        "S.17",
        "Differentiable augmentation",
        "The same random changes to real and fake pictures, for little data.",
        "Zhao et al. 2020",
        (STRONG_D,),
    ),
    Trick(
        "S.18",
        "Relativistic pairing loss with R1 and R2",
        "A strong and simple baseline.",
        "Huang et al. 2024",
        (COLLAPSE, MISSING),
    ),
    Trick(
        "S.19",
        "Least-squares or hinge loss",
        "A gradient that does not fade on the right side, or samples that D is sure of left alone. "
        "(A wide search found no consistent winner over cross entropy: Lucic et al. 2018.)",
        "Mao et al. 2017; Lim & Ye 2017",
        (STRONG_D, OSCILLATING),
        (
            Variant("least squares", on=game(LeastSquaresGAN), where=without_labels),
            Variant("hinge", on=game(HingeGAN), where=without_labels),
        ),
    ),
)

tricks = Catalogue((*LEVEL_1, *LEVEL_2, *LEVEL_3, *LEVEL_4, *STABILISERS))
"""Every trick of the course, to look up, `tricks["2.3"]`, and to go through."""
