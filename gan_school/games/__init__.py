"""What two networks play: each game says how the discriminator and the generator are scored."""

from gan_school.games.gan import GAN
from gan_school.games.latent import Gaussian, Uniform

__all__ = ["GAN", "Gaussian", "Uniform"]
