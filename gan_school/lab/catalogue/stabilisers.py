"""More stabilisers and cures, from several texts."""

from __future__ import annotations

from gan_school.games import (
    R1,
    R2,
    Augmented,
    HingeGAN,
    LeastSquaresGAN,
    Mixed,
    Moved,
    NoPenalty,
    RelativisticGAN,
    ReplayedGAN,
    Together,
    UnrolledGAN,
)
from gan_school.lab.catalogue.sources import (
    COLLAPSE,
    DIVERGED,
    IMPROVING,
    MISSING,
    OSCILLATING,
    SPREAD,
    STRONG_D,
    STRONG_G,
    B,
    U,
    V,
)
from gan_school.lab.changes import (
    BOTH,
    OPTIMIZERS,
    apart,
    around_discriminator,
    change,
    connected_points,
    convolutional,
    faster,
    game,
    guided,
    in_game,
    in_networks,
    in_optimizers,
    pictures,
    points_in_the_plane,
    then,
    with_a_guide,
    without_a_variant,
    without_a_variant_on_points,
    without_labels,
)
from gan_school.lab.trick import Change, Trick, Variant, variants
from gan_school.networks import minibatch, packed


def adams(**settings: object) -> Change:
    """Set both optimisers."""
    return in_optimizers(*OPTIMIZERS, **settings)


def batches(factor: float) -> Change:
    """Batches so many times as large."""
    return lambda recipe, data: recipe.with_(batch_size=int(factor * recipe.batch_size))


NORMED_D = in_networks("discriminator", norm="batch")
SPECTRAL_D = in_networks("discriminator", spectral_norm=True)
RESIZED = in_networks("generator", upsampling="nearest")
TRANSPOSED = in_networks("generator", upsampling="transposed")

