"""What two networks play: each game says how the discriminator and the generator are scored."""

from gan_school.games.adversarial_vae import AdversarialVAE
from gan_school.games.conditional import ConditionalGAN
from gan_school.games.gan import GAN
from gan_school.games.latent import Gaussian, Uniform
from gan_school.games.losses import SaturatingGAN, SquaredErrorGAN
from gan_school.games.minibatches import Apart, Mixed, Together
from gan_school.games.penalties import R1, NoPenalty
from gan_school.games.samples import Labelled

__all__ = [
    "GAN",
    "R1",
    "AdversarialVAE",
    "Apart",
    "ConditionalGAN",
    "Gaussian",
    "Labelled",
    "Mixed",
    "NoPenalty",
    "SaturatingGAN",
    "SquaredErrorGAN",
    "Together",
    "Uniform",
]
