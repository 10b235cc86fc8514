"""What two networks play: each game says how the discriminator and the generator are scored."""

from gan_school.games.adversarial_vae import AdversarialVAE
from gan_school.games.augmentation import Augmented, Moved
from gan_school.games.conditional import ConditionalGAN
from gan_school.games.critics import (
    ConditionalWassersteinGAN,
    HingeGAN,
    LeastSquaresGAN,
    WassersteinGAN,
)
from gan_school.games.fakes import Latest, Replayed
from gan_school.games.gan import GAN
from gan_school.games.guide import Guide, trained_classifier
from gan_school.games.latent import Categorical, Coded, Gaussian, Uniform
from gan_school.games.losses import SaturatingGAN, SquaredErrorGAN
from gan_school.games.minibatches import Apart, Mixed, Together
from gan_school.games.penalties import R1, R2, GradientPenalty, NoPenalty
from gan_school.games.relativistic import ConditionalRelativisticGAN, RelativisticGAN
from gan_school.games.samples import Labelled
from gan_school.games.second_head import AuxiliaryClassifierGAN, InfoGAN
from gan_school.games.targets import Flip, Hard, Smooth
from gan_school.games.views import Clear, Noisy

__all__ = [
    "GAN",
    "R1",
    "R2",
    "AdversarialVAE",
    "Apart",
    "Augmented",
    "AuxiliaryClassifierGAN",
    "Categorical",
    "Clear",
    "Coded",
    "ConditionalGAN",
    "ConditionalRelativisticGAN",
    "ConditionalWassersteinGAN",
    "Flip",
    "Gaussian",
    "GradientPenalty",
    "Guide",
    "Hard",
    "HingeGAN",
    "InfoGAN",
    "Labelled",
    "Latest",
    "LeastSquaresGAN",
    "Mixed",
    "Moved",
    "NoPenalty",
    "Noisy",
    "RelativisticGAN",
    "Replayed",
    "SaturatingGAN",
    "Smooth",
    "SquaredErrorGAN",
    "Together",
    "Uniform",
    "WassersteinGAN",
    "trained_classifier",
]