STABILISERS = (
    Trick(
        "S.1", "A lower learning rate", "Rates near 1e-3 are too high; 2e-4 or less.",
        f"{U}; {V}; Radford et al. 2016", (DIVERGED, OSCILLATING),
        (
            Variant("2e-4, not 1e-3", adams(lr=2e-4), off=adams(lr=1e-3)),
            Variant(
                "2e-4 with β₁ = 0.5, not 1e-3 with 0.9", adams(lr=2e-4, betas=(0.5, 0.999)),
                off=adams(lr=1e-3, betas=(0.9, 0.999)),
            ),
        ),
    ),
    Trick(
        "S.2", "Less momentum", "High momentum destabilises: β₁ of 0.5 or less in Adam.",
        f"{U}; {V}; Radford et al. 2016", (OSCILLATING, DIVERGED, COLLAPSE),
        tuple(
            Variant(
                f"β₁ = {low:g}, not {high}",
                adams(betas=(low, 0.999)), off=adams(betas=(high, 0.999)),
            )
            for low, high in ((0.5, 0.9), (0.0, 0.5))
        ),
    ),
    Trick(
        "S.3", "Two time scales",
        "A higher learning rate for D than for G converges to a local equilibrium, and helps "
        "against mode collapse.",
        f"{U}; {B}; Heusel et al. 2017", (STRONG_G, COLLAPSE, OSCILLATING),
        (
            Variant("G 4 times slower", faster("g_optimizer", 1 / 4)),
            Variant("D 4 times faster", faster("d_optimizer", 4)),
            Variant("D 4 times slower", faster("d_optimizer", 1 / 4)),
        ),
    ),
    Trick(
        "S.4", "Batch size",
        "An open trade-off: small batches give more but noisier steps, and can ruin G.",
        U, (OSCILLATING, MISSING, SPREAD),
        (Variant("4 times as large", batches(4)), Variant("a quarter", batches(1 / 4))),
    ),
    Trick(
        "S.5", "Moving average of the generator's weights",
        "The average of a circle is its centre.",
        "Yazıcı et al. 2019", (OSCILLATING, SPREAD),
        (Variant("0.9", change(average=0.9)), Variant("0.99", change(average=0.99))),
    ),
    Trick(
        "S.6", "BatchNorm", "In all layers but G's output and D's input.",
        f"{U}; Radford et al. 2016", (COLLAPSE, STRONG_D),
        (
            Variant("in G", in_networks("generator", batch_norm=True), where=connected_points),
            Variant("in both", in_networks(*BOTH, batch_norm=True), where=connected_points),
            Variant("in D as well", NORMED_D, where=convolutional),
        ),
    ),
    Trick(
        "S.7", "Never mix real and fake samples in a batch",
        "Real first, then fake: a layer that normalises over the batch sees one kind at a time.",
        V, (STRONG_D,),
        tuple(
            Variant(
                f"with BatchNorm in {whose}", in_game(minibatches=Together()),
                off=in_game(minibatches=Mixed()), under=normed, where=where,
            )
            for whose, normed, where in (
                ("D", in_networks("discriminator", batch_norm=True), connected_points),
                ("a DCGAN's D", NORMED_D, convolutional),
            )
        ),
    ),
    Trick(
        "S.8", "R1 gradient penalty",
        "A discriminator that is flat where the data is lets the generator come to rest there.",
        f"{B}; Mescheder et al. 2018", (OSCILLATING, STRONG_D, MISSING, COLLAPSE, SPREAD),
        variants(
            {
                "weight 1": in_game(penalty=R1(1.0)),
                "weight 0.1": in_game(penalty=R1(0.1)),
                "R2 as well, weights 0.1": in_game(penalty=R1(0.1) + R2(0.1)),
            },
            off=in_game(penalty=NoPenalty()),
        ),
    ),
    Trick(
        "S.9", "Kernels of 5 pixels",
        "Larger filters give sharper images at a cost; 5 is a good compromise.",
        U, (MISSING,),
        (
            Variant(
                "5, not 4", in_networks(*BOTH, kernel=5),
                off=in_networks(*BOTH, kernel=4), where=convolutional,
            ),
        ),
    ),
    Trick(
        "S.10", "Upsample, then convolve",
        "Checkerboards come from strided convolutions; resizing and average pooling avoid them. "
        f"(Another source prefers transposed convolutions: {V}.)",
        f"{U}; Odena et al. 2016", (IMPROVING,),
        (
            Variant("resize in G", RESIZED, off=TRANSPOSED, where=convolutional),
            Variant(
                "resize in G, average in D",
                then(RESIZED, in_networks("discriminator", downsampling="average")),
                off=then(TRANSPOSED, in_networks("discriminator", downsampling="strided")),
                where=convolutional,
            ),
        ),
    ),
    Trick(
        "S.11", "Spectral normalisation", "Bounds the slope of D.",
        f"{B}; Miyato et al. 2018", (STRONG_D, OSCILLATING),
        (
            Variant("in D", SPECTRAL_D),
            Variant(
                "in D, with the hinge loss", then(SPECTRAL_D, game(HingeGAN)), where=without_labels
            ),
        ),
    ),
    Trick(
        "S.12", "Mini-batch discrimination", "D sees how alike the samples of a batch are.",
        f"{U}; {B}; Salimans et al. 2016; Karras et al. 2018", (COLLAPSE,),
        (
            Variant("deviation of 8", around_discriminator(minibatch, 8), where=apart),
            Variant(
                "16 kernels, 8 samples", around_discriminator(minibatch, 8, kernels=16), where=apart
            ),
        ),
    ),
    Trick(
        "S.13", "Packing", "D judges several samples at once.",
        "Lin et al. 2018", (COLLAPSE, MISSING),
        tuple(
            Variant(f"{m} in a pack", around_discriminator(packed, m), where=apart) for m in (2, 4)
        ),
    ),
    Trick(
        "S.14", "Unrolled GAN", "G looks some updates of D ahead.",
        f"{B}; Metz et al. 2017", (COLLAPSE, OSCILLATING),
        tuple(
            Variant(
                f"{k} update{'s' * (k > 1)} ahead", game(UnrolledGAN, updates=k),
                where=without_a_variant_on_points,
            )
            for k in (1, 5)
        ),
    ),
    Trick(
        "S.15", "Experience replay", "Older fakes keep D from forgetting.",
        U, (OSCILLATING, COLLAPSE),
        variants(
            {
                "half of them old": game(ReplayedGAN, share=0.5),
                "a tenth of them old": game(ReplayedGAN, share=0.1),
            },
            where=without_a_variant,
        ),
    ),
    Trick(
        "S.16", "Guided latent space", "A trained classifier in the loss works against collapse.",
        U, (COLLAPSE,),
        tuple(
            Variant(f"weight {weight:g}", guided(weight), where=with_a_guide)
            for weight in (1.0, 0.1)
        ),
    ),
    Trick(
        "S.17", "Differentiable augmentation",
        "The same random changes to real and fake pictures, for little data.",
        "Zhao et al. 2020", (STRONG_D,),
        (
            Variant("colour, translation, cutout", in_game(view=Augmented()), where=pictures),
            Variant(
                "turned and shifted a little", in_game(view=Moved()), where=points_in_the_plane
            ),
        ),
    ),
    Trick(
        "S.18", "Relativistic pairing loss with R1 and R2", "A strong and simple baseline.",
        "Huang et al. 2024", (COLLAPSE, MISSING),
        (
            Variant(
                "with R1 and R2, weights 0.1",
                game(RelativisticGAN, penalty=R1(0.1) + R2(0.1)), where=without_a_variant,
            ),
            Variant(
                "the pairing alone, both with R1 and R2", game(RelativisticGAN),
                under=in_game(penalty=R1(0.1) + R2(0.1)), where=without_a_variant,
            ),
            Variant("the pairing alone", game(RelativisticGAN), where=without_a_variant),
        ),
    ),
    Trick(
        "S.19", "Least-squares or hinge loss",
        "A gradient that does not fade on the right side, or samples that D is sure of left alone. "
        "(A wide search found no consistent winner over cross entropy: Lucic et al. 2018.)",
        "Mao et al. 2017; Lim & Ye 2017", (STRONG_D, OSCILLATING),
        variants(
            {"least squares": game(LeastSquaresGAN), "hinge": game(HingeGAN)}, where=without_labels
        ),
    ),
)  # fmt: skip
